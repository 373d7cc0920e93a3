import { findEnvoy } from "../../src/infra/process/find-envoy.ts";

/** The Envoy that feature tests run; there is none without `npm run setup`. */
export async function envoyForTests(): Promise<string> {
  const found = await findEnvoy({ env: process.env });
  if (!found.found) throw new Error(found.problem);
  return found.path;
}
