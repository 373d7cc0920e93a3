import { ApiVersion, type ConfigSource } from "../../gen/envoy/config/core/v3/config_source.ts";
import type { Duration } from "../../gen/google/protobuf/duration.ts";

export function ads(initialFetchTimeout?: Duration): ConfigSource {
  return {
    configSourceSpecifier: { $case: "ads", value: {} },
    resourceApiVersion: ApiVersion.V3,
    ...(initialFetchTimeout === undefined ? {} : { initialFetchTimeout }),
  };
}
