/** What goes wrong with a call, in words: which call, on what, and what the server or the network says. */
import { KubeError, type KubeResource } from "./api.ts";
import { resourceName } from "./paths.ts";

export interface Call {
  readonly action: "list" | "watch" | "read" | "create" | "replace" | "apply" | "patch" | "delete";
  readonly resource: KubeResource;
  /** Absent where many are meant. */
  readonly name?: string;
  readonly namespace?: string;
}

export interface BadAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: unknown;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/definitions/status-v1-meta/ */
export function errorOfAnswer(call: Call, { status, retryAfter, body }: BadAnswer): KubeError {
  const said: Readonly<Record<string, unknown>> = isRecord(body) && body["kind"] === "Status" ? body : {};
  const reason = textOf(said["reason"]) ?? httpReasons[status] ?? `HTTP ${status}`;
  // A refused Secret is quoted in the server's message.
  const message = call.resource.plural === "secrets" ? undefined : textOf(said["message"]);
  const details = isRecord(said["details"]) ? said["details"]["retryAfterSeconds"] : undefined;
  const seconds = typeof details === "number" && details > 0 ? details : Number(retryAfter);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  const text = `Cannot ${describe(call)}: ${message ?? "the API server refuses"} (${status} ${reason})`;
  return new KubeError(text, status, reason, retryAfterMs);
}

/** The server did not answer; the code tells how. */
export function errorOfTransport(call: Call, cause: unknown): Error {
  const said = cause instanceof Error ? cause.message || codeOf(cause) : String(cause);
  return new Error(`Cannot ${describe(call)}: ${said}`, { cause });
}

function describe({ action, resource, name, namespace = "" }: Call): string {
  const kind = resourceName(resource);
  if (name !== undefined) return `${action} ${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
  return namespace === "" ? `${action} ${kind}` : `${action} ${kind} in namespace ${namespace}`;
}

/** Where no Status says it: the server leaves it out of some, proxies in between answer in their own words. */
const httpReasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

/** Several addresses may have been tried: then the message is empty. */
function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.name;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
