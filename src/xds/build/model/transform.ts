/**
 * How the model gets from the JSON body into a header before the route is chosen. The filter is installed once per
 * listener, disabled; a virtual host that needs the model switches it on, and routes that cannot meet a model rule
 * switch it off again. It reads `application/json` only, and sets nothing when the object has `model` twice.
 */

import type { HeaderMutation } from "../../../gen/envoy/config/common/mutation_rules/v3/mutation_rules.ts";
import { HeaderValueOption_HeaderAppendAction as Append } from "../../../gen/envoy/config/core/v3/base.ts";
import { FilterConfig } from "../../../gen/envoy/config/route/v3/route_components.ts";
import { TransformConfig } from "../../../gen/envoy/extensions/filters/http/transform/v3/transform.ts";
import type { HttpFilter } from "../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { bodyBytesHeader, bodyFieldHeaders, modelHeader } from "../../../lib/wire.ts";
import { type AnyByName, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";

export function transformFilter(): HttpFilter {
  return {
    name: filterNames.transform,
    disabled: true,
    configType: { $case: "typedConfig", value: pack(TransformConfig, {}) },
  };
}

/**
 * For a virtual host: a filter that only the re-matched route enables would never run. `measure`: the route chosen
 * again may depend on the size of the body, which no filter after this one would refuse, since it is held already.
 */
export function readModelFromBody({ measure }: { readonly measure: boolean }): AnyByName {
  const headers = { model: modelHeader, ...bodyFieldHeaders };
  return {
    [filterNames.transform]: pack(TransformConfig, {
      clearRouteCache: true,
      requestTransformation: {
        headersMutations: [
          ...Object.entries(headers).map(([field, header]) => setHeaderTo(header, `%REQUEST_BODY(${field})%`)),
          ...(measure ? [setHeaderTo(bodyBytesHeader, "%BYTES_RECEIVED%")] : []),
        ],
      },
    }),
  };
}

/** A field that is missing sets no header. */
function setHeaderTo(key: string, value: string): HeaderMutation {
  return {
    action: {
      $case: "append",
      value: {
        appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
        header: { key, value },
      },
    },
  };
}

/** For a route of such a host: the body is neither held nor read. */
export function leaveBodyAlone(): AnyByName {
  return { [filterNames.transform]: pack(FilterConfig, { disabled: true }) };
}
