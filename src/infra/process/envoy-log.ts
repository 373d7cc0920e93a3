export type EnvoyLogLevel = "debug" | "info" | "warn" | "error";

export interface EnvoyLogEntry {
  readonly level: EnvoyLogLevel;
  readonly component: string;
  readonly message: string;
}

const levels: Readonly<Record<string, EnvoyLogLevel>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "error",
};

/**
 * Envoy says it at each start and each update, for every message of the filters that we chose:
 * nobody can act on it.
 */
const knownNotice = "marked as work-in-progress";

/**
 * One line of Envoy's standard error. What is not in our format (a sanitiser's report, a usage error before the log
 * is set up) is an error with the line as its message.
 */
export function parseEnvoyLog(line: string): EnvoyLogEntry {
  const entry = readFields(line);
  if (entry === undefined) return { level: "error", component: "main", message: line };
  const { component, message } = entry;
  if (message.includes(knownNotice)) return { level: "debug", component, message };
  return { level: levels[entry.level] ?? "info", component, message };
}

function readFields(line: string): { level: string; component: string; message: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { level, component, message } = value as Readonly<Record<string, unknown>>;
  if (typeof level !== "string" || typeof component !== "string" || typeof message !== "string") return undefined;
  return { level, component, message };
}
