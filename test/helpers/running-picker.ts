import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { Clock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { createPicker, type Picker } from "../../src/picker/picker.ts";
import type { ScrapeClient } from "../../src/pool/scrape-client.ts";
import { ExtProcClient } from "./ext-proc-client.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeScrapeClient } from "./fake-scrape-client.ts";

export interface RunningPicker {
  readonly picker: Picker;
  readonly proxy: ExtProcClient;
  readonly registry: Registry;
  readonly socketPath: string;
  readonly stop: () => void;
}

export interface PickerPorts {
  readonly clock: Clock;
  readonly scrapeClient: ScrapeClient;
  /** Else in a folder of its own. */
  readonly socketPath?: string;
  readonly conformance?: boolean;
}

/** A picker on a real socket, with a client that plays the proxy. */
export async function startPicker({
  clock,
  scrapeClient,
  socketPath,
  conformance = false,
}: PickerPorts): Promise<RunningPicker> {
  const folder = mkdtempSync(join(tmpdir(), "ante-picker-"));
  const path = socketPath ?? join(folder, "picker.sock");
  const registry = new Registry();
  const picker = createPicker({
    clock,
    log: silentLog,
    random: Math.random,
    scrapeClient,
    registry,
    accessLogFlushMs: 1_000,
    conformance,
  });
  await picker.listen(path);
  const proxy = new ExtProcClient(path);
  const stop = (): void => {
    proxy.stop();
    picker.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { picker, proxy, registry, socketPath: path, stop };
}

/** The same on a fake clock: time stands still but for what the test lets pass. */
export async function startFrozenPicker(
  more: Pick<PickerPorts, "conformance"> = {},
): Promise<RunningPicker & { readonly clock: FakeClock; readonly scrapes: FakeScrapeClient }> {
  const clock = new FakeClock();
  const scrapes = new FakeScrapeClient(clock);
  return { ...(await startPicker({ clock, scrapeClient: scrapes, ...more })), clock, scrapes };
}
