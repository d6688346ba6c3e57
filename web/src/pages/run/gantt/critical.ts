// What made a run last as long as it did.

import type { State } from "../../../states/states";
import { durationText } from "../../../ui/time";
import type { RunGraph } from "../model";

export interface Bar {
  place: number;
  /** Which of the task's attempts. */
  attempt: number;
  attemptId: number;
  state: State;
  /** Milliseconds since the epoch; `ready` is when nothing kept it but its turn. */
  ready: number;
  start: number;
  /** `now` while it goes on. */
  end: number;
  open: boolean;
}

/** When the last attempt of each task ended; `now` while it goes on, undefined without one. */
function endsOf(graph: RunGraph, now: number): (number | undefined)[] {
  return graph.tasks.map((task) => {
    const last = task.attempts.at(-1);
    return last && (last.ended ? Date.parse(last.ended) : now);
  });
}

/**
 * From the task that ended last back through the requirement that ended last: places, the first to
 * run first.
 */
export function criticalPath(graph: RunGraph, now: number): number[] {
  const ends = endsOf(graph, now);
  const latest = (places: Iterable<number>) => {
    let found: number | undefined;
    for (const place of places) {
      if (ends[place] === undefined) continue;
      if (found === undefined || ends[place]! > ends[found]!) found = place;
    }
    return found;
  };
  const path: number[] = [];
  const seen = new Set<number>();
  let at = latest(graph.tasks.keys());
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    path.unshift(at);
    at = latest(graph.needs[at]!);
  }
  return path;
}

/** A bar for each attempt, in order of start. */
export function barsOf(graph: RunGraph, runStarted: number, now: number): Bar[] {
  const ends = endsOf(graph, now);
  const bars: Bar[] = [];
  graph.tasks.forEach((task, place) => {
    let ready = runStarted;
    for (const need of graph.needs[place]!) ready = Math.max(ready, ends[need] ?? ready);
    for (const one of task.attempts) {
      const start = Date.parse(one.started);
      const end = one.ended ? Date.parse(one.ended) : Math.max(now, start);
      bars.push({
        place,
        attempt: one.attempt,
        attemptId: one.attempt_id,
        state: one.state,
        ready: Math.min(ready, start),
        start,
        end,
        open: !one.ended,
      });
      ready = end; // what comes between two attempts is the wait for the next one
    }
  });
  return bars.sort((a, b) => a.start - b.start || a.place - b.place);
}

/** How long after the beginning a tick is, as precise as ticks that are `step` apart need it. */
export function tickText(ms: number, step: number): string {
  if (step >= 1000) return durationText(ms / 1000);
  if (ms < 1000) return `${Math.round(ms)}ms`;
  return `${(ms / 1000).toFixed(step >= 100 ? 1 : step >= 10 ? 2 : 3)}s`;
}

/** About `most` times that are easy to read, between two: seconds, minutes, hours since `origin`. */
export function ticks(from: number, to: number, origin: number, most: number): number[] {
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3,
    1800e3, 3600e3, 7200e3, 10800e3, 21600e3, 43200e3, 86400e3,
  ];
  const step = steps.find((one) => (to - from) / one <= most) ?? Math.ceil((to - from) / most / 86400e3) * 86400e3;
  const found: number[] = [];
  for (let at = Math.ceil((from - origin) / step) * step; at <= to - origin; at += step) found.push(origin + at);
  return found;
}
