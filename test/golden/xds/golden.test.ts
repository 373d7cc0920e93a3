/** Each case's snapshot, decoded from its bytes, equals the file beside it. UPDATE_GOLDEN=1 writes the files anew. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { findMissing, resourceTypes, type Snapshot } from "../../../src/xds/snapshot.ts";
import { decodeResource } from "../../helpers/decode-resource.ts";
import { input as externalPickers } from "./external-pickers.in.ts";
import type { GoldenCase } from "./golden-case.ts";
import { input as held } from "./held.in.ts";
import { input as https } from "./https.in.ts";
import { input as routes } from "./routes.in.ts";
import { input as serverTls } from "./server-tls.in.ts";
import { input as settings } from "./settings.in.ts";
import { input as traffic } from "./traffic.in.ts";
import { input as wiring } from "./wiring.in.ts";

const options = { bind: "0.0.0.0", streamIdleTimeoutMs: 300_000, accessLogFlushMs: 10_000, reusePort: true };

describe("the snapshot of", () => {
  for (const [name, input] of Object.entries({
    "external-pickers": externalPickers,
    held,
    https,
    routes,
    "server-tls": serverTls,
    settings,
    traffic,
    wiring,
  })) {
    it(`"${name}" is as it was reviewed, and closed`, () => {
      const snapshot = build(input);
      assert.equal(findMissing(snapshot), undefined);
      const file = new URL(`./${name}.out.json`, import.meta.url);
      const decoded = `${JSON.stringify(readable(snapshot), undefined, 2)}\n`;
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, decoded);
      assert.equal(decoded, readFileSync(file, "utf8"));
    });
  }
});

function build({ gateway, endpoints, held: origins = nothingHeld }: GoldenCase): Snapshot {
  return createBuilder(options).build({ gateway, endpoints, held: origins, sequence: 1 });
}

function readable({ resources }: Snapshot): unknown {
  const ofType = (type: (typeof resourceTypes)[number]) =>
    [...resources[type].values()].map((resource) => ({
      name: resource.name,
      origins: resource.origins,
      needs: resource.needs,
      message: decodeResource(type, resource),
    }));
  return Object.fromEntries(resourceTypes.map((type) => [type, ofType(type)]));
}
