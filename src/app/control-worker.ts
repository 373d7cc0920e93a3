/** Entry of the control thread: builds its parts, connects them to the supervisor and the picker. See control/control.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Registry } from "prom-client";
import { createAdminServer } from "../admin/server.ts";
import { createEnvoyAdmin } from "../infra/process/envoy-admin.ts";
import { freeSocketPath } from "../infra/process/unix-socket.ts";
import { linkWorker, type WorkerLink } from "../infra/process/worker-link.ts";
import { systemClock } from "../lib/clock.ts";
import { present } from "../lib/present.ts";
import { createLog } from "../observe/log.ts";
import type { DecisionPage, PickerState } from "../picker/messages.ts";
import { type FileSource, startFileSource } from "../sources/files/file-source.ts";
import { formatReport, type Report } from "../sources/files/report.ts";
import { Store } from "../sources/store.ts";
import { createBuilder } from "../xds/build/builder.ts";
import { XdsServer } from "../xds/server.ts";
import { check, proxyViews } from "./control/admin-ports.ts";
import { Control } from "./control/control.ts";
import { gatewaySummary, gatewayWanted } from "./control/gateway-summary.ts";
import { ControlMetrics } from "./control/metrics.ts";
import { PickerQuestions } from "./control/picker-questions.ts";
import { poolViews } from "./control/pool-views.ts";
import { statusView } from "./control/status-view.ts";
import { gatewayXdsViews } from "./control/xds-views.ts";
import { openMemories, sealMemories } from "./held-memories.ts";
import { logOptions } from "./log-options.ts";
import type { FromControl, ToControl, ToControlThread, WorkerConfig } from "./messages.ts";
import { obeyTestOrder } from "./test-hooks.ts";
import { version } from "./version.ts";
import { joinWorkerChannel } from "./worker-channel.ts";

const { config, sockets, channel: channelName, held } = workerData as WorkerConfig;
const clock = systemClock;
const log = createLog(logOptions(config.log));
const registry = new Registry();
const store = new Store();
const xds = new XdsServer({ clock, log: log.child({ component: "xds" }), registry });

let pickerState: PickerState = { queues: [], endpoints: [], clustersInUse: {} };
let heardPicker = false;
const channel = joinWorkerChannel(channelName, "control", onChannel);
const pickerMetrics = new PickerQuestions<string>(clock);
const pickerDecisions = new PickerQuestions<DecisionPage>(clock);

const control = new Control({
  clock,
  log,
  store,
  builder: createBuilder({
    bind: config.bind,
    streamIdleTimeoutMs: config.streamIdleTimeoutMs,
    accessLogFlushMs: config.accessLogFlushMs,
    reusePort: false,
  }),
  xds,
  metrics: new ControlMetrics(registry),
  model: { controllerName: config.controllerName, mode: "files", ...present("zone", config.zone) },
  addresses: ({ ports }) => (ports.length === 0 ? [] : [{ type: "IPAddress", value: config.bind }]),
  onModel: ({ ir }) => link.post({ type: "gateways", gateways: [...ir.values()].map(gatewayWanted) }),
  onPools: (table) => channel.post({ to: "picker", type: "pools", table }),
  held: sealMemories(held),
  onHeld: (latest) => link.post({ type: "held", held: openMemories(latest) }),
  onInEffect: (gateways) =>
    link.post({ type: "in-effect", gateways: gateways.map((each) => gatewaySummary(each, config.bind)) }),
});

const admin = createAdminServer({
  log: log.child({ component: "admin" }),
  version,
  ports: {
    readiness: () => [
      check("sources", store.synced.get(), "the files are not read yet"),
      check("picker", heardPicker, "the picker has not reported yet"),
      ...[...control.publishers].map(([key, { sequence }]) =>
        check(
          `gateway ${key}`,
          xds.proxies.get().some((proxy) => proxy.gateway === key && (proxy.ackedSequence ?? -1) >= (sequence ?? 0)),
          "no proxy has acknowledged its configuration",
        ),
      ),
    ],
    metrics: async () => [
      await registry.metrics(),
      (await pickerMetrics.ask((id) => channel.post({ to: "picker", type: "ask-metrics", id }))) ?? "",
    ],
    proxies: () => proxyViews(xds.proxies.get(), control.envoys, isHeld, clock.wallMs()),
    proxyMetrics(nodeId) {
      const envoy = control.envoys.find((report) => report.nodeId === nodeId);
      return envoy === undefined ? undefined : createEnvoyAdmin(envoy.adminSocket).metrics();
    },
    queues: () => pickerState.queues,
    endpoints: () => pickerState.endpoints,
    pools: () => poolViews(store.configuration.get(), control.table, pickerState),
    xds: (filter) => gatewayXdsViews(control.publishers, filter),
    decisions: (limit) => pickerDecisions.ask((id) => channel.post({ to: "picker", type: "ask-decisions", id, limit })),
    statuses: () => control.statuses.map((status) => statusView(status, config.controllerName)),
  },
});

function isHeld(gateway: string): boolean {
  return (control.publishers.get(gateway)?.held.size ?? 0) > 0;
}

function onChannel(message: ToControlThread): void {
  switch (message.type) {
    case "hello":
      channel.post({ to: "picker", type: "pools", table: control.table });
      return;
    case "state":
      heardPicker = true;
      pickerState = message.state;
      xds.setClustersInUse(new Set(Object.keys(message.state.clustersInUse)));
      return;
    case "metrics":
      pickerMetrics.answered(message.id, message.text);
      return;
    case "decisions":
      pickerDecisions.answered(message.id, message.page);
  }
}

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
    channel.close();
    await Promise.all([source.stop(), xds.stop(), admin.stop()]);
  },
});

await freeSocketPath(sockets.admin);
await Promise.all([admin.listen(sockets.admin), xds.listen(sockets.xds)]);
channel.post({ to: "picker", type: "hello" });
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
