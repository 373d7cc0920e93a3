import type { ServerResponse } from "node:http";
import { endOfStream } from "./answer.ts";

/** Server-sent events on a response. What a slow reader does not take is kept and sent in one piece when it does. */
export class EventStream {
  readonly #response: ServerResponse;
  #kept = "";
  #ended = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    response.on("drain", () => this.#flush());
  }

  send(events: string): void {
    if (this.#response.writableNeedDrain) this.#kept += events;
    else this.#response.write(events);
  }

  /** The last events, with the mark of the end. */
  end(events: string): void {
    this.#ended = true;
    this.#kept += events + endOfStream;
    if (!this.#response.writableNeedDrain) this.#flush();
  }

  #flush(): void {
    const events = this.#kept;
    this.#kept = "";
    if (this.#ended) this.#response.end(events);
    else if (events !== "") this.#response.write(events);
  }
}
