import { nearestName } from "../resources/nearest-name.ts";
import type { PickerChain, PoolSettingsIr } from "./ir.ts";
import {
  environmentPrefix,
  externalPickerKnobs,
  fixedAnnotations,
  type Knob,
  knobs,
  ownPrefix,
} from "./pool-settings.ts";
import { isAboutServerTls, readServerTls, type ServerTlsWish } from "./server-tls-annotations.ts";

export interface PoolAnnotations {
  /** For the picker. */
  readonly settings: PoolSettingsIr;
  /** For the routes: whether the proxies read the token counts in answers. */
  readonly tokenUsage: boolean;
  readonly externalPicker: ExternalPickerWish;
  readonly serverTls: ServerTlsWish;
  /** One sentence per annotation that is not what it should be, in the order of their names. */
  readonly warnings: readonly string[];
}

/** How a picker that is not ours is to be spoken to. */
export interface ExternalPickerWish {
  /** Undefined: as it turns out to answer. */
  readonly chain: PickerChain | undefined;
  readonly tls: "insecure" | "off";
}

type Annotations = Readonly<Record<string, string>>;
/** A bad value never stops a pool: its default is used, and a warning says so. */
export function readPoolAnnotations(annotations: Annotations): PoolAnnotations {
  const warnings = Object.keys(annotations)
    .filter((annotation) => !isAboutServerTls(annotation))
    .sort()
    .flatMap((annotation) => warn(annotation, annotations[annotation] ?? "") ?? []);
  return {
    settings: settingsOf(annotations),
    tokenUsage: valueOf(knobs.tokenUsage, annotations),
    externalPicker: externalPickerOf(annotations),
    serverTls: readServerTls(annotations),
    warnings,
  };
}

function externalPickerOf(annotations: Annotations): ExternalPickerWish {
  const chain: "auto" | PickerChain = valueOf<"auto" | PickerChain>(knobs.pickerProtocol, annotations);
  return {
    chain: chain === "auto" ? undefined : chain,
    tls: valueOf<"insecure" | "off">(knobs.pickerTls, annotations),
  };
}

const aboutExternalPickers: ReadonlySet<string> = new Set(externalPickerKnobs.flatMap((knob) => knob.annotations));

/** The annotations of a pool say how its picker is to be, so that the gateway is meant to bring it. */
export function configuresPicker(annotations: Annotations): boolean {
  return Object.keys(annotations).some(
    (name) => (name.startsWith(environmentPrefix) || name.startsWith(ownPrefix)) && !aboutExternalPickers.has(name),
  );
}

function settingsOf(annotations: Annotations): PoolSettingsIr {
  const value = <Value>(knob: Knob<Value>): Value => valueOf(knob, annotations);
  return {
    queueing: value(knobs.queueing),
    admission: value<PoolSettingsIr["admission"]>(knobs.admission),
    queueDepthThreshold: value(knobs.queueDepthThreshold),
    kvCacheUtilThreshold: value(knobs.kvCacheUtilThreshold),
    metricsStalenessMs: value(knobs.metricsStalenessMs),
    holdBack: value(knobs.holdBack),
    queueTtlMs: value(knobs.queueTtlMs),
    maxDeadlineMs: value(knobs.maxDeadlineMs),
    trustClientObjective: value(knobs.trustClientObjective),
    trustClientFairness: value(knobs.trustClientFairness),
    starvationBoundMs: value(knobs.starvationBoundMs),
    starvationShare: value(knobs.starvationShare),
    maxQueuedRequests: value(knobs.maxQueuedRequests),
    maxQueuedBytes: value(knobs.maxQueuedBytes),
    waitForEndpointsMs: value(knobs.waitForEndpointsMs),
    maxConcurrency: value(knobs.maxConcurrency),
    weights: {
      queue: value(knobs.queueWeight),
      kvCache: value(knobs.kvCacheWeight),
      lora: value(knobs.loraWeight),
      prefix: value(knobs.prefixWeight),
      session: value(knobs.sessionWeight),
    },
    prefix: {
      enabled: value(knobs.prefixCache) || value<"DEFAULT" | "PREFIX_CACHE">(knobs.routingStrategy) === "PREFIX_CACHE",
      blockBytes: value(knobs.prefixBlockBytes),
      maxBlocks: value(knobs.maxPrefixBlocks),
      capacity: value(knobs.prefixCapacity),
    },
    sessionHeader: value(knobs.sessionHeader),
    fallbacks: value(knobs.fallbacks),
    scrape: {
      port: value(knobs.metricsPort),
      path: value(knobs.metricsPath),
      scheme: metricsScheme(annotations),
      insecureSkipVerify: value(knobs.metricsInsecureSkipVerify),
      credential: value(knobs.metricsCredential),
    },
  };
}

