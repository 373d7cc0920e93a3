import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bottomScreen, fullScreen } from "../../../src/app/top/screen.ts";
import { MiniTerminal } from "../../helpers/mini-terminal.ts";

const picture = (name: string): readonly string[] => Array.from({ length: 10 }, (_, at) => `${name} ${at}`);
const shown = (lines: readonly string[]): string => lines.join("\n");

describe("the picture at the bottom of a terminal", () => {
  it("stands under what was written before, and what is written after scrolls above it", () => {
    const terminal = new MiniTerminal(40, 20);
    terminal.print("$ ante demo");
    const screen = bottomScreen(terminal, () => 10);
    screen.draw(picture("a"));
    const gap = Array.from({ length: 9 }, () => "");
    assert.equal(terminal.text, shown(["$ ante demo", ...gap, ...picture("a")]));
    for (let line = 1; line <= 12; line++) terminal.print(`log ${line}`);
    screen.draw(picture("b"));
    terminal.print("log 13");
    const log = Array.from({ length: 9 }, (_, at) => `log ${at + 5}`);
    assert.equal(terminal.text, shown([...log, "", ...picture("b")]));
  });

  it("pushes up what stands where it will be", () => {
    const terminal = new MiniTerminal(40, 20);
    for (let line = 1; line <= 19; line++) terminal.print(`log ${line}`);
    bottomScreen(terminal, () => 10).draw(picture("a"));
    const log = Array.from({ length: 9 }, (_, at) => `log ${at + 11}`);
    assert.equal(terminal.text, shown([...log, "", ...picture("a")]));
  });

  it("clears the lines that a shorter picture leaves", () => {
    const terminal = new MiniTerminal(40, 20);
    const screen = bottomScreen(terminal, () => 10);
    screen.draw(picture("a"));
    screen.draw(["only"]);
    assert.equal(terminal.text.trim(), "only");
  });

  it("is gone at the end, and the next line stands under the log", () => {
    const terminal = new MiniTerminal(40, 20);
    const screen = bottomScreen(terminal, () => 10);
    terminal.print("log 1");
    screen.draw(picture("a"));
    screen.close();
    for (let line = 2; line <= 30; line++) terminal.print(`log ${line}`);
    const log = Array.from({ length: 19 }, (_, at) => `log ${at + 12}`);
    assert.equal(terminal.text, shown(log));
  });

  it("follows the terminal's size, and the log goes on above it", () => {
    const terminal = new MiniTerminal(40, 30);
    const screen = bottomScreen(terminal, () => 10);
    screen.draw(picture("a"));
    terminal.rows = 20;
    screen.draw(picture("b"));
    terminal.print("log 1");
    screen.draw(picture("c"));
    assert.deepEqual(terminal.text.split("\n").slice(8), ["log 1", "", ...picture("c")]);
  });

  it("is left out where the terminal is too small for it and the log", () => {
    const terminal = new MiniTerminal(40, 15);
    const screen = bottomScreen(terminal, () => 10);
    screen.draw(picture("a"));
    assert.equal(screen.rows, 0);
    assert.equal(terminal.text, "");
  });
});

describe("the picture in the whole terminal", () => {
  it("gives back what was there before", () => {
    const terminal = new MiniTerminal(40, 12);
    terminal.print("$ ante top");
    const screen = fullScreen(terminal);
    screen.draw(picture("a"));
    assert.equal(terminal.text, shown(picture("a")));
    assert.equal(terminal.cursorShown, false);
    screen.close();
    assert.equal(terminal.text, "$ ante top");
    assert.equal(terminal.cursorShown, true);
  });
});
