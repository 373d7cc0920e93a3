/** How it is found out in which of two ways a picker that is not ours answers. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPickerProbe } from "../../src/app/control/picker-probe.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { FakeEndpointPicker, type FakeEndpointPickerOptions } from "../helpers/fake-endpoint-picker.ts";
import { freePort } from "../helpers/ports.ts";

const probe = createPickerProbe(systemClock);
const kinds: readonly FakeEndpointPickerOptions[] = [
  { answers: "full-duplex", tls: true },
  { answers: "full-duplex", tls: false },
  { answers: "part-by-part", tls: true },
  { answers: "part-by-part", tls: false },
];

for (const options of kinds) {
  describe(`a picker that answers ${options.answers}${options.tls ? ", over TLS" : ""}`, () => {
    const picker = new FakeEndpointPicker(options);
    const at = () => ({ address: `127.0.0.1:${picker.port}`, tls: options.tls, authority: "epp.default.svc" });
    const chain = options.answers === "full-duplex" ? "full-duplex" : "buffered";
    before(() => picker.start());
    after(() => picker.stop());

    it("is known by it", async () => {
      picker.decide = () => "127.0.0.1:1";
      assert.equal(await probe(at()), chain);
    });

    it("is known by it when it refuses", async () => {
      picker.decide = () => ({ response: { $case: "immediateResponse", value: { status: { code: 503 } } } });
      assert.equal(await probe(at()), chain);
    });
  });
}

it("is not known of one that is not there", async () => {
  assert.equal(await probe({ address: `127.0.0.1:${await freePort()}`, tls: true, authority: "a" }), undefined);
});
