// A run as a graph of its tasks: who needs whom, by their places in the list.

import type { Attempt, RunDetail, RunTask } from "../../api/types";
import type { Said, SaidByAttempt } from "../../live/progress";

export interface RunGraph {
  tasks: RunTask[];
  /** For each place, the places of what it needs, and of what needs it. */
  needs: number[][];
  feeds: number[][];
  byOrdinal: Map<number, number>;
}

/**
 * The tasks of the run, and after them what they needed that was complete before it: these have ordinals
 * below 0, and no attempts.
 */
export function withComplete(run: Pick<RunDetail, "tasks" | "complete_before">): RunTask[] {
  if (run.complete_before.length === 0) return run.tasks;
  const ordinalOf = (place: number) => -1 - place;
  const before = run.complete_before.map((id, place): RunTask => ({
    id, ordinal: ordinalOf(place), name: id.split("(", 1)[0]!, params: {}, requires: [], requires_complete: [],
    more_complete: 0, state: "complete", why: "", error: "", attempts: [],
  }));
  const tasks = run.tasks.map((task) =>
    task.requires_complete.length === 0
      ? task
      : { ...task, requires: [...task.requires, ...task.requires_complete.map(ordinalOf)] },
  );
  return [...tasks, ...before];
}

/** It is no task of the run: it was complete before. */
export const isBefore = (task: RunTask): boolean => task.ordinal < 0;

export function graphOf(tasks: RunTask[]): RunGraph {
  const byOrdinal = new Map(tasks.map((task, place) => [task.ordinal, place]));
  const feeds: number[][] = tasks.map(() => []);
  const needs = tasks.map((task, place) => {
    const found: number[] = [];
    for (const ordinal of task.requires) {
      const at = byOrdinal.get(ordinal);
      if (at === undefined || at === place) continue;
      found.push(at);
      feeds[at]!.push(place);
    }
    return found;
  });
  return { tasks, needs, feeds, byOrdinal };
}

/** The same for the same tasks and edges, whatever their states are. */
export function shapeOf(tasks: RunTask[]): string {
  let hash = 2166136261;
  const mix = (value: number) => (hash = Math.imul(hash ^ value, 16777619));
  for (const task of tasks) {
    mix(task.ordinal);
    for (const ordinal of task.requires) mix(ordinal + 0x10000);
    mix(-1);
  }
  return `${tasks.length}:${hash >>> 0}`;
}

export const lastAttempt = (task: RunTask): Attempt | undefined => task.attempts.at(-1);

/** What a task that runs says of how far it is. */
export function saidBy(task: RunTask, said: SaidByAttempt): Said | undefined {
  const last = lastAttempt(task);
  return last && last.ended === null ? said.get(last.attempt_id) : undefined;
}

/** The part of an identity after the name, without its brackets. */
export function paramsText(task: RunTask): string {
  return task.id.startsWith(task.name + "(") ? task.id.slice(task.name.length + 1, -1) : "";
}

/** Seconds that its attempts took, up to `now` if one goes on. */
export function secondsOf(task: RunTask, now: number): number | undefined {
  if (task.attempts.length === 0) return undefined;
  let sum = 0;
  for (const one of task.attempts) {
    sum += ((one.ended ? Date.parse(one.ended) : now) - Date.parse(one.started)) / 1000;
  }
  return sum;
}

/** What a search and a state leave of the tasks, by their places; undefined: all of them. */
export function matching(tasks: RunTask[], wanted: string, state: string): Set<number> | undefined {
  const text = wanted.trim().toLowerCase();
  if (text === "" && state === "") return undefined;
  const found = new Set<number>();
  tasks.forEach((task, place) => {
    if (state !== "" && task.state !== state) return;
    if (text !== "" && !task.id.toLowerCase().includes(text) && !task.error.toLowerCase().includes(text)) return;
    found.add(place);
  });
  return found;
}

/** Where it stands that somebody asked for it: its place, if it is in the list. */
export function rootsOf(run: RunDetail): RunTask[] {
  return run.roots.flatMap((root) => run.tasks.filter((task) => task.id === root));
}
