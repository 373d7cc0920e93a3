import { StringDecoder } from "node:string_decoder";

/** Cuts a stream of bytes into lines; a line longer than `maxLength` arrives in pieces, so that memory is bounded. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #maxLength: number;
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void, maxLength = 64 * 1024) {
    this.#onLine = onLine;
    this.#maxLength = maxLength;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line);
    while (this.#rest.length > this.#maxLength) {
      this.#emit(this.#rest.slice(0, this.#maxLength));
      this.#rest = this.#rest.slice(this.#maxLength);
    }
  }

  /** The stream has ended: what has no newline yet is a line too. */
  end(): void {
    this.#emit(this.#rest + this.#decoder.end());
    this.#rest = "";
  }

  #emit(line: string): void {
    if (line !== "") this.#onLine(line);
  }
}
