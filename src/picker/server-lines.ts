import type { Log } from "../observe/log.ts";
import type { EndpointState } from "./messages.ts";

/** More servers that came to the same state at once are told in one line. */
const mostLines = 3;

type State = EndpointState["state"];

/** Tells when a model server is in another state than when it was last told of; states between two updates are skipped. */
export class ServerLines {
  readonly #log: Log;
  #told: ReadonlyMap<string, State> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  update(endpoints: readonly EndpointState[]): void {
    const changed = endpoints.filter(({ address, state }) => this.#told.get(address) !== state);
    if (changed.length === 0 && endpoints.length === this.#told.size) return;
    this.#told = new Map(endpoints.map(({ address, state }) => [address, state]));
    for (const [state, servers] of Map.groupBy(changed, (endpoint) => endpoint.state)) this.#tell(state, servers);
  }

  #tell(state: State, servers: readonly EndpointState[]): void {
    const isTrouble =
      state === "ejected" || (state === "unread" && servers.some(({ lastError }) => lastError !== undefined));
    const level = isTrouble ? "warn" : "info";
    if (servers.length > mostLines) {
      const text = `${servers.length} model servers: ${state}`;
      this.#log[level](
        { state, addresses: servers.map(({ address }) => address), text },
        "model servers changed state",
      );
      return;
    }
    for (const { address, name, lastError } of servers) {
      const why = lastError === undefined || state === "ready" ? "" : ` (${lastError})`;
      const text = `model server ${name === address ? address : `${name} at ${address}`}: ${state}${why}`;
      this.#log[level]({ address, name, state, reason: lastError, text }, "model server changed state");
    }
  }
}
