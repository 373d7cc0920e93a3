/** Where an element comes from, so that a NACK, an access log or `explain` can name the line of YAML. */
export interface Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** "spec.rules[0].matches[1]"; "" for the whole object. */
  readonly fieldPath: string;
}
