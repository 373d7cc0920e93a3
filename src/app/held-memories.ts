/** What is held, in the form in which it passes from one control thread to the next: a thread gets no sealed values. */
import { Sealed } from "../lib/sealed.ts";
import type { GatewayIr, SecretIr, SecretKey } from "../model/ir.ts";
import type { HeldOrigin } from "../xds/held.ts";
import type { HoldMemory } from "../xds/hold/hold.ts";

/** By Gateway, "namespace/name". */
export type HeldMemories = ReadonlyMap<string, HoldMemory>;

/** Never to be shown: keys are in it as they are. */
export type OpenMemories = ReadonlyMap<string, OpenMemory>;

interface OpenMemory {
  readonly gateway: OpenGateway;
  readonly culprits: ReadonlyMap<string, OpenOrigin>;
}

interface OpenOrigin extends Omit<HeldOrigin, "last"> {
  readonly last?: OpenGateway;
}

interface OpenGateway extends Omit<GatewayIr, "secrets"> {
  readonly secrets: ReadonlyMap<SecretKey, OpenSecret>;
}

interface OpenSecret extends Omit<SecretIr, "privateKey"> {
  readonly privateKey: string;
}

export function openMemories(memories: HeldMemories): OpenMemories {
  const open = oncePerGateway<GatewayIr, OpenGateway>((gateway) => ({
    ...gateway,
    secrets: mapValues(gateway.secrets, (secret) => ({ ...secret, privateKey: secret.privateKey.reveal() })),
  }));
  return mapValues(memories, ({ gateway, culprits }) => ({
    gateway: open(gateway),
    culprits: mapValues(culprits, ({ last, ...rest }) => ({ ...rest, ...(last && { last: open(last) }) })),
  }));
}

export function sealMemories(memories: OpenMemories): HeldMemories {
  const seal = oncePerGateway<OpenGateway, GatewayIr>((gateway) => ({
    ...gateway,
    secrets: mapValues(gateway.secrets, (secret) => ({ ...secret, privateKey: new Sealed(secret.privateKey) })),
  }));
  return mapValues(memories, ({ gateway, culprits }) => ({
    gateway: seal(gateway),
    culprits: mapValues(culprits, ({ last, ...rest }) => ({ ...rest, ...(last && { last: seal(last) }) })),
  }));
}

/** Several origins may be held at one Gateway, which stays one object. */
function oncePerGateway<From extends object, To>(convert: (from: From) => To): (from: From) => To {
  const converted = new Map<From, To>();
  return (from) => {
    const known = converted.get(from) ?? convert(from);
    converted.set(from, known);
    return known;
  };
}

function mapValues<K, From, To>(map: ReadonlyMap<K, From>, convert: (from: From) => To): ReadonlyMap<K, To> {
  return new Map([...map].map(([key, value]) => [key, convert(value)]));
}
