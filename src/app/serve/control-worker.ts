/**
 * Entry of the control thread of `ante serve`: builds its parts on the API server, connects them to each other, to the
 * supervisor and to the picker. See control/control.ts for what they do, ownership.ts for when.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Registry } from "prom-client";
import { createAdminServer } from "../../admin/server.ts";
import { createInfrastructure } from "../../infra/kube/applier.ts";
import { usesListenerPorts } from "../../infra/kube/ports.ts";
import { gatewayProblems } from "../../infra/kube/problems.ts";
import { freeSocketPath } from "../../infra/process/unix-socket.ts";
import { linkWorker, type WorkerLink } from "../../infra/process/worker-link.ts";
import { KubeError } from "../../kube/api.ts";
import { createKubeApi, type KubeClient } from "../../kube/client.ts";
import { createEventRecorder } from "../../kube/events.ts";
import { startLease } from "../../kube/lease.ts";
import { systemClock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import type { ModelOptions } from "../../model/model.ts";
import { createLog } from "../../observe/log.ts";
import { startKubeSource } from "../../sources/kube/kube-source.ts";
import { formatKubeReport, type KubeReport } from "../../sources/kube/report.ts";
import { Store } from "../../sources/store.ts";
import { createStatusWriter } from "../../status/write/status-writer.ts";
import type { Certificates } from "../../trust/certificates.ts";
import { Trust } from "../../trust/trust.ts";
import { createBuilder } from "../../xds/build/builder.ts";
import { XdsServer } from "../../xds/server.ts";
import { adminPorts } from "../control/admin-api.ts";
import { check } from "../control/admin-ports.ts";
import { Control } from "../control/control.ts";
import { ControlMetrics } from "../control/metrics.ts";
import { PickerLink, tableMessages } from "../control/picker-link.ts";
import { createPickerProbe } from "../control/picker-probe.ts";
import { openMemories, sealMemories } from "../held-memories.ts";
import { logOptions } from "../log-options.ts";
import type { TestOrder, ToPickerThread } from "../messages.ts";
import { obeyTestOrder } from "../test-hooks.ts";
import { version } from "../version.ts";
import { foreignOwner } from "./foreign-owner.ts";
import type { FromServeControl, ServeWorkerConfig } from "./messages.ts";
import { ServeMetrics } from "./metrics.ts";
import { labelOwner } from "./owner-label.ts";
import { Ownership, takenOverMs } from "./ownership.ts";
import { createRefusalEvents } from "./refusal-events.ts";
import { infrastructureSettingsOf, leaseName, podOptions, proxySecret, xdsServerName } from "./settings.ts";

const { config, adminSocket, channel, held } = workerData as ServeWorkerConfig;
const { namespace, identity, pod, controllerName, ports } = config;
const clock = systemClock;
const random = Math.random;
const log = createLog(logOptions(config.log));
const registry = new Registry();
const store = new Store();
const askAgainMs = 2_000;
/** A cluster is full of them: a line for each change would hide the others. */
const comeAndGo: ReadonlySet<string> = new Set(["Pod", "EndpointSlice", "Service", "Namespace", "Secret", "ConfigMap"]);
const model: ModelOptions = { controllerName, mode: "kubernetes" };

const link: WorkerLink<FromServeControl> = linkWorker<TestOrder, FromServeControl>({
  port: parentPort as MessagePort,
  clock,
  onMessage: obeyTestOrder,
  onStop() {
    stopping = true;
    return stop();
  },
});

// Stopping may be asked for before the API server has answered.
let stopping = false;
let stop = async (): Promise<void> => {};
try {
  const { kubeconfig, context } = config;
  const api = await createKubeApi({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
  const foreign = config.takeOver ? undefined : await answered(api.server, () => foreignOwner(api, config));
  if (foreign !== undefined) link.post({ type: "refused", message: foreign });
  else if (!stopping) stop = await serve(api);
} catch (error) {
  link.post({ type: "refused", message: messageOf(error) });
}

/** An API server that is away ends nothing: a thread that restarts meanwhile would take the picker with it. */
async function answered<T>(server: string, ask: () => Promise<T>): Promise<T | undefined> {
  for (let told = false; !stopping; told = true) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof KubeError && error.status < 500) throw error;
      const text = `${messageOf(error)}; it is asked until it answers`;
      if (!told) log.warn({ server, text }, "The API server does not answer");
      await new Promise<void>((done) => clock.after(askAgainMs, done));
    }
  }
  return undefined;
}

