import assert from "node:assert/strict";
import { test } from "node:test";
import { readFaults } from "../../../src/sim/faults.ts";

test("faults are read as they are written", () => {
  assert.deepEqual(readFaults('{"status":503,"metrics":"hang"}'), { status: 503, metrics: "hang" });
  assert.deepEqual(readFaults("{}"), {});
});

test("what is no fault is named", () => {
  assert.match(String(readFaults('{"stauts":503}')), /Cannot set fault "stauts": known are status, /);
  assert.match(String(readFaults('{"status":200}')), /Cannot set fault "status": 200 is not allowed/);
  assert.match(String(readFaults("{")), /is not JSON/);
  assert.match(String(readFaults("[]")), /not an object/);
  assert.match(String(readFaults('{"toString":1}')), /Cannot set fault "toString"/);
});
