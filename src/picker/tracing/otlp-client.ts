/** POST to a collector, OTLP over HTTP in JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

export type Sent =
  | { readonly kind: "taken" }
  | { readonly kind: "try-again"; readonly reason: string }
  /** It will never be taken. */
  | { readonly kind: "refused"; readonly reason: string };

export type SendSpans = (body: string) => Promise<Sent>;

const timeoutMs = 2_000;
const worthRepeating: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** `endpoint`: the collector's base, to which the path of traces is added. */
export function createOtlpClient(endpoint: string): SendSpans {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return (body) =>
    new Promise((resolve) => {
      const failed = (error: Error): void => resolve({ kind: "try-again", reason: error.message });
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const outgoing = request(url, { method: "POST", headers, timeout: timeoutMs }, (answer) => {
        const status = answer.statusCode ?? 0;
        answer.on("error", failed);
        answer.resume();
        answer.on("end", () => {
          const reason = `the collector answered ${status}`;
          if (status >= 200 && status < 300) resolve({ kind: "taken" });
          else resolve({ kind: worthRepeating.has(status) ? "try-again" : "refused", reason });
        });
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.on("error", failed);
      outgoing.end(body);
    });
}
