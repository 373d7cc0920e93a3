import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AccessLogCommon,
  AccessLogType,
  type HTTPAccessLogEntry,
  type ResponseFlags,
} from "../../../src/gen/envoy/data/accesslog/v3/accesslog.ts";
import { destination, placementMetadata } from "../../../src/lib/wire.ts";
import { type Report, readReport } from "../../../src/picker/access-log/report.ts";

const firstByte = { timeToFirstUpstreamRxByte: { seconds: 1, nanos: 500_000_000 } };

function report(common: Partial<AccessLogCommon> = {}, responseCode = 200): Report | undefined {
  const entry: HTTPAccessLogEntry = {
    commonProperties: {
      accessLogType: AccessLogType.DownstreamEnd,
      metadata: { filterMetadata: { [placementMetadata.namespace]: { [placementMetadata.key]: "p" } } },
      ...common,
    },
    response: { responseCode },
  };
  return readReport(entry);
}
const verdict = (responseFlags: ResponseFlags, responseCode: number, begun: boolean): string | undefined =>
  report({ responseFlags, ...(begun ? firstByte : {}) }, responseCode)?.verdict;

describe("readReport()", () => {
  test("takes the ends and the periodic entries of placed requests alone", () => {
    assert.equal(report()?.event, "ended");
    assert.equal(report({ accessLogType: AccessLogType.DownstreamPeriodic })?.event, "running");
    assert.equal(report({ accessLogType: AccessLogType.DownstreamStart }), undefined);
    assert.equal(report({ metadata: { filterMetadata: {} } }), undefined);
    assert.equal(readReport({}), undefined);
  });

  test("names the server that served as endpoints are keyed, or as the proxy noted it", () => {
    const at = (address: string) =>
      report({
        upstreamRemoteAddress: {
          address: {
            $case: "socketAddress",
            value: { address, portSpecifier: { $case: "portValue", value: 8000 } },
          },
        },
      })?.served;
    assert.equal(at("10.0.0.1"), "10.0.0.1:8000");
    assert.equal(at("fd00::1"), "[fd00::1]:8000");
    const filterMetadata = {
      [placementMetadata.namespace]: { [placementMetadata.key]: "p" },
      [destination.namespace]: { [destination.servedKey]: "10.0.0.2:8000" },
    };
    assert.equal(report({ metadata: { filterMetadata } })?.served, "10.0.0.2:8000");
    assert.equal(report()?.served, undefined);
  });

  test("reads times, sizes and usage", () => {
    const filterMetadata = {
      [placementMetadata.namespace]: { [placementMetadata.key]: "p", prompt_tokens: 12, completion_tokens: "34" },
    };
    const read = report({ ...firstByte, duration: { seconds: 2, nanos: 0 }, metadata: { filterMetadata } });
    assert.equal(read?.timeToFirstByteMs, 1_500);
    assert.equal(read?.durationMs, 2_000);
    assert.deepEqual(read?.usage, { promptTokens: 12, completionTokens: 34 });
  });

  test("tells the server's failures from the proxy's own answers and from clients that left", () => {
    assert.equal(verdict({}, 200, true), "answered");
    assert.equal(verdict({}, 404, true), "answered");
    assert.equal(verdict({}, 503, true), "server-error");
    assert.equal(verdict({ upstreamConnectionFailure: true }, 503, false), "connect-failure");
    assert.equal(verdict({ upstreamConnectionTermination: true }, 503, false), "server-error");
    assert.equal(verdict({ upstreamRemoteReset: true }, 200, true), "server-error");
    assert.equal(verdict({ noHealthyUpstream: true }, 503, false), "none");
    assert.equal(verdict({ upstreamRequestTimeout: true }, 504, false), "none");
    assert.equal(verdict({ downstreamConnectionTermination: true }, 0, false), "none");
    assert.equal(verdict({ downstreamConnectionTermination: true }, 200, true), "answered");
  });

  test("is complete only where the answer came to its end", () => {
    assert.equal(report(firstByte)?.complete, true);
    assert.equal(report({ ...firstByte, responseFlags: { downstreamConnectionTermination: true } })?.complete, false);
    assert.equal(report({ ...firstByte, accessLogType: AccessLogType.DownstreamPeriodic })?.complete, false);
    assert.equal(report(firstByte, 400)?.complete, false);
    assert.equal(report({}, 200)?.complete, false);
  });
});
