import type { TypedExtensionConfig } from "../../gen/envoy/config/core/v3/extension.ts";
import type { Any } from "../../gen/google/protobuf/any.ts";
import type { Duration } from "../../gen/google/protobuf/duration.ts";
import { compareStrings } from "../../lib/compare.ts";

interface Codec<T> {
  readonly $type: string;
  encode(message: T): { finish(): Uint8Array };
}

export function pack<T>(codec: Codec<T>, message: T): Any {
  return { typeUrl: `type.googleapis.com/${codec.$type}`, value: codec.encode(message).finish() };
}

export function extension<T>(name: string, codec: Codec<T>, message: T): TypedExtensionConfig {
  return { name, typedConfig: pack(codec, message) };
}

export function duration(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** typed_per_filter_config and its like. Maps are encoded in insertion order, so the same content needs one order. */
export type AnyByName = Readonly<Record<string, Any>>;

export function sortedByName(map: AnyByName): Record<string, Any> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => compareStrings(a, b)));
}
