import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";

const root = new URL("../../", import.meta.url);
const linesOf = (name: string): readonly string[] => readFileSync(new URL(name, root), "utf8").split("\n");

suite("the image", () => {
  const instructions = linesOf("Dockerfile").filter((line) => line !== "" && !line.startsWith("#"));

  test("is made of what its context has", () => {
    const copied = instructions
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
      .flatMap((line) => line.split(" ").slice(1, -1));
    const allowed = linesOf(".dockerignore").flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
    assert.ok(copied.includes("src"));
    assert.deepEqual([...new Set(copied)].toSorted(), allowed.toSorted());
    for (const path of copied) assert.ok(existsSync(new URL(path, root)), path);
  });

  test("runs without a shell, as nobody", () => {
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM ")));
    assert.deepEqual(
      last.filter((line) => line.startsWith("RUN ")),
      [],
    );
    const entry = last.find((line) => line.startsWith("ENTRYPOINT "))?.slice("ENTRYPOINT ".length) ?? "";
    const [node, main = ""] = JSON.parse(entry) as readonly string[];
    assert.equal(node, "/nodejs/bin/node");
    assert.ok(existsSync(new URL(main.replace("/app/", ""), root)), main);
    assert.ok(last.includes("USER 65532:65532"));
  });
});
