/** Aligned text for people at a terminal. Pure. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | number | undefined;
}

/**
 * A line per row under a line of heads, columns two blanks apart. Numbers stand to the right, what is absent is "-".
 * Nothing in a cell can break the line or reach the terminal as a control code.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const isNumeric = columns.map((_, at) => cells.every((line) => isNumber(line[at])) && cells.length > 0);
  const texts = [columns.map(({ head }) => head), ...cells.map((line) => line.map(textOf))];
  const widths = columns.map((_, at) => Math.max(...texts.map((line) => (line[at] ?? "").length)));
  return texts
    .map((line) =>
      line
        .map((text, at) => (isNumeric[at] ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function isNumber(value: string | number | undefined): boolean {
  return value === undefined || typeof value === "number" || /^([\d.]+(%|ms|s|[KMG]?i?B)?|\d+[hm]\d+[ms])$/.test(value);
}

function textOf(value: string | number | undefined): string {
  if (value === undefined || value === "") return "-";
  return String(value).replaceAll(/\p{Cc}+/gu, " ");
}

/** "350ms", "4.2s", "3m12s", "1h05m". */
export function formatMs(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3_600)}h${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")}m`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 2 ** (10 * step);
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${units[step]}`;
}

export function formatShare(share: number | undefined): string | undefined {
  return share === undefined ? undefined : `${Math.round(share * 100)}%`;
}

/** "a=1,b=2". */
export function formatCounts(
  values: Readonly<Record<string, number>>,
  spell: (value: number) => string = String,
): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${spell(value)}`)
    .join(",");
}
