/** From a received request to its place or its refusal. */
import type { Clock } from "../lib/clock.ts";
import type { ServerDirectory } from "../pool/directory.ts";
import type { ClustersInUse } from "./clusters-in-use.ts";
import type { ReceivedMessage } from "./ext-proc/phase.ts";
import { type Refusal, refusalOf, refusalOfError, unknownPool } from "./ext-proc/refusals.ts";
import type { RouteInfo } from "./ext-proc/route-info.ts";
import type { Answer, Leave } from "./ext-proc/stream.ts";
import type { Ask } from "./flow/ask.ts";
import type { Outcome } from "./flow/outcome.ts";
import type { Moment } from "./flow/ports.ts";
import type { PickerMetrics } from "./metrics.ts";
import type { ParkedRequests } from "./parked-requests.ts";
import type { PlacedRequests } from "./placed-requests.ts";
import type { PoolRuntime } from "./pool-runtime.ts";
import { findPrompt } from "./request/prompt-field.ts";
import { type ResolvedModel, resolveModel } from "./request/resolve-model.ts";
import { type Standing, standingOf } from "./request/standing.ts";
import type { TraceContext } from "./request/trace-context.ts";
import type { Placement } from "./schedule/placement.ts";
import { prefixChain } from "./schedule/prefix/chain.ts";
import { sessionKey } from "./schedule/session-affinity.ts";
import type { Steering } from "./schedule/steering.ts";
import { type WaitedFor, waitedBetween } from "./schedule/wait-causes.ts";

export interface PlacingPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly pool: (key: string) => PoolRuntime | undefined;
  readonly parked: ParkedRequests;
  readonly directory: ServerDirectory;
  readonly clusters: ClustersInUse;
  readonly placed: PlacedRequests;
  readonly metrics: PickerMetrics;
  /** Present in runs of the conformance suite alone. */
  readonly steering?: Steering;
  /** Told of each request that was placed or refused after it came to a queue. */
  readonly onSettled: (settled: Settled) => void;
}

/** What became of one request, and why it took so long. */
export interface Settled {
  readonly ask: Ask;
  readonly trace: TraceContext | undefined;
  readonly outcome: Outcome;
  readonly waitedFor: WaitedFor;
  readonly now: Moment;
}

/** `settle` is called exactly once, maybe before this returns. The result cancels. */
export type Place = (route: RouteInfo, request: ReceivedMessage, settle: (answer: Answer) => void) => Leave;

