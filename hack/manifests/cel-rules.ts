/**
 * The rules of our schemas, which are functions, as expressions that an API server evaluates: by message. A test holds
 * that every rule of a kind whose CRD we install has one. https://kubernetes.io/docs/reference/using-api/cel/
 *
 * Fields with a default are there whenever their object is, so that no expression asks for them.
 */

const has = (field: string): string => `has(self.${field})`;
const anyOf = (...fields: readonly string[]): string => fields.map(has).join(" || ");
const notBoth = (a: string, b: string): string => `!(${has(a)} && ${has(b)})`;
const exactlyOne = (a: string, b: string): string => `${has(a)} != ${has(b)}`;
const within = (field: string, values: readonly string[]): string =>
  `${field} in [${values.map((value) => `'${value}'`).join(", ")}]`;
/** The field is there exactly where the type is chosen. */
const fieldOf = (type: string, field: string): string => `(self.type == '${type}') == ${has(field)}`;
const needs = (type: string, field: string): string => `self.type != '${type}' || ${has(field)}`;
const onlyFor = (type: string, field: string): string => `!${has(field)} || self.type == '${type}'`;
const notFor = (type: string, field: string): string => `!${has(field)} || self.type != '${type}'`;
/** Of a field that is optional itself. */
const isType = (type: string): string => `has(self.type) && self.type == '${type}'`;

const gatewayGroup = "gateway.networking.k8s.io";
const streamRoutes = ["UDPRoute", "TCPRoute", "TLSRoute"];
const httpRoutes = ["HTTPRoute", "GRPCRoute"];
const owners = ["Gateway", "ListenerSet"];
const all = [...owners, ...httpRoutes, ...streamRoutes];

/** Wherever a policy's targets are of these kinds. */
const targets = (field: string, kinds: readonly string[]): string =>
  [
    `!${has(field)}`,
    [
      `(!has(self.targetRef) || ${within("self.targetRef.kind", kinds)})`,
      `(!has(self.targetRefs) || self.targetRefs.all(t, ${within("t.kind", kinds)}))`,
      `(!has(self.targetSelectors) || self.targetSelectors.all(t, ${within("t.kind", kinds)}))`,
    ].join(" && "),
  ].join(" || ");

const trafficPolicy = {
  "either targetRef or targetRefs must be used":
    "has(self.targetRef) != has(self.targetRefs) || (has(self.targetSelectors) && size(self.targetSelectors) > 0)",
  "this policy can only have a targetRef.group of gateway.networking.k8s.io": `!has(self.targetRef) || self.targetRef.group == '${gatewayGroup}'`,
  "this policy can only have a targetRef.kind of Gateway/ListenerSet/HTTPRoute/GRPCRoute/TCPRoute/UDPRoute/TLSRoute": `!has(self.targetRef) || ${within("self.targetRef.kind", all)}`,
  "this policy can only have a targetRefs[*].group of gateway.networking.k8s.io": `!has(self.targetRefs) || self.targetRefs.all(t, t.group == '${gatewayGroup}')`,
  "this policy can only have a targetRefs[*].kind of Gateway/ListenerSet/HTTPRoute/GRPCRoute/TCPRoute/UDPRoute/TLSRoute": `!has(self.targetRefs) || self.targetRefs.all(t, ${within("t.kind", all)})`,
  "group must be gateway.networking.k8s.io": `self.group == '${gatewayGroup}'`,
  "selector must be specified when from is Selector": "self.from != 'Selector' || has(self.selector)",
  "mergeType can only be used with xRoute targets": targets("mergeType", [...httpRoutes, ...streamRoutes]),
  "Replace is not a valid MergeType for BackendTrafficPolicySpec": "self != 'Replace'",
  "either compression or compressor can be set, not both": notBoth("compression", "compressor"),
  "requestBuffer cannot be used together with httpUpgrade":
    "!has(self.requestBuffer) || !has(self.httpUpgrade) || size(self.httpUpgrade) == 0",
  "admissionControl can only be used with HTTPRoute, GRPCRoute, Gateway, or ListenerSet targets": targets(
    "admissionControl",
    [...owners, ...httpRoutes],
  ),
  "predictivePercent in preconnect policy only works with RoundRobin or Random load balancers": [
    "!has(self.connection)",
    "!has(self.connection.preconnect)",
    "!has(self.connection.preconnect.predictivePercent)",
    `(has(self.loadBalancer) && ${within("self.loadBalancer.type", ["Random", "RoundRobin"])})`,
  ].join(" || "),
  "The connect configuration is only allowed when the type is CONNECT.": onlyFor("CONNECT", "connect"),
};

