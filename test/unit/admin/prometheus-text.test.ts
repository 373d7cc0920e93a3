import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addLabel, mergePages } from "../../../src/admin/prometheus-text.ts";

describe("mergePages", () => {
  it("keeps a family's lines together and describes it once", () => {
    const control = "# HELP up Is up.\n# TYPE up gauge\nup 1\n# TYPE other counter\nother 5\n";
    const picker = '# HELP up Whether it is up.\n# TYPE up gauge\nup{thread="picker"} 1\n';
    assert.equal(
      mergePages([control, picker]),
      '# HELP up Is up.\n# TYPE up gauge\nup 1\nup{thread="picker"} 1\n# TYPE other counter\nother 5\n',
    );
  });

  it("knows a histogram's samples as its own, and a metric that only begins like it as another", () => {
    const page = '# TYPE wait histogram\nwait_bucket{le="1"} 1\nwait_sum 1\nwait_count 1\nwait_sum_total 3\n';
    assert.equal(
      mergePages([page, page]),
      '# TYPE wait histogram\nwait_bucket{le="1"} 1\nwait_sum 1\nwait_count 1\nwait_bucket{le="1"} 1\nwait_sum 1\nwait_count 1\nwait_sum_total 3\nwait_sum_total 3\n',
    );
  });

  it("makes nothing of nothing", () => {
    assert.equal(mergePages([]), "");
  });
});

describe("addLabel", () => {
  it("adds to samples with labels, without, and with empty ones, and leaves comments", () => {
    const page = '# TYPE a counter\na{x="1"} 2\nb 3\nc{} 4 1700000000000\n';
    assert.equal(
      addLabel(page, "p", "x"),
      '# TYPE a counter\na{p="x",x="1"} 2\nb{p="x"} 3\nc{p="x"} 4 1700000000000\n',
    );
  });

  it("escapes the value", () => {
    assert.equal(addLabel("a 1", "p", 'q"\\\n'), 'a{p="q\\"\\\\\\n"} 1');
  });
});
