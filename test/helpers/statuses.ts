/** What a running `ante` says of its objects. */
import type { Condition } from "../../src/resources/condition.ts";
import type { Ante } from "./ante.ts";
import { eventually } from "./eventually.ts";

interface StatusEntry {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: {
    readonly conditions?: readonly Condition[];
    readonly listeners?: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
    readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
  };
}

/** "Accepted=True Accepted" of each condition: of a Gateway's listener, of all of a route's parents, or of the object. */
export async function conditionsOf(
  ante: Ante,
  object: { readonly kind: string; readonly name: string; readonly namespace?: string; readonly listener?: string },
): Promise<readonly string[]> {
  const { kind, name, namespace = "default", listener } = object;
  const all = await ante.api<readonly StatusEntry[]>("/api/v1/statuses");
  const status = all.find((one) => one.kind === kind && one.name === name && one.namespace === namespace)?.status;
  const conditions =
    listener === undefined
      ? [...(status?.conditions ?? []), ...(status?.parents ?? []).flatMap((parent) => parent.conditions)]
      : (status?.listeners?.find((one) => one.name === listener)?.conditions ?? []);
  return conditions.map(({ type, status: state, reason }) => `${type}=${state} ${reason}`);
}

/** Waits until the conditions are among those of the object. */
export async function hasConditions(
  ante: Ante,
  object: Parameters<typeof conditionsOf>[1],
  ...wanted: readonly string[]
): Promise<void> {
  let last: readonly string[] = [];
  await eventually(`${wanted.join(", ")} on ${JSON.stringify(object)}`, async () => {
    last = await conditionsOf(ante, object);
    return wanted.every((one) => last.includes(one)) || undefined;
  }).catch((error: unknown) => {
    throw new Error(`Cannot find ${wanted.join(", ")} on ${JSON.stringify(object)}: it has ${last.join(", ")}`, {
      cause: error,
    });
  });
}
