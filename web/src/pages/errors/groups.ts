import type { ErrorGroup } from "../../api/types";

export type GroupState = ErrorGroup["state"];
export const GROUP_STATES: GroupState[] = ["open", "regressed", "resolved"];

export interface GroupFilter {
  /** "" is what is not resolved. */
  state: GroupState | "any" | "";
  text: string;
}

/** What asks for somebody first, then the newest. */
export function chosenGroups(groups: ErrorGroup[], { state, text }: GroupFilter): ErrorGroup[] {
  const wanted = text.trim().toLowerCase();
  const fits = (group: ErrorGroup) =>
    (state === "any" || (state === "" ? group.state !== "resolved" : group.state === state)) &&
    (wanted === "" || textsOf(group).some((one) => one.toLowerCase().includes(wanted)));
  const rank = (group: ErrorGroup) => (group.state === "resolved" ? 1 : 0);
  return groups.filter(fits).sort((a, b) => rank(a) - rank(b) || Date.parse(b.last) - Date.parse(a.last));
}

function textsOf(group: ErrorGroup): string[] {
  return [group.task, group.message, group.place ?? "", group.example.error, ...group.tasks.map((one) => one.id)];
}

/** The values that its tasks were run with: "date=2015-09-18, 2015-09-19", what is open before the rest. */
export function valuesOf(group: ErrorGroup, most: number): { text: string; more: number } {
  const open = group.tasks.filter((one) => !one.resolved);
  const tasks = open.length > 0 ? open : group.tasks;
  const names = Object.keys(tasks[0]?.params ?? {});
  if (names.length === 0) return { text: "", more: 0 };
  const shown = tasks.slice(0, most).map(({ params }) => (names.length === 1 ? params[names[0]!] : pairs(params)));
  const text = (names.length === 1 ? `${names[0]}=` : "") + shown.join(", ");
  return { text, more: Math.max(0, tasks.length - most) };
}

function pairs(params: Record<string, string>): string {
  return Object.entries(params).map(([name, value]) => `${name}=${value}`).join(" ");
}
