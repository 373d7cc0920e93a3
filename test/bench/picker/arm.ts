/** Ways to the same servers through the same Envoy, to be compared with each other. */
export const arms = ["plain", "pool", "body"] as const;
export type Arm = (typeof arms)[number];

/** The model that a rule of the Gateway sends that way. */
export function modelOf(arm: Arm): string {
  return `bench-${arm}`;
}

export const armTitles: Readonly<Record<Arm, string>> = {
  plain: "Service, no picker",
  pool: "pool",
  body: "pool that rewrites the model",
};

/** Each block has every arm twice, there and back, so that what drifts hits all alike. */
export function thereAndBack<T>(all: readonly T[]): readonly T[] {
  return [...all, ...[...all].reverse()];
}
