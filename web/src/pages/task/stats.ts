// What past attempts say of a task.

import type { PastAttempt } from "../../api/types";
import { hasEnded } from "../../states/states";

/** Of sorted numbers, between the two nearest. */
export function quantile(sorted: readonly number[], part: number): number {
  if (sorted.length === 0) return NaN;
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (place - below);
}

export interface Usual {
  low: number;
  middle: number;
  high: number;
  of: number;
}

/** What is usual: from a tenth to nine tenths. Too few say nothing. */
export const LEAST = 5;

export function usualOf(values: readonly number[]): Usual | undefined {
  if (values.length < LEAST) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return { low: quantile(sorted, 0.1), middle: quantile(sorted, 0.5), high: quantile(sorted, 0.9), of: sorted.length };
}

export interface Summary {
  ended: number;
  succeeded: number;
  durations: number[];
  lastSuccess: PastAttempt | undefined;
  running: PastAttempt[];
}

/** Of attempts, newest first. What somebody cancelled says nothing of success. */
export function summaryOf(attempts: readonly PastAttempt[]): Summary {
  const ended = attempts.filter((one) => one.ended !== null && one.state !== "cancelled");
  const succeeded = ended.filter((one) => one.state === "done");
  return {
    ended: ended.length,
    succeeded: succeeded.length,
    durations: succeeded.map((one) => one.seconds),
    lastSuccess: succeeded[0],
    running: attempts.filter((one) => one.ended === null && !hasEnded(one.state)),
  };
}

export interface Point {
  attempt: PastAttempt;
  value: number;
  failed: boolean;
}

export interface Series {
  /** Empty: the duration. */
  name: string;
  points: Point[];
  usual: Usual | undefined;
}

function seriesOf(name: string, points: Point[]): Series {
  return { name, points, usual: usualOf(points.filter((one) => !one.failed).map((one) => one.value)) };
}

/** Durations, and each emitted number, oldest first. */
export function allSeries(attempts: readonly PastAttempt[]): Series[] {
  const begun = (one: PastAttempt) => Date.parse(one.started);
  const ended = attempts
    .filter((one) => one.ended !== null)
    .sort((a, b) => begun(a) - begun(b) || a.attempt_id - b.attempt_id);
  const failed = (one: PastAttempt) => one.state !== "done" && one.state !== "skipped";
  const series = [seriesOf("", ended.map((attempt) => ({ attempt, value: attempt.seconds, failed: failed(attempt) })))];
  const names = [...new Set(ended.flatMap((one) => Object.keys(one.emitted)))].sort();
  for (const name of names) {
    const points: Point[] = [];
    for (const attempt of ended) {
      const value = attempt.emitted[name];
      if (typeof value === "number") points.push({ attempt, value, failed: failed(attempt) });
    }
    if (points.length > 0) series.push(seriesOf(name, points));
  }
  return series;
}
