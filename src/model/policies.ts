import type { Memo } from "../lib/memo.ts";
import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { nameKey } from "./origins.ts";
import { type WithBodies, withBodies } from "./policy-bodies.ts";
import { mergedPolicy } from "./policy-merge.ts";
import { type PolicyTarget, policyTargets } from "./policy-targets.ts";
import { compareAge } from "./precedence.ts";
import type { References } from "./references.ts";
import { policyProblem } from "./traffic/problems.ts";

/** One policy and one of the objects that it is for. */
export interface PolicyUse {
  readonly policy: BackendTrafficPolicy;
  readonly target: PolicyTarget;
  /** "Gateway/namespace/name". */
  readonly owner: string;
  /** An older policy has the same target. */
  readonly conflicted: boolean;
  /** Why the policy is not in effect on any target. */
  readonly invalid?: string;
}

/** The policies in effect on one Gateway or route: for all of it, and for a listener or a named rule. */
export interface AttachedPolicies {
  readonly whole?: BackendTrafficPolicy;
  readonly sections: ReadonlyMap<string, BackendTrafficPolicy>;
}

export interface Policies {
  /** In the order of age. */
  readonly uses: readonly PolicyUse[];
  readonly byOwner: ReadonlyMap<string, AttachedPolicies>;
}

const nothingAttached: AttachedPolicies = { sections: new Map() };

export interface PolicyMemory {
  readonly policies: Memo<AttachedPolicies>;
  readonly policyBodies: Memo<WithBodies>;
}

/** What is attached to an owner stays the identical object while the same policies are. */
export function indexPolicies(resources: ResourceSet, references: References, memory: PolicyMemory): Policies {
  const uses: PolicyUse[] = [];
  const inEffect = new Map<string, PolicyUse[]>();
  for (const written of [...resources.backendTrafficPolicies.values()].sort(compareAge)) {
    const { policy, problems } = withBodies(written, resources, memory.policyBodies);
    const found = [policyProblem(policy) ?? [], ...problems].flat();
    const invalid = found.length === 0 ? undefined : found.join("; ");
    for (const target of policyTargets(policy, resources, references)) {
      const owner = `${target.kind}/${target.namespace}/${target.name}`;
      const holders = inEffect.get(owner) ?? [];
      inEffect.set(owner, holders);
      const conflicted = holders.some((holder) => holder.target.sectionName === target.sectionName);
      const use: PolicyUse = { policy, target, owner, conflicted, ...(invalid === undefined ? {} : { invalid }) };
      uses.push(use);
      if (!conflicted && invalid === undefined) holders.push(use);
    }
  }
  const byOwner = new Map<string, AttachedPolicies>();
  for (const [owner, holders] of inEffect) {
    const inputs = holders.flatMap(({ policy, target }) => [policy, target.sectionName]);
    byOwner.set(
      owner,
      memory.policies.recall(owner, inputs, () => attached(holders)),
    );
  }
  return { uses, byOwner };
}

export function policiesOn(policies: Policies, kind: "Gateway" | "HTTPRoute", key: string): AttachedPolicies {
  return policies.byOwner.get(`${kind}/${key}`) ?? nothingAttached;
}

/** Which policy counts for a rule, and where it comes from. */
export interface EffectivePolicy {
  readonly policy: BackendTrafficPolicy;
  /** Tells it from any other that the rule may have. */
  readonly variant: string;
}

/**
 * The most specific policy counts as a whole: fields that it leaves out are inherited only where it says how to merge.
 * What is invalid once it is merged is not in effect, as any other that is invalid.
 */
export function effectivePolicy(
  route: AttachedPolicies,
  ruleName: string | undefined,
  gateway: AttachedPolicies,
  listener: string,
): EffectivePolicy | undefined {
  const onRule = ruleName === undefined ? undefined : route.sections.get(ruleName);
  const own = onRule ?? route.whole;
  const parent = parentPolicy(gateway, listener);
  if (own === undefined || parent === undefined || !merges(own)) return asItIs(own ?? parent);
  const merged = mergedPolicy(own, parent);
  if (policyProblem(merged) !== undefined) return asItIs(parent);
  return { policy: merged, variant: `${keyOf(own)}+${keyOf(parent)}` };
}

/** The closest above a route. */
export function parentPolicy(gateway: AttachedPolicies, listener: string): BackendTrafficPolicy | undefined {
  return gateway.sections.get(listener) ?? gateway.whole;
}

export function merges({ spec }: BackendTrafficPolicy): boolean {
  return spec.mergeType !== undefined;
}

function asItIs(policy: BackendTrafficPolicy | undefined): EffectivePolicy | undefined {
  return policy && { policy, variant: keyOf(policy) };
}

function keyOf({ metadata }: BackendTrafficPolicy): string {
  return nameKey(metadata.namespace, metadata.name);
}

function attached(holders: readonly PolicyUse[]): AttachedPolicies {
  const whole = holders.find(({ target }) => target.sectionName === undefined)?.policy;
  const sections = new Map<string, BackendTrafficPolicy>();
  for (const { policy, target } of holders) {
    if (target.sectionName !== undefined) sections.set(target.sectionName, policy);
  }
  return { ...(whole === undefined ? {} : { whole }), sections };
}
