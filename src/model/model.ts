/**
 * The model: what the resources mean. It reads a ResourceSet and produces the intermediate model that becomes Envoy's
 * configuration, the pools for the picker, and what each object's status is to say:
 *
 *     classes -> Gateways -> pools -> backends -> policies -> routes -> hosts -> statuses
 *
 * Same input, same output: no clock, no I/O, no log. It owns only memory of the last build, by which what did not
 * change stays the identical object. No error of one object touches another: it becomes a condition.
 */
import { compareBy, compareStrings } from "../lib/compare.ts";
import { present } from "../lib/present.ts";
import { objectKey } from "../resources/object.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { backendObjectStatuses, viewBackendObjects } from "./backend-objects.ts";
import { createBackends } from "./backends.ts";
import { selectClasses } from "./classes.ts";
import { type AssembledGateway, assembleGateway, attachmentsByListener } from "./gateway-ir.ts";
import { gatewayStatus, unclaimedGatewayStatus } from "./gateway-statuses.ts";
import { assignModels } from "./inference-models.ts";
import { assignToPools } from "./inference-objectives.ts";
import { type InfrastructureIr, infrastructures } from "./infrastructure.ts";
import type { PoolIr, PoolKey } from "./ir.ts";
import { type GatewayView, viewGateway } from "./listeners.ts";
import { createMemory, type ModelMemory } from "./memory.ts";
import { noPickerFacts, type PickerFacts } from "./picker-facts.ts";
import { indexPolicies } from "./policies.ts";
import { policyStatuses } from "./policy-statuses.ts";
import { poolStatuses } from "./pool-statuses.ts";
import { type PoolView, viewPools } from "./pools.ts";
import { compareAge } from "./precedence.ts";
import { createReferences, type References } from "./references.ts";
import type { ModelResult, ObjectStatus, PickerInUse } from "./result.ts";
import { routeStatuses } from "./route-statuses.ts";
import { type RouteContext, type RouteView, viewRoute } from "./routes.ts";

export interface ModelOptions {
  /** GatewayClasses of this name are ours. */
  readonly controllerName: string;
  /** With files there is no other controller: every object gets a status, and every pool the built-in picker. */
  readonly mode: "files" | "kubernetes";
  /** Of the gateway's machine; absent: nobody said it. */
  readonly zone?: string;
}

export interface Model {
  build(resources: ResourceSet, facts?: PickerFacts): ModelResult;
}

export function createModel(options: ModelOptions): Model {
  const memory = createMemory();
  return {
    build(resources, facts = noPickerFacts) {
      for (const memo of Object.values(memory)) memo.begin();
      return build(resources, facts, options, memory);
    },
  };
}

function build(resources: ResourceSet, facts: PickerFacts, options: ModelOptions, memory: ModelMemory): ModelResult {
  const references = createReferences(resources);
  const classes = selectClasses(resources, options);
  const gateways = viewGateways(resources, classes.own, references, memory);
  const infrastructure =
    options.mode === "files" ? noInfrastructure : infrastructures({ ...resources, gateways }, memory.infrastructures);

  const models = assignModels(resources.inferenceModels, resources.inferencePools);
  const objectives = assignToPools(
    [...resources.inferenceObjectives.values()].sort(compareBy(({ metadata }) => metadata.name)),
    resources.inferencePools,
  );
  const rewrites = assignToPools(
    [...resources.inferenceModelRewrites.values()].sort(compareAge),
    resources.inferencePools,
  );
  const belongings = { models: models.byPool, objectives: objectives.byPool, rewrites: rewrites.byPool };
  const pools = viewPools(
    resources.inferencePools,
    belongings,
    resources,
    { ...options, facts },
    { irs: memory.poolIrs, faces: memory.poolFaces },
  );
  const backendObjects = viewBackendObjects(resources.backends, options);
  const backends = createBackends({ references, backendObjects, pools, options }, memory.backends);
  const policies = indexPolicies(resources, references, memory);

  const routes = viewRoutes(resources, { resources, gateways, backends, policies }, memory);
  const attachments = attachmentsByListener(routes.values());
  const assembled = new Map<string, AssembledGateway>();
  for (const [key, view] of gateways) assembled.set(key, assembleGateway(view, attachments, resources.secrets, memory));

  return {
    ir: new Map([...assembled].map(([key, { ir }]) => [key, ir])),
    pools: pickedPools(pools),
    pickers: new Map([...pools].map(([key, pool]) => [key, pickerInUse(pool)])),
    infrastructure,
    scrapeCredentials: credentialsOf(pools),
    statuses: inOrder([
      ...classes.statuses,
      ...[...assembled].map(([key, gateway]) => gatewayStatus(gateway, attachments, infrastructure.get(key))),
      ...unclaimed(resources, gateways, options),
      ...routeStatuses(routes.values(), { gateways: assembled, resources, options, memory: memory.routeStatuses }),
      ...poolStatuses(pools, routes.values(), { references, options }),
      ...backendObjectStatuses(backendObjects),
      ...models.statuses,
      ...objectives.statuses,
      ...rewrites.statuses,
      ...policyStatuses({ resources, policies, gateways, routes, options }),
    ]),
  };
}

