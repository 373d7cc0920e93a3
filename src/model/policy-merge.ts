import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";

type Spec = BackendTrafficPolicy["spec"];
type Tree = Readonly<Record<string, unknown>>;

const merges = new WeakMap<BackendTrafficPolicy, WeakMap<BackendTrafficPolicy, BackendTrafficPolicy>>();

/**
 * A route's policy over its parent's, under the route policy's name. Objects are merged field by field and lists are
 * replaced; with StrategicMerge lists of things that have a type are merged by it, as Envoy Gateway's types say. The
 * same pair gives the identical object.
 */
export function mergedPolicy(child: BackendTrafficPolicy, parent: BackendTrafficPolicy): BackendTrafficPolicy {
  const known = merges.get(child)?.get(parent);
  if (known !== undefined) return known;
  const { targetRef: _ref, targetRefs: _refs, targetSelectors: _selectors, mergeType: _type, ...rest } = parent.spec;
  const merged = { ...child, spec: mergedSpec(child.spec, rest) };
  const byParent = merges.get(child) ?? new WeakMap<BackendTrafficPolicy, BackendTrafficPolicy>();
  merges.set(child, byParent.set(parent, merged));
  return merged;
}

/** Lists of which each item is told by its `type`. */
const listsByType: ReadonlySet<string> = new Set(["compression", "compressor", "httpUpgrade"]);

function mergedSpec(child: Spec, parent: Tree): Spec {
  const strategic = child.mergeType === "StrategicMerge";
  const fields = new Set([...Object.keys(parent), ...Object.keys(child)]);
  const merged = [...fields].map((field) => {
    const [own, inherited] = [(child as Tree)[field], parent[field]];
    const byType = strategic && listsByType.has(field) && isTyped(own) && isTyped(inherited);
    return [field, byType ? mergedByType(own, inherited) : mergedValue(own, inherited)] as const;
  });
  return Object.fromEntries(merged) as unknown as Spec;
}

function mergedValue(own: unknown, inherited: unknown): unknown {
  if (own === undefined) return inherited;
  if (!isTree(own) || !isTree(inherited)) return own;
  const fields = new Set([...Object.keys(inherited), ...Object.keys(own)]);
  return Object.fromEntries([...fields].map((field) => [field, mergedValue(own[field], inherited[field])]));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Typed extends Tree {
  readonly type: string;
}

/** An empty list of one's own takes the inherited away. */
function isTyped(value: unknown): value is readonly Typed[] {
  return Array.isArray(value) && value.length > 0;
}

function mergedByType(own: readonly Typed[], inherited: readonly Typed[]): readonly unknown[] {
  const kept = inherited.map((item) =>
    mergedValue(
      own.find(({ type }) => type === item.type),
      item,
    ),
  );
  return [...kept, ...own.filter(({ type }) => !inherited.some((item) => item.type === type))];
}
