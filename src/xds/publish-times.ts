/** When each of a Gateway's snapshots was published, as far back as proxies may lag. */
export class PublishTimes {
  readonly #mostKept = 1_000;
  readonly #times = new Map<string, Map<number, number>>();

  add(gateway: string, sequence: number, atMs: number): void {
    const times = this.#times.get(gateway) ?? new Map<number, number>();
    this.#times.set(gateway, times.set(sequence, atMs));
    for (const oldest of times.keys()) {
      if (times.size <= this.#mostKept) break;
      times.delete(oldest);
    }
  }

  get(gateway: string, sequence: number): number | undefined {
    return this.#times.get(gateway)?.get(sequence);
  }

  forget(gateway: string): void {
    this.#times.delete(gateway);
  }
}
