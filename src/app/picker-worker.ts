/** Entry of the picker's thread: builds the picker and connects it to the control thread. See picker/picker.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Registry } from "prom-client";
import { linkWorker } from "../infra/process/worker-link.ts";
import { systemClock } from "../lib/clock.ts";
import { WatchableValue } from "../lib/watchable.ts";
import { createLog } from "../observe/log.ts";
import { createPicker } from "../picker/picker.ts";
import { createOtlpClient } from "../picker/tracing/otlp-client.ts";
import { createScrapeClient } from "../pool/scrape-client.ts";
import type { Certificates } from "../trust/certificates.ts";
import { logOptions } from "./log-options.ts";
import type { PickerWorkerConfig, ToPicker, ToPickerThread } from "./messages.ts";
import { obeyTestOrder } from "./test-hooks.ts";
import { version } from "./version.ts";
import { joinWorkerChannel } from "./worker-channel.ts";

const { config, listen, channel: channelName, drainMs, conformance } = workerData as PickerWorkerConfig;
const idlePollMs = 100;
/** For what is refused when the drain's time is over. */
const lastWordsMs = 1_000;
const registry = new Registry();
const log = createLog(logOptions(config.log)).child({ component: "picker" });
const picker = createPicker({
  clock: systemClock,
  log,
  random: Math.random,
  scrapeClient: createScrapeClient(),
  registry,
  accessLogFlushMs: config.accessLogFlushMs,
  conformance,
  handOverMs: drainMs,
  ...(config.otlpEndpoint !== undefined && { tracing: { send: createOtlpClient(config.otlpEndpoint), version } }),
});
const certificates = new WatchableValue<Certificates | undefined>(undefined);

const channel = joinWorkerChannel(channelName, "picker", onChannel);
picker.onState((state) => channel.post({ to: "control", type: "state", state }));

function onChannel(message: ToPickerThread): void {
  switch (message.type) {
    case "hello":
      channel.post({ to: "control", type: "state", state: picker.state() });
      return;
    case "pools":
      picker.setPools(message.table);
      return;
    case "picking":
      picker.setServing(message.isPicking);
      return;
    case "give-up":
      picker.giveUp();
      return;
    case "certificates":
      certificates.set(message.certificates);
      return;
    case "ask-metrics":
      void registry.metrics().then(
        (text) => channel.post({ to: "control", type: "metrics", id: message.id, text }),
        (error: unknown) => log.error({ error }, "Metrics could not be collected"),
      );
      return;
    case "ask-decisions":
      channel.post({ to: "control", type: "decisions", id: message.id, page: picker.decisions(message.limit) });
  }
}

linkWorker<ToPicker, never>({
  port: parentPort as MessagePort,
  clock: systemClock,
  onMessage(message) {
    if (message.type === "give-up") picker.giveUp();
    else obeyTestOrder(message);
  },
  async onStop() {
    await idle(drainMs + lastWordsMs);
    picker.stop();
    channel.close();
    await picker.flush();
  },
});

/** Until nothing waits here: what no other picker can take over is still placed. */
async function idle(limitMs: number): Promise<void> {
  const untilMs = systemClock.monotonicMs() + limitMs;
  while (picker.streams() > 0 && systemClock.monotonicMs() < untilMs) {
    await new Promise<void>((done) => systemClock.after(idlePollMs, done));
  }
}

if (listen.kind === "unix") await picker.listen(listen.path);
else {
  picker.setServing(false);
  await picker.listen({ ...listen, certificates });
}
channel.post({ to: "control", type: "hello" });
