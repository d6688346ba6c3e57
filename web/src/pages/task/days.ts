// What is known of the dates of a task.

import type { Counts, TaskDates } from "../../api/types";
import { type State, worst } from "../../states/states";
import { numberOf, type UnitKind } from "../../ui/units";

export interface Day {
  counts: Counts;
  /** The newest one that it had a part in. */
  run: number | null;
}

export function daysOf(kind: UnitKind, dates: TaskDates["dates"]): Map<number, Day> {
  const days = new Map<number, Day>();
  for (const one of dates) {
    const number = numberOf(kind, one.value);
    if (number !== undefined) days.set(number, { counts: one.counts, run: one.run });
  }
  return days;
}

/** The worst of what its tasks came to. */
export const stateOf = (day: Day): State => worst(Object.keys(day.counts) as State[]) ?? "pending";

/** Those without a success, of any of their tasks. */
export function countMissing(days: Map<number, Day>, first: number, last: number): number {
  let good = 0;
  for (const [number, day] of days) {
    if (number >= first && number <= last && ["done", "complete", "skipped"].includes(stateOf(day))) ++good;
  }
  return last - first + 1 - good;
}

