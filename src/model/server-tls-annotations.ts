import { type Knob, knobs } from "./pool-settings.ts";

/** What a pool asks for as to TLS to its servers, before it is known whether there are such authorities. */
export type ServerTlsWish =
  | { readonly kind: "plain" }
  | {
      readonly kind: "tls";
      readonly hostname: string;
      /** "configmap/<name>" or "secret/<name>"; "": the system's. */
      readonly authorities: string;
      readonly skipVerify: boolean;
    }
  | { readonly kind: "unclear"; readonly problem: string };

type Annotations = Readonly<Record<string, string>>;

const { serverTls, serverTlsHostname, serverTlsCa, serverTlsInsecureSkipVerify } = knobs;
const all: readonly Knob<unknown>[] = [serverTls, serverTlsHostname, serverTlsCa, serverTlsInsecureSkipVerify];

export function isAboutServerTls(annotation: string): boolean {
  return all.some((knob) => knob.annotations.includes(annotation));
}

/** Here no default stands in for a bad value: what it replaces would be sent in plain text, or to whoever answers. */
export function readServerTls(annotations: Annotations): ServerTlsWish {
  for (const { annotations: names, value } of all) {
    const text = annotations[names[0]];
    if (text !== undefined && value.read(text.trim()) === undefined) {
      return unclear(`annotation ${names[0]}: "${text}" is not ${value.bounds}`);
    }
  }
  const [whether] = serverTls.annotations;
  if (read(serverTls, annotations) !== true) {
    const other = all.find(({ annotations: [name] }) => annotations[name] !== undefined);
    if (other === undefined || annotations[whether] !== undefined) return { kind: "plain" };
    return unclear(`annotation ${other.annotations[0]} stands without ${whether}: "true"`);
  }
  return {
    kind: "tls",
    hostname: read(serverTlsHostname, annotations) ?? "",
    authorities: read(serverTlsCa, annotations) ?? "",
    skipVerify: read(serverTlsInsecureSkipVerify, annotations) === true,
  };
}

function read<Value>({ annotations: [name], value, default: usual }: Knob<Value>, annotations: Annotations) {
  return value.read(annotations[name]?.trim() ?? usual);
}

function unclear(problem: string): ServerTlsWish {
  return { kind: "unclear", problem };
}
