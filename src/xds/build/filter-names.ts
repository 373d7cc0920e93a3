/** HTTP filters in the order of the chain. typed_per_filter_config, and the picker's attributes, refer to these names. */
export const filterNames = {
  holdBody: "antechamber.hold_body",
  transform: "envoy.filters.http.transform",
  customResponse: "envoy.filters.http.custom_response",
  fault: "envoy.filters.http.fault",
  cors: "envoy.filters.http.cors",
  localRateLimit: "envoy.filters.http.local_ratelimit",
  gzip: "envoy.filters.http.compressor.gzip",
  brotli: "envoy.filters.http.compressor.brotli",
  zstd: "envoy.filters.http.compressor.zstd",
  buffer: "envoy.filters.http.buffer",
  extProc: "envoy.filters.http.ext_proc",
  toldToExternalPicker: "antechamber.told_to_external_picker",
  externalPicker: "antechamber.external_picker",
  jsonUsage: "envoy.filters.http.json_to_metadata",
  sseUsage: "envoy.filters.http.sse_to_metadata",
  router: "envoy.filters.http.router",
} as const;
