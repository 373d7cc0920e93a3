import { BufferPerRoute } from "../../../gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import { ExtProcPerRoute } from "../../../gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import { type AnyByName, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";
import { nothingToPicker } from "./processing-mode.ts";

/**
 * The chain is fixed by the first route, which is not yet the pool's: the filters must exist from then on, without
 * doing anything until the re-matched route says so.
 */
export function inertPoolFilters(): AnyByName {
  return {
    [filterNames.buffer]: pack(BufferPerRoute, { override: { $case: "disabled", value: true } }),
    [filterNames.extProc]: pack(ExtProcPerRoute, {
      override: { $case: "overrides", value: { processingMode: nothingToPicker } },
    }),
  };
}
