import type { Memo } from "../lib/memo.ts";
import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { type PolicyTarget, policyTargets } from "./policy-targets.ts";
import { compareAge } from "./precedence.ts";
import { timeoutProblem } from "./timeouts.ts";

/** One policy and one of the objects that it is for. */
export interface PolicyUse {
  readonly policy: BackendTrafficPolicy;
  readonly target: PolicyTarget;
  /** "Gateway/namespace/name": a policy is for objects of its own namespace. */
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

/** What is attached to an owner stays the identical object while the same policies are. */
export function indexPolicies(resources: ResourceSet, memory: Memo<AttachedPolicies>): Policies {
  const uses: PolicyUse[] = [];
  const inEffect = new Map<string, PolicyUse[]>();
  for (const policy of [...resources.backendTrafficPolicies.values()].sort(compareAge)) {
    const invalid = timeoutProblem(policy);
    for (const target of policyTargets(policy, resources)) {
      const owner = `${target.kind}/${policy.metadata.namespace}/${target.name}`;
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
      memory.recall(owner, inputs, () => attached(holders)),
    );
  }
  return { uses, byOwner };
}

export function policiesOn(policies: Policies, kind: "Gateway" | "HTTPRoute", key: string): AttachedPolicies {
  return policies.byOwner.get(`${kind}/${key}`) ?? nothingAttached;
}

/** The most specific policy counts as a whole: fields that it leaves out are not inherited. */
export function effectivePolicy(
  route: AttachedPolicies,
  ruleName: string | undefined,
  gateway: AttachedPolicies,
  listener: string,
): BackendTrafficPolicy | undefined {
  const onRule = ruleName === undefined ? undefined : route.sections.get(ruleName);
  return onRule ?? route.whole ?? gateway.sections.get(listener) ?? gateway.whole;
}

function attached(holders: readonly PolicyUse[]): AttachedPolicies {
  const whole = holders.find(({ target }) => target.sectionName === undefined)?.policy;
  const sections = new Map<string, BackendTrafficPolicy>();
  for (const { policy, target } of holders) {
    if (target.sectionName !== undefined) sections.set(target.sectionName, policy);
  }
  return { ...(whole === undefined ? {} : { whole }), sections };
}
