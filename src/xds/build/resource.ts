import { compareStrings } from "../../lib/compare.ts";
import { contentHash } from "../../lib/content-hash.ts";
import type { XdsResource } from "../snapshot.ts";

export function makeResource(
  name: string,
  body: Uint8Array,
  depends: {
    readonly origins: Iterable<string>;
    readonly needs?: Iterable<string>;
    readonly secrets?: Iterable<string>;
  },
): XdsResource {
  const secrets = sortedOnce(depends.secrets ?? []);
  return {
    name,
    version: contentHash(body),
    body,
    origins: sortedOnce(depends.origins),
    needs: sortedOnce(depends.needs ?? []),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

function sortedOnce(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].sort(compareStrings);
}
