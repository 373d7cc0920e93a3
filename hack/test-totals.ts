/** A reporter for node:test that writes one line at the end: how many tests passed, failed and were skipped. */
import type { TestEvent } from "node:test/reporters";

export default async function* totals(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counts = "0 0 0";
  for await (const event of source) {
    // The event without a file is about the whole run.
    if (event.type !== "test:summary" || event.data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = event.data.counts;
    counts = `${passed} ${tests - passed - skipped - todo} ${skipped + todo}`;
  }
  yield `${counts}\n`;
}
