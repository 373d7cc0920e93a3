import type { GatewayAddress, ListenerStatus, ObjectStatus, StatusBody } from "../model/result.ts";
import type { Condition } from "../resources/condition.ts";
import { type Expiries, withExpiries } from "./expiry.ts";
import type { Programming } from "./final-statuses.ts";
import { refusedWords } from "./held.ts";

type GatewayBody = StatusBody & { readonly kind: "gateway" };

/** `touched`: why a listener's routes were refused, by "namespace/gateway/listener". */
export function programmedGateway(
  { ref, generation }: ObjectStatus,
  body: GatewayBody,
  programming: Programming,
  touched: ReadonlyMap<string, string>,
): ObjectStatus {
  // A Gateway that is not accepted, or not ours, is never sent to a proxy.
  const isAccepted = body.conditions.some(({ type, status }) => type === "Accepted" && status === "True");
  if (!isAccepted) return { ref, generation, body: { ...body, conditions: [...body.conditions, invalid(generation)] } };
  return {
    ref,
    generation,
    body: {
      ...body,
      conditions: [...body.conditions, programmed(generation, programming, body.askedAddresses ?? [])],
      listeners: body.listeners.map((listener) =>
        withExpiries(
          withProgrammed(
            listener,
            generation,
            programming,
            touched.get(`${ref.namespace}/${ref.name}/${listener.name}`),
          ),
          generation,
          programming.expiries ?? none,
        ),
      ),
      addresses: shown(programming.addresses, body.askedAddresses ?? []),
    },
  };
}

const none: Expiries = new Map();

/** Who asks for addresses is told of those, not of what a load balancer gave beside them. */
function shown(addresses: readonly GatewayAddress[], asked: readonly string[]): readonly GatewayAddress[] {
  const given = addresses.filter(({ value }) => asked.includes(value));
  return given.length > 0 ? given : addresses;
}

/**
 * True for a generation once the Gateway has an address and one proxy has acknowledged it. A proxy that leaves,
 * reconnects or lags takes nothing back; a newer generation leaves what is said of the older one standing until then.
 * What keeps its proxies from being made makes it False where none serves, and is a note where some do.
 */
function programmed(generation: number, programming: Programming, asked: readonly string[]): Condition {
  const { addresses, proxies, acknowledgedProxies, acknowledgedGeneration, lagging, held, problem } = programming;
  if (problem !== undefined && proxies === 0) return isFalse(generation, "NoResources", problem);
  const because = problem === undefined ? "" : `; ${problem}`;
  const unusable = asked.filter((wanted) => !addresses.some(({ value }) => value === wanted));
  if (unusable.length > 0) {
    return isFalse(
      generation,
      "AddressNotUsable",
      `One or more Gateway addresses cannot be used: ${unusable.join(", ")}${because}`,
    );
  }
  if (addresses.length === 0) {
    return isFalse(generation, "AddressNotAssigned", `No addresses have been assigned to the Gateway${because}`);
  }
  if (acknowledgedGeneration === undefined) {
    const missing = proxies === 0 ? "No proxy has connected yet" : "No proxy has acknowledged the configuration yet";
    return isFalse(generation, "Pending", missing);
  }
  const notes = [
    `Address assigned to the Gateway, ${acknowledgedProxies}/${proxies} envoy replicas available`,
    ...(problem === undefined ? [] : [problem]),
    ...(lagging.length === 0 ? [] : [`not up to date: ${[...lagging].sort().join(", ")}`]),
    ...[...held].sort().map(([object, reason]) => `a proxy refused what is made from ${object}: ${reason}`),
  ];
  return {
    type: "Programmed",
    status: "True",
    reason: "Programmed",
    message: notes.join("; "),
    observedGeneration: Math.min(generation, acknowledgedGeneration),
  };
}

function withProgrammed(
  listener: ListenerStatus,
  generation: number,
  { acknowledgedGeneration }: Programming,
  refusal: string | undefined,
): ListenerStatus {
  // The model says so where a listener is not sent at all.
  if (listener.conditions.some(({ type }) => type === "Programmed")) return listener;
  return {
    ...listener,
    conditions: [...listener.conditions, listenerProgrammed(generation, acknowledgedGeneration, refusal)],
  };
}

function listenerProgrammed(
  generation: number,
  acknowledgedGeneration: number | undefined,
  refusal: string | undefined,
): Condition {
  if (refusal !== undefined) return isFalse(generation, "Invalid", `${refusedWords} what is made from ${refusal}`);
  if (acknowledgedGeneration === undefined) {
    return isFalse(generation, "Pending", "No proxy has acknowledged the configuration yet");
  }
  return {
    type: "Programmed",
    status: "True",
    reason: "Programmed",
    message: "Sending translated listener configuration to the data plane",
    observedGeneration: Math.min(generation, acknowledgedGeneration),
  };
}

function invalid(generation: number): Condition {
  return isFalse(generation, "Invalid", "The Gateway is not accepted, see its other conditions");
}

function isFalse(generation: number, reason: string, message: string): Condition {
  return { type: "Programmed", status: "False", reason, message, observedGeneration: generation };
}
