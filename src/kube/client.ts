/**
 * The real KubeApi: the API server's verbs over HTTP.
 *
 *   call --> path, query, body --> Transport (credentials of connection.ts) --> object, page, events or KubeError
 */
import { StringDecoder } from "node:string_decoder";
import { type Clock, systemClock } from "../lib/clock.ts";
import {
  type ApplyOptions,
  type KubeApi,
  KubeError,
  type KubeName,
  type KubeObject,
  type KubeResource,
  type ListPage,
} from "./api.ts";
import { type ConnectionOptions, openConnection } from "./connection.ts";
import { type Call, errorOfAnswer, errorOfTransport } from "./errors.ts";
import { Limit } from "./limit.ts";
import { collectionPath, objectPath, withQuery } from "./paths.ts";
import { type Exchange, Transport } from "./transport.ts";
import { isKubeObject, LineSplitter, parseWatchLine } from "./watch-lines.ts";

export interface KubeClientOptions extends Omit<ConnectionOptions, "clock"> {
  readonly clock?: Clock;
}

export interface KubeClient extends KubeApi {
  /** Of the context or of the ServiceAccount. */
  readonly namespace: string;
  /** The API server's URL. */
  readonly server: string;
  /** Ends all connections, those of running calls too. */
  close(): void;
}

/** An API server sheds load by queueing, so a slow answer is still one. */
const limitMs = 30_000;
const listLimitMs = 60_000;
/** What is written waits here, not in the API server's queues, where it would delay what others ask. */
const mostWrites = 8;

/** Throws where configuration or credentials are none; whether the server answers is known at the first call. */
export async function createKubeApi(options: KubeClientOptions = {}): Promise<KubeClient> {
  const clock = options.clock ?? systemClock;
  const connection = await openConnection({ ...options, clock });
  return new Client(new Transport(connection, clock), connection);
}

class Client implements KubeClient {
  readonly namespace: string;
  readonly server: string;
  readonly #transport: Transport;
  readonly #writes = new Limit(mostWrites);

  constructor(transport: Transport, { namespace, server }: { readonly namespace: string; readonly server: URL }) {
    this.#transport = transport;
    this.namespace = namespace;
    this.server = server.href.replace(/\/$/, "");
  }

  close(): void {
    this.#transport.close();
  }

  async list(resource: KubeResource, options: Parameters<KubeApi["list"]>[1]): Promise<ListPage> {
    const { namespace, labelSelector, fieldSelector, limit, continueToken, signal } = options;
    const path = withQuery(collectionPath(resource, namespace), {
      labelSelector,
      fieldSelector,
      limit,
      continue: continueToken,
    });
    const call: Call = { action: "list", resource, ...(namespace === undefined ? {} : { namespace }) };
    const limited = signal === undefined ? {} : { signal };
    return this.#ask(call, { method: "GET", path, limitMs: listLimitMs, ...limited }, (body) => pageOf(call, body));
  }

