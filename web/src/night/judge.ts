// Whether all is well: one rule, for the page Tonight and for the tab of the browser.

import type { ErrorGroup, FailedTask, Forecast, ForecastRun, MissedTask, Queue, Run, RunState, Schedule, Scripts } from "../api/types";
import { hasEnded } from "../states/states";

/** What is judged. A part that is not known (yet) is not there, and then nothing is called well. */
export interface Facts {
  now: number;
  runs?: Run[] | undefined;
  errors?: ErrorGroup[] | undefined;
  schedules?: Schedule[] | undefined;
  missed?: MissedTask[] | undefined;
  forecast?: Forecast | undefined;
  scripts?: Scripts | undefined;
  queue?: Queue | undefined;
  warnings?: string[] | undefined;
}

/** Something that failed and has not been made good since. */
export interface Failure {
  key: string;
  /** A task, a run as a whole, or a firing of a schedule that started nothing. */
  kind: "task" | "run" | "firing";
  name: string;
  state: RunState;
  /** Its first line; "" where only the run is known. */
  error: string;
  at: string;
  run?: number | undefined;
  attempt?: number | undefined;
  group?: string | undefined;
  /** Its run goes on: it cannot be retried yet. */
  open?: boolean | undefined;
  /** A newer run that has it in hand. */
  again?: number | undefined;
}

/** A schedule, or a task of its own deadline, that is not done in time. */
export interface Late {
  kind: "schedule" | "task";
  name: string;
  sla: string;
  run: number | null;
  running: boolean;
}

/** Of one name, the first of its coming runs that is at risk, and how many more are. */
export interface Risk {
  name: string;
  first: ForecastRun;
  more: number;
}

export type Tone = "good" | "warn" | "bad" | "unknown";

export interface Night {
  tone: Tone;
  failed: Failure[];
  late: Late[];
  atRisk: Risk[];
  /** Files that do not load. */
  scripts: string[];
  /** Why work is held back for want of room. */
  space: string[];
  warnings: string[];
  running: number;
  ended: number;
  /** Failures that are older than what is judged, and still open. */
  older: number;
  /** There are more runs, or more failures, than were asked for: their numbers are the least. */
  cut: { runs: boolean; failed: boolean };
}

export const MOST_RUNS = 500;
/** As GET errors bounds them; and so many tasks of each group are asked for, those that failed last. */
const MOST_GROUPS = 500;
export const MOST_TASKS = 100;

export const JUDGED_MS = 24 * 3_600_000;

export function judge(facts: Facts): Night {
  const since = facts.now - JUDGED_MS;
  const runs = [...(facts.runs ?? [])].sort((a, b) => b.run - a.run);
  const { failed, older } = failures(facts, runs, since);
  const groups = facts.errors ?? [];
  const night: Night = {
    tone: "unknown",
    failed,
    older,
    cut: { runs: runs.length >= MOST_RUNS, failed: groups.length >= MOST_GROUPS || groups.some((one) => one.tasks.length >= MOST_TASKS) },
    late: [...late(facts, runs, since), ...lateTasks(facts)],
    atRisk: risks(facts),
    scripts: filesThatDoNotLoad(facts.scripts),
    space: unique((facts.queue?.ready ?? []).flatMap((one) => one.space ?? [])),
    warnings: facts.warnings ?? [],
    running: facts.queue?.running.length ?? 0,
    ended: runs.filter((run) => run.ended !== null).length,
  };
  night.tone = toneOf(night, facts);
  return night;
}

function toneOf(night: Night, facts: Facts): Tone {
  if (night.failed.length + night.late.length + night.space.length > 0) return "bad";
  if (night.atRisk.length + night.scripts.length + night.warnings.length > 0) return "warn";
  const { runs, errors, schedules, missed, forecast, scripts, queue, warnings } = facts;
  const all = [runs, errors, schedules, missed, forecast, scripts, queue, warnings];
  return all.every((part) => part !== undefined) ? "good" : "unknown";
}

function failures(facts: Facts, runs: Run[], since: number): { failed: Failure[]; older: number } {
  const failed: Failure[] = [];
  let older = 0;
  for (const group of facts.errors ?? []) {
    const open = group.tasks.filter((task) => !task.resolved);
    const recent = open.filter((task) => Date.parse(task.last) >= since);
    for (const task of recent) if (!isTriedNow(facts, runs, task)) failed.push(taskFailure(group, task, runs));
    // Where more failed than are listed, nobody knows how many of the others are as old.
    if (group.tasks.length < MOST_TASKS) older += group.open_count - recent.length;
  }
  failed.push(...firingFailures(facts, since));
  const told = new Set(failed.map((one) => one.run));
  const names = new Set(failed.map((one) => one.name));
  for (const one of runFailures(runs, since)) {
    if (!told.has(one.run) && !one.roots.every((root) => names.has(root))) failed.push(one.failure);
  }
  failed.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return { failed: newestOfEach(failed), older };
}

