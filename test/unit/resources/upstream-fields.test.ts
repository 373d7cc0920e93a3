import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { findKind } from "../../../src/resources/kind-table.ts";
import { fieldLines, type Schema } from "../../helpers/field-lines.ts";

/** Where we differ on purpose: by kind, our line for a path of upstream's. */
const differences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The CRD takes any string; these are the values that its types name.
  BackendTrafficPolicy: {
    "spec.http2.onInvalidMessage": "spec.http2.onInvalidMessage string enum=TerminateConnection|TerminateStream",
    "spec.mergeType": "spec.mergeType string enum=JSONMerge|Replace|StrategicMerge",
    "spec.routingType": "spec.routingType string enum=Endpoint|Service",
  },
  EnvoyProxy: Object.fromEntries(
    [
      "spec.telemetry.accessLog.settings[].sinks[].als",
      "spec.telemetry.accessLog.settings[].sinks[].openTelemetry",
      "spec.telemetry.metrics.sinks[].openTelemetry",
      "spec.telemetry.tracing.provider",
    ]
      .map((path) => `${path}.backendSettings.http2.onInvalidMessage`)
      .map((path) => [path, `${path} string enum=TerminateConnection|TerminateStream`])
      .concat([["spec.routingType", "spec.routingType string enum=Endpoint|Service"]]),
  ),
};

/** Renewed by hack/crd-fields/renew. */
const upstream = readFileSync(new URL("upstream-fields.txt", import.meta.url), "utf8");

suite("our schemas against upstream's CRDs", () => {
  for (const section of upstream.split(/^# /m).slice(1)) {
    const [title = "", ...theirs] = section.trimEnd().split("\n");
    const [apiVersion = "", kindName = ""] = title.split(" ");
    test(`${kindName} ${apiVersion} has every field`, () => {
      const kind = findKind(apiVersion, kindName);
      assert.ok(kind, "the kind is declared");
      const ours = fieldLines(kind.body.properties["spec"] as Schema);
      const paths = (lines: readonly string[]): readonly string[] => lines.map((line) => line.split(" ")[0] ?? "");
      assert.deepEqual(paths(ours), paths(theirs));
      const expected = theirs.map((line) => differences[kindName]?.[line.split(" ")[0] ?? ""] ?? line);
      assert.deepEqual(ours, expected);
    });
  }
});
