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
    by: Type.Enum(["built-in", "external", "none"], {
      description: "Whose picker chooses; none: nothing is sent to the pool",
    }),
    why: Type.String(),
    protocol: Type.Optional(
      Type.Enum(["full-duplex", "buffered"], {
        description: "How an external picker answers: once it has the whole body, or part by part",
      }),
    ),
  }),
  settings: Type.Array(settingView, { description: "Every knob that is in effect" }),
  models: Type.Array(modelView, { description: "Empty: the pool takes any model" }),
  endpoints: Type.Record(Type.String(), Type.Integer(), { description: "How many are in which state" }),
  waiting: Type.Integer(),
});
export type PoolView = DeepReadonly<Static<typeof poolView>>;
