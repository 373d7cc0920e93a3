/**
 * The admin API of the control worker, on a Unix socket; front.ts is its only client. Reads the program's parts through
 * ports.ts, owns no state, changes nothing.
 */
import fastify, { type FastifyReply } from "fastify";
import { messageOf } from "../lib/message-of.ts";
import type { Log } from "../observe/log.ts";
import { openApi } from "./openapi.ts";
import type { AdminPorts } from "./ports.ts";
import { type Answer, type Asked, routes } from "./routes.ts";

export interface AdminServer {
  /** The socket's path must be free. */
  listen(socket: string): Promise<void>;
  stop(): Promise<void>;
}

export function createAdminServer(options: {
  readonly ports: AdminPorts;
  readonly log: Log;
  readonly version: string;
}): AdminServer {
  const { ports, log, version } = options;
  const app = fastify({ logger: false, forceCloseConnections: true });

  for (const route of routes) {
    app.get(route.path.replace(/\{(\w+)\}/g, ":$1"), async (request, reply) => {
      const asked = { params: request.params, query: request.query } as Asked;
      return send(reply, asked, await route.answer(ports, asked));
    });
  }
  app.get("/api/v1/openapi.json", (request, reply) =>
    send(reply, request as Asked, { kind: "json", status: 200, value: openApi(version) }),
  );
  app.get("/", (request, reply) => send(reply, request as Asked, { kind: "text", status: 200, text: index(version) }));
  app.setNotFoundHandler((request, reply) => {
    const [path = ""] = request.url.split("?");
    const error = `Cannot show ${path}: there is no such path`;
    return send(reply, request as Asked, { kind: "json", status: 404, value: { error, paths } });
  });
  app.setErrorHandler((error, request, reply) => {
    const cause = messageOf(error);
    log.warn({ path: request.url, error: cause }, "An admin question failed");
    return send(reply, request as Asked, { kind: "json", status: 500, value: { error: cause } });
  });

  return {
    listen: async (socket) => void (await app.listen({ path: socket })),
    stop: () => app.close(),
  };
}

const paths = [...routes.map(({ path }) => path), "/api/v1/openapi.json", "/livez"].toSorted();

function index(version: string): string {
  const lines = [
    ...routes.map(({ path, summary }) => [path, summary] as const),
    ["/api/v1/openapi.json", "This API, described"] as const,
    ["/livez", "Whether the process runs"] as const,
  ];
  const width = Math.max(...lines.map(([path]) => path.length));
  return `antechamber ${version}\n\n${lines.map(([path, summary]) => `${path.padEnd(width)}  ${summary}\n`).join("")}`;
}

function send(reply: FastifyReply, asked: Pick<Asked, "query">, answer: Answer): FastifyReply {
  // A browser must not guess that one of these texts is a page.
  reply.header("x-content-type-options", "nosniff");
  switch (answer.kind) {
    case "json": {
      if (answer.text !== undefined && wantsText(reply)) {
        return reply.code(answer.status).type("text/plain; charset=utf-8").send(answer.text());
      }
      const text = JSON.stringify(answer.value, undefined, isCompact(reply, asked) ? undefined : 2);
      return reply.code(answer.status).type("application/json; charset=utf-8").send(`${text}\n`);
    }
    case "metrics":
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(answer.text);
    case "text":
      return reply.code(answer.status).type("text/plain; charset=utf-8").send(answer.text);
  }
}

function wantsText({ request }: FastifyReply): boolean {
  return request.headers.accept?.split(",")[0]?.trim().startsWith("text/plain") ?? false;
}

/** Programs say that they want JSON and get it dense; a person's curl or browser says anything goes, and gets it laid out. */
function isCompact({ request }: FastifyReply, { query }: Pick<Asked, "query">): boolean {
  if ("pretty" in query) return query["pretty"] === "false" || query["pretty"] === "0";
  return request.headers.accept?.split(",")[0]?.startsWith("application/json") ?? false;
}
