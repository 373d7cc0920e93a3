import type { Namespace } from "../resources/kinds/namespace.ts";

/** metav1.LabelSelector. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

type Labels = Readonly<Record<string, string>>;

const operators: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** Why the selector selects nothing; undefined when it is well formed. */
export function selectorProblem(selector: LabelSelector): string | undefined {
  const bad = selector.matchExpressions?.find(({ operator }) => operators[operator] === undefined);
  return bad === undefined ? undefined : `"${bad.operator}" is not a valid label selector operator`;
}

/** An empty selector selects everything; a malformed one nothing. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return (
    hasLabels(selector.matchLabels ?? {}, labels) &&
    (selector.matchExpressions ?? []).every(
      ({ key, operator, values }) => operators[operator]?.(labels[key], values ?? []) ?? false,
    )
  );
}

export function hasLabels(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** With files a namespace need not be declared; the label that every namespace has in a cluster it has here too. */
export function namespaceLabels(name: string, namespace: Namespace | undefined): Labels {
  return { "kubernetes.io/metadata.name": name, ...namespace?.metadata.labels };
}
