/** As much of a terminal as the live view uses: cursor, scroll region, clearing, a second screen. */
export class MiniTerminal {
  columns: number;
  rows: number;
  #lines: string[] = [];
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };
  #region = { top: 0, bottom: 0 };
  #other: string[] | undefined;
  cursorShown = true;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#region = { top: 0, bottom: rows - 1 };
  }

  /** What is in sight, without blanks at the ends of lines and of the screen. */
  get text(): string {
    const lines = Array.from({ length: this.rows }, (_, at) => (this.#lines[at] ?? "").trimEnd());
    return lines.join("\n").trimEnd();
  }

  write(text: string): void {
    const parts = /\p{Cc}\[(\??[\d;]*)([A-Za-z])|\p{Cc}([78])|[^]/gu;
    for (const [part, numbers, command, short] of text.matchAll(parts)) {
      if (short !== undefined) this.#short(short);
      else if (command !== undefined) this.#command(command, numbers ?? "");
      else this.#put(part);
    }
  }

  /** As another program's lines come: at the cursor, each with a line feed. */
  print(line: string): void {
    this.write(`${line}\n`);
  }

  #short(code: string): void {
    if (code === "7") this.#saved = { row: this.#row, column: this.#column };
    else ({ row: this.#row, column: this.#column } = this.#saved);
  }

  #command(command: string, numbers: string): void {
    const [first, second] = numbers.replace("?", "").split(";").map(Number);
    switch (command) {
      case "H":
        this.#row = (first || 1) - 1;
        this.#column = (second || 1) - 1;
        return;
      case "A":
        this.#row = Math.max(0, this.#row - (first || 1));
        return;
      case "r":
        this.#region = { top: (first || 1) - 1, bottom: (second || this.rows) - 1 };
        this.#row = this.#column = 0;
        return;
      case "J":
        this.#lines = this.#lines.slice(0, this.#row);
        return;
      case "K":
        this.#lines[this.#row] = "";
        return;
      case "m":
        return;
      case "h":
      case "l":
        this.#mode(numbers, command === "h");
        return;
      default:
        throw new Error(`Cannot play a terminal: it does not know the command "${command}"`);
    }
  }

  #mode(numbers: string, on: boolean): void {
    if (numbers === "?25") this.cursorShown = on;
    if (numbers !== "?1049") return;
    if (on) this.#other = this.#lines;
    this.#lines = on ? [] : (this.#other ?? []);
  }

  #put(character: string): void {
    if (character !== "\n") {
      const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column++;
      return;
    }
    this.#column = 0;
    if (this.#row === this.#region.bottom) {
      const { top, bottom } = this.#region;
      const all = Array.from({ length: this.rows }, (_, at) => this.#lines[at] ?? "");
      this.#lines = [...all.slice(0, top), ...all.slice(top + 1, bottom + 1), "", ...all.slice(bottom + 1)];
    } else if (this.#row < this.rows - 1) this.#row++;
  }
}
