/** The program in the test cluster, as manifests/install.yaml puts it there. */
import { readFileSync } from "node:fs";
import { after, afterEach, before, type SuiteContext, type TestContext } from "node:test";
import { parse, stringify } from "yaml";
import { installCrds, kubectl, podsReady } from "./cluster.ts";
import { eventually } from "./eventually.ts";

const manifests = new URL("../../manifests/", import.meta.url).pathname;
/** Of the proxies, too. */
export const systemNamespace = "envoy-gateway-system";
const controlPlane = "app.kubernetes.io/name=antechamber,app.kubernetes.io/component=control-plane";
const adminPort = 19_001;

export interface InstallOptions {
  readonly replicas?: number;
  /** Flags beside the manifest's. */
  readonly args?: readonly string[];
}

export interface ReplicaPod {
  readonly name: string;
  readonly ip: string;
  readonly isOwner: boolean;
  readonly isReady: boolean;
}

/**
 * Called in a suite: the program runs there before its tests and is gone after them; what its replicas logged is printed
 * where a test fails.
 */
export function useAntechamber(options: InstallOptions = {}): void {
  before(() => installAntechamber(options));
  afterEach(async (t: TestContext | SuiteContext) => {
    if ("passed" in t && !t.passed) console.log(await controlPlaneLogs());
  });
  after(removeAntechamber);
}

/** Resolves when its replicas are Ready and one owns. */
export async function installAntechamber({ replicas = 1, args = [] }: InstallOptions = {}): Promise<void> {
  await installCrds("gateway");
  await removeAntechamber();
  const documents = readFileSync(`${manifests}install.yaml`, "utf8").split("\n---\n");
  const yaml = documents.map((text) => (/^kind: Deployment$/m.test(text) ? changed(text) : text)).join("\n---\n");
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], yaml);
  await podsReady(systemNamespace, controlPlane, replicas);
  await owner();

  function changed(text: string): string {
    const deployment = parse(text) as DeploymentManifest;
    deployment.spec.replicas = replicas;
    deployment.spec.template.spec.containers[0]?.args.push(...args);
    return stringify(deployment);
  }
}

/** Its proxies go, too; CRDs stay: other tests need them. */
export async function removeAntechamber(): Promise<void> {
  const base = ["delete", "--ignore-not-found", "-k", `${manifests}base`];
  await kubectl([...base, "--wait=false"]);
  // There is nobody to hand over to.
  await kubectl(["delete", "pods", "--all", "--force", "-n", systemNamespace]);
  await kubectl([...base, "--wait=true"]);
}

export async function replicaPods(): Promise<readonly ReplicaPod[]> {
  const list = JSON.parse(await kubectl(["get", "pods", "-n", systemNamespace, "-l", controlPlane, "-o", "json"])) as {
    readonly items: readonly PodObject[];
  };
  return list.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      ip: status.podIP ?? "",
      isOwner: metadata.labels["antechamber.dev/owner"] === "true",
      isReady: status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    }));
}

/** The one replica that owns, once it is Ready. */
export function owner(timeoutMs = 60_000): Promise<ReplicaPod> {
  const only = async (): Promise<ReplicaPod | undefined> => {
    const owners = (await replicaPods()).filter(({ isOwner }) => isOwner);
    return owners.length === 1 && owners[0]?.isReady ? owners[0] : undefined;
  };
  return eventually("one owner", only, { timeoutMs, everyMs: 200 });
}

/** The admin API's answer, of the owner where no replica is named. */
export async function adminApi<T>(path: string, replica?: ReplicaPod): Promise<T> {
  return JSON.parse(await adminText(path, replica)) as T;
}

export async function adminText(path: string, replica?: ReplicaPod): Promise<string> {
  const { ip } = replica ?? (await owner());
  const response = await fetch(`http://${ip}:${adminPort}${path}`);
  if (!response.ok) throw new Error(`Cannot read ${path}: ${response.status} ${await response.text()}`);
  return response.text();
}

/** Of all replicas that are there, those before a restart, too. */
export async function controlPlaneLogs(): Promise<string> {
  const args = ["logs", "-n", systemNamespace, "-l", controlPlane, "--prefix", "--tail=400"];
  const words = (error: Error): string => error.message;
  const [now, before] = await Promise.all([kubectl(args), kubectl([...args, "--previous"]).catch(() => "")]).catch(
    (error: Error) => [words(error), ""],
  );
  return `${before}\n${now}`;
}

interface DeploymentManifest {
  readonly spec: {
    replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: string[] }[] } };
  };
}

interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
