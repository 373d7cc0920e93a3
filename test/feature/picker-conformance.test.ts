/** Runs of the inference extension's conformance suite: its requests name their servers. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { selectionHeader } from "../../src/lib/wire.ts";
import { makePool, poolEndpoint, poolTable } from "../helpers/make-pool.ts";
import { type RunningPicker, startFrozenPicker } from "../helpers/running-picker.ts";

const pool = makePool("suite", { settings: { maxConcurrency: 1 } });
let running: RunningPicker | undefined;

afterEach(() => running?.stop());

async function start(conformance: boolean): Promise<(selection: string) => Promise<string>> {
  const frozen = await startFrozenPicker({ conformance });
  running = frozen;
  frozen.picker.setPools(poolTable([pool, [poolEndpoint(8001), poolEndpoint(8002), poolEndpoint(8003)]]));
  frozen.clock.advance(1);
  return async (selection) => {
    const headers = { [selectionHeader]: selection };
    const told = await frozen.proxy.ask({ pool: pool.key, method: "GET", headers }).told;
    return told.kind === "placed" ? (told.endpoints[0] ?? "") : `${told.status}`;
  };
}

describe("the conformance suite", () => {
  it("names servers by address and port, which serve in turn whether they have room or not", async () => {
    const ask = await start(true);
    const servers = [];
    for (let count = 0; count < 4; count++) servers.push(await ask("127.0.0.1:8001, 127.0.0.1:8003,127.0.0.1:9999"));
    assert.deepEqual(servers.sort(), ["127.0.0.1:8001", "127.0.0.1:8001", "127.0.0.1:8003", "127.0.0.1:8003"]);
  });

  it("names servers by address alone, whatever their ports", async () => {
    const ask = await start(true);
    const servers = new Set<string>();
    for (let count = 0; count < 3; count++) servers.add(await ask("127.0.0.1"));
    assert.equal(servers.size, 3);
  });

  it("is refused at once where it names no server of the pool", async () => {
    const ask = await start(true);
    assert.equal(await ask("127.0.0.2,127.0.0.1:9999"), "503");
  });

  it("is obeyed in its own runs alone", async () => {
    const ask = await start(false);
    assert.match(await ask("127.0.0.2"), /^127\.0\.0\.1:800[123]$/);
  });
});
