// The log of an attempt, as lines: what there is of it is asked for in large pieces, and what is still
// written comes as a stream.

import { useEffect, useState, useSyncExternalStore } from "react";
import { API, ApiError, get, path } from "../../api/client";
import type { Log } from "../../api/types";

const PIECE = 4 << 20;

export type LogState = "loading" | "writing" | "ended" | "failed";

export class LogLines {
  lines: readonly string[] = [];
  state: LogState = "loading";
  cut = false;
  problem = "";
  /** Another one whenever anything of the above is. */
  version = 0;
  #all: string[] = [];
  #open = ""; // the beginning of a line whose end has not come
  #source: EventSource | undefined;
  #stop = new AbortController();
  #watchers = new Set<() => void>();
  #frame = 0;

  constructor(private readonly attempt: number) {}

  start(): void {
    void this.#read();
  }

  end(): void {
    this.#stop.abort();
    this.#source?.close();
    cancelAnimationFrame(this.#frame);
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  async #read(): Promise<void> {
    let offset = 0;
    try {
      for (;;) {
        const piece = await get<Log>(path(["attempts", this.attempt, "log"], { offset, limit: PIECE }), this.#stop.signal);
        this.#append(piece.text);
        this.cut ||= piece.cut;
        if (piece.ended) return this.#become("ended");
        if (piece.next_offset === offset) return this.#follow(offset);
        offset = piece.next_offset;
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
    }
  }

  #follow(offset: number): void {
    this.#become("writing");
    const source = new EventSource(`${API}attempts/${this.attempt}/log?follow=1&offset=${offset}`);
    this.#source = source;
    source.addEventListener("log", (event: MessageEvent<string>) => {
      this.#append((JSON.parse(event.data) as { text: string }).text);
    });
    source.addEventListener("ended", (event: MessageEvent<string>) => {
      source.close();
      this.cut ||= (JSON.parse(event.data) as { cut: boolean }).cut;
      this.#become("ended");
    });
    source.onerror = () => {
      // The browser comes back by itself, from where it was, unless it was refused.
      if (source.readyState === EventSource.CLOSED) this.#fail(new ApiError(0, ""));
    };
  }

  #fail(error: unknown): void {
    this.problem = error instanceof Error ? error.message : String(error);
    this.#become("failed");
  }

  #append(text: string): void {
    if (text === "") return;
    const lines = (this.#open + text).split("\n");
    this.#open = lines.pop()!;
    for (const line of lines) this.#all.push(line);
    this.#tell();
  }

  #become(state: LogState): void {
    this.state = state;
    this.#tell();
  }

  /** At most once a frame, whatever comes. */
  #tell(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.lines = this.#open === "" ? this.#all.slice() : [...this.#all, this.#open];
      ++this.version;
      for (const watcher of this.#watchers) watcher();
    });
  }
}

/** The log of an attempt, live. */
export function useLog(attempt: number): LogLines | undefined {
  const [log, setLog] = useState<LogLines>();
  useEffect(() => {
    const made = new LogLines(attempt);
    setLog(made);
    made.start();
    return () => made.end();
  }, [attempt]);
  useSyncExternalStore(
    (watcher) => log?.watch(watcher) ?? (() => {}),
    () => log?.version ?? -1,
  );
  return log;
}

// The API writes what a terminal would obey as text: "\x1b[31m".
const CODE = /\\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\](?:[^\\]|\\(?!x07|x1b))*(?:\\x07|\\x1b\\)|[()][0-9A-Z]|[=>78cDEHM])/g;

/** A line as a terminal would leave it, without colours: no codes, and of what was overwritten the last. */
export function plain(line: string): string {
  if (!line.includes("\\x")) return line;
  const text = line.replace(CODE, "").replace(/(?:\\x0d)+$/, "");
  if (!text.includes("\\x0d")) return text;
  const time = TIME.exec(text)?.[0] ?? "";
  return time + text.slice(time.length).split("\\x0d").at(-1)!;
}

export const hasCodes = (line: string): boolean => line.includes("\\x1b") || line.includes("\\x0d");

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) /;
const LEVEL = /^(info|warn|error|progress): /;

export interface LogLine {
  /** RFC 3339; empty if it has none. */
  at: string;
  level: string;
  text: string;
}

export function lineParts(line: string): LogLine {
  const time = TIME.exec(line)?.[0] ?? "";
  const rest = line.slice(time.length);
  const level = LEVEL.exec(rest);
  return { at: time.trimEnd(), level: level?.[1] ?? "", text: level ? rest.slice(level[0].length) : rest };
}

/** The places of the lines that hold a text, whatever its case. */
export function linesWith(lines: readonly string[], wanted: string, from = 0): number[] {
  const text = wanted.toLowerCase();
  const found: number[] = [];
  for (let at = from; at < lines.length; ++at) if (lines[at]!.toLowerCase().includes(text)) found.push(at);
  return found;
}
