import { HTTPFault } from "../../../gen/envoy/extensions/filters/http/fault/v3/fault.ts";
import {
  FractionalPercent_DenominatorType as Denominator,
  type FractionalPercent,
} from "../../../gen/envoy/type/v3/percent.ts";
import type { FaultIr } from "../../../model/ir.ts";
import { pack } from "../any.ts";

/** Does nothing. */
export const noFault = pack(HTTPFault, {});

export function fault({ delay, abort }: FaultIr) {
  return pack(HTTPFault, {
    ...(delay === undefined ? {} : { delay: delayOf(delay) }),
    ...(abort === undefined ? {} : { abort: abortOf(abort) }),
  });
}

function delayOf({ ms, perMillion }: NonNullable<FaultIr["delay"]>): HTTPFault["delay"] {
  const fixedDelay = { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
  return { faultDelaySecifier: { $case: "fixedDelay", value: fixedDelay }, percentage: share(perMillion) };
}

function abortOf({ status, perMillion }: NonNullable<FaultIr["abort"]>): HTTPFault["abort"] {
  const errorType =
    status.kind === "http"
      ? ({ $case: "httpStatus", value: status.code } as const)
      : ({ $case: "grpcStatus", value: status.code } as const);
  return { errorType, percentage: share(perMillion) };
}

function share(perMillion: number): FractionalPercent {
  return { numerator: perMillion, denominator: Denominator.MILLION };
}
