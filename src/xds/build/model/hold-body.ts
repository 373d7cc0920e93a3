/**
 * Room for the body of a request whose first match answers by itself. The limit of the virtual host counts for routes
 * that forward only; at a direct response Envoy would refuse with 413 what is larger than its connection buffer, before
 * the model in the body leads to another route. A buffer filter in front of the transform filter brings its own limit.
 */
import { Buffer as BufferFilter, BufferPerRoute } from "../../../gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import type { HttpFilter } from "../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { maxBodyBytes } from "../../../lib/wire.ts";
import { type AnyByName, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";

export function holdBodyFilter(): HttpFilter {
  return {
    name: filterNames.holdBody,
    disabled: true,
    configType: { $case: "typedConfig", value: pack(BufferFilter, { maxRequestBytes: maxBodyBytes }) },
  };
}

/** For a direct response that is the first match of requests that the body may lead elsewhere. */
export function holdBody(): AnyByName {
  return {
    [filterNames.holdBody]: pack(BufferPerRoute, {
      override: { $case: "buffer", value: { maxRequestBytes: maxBodyBytes } },
    }),
  };
}
