/**
 * The Envoys of this machine: one per Gateway that has listeners. Reads the latest list of wanted proxies, owns the
 * processes and who has which port, produces the state of each proxy.
 *
 *     apply(specs) -> conflicts between Gateways -> probe of new ports -> start, other ports, drain and stop
 */
import type { Cancel, Clock } from "../../lib/clock.ts";
import { type Watchable, WatchableValue } from "../../lib/watchable.ts";
import type { Log } from "../../observe/log.ts";
import type { EnvoyProcess, EnvoyState } from "./envoy-process.ts";
import { describeConflict, describeProbe, findPortConflicts, type PortClaim, type PortProbe } from "./ports.ts";

export interface ProxySpec {
  /** "namespace/name". */
  readonly gateway: string;
  readonly ports: readonly { readonly port: number; readonly listeners: readonly string[] }[];
}

export interface ProxyState {
  readonly nodeId: string;
  readonly gateway: string;
  readonly adminSocket: string;
  readonly envoy: EnvoyState;
  readonly restarts: number;
  /** Ports that it cannot have, and why, with the fix. */
  readonly portProblems: readonly PortProblem[];
}

export interface PortProblem {
  readonly port: number;
  readonly problem: string;
}

/** What the fleet needs of a process. */
export type FleetProcess = Pick<EnvoyProcess, "state" | "restarts" | "start" | "setPorts" | "stop" | "kill">;

export interface ProxyIdentity {
  readonly nodeId: string;
  readonly gateway: string;
  readonly adminSocket: string;
}

export interface FleetOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The address that listeners bind. */
  readonly bind: string;
  readonly probe: (bind: string, port: number) => Promise<PortProbe>;
  readonly adminSocket: (nodeId: string) => string;
  readonly createProcess: (identity: ProxyIdentity, ports: readonly number[]) => FleetProcess;
  /** For the requests of a proxy whose Gateway is gone. */
  readonly drainLimitMs: number;
}

interface Proxy extends ProxyIdentity {
  readonly process: FleetProcess;
  /** Ports that its Envoy was given: they are its own and not probed again. */
  ports: ReadonlySet<number>;
}

/** A port that is taken is asked for again this often. */
const retryMs = 1000;

export class Fleet {
  readonly state: Watchable<readonly ProxyState[]>;
  readonly #state = new WatchableValue<readonly ProxyState[]>([]);
  readonly #options: FleetOptions;
  readonly #proxies = new Map<string, Proxy>();
  readonly #leaving = new Set<FleetProcess>();
  #specs: readonly ProxySpec[] = [];
  #problems: ReadonlyMap<string, readonly PortProblem[]> = new Map();
  #running: Promise<void> | undefined;
  #dirty = false;
  #stopped = false;
  #cancelRetry: Cancel = () => {};

  constructor(options: FleetOptions) {
    this.#options = options;
    this.state = this.#state;
  }

  /** The latest list wins; resolves once it is acted on, which is before the proxies are ready. */
  apply(specs: readonly ProxySpec[]): Promise<void> {
    this.#specs = specs;
    return this.#signal();
  }

  /** Drains and stops all proxies. */
  async stop(drainLimitMs: number): Promise<void> {
    await this.#halt();
    await Promise.all(this.#processes().map((process) => process.stop(drainLimitMs)));
  }

  /** Ends all proxies at once, also those that drain. */
  async kill(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    await Promise.all(this.#processes().map((process) => process.kill()));
    await this.#halt();
  }

  async #halt(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    await this.#running;
  }

  #processes(): readonly FleetProcess[] {
    return [...[...this.#proxies.values()].map(({ process }) => process), ...this.#leaving];
  }

  #signal(): Promise<void> {
    this.#dirty = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #loop(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      this.#cancelRetry();
      await this.#reconcile(this.#specs);
    }
  }

