import type { Action } from "../../api/actions";

type Verb = "pause" | "resume" | "trigger";

export function scheduleAction(verb: Verb, schedule: string, label: string, confirm?: string): Action {
  return {
    label,
    call: { method: "POST", path: `schedules/${encodeURIComponent(schedule)}/${verb}`, body: {} },
    command: ["moondial", verb, schedule],
    role: "operator",
    ...(confirm ? { confirm } : {}),
  };
}
