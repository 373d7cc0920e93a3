import type { InferenceModelRewrite } from "../resources/kinds/inference-model-rewrite.ts";
import type { RewriteRuleIr } from "./ir.ts";
import { originOf } from "./origins.ts";

/**
 * The rules in effect, one per model name and at most one that takes every other: of those that claim the same name the
 * oldest object's first. `rewrites`: oldest first. A rule without targets renames nothing, and claims its names too.
 */
export function rewriteRulesOf(rewrites: readonly InferenceModelRewrite[]): readonly RewriteRuleIr[] {
  const byModel = new Map<string | undefined, RewriteRuleIr>();
  for (const rewrite of rewrites) {
    for (const [index, rule] of rewrite.spec.rules.entries()) {
      const matches = rule.matches ?? [];
      const models = matches.length === 0 ? [undefined] : matches.map(({ model }) => model.value);
      const targets = (rule.targets ?? []).map(({ modelRewrite, weight }) => ({
        name: modelRewrite,
        weight: weight ?? 1,
      }));
      for (const model of models) {
        if (byModel.has(model)) continue;
        const origin = originOf(rewrite, `spec.rules[${index}]`);
        byModel.set(model, { ...(model === undefined ? {} : { model }), origin, targets });
      }
    }
  }
  return [...byModel.values()];
}
