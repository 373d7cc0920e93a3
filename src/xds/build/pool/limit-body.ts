import { BufferPerRoute } from "../../../gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import { type AnyByName, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";

/** typed_per_filter_config: a request is held until it is whole, and answered 413 where it is larger. */
export function limitBody(maxRequestBytes: number | undefined): AnyByName {
  if (maxRequestBytes === undefined) return {};
  return { [filterNames.buffer]: pack(BufferPerRoute, { override: { $case: "buffer", value: { maxRequestBytes } } }) };
}
