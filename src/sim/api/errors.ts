/** A refusal in OpenAI's JSON form, as vLLM words its types. */
export interface ApiError {
  readonly status: 400 | 404 | 405 | 500 | 502 | 503 | 504 | 429;
  readonly type: "BadRequestError" | "NotFoundError" | "InternalServerError";
  readonly message: string;
  readonly param?: string;
}

export function badRequest(message: string, param?: string): ApiError {
  return { status: 400, type: "BadRequestError", message, ...(param === undefined ? {} : { param }) };
}

export function unknownModel(model: string): ApiError {
  return { status: 404, type: "NotFoundError", message: `The model \`${model}\` does not exist.`, param: "model" };
}

export function errorBody(error: ApiError): string {
  const { message, type, param = null, status } = error;
  return JSON.stringify({ error: { message, type, param, code: status } });
}
