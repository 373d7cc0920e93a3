/** Entry of the control thread: builds its parts, connects them to the supervisor and the picker. See control/control.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Registry } from "prom-client";
import { createAdminServer } from "../admin/server.ts";
import { createEnvoyAdmin } from "../infra/process/envoy-admin.ts";
import { freeSocketPath } from "../infra/process/unix-socket.ts";
import { linkWorker, type WorkerLink } from "../infra/process/worker-link.ts";
import { systemClock } from "../lib/clock.ts";
import { present } from "../lib/present.ts";
import type { ModelOptions } from "../model/model.ts";
import { createLog } from "../observe/log.ts";
import { type FileSource, startFileSource } from "../sources/files/file-source.ts";
import { formatReport, type Report } from "../sources/files/report.ts";
import { Store } from "../sources/store.ts";
import { createBuilder } from "../xds/build/builder.ts";
import { XdsServer } from "../xds/server.ts";
import { adminPorts } from "./control/admin-api.ts";
import { check } from "./control/admin-ports.ts";
import { Control } from "./control/control.ts";
import { gatewaySummary, gatewayWanted } from "./control/gateway-summary.ts";
import { ControlMetrics } from "./control/metrics.ts";
import { PickerLink, tableMessages } from "./control/picker-link.ts";
import { openMemories, sealMemories } from "./held-memories.ts";
import { logOptions } from "./log-options.ts";
import type { FromControl, ToControl, WorkerConfig } from "./messages.ts";
import { obeyTestOrder } from "./test-hooks.ts";
import { version } from "./version.ts";

const { config, sockets, channel: channelName, held } = workerData as WorkerConfig;
const clock = systemClock;
const log = createLog(logOptions(config.log));
const registry = new Registry();
const store = new Store();
const xds = new XdsServer({ clock, log: log.child({ component: "xds" }), registry });

const picker = new PickerLink({
  clock,
  channel: channelName,
  latest: () => tableMessages(control.table),
  onState: ({ clustersInUse }) => xds.setClustersInUse(new Set(Object.keys(clustersInUse))),
});

const model: ModelOptions = {
  controllerName: config.controllerName,
  mode: "files",
  ...present("zone", config.zone),
};
const control = new Control({
  clock,
  log,
  store,
  builder: createBuilder({
    bind: config.bind,
    streamIdleTimeoutMs: config.streamIdleTimeoutMs,
    accessLogFlushMs: config.accessLogFlushMs,
    reusePort: false,
    // The name that OpenSSL gave it. Envoy is on our machine.
    ...present("authoritiesFile", process.env["SSL_CERT_FILE"]),
  }),
  xds,
  metrics: new ControlMetrics(registry),
  model,
  addresses: ({ ports }) => (ports.length === 0 ? [] : [{ type: "IPAddress", value: config.bind }]),
  onModel: ({ ir }) => link.post({ type: "gateways", gateways: [...ir.values()].map(gatewayWanted) }),
  onPools: (table) => picker.post({ to: "picker", type: "pools", table }),
  held: sealMemories(held),
  onHeld: (latest) => link.post({ type: "held", held: openMemories(latest) }),
  onInEffect: (gateways) =>
    link.post({ type: "in-effect", gateways: gateways.map((each) => gatewaySummary(each, config.bind)) }),
});

const admin = createAdminServer({
  log: log.child({ component: "admin" }),
  version,
  ports: adminPorts({
    ...{ clock, registry, store, control, xds, picker, model },
    readiness: () => [
      check("sources", store.synced.get(), "the files are not read yet"),
      check("picker", picker.heard, "the picker has not reported yet"),
      ...[...control.publishers].map(([key, { sequence }]) =>
        check(
          `gateway ${key}`,
          xds.proxies.get().some((proxy) => proxy.gateway === key && (proxy.ackedSequence ?? -1) >= (sequence ?? 0)),
          "no proxy has acknowledged its configuration",
        ),
      ),
    ],
    ownership: () => ({ role: "owner" }),
    proxyMetrics(nodeId) {
      const envoy = control.envoys.find((report) => report.nodeId === nodeId);
      return envoy === undefined ? undefined : createEnvoyAdmin(envoy.adminSocket).metrics();
    },
  }),
});

function onReport(report: Report): void {
  const { level, object } = report;
  if (level === "rejected" || level === "warning") {
    const { file, line, column, fieldPath, reason, hint } = report;
    const fields = { file, line, column, object, fieldPath, reason, hint, text: formatReport(report) };
    if (level === "rejected") log.error(fields, "rejected");
    else log.warn(fields, "warning");
    return;
  }
  if (object !== undefined) control.noted({ ref: object, change: level });
}

// Stopping may be asked for before the files are read.
let source: FileSource = { async stop() {} };

const link: WorkerLink<FromControl> = linkWorker<ToControl, FromControl>({
  port: parentPort as MessagePort,
  clock,
  onMessage(message) {
    if (message.type === "envoys") control.setEnvoys(message.envoys);
    else obeyTestOrder(message);
  },
  async onStop() {
    control.stop();
    picker.close();
    await Promise.all([source.stop(), xds.stop(), admin.stop()]);
  },
});

await freeSocketPath(sockets.admin);
await Promise.all([admin.listen(sockets.admin), xds.listen(sockets.xds)]);
picker.greet();
control.start();
source = await startFileSource({
  paths: config.paths,
  store,
  clock,
  log: log.child({ component: "files" }),
  onReport,
  servers: config.servers,
  stateDir: config.stateDir,
});
