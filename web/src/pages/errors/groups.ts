import type { ErrorGroup } from "../../api/types";

export type GroupState = ErrorGroup["state"];
export const GROUP_STATES: GroupState[] = ["open", "regressed", "resolved"];

/** The values that its tasks were run with: "date=2015-09-18, 2015-09-19", of what is open if any is. */
export function valuesOf(group: ErrorGroup, most: number): { text: string; more: number } {
  const open = group.tasks.filter((one) => !one.resolved);
  const tasks = open.length > 0 ? open : group.tasks;
  const all = open.length > 0 ? group.open_count : group.task_count;
  const names = Object.keys(tasks[0]?.params ?? {});
  if (names.length === 0) return { text: "", more: 0 };
  const shown = tasks.slice(0, most).map(({ params }) => (names.length === 1 ? params[names[0]!] : pairs(params)));
  const text = (names.length === 1 ? `${names[0]}=` : "") + shown.join(", ");
  return { text, more: Math.max(0, all - Math.min(tasks.length, most)) };
}

function pairs(params: Record<string, string>): string {
  return Object.entries(params).map(([name, value]) => `${name}=${value}`).join(" ");
}
