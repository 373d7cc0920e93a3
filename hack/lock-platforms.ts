/**
 * Completes package-lock.json. A package index that lacks a package for a platform makes npm leave its entry out, and
 * `npm ci` then refuses the lockfile on every platform. Each optional dependency of a package that has no entry gets
 * one, its platform read from its name. Such an entry has no integrity until the lockfile is made against an index
 * that has the package.
 *
 *     bin/node hack/lock-platforms.ts [--check]     after every change of dependencies
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
}

const systems: Readonly<Record<string, string>> = {
  ...{ aix: "aix", android: "android", darwin: "darwin", freebsd: "freebsd", linux: "linux", netbsd: "netbsd" },
  ...{
    openbsd: "openbsd",
    openharmony: "openharmony",
    sunos: "sunos",
    win32: "win32",
    windows: "win32",
    wasm32: "wasi",
  },
};
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** From words such as those of "@biomejs/cli-linux-arm64-musl". */
function platformOf(name: string): Pick<Entry, "cpu" | "os" | "libc"> {
  const words = name.split(/[/-]/).map((word) => ({ aarch64: "arm64", armv7: "arm", x86_64: "x64" })[word] ?? word);
  const os = words.flatMap((word) => systems[word] ?? []);
  const cpu = words.filter((word) => processors.includes(word));
  const libc = words.flatMap((word) => (word === "musl" ? ["musl"] : /^gnu/.test(word) ? ["glibc"] : []));
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os: [...new Set(os)] }),
    ...(libc.length > 0 && { libc }),
  };
}

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8")) as { readonly packages: Record<string, Entry> };
const missing: Record<string, Entry> = {};
for (const [where, entry] of Object.entries(lock.packages)) {
  if (entry.resolved !== undefined)
    throw new Error(`Cannot keep the entry "${where}": it names a package index ("resolved")`);
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${where}/node_modules/${name}`;
    const top = `node_modules/${name}`;
    if (nested in lock.packages || top in lock.packages) continue;
    // An exact version: npm would ask the index for a range.
    if (!/^\d/.test(version)) continue;
    missing[top] = { version, ...platformOf(name), ...(entry.dev === true && { dev: true }), optional: true };
  }
}

const names = Object.keys(missing);
if (process.argv.includes("--check")) {
  if (names.length > 0) {
    console.error(`package-lock.json lacks ${names.length} optional packages; run 'bin/node hack/lock-platforms.ts'`);
    process.exitCode = 1;
  }
} else if (names.length > 0) {
  const [root, ...rest] = Object.entries({ ...lock.packages, ...missing });
  const packages = Object.fromEntries([root ?? ["", {}], ...rest.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  writeFileSync(path, `${JSON.stringify({ ...lock, packages }, undefined, 2)}\n`);
  console.log(`added ${names.length} optional packages to package-lock.json`);
}
