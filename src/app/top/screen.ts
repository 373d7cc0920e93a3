/**
 * A part of the terminal at its bottom that renews itself. Everything above scrolls by itself, whoever writes there:
 * the lines of other threads go on above the picture. DECSTBM: https://vt100.net/docs/vt510-rm/DECSTBM.html
 */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

export interface Screen {
  /** Lines for a picture; 0 where the terminal is too small for one. */
  readonly rows: number;
  readonly columns: number;
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was, with the cursor under what was written above. */
  close(): void;
}

const escape = "\u001b";
const save = `${escape}7`;
const restore = `${escape}8`;
const wholeRegion = `${escape}[r`;
const clearBelow = `${escape}[J`;
const clearLine = `${escape}[2K`;
/** Lines of the log that stay in sight, and the least that a picture needs. */
const leastAbove = 6;
const leastPicture = 10;

/** `wanted`: lines of the picture. */
export function bottomScreen(terminal: Terminal, wanted: () => number): Screen {
  let area = { top: 0, rows: 0, columns: 0 };

  const fit = (): void => {
    const { rows, columns } = terminal;
    const height = rows - leastAbove < leastPicture ? 0 : Math.min(wanted(), rows - leastAbove);
    const top = rows - height;
    if (top === area.top && columns === area.columns) return;
    if (height === 0) terminal.write(save + wholeRegion + restore);
    else if (area.rows === 0) {
      // New lines scroll only where there are too few below the cursor; what stands there goes into the memory above.
      const makeRoom = `${"\n".repeat(height)}${escape}[${height}A`;
      terminal.write(`${makeRoom}${save}${escape}[1;${top}r${restore}${clearFrom(top)}`);
    } else {
      // A terminal of another size has moved its lines, and the cursor with them: the log goes on right above.
      terminal.write(`${clearFrom(Math.min(top, area.top))}${escape}[1;${top}r${escape}[${top};1H`);
    }
    area = { top, rows: height, columns };
  };

  const clearFrom = (top: number): string => `${save}${escape}[${top + 1};1H${clearBelow}${restore}`;

  return {
    get rows() {
      fit();
      return area.rows;
    },
    get columns() {
      return terminal.columns;
    },
    draw(lines) {
      fit();
      if (area.rows === 0) return;
      const painted = lines
        .slice(0, area.rows)
        .map((line, at) => `${escape}[${area.top + 1 + at};1H${clearLine}${line}`)
        .join("");
      const below = lines.length < area.rows ? `${escape}[${area.top + 1 + lines.length};1H${clearBelow}` : "";
      // One write, so that no other thread's line comes between.
      terminal.write(save + painted + below + restore);
    },
    close() {
      if (area.rows > 0) terminal.write(`${save}${escape}[${area.top + 1};1H${clearBelow}${wholeRegion}${restore}`);
      area = { top: 0, rows: 0, columns: 0 };
    },
  };
}

/** The whole terminal, on its second screen: what was there before comes back at the end. */
export function fullScreen(terminal: Terminal): Screen {
  terminal.write(`${escape}[?1049h${escape}[?25l`);
  return {
    get rows() {
      return terminal.rows;
    },
    get columns() {
      return terminal.columns;
    },
    draw(lines) {
      const painted = lines
        .slice(0, terminal.rows)
        .map((line, at) => `${escape}[${at + 1};1H${clearLine}${line}`)
        .join("");
      const below = lines.length < terminal.rows ? `${escape}[${lines.length + 1};1H${clearBelow}` : "";
      terminal.write(painted + below);
    },
    close() {
      terminal.write(`${escape}[?25h${escape}[?1049l`);
    },
  };
}