const loadBalancer = {
  "If LoadBalancer type is consistentHash, consistentHash field needs to be set.": fieldOf(
    "ConsistentHash",
    "consistentHash",
  ),
  "If LoadBalancer type is BackendUtilization, backendUtilization field needs to be set.": fieldOf(
    "BackendUtilization",
    "backendUtilization",
  ),
  "If LoadBalancer type is DynamicModule, dynamicModule field needs to be set.": fieldOf(
    "DynamicModule",
    "dynamicModule",
  ),
  "Currently SlowStart is only supported for RoundRobin, LeastRequest, and BackendUtilization load balancers.": `!has(self.slowStart) || !(${within("self.type", ["Random", "ConsistentHash", "DynamicModule"])})`,
  "PreferLocal zone-aware routing is not supported for ConsistentHash load balancers. Use weightedZones instead.":
    "self.type != 'ConsistentHash' || !has(self.zoneAware) || !has(self.zoneAware.preferLocal)",
  "PreferLocal zone-aware routing is not currently supported for BackendUtilization load balancers. Only WeightedZones can be used with BackendUtilization.":
    "self.type != 'BackendUtilization' || !has(self.zoneAware) || !has(self.zoneAware.preferLocal)",
  "ZoneAware routing is not supported for DynamicModule load balancers.": notFor("DynamicModule", "zoneAware"),
  "ZoneAware PreferLocal and WeightedZones cannot be specified together.":
    "!has(self.zoneAware) || !has(self.zoneAware.preferLocal) || !has(self.zoneAware.weightedZones)",
  "EndpointOverride is not supported for DynamicModule load balancers.": notFor("DynamicModule", "endpointOverride"),
  "If consistent hash type is header, the header field must be set.": fieldOf("Header", "header"),
  "If consistent hash type is headers, the headers field must be set.": fieldOf("Headers", "headers"),
  "If consistent hash type is cookie, the cookie field must be set.": fieldOf("Cookie", "cookie"),
  "If consistent hash type is queryParams, the queryParams field must be set.": fieldOf("QueryParams", "queryParams"),
  "reportingPeriod must be greater than 0": "duration(self) > duration('0s')",
};

const connections = {
  "If Health Checker type is HTTP, http field needs to be set.": fieldOf("HTTP", "http"),
  "If Health Checker type is TCP, tcp field needs to be set.": fieldOf("TCP", "tcp"),
  "The grpc field can only be set if the Health Checker type is GRPC.": onlyFor("GRPC", "grpc"),
  "The requestBody field can only be set when method is POST or PUT.": `!has(self.requestBody) || (has(self.method) && ${within("self.method.upperAscii()", ["POST", "PUT"])})`,
  "If payload type is Text, text field needs to be set.": fieldOf("Text", "text"),
  "If payload type is Binary, binary field needs to be set.": fieldOf("Binary", "binary"),
  "a failure type and a success type must both be specified together": `self.exists(m, ${within("m", ["Failure", "FailureSeriesStart"])}) == self.exists(m, ${within("m", ["Success", "HealthyTransition"])})`,
  "If ProxyHealthCheckLogSink type is File, file field needs to be set.": fieldOf("File", "file"),
  "numerator must be less than or equal to denominator": "self.numerator <= self.denominator",
  "timeout must be less than interval":
    "!has(self.timeout) || !has(self.interval) || duration(self.timeout) < duration(self.interval)",
};

const limits = {
  "at least one of headers, methods, path, sourceCIDR or queryParams must be specified": anyOf(
    "headers",
    "methods",
    "path",
    "sourceCIDR",
    "queryParams",
  ),
  "only one of number or metadata can be specified": notBoth("number", "metadata"),
  "response cost is not supported for Local Rate Limits": "self.all(r, !has(r.cost) || !has(r.cost.response))",
  "limit fromMetadata is not supported for Local Rate Limits": "self.all(r, !has(r.limit.fromMetadata))",
  "at least one of request or response must be specified": anyOf("request", "response"),
  "Delay and abort faults are set at least one.": anyOf("delay", "abort"),
  "httpStatus and grpcStatus cannot be simultaneously defined.": notBoth("httpStatus", "grpcStatus"),
  "httpStatus and grpcStatus are set at least one.": anyOf("httpStatus", "grpcStatus"),
  "minSuccessRate must be between 1 and 100":
    "!has(self.minSuccessRate) || (self.minSuccessRate >= 1 && self.minSuccessRate <= 100)",
  "maxRejectionPercent must be between 0 and 100":
    "!has(self.maxRejectionPercent) || (self.maxRejectionPercent >= 0 && self.maxRejectionPercent <= 100)",
  "samplingWindow must be at least 1s": "!has(self.samplingWindow) || duration(self.samplingWindow) >= duration('1s')",
};

