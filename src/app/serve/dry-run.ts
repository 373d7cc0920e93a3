/** `ante serve --dry-run`: reads the cluster once, prints what would be written as YAML, and writes nothing. */
import { stringify } from "yaml";
import { createInfrastructure } from "../../infra/kube/applier.ts";
import type { KubeApi } from "../../kube/api.ts";
import { createKubeApi } from "../../kube/client.ts";
import { systemClock } from "../../lib/clock.ts";
import { createModel } from "../../model/model.ts";
import { createLog } from "../../observe/log.ts";
import { startKubeSource } from "../../sources/kube/kube-source.ts";
import { Store } from "../../sources/store.ts";
import { finalStatuses } from "../../status/final-statuses.ts";
import { createStatusWriter } from "../../status/write/status-writer.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { logOptions } from "../log-options.ts";
import type { ServeConfig } from "./serve-config.ts";
import { infrastructureSettingsOf } from "./settings.ts";

const clock = systemClock;
/** For the API server to list everything. */
const listMs = 60_000;

export async function dryRun(config: ServeConfig): Promise<number> {
  const { kubeconfig, context, controllerName, watched } = config;
  const log = createLog(logOptions(config.log));
  const api = readOnly(
    await createKubeApi({
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    }),
  );
  const part = { api, clock, log, random: Math.random };
  const store = new Store();
  const source = await startKubeSource({ ...part, store, namespaces: watched, onReport: () => {} });
  await synced(store);
  const result = createModel({ controllerName, mode: "kubernetes" }).build(store.configuration.get());
  const settings = infrastructureSettingsOf(config);
  const infrastructure = createInfrastructure({ ...part, settings, fieldManager: "antechamber" });
  const writer = createStatusWriter({ ...part, observed: source.observed, controllerName });
  infrastructure.apply(result.infrastructure);
  writer.setStatuses(finalStatuses(result.statuses, new Map()));
  for (const object of infrastructure.planned()) print("would apply", object);
  for (const { ref, status } of writer.pending()) print("would write the status of", { ...ref, status });
  await Promise.all([writer.stop(), infrastructure.stop(), source.stop()]);
  return exitCodes.ok;
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

/** Whatever a part may try, nothing is written. */
function readOnly(api: KubeApi): KubeApi {
  const refuse = (): Promise<never> => Promise.reject(new Error("Cannot write: this is a dry run"));
  return { ...bound(api), create: refuse, replace: refuse, apply: refuse, mergePatch: refuse, delete: refuse };
}

function bound(api: KubeApi): Pick<KubeApi, "list" | "watch" | "get"> {
  return {
    list: (resource, options) => api.list(resource, options),
    watch: (resource, options) => api.watch(resource, options),
    get: (resource, name) => api.get(resource, name),
  };
}
