// One colour and one shape for each state, the same wherever a state is shown: in a table, graph,
// Gantt, calendar and in the tab.

import type { RunState, TaskState } from "../api/types";

export type State = TaskState | RunState;

export const STATES = [
  "failed", "upstream_failed", "blocked", "lost", "cancelled", "retrying", "running", "ready",
  "waiting", "pending", "done", "complete", "skipped",
] as const satisfies readonly State[];

/** In a square of 16 by 16: what is filled, and what is drawn as a line of 1.75. */
export interface Shape {
  fill?: string;
  line?: string;
}

const CIRCLE = "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z";
const DIAMOND = "M8 1 15 8 8 15 1 8Z";

export const SHAPES: Record<State, Shape> = {
  done: { line: "M2.5 8.5 6.3 12.3 13.5 4.2" },
  complete: { line: "M2 9 4.8 11.8 10 5.2M8 11 8.8 11.8 14 5.2" },
  skipped: { line: "M3 4 7.5 8 3 12M8.5 4 13 8 8.5 12" },
  running: { fill: "M4 2 14 8 4 14Z" },
  retrying: { line: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9L13.6 5.8M13.8 2v4h-4" },
  ready: { line: "M4.5 2.8 13 8 4.5 13.2Z" },
  waiting: { line: "M3.5 2h9M3.5 14h9M4.5 2c0 4 7 8 7 12M11.5 2c0 4-7 8-7 12" },
  pending: { line: CIRCLE },
  failed: { fill: "M3 .9 8 5.9 13 .9 15.1 3 10.1 8 15.1 13 13 15.1 8 10.1 3 15.1 .9 13 5.9 8 .9 3Z" },
  upstream_failed: { line: "M8 1.8 14.2 8 8 14.2 1.8 8ZM5.8 5.8l4.4 4.4M10.2 5.8 5.8 10.2" },
  blocked: { fill: "M3 2h3.5v12H3ZM9.5 2H13v12H9.5Z" },
  cancelled: { line: `${CIRCLE}M3.5 12.5l9-9` },
  lost: { line: `${DIAMOND}M6.3 6.4a1.8 1.8 0 1 1 2.4 1.8c-.5.2-.7.5-.7 1M8 11v.4` },
};

/** Worse ones first. */
const BADNESS = new Map<State, number>(STATES.map((state, place) => [state, place]));

export function worst(states: Iterable<State>): State | undefined {
  let found: State | undefined;
  for (const state of states) {
    if (found === undefined || BADNESS.get(state)! < BADNESS.get(found)!) found = state;
  }
  return found;
}

export function hasEnded(state: State): boolean {
  return !["pending", "waiting", "ready", "running", "retrying"].includes(state);
}

export function isBad(state: State): boolean {
  return ["failed", "upstream_failed", "blocked", "lost"].includes(state);
}

/** The custom property of CSS that holds its colour. */
export const colourOf = (state: State): string => `--state-${state.replace("_", "-")}`;
