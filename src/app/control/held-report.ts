import type { HeldOrigins } from "../../xds/held.ts";
import type { HeldMemories } from "../held-memories.ts";
import type { GatewayPublisher } from "./gateway-publisher.ts";

/** Tells what is held, for a control thread after this one, whenever that is something else than before. */
export class HeldReport {
  readonly #onHeld: (held: HeldMemories) => void;
  #told: readonly (HeldOrigins | undefined)[] = [];

  constructor(onHeld: (held: HeldMemories) => void) {
    this.#onHeld = onHeld;
  }

  /** By Gateway. */
  update(publishers: ReadonlyMap<string, Pick<GatewayPublisher, "memory">>): void {
    const culprits = [...publishers.values()].map(({ memory }) => memory?.culprits);
    if (culprits.length === this.#told.length && culprits.every((each, index) => each === this.#told[index])) return;
    this.#told = culprits;
    const held = [...publishers].flatMap(([key, { memory }]) => (memory === undefined ? [] : [[key, memory] as const]));
    this.#onHeld(new Map(held));
  }
}
