import type { FieldPath } from "../resources/field-path.ts";

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where an object was read from. Fields are found when somebody asks, since syntax trees are large. */
export interface Location {
  readonly file: string;
  /** Where the object begins. */
  readonly start: Position;
  position(path: FieldPath): Position;
}

export interface Place extends Position {
  readonly file: string;
}
