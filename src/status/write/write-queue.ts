/** A burst of what comes later in this list never holds up what comes before it. */
const byImportance: readonly (readonly string[])[] = [
  ["GatewayClass"],
  ["Gateway"],
  ["InferencePool"],
  ["BackendTrafficPolicy", "Backend", "InferenceModel", "InferenceObjective", "InferenceModelRewrite"],
];

/** Keys that are to be looked at: the more important kind first, then the one that waits longest; each once. */
export class WriteQueue {
  readonly #levels: readonly Set<string>[] = Array.from({ length: byImportance.length + 1 }, () => new Set());

  add(key: string, kind: string): void {
    const found = byImportance.findIndex((kinds) => kinds.includes(kind));
    this.#levels[found < 0 ? byImportance.length : found]?.add(key);
  }

  take(): string | undefined {
    for (const level of this.#levels) {
      for (const key of level) {
        level.delete(key);
        return key;
      }
    }
    return undefined;
  }
}
