import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { goneMs, longQuietMs, quietMs, Settling } from "../../../src/sources/files/settling.ts";

const wallMs = 1_700_000_000_000;

/** A file that is written now, unless said otherwise. */
const stamp = (size: number, { inode = 1, mtimeMs = wallMs } = {}) => ({ size, mtimeMs, inode });

class Watched {
  readonly settling = new Settling();
  nowMs = 0;
  see(files: Readonly<Record<string, ReturnType<typeof stamp>>>, isUnknown = false): void {
    const now = { monotonicMs: this.nowMs, wallMs: wallMs + this.nowMs };
    this.settling.observe(now, new Map(Object.entries(files)), () => isUnknown);
  }
  get trust(): readonly string[] {
    return this.settling.due(this.nowMs).map(({ path, trust }) => `${path} ${trust}`);
  }
}

suite("a file", () => {
  test("needs to be looked at again only until it is read for good, and while it is missing", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1), b: stamp(1, { inode: 2, mtimeMs: wallMs - longQuietMs }) });
    assert.deepEqual([...watched.settling.unsettled], ["a", "b"]);
    for (const due of watched.settling.due(0)) watched.settling.read(due, false);
    assert.deepEqual([...watched.settling.unsettled], ["a"]);
    watched.see({ a: stamp(1) });
    assert.deepEqual([...watched.settling.unsettled], ["a", "b"]);
  });

  test("is read once it was quiet for a moment", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    assert.deepEqual(watched.trust, []);
    assert.equal(watched.settling.nextDueMs(), quietMs);
    watched.nowMs = quietMs - 1;
    watched.see({ a: stamp(2) });
    watched.nowMs = quietMs;
    assert.deepEqual(watched.trust, []);
    watched.nowMs = 2 * quietMs - 1;
    assert.deepEqual(watched.trust, ["a changes"]);
  });

  test("is not read again until it changes", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    watched.nowMs = quietMs;
    const [due] = watched.settling.due(watched.nowMs);
    assert.ok(due);
    watched.settling.read(due, false);
    assert.equal(watched.settling.nextDueMs(), undefined);
    watched.nowMs = longQuietMs;
    assert.deepEqual(watched.trust, []);
  });

  test("is read a second time after long quiet where something waits for that", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    watched.nowMs = quietMs;
    const [due] = watched.settling.due(watched.nowMs);
    assert.ok(due);
    watched.settling.read(due, true);
    assert.equal(watched.settling.nextDueMs(), longQuietMs);
    watched.nowMs = longQuietMs;
    assert.deepEqual(watched.trust, ["a all"]);
  });

  test("that changed while it was read is not taken for read", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    watched.nowMs = quietMs;
    const [due] = watched.settling.due(watched.nowMs);
    assert.ok(due);
    watched.see({ a: stamp(2) });
    watched.settling.read(due, false);
    assert.equal(watched.settling.unread, 1);
  });

  test("that is old when it is first seen is trusted at once, also when it is moved into place", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1, { mtimeMs: wallMs - 5000 }) });
    assert.deepEqual(watched.trust, ["a all"]);
    watched.see({ a: stamp(1, { mtimeMs: wallMs - 3000, inode: 2 }) });
    assert.deepEqual(watched.trust, ["a all"]);
  });

  test("whose old time is set while it stays in place is not trusted for that", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    watched.see({ a: stamp(2, { mtimeMs: wallMs - 5000 }) });
    assert.deepEqual(watched.trust, []);
  });

  test("is gone when it stays away longer than an editor replaces it", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    watched.see({});
    watched.nowMs = goneMs - 1;
    assert.deepEqual(watched.settling.takeGone(watched.nowMs), []);
    watched.see({ a: stamp(2, { inode: 2 }) });
    watched.nowMs = goneMs;
    assert.deepEqual(watched.settling.takeGone(watched.nowMs), []);
    watched.see({});
    watched.nowMs = 2 * goneMs;
    assert.deepEqual(watched.settling.takeGone(watched.nowMs), ["a"]);
  });

  test("is not gone while its directory cannot be listed", () => {
    const watched = new Watched();
    watched.see({ a: stamp(1) });
    watched.see({}, true);
    watched.nowMs = goneMs;
    assert.deepEqual(watched.settling.takeGone(watched.nowMs), []);
  });
});
