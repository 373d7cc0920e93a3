/** `ante serve --dry-run`: reads the cluster once, prints what would be written as YAML, and writes nothing. */
import { stringify } from "yaml";
import { createInfrastructure } from "../../infra/kube/applier.ts";
import { type KubeApi, KubeError } from "../../kube/api.ts";
import { createKubeApi } from "../../kube/client.ts";
import { systemClock } from "../../lib/clock.ts";
import { createModel } from "../../model/model.ts";
import { createLog } from "../../observe/log.ts";
import { startKubeSource } from "../../sources/kube/kube-source.ts";
import { formatKubeReport, type KubeReport } from "../../sources/kube/report.ts";
import { Store } from "../../sources/store.ts";
import { createStatusWriter } from "../../status/write/status-writer.ts";
import { ownSecrets } from "../../trust/trust.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { logOptions } from "../log-options.ts";
import { mendable } from "../mendable.ts";
import { statusesAsObserved } from "./as-observed.ts";
import type { ServeConfig } from "./serve-config.ts";
import { infrastructureSettingsOf, leaseName, proxySecret } from "./settings.ts";

const clock = systemClock;
/** For the API server to list everything. */
const listMs = 60_000;

export async function dryRun(config: ServeConfig): Promise<number> {
  const { kubeconfig, context, controllerName, watched } = config;
  const log = createLog(logOptions(config.log));
  const cluster = await mendable(
    createKubeApi({
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    }),
  );
  const refused = Promise.withResolvers<never>();
  const api = readOnly(cluster, (error) => refused.reject(new UsageError(error.message, exitCodes.unavailable)));
  // What cannot be read ends the run: the parts' own words on how they try again would bury why.
  const part = { api, clock, log: createLog({ ...logOptions(config.log), level: "error" }), random: Math.random };
  const store = new Store();
  const source = startKubeSource({ ...part, store, namespaces: watched, onReport });
  await Promise.race([synced(store), refused.promise]).catch(async (error: unknown) => {
    await source.stop();
    throw error;
  });
  const result = createModel({ controllerName, mode: "kubernetes" }).build(store.configuration.get());
  const settings = infrastructureSettingsOf(config);
  const infrastructure = createInfrastructure({ ...part, settings, fieldManager: "antechamber" });
  const writer = createStatusWriter({ ...part, observed: source.observed, controllerName });
  infrastructure.apply(result.infrastructure);
  writer.setStatuses(statusesAsObserved(result.statuses, (ref) => source.observed.get(ref)?.status));
  for (const planned of infrastructure.planned()) print("would apply", planned);
  const secrets = [
    ...ownSecrets.map((name) => ({ name })),
    ...[...result.infrastructure.keys()].map((gateway) => proxySecret(gateway, controllerName)),
  ];
  for (const { name } of secrets) print("would write, with certificates", object("v1", "Secret", name));
  print("would write while it owns", object("coordination.k8s.io/v1", "Lease", leaseName(controllerName)));
  for (const { ref, status } of writer.pending()) print("would write the status of", { ...ref, status });
  await Promise.all([writer.stop(), infrastructure.stop(), source.stop()]);
  return exitCodes.ok;

  function object(apiVersion: string, kind: string, name: string): object {
    return { apiVersion, kind, metadata: { name, namespace: config.namespace } };
  }

  function onReport(report: KubeReport): void {
    const { level } = report;
    if (level === "rejected" || level === "warning") log.warn({ text: formatKubeReport(report) }, level);
  }
}

function print(what: string, object: object): void {
  process.stdout.write(`--- # ${what}\n${stringify(object, { aliasDuplicateObjects: false })}`);
}

async function synced(store: Store): Promise<void> {
  if (store.synced.get()) return;
  await new Promise<void>((resolve, reject) => {
    const late = new UsageError(`Cannot list the cluster's objects within ${listMs / 1000} s`, exitCodes.unavailable);
    const cancel = clock.after(listMs, () => reject(late));
    const stop = store.synced.subscribe((isSynced) => {
      if (!isSynced) return;
      cancel();
      stop();
      resolve();
    });
  });
}

/** Whatever a part may try, nothing is written. A list that is refused for good is told; a kind may be missing. */
function readOnly(api: KubeApi, onRefused: (error: Error) => void): KubeApi {
  const refuse = (): Promise<never> => Promise.reject(new Error("Cannot write: this is a dry run"));
  return {
    list: (resource, options) =>
      api.list(resource, options).catch((error: Error) => {
        if (!(error instanceof KubeError) || [401, 403].includes(error.status)) onRefused(error);
        throw error;
      }),
    watch: (resource, options) => api.watch(resource, options),
    get: (resource, name) => api.get(resource, name),
    ...{ create: refuse, replace: refuse, apply: refuse, mergePatch: refuse, delete: refuse },
  };
}
