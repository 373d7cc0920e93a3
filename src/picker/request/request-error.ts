/** Why a request is refused for what it is, not for how busy the pool is. */
export interface RequestError {
  readonly status: 400 | 404 | 503;
  readonly code: "model_required" | "model_not_found" | "invalid_model" | "configuration_changing";
  readonly message: string;
}

const longestNameShown = 200;

export function modelRequired(contentType: string): RequestError {
  const hint = /^[^;]*\bjson\b/.test(contentType)
    ? 'the JSON body has no usable string "model"'
    : `the model is read from JSON only (content-type: application/json), and this is ${shown(contentType === "" ? "of no content type" : contentType)}`;
  return { status: 400, code: "model_required", message: `Cannot route the request: ${hint}` };
}

export function modelNotFound(model: string): RequestError {
  return { status: 404, code: "model_not_found", message: `The model '${shown(model)}' does not exist` };
}

export function modelDiffers(): RequestError {
  return {
    status: 400,
    code: "invalid_model",
    message: 'Cannot read "model" of the JSON body: it is repeated, no string, or readers disagree on it',
  };
}

/** The pool table and Envoy's routes are updated one after the other. */
export function bodyMissing(): RequestError {
  return {
    status: 503,
    code: "configuration_changing",
    message: "Cannot rename the model of the request: the configuration of its route is being changed; send it again",
  };
}

function shown(text: string): string {
  return text.length > longestNameShown ? `${text.slice(0, longestNameShown)}...` : text;
}
