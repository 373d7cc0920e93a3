import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { systemClock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { adminReader } from "../top/admin-reader.ts";
import { styleFor } from "../top/paint.ts";
import { picture } from "../top/picture.ts";
import { ratesOf } from "../top/rates.ts";
import { type AdminReader, readSample, type Sample } from "../top/sample.ts";
import { fullScreen } from "../top/screen.ts";
import { startView } from "../top/view.ts";
import { adminUrl } from "./option-values.ts";

/** Also Ctrl-C and Ctrl-D, of which a terminal in raw mode makes no signal. */
const endingKeys = ["q", "\u0003", "\u0004"];

interface TopFlags {
  readonly admin: string;
}

export function topCommand(): Command {
  return new Command("top")
    .description("Watch a running gateway: what waits by priority, what runs where, time to first token by model.")
    .option("--admin <url>", "its admin API", adminUrl, "http://127.0.0.1:19000")
    .addHelpText("after", "\nq or Ctrl-C ends. Without a terminal one look is printed.")
    .action(run);
}

async function run({ admin }: TopFlags): Promise<void> {
  const read = adminReader(admin);
  const first = await look(read, admin);
  if (process.stdout.isTTY) await watch(read, admin);
  else await printOnce(read, admin, first);
}

async function look(read: AdminReader, admin: string): Promise<Sample> {
  try {
    return await readSample(read, () => systemClock.monotonicMs());
  } catch (error) {
    const reason = messageOf(error);
    const hint = `start one with "ante up", or name its admin URL with --admin`;
    throw new UsageError(`Cannot watch the gateway at ${admin}: ${reason}; ${hint}`, exitCodes.unavailable);
  }
}

/** Rates need a second look. */
async function printOnce(read: AdminReader, admin: string, first: Sample): Promise<void> {
  await sleep(1_000);
  const latest = await look(read, admin);
  const rates = ratesOf({ latest, recent: first, oldest: undefined });
  const size = { columns: 120, rows: Number.POSITIVE_INFINITY };
  const input = { admin, sample: latest, rates, window: "since its start" };
  const lines = picture(input, size, styleFor(process.env, false));
  process.stdout.write(lines.map((line) => `${line.trimEnd()}\n`).join(""));
}

async function watch(read: AdminReader, admin: string): Promise<void> {
  const { stdin, stdout } = process;
  const view = startView({
    clock: systemClock,
    admin,
    read,
    screen: fullScreen(stdout),
    style: styleFor(process.env, true),
  });
  const raw = stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => done());
    stdin.on("data", (keys) => {
      if (endingKeys.some((key) => keys.includes(key))) done();
    });
    stdout.on("error", () => done());
  });
  if (raw) stdin.setRawMode(false);
  stdin.pause();
  view.stop();
}
