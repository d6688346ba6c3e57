const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
const counted = (count: number, one: string, many: string, orMore: boolean) =>
  orMore ? `${count}+ ${many}` : plural(count, one, many);
const listed = (locale: string, parts: string[]) => new Intl.ListFormat(locale, { type: "conjunction" }).format(parts);

/** How much there is of what is not well. */
export interface Troubles {
  failed: number;
  /** There are at least so many failures. */
  orMore: boolean;
  late: number;
  lateTasks: number;
  atRisk: number;
  scripts: number;
  space: number;
  warnings: number;
}

const en = {
  verdict: {
    good: "All is well.",
    unknown: "Not everything is known yet.",
    troubles: (all: Troubles) => {
      const parts = [
        all.failed && `${counted(all.failed, "failure is", "failures are", all.orMore)} not made good`,
        all.late && `${plural(all.late, "schedule is", "schedules are")} late`,
        all.lateTasks && `${plural(all.lateTasks, "task is", "tasks are")} late`,
        all.atRisk && `${plural(all.atRisk, "schedule is", "schedules are")} at risk`,
        all.scripts && `${plural(all.scripts, "script does", "scripts do")} not load`,
        all.space && "work waits for disk space",
        all.warnings && plural(all.warnings, "warning of the daemon", "warnings of the daemon"),
      ].filter((part): part is string => Boolean(part));
      const text = listed("en", parts);
      return text.charAt(0).toUpperCase() + text.slice(1) + ".";
    },
    runs: (ended: number, orMore: boolean) => `${counted(ended, "run", "runs", orMore)} ended in 24 hours`,
    running: (count: number) => `${plural(count, "task runs", "tasks run")} now`,
    older: (count: number) => `${plural(count, "older error is", "older errors are")} still open`,
  },
  failed: "Failed, and not made good",
  noneFailed: "Nothing that failed in the last 24 hours is left.",
  inHand: (run: number) => `run ${run} does it again`,
  retry: (run: number) => `Retry run ${run}`,
  whole: "The run did not reach what it was asked for.",
  firing: "started nothing",
  risks: "Late or at risk",
  noneAtRisk: "Each SLA of the coming hours holds.",
  late: "late",
  atRisk: "at risk",
  due: (time: string) => `SLA ${time}`,
  ends: "ends",
  slack: (time: string) => `slack ${time}`,
  over: (time: string) => `${time} over`,
  stillRuns: "still runs",
  notDone: "is not done",
  moreOfIt: (count: number) => `and ${plural(count, "later one", "later ones")}`,
  heldBy: "waits for",
  fate: {
    ends: "", skipped: "would be skipped", cancelled: "would be cancelled", blocked: "would be blocked",
    refused: "cannot be planned", never: "would never end",
  },
  running: "Runs now",
  nothingRuns: "Nothing runs.",
  usually: (time: string) => `usually ${time}`,
  waitReady: (count: number) => `${plural(count, "task is ready and waits", "tasks are ready and wait")} for room`,
  paused: "waits for what it asked for",
  next: "Comes next",
  nothingNext: "No schedule will fire.",
  inTime: (time: string) => `in ${time}`,
  moreRows: (count: number) => `${count} more`,
  timeline: "The night",
  span: "Hours before and after now",
  hours: (count: number) => `± ${count} h`,
  now: "now",
  noBars: "Nothing ran and nothing will in these hours.",
  legend: { ran: "ran", failed: "failed", running: "runs", coming: "expected", sla: "SLA" },
  cut: "There are more firings than the forecast looks at.",
  bar: (kind: "past" | "running" | "coming", state: string, from: string, to: string) =>
    kind === "coming" ? `expected ${from} to ${to}` : kind === "running" ? `runs since ${from}, expected to ${to}` : `${state}, ${from} to ${to}`,
  missing: "Part of this could not be asked for",
  scripts: "Scripts that do not load",
  space: "Disk space",
  warnings: "The daemon warns",
};

const zh: typeof en = {
  verdict: {
    good: "一切正常。",
    unknown: "尚有部分情况未知。",
    troubles: (all) =>
      listed("zh-CN", [
        all.failed && `${all.failed}${all.orMore ? "+" : ""} 项失败尚未补救`,
        all.late && `${all.late} 个调度已超时`,
        all.lateTasks && `${all.lateTasks} 个任务已超时`,
        all.atRisk && `${all.atRisk} 个调度有超时风险`,
        all.scripts && `${all.scripts} 个脚本无法加载`,
        all.space && "磁盘空间不足，有工作在等待",
        all.warnings && `守护进程有 ${all.warnings} 条警告`,
      ].filter((part): part is string => Boolean(part))) + "。",
    runs: (ended, orMore) => `24 小时内结束 ${ended}${orMore ? "+" : ""} 次运行`,
    running: (count) => `当前 ${count} 个任务在运行`,
    older: (count) => `另有 ${count} 个更早的错误未解决`,
  },
  failed: "失败且尚未补救",
  noneFailed: "最近 24 小时内没有遗留的失败。",
  inHand: (run) => `运行 ${run} 正在重做`,
  retry: (run) => `重试运行 ${run}`,
  whole: "该运行没有完成所要求的目标。",
  firing: "未能启动任何运行",
  risks: "超时或有风险",
  noneAtRisk: "未来数小时的 SLA 均可达成。",
  late: "已超时",
  atRisk: "有风险",
  due: (time) => `SLA ${time}`,
  ends: "预计结束于",
  slack: (time) => `余量 ${time}`,
  over: (time) => `超出 ${time}`,
  stillRuns: "仍在运行",
  notDone: "尚未完成",
  moreOfIt: (count) => `以及之后 ${count} 次`,
  heldBy: "等待",
  fate: {
    ends: "", skipped: "将被跳过", cancelled: "将被取消", blocked: "将受阻", refused: "无法规划", never: "将无法结束",
  },
  running: "正在运行",
  nothingRuns: "当前没有任务在运行。",
  usually: (time) => `通常 ${time}`,
  waitReady: (count) => `${count} 个就绪任务在等待资源`,
  paused: "正在等待其请求的任务",
  next: "即将开始",
  nothingNext: "没有将要触发的调度。",
  inTime: (time) => `${time}后`,
  moreRows: (count) => `还有 ${count} 项`,
  timeline: "今夜时间线",
  span: "当前时间前后的小时数",
  hours: (count) => `± ${count} 小时`,
  now: "现在",
  noBars: "这段时间内没有运行，也没有计划。",
  legend: { ran: "已运行", failed: "失败", running: "运行中", coming: "预计", sla: "SLA" },
  cut: "触发次数超出了预测的范围。",
  bar: (kind, state, from, to) =>
    kind === "coming" ? `预计 ${from} 至 ${to}` : kind === "running" ? `自 ${from} 运行，预计至 ${to}` : `${state}，${from} 至 ${to}`,
  missing: "部分内容无法获取",
  scripts: "无法加载的脚本",
  space: "磁盘空间",
  warnings: "守护进程警告",
};

export const words = { en, zh };
export type TonightWords = typeof en;