const responses = {
  "exactly one of response or redirect must be specified": exactlyOne("response", "redirect"),
  "at least one of statusCodes or responseHeaders must be specified": anyOf("statusCodes", "responseHeaders"),
  "value must be set for type Value": needs("Value", "value"),
  "range must be set for type Range": needs("Range", "range"),
  "end must be greater than start": "self.end > self.start",
  "inline must be set for type Inline": needs("Inline", "inline"),
  "valueRef must be set for type ValueRef": needs("ValueRef", "valueRef"),
  "only ConfigMap is supported for ValueRef": "!has(self.valueRef) || self.valueRef.kind == 'ConfigMap'",
  "Remove is not supported for header in CustomResponse": "!has(self.remove) || size(self.remove) == 0",
  "only ReplaceFullPath is supported for path.type": "self.type == 'ReplaceFullPath'",
  "replaceFullPath must be specified when type is set to 'ReplaceFullPath'": needs(
    "ReplaceFullPath",
    "replaceFullPath",
  ),
  "type must be 'ReplaceFullPath' when replaceFullPath is set": onlyFor("ReplaceFullPath", "replaceFullPath"),
  "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'": needs(
    "ReplacePrefixMatch",
    "replacePrefixMatch",
  ),
  "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set": onlyFor(
    "ReplacePrefixMatch",
    "replacePrefixMatch",
  ),
};

const inference = {
  "modelName is immutable": "self == oldSelf",
  "Weights should be set for all models, or none of the models.":
    "self.all(m, has(m.weight)) || self.all(m, !has(m.weight))",
};

const order = (versions: readonly string[]): string =>
  `{${versions.map((version, index) => `'${version}': ${index}`).join(", ")}}`;

const backend = {
  "DynamicResolver type cannot have endpoints specified": notFor("DynamicResolver", "endpoints"),
  "DynamicResolver type cannot use autoSNIFromEndpointHostname":
    "self.type != 'DynamicResolver' || !has(self.tls) || !has(self.tls.autoSNIFromEndpointHostname) || !self.tls.autoSNIFromEndpointHostname",
  "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must define a hostname":
    "!has(self.tls) || !has(self.tls.autoSNIFromEndpointHostname) || !self.tls.autoSNIFromEndpointHostname || !has(self.endpoints) || self.endpoints.all(e, has(e.fqdn) || has(e.hostname))",
  "fqdn addresses cannot be mixed with other address types": "self.all(e, has(e.fqdn)) || self.all(e, !has(e.fqdn))",
  "one of fqdn, ip or unix must be specified": anyOf("fqdn", "ip", "unix"),
  "only one of fqdn, ip or unix can be specified": ["fqdn", "ip", "unix"]
    .flatMap((field, index, fields) => fields.slice(index + 1).map((other) => notBoth(field, other)))
    .join(" && "),
  "unix domain socket path must not exceed 108 characters": "size(self) <= 108",
  "must not contain both CACertificateRefs and WellKnownCACertificates":
    "!has(self.caCertificateRefs) || size(self.caCertificateRefs) == 0 || !has(self.wellKnownCACertificates)",
  "must not contain either CACertificateRefs or WellKnownCACertificates when InsecureSkipVerify is enabled":
    "!self.insecureSkipVerify || ((!has(self.caCertificateRefs) || size(self.caCertificateRefs) == 0) && !has(self.wellKnownCACertificates))",
  "sni and autoSNIFromEndpointHostname are mutually exclusive":
    "!has(self.sni) || !has(self.autoSNIFromEndpointHostname) || !self.autoSNIFromEndpointHostname",
  "setting ciphers has no effect if the minimum possible TLS version is 1.3":
    "!has(self.ciphers) || !has(self.minVersion) || self.minVersion != '1.3'",
  "minVersion must be smaller or equal to maxVersion": `!has(self.maxVersion) || ${order(["Auto", "1.0", "1.1", "1.2", "1.3"])}[has(self.minVersion) ? self.minVersion : '1.2'] <= ${order(["", "1.0", "1.1", "1.2", "1.3", "Auto"])}[self.maxVersion]`,
};