/** Resolves once everything runs; the result ends it. */
async function serve(api: KubeClient): Promise<() => Promise<void>> {
  const part = (component: string) => ({ api, clock, random, log: log.child({ component }) });
  const xds = new XdsServer({ clock, log: log.child({ component: "xds" }), registry });
  const trust = new Trust({
    ...part("trust"),
    namespace,
    serverNames: [xdsServerName(namespace)],
    times: config.trustTimes,
  });
  const infrastructure = createInfrastructure({
    ...part("infrastructure"),
    settings: infrastructureSettingsOf(config),
    fieldManager: "antechamber",
  });
  const source = startKubeSource({ ...part("kubernetes"), store, namespaces: config.watched, onReport });
  const { observed } = source;
  const isOwner = (): boolean => ownership.role === "owner";
  const metrics = new ServeMetrics(registry, isOwner);
  const writer = createStatusWriter({ ...part("status"), observed, controllerName, metrics });
  const recorder = createEventRecorder({ ...part("events"), component: controllerName, instance: identity });
  const tellRefusals = createRefusalEvents({ recorder, observed, isOwner });
  const picker = new PickerLink({
    clock,
    channel,
    latest: () => [
      ...certificateMessages(trust.server.get()),
      ...tableMessages(control.table),
      { to: "picker", type: "picking", isPicking: ownership.role !== "standby" },
    ],
    onState: ({ clustersInUse }) => xds.setClustersInUse(new Set(Object.keys(clustersInUse))),
  });
  const ownership = new Ownership({
    clock,
    log,
    identity,
    parts: {
      setServingXds: (isServing) => xds.setServing(isServing),
      setPicking: (isPicking) => picker.post({ to: "picker", type: "picking", isPicking }),
      setWriting(isWriting) {
        trust.setOwner(isWriting);
        infrastructure.setOwner(isWriting);
        writer.setOwner(isWriting);
      },
      isWaitedFor: () => picker.state.queues.some(({ waiting }) => waiting > 0),
      refuse: () => picker.post({ to: "picker", type: "give-up" }),
      label: async (isOwner) => (pod === undefined ? undefined : labelOwner(api, { namespace, pod, isOwner })),
    },
  });
  const control = new Control({
    clock,
    log,
    store,
    builder: createBuilder({
      bind: "0.0.0.0",
      streamIdleTimeoutMs: config.streamIdleTimeoutMs,
      accessLogFlushMs: config.accessLogFlushMs,
      reusePort: true,
      conformance: config.conformance,
      pod: podOptions(namespace),
    }),
    xds,
    metrics: new ControlMetrics(registry),
    model,
    probePicker: createPickerProbe(clock),
    isWaitedFor: (pool) => picker.state.queues.some((queue) => queue.pool === pool && queue.waiting > 0),
    problems: () => gatewayProblems(infrastructure.state.get(), xds.rejections.get(), clock.wallMs()),
    addresses: ({ key }) => infrastructure.state.get().get(key)?.addresses ?? [],
    placement(gateway, result) {
      const wanted = result.infrastructure.get(gateway);
      return {
        pickerAddress: { ip: config.address, port: ports.picker },
        usesListenerPorts: wanted !== undefined && usesListenerPorts(wanted),
      };
    },
    onModel(result) {
      trust.ensure([...result.infrastructure.keys()].map((gateway) => proxySecret(gateway, controllerName)));
      infrastructure.apply(result.infrastructure);
    },
    onPools: (table) => picker.post({ to: "picker", type: "pools", table }),
    onStatuses(statuses) {
      writer.setStatuses(statuses);
      tellRefusals(statuses);
    },
    held: sealMemories(held),
    onHeld: (latest) => link.post({ type: "held", held: openMemories(latest) }),
    onInEffect: () => {},
  });
  const admin = createAdminServer({
    log: log.child({ component: "admin" }),
    version,
    ports: adminPorts({
      ...{ clock, registry, store, control, xds, picker, model },
      readiness: () => [
        check("cluster", store.synced.get(), "not all kinds have been listed yet"),
        check("certificates", trust.server.get() !== undefined, "there is no certificate yet"),
        check("picker", picker.heard, "the picker has not reported yet"),
      ],
      ownership: () => ({
        ...{ role: ownership.role, identity },
        ...(ownership.holder !== undefined && { holder: ownership.holder }),
      }),
      proxyMetrics: () => undefined,
    }),
  });

  function onReport(report: KubeReport): void {
    const { level, object } = report;
    const fields = { ...report, text: formatKubeReport(report) };
    if (level === "rejected") log.error(fields, "rejected");
    else if (level === "warning") log.warn(fields, "warning");
    else if (!comeAndGo.has(object.kind)) control.noted({ ref: object, change: level });
  }

  xds.setServing(false);
  await freeSocketPath(adminSocket);
  await admin.listen(adminSocket);
  picker.greet();
  control.start();
  const subscriptions = [
    infrastructure.state.subscribe(() => control.review()),
    xds.rejections.subscribe(() => control.review()),
    trust.server.subscribe((certificates) => certificateMessages(certificates).forEach((each) => picker.post(each))),
  ];
  await xds.listen({ kind: "tls", host: "0.0.0.0", port: ports.xds, certificates: trust.server });
  // It resolves when there is a certificate, which the first owner makes.
  void trust.start();
  const lease = startLease({
    ...part("lease"),
    name: leaseName(controllerName),
    namespace,
    identity,
    onOwner: (isOwner, holder) => ownership.told(isOwner, holder),
  });

  return async () => {
    await lease.release();
    await ownership.left(takenOverMs, config.drainMs);
    await lease.stop();
    for (const end of subscriptions) end();
    ownership.stop();
    control.stop();
    picker.close();
    trust.stop();
    await Promise.all([writer.stop(), infrastructure.stop(), source.stop(), xds.stop(), admin.stop()]);
  };
}

function certificateMessages(certificates: Certificates | undefined): readonly ToPickerThread[] {
  return certificates === undefined ? [] : [{ to: "picker", type: "certificates", certificates }];
}
