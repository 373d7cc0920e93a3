import type { Clock } from "../../lib/clock.ts";
import type { DecisionPage, PickerState, PoolTable } from "../../picker/messages.ts";
import type { ToControlThread, ToPickerThread } from "../messages.ts";
import { joinWorkerChannel } from "../worker-channel.ts";
import { PickerQuestions } from "./picker-questions.ts";

export interface PickerLinkOptions {
  readonly clock: Clock;
  readonly channel: string;
  /** The latest values, for a picker that has just joined; none that is not known yet. */
  readonly latest: () => readonly ToPickerThread[];
  readonly onState: (state: PickerState) => void;
}

/** The control thread's end of its channel with the picker: what the picker sees, and questions to it. */
export class PickerLink {
  readonly #options: PickerLinkOptions;
  readonly #channel;
  readonly #metrics: PickerQuestions<string>;
  readonly #decisions: PickerQuestions<DecisionPage>;
  #state: PickerState = { queues: [], endpoints: [], clustersInUse: {} };
  #heard = false;

  constructor(options: PickerLinkOptions) {
    this.#options = options;
    this.#metrics = new PickerQuestions<string>(options.clock);
    this.#decisions = new PickerQuestions<DecisionPage>(options.clock);
    this.#channel = joinWorkerChannel(options.channel, "control", (message) => this.#hear(message));
  }

  get state(): PickerState {
    return this.#state;
  }

  /** The picker has reported, so the state is its own word. */
  get heard(): boolean {
    return this.#heard;
  }

  post(message: ToPickerThread): void {
    this.#channel.post(message);
  }

  /** A picker that already runs tells its state. */
  greet(): void {
    this.post({ to: "picker", type: "hello" });
  }

  /** In Prometheus' format; undefined while the picker does not answer. */
  metrics(): Promise<string | undefined> {
    return this.#metrics.ask((id) => this.post({ to: "picker", type: "ask-metrics", id }));
  }

  decisions(limit: number): Promise<DecisionPage | undefined> {
    return this.#decisions.ask((id) => this.post({ to: "picker", type: "ask-decisions", id, limit }));
  }

  close(): void {
    this.#channel.close();
  }

  #hear(message: ToControlThread): void {
    switch (message.type) {
      case "hello":
        for (const latest of this.#options.latest()) this.post(latest);
        return;
      case "state":
        this.#heard = true;
        this.#state = message.state;
        this.#options.onState(message.state);
        return;
      case "metrics":
        this.#metrics.answered(message.id, message.text);
        return;
      case "decisions":
        this.#decisions.answered(message.id, message.page);
    }
  }
}

/** A table that nothing was built for yet would empty a picker that works. */
export function tableMessages(table: PoolTable): readonly ToPickerThread[] {
  return table.sequence === 0 ? [] : [{ to: "picker", type: "pools", table }];
}
