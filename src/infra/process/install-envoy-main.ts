/** `npm run setup`'s last step: prints the path of the Envoy to use, after installing it where none is found. */

import { envoyVersion } from "./envoy-release.ts";
import { cachedEnvoy, findEnvoy } from "./find-envoy.ts";
import { installEnvoy } from "./install-envoy.ts";

const found = await findEnvoy({ env: process.env });
if (found.found) {
  process.stdout.write(`${found.path}\n`);
} else {
  const startedMs = performance.now();
  process.stderr.write(`installing Envoy ${envoyVersion} ... `);
  const target = cachedEnvoy(process.env);
  const result = await installEnvoy({ target, python: "python3", machine: thisMachine() });
  if (result.installed) {
    process.stderr.write(`${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
    process.stdout.write(`${target}\n`);
  } else {
    process.stderr.write(`failed\n${result.problem}\n`);
    process.exitCode = 69;
  }
}

function thisMachine(): Parameters<typeof installEnvoy>[0]["machine"] {
  const { platform, arch } = process;
  // The report names glibc only where it is the C library.
  // Else the report looks up the names of all open connections.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime;
  return { platform, arch, ...(glibc !== undefined && { glibc }) };
}
