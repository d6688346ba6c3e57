// What the timeline shows: one row for each schedule, and for each task that was asked for by hand.

import type { ForecastRun, Run, Schedule } from "../../api/types";
import type { Facts } from "../../night/judge";
import { isBad, type State } from "../../states/states";
import { taskName } from "../../ui/names";
import { civil } from "../../ui/time";

const MINUTE_MS = 60_000;
/** Firings of which nothing comes, as `overlap` says. */
const DROPPED = ["skipped", "cancelled"];

export interface Span {
  from: number;
  to: number;
}

export interface Bar extends Span {
  key: string;
  kind: "past" | "running" | "coming";
  state: State | undefined;
  /** When it is expected to end, if it runs. */
  likely: number | undefined;
  sla: number | undefined;
  atRisk: boolean;
  run: number | undefined;
  /** What the run was asked for. */
  roots: string[];
}

export interface Row {
  name: string;
  schedule: string | undefined;
  bars: Bar[];
}

/** Evenly around now; it begins at a round time, so that the hours stand still and now moves. */
export function spanAround(now: number, hours: number): Span {
  const unit = hours * 5 * MINUTE_MS;
  const middle = Math.floor(now / unit) * unit;
  return { from: middle - hours * 60 * MINUTE_MS, to: middle + unit + hours * 60 * MINUTE_MS };
}

export function rowsOf(facts: Facts, span: Span): Row[] {
  const schedules = facts.schedules ?? [];
  const scheduleOf = new Map<number, Schedule>();
  for (const one of schedules) {
    for (const run of one.running) scheduleOf.set(run, one);
    if (one.last?.run) scheduleOf.set(one.last.run, one);
  }
  const byName = new Map(schedules.map((one) => [one.name, one]));
  const forecast = new Map<number, ForecastRun>();
  const rows = new Map<string, Row>();
  const add = (name: string, schedule: string | undefined, bar: Bar) => {
    if (Math.max(bar.to, bar.likely ?? 0) < span.from || bar.from > span.to) return;
    const key = schedule ? `schedule ${schedule}` : name;
    const row = rows.get(key) ?? { name: schedule ?? name, schedule, bars: [] };
    row.bars.push(bar);
    rows.set(key, row);
  };
  for (const one of facts.forecast?.runs ?? []) {
    if (one.run !== null) forecast.set(one.run, one);
    else if (!DROPPED.includes(one.fate)) add(one.name, one.name, coming(one));
  }
  // What is run again by hand belongs to the schedule that asked for it first.
  const byRoots = new Map<string, Schedule>();
  const runs = [...(facts.runs ?? [])].sort((a, b) => a.run - b.run);
  for (const run of runs) {
    const roots = run.roots.join(" ");
    const schedule = byName.get(run.cause ?? "") ?? scheduleOf.get(run.run) ?? byRoots.get(roots);
    if (schedule) byRoots.set(roots, schedule);
    const names = [...new Set(run.roots.map(taskName))].join(" ");
    add(names, schedule?.name, began(run, forecast.get(run.run), schedule, facts.now));
  }
  return [...rows.values()].sort((a, b) => rank(a) - rank(b) || first(a, facts.now) - first(b, facts.now));
}

function coming(one: ForecastRun): Bar {
  const from = Date.parse(one.start ?? one.at);
  return {
    key: `${one.name} ${one.at}`, kind: "coming", state: undefined, from,
    to: Math.max(from, Date.parse(one.finish ?? one.at)), likely: undefined,
    sla: instant(one.sla), atRisk: one.at_risk, run: undefined, roots: [],
  };
}

function began(run: Run, ahead: ForecastRun | undefined, schedule: Schedule | undefined, now: number): Bar {
  const firing = schedule?.last?.run === run.run ? schedule.last : undefined;
  const runs = run.ended === null;
  const from = Date.parse(run.started);
  return {
    key: `run ${run.run}`, kind: runs ? "running" : "past", state: run.state, from,
    to: Math.max(from, run.ended === null ? now : Date.parse(run.ended)), likely: runs ? instant(ahead?.finish) : undefined,
    sla: instant(ahead?.sla ?? firing?.sla),
    atRisk: ahead?.at_risk ?? (firing?.sla_missed === true && run.state !== "done"), run: run.run,
    roots: run.roots,
  };
}

const instant = (at: string | null | undefined) => (at ? Date.parse(at) : undefined);

/** What asks for attention comes first, then what runs, what comes, what was. */
function rank(row: Row): number {
  if (row.bars.some((bar) => bar.atRisk)) return 0;
  if (row.bars.some((bar) => bar.state && isBad(bar.state))) return 1;
  if (row.bars.some((bar) => bar.kind === "running")) return 2;
  return row.bars.some((bar) => bar.kind === "coming") ? 3 : 4;
}

/** The nearest to come; of what is over, the newest. */
function first(row: Row, now: number): number {
  const ahead = row.bars.filter((bar) => bar.kind === "coming").map((bar) => bar.from);
  if (ahead.length > 0) return Math.min(...ahead);
  return now - Math.max(...row.bars.map((bar) => bar.from));
}

export interface Tick {
  at: number;
  text: string;
  /** A new day begins. */
  day: boolean;
}

/** Round times of a zone, whatever its offset and its jumps. */
export function ticksOf(span: Span, zone: string): Tick[] {
  const quarter = 15 * MINUTE_MS;
  const hours = (span.to - span.from) / (60 * MINUTE_MS);
  const step = hours <= 3 ? 15 : hours <= 7 ? 30 : hours <= 14 ? 60 : 120;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(span.from / quarter) * quarter; at <= span.to; at += quarter) {
    const { date, time } = civil(at, zone);
    const [hour, minute] = time.split(":").map(Number) as [number, number];
    if ((hour * 60 + minute) % step !== 0) continue;
    const day = hour === 0 && minute === 0;
    ticks.push({ at, text: day ? date.slice(5) : time.slice(0, 5), day });
  }
  return ticks;
}

export const percent = (at: number, span: Span) => (100 * (at - span.from)) / (span.to - span.from);
