import { HttpProtocolOptions_HeadersWithUnderscoresAction as UnderscoresAction } from "../../gen/envoy/config/core/v3/protocol.ts";
import { Router } from "../../gen/envoy/extensions/filters/http/router/v3/router.ts";
import {
  HttpConnectionManager_CodecType as CodecType,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashesAction,
  type HttpConnectionManager,
  type HttpFilter,
  HttpConnectionManager_ServerHeaderTransformation as ServerHeader,
} from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import type { PortIr } from "../../model/ir.ts";
import { routeConfigurationName } from "../names.ts";
import { accessLogs } from "./access-log.ts";
import { duration, pack } from "./any.ts";
import { ads } from "./config-source.ts";
import { corsFilter } from "./cors.ts";
import { filterNames } from "./filter-names.ts";
import { localReplies } from "./local-replies.ts";
import { holdBodyFilter } from "./model/hold-body.ts";
import { transformFilter } from "./model/transform.ts";
import type { BuildOptions } from "./options.ts";
import { externalPickerFilters } from "./pool/external-picker.ts";
import { poolFilters } from "./pool/filters.ts";
import { usageFilters } from "./pool/token-usage.ts";
import { stripReservedHeaders } from "./reserved-headers.ts";
import { trafficFilters } from "./traffic/filters.ts";

/** Every filter that a route may need is here, disabled; what Envoy leaves open is set as Envoy Gateway sets it. */
export function connectionManager(port: PortIr, options: BuildOptions): HttpConnectionManager {
  return {
    statPrefix: `${port.protocol.toLowerCase()}-${port.port}`,
    codecType: CodecType.AUTO,
    routeSpecifier: {
      $case: "rds",
      value: { configSource: ads(duration(0)), routeConfigName: routeConfigurationName(port) },
    },
    serverHeaderTransformation: ServerHeader.PASS_THROUGH,
    http2ProtocolOptions: {
      maxConcurrentStreams: 100,
      initialStreamWindowSize: 65_536,
      initialConnectionWindowSize: 1_048_576,
    },
    commonHttpProtocolOptions: { headersWithUnderscoresAction: UnderscoresAction.REJECT_REQUEST },
    useRemoteAddress: true,
    // No internal_address_config: nobody's x-envoy-* headers are believed, wherever they connect from.
    earlyHeaderMutationExtensions: [stripReservedHeaders()],
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: EscapedSlashesAction.UNESCAPE_AND_REDIRECT,
    streamIdleTimeout: duration(options.streamIdleTimeoutMs),
    upgradeConfigs: [{ upgradeType: "websocket" }],
    accessLog: accessLogs(),
    accessLogOptions: { accessLogFlushInterval: duration(options.accessLogFlushMs) },
    localReplyConfig: localReplies(),
    httpFilters: [
      holdBodyFilter(),
      transformFilter(),
      ...trafficFilters(corsFilter()),
      ...poolFilters(),
      ...externalPickerFilters(),
      ...usageFilters(),
      routerFilter(),
    ],
  };
}

function routerFilter(): HttpFilter {
  return {
    name: filterNames.router,
    configType: { $case: "typedConfig", value: pack(Router, { suppressEnvoyHeaders: true }) },
  };
}
