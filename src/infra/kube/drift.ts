import { isJsonObject, type Json } from "../../lib/json.ts";

/** What tells the items of a list apart; without any it is their place. */
const identities = ["name", "mountPath", "containerPort", "port"] as const;

/**
 * What a live object says of the fields that are wanted, and of no others: those may be defaults of the server or
 * somebody else's. It is compared with what it said right after it was applied, not with what was wanted, since the
 * server may spell a value in its own way.
 */
export function wantedPart(wanted: Json, live: Json | undefined): Json {
  if (Array.isArray(wanted)) return items(wanted, Array.isArray(live) ? live : []);
  if (!isJsonObject(wanted)) return live ?? null;
  const fields = isJsonObject(live) ? live : {};
  return Object.fromEntries(Object.entries(wanted).map(([field, inner]) => [field, wantedPart(inner, fields[field])]));
}

function items(wanted: readonly Json[], live: readonly Json[]): Json {
  // A list of plain values is one value.
  if (!wanted.every(isJsonObject)) return live;
  return wanted.map((item, index) => {
    const name = identities.find((field) => item[field] !== undefined);
    const found = name === undefined ? live[index] : live.find((one) => isJsonObject(one) && one[name] === item[name]);
    return wantedPart(item, found);
  });
}
