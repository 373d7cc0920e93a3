/** What the access log tells of placed requests: renews and ends their leases, moves charges, judges servers, teaches. */
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../observe/log.ts";
import type { ServerDirectory } from "../pool/directory.ts";
import type { LearnedTokens } from "../pool/learned-output.ts";
import type { Ledger } from "../pool/ledger.ts";
import type { Lease } from "../pool/ledger-lease.ts";
import type { Report } from "./access-log/report.ts";
import type { ClustersInUse } from "./clusters-in-use.ts";
import type { PickerMetrics } from "./metrics.ts";
import type { PlacedRequests } from "./placed-requests.ts";

export interface EndsPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: ServerDirectory;
  readonly ledger: Ledger;
  readonly learned: LearnedTokens;
  readonly clusters: ClustersInUse;
  readonly placed: PlacedRequests;
  readonly metrics: PickerMetrics;
}

export class Ends {
  readonly #ports: EndsPorts;

  constructor(ports: EndsPorts) {
    this.#ports = ports;
  }

  report(report: Report): void {
    const lease = this.#ports.ledger.get(report.placement);
    const served = report.served ?? lease?.address;
    if (served !== undefined) this.#judge(report, served, lease);
    if (report.event === "running") this.#renew(report, served);
    else this.#end(report, served, lease);
  }

  /** Leases that ended without an access-log entry. */
  released(leases: readonly Lease[]): void {
    for (const { id, address } of leases) {
      this.#ports.directory.requestVoid(address, id);
      this.#forget(id);
    }
  }

  #judge({ placement, verdict, attempts }: Report, served: string, lease: Lease | undefined): void {
    const { directory, log, metrics } = this.#ports;
    if (lease !== undefined && lease.address !== served) {
      // Without an attempt at the pick the proxy did not know it yet, which is no fault of the server.
      if (attempts > 1) directory.requestFailed(lease.address, placement, `connect failure, ${served} served`);
      else directory.requestVoid(lease.address, placement);
      metrics.servedElsewhere();
      log.debug({ placement, picked: lease.address, served }, "request served elsewhere than picked");
    }
    if (verdict === "answered") directory.requestAnswered(served);
    else if (verdict !== "none") directory.requestFailed(served, placement, verdict);
  }

  #renew({ placement, cluster }: Report, served: string | undefined): void {
    const { clock, ledger, placed, clusters } = this.#ports;
    if (served === undefined) return;
    ledger.running(placement, served, { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
    if (placed.has(placement) || ledger.get(placement) === undefined) return;
    placed.set(placement, { cluster });
    clusters.add(cluster);
  }

  #end(report: Report, served: string | undefined, lease: Lease | undefined): void {
    const { clock, directory, ledger, learned, placed, metrics } = this.#ports;
    const { placement, verdict, complete, usage } = report;
    if (served !== undefined && verdict === "none") directory.requestVoid(served, placement);
    if (lease !== undefined && complete) {
      learned.ended(lease, directory.server(served ?? lease.address), usage, clock.monotonicMs());
    }
    metrics.ended(report, placed.get(placement)?.origin);
    this.#forget(placement);
    // Last, since it lets the next request go.
    ledger.end(placement);
  }

  #forget(placement: string): void {
    const { placed, clusters } = this.#ports;
    const request = placed.get(placement);
    if (request === undefined) return;
    placed.delete(placement);
    clusters.remove(request.cluster);
  }
}
