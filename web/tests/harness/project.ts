// A project in a folder of its own, and a real daemon that serves it.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const BINARY = resolve(process.env["MOONDIAL_BIN"] ?? "../build/release/moondial");
const run = promisify(execFile);

/** Where the last daemon listened: the next one does so too, and a browser knows its scripts by then. */
let lastAddress = "127.0.0.1:0";

export class Project {
  readonly root = mkdtempSync(join(tmpdir(), "moondial-console-"));
  #daemon: ChildProcess | undefined;
  #address = lastAddress;

  constructor(files: Record<string, string>) {
    mkdirSync(join(this.root, "pipelines"));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** Puts a whole file into place at once, so that a daemon that watches sees no half of it. */
  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file + ".new", text);
    renameSync(file + ".new", file);
  }

  /** A folder of this repository, as it is. */
  copy(folder: string): void {
    cpSync(resolve("..", folder), join(this.root, folder), { recursive: true });
  }

  /** What `moondial …` prints; `code` is its exit status. */
  async moondial(...args: string[]): Promise<{ code: number; out: string }> {
    try {
      const { stdout } = await run(BINARY, args, { cwd: this.root, maxBuffer: 1 << 28 });
      return { code: 0, out: stdout };
    } catch (error) {
      const failed = error as { code?: number; stdout?: string };
      if (typeof failed.code !== "number") throw error;
      return { code: failed.code, out: failed.stdout ?? "" };
    }
  }

  async json<T = any>(...args: string[]): Promise<T> {
    return JSON.parse((await this.moondial(...args, "--json")).out) as T;
  }

  /** What a command line as the console shows it prints, in the project's folder. Fails as it does. */
  async shell(text: string): Promise<string> {
    const env = { ...process.env, PATH: `${dirname(BINARY)}:${process.env["PATH"]}` };
    return (await run("bash", ["-c", text], { cwd: this.root, env })).stdout;
  }

  /** Starts the daemon; a second time, at the address of the first. */
  async serve(): Promise<void> {
    const served = this.#daemon !== undefined;
    try {
      await this.#serve();
    } catch (error) {
      // Somebody else may have got the address meanwhile.
      if (served || this.#address === "127.0.0.1:0") throw error;
      this.#address = "127.0.0.1:0";
      await this.#serve();
    }
    lastAddress = this.#address;
  }

  async #serve(): Promise<void> {
    const daemon = spawn(BINARY, ["serve", "--listen", this.#address], {
      cwd: this.root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#daemon = daemon;
    let said = "";
    await new Promise<void>((done, fail) => {
      const hear = (text: Buffer) => {
        said += text;
        const at = /listens at (127\.0\.0\.1:\d+)[^]* serves /.exec(said);
        if (!at) return;
        this.#address = at[1]!;
        done();
      };
      daemon.stdout!.on("data", hear);
      daemon.stderr!.on("data", hear);
      daemon.once("exit", () => fail(new Error(`the daemon ended: ${said}`)));
    });
  }

  get url(): string {
    return `http://${this.#address}`;
  }

  /** An address that signs a browser in, once. */
  async signInUrl(): Promise<string> {
    return (await this.moondial("console", "--no-open")).out.trim();
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.removeAllListeners("exit");
    daemon.kill(signal);
    await once(daemon, "exit");
  }

  async remove(): Promise<void> {
    await this.stop("SIGINT");
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
