// Which part of the time is in sight; milliseconds since the epoch.

import type { Bar } from "./critical";

export interface Span {
  from: number;
  to: number;
}

const LEAST = 5;

export function spanOf(bars: readonly Bar[], begin: number, now: number): Span {
  let to = Math.max(begin + LEAST, bars.length === 0 ? now : 0);
  for (const bar of bars) to = Math.max(to, bar.end);
  return { from: begin, to: to + 0.02 * (to - begin) };
}

export function clamped(span: Span, whole: Span): Span {
  const long = Math.min(Math.max(LEAST, span.to - span.from), whole.to - whole.from);
  const from = Math.min(Math.max(span.from, whole.from), whole.to - long);
  return { from, to: from + long };
}

/** `at` is the part of the span that stays where it is. */
export function zoomedSpan(span: Span, whole: Span, factor: number, at: number): Span {
  const long = (span.to - span.from) / factor;
  const fixed = span.from + at * (span.to - span.from);
  return clamped({ from: fixed - at * long, to: fixed + (1 - at) * long }, whole);
}

export function moved(span: Span, whole: Span, part: number): Span {
  const by = part * (span.to - span.from);
  return clamped({ from: span.from + by, to: span.to + by }, whole);
}