function metricsScheme(annotations: Annotations): "http" | "https" {
  const scheme = valueOf<"auto" | "http" | "https">(knobs.metricsScheme, annotations);
  if (scheme !== "auto") return scheme;
  return valueOf(knobs.serverTls, annotations) ? "https" : "http";
}

function valueOf<Value>(knob: Knob<Value>, annotations: Annotations): Value {
  const value = knob.value.read(inEffect(knob, annotations).text);
  if (value === undefined) {
    throw new Error(`Cannot use default ${knob.default} of ${knob.annotations[0]}: it is not ${knob.value.bounds}`);
  }
  return value;
}

interface InEffect {
  /** As the annotation spells it, or the default. */
  readonly text: string;
  /** Absent: the default. */
  readonly annotation?: string;
}

function inEffect(knob: Knob<unknown>, annotations: Annotations): InEffect {
  for (const annotation of knob.annotations) {
    const text = annotations[annotation]?.trim();
    if (text !== undefined && knob.value.read(text) !== undefined) return { text, annotation };
  }
  return { text: knob.default };
}

/** Every knob, for people: what is in effect and where it is from. */
export function describeSettings(
  annotations: Annotations,
): readonly { readonly name: string; readonly value: string; readonly from: string }[] {
  return Object.entries(knobs).map(([name, knob]) => {
    const { text, annotation } = inEffect(knob, annotations);
    return { name, value: text, from: annotation ?? "default" };
  });
}

const knobsByAnnotation: ReadonlyMap<string, Knob<unknown>> = new Map(
  Object.values(knobs).flatMap((knob) => knob.annotations.map((name) => [name, knob] as const)),
);

function warn(annotation: string, text: string): string | undefined {
  const knob = knobsByAnnotation.get(annotation);
  if (knob !== undefined) {
    if (knob.value.read(text.trim()) !== undefined) return undefined;
    return `Annotation ${annotation}: "${text}" is not ${knob.value.bounds}, so it is not used (default ${knob.default === "" ? "none" : knob.default})`;
  }
  const fixed = fixedAnnotations.find((entry) => entry.annotation === annotation);
  if (fixed !== undefined) {
    if (fixed.values.includes(text.trim().toLowerCase())) return undefined;
    return `Annotation ${annotation}: "${text}" is not in effect: ${fixed.why}`;
  }
  if (annotation.startsWith(ownPrefix)) return `Annotation ${annotation} is unknown${suggestion(annotation)}`;
  if (annotation.startsWith(environmentPrefix)) {
    return `Annotation ${annotation} is not in effect: the endpoint picker knows no such setting${suggestion(annotation)}`;
  }
  return undefined;
}

function suggestion(annotation: string): string {
  const prefix = annotation.slice(0, annotation.indexOf("/") + 1);
  const known = [...knobsByAnnotation.keys(), ...fixedAnnotations.map((entry) => entry.annotation)]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  const nearest = nearestName(annotation.slice(prefix.length), known);
  return nearest === undefined ? "" : `; did you mean ${prefix}${nearest}?`;
}
