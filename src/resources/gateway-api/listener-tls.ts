import { defaulted, list, mapOf, object, oneOf, optional, text } from "../schema.ts";
import { objectReference, portNumber, secretReference } from "./shapes.ts";

/** What clients see: the certificates of one listener. */
export const listenerTls = () =>
  object(
    {
      mode: defaulted(oneOf(["Terminate", "Passthrough"]), "Terminate"),
      certificateRefs: optional(list(secretReference(), { maxItems: 64 })),
      options: optional(mapOf(text({ maxLength: 4096 }), { maxProperties: 16 })),
    },
    {
      "certificateRefs or options must be specified when mode is Terminate": ({ mode, certificateRefs, options }) =>
        mode !== "Terminate" || (certificateRefs ?? []).length > 0 || Object.keys(options ?? {}).length > 0,
    },
  );

const frontendValidation = () =>
  object({
    validation: optional(
      object({
        caCertificateRefs: list(objectReference(), { minItems: 1, maxItems: 16 }),
        mode: defaulted(oneOf(["AllowValidOnly", "AllowInsecureFallback"]), "AllowValidOnly"),
      }),
    ),
  });

/** The Gateway's own side: its client certificate, and what it asks of its clients'. */
export const gatewayTls = () =>
  object({
    backend: optional(object({ clientCertificateRef: optional(secretReference()) })),
    frontend: optional(
      object({
        default: frontendValidation(),
        perPort: optional(
          list(object({ port: portNumber(), tls: frontendValidation() }), { maxItems: 64, keys: ["port"] }),
        ),
      }),
    ),
  });
