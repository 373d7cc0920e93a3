/** A route leads to one Service and the other in turns, quicker than anybody does it, while clients ask all the time. */
import { setTimeout as sleep } from "node:timers/promises";
import { hostOf } from "../apps.ts";
import { Prober } from "../prober.ts";
import { createApp, createServer, leadTo } from "./objects.ts";
import type { ToggleFigures } from "./result.ts";
import type { World } from "./world.ts";

const everyMs = 200;
/** Of the steady load: a request each, whether or not the one before was answered. */
const askEveryMs = 5;
const connections = 32;

export interface Toggle {
  readonly atMs: number;
  /** Who answers from then on. */
  readonly body: string;
}

export interface Answer {
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly status: number;
  readonly body: string;
}

export async function toggleUnderLoad(world: World, toggles: number): Promise<ToggleFigures> {
  const { api, before, after, gateway } = world;
  const [first, second] = [
    { name: "toggled", server: before },
    { name: "toggled-to", server: after },
  ];
  const prober = new Prober(gateway, connections);
  await createServer(api, second);
  await createApp(api, first);
  const isRight = { wanted: (answer: { readonly status: number }) => answer.status === 200, allowed: () => true };
  await prober.until(hostOf(first), { sinceMs: performance.now(), ...isRight });
  const load = startSteadyLoad(prober, hostOf(first));
  const toggled: Toggle[] = [];
  const startMs = performance.now();
  const writes: Promise<void>[] = [];
  for (let index = 0; index < toggles; index++) {
    await sleep(Math.max(0, startMs + (index + 1) * everyMs - performance.now()));
    const [to, body] = index % 2 === 0 ? [second, "after"] : [first, "before"];
    toggled.push({ atMs: performance.now(), body });
    writes.push(leadTo(api, first, to));
  }
  await Promise.all(writes);
  await sleep(5 * everyMs);
  const answers = await load.stop();
  prober.stop();
  const bad = answers.filter(({ status }) => status < 200 || status > 299);
  return {
    toggles,
    ...effectsOf(toggled, answers),
    asked: answers.length,
    unexpected: bad.length,
    samples: [...new Set(bad.map(({ status, body }) => `${status} ${body.slice(0, 100)}`))].slice(0, 5),
  };
}

/**
 * Of each toggle, the time to the first answer that shows it, of those sent before the next toggle. One that was sent
 * while the toggle before had not come into effect shows nothing: the other Service has to be seen first. Pure.
 */
export function effectsOf(
  toggles: readonly Toggle[],
  answers: readonly Answer[],
): Pick<ToggleFigures, "ms" | "overtaken"> {
  const sent = [...answers].sort((a, b) => a.sentMs - b.sentMs);
  const ms = toggles.flatMap(({ atMs, body }, index) => {
    const nextMs = toggles[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const between = sent.filter((each) => each.sentMs >= atMs && each.sentMs < nextMs);
    const before = sent.findLast((each) => each.sentMs < atMs);
    const other = before?.body === body ? between.findIndex((each) => each.body !== body) : 0;
    const shown = other < 0 ? undefined : between.slice(other).find((each) => each.body === body);
    return shown === undefined ? [] : [shown.answeredMs - atMs];
  });
  return { ms, overtaken: toggles.length - ms.length };
}

function startSteadyLoad(prober: Prober, host: string): { stop(): Promise<readonly Answer[]> } {
  const running: Promise<Answer>[] = [];
  const timer = setInterval(() => {
    const sentMs = performance.now();
    running.push(
      prober
        .ask(host)
        .catch((error: unknown) => ({ status: 0, body: String(error) }))
        .then((answer) => ({ ...answer, sentMs, answeredMs: performance.now() })),
    );
  }, askEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(running);
    },
  };
}
