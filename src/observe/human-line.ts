const colours: Readonly<Record<string, string>> = { warn: "\u001b[33m", error: "\u001b[31m", debug: "\u001b[2m" };
const plain = "\u001b[0m";
const hidden = new Set(["level", "time", "msg", "text", "component"]);

/** One line of the JSON log as people read it: time, level where it is not info, sentence or message with fields. */
export function humanLine(json: string, colour: boolean): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const level = String(entry["level"]);
  const mark = level === "info" ? "" : `${level}: `;
  const time = String(entry["time"]).slice(11, 19);
  const line = `${time} ${mark}${printable(sentence(entry))}`;
  const start = colour ? colours[level] : undefined;
  return start === undefined ? `${line}\n` : `${start}${line}${plain}\n`;
}

function sentence(entry: Record<string, unknown>): string {
  if (typeof entry["text"] === "string") return entry["text"];
  const fields = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const component = entry["component"] === undefined ? "" : `${String(entry["component"])}: `;
  return [`${component}${String(entry["msg"])}`, ...fields].join(" ");
}

/** Control characters of a log value must not reach the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, "?");
}
