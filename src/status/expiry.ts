import type { ListenerStatus } from "../model/result.ts";
import type { Condition } from "../resources/condition.ts";

/** By objectKey of a Secret whose certificate has expired or is about to. */
export type Expiries = ReadonlyMap<string, Expiry>;

export interface Expiry {
  readonly state: "soon" | "expired";
  /** On the wall clock. */
  readonly notAfterMs: number;
}

/**
 * A listener that shows such a certificate says so in a Warning; another one is the identical object. It is served all
 * the same and its ResolvedRefs stays True: the reference is in order, Envoy shows the certificate, and what waits for
 * True (DNS, deployments) must not stop at a certificate that is yet to be renewed.
 */
export function withExpiries(listener: ListenerStatus, generation: number, expiries: Expiries): ListenerStatus {
  const notes = (listener.certificates ?? []).flatMap((key) => {
    const expiry = expiries.get(key);
    return expiry === undefined ? [] : [{ ...expiry, text: noteOf(key, expiry) }];
  });
  if (notes.length === 0) return listener;
  const reason = notes.some(({ state }) => state === "expired") ? "CertificateExpired" : "CertificateExpiresSoon";
  const text = notes.map((note) => note.text).join("; ");
  return { ...listener, conditions: withWarning(listener.conditions, generation, reason, text) };
}

const objectPrefix = "Secret/";

function noteOf(key: string, { state, notAfterMs }: Expiry): string {
  const name = key.slice(objectPrefix.length);
  const date = new Date(notAfterMs).toISOString().slice(0, 10);
  return state === "expired"
    ? `certificate ${name} expired on ${date}: clients refuse it, renew it`
    : `certificate ${name} expires on ${date}: clients will refuse it, renew it`;
}

/** There is one condition of a type: what the model warns of stands before it. */
function withWarning(
  conditions: readonly Condition[],
  observedGeneration: number,
  reason: string,
  text: string,
): readonly Condition[] {
  const before = conditions.find(({ type }) => type === "Warning");
  const message = before === undefined ? text : `${before.message}; ${text}`;
  return [
    ...conditions.filter((condition) => condition !== before),
    {
      type: "Warning",
      status: "True",
      reason: before === undefined ? reason : "Warnings",
      message,
      observedGeneration,
    },
  ];
}
