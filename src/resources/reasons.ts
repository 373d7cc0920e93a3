/**
 * Types and reasons of conditions, as the Gateway API, the inference extension and Envoy Gateway spell them.
 * https://gateway-api.sigs.k8s.io/guides/implementers/#standard-status-fields-and-conditions
 */
export const reasons = {
  GatewayClass: {
    Accepted: ["Accepted", "InvalidParameters", "Pending", "Unsupported"],
    Warning: ["NotInEffect"],
  },
  Gateway: {
    Accepted: ["Accepted", "ListenersNotValid", "InvalidParameters", "UnsupportedAddress", "Pending"],
    Programmed: ["Programmed", "Pending", "Invalid", "AddressNotAssigned", "AddressNotUsable", "NoResources"],
    Warning: ["NotInEffect"],
  },
  Listener: {
    Accepted: [
      "Accepted",
      "PortUnavailable",
      "UnsupportedProtocol",
      "Pending",
      "Invalid",
      "HostnameConflict",
      "ProtocolConflict",
    ],
    Programmed: ["Programmed", "Invalid", "Pending"],
    ResolvedRefs: ["ResolvedRefs", "InvalidCertificateRef", "InvalidRouteKinds", "RefNotPermitted"],
    Conflicted: ["NoConflicts", "HostnameConflict", "ProtocolConflict"],
  },
  Route: {
    Accepted: [
      "Accepted",
      "NoMatchingParent",
      "NotAllowedByListeners",
      "NoMatchingListenerHostname",
      "UnsupportedValue",
      "IncompatibleFilters",
      "Pending",
    ],
    ResolvedRefs: [
      "ResolvedRefs",
      "BackendNotFound",
      "RefNotPermitted",
      "InvalidKind",
      "UnsupportedProtocol",
      "PortNotFound",
      "PortNotSpecified",
      "InvalidBackendFilters",
      "InvalidBackendRef",
      "InvalidBackendTLS",
      "InvalidAddress",
      "UnsupportedAddressType",
      "UnsupportedRefValue",
      "UnsupportedValue",
    ],
    PartiallyInvalid: ["UnsupportedValue", "IncompatibleFilters"],
    BackendsAvailable: ["EndpointsNotFound"],
    RouteRulesOverlap: ["RouteRulesOverlap"],
    Programmed: ["Invalid"],
    Warning: ["NotInEffect", "BodyIsRead", "Warnings"],
  },
  Policy: {
    Accepted: ["Accepted", "Invalid", "Conflicted", "TargetNotFound"],
    Overridden: ["Overridden"],
    Merged: ["Merged"],
    Warning: ["DeprecatedField", "NotInEffect", "Warnings"],
    Aggregated: ["Aggregated"],
  },
  InferencePool: {
    Accepted: [
      "Accepted",
      "NotSupportedByParent",
      "NotSupportedByGateway",
      "HTTPRouteNotAccepted",
      "EndpointPickerRefMissing",
      "Pending",
    ],
    ResolvedRefs: ["ResolvedRefs", "InvalidExtensionRef"],
    Programmed: ["Invalid"],
    Warning: ["BuiltInPicker", "InvalidAnnotation", "Warnings"],
  },
  Backend: { Accepted: ["Accepted", "Invalid"], Warning: ["NotInEffect"] },
  InferenceModel: { Accepted: ["Accepted", "ModelNameInUse", "Pending"] },
} as const;
