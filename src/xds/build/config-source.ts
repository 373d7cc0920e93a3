import { ApiVersion, type ConfigSource } from "../../gen/envoy/config/core/v3/config_source.ts";
import type { Duration } from "../../gen/google/protobuf/duration.ts";

/** A file that Envoy watches. */
export function file(path: string): ConfigSource {
  return {
    configSourceSpecifier: { $case: "pathConfigSource", value: { path } },
    resourceApiVersion: ApiVersion.V3,
  };
}

export function ads(initialFetchTimeout?: Duration): ConfigSource {
  return {
    configSourceSpecifier: { $case: "ads", value: {} },
    resourceApiVersion: ApiVersion.V3,
    ...(initialFetchTimeout === undefined ? {} : { initialFetchTimeout }),
  };
}