/** An attempt failed, but the task has others to come: nothing has failed for good. */
function isTriedNow(facts: Facts, runs: Run[], task: FailedTask): boolean {
  const run = runs.find((one) => one.run === task.run);
  if (run?.state !== "running") return false;
  return (run.counts.failed ?? 0) === 0 || (facts.queue?.running ?? []).some((one) => one.id === task.id);
}

function taskFailure(group: ErrorGroup, task: FailedTask, runs: Run[]): Failure {
  const run = runs.find((one) => one.run === task.run);
  const roots = run?.roots ?? [task.id];
  return {
    key: task.id,
    kind: "task",
    name: task.id,
    state: "failed",
    error: firstLine(task.id === group.example.task ? group.example.error : group.message),
    at: task.last,
    run: task.run,
    attempt: task.attempt_id,
    group: group.id,
    open: run?.state === "running",
    again: runs.find((one) => one.state === "running" && one.run > task.run && sharesRoot(one, roots))?.run,
  };
}

/** The newest run of each root, if that went wrong. */
function runFailures(runs: Run[], since: number): { failure: Failure; run: number; roots: string[] }[] {
  const found: { failure: Failure; run: number; roots: string[] }[] = [];
  const seen = new Set<string>();
  const again = new Map<string, number>();
  for (const run of runs) {
    if (run.state === "running") for (const root of run.roots) again.set(root, run.run);
    if (run.state === "running" || run.state === "cancelled") continue;
    const fresh = run.roots.filter((root) => !seen.has(root));
    for (const root of fresh) seen.add(root);
    if (run.state === "done" || fresh.length === 0) continue;
    const at = run.ended ?? run.started;
    if (Date.parse(at) < since) continue;
    const failure: Failure = {
      key: `run ${run.run}`, kind: "run", name: run.roots.join(" "), state: run.state, error: "", at,
      run: run.run, again: again.get(fresh[0]!),
    };
    found.push({ failure, run: run.run, roots: fresh });
  }
  return found;
}

function firingFailures(facts: Facts, since: number): Failure[] {
  return (facts.schedules ?? []).flatMap((schedule): Failure[] => {
    const { last, name } = schedule;
    if (last?.state !== "failed" || Date.parse(last.at) < since) return [];
    return [{ key: `firing ${name}`, kind: "firing", name, state: "failed", error: firstLine(last.note), at: last.at }];
  });
}

function late(facts: Facts, runs: Run[], since: number): Late[] {
  return (facts.schedules ?? []).flatMap(({ last, name }): Late[] => {
    if (!last?.sla || last.run_state === "done") return [];
    const passed = last.sla_missed === true || Date.parse(last.sla) < facts.now;
    const running = last.run_state === "running";
    if (!passed || last.state === "dropped" || (!running && Date.parse(last.at) < since)) return [];
    const run = runs.find((one) => one.run === last.run);
    const isMadeGood = run && run.roots.every((root) =>
      runs.some((one) => one.run > run.run && one.state === "done" && one.roots.includes(root)));
    return isMadeGood ? [] : [{ kind: "schedule", name, sla: last.sla, run: last.run, running }];
  });
}

/** The newest of each: an older run that missed it as well says nothing more. */
function lateTasks(facts: Facts): Late[] {
  const found = new Map<string, Late>();
  for (const one of facts.missed ?? []) {
    const running = !hasEnded(one.state);
    if (!found.has(one.task)) found.set(one.task, { kind: "task", name: one.task, sla: one.sla, run: one.run, running });
  }
  return [...found.values()];
}

/** Whether it has an SLA or not; what waits for something external alone is where it should be. */
const GOES_WRONG = ["refused", "never"];

function risks(facts: Facts): Risk[] {
  const found = new Map<string, Risk>();
  for (const run of facts.forecast?.runs ?? []) {
    if (!run.at_risk && !GOES_WRONG.includes(run.fate)) continue;
    const schedule = (facts.schedules ?? []).find((one) => run.run !== null && one.running.includes(run.run));
    const name = schedule?.name ?? run.name;
    const known = found.get(name);
    if (known) ++known.more;
    else found.set(name, { name, first: run, more: 0 });
  }
  return [...found.values()];
}

function filesThatDoNotLoad(scripts: Scripts | undefined): string[] {
  if (!scripts) return [];
  const failed = scripts.files.filter((one) => one.state === "failed").map((one) => one.file);
  return unique([...failed, ...scripts.errors.map((one) => one.file ?? one.message)]);
}

export function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

function sharesRoot(run: Run, roots: string[]): boolean {
  return run.roots.some((root) => roots.includes(root));
}

function newestOfEach(failures: Failure[]): Failure[] {
  const seen = new Set<string>();
  return failures.filter((one) => !seen.has(one.key) && seen.add(one.key));
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}
