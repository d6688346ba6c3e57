// What the pages ask for, each under one key, so that an event can say what is old: live/feed.ts.

import { queryOptions } from "@tanstack/react-query";
import { get, getPage, getPlain, path } from "./client";
import type {
  AttemptDetail, Engine, ErrorGroup, Firing, Forecast, MissedTask, PastAttempt, Queue, Run, RunDetail, Schedule, Scripts,
  ScriptVersion, Source, Task, TaskDates, Trigger,
} from "./types";

export const engineQuery = queryOptions({
  queryKey: ["engine"],
  queryFn: ({ signal }) => get<Engine>("engine", signal),
  staleTime: Infinity,
});

/** What the daemon itself warns of. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => getPlain<{ status: string; warnings: string[] }>("/healthz", signal),
});

export const tasksQuery = queryOptions({
  queryKey: ["tasks"],
  queryFn: ({ signal }) => get<Task[]>("tasks", signal),
});

export const queueQuery = queryOptions({
  queryKey: ["queue"],
  queryFn: ({ signal }) => get<Queue>("queue", signal),
});

export const schedulesQuery = (next = 3) =>
  queryOptions({
    queryKey: ["schedules", next],
    queryFn: ({ signal }) => get<Schedule[]>(path(["schedules"], { next }), signal),
  });

/** Further firings to come. What runs do does not change these, so they are not asked for as often. */
export const comingQuery = (next: number) => queryOptions({ ...schedulesQuery(next), queryKey: ["coming", next] });

export const triggersQuery = queryOptions({
  queryKey: ["triggers"],
  queryFn: ({ signal }) => get<Trigger[]>("triggers", signal),
});

export const forecastQuery = (until: string) =>
  queryOptions({
    queryKey: ["forecast", until],
    queryFn: ({ signal }) => get<Forecast>(path(["forecast"], { until }), signal),
  });

export interface RunFilter {
  state?: string;
  kind?: string;
  task?: string;
  since?: string;
  until?: string;
  limit?: number;
}

export const runsQuery = (filter: RunFilter = {}) =>
  queryOptions({
    queryKey: ["runs", filter],
    queryFn: ({ signal }) => get<Run[]>(path(["runs"], { ...filter }), signal),
  });

export const runQuery = (run: number) =>
  queryOptions({
    queryKey: ["run", run],
    queryFn: ({ signal }) => get<RunDetail>(path(["runs", run]), signal),
  });

export const attemptQuery = (attempt: number) =>
  queryOptions({
    queryKey: ["attempt", attempt],
    queryFn: ({ signal }) => get<AttemptDetail>(path(["attempts", attempt]), signal),
  });

/** The newest attempts of all tasks of a name. */
export const attemptsQuery = (task: string, limit: number) =>
  queryOptions({
    queryKey: ["attempts", task, limit],
    queryFn: ({ signal }) => get<PastAttempt[]>(path(["tasks", task, "attempts"], { limit }), signal),
  });

export const datesQuery = (task: string, param: string) =>
  queryOptions({
    queryKey: ["dates", task, param],
    queryFn: ({ signal }) => get<TaskDates>(path(["tasks", task, "dates"], { param }), signal),
  });

export const firingsQuery = (schedule: string, limit: number) =>
  queryOptions({
    queryKey: ["schedules", "firings", schedule, limit],
    queryFn: ({ signal }) => get<Firing[]>(path(["schedules", schedule, "firings"], { limit }), signal),
  });

export interface ErrorFilter {
  /** Also "unresolved". */
  state?: string;
  text?: string;
  /** Of the tasks of each group: those that failed since. */
  since?: string;
  limit?: number;
  /** How many tasks of each group. */
  tasks?: number;
}

export const errorsQuery = (filter: ErrorFilter) =>
  queryOptions({
    queryKey: ["errors", filter],
    queryFn: ({ signal }) => getPage<ErrorGroup>(path(["errors"], { ...filter }), signal),
  });

/** One group, with more of its tasks and its whole error. */
export const errorQuery = (group: string, tasks: number) =>
  queryOptions({
    queryKey: ["errors", group, tasks],
    queryFn: ({ signal }) => get<ErrorGroup>(path(["errors", group], { tasks }), signal),
  });

/** Tasks that are not done by their deadline. */
export const missedQuery = queryOptions({
  queryKey: ["missed"],
  queryFn: ({ signal }) => get<MissedTask[]>("missed", signal),
});

export const scriptsQuery = queryOptions({
  queryKey: ["scripts"],
  queryFn: ({ signal }) => get<Scripts>("scripts", signal),
});

export const versionsQuery = (file: string) =>
  queryOptions({
    queryKey: ["scripts", "versions", file],
    queryFn: ({ signal }) => get<ScriptVersion[]>(path(["scripts", "versions"], { file }), signal),
  });

/** Texts of files never change: they are named by their hash. */
export const sourceQuery = (sha256: string) =>
  queryOptions({
    queryKey: ["source", sha256],
    queryFn: ({ signal }) => get<Source>(path(["sources", sha256]), signal),
    staleTime: Infinity,
  });

const USUAL_OF = 20;

/** What a task of a name usually takes: the seconds of its newest successes, sorted. It ages slowly. */
export const usualQuery = (task: string) =>
  queryOptions({
    queryKey: ["usual", task],
    queryFn: async ({ signal }) => {
      const past = await get<PastAttempt[]>(path(["tasks", task, "attempts"], { limit: 2 * USUAL_OF }), signal);
      const done = past.filter((one) => one.state === "done").slice(0, USUAL_OF);
      return done.map((one) => one.seconds).sort((a, b) => a - b);
    },
    staleTime: 600_000,
  });
