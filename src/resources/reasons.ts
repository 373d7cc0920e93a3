/**
 * Types and reasons of conditions, as the Gateway API, the inference extension and Envoy Gateway spell them.
 * https://gateway-api.sigs.k8s.io/guides/implementers/#standard-status-fields-and-conditions
 */
export const reasons = {
  GatewayClass: { Accepted: ["Accepted", "InvalidParameters", "Pending", "Unsupported"] },
  Gateway: {
    Accepted: ["Accepted", "ListenersNotValid", "InvalidParameters", "UnsupportedAddress", "Pending"],
    Programmed: ["Programmed", "Pending", "Invalid", "AddressNotAssigned", "AddressNotUsable", "NoResources"],
  },
  Listener: {
    Accepted: ["Accepted", "PortUnavailable", "UnsupportedProtocol", "Pending"],
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
    ],
    PartiallyInvalid: ["UnsupportedValue"],
    BackendsAvailable: ["EndpointsNotFound"],
    RouteRulesOverlap: ["RouteRulesOverlap"],
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
  },
  InferenceModel: { Accepted: ["Accepted", "ModelNameInUse", "Pending"] },
} as const;
