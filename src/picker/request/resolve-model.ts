/** Which model a request asks for, at which priority, under which name the server knows it, and the body to send. */
import { findModel, replaceModel } from "./model-field.ts";
import { drawTarget, type ModelIndex, standardPriority } from "./model-index.ts";
import { bodyMissing, modelDiffers, modelNotFound, modelRequired, type RequestError } from "./request-error.ts";
import type { RequestHead } from "./request-head.ts";

export type Resolution = ResolvedModel | { readonly kind: "refused"; readonly error: RequestError };

export interface ResolvedModel {
  readonly kind: "resolved";
  /** As the client names it; "" where it names none. */
  readonly model: string;
  readonly target: string;
  readonly priority: number;
  /** Present where the model was renamed: the only copy of the body that is kept. */
  readonly body?: Buffer;
}

export interface ReceivedRequest {
  readonly head: RequestHead;
  /** Present where the route sends it to the picker. */
  readonly body?: Buffer;
  /** The request has a body, be it sent to the picker or not. */
  readonly hasBody: boolean;
}

/** `random` is drawn from where a model has several targets; in 0..1, 1 excluded. */
export function resolveModel(index: ModelIndex, request: ReceivedRequest, random: () => number): Resolution {
  const { head, body, hasBody } = request;
  const name = head.model;
  // Envoy chose the route by what it read; a body that says otherwise to another reader must not reach a server.
  const field = body === undefined ? undefined : findModel(body);
  if (name !== undefined && field !== undefined && (field.kind !== "found" || field.name !== name))
    return { kind: "refused", error: modelDiffers() };
  if (name === undefined && !index.takesAny && hasBody)
    return { kind: "refused", error: modelRequired(head.contentType) };
  if (name === undefined) return { kind: "resolved", model: "", target: "", priority: standardPriority };

  const served = index.byName.get(name) ?? index.others;
  if (served === undefined) {
    if (index.takesAny) return { kind: "resolved", model: name, target: name, priority: standardPriority };
    return { kind: "refused", error: modelNotFound(name) };
  }
  const target = (served.targets.length > 1 ? drawTarget(served, random()) : served.targets[0]?.name) ?? name;
  const resolved: ResolvedModel = { kind: "resolved", model: name, target, priority: served.priority };
  if (target === name) return resolved;
  if (body === undefined || field?.kind !== "found") return { kind: "refused", error: bodyMissing() };
  return { ...resolved, body: replaceModel(body, field, target) };
}
