import { type Static, Type } from "typebox";
import type { DeepReadonly } from "../lib/deep-readonly.ts";

const settingView = Type.Object({
  name: Type.String(),
  value: Type.String({ description: "As an annotation spells it" }),
  from: Type.String({ description: '"default", or the annotation that says so' }),
});

const modelView = Type.Object({
  name: Type.String(),
  priority: Type.Integer(),
  targets: Type.Array(Type.Object({ name: Type.String(), weight: Type.Integer() })),
});

export const poolView = Type.Object({
  pool: Type.String(),
  picker: Type.Object({
    by: Type.Enum(["built-in", "none"], { description: "Whose picker chooses; none: nothing is sent to the pool" }),
    why: Type.String(),
  }),
  settings: Type.Array(settingView, { description: "Every knob that is in effect" }),
  models: Type.Array(modelView, { description: "Empty: the pool takes any model" }),
  endpoints: Type.Record(Type.String(), Type.Integer(), { description: "How many are in which state" }),
  waiting: Type.Integer(),
});
export type PoolView = DeepReadonly<Static<typeof poolView>>;
