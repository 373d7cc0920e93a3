/** The scenario with model servers that a test holds, so that requests wait, and a plain route beside it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { apply, kubectl } from "./cluster.ts";
import { waitingAt } from "./control-plane.ts";
import { eventually } from "./eventually.ts";
import { type Answer, http } from "./http.ts";
import { owner, type ReplicaPod } from "./kube-antechamber.ts";
import * as kube from "./kube-gateway.ts";
import { type StubPod, startStubPod } from "./stub-pods.ts";
import { StubServer } from "./stub-server.ts";
import { Traffic } from "./traffic.ts";

const pool = "inferencepool.inference.networking.x-k8s.io/qwen-pool";
/** What a proxy cannot repeat to another picker, where the picker must have the body. */
const unrepeatable = "x".repeat(100_000);

const plainAddress = "10.88.140.3";

export class HeldGateway {
  readonly host: string;
  readonly #pods: StubPod[];
  readonly #plain: StubServer;
  #asked: Promise<Answer>[] = [];
  /** Of what was asked since the last `finish`, in the order in which they came. */
  readonly answered: Answer[] = [];

  private constructor(host: string, pods: StubPod[], plain: StubServer) {
    this.host = host;
    this.#pods = pods;
    this.#plain = plain;
  }

  get servers(): readonly StubServer[] {
    return this.#pods.map(({ server }) => server);
  }

  /** Two model servers, which take one request each. */
  static async start(): Promise<HeldGateway> {
    const pods = [await startModelServer("qwen-1", "10.88.140.1"), await startModelServer("qwen-2", "10.88.140.2")];
    const plain = await StubServer.start({ host: plainAddress, port: 8000 });
    try {
      await kube.applyScenario();
      await kubectl(["annotate", pool, "antechamber.dev/max-concurrency=1", "--overwrite"]);
      await apply(plainRoute);
      const host = await kube.programmed();
      await kube.serversReady(2);
      await eventually("the plain route", async () => {
        const { status } = await http(8081, "/plain", { host });
        return status === 200 || undefined;
      });
      return new HeldGateway(host, pods, plain);
    } catch (error) {
      await Promise.all([...pods, plain].map((each) => each.stop()));
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const server of this.servers) server.answerAll();
    await kubectl(["delete", "httproute,service,endpointslice", "plain", "--ignore-not-found"]);
    await kube.removeScenario();
    for (const each of [...this.#pods, this.#plain]) await each.stop();
  }

  /** One request runs at each server until `finish`. */
  async hold(): Promise<void> {
    for (const server of this.servers) {
      server.answerAtOnce = false;
      server.received.length = 0;
    }
    for (let index = 0; index < this.servers.length; index++) this.#send("qwen", `runs ${index}`, "");
    await eventually("a request at each server", () => this.servers.every(({ running }) => running === 1) || undefined);
  }

  /** Resolves when all wait at the owner. */
  async wait(models: readonly string[], { large = false } = {}): Promise<void> {
    const replica = await owner();
    const before = await waitingAt(replica);
    for (const [index, model] of models.entries()) this.#send(model, `waits ${index}`, large ? unrepeatable : "");
    await this.waitingIs(replica, before + models.length);
  }

  async waitingIs(replica: ReplicaPod, count: number): Promise<void> {
    await eventually(
      `${count} that wait at ${replica.name}`,
      async () => (await waitingAt(replica)) === count || undefined,
      { timeoutMs: 30_000, everyMs: 100 },
    );
  }

  /** Lets the servers answer; each request must get 200. The models in the order in which each server was given them, without those that ran. */
  async finish(): Promise<readonly (readonly string[])[]> {
    const answers = await this.answers();
    assert.deepEqual(
      answers.filter(({ status }) => status !== 200),
      [],
    );
    const prompts = this.servers.flatMap(({ received }) =>
      received.map(({ body }) => JSON.parse(body).prompt as string),
    );
    assert.equal(new Set(prompts).size, answers.length, "each was served once");
    return this.servers.map(({ received }) => received.slice(1).map(({ body }) => JSON.parse(body).model as string));
  }

  /** Lets the servers answer. */
  async answers(): Promise<readonly Answer[]> {
    for (const server of this.servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    const answers = await Promise.all(this.#asked);
    this.#asked = [];
    this.answered.length = 0;
    return answers;
  }

  /** The second server's Pod gives way to one at another address; resolves when a request is served there. */
  async move(): Promise<void> {
    const moved = await startModelServer("qwen-3", "10.88.140.4");
    await this.#pods.splice(1, 1, moved)[0]?.stop();
    await eventually("requests at the new Pod", () => moved.server.received.length > 0 || undefined);
  }

  /** Of the plain route, until the test ends. */
  plainTraffic(t: TestContext): Traffic {
    const plain = new Traffic({ host: this.host, port: 8081, path: "/plain", clients: 3, pauseMs: 100 });
    t.after(() => plain.stop());
    return plain;
  }

  poolTraffic(t: TestContext): Traffic {
    return kube.traffic(t, this.host, { clients: 3, pauseMs: 100 });
  }

  #send(model: string, name: string, padding: string): void {
    const answer = kube.ask(this.host, model, { prompt: `${model} ${name} ${padding}` });
    answer.then(
      (answer) => this.answered.push(answer),
      // It is for `answers` to tell.
      () => {},
    );
    this.#asked.push(answer);
  }
}

function startModelServer(name: string, ip: string): Promise<StubPod> {
  return startStubPod({ namespace: "default", name, labels: { app: "qwen" }, ip, port: 8000 });
}

const plainRoute = `apiVersion: v1
kind: Service
metadata: {name: plain}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: plain, labels: {kubernetes.io/service-name: plain}}
addressType: IPv4
ports: [{name: http, port: 8000}]
endpoints: [{addresses: [${plainAddress}], conditions: {ready: true}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: plain}
spec:
  parentRefs: [{name: inference-gateway}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /plain}}]
      backendRefs: [{name: plain, port: 80}]
`;
