/** Pods on a node that nobody runs: their program is a server of the test's own, on the Pod's address. */
import { kubectl } from "./cluster.ts";
import { StubServer, type StubServerOptions } from "./stub-server.ts";

export interface StubPodOptions {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of those that anybody in the cluster's network may bind. */
  readonly ip: string;
  readonly port: number;
  readonly stub?: StubServerOptions;
}

export interface StubPod {
  readonly server: StubServer;
  stop(): Promise<void>;
}

/** Ready from the start. */
export async function startStubPod({ namespace, name, labels, ip, port, stub }: StubPodOptions): Promise<StubPod> {
  const server = await StubServer.start({ ...stub, host: ip, port });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      nodeName: "of-the-test",
      containers: [{ name: "server", image: "stub", ports: [{ containerPort: port }] }],
    },
  };
  const conditions = [{ type: "Ready", status: "True" }];
  const status = { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions };
  await kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(pod));
  const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
  await kubectl(["patch", "pod", name, "-n", namespace, ...patch]);
  return {
    server,
    async stop() {
      await kubectl(["delete", "pod", name, "-n", namespace, "--force", "--grace-period=0", "--ignore-not-found"]);
      await server.stop();
    },
  };
}
