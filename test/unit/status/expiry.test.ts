import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ListenerStatus } from "../../../src/model/result.ts";
import type { Condition } from "../../../src/resources/condition.ts";
import { type Expiries, withExpiries } from "../../../src/status/expiry.ts";

const resolved: Condition = {
  ...{ type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", message: "", observedGeneration: 3 },
};
const listener = (certificates: readonly string[], conditions: readonly Condition[] = [resolved]): ListenerStatus => ({
  ...{ name: "https", port: 443, attachedRoutes: 0, supportedKinds: [], certificates, conditions },
});
const notAfterMs = Date.UTC(2026, 10, 2, 12);
const expiries: Expiries = new Map([
  ["Secret/default/old", { state: "expired", notAfterMs }],
  ["Secret/default/late", { state: "soon", notAfterMs }],
]);
const said = ({ conditions }: ListenerStatus) =>
  conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason} ${message}`.trim());

describe("a listener", () => {
  it("that shows an expired certificate warns of it and stays resolved", () => {
    assert.deepEqual(said(withExpiries(listener(["Secret/default/old"]), 3, expiries)), [
      "ResolvedRefs=True ResolvedRefs",
      "Warning=True CertificateExpired certificate default/old expired on 2026-11-02: clients refuse it, renew it",
    ]);
  });

  it("that shows one near its end says when that is", () => {
    assert.deepEqual(said(withExpiries(listener(["Secret/default/late"]), 3, expiries)).slice(1), [
      "Warning=True CertificateExpiresSoon certificate default/late expires on 2026-11-02: clients will refuse it, renew it",
    ]);
  });

  it("that has a warning already keeps it, in one condition", () => {
    const warned: Condition = {
      ...{ type: "Warning", status: "True", reason: "NotInEffect", message: "tls.options[x]", observedGeneration: 3 },
    };
    assert.deepEqual(said(withExpiries(listener(["Secret/default/old"], [warned]), 3, expiries)), [
      "Warning=True Warnings tls.options[x]; certificate default/old expired on 2026-11-02: clients refuse it, renew it",
    ]);
  });

  it("without such a certificate stays the identical object", () => {
    const good = listener(["Secret/default/good"]);
    assert.equal(withExpiries(good, 3, expiries), good);
  });
});
