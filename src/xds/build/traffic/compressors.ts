/**
 * Compression of answers. Event streams are none of the content types that Envoy compresses by itself, so tokens are
 * never held back for the sake of a better ratio.
 */
import { Brotli } from "../../../gen/envoy/extensions/compression/brotli/compressor/v3/brotli.ts";
import { Gzip } from "../../../gen/envoy/extensions/compression/gzip/compressor/v3/gzip.ts";
import { Zstd } from "../../../gen/envoy/extensions/compression/zstd/compressor/v3/zstd.ts";
import { Compressor, CompressorPerRoute } from "../../../gen/envoy/extensions/filters/http/compressor/v3/compressor.ts";
import type { CompressorIr } from "../../../model/ir.ts";
import { extension, pack } from "../any.ts";

const libraries = {
  gzip: extension("gzip", Gzip, {}),
  brotli: extension("brotli", Brotli, {}),
  zstd: extension("zstd", Zstd, {}),
} as const;

/** In the order of the chain. */
export const compressorKinds = ["gzip", "brotli", "zstd"] as const;

export function compressor(kind: CompressorIr) {
  return pack(Compressor, { compressorLibrary: libraries[kind] });
}

export const compress = pack(CompressorPerRoute, { override: { $case: "overrides", value: {} } });
export const doNotCompress = pack(CompressorPerRoute, { override: { $case: "disabled", value: true } });
