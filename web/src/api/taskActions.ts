// What can be done with one task, wherever it is shown.

import type { Action } from "./actions";

interface Task {
  name: string;
  params: Record<string, string>;
}

const asWords = ({ name, params }: Task) => [name, ...Object.entries(params).map(([key, value]) => `${key}=${value}`)];

/** Stops it in all runs that want it. */
export function cancelTask(task: Task, label: string, confirm: string): Action {
  return {
    label,
    call: { method: "POST", path: "cancels", body: { task: task.name, params: task.params } },
    command: ["moondial", "cancel", ...asWords(task)],
    role: "operator",
    confirm,
  };
}

/** Runs it, complete or not. */
export function runTaskAgain(task: Task, label: string): Action {
  return {
    label,
    call: { method: "POST", path: "runs", body: { task: task.name, params: task.params, force: "roots" } },
    command: ["moondial", "run", ...asWords(task), "--force"],
    role: "operator",
  };
}
