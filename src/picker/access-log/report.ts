/** What one access-log entry says of a placed request. Pure. */
import {
  AccessLogType,
  type HTTPAccessLogEntry,
  type ResponseFlags,
} from "../../gen/envoy/data/accesslog/v3/accesslog.ts";
import type { Duration } from "../../gen/google/protobuf/duration.ts";
import { destination, placementMetadata } from "../../lib/wire.ts";
import type { Usage } from "../../pool/learned-output.ts";
import { formatAddress } from "./address.ts";
import { readUsage } from "./usage.ts";

export interface Report {
  readonly placement: string;
  readonly event: "running" | "ended";
  /** "ip:port" of the server that got it; absent where none did. */
  readonly served?: string;
  /** ClusterKey. */
  readonly cluster: string;
  /** Servers tried, the serving one included. */
  readonly attempts: number;
  readonly verdict: Verdict;
  /** Answered to the end, as far as the proxy can tell. */
  readonly complete: boolean;
  readonly responseCode: number;
  readonly timeToFirstByteMs?: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly usage: Usage;
}

/** What the way it went says of the server. */
export type Verdict =
  /** It answered, or has begun to. */
  | "answered"
  | "connect-failure"
  | "server-error"
  /** Nothing: the client left early, a time limit of the route passed, no server was reached. */
  | "none";

/** Undefined for entries of other requests and of other moments. */
export function readReport(entry: HTTPAccessLogEntry): Report | undefined {
  const { commonProperties: common, request, response } = entry;
  const event = eventOf(common?.accessLogType);
  const placement: unknown = common?.metadata?.filterMetadata?.[placementMetadata.namespace]?.[placementMetadata.key];
  if (common === undefined || event === undefined || typeof placement !== "string") return undefined;
  const responseCode = response?.responseCode ?? 0;
  const firstByteMs = milliseconds(common.timeToFirstUpstreamRxByte);
  const flags = common.responseFlags ?? {};
  const verdict = verdictOf(flags, responseCode, firstByteMs !== undefined);
  const noted: unknown = common.metadata?.filterMetadata?.[destination.namespace]?.[destination.servedKey];
  const served = formatAddress(common.upstreamRemoteAddress) ?? (typeof noted === "string" ? noted : undefined);
  return {
    placement,
    event,
    ...(served === undefined ? {} : { served }),
    cluster: common.upstreamCluster ?? "",
    attempts: common.upstreamRequestAttemptCount ?? 0,
    verdict,
    complete: event === "ended" && verdict === "answered" && responseCode === 200 && !isCut(flags),
    responseCode,
    ...(firstByteMs === undefined ? {} : { timeToFirstByteMs: firstByteMs }),
    durationMs: milliseconds(common.duration) ?? 0,
    requestBytes: request?.requestBodyBytes ?? 0,
    responseBytes: response?.responseBodyBytes ?? 0,
    usage: readUsage(common.metadata?.filterMetadata?.[placementMetadata.namespace]),
  };
}

function eventOf(type: AccessLogType | undefined): Report["event"] | undefined {
  if (type === AccessLogType.DownstreamPeriodic) return "running";
  return type === AccessLogType.DownstreamEnd ? "ended" : undefined;
}

/** Envoy's own answers have 5xx codes too; the server's own are those after its first byte. */
function verdictOf(flags: ResponseFlags, responseCode: number, begun: boolean): Verdict {
  if (flags.upstreamConnectionFailure === true) return "connect-failure";
  if (flags.upstreamRemoteReset === true || flags.upstreamConnectionTermination === true) return "server-error";
  if (!begun) return "none";
  return responseCode >= 500 ? "server-error" : "answered";
}

function isCut(flags: ResponseFlags): boolean {
  return [
    flags.downstreamConnectionTermination,
    flags.downstreamRemoteReset,
    flags.downstreamProtocolError,
    flags.upstreamRequestTimeout,
    flags.upstreamProtocolError,
    flags.upstreamMaxStreamDurationReached,
    flags.durationTimeout,
    flags.streamIdleTimeout,
    flags.localReset,
  ].includes(true);
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : (duration.seconds ?? 0) * 1_000 + (duration.nanos ?? 0) / 1e6;
}