  async #reconcile(specs: readonly ProxySpec[]): Promise<void> {
    this.#removeOthers(new Set(specs.filter(({ ports }) => ports.length > 0).map(({ gateway }) => gateway)));
    const problems = await this.#findProblems(specs);
    if (this.#stopped) return;
    this.#report(problems);
    for (const { gateway, ports } of specs) {
      const refused = new Set(problems.get(gateway)?.map(({ port }) => port));
      const usable = ports.map(({ port }) => port).filter((port) => !refused.has(port));
      if (usable.length > 0 || this.#proxies.has(gateway)) this.#ensure(gateway, usable);
    }
    if (problems.size > 0) {
      this.#cancelRetry = this.#options.clock.after(retryMs, () => void this.#signal());
    }
    this.#publish();
  }

  async #findProblems(specs: readonly ProxySpec[]): Promise<ReadonlyMap<string, readonly PortProblem[]>> {
    const { bind, probe } = this.#options;
    const claims: readonly PortClaim[] = specs.flatMap(({ gateway, ports }) =>
      ports.map(({ port, listeners }) => ({ gateway, port, listeners })),
    );
    const holders = new Map(
      [...this.#proxies.values()].flatMap(({ gateway, ports }) => [...ports].map((port) => [port, gateway])),
    );
    const conflicts = new Map(findPortConflicts(claims, holders).map((conflict) => [conflict.claim, conflict]));
    const problems = new Map<string, readonly PortProblem[]>();
    for (const claim of claims) {
      const conflict = conflicts.get(claim);
      const problem =
        conflict !== undefined
          ? describeConflict(conflict)
          : holders.get(claim.port) === claim.gateway
            ? undefined
            : describeProbe(claim, bind, await probe(bind, claim.port));
      if (problem === undefined) continue;
      problems.set(claim.gateway, [...(problems.get(claim.gateway) ?? []), { port: claim.port, problem }]);
    }
    return problems;
  }

  #report(problems: ReadonlyMap<string, readonly PortProblem[]>): void {
    const known = new Set([...this.#problems.values()].flat().map(({ problem }) => problem));
    for (const { problem } of [...problems.values()].flat()) {
      if (!known.has(problem)) this.#options.log.error({ problem, text: problem }, "A listener cannot have its port");
    }
    this.#problems = problems;
  }

  #ensure(gateway: string, ports: readonly number[]): void {
    const known = this.#proxies.get(gateway);
    if (known !== undefined) {
      known.ports = new Set(ports);
      known.process.setPorts(ports);
      return;
    }
    const nodeId = `${gateway.replace("/", ".")}-0`;
    const identity = { nodeId, gateway, adminSocket: this.#options.adminSocket(nodeId) };
    const process = this.#options.createProcess(identity, ports);
    process.state.subscribe(() => this.#publish());
    this.#proxies.set(gateway, { ...identity, process, ports: new Set(ports) });
    process.start();
  }

  #removeOthers(wanted: ReadonlySet<string>): void {
    for (const [gateway, { process }] of this.#proxies) {
      if (wanted.has(gateway)) continue;
      this.#proxies.delete(gateway);
      this.#leaving.add(process);
      void process.stop(this.#options.drainLimitMs).then(() => this.#leaving.delete(process));
    }
  }

  #publish(): void {
    const gateways = new Set([...this.#proxies.keys(), ...this.#problems.keys()]);
    this.#state.set([...gateways].toSorted().map((gateway) => this.#stateOf(gateway)));
  }

  #stateOf(gateway: string): ProxyState {
    const portProblems = this.#problems.get(gateway) ?? [];
    const proxy = this.#proxies.get(gateway);
    if (proxy === undefined) {
      return { nodeId: "", gateway, adminSocket: "", envoy: { phase: "stopped" }, restarts: 0, portProblems };
    }
    const { nodeId, adminSocket, process } = proxy;
    return { nodeId, gateway, adminSocket, envoy: process.state.get(), restarts: process.restarts, portProblems };
  }
}
