import { createEndpointLane } from "../../src/endpoints/lane.ts";
import { present } from "../../src/lib/present.ts";
import { createModel, type Model } from "../../src/model/model.ts";
import type { ObjectStatus } from "../../src/model/result.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { EnvoyRig } from "./envoy-rig.ts";
import { poolV1 } from "./inference-manifests.ts";
import type { Manifest } from "./manifests.ts";
import { admitted, resourceSet } from "./resources-from-yaml.ts";

/** Kubernetes objects on a real Envoy, with a picker of the test's own: the model, the builder and Envoy, no more. */
export class RouteRig {
  readonly envoy = new EnvoyRig();
  readonly #zone: string | undefined;
  readonly #model: Model;
  readonly #builder = createBuilder({
    bind: "127.0.0.1",
    streamIdleTimeoutMs: 5000,
    accessLogFlushMs: 300,
    reusePort: false,
  });
  #sequence = 0;

  /** With the zone of its machine, where there is one. */
  constructor(zone?: string) {
    this.#zone = zone;
    const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";
    this.#model = createModel({ controllerName, mode: "files", ...present("zone", zone) });
  }

  get picker(): EnvoyRig["picker"] {
    return this.envoy.picker;
  }

  start(): Promise<void> {
    return this.envoy.start(this.#zone);
  }

  /** Resolves once Envoy serves the Gateway "default/gw", the only one. */
  async publish(objects: readonly Manifest[]): Promise<readonly ObjectStatus[]> {
    const resources = resourceSet(objects.map(admitted));
    const { ir, statuses } = this.#model.build(resources);
    const gateway = ir.get("default/gw");
    const port = gateway?.ports[0]?.port;
    if (gateway === undefined || port === undefined) throw new Error("Cannot publish gw: it has no listener");
    const endpoints = createEndpointLane().resolve(gateway.clusters.values(), resources);
    const sequence = ++this.#sequence;
    await this.envoy.publish(this.#builder.build({ gateway, endpoints, held: nothingHeld, sequence }), port);
    return statuses;
  }

  stop(): Promise<void> {
    return this.envoy.stop();
  }
}

/** An InferencePool with its servers on loopback. */
export function servedPool(name: string, ports: readonly number[]): readonly Manifest[] {
  return [
    poolV1(name, { selector: { app: name } }),
    ...ports.map((port) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${name}-${port}`,
        labels: { app: name },
        annotations: { "antechamber.dev/target-port": String(port) },
      },
      status: { podIP: "127.0.0.1" },
    })),
  ];
}
