import { type Memo, memoOn } from "../lib/memo.ts";
import { present } from "../lib/present.ts";
import type { InferenceModel } from "../resources/kinds/inference-model.ts";
import type { InferenceModelRewrite } from "../resources/kinds/inference-model-rewrite.ts";
import type { InferenceObjective } from "../resources/kinds/inference-objective.ts";
import { type InferencePool, poolSelector } from "../resources/kinds/inference-pool.ts";
import type { ByName, ResourceSet } from "../resources/resource-set.ts";
import { poolCluster } from "./clusters.ts";
import { type ExternalPicker, externalPicker } from "./external-pickers.ts";
import { modelIrOf } from "./inference-models.ts";
import { objectiveIrOf } from "./inference-objectives.ts";
import type { EndpointSourceIr, Origin, PoolIr, PoolKey, ServerTlsIr } from "./ir.ts";
import type { ModelOptions } from "./model.ts";
import { rewriteRulesOf } from "./model-rewrites.ts";
import { originOf } from "./origins.ts";
import { choosePicker, type PickerChoice, pickerReference, pickerService } from "./picker-choice.ts";
import type { PickerFacts } from "./picker-facts.ts";
import { type PoolAnnotations, readPoolAnnotations } from "./pool-annotations.ts";
import { type ScrapeCredential, scrapeCredential } from "./scrape-credentials.ts";
import { type ServerTls, serverTlsOf } from "./server-tls.ts";

export interface PoolView {
  readonly object: InferencePool;
  readonly ir: PoolIr;
  readonly face: PoolFace;
  readonly picker: PickerChoice;
  readonly serverTls: ServerTls;
  readonly credential: ScrapeCredential;
  /** Sentences about its annotations. */
  readonly warnings: readonly string[];
}

/** What routes depend on of a pool. It stays the identical object while only what the picker needs changes. */
export interface PoolFace {
  readonly key: PoolKey;
  readonly origin: Origin;
  readonly endpoints: EndpointSourceIr;
  readonly tls?: ServerTlsIr;
  readonly failOpen: boolean;
  /** Absent: the built-in one chooses. */
  readonly picker?: ExternalPicker;
  /** Prompts are compared. */
  readonly readsPrompts: boolean;
  /** Servers that a request is tried on beside the chosen one. */
  readonly fallbacks: number;
  readonly tokenUsage: boolean;
  /** Why nothing can be sent to it. */
  readonly problem?: string;
  /** Those that it is known to serve by name. */
  readonly models: readonly { readonly name: string; readonly renamed: boolean }[];
  /** A model that is not among them may be renamed too. */
  readonly renamesOthers: boolean;
}

/** The objects that name a pool, in the order in which they count. */
export interface Belongings {
  readonly models: ReadonlyMap<PoolKey, readonly InferenceModel[]>;
  readonly objectives: ReadonlyMap<PoolKey, readonly InferenceObjective[]>;
  /** Oldest first. */
  readonly rewrites: ReadonlyMap<PoolKey, readonly InferenceModelRewrite[]>;
}

export interface PoolMemory {
  readonly irs: Memo<PoolIr>;
  readonly faces: Memo<PoolFace>;
}

const annotationsOf = memoOn((pool: InferencePool): PoolAnnotations => readPoolAnnotations(pool.metadata.annotations));