export function createPlace(ports: PlacingPorts): Place {
  const { clock, random, parked, directory, clusters, placed, metrics, steering, onSettled } = ports;
  const moment = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });

  const keep = (route: RouteInfo, ask: Ask, { id, endpoints: [address] }: Placement): void => {
    const { pool, model, target, priority } = ask;
    placed.set(id, { cluster: route.cluster, origin: { pool, model, target, priority } });
    directory.requestSent(address, id);
  };

  const place: Place = (route, request, settle) => {
    const pool = ports.pool(route.pool);
    if (pool === undefined) return park(route, request, settle);
    const resolution = resolveModel(pool.models, request, random);
    if (resolution.kind === "refused") {
      metrics.invalid(resolution.error);
      return refuse(settle, refusalOfError(resolution.error));
    }
    const now = moment();
    const standing = standingOf(pool.standings, route, request.head.client ?? {}, resolution.priority);
    const ask = {
      ...askOf(route, request, { ...resolution, ...standing }, now.wallMs),
      ...affinitiesOf(pool, request, resolution),
    };
    // The closure below lives while the request waits: of bodies it holds one copy, and only if it must be sent back.
    const body = resolution.body ?? (request.unended ? copyOf(request.body) : undefined);
    clusters.add(route.cluster);
    if (steering !== undefined && request.head.selection !== undefined) {
      const server = steering.choose(pool.scheduler.servers, request.head.selection);
      const placement = server && pool.scheduler.placeOn(server, ask, now);
      if (placement !== undefined) {
        keep(route, ask, placement);
        settle(answerOf({ kind: "placed", placement, waitedMs: 0 }, pool, moment, body));
        return () => {};
      }
      clusters.remove(route.cluster);
      return refuse(
        settle,
        refusalOf("no-endpoints", () => 0),
      );
    }
    const { trace } = request.head;
    const { waits } = pool.scheduler;
    const heldUpBefore = waits.totals(now.monotonicMs);
    const ticket = pool.flow.admit(
      ask,
      (outcome) => {
        metrics.settled(ask, outcome);
        const at = moment();
        const waitedFor = waitedBetween(heldUpBefore, waits.totals(at.monotonicMs));
        onSettled({ ask, trace, outcome, waitedFor, now: at });
        if (outcome.kind === "placed") keep(route, ask, outcome.placement);
        else clusters.remove(route.cluster);
        settle(answerOf(outcome, pool, moment, body));
      },
      now,
    );
    metrics.decided((clock.monotonicMs() - now.monotonicMs) / 1_000);
    pool.armTimer();
    return (reason) => {
      ticket.cancel(moment(), reason);
      pool.armTimer();
    };
  };

  const park: Place = (route, request, settle) => {
    let cancel: Leave = parked.park(route.pool, (known) => {
      cancel = known ? place(route, request, settle) : refuse(settle, unknownPool);
    });
    return (reason) => cancel(reason);
  };

  return place;
}

function refuse(settle: (answer: Answer) => void, refusal: Refusal): () => void {
  settle({ kind: "refused", refusal });
  return () => {};
}

/** What was received is a view of a larger buffer, which would stay in memory with it. */
function copyOf(body: Buffer | undefined): Buffer | undefined {
  return body === undefined ? undefined : Buffer.from(body);
}

function askOf(route: RouteInfo, request: ReceivedMessage, resolved: ResolvedModel & Standing, wallMs: number): Ask {
  const { head, identity } = request;
  const { model, target, priority, flow, body } = resolved;
  return {
    id: identity.id,
    requestTimeMs: identity.timeMs ?? wallMs,
    pool: route.pool,
    model,
    target,
    priority,
    flow,
    bytes: body?.length ?? request.body?.length ?? head.contentLength ?? 0,
    answers: head.answers,
    routeTimeoutMs: route.routeTimeoutMs,
    ...(head.outputLimit === undefined ? {} : { outputLimit: head.outputLimit }),
    ...(head.ttlMs === undefined ? {} : { ttlMs: head.ttlMs }),
  };
}

function affinitiesOf(
  { scheduler }: PoolRuntime,
  { body, head }: ReceivedMessage,
  resolved: ResolvedModel,
): Pick<Ask, "prefix" | "session"> {
  const hashing = body === undefined ? undefined : scheduler.hashing;
  const prompt = body === undefined || hashing === undefined ? undefined : findPrompt(body);
  return {
    ...(prompt === undefined || hashing === undefined ? {} : { prefix: prefixChain(prompt, resolved, hashing) }),
    ...(head.session === undefined ? {} : { session: sessionKey(head.session) }),
  };
}

function answerOf(outcome: Outcome, pool: PoolRuntime, moment: () => Moment, body: Buffer | undefined): Answer {
  if (outcome.kind === "placed") {
    const { placement, waitedMs } = outcome;
    return {
      kind: "placed",
      placed: {
        placement,
        pool: pool.ir.key,
        waitedMs,
        attempts: 1 + pool.settings.fallbacks,
        ...(body === undefined ? {} : { body }),
      },
    };
  }
  if (outcome.reason === "client-gone" || outcome.reason === "handed-over") return { kind: "abandoned" };
  return { kind: "refused", refusal: refusalOf(outcome.reason, () => pool.flow.retryAfterS(moment())) };
}
