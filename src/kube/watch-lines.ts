/** The body of a watch: one JSON object per line. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
import type { KubeError, KubeObject, WatchEvent } from "./api.ts";

/** An object has at most 1.5 MiB in etcd; more than this without an end of line is no watch. */
const longestLine = 32 * 1024 * 1024;

/** Chunks of text in, whole lines out. */
export class LineSplitter {
  #rest: string[] = [];
  #length = 0;

  push(chunk: string): readonly string[] {
    const [first = "", ...others] = chunk.split("\n");
    const last = others.pop();
    if (last === undefined) {
      this.#keep(first);
      return [];
    }
    const lines = [this.#rest.join("") + first, ...others];
    this.#rest = [];
    this.#length = 0;
    this.#keep(last);
    return lines.filter((line) => line.trim() !== "");
  }

  #keep(part: string): void {
    this.#length += part.length;
    if (this.#length > longestLine) throw new Error(`a line is longer than ${longestLine} characters`);
    if (part !== "") this.#rest.push(part);
  }
}

/** `errorOf` makes the error of a Status that the server sent in place of an object. */
export function parseWatchLine(line: string, errorOf: (status: unknown) => KubeError): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return unreadable(`not JSON: ${line.length} characters`);
  }
  if (!isRecord(event) || !isRecord(event["object"])) return unreadable("no object in it");
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return isKubeObject(object) ? { type, object } : unreadable(`${type} of an object without a name`);
    case "BOOKMARK": {
      const version = isRecord(object["metadata"]) ? object["metadata"]["resourceVersion"] : undefined;
      if (typeof version !== "string") return unreadable("BOOKMARK without a resourceVersion");
      return { type, resourceVersion: version };
    }
    case "ERROR":
      return { type, error: errorOf(object) };
    default:
      return unreadable("unknown type");
  }
}

export function isKubeObject(object: unknown): object is KubeObject {
  if (!isRecord(object) || !isRecord(object["metadata"])) return false;
  const { name, namespace } = object["metadata"];
  return typeof name === "string" && name !== "" && (namespace === undefined || typeof namespace === "string");
}

function unreadable(reason: string): WatchEvent {
  return { type: "UNREADABLE", reason };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
