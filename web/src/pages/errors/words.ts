const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

const en = {
  filter: "Task, message, file or value…",
  state: "State",
  states: { open: "open", regressed: "regressed", resolved: "resolved" },
  about: {
    open: "some of its tasks have not succeeded since",
    regressed: "it was resolved, and came back",
    resolved: "all of its tasks have succeeded since",
  },
  notResolved: "Not resolved",
  any: "All",
  none: "No task has failed",
  noneHow: "Failures are gathered here by task, line and shape of message.",
  noneFound: "No error is like that",
  allResolved: "No error is open",
  times: (count: number) => plural(count, "time", "times"),
  last: "last",
  first: "first",
  of: (open: number, all: number) => `${open} of ${plural(all, "task", "tasks")} open`,
  example: "What it said last",
  tasks: "Tasks",
  open: "open",
  resolved: "resolved",
  again: "Run again",
  elsewhere: "no line of a script",
  moreTasks: (count: number) => `${plural(count, "more task", "more tasks")}`,
};

const zh: typeof en = {
  filter: "任务、消息、文件或取值…",
  state: "状态",
  states: { open: "未解决", regressed: "复发", resolved: "已解决" },
  about: {
    open: "部分任务此后尚未成功",
    regressed: "曾经解决，后又出现",
    resolved: "所有任务此后均已成功",
  },
  notResolved: "未解决与复发",
  any: "全部",
  none: "没有任务失败过",
  noneHow: "失败会按任务、代码行和消息形式归组显示在这里。",
  noneFound: "没有符合条件的错误",
  allResolved: "没有未解决的错误",
  times: (count) => `${count} 次`,
  last: "最近",
  first: "首次",
  of: (open, all) => `${all} 个任务中 ${open} 个未解决`,
  example: "最近一次的内容",
  tasks: "任务",
  open: "未解决",
  resolved: "已解决",
  again: "再次运行",
  elsewhere: "不在脚本行内",
  moreTasks: (count) => `还有 ${count} 个任务`,
};

export const words = { en, zh };
