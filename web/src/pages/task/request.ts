// What a form about a task asks for, as calls of the API and as commands.

import type { Action } from "../../api/actions";
import type { Task } from "../../api/types";

export type Force = "none" | "roots" | "all" | "downstream";

export interface Wanted {
  task: Task;
  /** As typed; what is empty is left to its default. */
  values: Record<string, string>;
  force: Force;
  /** Of a backfill: the parameter whose text is an interval. */
  range?: string | undefined;
  /** The last one of an interval first. */
  reverse?: boolean | undefined;
}

/** What a backfill has from the command line, too: it gives way to all others. */
const BACKFILL_PRIORITY = -100;

function given(wanted: Wanted): Record<string, string> {
  const names = wanted.task.params.map((param) => param.name);
  return Object.fromEntries(names.flatMap((name) => (wanted.values[name] ? [[name, wanted.values[name]]] : [])));
}

function words(wanted: Wanted, verb: string): string[] {
  return ["moondial", verb, wanted.task.name, ...Object.entries(given(wanted)).map(([name, value]) => `${name}=${value}`)];
}

function flags(wanted: Wanted): string[] {
  const flags: Record<Force, string[]> = { none: [], roots: ["--force"], all: ["--force-all"], downstream: ["--downstream"] };
  return [...flags[wanted.force], ...(wanted.range && wanted.reverse ? ["--reverse"] : [])];
}

const verb = (wanted: Wanted) => (wanted.range ? "backfill" : wanted.force === "downstream" ? "redo" : "run");

function body(wanted: Wanted) {
  return {
    task: wanted.task.name,
    params: given(wanted),
    force: wanted.force,
    ...(wanted.range ? { range: wanted.range, reverse: wanted.reverse ?? false } : {}),
  };
}

/** Values that are not to be seen, in commands neither. */
function secrets(wanted: Wanted): string[] {
  const params = wanted.task.params.filter((param) => param.secret);
  return params.map((param) => wanted.values[param.name] ?? "").filter(Boolean);
}

export function missing(wanted: Wanted): string[] {
  return wanted.task.params.filter((param) => param.required && !wanted.values[param.name]).map((param) => param.name);
}

export function planAction(wanted: Wanted, label: string): Action {
  return {
    label,
    call: { method: "POST", path: "plan", body: body(wanted) },
    command: [...words(wanted, verb(wanted)), ...flags(wanted), "--dry-run"],
    role: "viewer",
    secrets: secrets(wanted),
  };
}

/** `unseen`: what is asked before something larger is done whose plan nobody has looked at. */
export function runAction(wanted: Wanted, label: string, unseen: string | undefined): Action {
  const isLarge = wanted.range !== undefined || wanted.force !== "none";
  const more = wanted.range ? { kind: "backfill", priority: BACKFILL_PRIORITY } : {};
  return {
    label,
    call: { method: "POST", path: "runs", body: { ...body(wanted), ...more } },
    command: [...words(wanted, verb(wanted)), ...flags(wanted)],
    role: "operator",
    ...(unseen && isLarge ? { confirm: unseen } : {}),
    secrets: secrets(wanted),
  };
}

export function markAction(wanted: Wanted, label: string, confirm: string): Action {
  return {
    label,
    call: { method: "POST", path: "marks", body: { task: wanted.task.name, params: given(wanted) } },
    command: words(wanted, "mark"),
    role: "operator",
    confirm,
    secrets: secrets(wanted),
  };
}
