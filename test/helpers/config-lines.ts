/**
 * A resource as one entry per field, path -> value, once from the bytes that we sent and once from Envoy's config_dump,
 * so that both can be compared by name. A field of ours under a wrong number or name would be missing in the dump.
 */
import { globSync } from "node:fs";
import { join } from "node:path";

interface Codec {
  readonly $type: string;
  decode(bytes: Uint8Array): unknown;
}
type Fields = Readonly<Record<string, unknown>>;
export type Lines = ReadonlyMap<string, string>;

const generated = join(import.meta.dirname, "../../src/gen");

/** Every message that our protos declare, by type URL. */
export async function loadCodecs(): Promise<ReadonlyMap<string, Codec>> {
  const modules = await Promise.all(
    globSync("**/*.ts", { cwd: generated }).map((file) => import(join(generated, file))),
  );
  const codecs = modules.flatMap((module: Fields) => Object.values(module)).filter(isCodec);
  return new Map(codecs.map((codec) => [`type.googleapis.com/${codec.$type}`, codec]));
}

function isCodec(value: unknown): value is Codec {
  return isFields(value) && typeof value["$type"] === "string" && typeof value["decode"] === "function";
}

/** What we meant: the bytes are read with our own protos, and unpacked to the last Any. */
export function meantLines(codecs: ReadonlyMap<string, Codec>, typeUrl: string, bytes: Uint8Array): Lines {
  const unpack = (type: string, packed: Uint8Array): unknown => {
    const codec = codecs.get(type);
    if (codec === undefined) throw new Error(`Cannot unpack ${type}: our protos do not declare it`);
    return { "@type": type, ...plain(codec.decode(packed)) };
  };
  const plain = (message: unknown): Fields =>
    Object.fromEntries(Object.entries(message as Fields).flatMap(([name, value]) => field(name, value)));
  const field = (name: string, value: unknown): readonly (readonly [string, unknown])[] => {
    if (isFields(value) && typeof value["$case"] === "string") return [[value["$case"], read(value["value"])]];
    return [[name, read(value)]];
  };
  const read = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (Array.isArray(value)) return value.map(read);
    if (!isFields(value)) return value;
    if (typeof value["typeUrl"] === "string" && value["value"] instanceof Uint8Array)
      return unpack(value["typeUrl"], value["value"]);
    if (isDuration(value)) return `${value.seconds + value.nanos / 1e9}s`;
    return plain(value);
  };
  return lines(plain(codecs.get(typeUrl)?.decode(bytes)), "");
}

export function dumpedLines(dumped: unknown): Lines {
  return lines(dumped, "");
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDuration(value: Fields): value is { readonly seconds: number; readonly nanos: number } {
  return Object.keys(value).sort().join() === "nanos,seconds";
}

/** Defaults are left out, as Envoy leaves them out where a field has no presence. */
function lines(value: unknown, path: string): Lines {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return new Map();
  if (Array.isArray(value)) return new Map(value.flatMap((item, index) => [...lines(item, `${path}[${index}]`)]));
  if (!isFields(value)) return new Map([[path, scalar(value)]]);
  const inner = Object.entries(value).flatMap(([name, item]) => [...lines(item, `${path}.${officialName(name)}`)]);
  return new Map(inner.length === 0 ? [[path, "{}"]] : inner);
}

/** JSON writes 64-bit numbers as text, and durations with three, six or nine digits. */
function scalar(value: unknown): string {
  const text = String(value);
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(text) ?? [];
  return seconds === undefined ? text : `${Number(seconds)}s`;
}

/** camelCase of ours as the snake_case of the protos; a name that is snake_case already stays. */
function officialName(name: string): string {
  // A digit begins a word only where the official name has it so.
  return name.replace(/[A-Z]|(?<=consecutive)5/g, (letter) => `_${letter.toLowerCase()}`);
}

/** "path: meant x, has y" for each difference; an enum is a number here and a word there. */
export function differences(meant: Lines, dumped: Lines): readonly string[] {
  const paths = [...new Set([...meant.keys(), ...dumped.keys()])];
  return paths
    .filter((path) => !isSame(meant.get(path), dumped.get(path)) && !isEmptyMap(path, meant.get(path)))
    .map((path) => `${path}: meant ${meant.get(path) ?? "nothing"}, has ${dumped.get(path) ?? "nothing"}`);
}

function isSame(meant: string | undefined, dumped: string | undefined): boolean {
  return meant === dumped || (/^\d+$/.test(meant ?? "") && /^[A-Z]\w*$/.test(dumped ?? ""));
}

/** On the wire no entry and no field are the same; to our decoder an empty message is another thing. */
function isEmptyMap(path: string, meant: string | undefined): boolean {
  return meant === "{}" && /\.typed_(per_filter_config|extension_protocol_options)$/.test(path);
}