export function viewPools(
  pools: ByName<InferencePool>,
  belongings: Belongings,
  { services, secrets, configMaps }: Pick<ResourceSet, "services" | "secrets" | "configMaps">,
  { mode, facts }: Pick<ModelOptions, "mode"> & { readonly facts: PickerFacts },
  memory: PoolMemory,
): ReadonlyMap<PoolKey, PoolView> {
  const views = new Map<PoolKey, PoolView>();
  for (const key of [...pools.keys()].sort()) {
    const pool = pools.get(key) as InferencePool;
    const models = belongings.models.get(key) ?? [];
    const objectives = belongings.objectives.get(key) ?? [];
    const rewrites = belongings.rewrites.get(key) ?? [];
    const service = facts.unsettled.has(key) ? facts.unsettled.get(key) : pickerService(pool, services);
    const picker = choosePicker(pool, service, mode);
    const tls = serverTlsOf(annotationsOf(pool).serverTls, pool.metadata, { secrets, configMaps });
    const ir = memory.irs.recall(key, [pool, JSON.stringify(tls), ...models, ...objectives, ...rewrites], () =>
      poolIrOf(key, pool, { models, objectives, rewrites, tls }),
    );
    const face = faceOf(pool, ir, { picker, tls, facts });
    const credential = scrapeCredential(ir, secrets);
    views.set(key, {
      object: pool,
      ir,
      face: memory.faces.recall(key, [JSON.stringify(face)], () => face),
      picker,
      serverTls: tls,
      credential,
      warnings: [...annotationsOf(pool).warnings, ...(credential.kind === "missing" ? [credential.message] : [])],
    });
  }
  return views;
}

interface OfOnePool {
  readonly models: readonly InferenceModel[];
  readonly objectives: readonly InferenceObjective[];
  readonly rewrites: readonly InferenceModelRewrite[];
  readonly tls: ServerTls;
}

function poolIrOf(key: PoolKey, pool: InferencePool, { models, objectives, rewrites, tls }: OfOnePool): PoolIr {
  const { namespace, name } = pool.metadata;
  return {
    key,
    namespace,
    name,
    origin: originOf(pool),
    cluster: poolCluster(key),
    models: models.map(modelIrOf),
    ...(objectives.length === 0 ? {} : { objectives: objectives.map(objectiveIrOf) }),
    ...(rewrites.length === 0 ? {} : { rewrites: rewriteRulesOf(rewrites) }),
    settings: annotationsOf(pool).settings,
    ...(tls.kind === "tls" ? { serverTls: tls.ir } : {}),
    endpoints: {
      kind: "pool",
      pool: key,
      namespace,
      selector: poolSelector(pool),
      targetPorts: targetPorts(pool),
      ...(speaksH2c(pool) ? { protocol: "h2c" } : {}),
    },
  };
}

function targetPorts(pool: InferencePool): readonly number[] {
  return pool.apiVersion === "inference.networking.k8s.io/v1"
    ? pool.spec.targetPorts.map(({ number }) => number)
    : [pool.spec.targetPortNumber];
}

function speaksH2c(pool: InferencePool): boolean {
  return pool.apiVersion === "inference.networking.k8s.io/v1" && pool.spec.appProtocol === "kubernetes.io/h2c";
}

interface FoundOut {
  readonly picker: PickerChoice;
  readonly tls: ServerTls;
  readonly facts: PickerFacts;
}

function faceOf(pool: InferencePool, ir: PoolIr, { picker, tls, facts }: FoundOut): PoolFace {
  const problem = picker.kind === "none" ? picker.message : tls.kind === "refused" ? tls.message : undefined;
  return {
    key: ir.key,
    origin: ir.origin,
    endpoints: ir.endpoints,
    ...present("tls", ir.serverTls),
    failOpen: pickerReference(pool)?.failureMode === "FailOpen",
    ...(picker.kind === "external"
      ? { picker: externalPicker(picker, annotationsOf(pool).externalPicker, ir.settings, facts) }
      : {}),
    readsPrompts: ir.settings.prefix.enabled,
    fallbacks: ir.settings.fallbacks,
    tokenUsage: annotationsOf(pool).tokenUsage,
    ...(problem === undefined ? {} : { problem }),
    ...namesOf(ir),
  };
}

/** A rewrite of one name comes before the InferenceModel of that name; one of all names is for pools without any. */
function namesOf({ models, rewrites = [] }: PoolIr): Pick<PoolFace, "models" | "renamesOthers"> {
  const targets = new Map(models.map((model) => [model.name, model.targets]));
  for (const { model, targets: renamed } of rewrites) if (model !== undefined) targets.set(model, renamed);
  return {
    models: [...targets].map(([name, to]) => ({ name, renamed: to.some((target) => target.name !== name) })),
    renamesOthers:
      models.length === 0 && rewrites.some(({ model, targets: to }) => model === undefined && to.length > 0),
  };
}
