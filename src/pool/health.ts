/**
 * Whether a server may be given requests, as far as it answers. Pure: every event yields the next state.
 *
 *   unread --any HTTP answer--> healthy --refused in a row--> unreachable --a scrape is answered--> healthy
 *                                  |  ^
 *        connect failures, 5xx     |  | the trial is answered
 *              in a row            v  |
 *                                failing --back-off over--> on-trial --fails--> failing, twice as long
 *
 * An unreachable server is tried by scrapes, which cost no user a request. One that answers scrapes and fails requests
 * is tried with one request at a time. A slow answer is neither: its readings grow stale, and the ledger counts.
 */
export type Health =
  /** Never answered since start: what it holds is not known, so it gets nothing. */
  | { readonly kind: "unread" }
  | {
      readonly kind: "healthy";
      readonly refusedScrapes: number;
      readonly failedRequests: number;
    }
  | { readonly kind: "unreachable"; readonly refusedScrapes: number }
  | { readonly kind: "failing"; readonly untilMs: number; readonly ejections: number }
  /** `trial` is undefined until a request was sent. */
  | { readonly kind: "on-trial"; readonly trial: string | undefined; readonly ejections: number };

export const unread: Health = { kind: "unread" };

const refusedScrapesToEject = 3;
const failedRequestsToEject = 5;
const firstBackOffMs = 1_000;
const longestBackOffMs = 30_000;

const healthy: Health = { kind: "healthy", refusedScrapes: 0, failedRequests: 0 };

/** Any HTTP answer to a scrape, 404 too. */
export function scrapeAnswered(health: Health): Health {
  switch (health.kind) {
    case "unread":
    case "unreachable":
      return healthy;
    case "healthy":
      return health.refusedScrapes === 0 ? health : { ...health, refusedScrapes: 0 };
    case "failing":
    case "on-trial":
      return health;
  }
}

/** No connection could be made. */
export function scrapeRefused(health: Health): Health {
  switch (health.kind) {
    case "unread":
      return health;
    case "healthy": {
      const refusedScrapes = health.refusedScrapes + 1;
      return refusedScrapes < refusedScrapesToEject
        ? { ...health, refusedScrapes }
        : { kind: "unreachable", refusedScrapes };
    }
    case "unreachable":
      return { ...health, refusedScrapes: health.refusedScrapes + 1 };
    case "failing":
    case "on-trial":
      return { kind: "unreachable", refusedScrapes: refusedScrapesToEject };
  }
}

/** The server answered a request with something else than 5xx, or has begun to. */
export function requestAnswered(health: Health): Health {
  switch (health.kind) {
    case "healthy":
      return health.failedRequests === 0 ? health : { ...health, failedRequests: 0 };
    case "on-trial":
      return health.trial === undefined ? health : healthy;
    case "unread":
    case "unreachable":
    case "failing":
      return health;
  }
}

/** A connect failure or a 5xx of the server's own. */
export function requestFailed(health: Health, placement: string, nowMs: number): Health {
  switch (health.kind) {
    case "healthy": {
      const failedRequests = health.failedRequests + 1;
      return failedRequests < failedRequestsToEject ? { ...health, failedRequests } : eject(0, nowMs);
    }
    case "on-trial":
      return health.trial === placement ? eject(health.ejections, nowMs) : health;
    case "unread":
    case "unreachable":
    case "failing":
      return health;
  }
}

/** The trial ended and says nothing of the server, as when its client left. */
export function trialVoid(health: Health, placement: string): Health {
  return health.kind === "on-trial" && health.trial === placement ? { ...health, trial: undefined } : health;
}

export function requestSent(health: Health, placement: string): Health {
  return health.kind === "on-trial" ? { ...health, trial: placement } : health;
}

/** What only time changes: a back-off that is over. */
export function atTime(health: Health, nowMs: number): Health {
  return health.kind === "failing" && nowMs >= health.untilMs
    ? { kind: "on-trial", trial: undefined, ejections: health.ejections }
    : health;
}

export function mayBeSent(health: Health): boolean {
  return health.kind === "healthy" || (health.kind === "on-trial" && health.trial === undefined);
}

function eject(ejections: number, nowMs: number): Health {
  const backOffMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(ejections, 16));
  return { kind: "failing", untilMs: nowMs + backOffMs, ejections: ejections + 1 };
}
