import type { Cancel, Clock } from "../lib/clock.ts";
import type { ProxyNode } from "./proxy-node.ts";
import type { ProxyState } from "./proxy-state.ts";
import type { Snapshot } from "./snapshot.ts";
import { DeltaStream } from "./stream/delta-stream.ts";
import type { Answer, DeltaRequest, DeltaResponse, Verdict } from "./stream/messages.ts";
import { newHistories, typeStates } from "./type-states.ts";

export interface SessionOptions {
  /** Unique among streams. */
  readonly name: string;
  readonly node: ProxyNode;
  readonly clock: Clock;
  readonly gateLimitMs: number;
  readonly removalGraceMs: number;
  /** False: no more until `resume`. */
  readonly send: (response: DeltaResponse) => boolean;
  readonly onSent: (response: DeltaResponse) => void;
  readonly onAnswer: (answer: Answer) => void;
  /** Runs what the session's timer is due to do. */
  readonly run: (work: () => void) => void;
  /** After anything happened that `state` shows. */
  readonly onChange: () => void;
  readonly onVerdict: (verdict: Verdict) => void;
}

/** One connected proxy: gives the protocol its time, its timer and its peer's pace. */
export class ProxySession {
  readonly node: ProxyNode;
  /** On the monotonic clock. */
  readonly openedMs: number;
  readonly #options: SessionOptions;
  readonly #stream: DeltaStream;
  readonly #connectedAtMs: number;
  readonly #histories = newHistories();
  #isFull = false;
  #cancel: Cancel | undefined;

  constructor(options: SessionOptions) {
    const { name, node, clock, gateLimitMs, removalGraceMs } = options;
    this.node = node;
    this.#options = options;
    this.#connectedAtMs = clock.wallMs();
    this.openedMs = clock.monotonicMs();
    this.#stream = new DeltaStream({ noncePrefix: `${name}.`, gateLimitMs, removalGraceMs });
  }

  publish(snapshot: Snapshot): void {
    this.#stream.publish(snapshot);
    this.#pump();
  }

  setClustersInUse(names: ReadonlySet<string>): void {
    this.#stream.setClustersInUse(names);
    this.#pump();
  }

  request(request: DeltaRequest): void {
    const answer = this.#stream.request(request);
    if (answer !== undefined) {
      const history = this.#histories[answer.type];
      if (answer.accepted) history.ackedAtMs = this.#options.clock.wallMs();
      else history.lastError = answer.text;
      this.#options.onAnswer(answer);
    }
    this.#pump();
  }

  /** The peer has read what was written. */
  resume(): void {
    this.#isFull = false;
    this.#pump();
  }

  close(): void {
    this.#cancel?.();
    this.#isFull = true;
  }

  state(): ProxyState {
    const { name, node } = this.#options;
    const { snapshot } = this.#stream;
    const ackedSequence = this.#stream.acked();
    const answeredSequence = this.#stream.answered;
    return {
      stream: name,
      node: node.id,
      gateway: node.gateway,
      ...(node.version === undefined ? {} : { version: node.version }),
      connectedAtMs: this.#connectedAtMs,
      ...(snapshot === undefined ? {} : { wantedSequence: snapshot.sequence }),
      ...(ackedSequence === undefined ? {} : { ackedSequence }),
      ...(answeredSequence === undefined ? {} : { answeredSequence }),
      types: typeStates(this.#stream, this.#histories),
    };
  }

  #pump(): void {
    if (this.#isFull) return;
    this.#cancel?.();
    this.#cancel = undefined;
    const { clock, run, onChange, onVerdict } = this.#options;
    const { responses, wakeAtMs } = this.#stream.flush(clock.monotonicMs());
    for (const response of responses) this.#send(response);
    if (Number.isFinite(wakeAtMs)) {
      this.#cancel = clock.after(wakeAtMs - clock.monotonicMs(), () => run(() => this.#pump()));
    }
    onChange();
    for (const verdict of this.#stream.takeVerdicts()) onVerdict(verdict);
  }

  #send(response: DeltaResponse): void {
    const history = this.#histories[response.type];
    const { clock, send, onSent } = this.#options;
    history.sentAtMs = clock.wallMs();
    if (this.#stream.snapshot !== undefined) history.sentSequence = this.#stream.snapshot.sequence;
    onSent(response);
    if (!send(response)) this.#isFull = true;
  }
}
