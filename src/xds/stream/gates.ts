/**
 * What waits for clusters to be ready, and for how long: a gate opens by itself after its limit, so no client that
 * keeps silent about a cluster stops the routes that name it.
 */
export interface Need {
  readonly name: string;
  /** A cluster that was waited for in vain is waited for again once it changes. */
  readonly version: string;
}

export class Gates {
  readonly #limitMs: number;
  readonly #closedSince = new Map<string, number>();
  readonly #givenUp = new Map<string, string>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Those of the type that have nothing to wait with any more: what they wait for later is another wait. */
  keepOnly(type: string, names: ReadonlySet<string>): void {
    const start = `${type}/`;
    for (const key of this.#closedSince.keys()) {
      if (key.startsWith(start) && !names.has(key.slice(start.length))) this.#closedSince.delete(key);
    }
  }

  /** Undefined: open. Else when it opens by itself. `unready`: what `key` still needs. */
  closedUntil(key: string, unready: readonly Need[], nowMs: number): number | undefined {
    const needs = unready.filter(({ name, version }) => this.#givenUp.get(name) !== version);
    if (needs.length === 0) {
      this.#closedSince.delete(key);
      return undefined;
    }
    const untilMs = (this.#closedSince.get(key) ?? nowMs) + this.#limitMs;
    if (untilMs > nowMs) {
      if (!this.#closedSince.has(key)) this.#closedSince.set(key, nowMs);
      return untilMs;
    }
    this.#closedSince.delete(key);
    for (const { name, version } of needs) this.#givenUp.set(name, version);
    return undefined;
  }
}
