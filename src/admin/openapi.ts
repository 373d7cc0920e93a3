import { type Route, routes } from "./routes.ts";

/** https://spec.openapis.org/oas/v3.1.0: its schemas are JSON Schema, as ours are. */
export function openApi(version: string): unknown {
  return {
    openapi: "3.1.0",
    info: { title: "antechamber admin API", version },
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route) }])),
  };
}

function operation({ path, summary, schema, query = {} }: Route): unknown {
  const pathParameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true, schema: { type: "string" } },
  }));
  const queryParameters = Object.entries(query).map(([name, description]) => ({
    ...{ name, in: "query", description, allowEmptyValue: true, schema: { type: "string" } },
  }));
  const content = schema === undefined ? { "text/plain": {} } : { "application/json": { schema } };
  return {
    summary,
    parameters: [...pathParameters, ...queryParameters],
    responses: { 200: { description: summary, content } },
  };
}
