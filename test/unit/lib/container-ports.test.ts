import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { containerPorts } from "../../../src/lib/container-ports.ts";

describe("ports in a proxy's Pod", () => {
  it("are 10,000 higher where a privilege would be needed", () => {
    assert.deepEqual(
      [...containerPorts([80, 443, 8081], false)],
      [
        [80, 10080],
        [443, 10443],
        [8081, 8081],
      ],
    );
  });

  it("are the listeners' where that is asked for", () => {
    assert.deepEqual(
      [...containerPorts([80, 8081], true)],
      [
        [80, 80],
        [8081, 8081],
      ],
    );
  });

  it("avoid each other, whatever the order, and those of the Pod itself", () => {
    const expected = new Map([
      [80, 20080],
      [10080, 10080],
      [19003, 29003],
    ]);
    assert.deepEqual(containerPorts([80, 10080, 19003], false), expected);
    assert.deepEqual(new Map([...containerPorts([19003, 10080, 80], false)].reverse()), expected);
  });
});
