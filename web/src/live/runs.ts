// Runs that go on: their events are applied to what is known of them, and the whole is asked for anew
// only now and then, since that of 5,000 tasks is some megabytes.

import type { QueryClient } from "@tanstack/react-query";
import { runQuery } from "../api/queries";
import type { Attempt, RunDetail, RunState, RunTask, TaskState } from "../api/types";
import type { LiveEvent } from "./feed";

const GATHER_MS = 200;
const REFETCH_MS = 3000;
/** A run that takes long to ask for is asked for less often. */
const REFETCH_COST = 20;

const KINDS = ["attempt_started", "attempt_ended", "task_ended", "run_ended"];

interface Kept {
  events: LiveEvent[];
  refetching: boolean;
  costMs: number;
}

/** Keeps each run that somebody has looked at as its events say. */
export class RunKeeper {
  #runs = new Map<number, Kept>();

  constructor(private readonly queries: QueryClient) {}

  take(event: LiveEvent): void {
    const { run } = event;
    if (run === undefined || !KINDS.includes(event.kind)) return;
    if (this.queries.getQueryState(runQuery(run).queryKey) === undefined) return;
    const kept = this.#runs.get(run) ?? { events: [], refetching: false, costMs: 0 };
    this.#runs.set(run, kept);
    kept.events.push(event);
    if (kept.events.length === 1) setTimeout(() => this.#apply(run, kept), GATHER_MS);
  }

  #apply(run: number, kept: Kept): void {
    const { queryKey } = runQuery(run);
    const events = kept.events;
    kept.events = [];
    const known = this.queries.getQueryData(queryKey);
    const next = known && patched(known, events);
    if (next) this.queries.setQueryData(queryKey, next);
    // The feed asks for a run that has ended.
    if (events.some((event) => event.kind === "run_ended")) this.#runs.delete(run);
    else this.#refetchSoon(run, kept);
  }

  /** For what events do not tell: errors, what is ready, what has been used. */
  #refetchSoon(run: number, kept: Kept): void {
    if (kept.refetching) return;
    kept.refetching = true;
    setTimeout(async () => {
      const begun = performance.now();
      await Promise.all([
        this.queries.invalidateQueries({ queryKey: runQuery(run).queryKey }),
        this.queries.invalidateQueries({ queryKey: ["progress", run] }),
      ]);
      kept.costMs = performance.now() - begun;
      kept.refetching = false;
    }, Math.max(REFETCH_MS, REFETCH_COST * kept.costMs));
  }
}

function withAttempt(task: RunTask, event: LiveEvent): RunTask {
  const known = task.attempts.find((one) => one.attempt_id === event.attempt_id);
  if (event.kind === "attempt_started") {
    if (known || event.attempt_id === undefined) return task;
    const begun: Attempt = {
      attempt: event.attempt ?? task.attempts.length + 1,
      attempt_id: event.attempt_id,
      state: "running",
      started: event.at ?? new Date().toISOString(),
      ended: null,
      seconds: 0,
      exit: null,
      error: "",
      emitted: {},
      host: "",
      pid: 0,
      cpu_seconds: 0,
      peak_memory_bytes: 0,
    };
    return { ...task, state: "running", attempts: [...task.attempts, begun] };
  }
  if (!known || known.ended) return task;
  const ended = event.at ?? new Date().toISOString();
  const seconds = (Date.parse(ended) - Date.parse(known.started)) / 1000;
  const state = (event.state ?? known.state) as TaskState;
  const attempts = task.attempts.map((one) => (one === known ? { ...one, state, ended, seconds } : one));
  // How the task goes on is told by `task_ended`, or by the next attempt.
  const goesOn = task.state === "running" && (state === "failed" || state === "lost");
  return { ...task, attempts, state: goesOn ? "retrying" : task.state };
}

/** The run after those events; undefined if they tell of what is not known of it. */
export function patched(run: RunDetail, events: readonly LiveEvent[]): RunDetail | undefined {
  const places = new Map(run.tasks.map((task, place) => [task.id, place]));
  const tasks = [...run.tasks];
  const counts: Record<string, number> = { ...run.counts };
  let next: RunDetail = { ...run, tasks, counts };
  for (const event of events) {
    if (event.kind === "run_ended") {
      const ended = event.at ?? new Date().toISOString();
      const seconds = (Date.parse(ended) - Date.parse(run.started)) / 1000;
      next = { ...next, state: (event.state ?? next.state) as RunState, ended, seconds };
      continue;
    }
    if (event.task === undefined) continue;
    const place = places.get(event.task);
    if (place === undefined) return undefined;
    const before = tasks[place]!;
    const after =
      event.kind === "task_ended"
        ? { ...before, state: (event.state ?? before.state) as TaskState }
        : withAttempt(before, event);
    if (after.state !== before.state) {
      counts[before.state] = Math.max(0, (counts[before.state] ?? 1) - 1);
      counts[after.state] = (counts[after.state] ?? 0) + 1;
    }
    tasks[place] = after;
  }
  return next;
}
