/** A proxy before an API server that notes what is asked, as RBAC names it, and what was forbidden. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";

export interface Recorder {
  readonly url: string;
  /** "verb group/resource", the group "" for core: "patch gateway.networking.k8s.io/gateways/status". */
  readonly asked: ReadonlySet<string>;
  readonly forbidden: ReadonlySet<string>;
  stop(): Promise<void>;
}

export interface RecorderOptions {
  readonly server: string;
  readonly caFile: string;
  /** Of whom it asks for. */
  readonly token: string;
}

export async function recordRequests({ server, caFile, token }: RecorderOptions): Promise<Recorder> {
  const [asked, forbidden] = [new Set<string>(), new Set<string>()];
  const ca = readFileSync(caFile);
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const verbs = verbsOf(incoming.method ?? "", incoming.url ?? "");
    for (const verb of verbs) asked.add(verb);
    const { host: _host, ...headers } = incoming.headers;
    const upstream = request(
      new URL(incoming.url ?? "/", server),
      { method: incoming.method, ca, headers: { ...headers, authorization: `Bearer ${token}` } },
      (answer) => {
        // What is applied and was not there is created, and so needs both verbs.
        if (incoming.method === "PATCH" && answer.statusCode === 201)
          for (const verb of verbs) asked.add(verb.replace("patch", "create"));
        if (answer.statusCode === 403) for (const verb of verbs) forbidden.add(verb);
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const proxy = createServer(pass);
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    forbidden,
    stop: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}

const writes: Readonly<Record<string, readonly string[]>> = {
  POST: ["create"],
  PUT: ["update"],
  PATCH: ["patch"],
  DELETE: ["delete"],
};

/** https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
function verbsOf(method: string, url: string): readonly string[] {
  const { pathname, searchParams } = new URL(url, "http://server");
  const match =
    /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/.exec(
      pathname,
    );
  if (match === null) return [];
  const [, group = "", plural = "", name, subresource] = match;
  const resource = `${group}/${subresource === undefined ? plural : `${plural}/${subresource}`}`;
  const reads = name !== undefined ? "get" : searchParams.get("watch") === null ? "list" : "watch";
  return (writes[method] ?? [reads]).map((verb) => `${verb} ${resource}`);
}
