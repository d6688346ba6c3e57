// The stream of all that happens (GET events), and what it makes old. Pages never ask by the clock, with
// one exception: the forecast and the daemon's warnings (night/useNight.ts) are asked for each minute as
// well, for a forecast ages by itself, and no event tells of a warning.

import { onlineManager, type QueryClient } from "@tanstack/react-query";
import { API, ApiError, get } from "../api/client";
import { SaidKeeper } from "./progress";
import { RunKeeper } from "./runs";

export type Connection = "connecting" | "live" | "offline" | "signed_out";

/** An event as docs/api.md has it; of which fields there are depends on `kind`. */
export interface LiveEvent {
  kind: string;
  event?: number;
  at?: string;
  run?: number;
  task?: string;
  attempt?: number;
  attempt_id?: number;
  state?: string;
  schedule?: string;
  note?: string;
  runs?: number[];
  fraction?: number;
  text?: string;
}

const KINDS = [
  "run_started", "run_ended", "attempt_started", "attempt_ended", "task_ended", "reloaded",
  "schedule_fired", "trigger_fired", "schedule_paused", "schedule_resumed", "sla_missed", "pool_sized", "marked",
  "progress", "reset",
] as const;

const GATHER_MS = 250; // what is old is asked for anew at most this often
const REST = 3; // times as long as it took, nobody asks for the same
const LONGEST_REST_MS = 4000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** The name of a task's identity. */
const nameOf = (task: string | undefined) => task?.replace(/\(.*/s, "");

/** Which queries an event makes old, by the beginnings of their keys. Its run is kept by runs.ts. */
export function madeOld(event: LiveEvent): unknown[][] {
  switch (event.kind) {
    case "run_started":
    case "run_ended":
      return [
        ["runs"], ["run", event.run], ["queue"], ["forecast"], ["errors"], ["dates"], ["schedules"], ["triggers"],
        ["scripts", "versions"], ["missed"],
      ];
    case "attempt_started":
    case "attempt_ended":
      return [["attempt", event.attempt_id], ["queue"], ["runs"], ["attempts", nameOf(event.task)]];
    case "task_ended":
      return [["queue"], ["runs"], ["errors"], ["dates", nameOf(event.task)]];
    case "schedule_fired":
    case "schedule_paused":
    case "schedule_resumed":
      return [["schedules"], ["coming"], ["forecast"]];
    case "trigger_fired":
      return [["triggers"]];
    case "sla_missed":
      return [["schedules"], ["missed"], ["forecast"], ["run", event.run]];
    case "pool_sized":
      return [["queue"], ["forecast"]];
    case "marked":
      return [["dates", nameOf(event.task)], ["queue"], ["missed"]];
    case "progress":
      return []; // it says all itself: progress.ts
    default:
      return [[]]; // a reload, or a gap: everything
  }
}

export class Feed {
  #source: EventSource | undefined;
  #lastId = "";
  #retryMs = FIRST_RETRY_MS;
  #state: Connection = "connecting";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #old = new Map<string, unknown[]>();
  #asked = new Set<string>();
  #gathering = false;
  #wasOpen = false;
  #watchers = new Set<() => void>();
  #listeners = new Set<(event: LiveEvent) => void>();

  readonly said = new SaidKeeper();
  #runs: RunKeeper;

  constructor(private readonly queries: QueryClient) {
    this.#runs = new RunKeeper(queries);
  }

  /**
   * Queries wait for the stream: what would be asked for before it begins could change in between,
   * and no event would say so. When it has begun, or cannot, they go on.
   */
  start(): void {
    onlineManager.setEventListener(() => undefined); // whether there is a network does not matter
    onlineManager.setOnline(false);
    this.#open();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  get state(): Connection {
    return this.#state;
  }

  /** Tells of each change of `state`. Gives how to end that. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Tells of each event. Gives how to end that. */
  listen(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tries again now: after a sign-in, or because somebody asks for it. */
  retry(): void {
    clearTimeout(this.#timer);
    this.#retryMs = FIRST_RETRY_MS;
    this.#open();
  }

  #open(): void {
    this.#source?.close();
    const source = new EventSource(API + "events" + (this.#lastId ? `?after=${this.#lastId}` : ""));
    this.#source = source;
    source.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#become("live");
      // What has no id was missed meanwhile.
      if (this.#wasOpen) {
        this.said.forget();
        void this.queries.invalidateQueries();
      }
      this.#wasOpen = true;
    };
    source.onerror = () => {
      source.close();
      void this.#findOut();
    };
    source.addEventListener("begin", () => onlineManager.setOnline(true));
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => this.#take(kind, message));
    }
  }

  /** Why the stream ended. */
  async #findOut(): Promise<void> {
    onlineManager.setOnline(true);
    let state: Connection = "connecting";
    try {
      await get("engine");
    } catch (error) {
      state = error instanceof ApiError && error.status === 401 ? "signed_out" : "offline";
    }
    this.#become(state);
    if (state === "signed_out") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  #take(kind: string, message: MessageEvent<string>): void {
    if (message.lastEventId) this.#lastId = message.lastEventId;
    let event: LiveEvent;
    try {
      event = { ...JSON.parse(message.data), kind };
    } catch {
      event = { kind: "reset" };
    }
    this.#runs.take(event);
    this.said.take(event);
    for (const listener of this.#listeners) listener(event);
    for (const key of madeOld(event)) this.#old.set(JSON.stringify(key), key);
    this.#gather();
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    setTimeout(() => this.#tell(), GATHER_MS);
  }

  /**
   * What is still on its way is asked for once more when it has come, not beside that; and what takes
   * long, for a list is long or the daemon busy, less often.
   */
  #tell(): void {
    this.#gathering = false;
    for (const [name, queryKey] of this.#old) {
      if (this.#asked.has(name)) continue;
      this.#old.delete(name);
      this.#asked.add(name);
      const began = performance.now();
      void this.queries.invalidateQueries({ queryKey }).finally(() => {
        const restMs = Math.min(REST * (performance.now() - began), LONGEST_REST_MS);
        setTimeout(() => {
          this.#asked.delete(name);
          if (this.#old.has(name)) this.#gather();
        }, restMs);
      });
    }
  }

  #become(state: Connection): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}
