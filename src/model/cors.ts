import type { HTTPRouteFilter } from "../resources/kinds/http-route.ts";
import type { CorsIr } from "./ir.ts";

type Cors = NonNullable<HTTPRouteFilter["cors"]>;

/** Browsers write origins in lower case, and leave out a port that goes without saying. */
export function convertCors(cors: Cors): CorsIr {
  const { allowOrigins, allowMethods, allowHeaders, allowCredentials = false, maxAge } = cors;
  return {
    origins: [...new Set((allowOrigins ?? []).map((origin) => withoutDefaultPort(origin.toLowerCase())))],
    methods: allowMethods ?? [],
    headers: lowerCase(allowHeaders),
    exposed: exposesAllWithCredentials(cors) ? [] : lowerCase(cors.exposeHeaders),
    credentials: allowCredentials,
    maxAgeSeconds: maxAge,
  };
}

/** With credentials "*" is the name of a header, and which ones an answer will have nobody knows: none is exposed. */
export function exposesAllWithCredentials({ exposeHeaders, allowCredentials }: Cors): boolean {
  return allowCredentials === true && (exposeHeaders ?? []).includes("*");
}

function lowerCase(names: readonly string[] = []): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function withoutDefaultPort(origin: string): string {
  return origin.replace(/^(http:.*):80$/, "$1").replace(/^(https:.*):443$/, "$1");
}
