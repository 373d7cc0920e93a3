import type { Cancel, Clock } from "../../lib/clock.ts";
import type { ClusterIr, ClusterKey, EndpointIr, EndpointsByCluster, PickerChain } from "../../model/ir.ts";
import type { PickerInUse } from "../../model/result.ts";

export interface PickerAddress {
  /** "ip:port". */
  readonly address: string;
  readonly tls: boolean;
  readonly authority: string;
}

/** Undefined: it could not be found out. */
export type ProbePicker = (at: PickerAddress) => Promise<PickerChain | undefined>;

export interface PickerChainsPorts {
  readonly clock: Clock;
  readonly probe: ProbePicker;
  /** A picker answers in another way than was known. */
  readonly onChange: () => void;
}

const firstRetryMs = 1_000;
const longestRetryMs = 10_000;

interface Trial {
  /** Of the endpoints that it was begun for. */
  readonly addresses: string;
  cancel: Cancel;
}

/** Finds out how external pickers answer that no annotation says it of, again whenever their endpoints change. */
export class PickerChains {
  readonly #ports: PickerChainsPorts;
  readonly #trials = new Map<ClusterKey, Trial>();
  #chains: ReadonlyMap<ClusterKey, PickerChain> = new Map();
  #stopped = false;

  constructor(ports: PickerChainsPorts) {
    this.#ports = ports;
  }

  /** Never mutated. */
  get chains(): ReadonlyMap<ClusterKey, PickerChain> {
    return this.#chains;
  }

  update(pickers: Iterable<PickerInUse>, endpoints: EndpointsByCluster): void {
    const wanted = new Map<ClusterKey, NonNullable<PickerInUse["picker"]>>();
    for (const { picker } of pickers)
      if (picker !== undefined && !picker.isTold) wanted.set(picker.cluster.key, picker);
    for (const [key, trial] of this.#trials) {
      if (wanted.has(key)) continue;
      trial.cancel();
      this.#trials.delete(key);
    }
    for (const [key, { cluster, authority }] of wanted) {
      const healthy = (endpoints.get(key) ?? []).filter(({ health }) => health === "healthy");
      const addresses = healthy.map(({ address }) => address).join();
      const last = this.#trials.get(key);
      if (addresses === (last?.addresses ?? "")) continue;
      last?.cancel();
      const trial: Trial = { addresses, cancel: () => {} };
      this.#trials.set(key, trial);
      if (healthy[0] !== undefined) this.#try(trial, cluster, authority, healthy, firstRetryMs);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const trial of this.#trials.values()) trial.cancel();
  }

  /** Each endpoint in turn, until one says it. */
  #try(
    trial: Trial,
    cluster: ClusterIr,
    authority: string,
    [endpoint, ...others]: readonly EndpointIr[],
    retryMs: number,
  ): void {
    if (endpoint === undefined) return;
    const { clock, probe } = this.#ports;
    const { key, settings } = cluster;
    const { address } = endpoint;
    void probe({ address, authority, tls: settings.tls !== undefined }).then((chain) => {
      if (this.#stopped || this.#trials.get(key) !== trial) return;
      if (chain !== undefined) this.#found(key, chain);
      else {
        const next = (): void =>
          this.#try(trial, cluster, authority, [...others, endpoint], Math.min(retryMs * 2, longestRetryMs));
        trial.cancel = clock.after(retryMs, next);
      }
    });
  }

  #found(key: ClusterKey, chain: PickerChain): void {
    if (this.#chains.get(key) === chain) return;
    this.#chains = new Map([...this.#chains, [key, chain]]);
    this.#ports.onChange();
  }
}
