/** Colours and bars of the terminal view. */
export interface Style {
  readonly colour: boolean;
  /** Block characters; else ASCII. */
  readonly blocks: boolean;
}

export type Tone = "good" | "warm" | "bad" | "dim" | "bold";

const codes: Readonly<Record<Tone, string>> = { good: "32", warm: "33", bad: "31", dim: "2", bold: "1" };

export function paint(style: Style, tone: Tone, text: string): string {
  return style.colour ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text;
}

/** `share` of `width` columns filled; what is over 0 shows at least something. */
export function bar(style: Style, share: number, width: number, tone: Tone): string {
  const [full, empty] = style.blocks ? ["█", "░"] : ["#", "."];
  const clamped = Math.min(1, Math.max(0, share));
  const filled = clamped === 0 ? 0 : Math.max(1, Math.round(clamped * width));
  return paint(style, tone, full.repeat(filled)) + paint(style, "dim", empty.repeat(width - filled));
}

/** UTF-8 is what the locale says. https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html */
export function styleFor(env: Readonly<Record<string, string | undefined>>, terminal: boolean): Style {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  return {
    colour: terminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    blocks: /utf-?8/i.test(locale ?? ""),
  };
}
