/** The ways in which the scenario's load is run, to be compared with each other. */
export type ArmName = "alone" | "queueing" | "queueing-off" | "least-request";

export interface Arm {
  readonly name: ArmName;
  readonly title: string;
  readonly models: readonly ModelName[];
  /** How long it takes on servers of full size, roughly. */
  readonly expectedS: number;
}

export type ModelName = "qwen" | "travel-helper";

/** Critical. */
export const critical: ModelName = "qwen";
export const standard: ModelName = "travel-helper";

const both: readonly ModelName[] = [critical, standard];

export const arms: readonly Arm[] = [
  { name: "alone", title: "Critical alone", models: [critical], expectedS: 820 },
  { name: "queueing", title: "both, with queueing", models: both, expectedS: 1_450 },
  { name: "queueing-off", title: "both, queue off", models: both, expectedS: 1_450 },
  { name: "least-request", title: "both, least request, no picker", models: both, expectedS: 1_450 },
];
