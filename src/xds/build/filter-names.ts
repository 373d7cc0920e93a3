/** HTTP filters in the order of the chain. typed_per_filter_config, and the picker's attributes, refer to these names. */
export const filterNames = {
  holdBody: "antechamber.hold_body",
  transform: "envoy.filters.http.transform",
  cors: "envoy.filters.http.cors",
  buffer: "envoy.filters.http.buffer",
  extProc: "envoy.filters.http.ext_proc",
  router: "envoy.filters.http.router",
} as const;
