import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type LogFields, silentLog } from "../../../src/observe/log.ts";
import type { EndpointState } from "../../../src/picker/messages.ts";
import { ServerLines } from "../../../src/picker/server-lines.ts";

function setUp() {
  const lines: string[] = [];
  const say = (level: string) => (fields: LogFields) => void lines.push(`${level} ${fields.text}`);
  return { lines, told: new ServerLines({ ...silentLog, info: say("info"), warn: say("warn") }) };
}

const server = (address: string, state: EndpointState["state"], lastError?: string): EndpointState => ({
  address,
  name: `pod-${address}`,
  pools: ["v1/default/p"],
  state,
  kind: "vllm",
  inFlight: 0,
  inFlightTokens: 0,
  ...(lastError !== undefined && { lastError }),
});

describe("ServerLines", () => {
  it("tells a state once", () => {
    const { lines, told } = setUp();
    told.update([server("a:1", "ready")]);
    told.update([server("a:1", "ready")]);
    assert.deepEqual(lines, ["info model server pod-a:1 at a:1: ready"]);
  });

  it("warns of an ejection, with its reason", () => {
    const { lines, told } = setUp();
    told.update([server("a:1", "ejected", "connection refused")]);
    assert.deepEqual(lines, ["warn model server pod-a:1 at a:1: ejected (connection refused)"]);
  });

  it("tells of many servers in one line", () => {
    const { lines, told } = setUp();
    told.update(["a:1", "b:1", "c:1", "d:1"].map((address) => server(address, "ready")));
    assert.deepEqual(lines, ["info 4 model servers: ready"]);
  });

  it("tells anew of a server that left and came back", () => {
    const { lines, told } = setUp();
    told.update([server("a:1", "ready")]);
    told.update([]);
    told.update([server("a:1", "ready")]);
    assert.equal(lines.length, 2);
  });
});