  async watch(resource: KubeResource, options: Parameters<KubeApi["watch"]>[1]): Promise<void> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal, onEvent } = options;
    const path = withQuery(collectionPath(resource, namespace), {
      labelSelector,
      fieldSelector,
      resourceVersion,
      timeoutSeconds,
      watch: true,
      allowWatchBookmarks: true,
    });
    const call: Call = { action: "watch", resource, ...(namespace === undefined ? {} : { namespace }) };
    try {
      const answer = await this.#transport.send({ method: "GET", path, signal, limitMs, isWatch: true });
      if (answer.statusCode !== 200) throw await this.#refusal(call, answer);
      const splitter = new LineSplitter();
      const decoder = new StringDecoder("utf8");
      const errorOf = (body: unknown) => errorOfAnswer(call, { status: codeOf(body), retryAfter: undefined, body });
      for await (const chunk of answer as AsyncIterable<Buffer>)
        for (const line of splitter.push(decoder.write(chunk))) {
          signal.throwIfAborted();
          onEvent(parseWatchLine(line, errorOf));
        }
    } catch (error) {
      throw translate(call, error);
    }
  }

  async get(resource: KubeResource, name: KubeName): Promise<KubeObject | undefined> {
    try {
      const path = objectPath(resource, name);
      return await this.#ask({ action: "read", resource, ...name }, { method: "GET", path, limitMs }, objectOf);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  create(resource: KubeResource, object: KubeObject): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const path = collectionPath(resource, namespace);
    const call: Call = { action: "create", resource, name, namespace: namespace ?? "" };
    return this.#write(call, { method: "POST", path, body: JSON.stringify(object), limitMs });
  }

  replace(resource: KubeResource, object: KubeObject): Promise<KubeObject> {
    const name = nameOf(object);
    const path = objectPath(resource, name);
    const body = JSON.stringify(object);
    return this.#write({ action: "replace", resource, ...name }, { method: "PUT", path, body, limitMs });
  }

  apply(resource: KubeResource, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const name = nameOf(object);
    const { fieldManager, force, subresource } = options;
    const path = withQuery(objectPath(resource, name, subresource), { fieldManager, force });
    return this.#write(
      { action: "apply", resource, ...name },
      // JSON is YAML.
      { method: "PATCH", path, contentType: "application/apply-patch+yaml", body: JSON.stringify(object), limitMs },
    );
  }

  mergePatch(
    resource: KubeResource,
    name: KubeName,
    patch: Readonly<Record<string, unknown>>,
    options: { readonly subresource?: "status"; readonly fieldManager?: string } = {},
  ): Promise<KubeObject> {
    const { subresource, fieldManager } = options;
    const path = withQuery(objectPath(resource, name, subresource), { fieldManager });
    return this.#write(
      { action: "patch", resource, ...name },
      { method: "PATCH", path, contentType: "application/merge-patch+json", body: JSON.stringify(patch), limitMs },
    );
  }

  async delete(resource: KubeResource, name: KubeName, options: { readonly uid?: string } = {}): Promise<void> {
    const { uid } = options;
    const body = JSON.stringify({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    });
    try {
      const call: Call = { action: "delete", resource, ...name };
      const path = objectPath(resource, name);
      await this.#writes.run(() => this.#ask(call, { method: "DELETE", path, body, limitMs }, () => undefined));
    } catch (error) {
      if (isStatus(error, 404) || (uid !== undefined && isStatus(error, 409))) return;
      throw error;
    }
  }

  #write(call: Call, exchange: Exchange): Promise<KubeObject> {
    return this.#writes.run(() => this.#ask(call, exchange, objectOf));
  }

  async #ask<T>(call: Call, exchange: Exchange, read: (body: unknown) => T): Promise<T> {
    try {
      const answer = await this.#transport.send(exchange);
      const { statusCode = 0 } = answer;
      if (statusCode < 200 || statusCode > 299) throw await this.#refusal(call, answer);
      return read(parsed(await this.#transport.read(answer, exchange.limitMs)));
    } catch (error) {
      throw translate(call, error);
    }
  }

  async #refusal(call: Call, answer: Awaited<ReturnType<Transport["send"]>>) {
    const body = parsed(await this.#transport.read(answer, limitMs));
    const { statusCode = 0, headers } = answer;
    return errorOfAnswer(call, { status: statusCode, retryAfter: headers["retry-after"], body });
  }
}

function translate(call: Call, error: unknown): Error {
  return error instanceof KubeError ? error : errorOfTransport(call, error);
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof KubeError && error.status === status;
}

/** Items of the built-in kinds come without apiVersion and kind. */
function pageOf({ resource }: Call, answer: unknown): ListPage {
  const { items, metadata } = (answer ?? {}) as {
    readonly items?: unknown;
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
  const { resourceVersion, continue: continueToken } = metadata ?? {};
  if (typeof resourceVersion !== "string") throw new Error("the answer is no list: it has no resourceVersion");
  const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  const objects: readonly unknown[] = Array.isArray(items) ? items : [];
  return {
    items: objects.filter(isKubeObject).map((object) => ({ ...object, apiVersion, kind: resource.kind })),
    resourceVersion,
    ...(typeof continueToken === "string" && continueToken !== "" ? { continueToken } : {}),
  };
}

function objectOf(answer: unknown): KubeObject {
  if (!isKubeObject(answer)) throw new Error("the answer is no object: it has no name");
  return answer;
}

function nameOf({ metadata: { name, namespace = "" } }: KubeObject): KubeName {
  return { namespace, name };
}

function codeOf(status: unknown): number {
  const { code } = status as { readonly code?: unknown };
  return typeof code === "number" ? code : 500;
}

/** Undefined where a proxy answers in something else; a parser's own error would quote the answer. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
