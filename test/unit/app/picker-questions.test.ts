import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerQuestions } from "../../../src/app/control/picker-questions.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

describe("questions to the picker", () => {
  it("get the answer that bears their number", async () => {
    const clock = new FakeClock();
    const questions = new PickerQuestions<string>(clock);
    const ids: number[] = [];
    const answers = [questions.ask((id) => ids.push(id)), questions.ask((id) => ids.push(id))];
    questions.answered(ids[1] ?? 0, "second");
    questions.answered(ids[0] ?? 0, "first");
    assert.deepEqual(await Promise.all(answers), ["first", "second"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("end without an answer after a second; one that comes later is nobody's", async () => {
    const clock = new FakeClock();
    const questions = new PickerQuestions<string>(clock);
    const ids: number[] = [];
    const answer = questions.ask((id) => ids.push(id));
    clock.advance(1_000);
    assert.equal(await answer, undefined);
    questions.answered(ids[0] ?? 0, "late");
  });
});
