import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { envoyVersion, isRecentEnough, minimumEnvoy, parseEnvoyVersion } from "./envoy-release.ts";

export interface FindEnvoyOptions {
  /** --envoy PATH: then nothing else is looked at. */
  readonly flag?: string | undefined;
  /** The environment variables PATH, XDG_CACHE_HOME and HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type FoundEnvoy =
  | {
      readonly found: true;
      readonly path: string;
      readonly version: string;
      readonly origin: "flag" | "path" | "cache";
    }
  | { readonly found: false; readonly problem: string };

const wanted = `${minimumEnvoy.join(".")} or newer`;

/** --envoy, then `envoy` on PATH if it is recent enough, then the cache folder that `npm run setup` fills. */
export async function findEnvoy(options: FindEnvoyOptions): Promise<FoundEnvoy> {
  if (options.flag !== undefined) return checkFlag(options.flag);
  const notes: string[] = [];
  for (const folder of (options.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "envoy");
    if (folder === "" || !(await isExecutable(path))) continue;
    const version = await versionOf(path);
    if (version !== undefined && isRecentEnough(version)) return { found: true, path, version, origin: "path" };
    notes.push(`${path} is ${version ?? "no Envoy"}, ${wanted} is needed`);
  }
  const cached = cachedEnvoy(options.env);
  if (await isExecutable(cached)) return { found: true, path: cached, version: envoyVersion, origin: "cache" };
  notes.push(`${cached} does not exist`);
  return {
    found: false,
    problem: `Cannot find Envoy: ${notes.join("; ")}; run 'npm run setup' to install it, or name one with --envoy PATH`,
  };
}

/** Where the installed Envoy is kept: shared by all checkouts of one user, one folder per version. */
export function cachedEnvoy(env: FindEnvoyOptions["env"]): string {
  const cache = env["XDG_CACHE_HOME"] || join(env["HOME"] ?? "", ".cache");
  return join(cache, "antechamber", "envoy", envoyVersion, "envoy");
}

/** What `PATH --version` says; undefined when it does not run or is no Envoy. */
export async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 10_000 });
    return parseEnvoyVersion(stdout);
  } catch {
    return undefined;
  }
}

async function checkFlag(path: string): Promise<FoundEnvoy> {
  const cannot = `Cannot use --envoy ${path}`;
  if (!(await isExecutable(path))) {
    return { found: false, problem: `${cannot}: the file does not exist or is not executable` };
  }
  const version = await versionOf(path);
  if (version === undefined)
    return { found: false, problem: `${cannot}: '${path} --version' does not answer as Envoy` };
  if (!isRecentEnough(version)) {
    return { found: false, problem: `${cannot}: its version is ${version}, ${wanted} is needed` };
  }
  return { found: true, path, version, origin: "flag" };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
