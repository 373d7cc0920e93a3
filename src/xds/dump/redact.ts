/**
 * Credentials in a decoded message, by the type of what holds them: in TLS messages every piece of data that is not a
 * certificate, and the values of headers that carry credentials. What is packed in an Any is treated alike.
 */
import { create, type Message, type Registry, toBinary } from "@bufbuild/protobuf";
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { isCredentialHeader, redacted } from "../../lib/credential-headers.ts";

type Content = Message & { [field: string]: unknown };

const tlsPackage = "envoy.extensions.transport_sockets.tls.v3.";
/** Whose data may be seen by everybody. */
const publicFields: ReadonlySet<string> = new Set(["certificateChain", "trustedCa", "crl"]);

/** Changes `message`, which must be nobody else's. */
export function redact(message: Message, registry: Registry): void {
  redactContent(message as Content, false, registry);
}

function redactContent(content: Content, secret: boolean, registry: Registry): void {
  const type = content.$typeName;
  const inTls = secret || type.startsWith(tlsPackage);
  if (type === "google.protobuf.Any") return redactAny(content as unknown as Any, registry);
  if (type === "envoy.config.core.v3.DataSource" && secret) {
    content["specifier"] = { case: "inlineString", value: redacted };
    return;
  }
  if (type === "envoy.config.core.v3.HeaderValue" && isCredentialHeader(String(content["key"]))) {
    content["value"] = redacted;
    if ("rawValue" in content) content["rawValue"] = new Uint8Array();
    return;
  }
  if (type === "envoy.config.route.v3.HeaderMatcher" && isCredentialHeader(String(content["name"]))) {
    const matcher = registry.getMessage("envoy.type.matcher.v3.StringMatcher");
    const value = matcher && create(matcher, { matchPattern: { case: "exact", value: redacted } });
    content["headerMatchSpecifier"] = value === undefined ? { case: undefined } : { case: "stringMatch", value };
    return;
  }
  for (const [field, value] of Object.entries(content)) visit(value, inTls && !publicFields.has(field), registry);
}

/** Lists, maps and the cases of a oneof are plain values around messages. */
function visit(value: unknown, secret: boolean, registry: Registry): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if ("$typeName" in value) redactContent(value as Content, secret, registry);
  else if ("case" in value && "value" in value)
    visit(value.value, secret && !publicFields.has(String(value.case)), registry);
  else for (const inner of Object.values(value)) visit(inner, secret, registry);
}

function redactAny(any: Any, registry: Registry): void {
  const content = anyUnpack(any, registry);
  const type = content && registry.getMessage(content.$typeName);
  if (content === undefined || type === undefined) return;
  redact(content, registry);
  any.value = toBinary(type, content);
}
