import { readFile } from "node:fs/promises";
import { type CertificateOptions, makeCertificate, type TestCertificate } from "./certificates.ts";

const placeholder = /<(crt|key):([^>]+)>/g;

/**
 * A golden case's input. `<crt:a.example.com,b.example.com>` and `<key:...>` stand for a certificate with those names
 * and for its key, made anew, in base64; behind another colon may stand its algorithm.
 */
export async function readGoldenInput(file: URL): Promise<string> {
  const text = await readFile(file, "utf8");
  const made = new Map<string, TestCertificate>();
  for (const [, , wanted = ""] of text.matchAll(placeholder)) {
    if (!made.has(wanted)) made.set(wanted, await makeCertificate(optionsOf(wanted)));
  }
  return text.replace(placeholder, (_, part: string, wanted: string) => {
    const { certificate, key } = made.get(wanted) as TestCertificate;
    return Buffer.from(part === "crt" ? certificate : key).toString("base64");
  });
}

function optionsOf(wanted: string): CertificateOptions {
  const [names = "", algorithm = "p256"] = wanted.split(":");
  return { names: names.split(","), algorithm: algorithm as NonNullable<CertificateOptions["algorithm"]> };
}
