/** `ante` as a user runs it: a process of its own with a real Envoy. What a test starts, it stops. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.ts";

const main = new URL("../../src/app/main.ts", import.meta.url).pathname;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface AnteOptions {
  /** File name -> content, written into a directory of its own. */
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Do not wait for the line "ready". */
  readonly waitReady?: boolean;
}

export class Ante {
  readonly dir: string;
  readonly child: ChildProcess;
  readonly lines: LogLine[] = [];
  readonly stdout: string[] = [];
  readonly exited: Promise<number | null>;
  #running = true;

  private constructor(options: AnteOptions) {
    const home = mkdtempSync(join(tmpdir(), "ante-test-"));
    this.dir = join(home, "config");
    mkdirSync(this.dir);
    for (const [name, content] of Object.entries(options.files)) this.write(name, content);
    const args = [
      "up",
      this.dir,
      "--json",
      "--admin-port",
      "0",
      "--state-dir",
      join(home, "state"),
      "--reject-unknown-fields",
      "--test-hooks",
    ];
    this.child = spawn(process.execPath, [main, ...args, ...(options.args ?? [])], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, XDG_RUNTIME_DIR: "" },
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error("Cannot read ante's output: it has no pipes");
    createInterface({ input: stdout }).on("line", (line) => this.stdout.push(line));
    createInterface({ input: stderr }).on("line", (line) => this.lines.push(parse(line)));
    this.exited = new Promise((done) =>
      this.child.once("exit", (code) => {
        this.#running = false;
        rmSync(home, { recursive: true, force: true });
        done(code);
      }),
    );
  }

  static async start(options: AnteOptions): Promise<Ante> {
    const ante = new Ante(options);
    if (options.waitReady ?? true) {
      await ante.line("ready", 20_000).catch(async (error: unknown) => {
        await ante.stop();
        throw new Error(`Cannot start ante: it never said "ready"; its log:\n${ante.log()}`, { cause: error });
      });
    }
    return ante;
  }

  write(name: string, content: string): void {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  remove(name: string): void {
    rmSync(join(this.dir, name));
  }

  log(): string {
    return this.lines.map((line) => JSON.stringify(line)).join("\n");
  }

  /** The first line with that message, now or to come, that `where` takes. */
  async line(msg: string, timeoutMs = 10_000, where: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return eventually(
      `the log line "${msg}"`,
      () => {
        const found = this.lines.find((line) => line.msg === msg && where(line));
        if (found === undefined && !this.#running) throw new Error(`ante has ended; its log:\n${this.log()}`);
        return found;
      },
      { timeoutMs },
    );
  }

  get admin(): string {
    const ready = this.lines.find((line) => line.msg === "ready");
    return String(ready?.["admin"]);
  }

  async api<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, this.admin));
    if (!response.ok) throw new Error(`Cannot read ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Orders of the test socket: "crash picker", "block control", ... */
  async order(order: string): Promise<void> {
    const ready = this.lines.find((line) => line.msg === "ready");
    const socket = connect(String(ready?.["testSocket"]));
    await new Promise<void>((done, fail) =>
      socket
        .once("close", () => done())
        .once("error", fail)
        .end(`${order}\n`),
    );
  }

  /** Ends it as Ctrl-C does; kills it when it has not ended after 15 s. */
  async stop(): Promise<number | null> {
    if (this.#running) this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
    const code = await this.exited;
    clearTimeout(late);
    return code;
  }
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: "raw", msg: line };
  }
}
