import { Agent, request } from "node:http";
import type { ServerAddress } from "./apps.ts";

export interface ProbeAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Effect {
  readonly ms: number;
  readonly asked: number;
}

const everyMs = 2;
const limitMs = 60_000;

/** A client of the Gateway, on one connection where not said otherwise, which asks for hosts until they answer as they should. */
export class Prober {
  /** Answers that nobody should ever see, in words. */
  readonly unexpected: string[] = [];
  readonly #gateway: ServerAddress;
  readonly #agent: Agent;

  constructor(gateway: ServerAddress, connections = 1) {
    this.#gateway = gateway;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  ask(host: string): Promise<ProbeAnswer> {
    return new Promise((resolve, reject) => {
      const { address, port } = this.#gateway;
      const outgoing = request({ host: address, port, agent: this.#agent, headers: { host } });
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => {
        let body = "";
        incoming.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        incoming.on("error", reject);
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body }));
      });
      outgoing.end();
    });
  }

  /** From `sinceMs` to the first answer that is `wanted`; of those before, each must be `allowed`. */
  async until(
    host: string,
    {
      wanted,
      allowed,
      sinceMs,
    }: {
      readonly wanted: (answer: ProbeAnswer) => boolean;
      readonly allowed: (answer: ProbeAnswer) => boolean;
      readonly sinceMs: number;
    },
  ): Promise<Effect> {
    for (let asked = 1; ; asked++) {
      const answer = await this.ask(host);
      const ms = performance.now() - sinceMs;
      if (wanted(answer)) return { ms, asked };
      if (!allowed(answer)) this.unexpected.push(`${host}: ${answer.status} ${answer.body.slice(0, 100)}`);
      if (ms > limitMs) throw new Error(`Cannot see "${host}" change: it answers ${answer.status} after ${ms} ms`);
      await new Promise((wake) => setTimeout(wake, everyMs));
    }
  }

  stop(): void {
    this.#agent.destroy();
  }
}

/** Asks for one host all the time; whatever is not 200 goes to the prober's `unexpected`. */
export function askAllTheTime(prober: Prober, host: string, pauseMs: number): { stop(): Promise<number> } {
  let stopped = false;
  const asked = (async () => {
    let count = 0;
    while (!stopped) {
      const { status, body } = await prober.ask(host).catch((error: unknown) => ({ status: 0, body: String(error) }));
      if (status !== 200) prober.unexpected.push(`${host}: ${status} ${body.slice(0, 100)}`);
      count++;
      await new Promise((wake) => setTimeout(wake, pauseMs));
    }
    return count;
  })();
  return {
    stop() {
      stopped = true;
      return asked;
    },
  };
}
