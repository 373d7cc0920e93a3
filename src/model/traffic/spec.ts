import { durationMs } from "../../resources/duration.ts";
import type { BackendTrafficPolicy } from "../../resources/kinds/backend-traffic-policy.ts";

/** A BackendTrafficPolicy's spec, admitted: valid by its schema, with its defaults. */
export type Spec = BackendTrafficPolicy["spec"];
export type Field<Name extends keyof Spec> = NonNullable<Spec[Name]>;

export function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}

/** Where no limit is meant and Envoy would take 0 for a duration. */
export function limitMs(duration: string | undefined): number | undefined {
  const ms = milliseconds(duration);
  return ms === 0 ? undefined : ms;
}
