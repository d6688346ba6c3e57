// What the search box finds, in groups, the best first.

import type { ErrorGroup, Run, Schedule, Scripts, Task, Trigger } from "../api/types";
import { errorHref, runHref, scheduleHref, scriptHref, taskHref } from "../ui/names";

export type Kind = "runs" | "tasks" | "schedules" | "scripts" | "errors";

export interface Found {
  key: string;
  text: string;
  note: string;
  href: string;
  /** 0 is best. */
  rank: number;
}

export interface Group {
  kind: Kind;
  found: Found[];
}

export interface Lists {
  tasks: Task[];
  schedules: Schedule[];
  triggers: Trigger[];
  scripts: Scripts | undefined;
  errors: ErrorGroup[];
  runs: Run[];
  /** Identities that somebody may mean, beside the roots of `runs`. */
  ids: string[];
}

const MOST_OF_KIND = 5;
const MISS = 9;

/** How well a text fits what is typed: the whole, its beginning, the beginning of a part, anywhere. */
export function rankOf(text: string, wanted: string): number {
  const low = text.toLowerCase();
  if (low === wanted) return 0;
  if (low.startsWith(wanted)) return 1;
  const at = low.indexOf(wanted);
  if (at > 0) return /[\w]/.test(low[at - 1]!) && !startsPart(low, wanted) ? 3 : 2;
  return wanted.includes(" ") && wanted.split(/\s+/).every((word) => low.includes(word)) ? 4 : MISS;
}

function startsPart(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (at > 0 && !/\w/.test(text[at - 1]!)) return true;
  }
  return false;
}

/** A name that fits, or else words about it. */
function rankWith(name: string, about: string[], wanted: string): number {
  const rank = rankOf(name, wanted);
  if (rank < MISS) return rank;
  return Math.min(MISS, ...about.map((one) => (rankOf(one, wanted) < MISS ? 5 : MISS)));
}

export function find(typed: string, lists: Lists, runText: (run: number) => string): Group[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return [];
  const group = (kind: Kind, found: Found[]): Group => ({
    kind,
    found: found.filter((one) => one.rank < MISS).sort((a, b) => a.rank - b.rank).slice(0, MOST_OF_KIND),
  });
  const groups = [
    group("runs", [...numberedRun(wanted, runText), ...identities(wanted, lists)]),
    group("tasks", lists.tasks.map(({ name, doc, tags }) => ({
      key: name, text: name, note: doc, href: taskHref(name), rank: rankWith(name, [doc, ...tags], wanted),
    }))),
    group("schedules", [
      ...lists.schedules.map(({ name, doc, meaning }) => ({
        key: name, text: name, note: doc || meaning, href: scheduleHref(name), rank: rankWith(name, [doc], wanted),
      })),
      ...lists.triggers.map(({ name, doc, subject }) => ({
        key: `on ${name}`, text: name, note: doc || subject, href: "/schedules", rank: rankWith(name, [doc, subject], wanted),
      })),
    ]),
    group("scripts", (lists.scripts?.files ?? []).map(({ file, tasks, schedules }) => ({
      key: file, text: file, note: [...tasks, ...schedules].slice(0, 4).join(" "), href: scriptHref(file),
      rank: rankOf(file, wanted),
    }))),
    group("errors", lists.errors.map((one) => ({
      key: one.id, text: one.message, note: [one.task, one.place].filter(Boolean).join(" · "), href: errorHref(one.id),
      rank: rankWith(one.message, [one.place ?? "", one.task], wanted),
    }))),
  ];
  return groups.filter((one) => one.found.length > 0).sort((a, b) => a.found[0]!.rank - b.found[0]!.rank);
}

function numberedRun(wanted: string, runText: (run: number) => string): Found[] {
  const number = /^(?:run\s*|#)?(\d+)$/.exec(wanted);
  if (!number) return [];
  const run = Number(number[1]);
  return [{ key: `run ${run}`, text: runText(run), note: "", href: runHref(run), rank: 0 }];
}

/** Parts of identities: the runs that had the task. A bare name is found as a task. */
function identities(wanted: string, { runs, ids }: Lists): Found[] {
  if (!/[(=\d]/.test(wanted)) return [];
  const all = new Set([...ids, ...runs.flatMap((run) => run.roots)].filter((id) => id.includes("(")));
  return [...all].map((id) => ({
    key: `with ${id}`, text: id, note: "", href: `/runs?task=${encodeURIComponent(id)}`, rank: rankOf(id, wanted),
  }));
}

/** The tasks that an identity which is being typed may be of: `Report(date=…` of sem.Report. */
export function namesTyped(typed: string, tasks: Task[], most: number): string[] {
  const name = /^\s*([^\s(]+)\(/.exec(typed)?.[1]?.toLowerCase();
  if (!name) return [];
  return tasks.map((one) => one.name).filter((one) => rankOf(one, name) < 3).sort((a, b) => rankOf(a, name) - rankOf(b, name)).slice(0, most);
}
