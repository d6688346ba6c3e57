// What somebody can do here: each action is one call of the API, with the same thing as `curl` and
// as `moondial …`. The words of a shell are quoted here and nowhere else.

import { API, type Call } from "./client";

export interface Action {
  /** What the button says. */
  label: string;
  call: Call;
  /** The same in a terminal, as words: ["moondial", "cancel", "7"]. */
  command: string[];
  role: "viewer" | "operator" | "admin";
  /** What it would do, if that deserves a question before. */
  confirm?: string;
  /** Values of the call that are shown as `***`. */
  secrets?: string[];
}

export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const masked = (action: Action, text: string): string =>
  (action.secrets ?? []).reduce((so, secret) => so.replaceAll(secret, "***"), text);

export function asCommand(action: Action): string {
  return action.command.map((word) => shellWord(masked(action, word))).join(" ");
}

export function asCurl(action: Action): string {
  const { method, path, body } = action.call;
  const words = ["curl", "--unix-socket", ".moondial/engine.sock"];
  if (method !== "GET") {
    words.push("-X", method, "-H", "Content-Type: application/json", "-d", JSON.stringify(body ?? {}, (_, value) =>
      typeof value === "string" ? masked(action, value) : value));
  }
  words.push(`http://moondial${API}${path}`);
  return words.map(shellWord).join(" ");
}

/** Whether a role is enough for an action. */
export function isAllowed(role: string | undefined, action: Action): boolean {
  const order = ["none", "viewer", "operator", "admin", "owner"];
  return role === undefined || order.indexOf(role) >= order.indexOf(action.role);
}
