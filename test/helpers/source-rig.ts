import type { TestContext } from "node:test";
import type { KubeApi } from "../../src/kube/api.ts";
import { createKubeApi } from "../../src/kube/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Log } from "../../src/observe/log.ts";
import { startKubeSource } from "../../src/sources/kube/kube-source.ts";
import { Store } from "../../src/sources/store.ts";
import { kubeconfig } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** A source on the test cluster, synced, that counts how often the configuration changes. */
export async function sourceRig(t: TestContext, wrap: (api: KubeApi) => KubeApi = (api) => api) {
  const api = await createKubeApi({ kubeconfig });
  const store = new Store();
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logAs = (base: object): Log => ({
    debug: (fields, message) => write({ ...base, ...fields }, message),
    info: (fields, message) => write({ ...base, ...fields }, message),
    warn: (fields, message) => write({ ...base, ...fields }, message),
    error: (fields, message) => write({ ...base, ...fields }, message),
    child: (fields) => logAs({ ...base, ...fields }),
  });
  const source = startKubeSource({
    api: wrap(api),
    store,
    clock: systemClock,
    log: logAs({}),
    random: Math.random,
    onReport: () => {},
  });
  t.after(async () => {
    await source.stop();
    api.close();
  });
  await eventually("all kinds listed", () => store.synced.get() || undefined, { timeoutMs: 60_000 });
  let builds = 0;
  store.configuration.subscribe(() => builds++);
  return { api, source, store, logged, builds: () => builds };
}

/** Closes connections and lets no call through while it is shut. */
export function gate(api: KubeApi) {
  let isShut = false;
  let shut = new AbortController();
  const check = (): void => {
    if (isShut) throw new Error("the gate is shut");
  };
  const gated: KubeApi = {
    ...bound(api),
    async list(resource, options) {
      check();
      return api.list(resource, options);
    },
    async watch(resource, options) {
      check();
      return api.watch(resource, { ...options, signal: AbortSignal.any([options.signal, shut.signal]) });
    },
  };
  return {
    api: gated,
    shut() {
      isShut = true;
      shut.abort(new Error("the gate is shut"));
    },
    open() {
      isShut = false;
      shut = new AbortController();
    },
  };
}

function bound(api: KubeApi): KubeApi {
  return {
    list: api.list.bind(api),
    watch: api.watch.bind(api),
    get: api.get.bind(api),
    create: api.create.bind(api),
    replace: api.replace.bind(api),
    apply: api.apply.bind(api),
    mergePatch: api.mergePatch.bind(api),
    delete: api.delete.bind(api),
  };
}