const proxy = {
  "mergeGateways and mergeBackends cannot both be enabled":
    "!has(self.mergeGateways) || !self.mergeGateways || !has(self.mergeBackends)",
  "only one of envoyDeployment or envoyDaemonSet can be specified": notBoth("envoyDeployment", "envoyDaemonSet"),
  "cannot use envoyHpa if envoyDaemonSet is used": notBoth("envoyHpa", "envoyDaemonSet"),
  "Either image or imageRepository can be set.": notBoth("image", "imageRepository"),
  "allocateLoadBalancerNodePorts can only be set for LoadBalancer type": onlyFor(
    "LoadBalancer",
    "allocateLoadBalancerNodePorts",
  ),
  "loadBalancerSourceRanges can only be set for LoadBalancer type": onlyFor("LoadBalancer", "loadBalancerSourceRanges"),
  "loadBalancerIP can only be set for LoadBalancer type": onlyFor("LoadBalancer", "loadBalancerIP"),
  "loadBalancerIP must be a valid IPv4 address": "isIP(self) && ip(self).family() == 4",
  "maxReplicas cannot be less than minReplicas": "!has(self.minReplicas) || self.maxReplicas >= self.minReplicas",
  "minReplicas must be greater than 0": "self > 0",
  "maxReplicas must be greater than 0": "self > 0",
  "only one of minAvailable or maxUnavailable can be specified": exactlyOne("minAvailable", "maxUnavailable"),
  "provided bootstrap patch doesn't match the configured patch type":
    "self.type == 'JSONPatch' ? has(self.jsonPatches) && size(self.jsonPatches) > 0 : has(self.value)",
  "one of before or after must be specified": anyOf("before", "after"),
  "only one of before or after can be specified": notBoth("before", "after"),
  "If type is Remote, remote field needs to be set.": fieldOf("Remote", "remote"),
  "If type is Local, local field needs to be set.": needs("Local", "local"),
  "If type is Remote, local field must not be set.": notFor("Remote", "local"),
  "maxMind must be set when type is MaxMind": needs("MaxMind", "maxMind"),
  "at least one MaxMind database source must be specified": anyOf(
    "cityDbSource",
    "countryDbSource",
    "asnDbSource",
    "ispDbSource",
    "anonymousIpDbSource",
  ),
};

const sinkOf = (type: string, field: string): string => `(${isType(type)}) == ${has(field)}`;

const proxyTelemetry = {
  "If AccessLogFormat type is Text, text field needs to be set.": `!(${isType("Text")}) || has(self.text)`,
  "If AccessLogFormat type is Text, json field must not be set.": `!(${isType("Text")}) || !has(self.json)`,
  "If AccessLogFormat type is JSON, json field needs to be set.": `!(${isType("JSON")}) || has(self.json)`,
  "If AccessLogFormat type is JSON, text field must not be set.": `!(${isType("JSON")}) || !has(self.text)`,
  "If AccessLogFormat type is unset, at least one of text or json must be set.": anyOf("type", "text", "json"),
  "If AccessLogSink type is ALS, als field needs to be set.": sinkOf("ALS", "als"),
  "If AccessLogSink type is File, file field needs to be set.": sinkOf("File", "file"),
  "If AccessLogSink type is OpenTelemetry, openTelemetry field needs to be set.": sinkOf(
    "OpenTelemetry",
    "openTelemetry",
  ),
  "The http field may only be set when type is HTTP.": onlyFor("HTTP", "http"),
  "must have at least one backend in backendRefs": "has(self.backendRefs) && size(self.backendRefs) > 0",
  "BackendRefs must be used, backendRef is not supported.": "!has(self.backendRef)",
  "BackendRefs only support Service and Backend kind.": `!has(self.backendRefs) || self.backendRefs.all(b, ${within("b.kind", ["Service", "Backend"])})`,
  "BackendRefs only support Core and gateway.envoyproxy.io group.": `!has(self.backendRefs) || self.backendRefs.all(b, ${within("b.group", ["", "gateway.envoyproxy.io"])})`,
  "Must have port for Service reference": "self.group != '' || self.kind != 'Service' || has(self.port)",
  "host or backendRefs needs to be set": "has(self.host) || (has(self.backendRefs) && size(self.backendRefs) > 0)",
  "either resources or resourceAttributes can be set, not both": notBoth("resources", "resourceAttributes"),
  "only one of SamplingRate or SamplingFraction can be specified": notBoth("samplingRate", "samplingFraction"),
  "openTelemetry can only be used with type OpenTelemetry": onlyFor("OpenTelemetry", "openTelemetry"),
  "samplingPercentage can only be set with TraceIdRatio or ParentBasedTraceIdRatio": `!has(self.samplingPercentage) || ${within("self.type", ["TraceIdRatio", "ParentBasedTraceIdRatio"])}`,
  "serviceName cannot be empty if provided": "self != ''",
  "If MetricSink type is OpenTelemetry, openTelemetry field needs to be set.": has("openTelemetry"),
};

export const celRules: Readonly<Record<string, string>> = {
  ...trafficPolicy,
  ...loadBalancer,
  ...connections,
  ...limits,
  ...responses,
  ...inference,
  ...backend,
  ...proxy,
  ...proxyTelemetry,
};
