import { memoOn } from "../lib/memo.ts";
import { Sealed } from "../lib/sealed.ts";
import { type Secret, secretValue } from "../resources/kinds/secret.ts";
import type { ByName } from "../resources/resource-set.ts";
import type { PoolIr } from "./ir.ts";

export type ScrapeCredential =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly value: Sealed<string> }
  | { readonly kind: "missing"; readonly message: string };

/** The Secret is one of the pool's namespace: no grant is asked for. */
export function scrapeCredential({ namespace, settings }: PoolIr, secrets: ByName<Secret>): ScrapeCredential {
  const { credential } = settings.scrape;
  if (credential === "") return { kind: "none" };
  const [name = "", key = ""] = credential.split("/");
  const object = secrets.get(`${namespace}/${name}`);
  if (object === undefined) return missing(`Secret ${namespace}/${name} does not exist`);
  const value = valuesOf(object).get(key);
  // What no header can carry is not sent, nor shown.
  if (value === undefined) return missing(`Secret ${namespace}/${name} has no key ${key}`);
  if (!/^[\x21-\x7e]+$/.test(value.reveal()))
    return missing(`${key} of Secret ${namespace}/${name} is no bearer token`);
  return { kind: "found", value };
}

function missing(problem: string): ScrapeCredential {
  return {
    kind: "missing",
    message: `Annotation antechamber.dev/metrics-credential: ${problem}, so metrics are asked for without`,
  };
}

/** Each stays the identical object while its Secret does. */
const valuesOf = memoOn((object: Secret): ReadonlyMap<string, Sealed<string>> => {
  const keys = [...Object.keys(object.data ?? {}), ...Object.keys(object.stringData ?? {})];
  return new Map(
    keys.flatMap((key) => {
      const value = secretValue(object, key);
      return value === undefined ? [] : [[key, new Sealed(value.toString("utf8").trim())] as const];
    }),
  );
});
