import type { ModelServer, ServerState } from "../../pool/server.ts";

/** Whoever can be connected to will do: the suite's servers are no model servers. */
const usable: ReadonlySet<ServerState> = new Set(["ready", "unread", "ejected"]);

/**
 * Obeys the inference extension's conformance suite, which names the servers of a request itself: one after the other
 * of those that it names. https://github.com/kubernetes-sigs/gateway-api-inference-extension/tree/main/conformance
 */
export class Steering {
  #turn = 0;

  /** `selection`: "ip" or "ip:port", separated by commas. Undefined: none of them is a server of the pool. */
  choose(servers: readonly ModelServer[], selection: string): ModelServer | undefined {
    const names = selection.split(",").map((name) => name.trim());
    const named = servers.filter(
      ({ address, state }) => usable.has(state) && names.some((name) => name === address || name === ipOf(address)),
    );
    this.#turn += 1;
    return named[this.#turn % Math.max(1, named.length)];
  }
}

/** As the suite writes it: an IPv6 address has no brackets. */
function ipOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
