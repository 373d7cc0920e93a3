import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { durationMs } from "../../../src/resources/duration.ts";
import { formatFieldPath, parseFieldPath } from "../../../src/resources/field-path.ts";
import { isIP, isIPv6 } from "../../../src/resources/ip.ts";
import { nearestKind } from "../../../src/resources/kind-table.ts";
import { nearestName } from "../../../src/resources/nearest-name.ts";
import { regexMatches, regexProblem } from "../../../src/resources/regex.ts";

suite("durations", () => {
  test("are sums of at most four parts", () => {
    assert.deepEqual(["24h", "1h30m", "500ms", "0s", "1m1m"].map(durationMs), [86_400_000, 5_400_000, 500, 0, 120_000]);
  });

  test("are no other spellings", () => {
    for (const text of ["", "1", "1.5s", "1d", "-1s", "100000s", "1s1s1s1s1s", "1 s"])
      assert.equal(durationMs(text), undefined, text);
  });
});

suite("IP addresses", () => {
  test("are literals of either family", () => {
    for (const text of [
      "127.0.0.1",
      "::",
      "::1",
      "fd00::1:2",
      "1:2:3:4:5:6:7:8",
      "::ffff:10.0.0.1",
      "1:2:3:4:5:6:1.2.3.4",
    ])
      assert.ok(isIP(text), text);
  });

  test("are no names, no halves, no decorations", () => {
    for (const text of [
      "",
      "localhost",
      "1.2.3",
      "256.1.1.1",
      "01.2.3.4",
      ":::",
      "1::2::3",
      "[::1]",
      "fe80::1%eth0",
      "1:2:3:4:5:6:7",
      "12345::",
      "::1.2.3",
    ])
      assert.ok(!isIP(text), text);
    assert.ok(!isIPv6("127.0.0.1"));
  });
});

suite("field paths", () => {
  test("are read as they are written", () => {
    for (const path of [["spec", "rules", 0, "matches", 12], ["metadata", "labels", "a.b/c-d"], []])
      assert.deepEqual(parseFieldPath(formatFieldPath(path)), path);
    assert.equal(formatFieldPath(["metadata", "labels", "a.b/c-d"]), "metadata.labels[a.b/c-d]");
  });
});

suite("the nearest name", () => {
  test("is one or two letters away", () => {
    assert.equal(nearestName("backendref", ["filters", "backendRefs"]), "backendRefs");
    assert.equal(nearestName("mathces", ["name", "matches"]), "matches");
    assert.equal(nearestName("sidecar", ["name", "matches"]), undefined);
  });

  test("of a kind is in the same group", () => {
    assert.equal(nearestKind("gateway.networking.k8s.io/v1", "HttpRoute"), "gateway.networking.k8s.io/v1 HTTPRoute");
    assert.equal(nearestKind("gateway.networking.k8s.io/v1alpha2", "Gateway"), "gateway.networking.k8s.io/v1 Gateway");
    assert.equal(nearestKind("gateway.networking.k8s.i/v1", "Gateway"), "gateway.networking.k8s.io/v1 Gateway");
    assert.equal(nearestKind("serving.knative.dev/v1", "Service"), undefined);
    assert.equal(nearestKind("apps/v1", "Deployment"), undefined);
  });
});

suite("regular expressions", () => {
  test("match whole values", () => {
    assert.ok(regexMatches("travel-helper.*", "travel-helper-v1"));
    assert.ok(!regexMatches("travel", "travel-helper"));
  });

  test("are refused where RE2 has no such syntax", () => {
    assert.equal(
      regexProblem("(?=a)b"),
      '"(?=a)b" is no RE2 regular expression: invalid or unsupported Perl syntax: `(?=`',
    );
    assert.equal(regexProblem("a("), '"a(" is no RE2 regular expression: missing closing ): `a(`');
    assert.equal(regexProblem("[a-z]+\\.example\\.com"), undefined);
  });

  test("are refused where they are longer or larger than Envoy takes", () => {
    assert.match(regexProblem("a".repeat(1025)) ?? "", /1025 characters/);
    assert.match(regexProblem("a{990}b{990}") ?? "", /too large/);
    assert.match(regexProblem("[acegikmoqsuwy]{800}") ?? "", /too large/);
    assert.equal(regexProblem("[acegikmoqsuwy]{63}"), undefined);
    assert.equal(regexProblem(""), "the regular expression is empty");
    assert.equal(regexProblem("\\pL+"), undefined);
  });

  test("are refused where they name what is no byte", () => {
    assert.match(regexProblem("[\\x{100}-\\x{10FFFF}]") ?? "", /^\\x\{100\} is more than a byte/);
    assert.equal(regexProblem("\\x{ff}"), undefined);
    assert.equal(regexProblem("\\\\x{100}"), undefined);
  });
});
