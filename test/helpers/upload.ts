/** A request whose body is sent piece by piece, as the test says. */
import { type ClientRequest, type IncomingMessage, request } from "node:http";

export class Upload {
  readonly #outgoing: ClientRequest;
  readonly #answer: Promise<IncomingMessage>;

  constructor(port: number, path: string, headers: Readonly<Record<string, string>>) {
    this.#outgoing = request({ host: "127.0.0.1", port, path, method: "POST", agent: false, headers });
    this.#answer = new Promise((done, fail) => this.#outgoing.once("response", done).once("error", fail));
    this.#answer.catch(() => {});
  }

  write(piece: string): void {
    this.#outgoing.write(piece);
  }

  /** Sends the rest, and gives the answer's status. */
  async end(piece = ""): Promise<number> {
    this.#outgoing.end(piece);
    const answer = await this.#answer;
    answer.resume();
    await new Promise((done) => answer.once("end", done));
    return answer.statusCode ?? 0;
  }

  destroy(): void {
    this.#outgoing.destroy();
  }
}