/** With files Envoys are child processes. */
const noInfrastructure: ReadonlyMap<string, InfrastructureIr> = new Map();

function viewGateways(
  resources: ResourceSet,
  classes: ReadonlySet<string>,
  references: References,
  memory: ModelMemory,
): ReadonlyMap<string, GatewayView> {
  const views = new Map<string, GatewayView>();
  for (const key of [...resources.gateways.keys()].sort()) {
    const gateway = resources.gateways.get(key);
    if (gateway === undefined || !classes.has(gateway.spec.gatewayClassName)) continue;
    views.set(key, viewGateway(gateway, references, memory.gatewayViews));
  }
  return views;
}

function viewRoutes(
  resources: ResourceSet,
  context: RouteContext,
  memory: ModelMemory,
): ReadonlyMap<string, RouteView> {
  const views = new Map<string, RouteView>();
  for (const key of [...resources.httpRoutes.keys()].sort()) {
    const route = resources.httpRoutes.get(key);
    if (route !== undefined) views.set(key, viewRoute(route, context, memory.routes));
  }
  return views;
}

/** A pool that nothing can be sent to, or that another picker chooses for, is none of the built-in picker's. */
function pickedPools(pools: ReadonlyMap<PoolKey, PoolView>): ReadonlyMap<PoolKey, PoolIr> {
  const picked = [...pools].filter(([, { face }]) => face.problem === undefined && face.picker === undefined);
  return new Map(picked.map(([key, { ir }]) => [key, ir]));
}

function pickerInUse({ picker, face }: PoolView): PickerInUse {
  switch (picker.kind) {
    case "built-in":
      return { kind: "built-in", reason: picker.reason };
    case "external":
      return { kind: "external", reason: picker.reason, ...present("picker", face.picker) };
    case "none":
      return { kind: "none", reason: picker.message };
  }
}

function unclaimed(
  resources: ResourceSet,
  ours: ReadonlyMap<string, GatewayView>,
  options: ModelOptions,
): readonly ObjectStatus[] {
  if (options.mode !== "files") return [];
  return [...resources.gateways]
    .filter(([key]) => !ours.has(key))
    .map(([, gateway]) => unclaimedGatewayStatus(gateway));
}

function inOrder(statuses: readonly ObjectStatus[]): readonly ObjectStatus[] {
  return statuses
    .map((status) => ({ key: `${objectKey(status.ref)}/${status.ref.group}`, status }))
    .sort((a, b) => compareStrings(a.key, b.key))
    .map(({ status }) => status);
}

function credentialsOf(pools: ReadonlyMap<PoolKey, PoolView>): ModelResult["scrapeCredentials"] {
  return new Map([...pools].flatMap(([key, { credential: of }]) => (of.kind === "found" ? [[key, of.value]] : [])));
}
