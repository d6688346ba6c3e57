const en = {
  run: "Run",
  state: "State",
  roots: "Asked for",
  kind: "Kind",
  started: "Started",
  took: "Took",
  tasks: "Tasks",
  anyState: "Any state",
  anyKind: "Any kind",
  withTask: "With the task…",
  none: "There has been no run yet",
  noneFound: "No run is like that",
  kinds: { run: "by hand", backfill: "backfill", retry: "retry", schedule: "schedule", trigger: "trigger" },
};

const zh: typeof en = {
  run: "运行",
  state: "状态",
  roots: "目标",
  kind: "类型",
  started: "开始",
  took: "用时",
  tasks: "任务",
  anyState: "所有状态",
  anyKind: "所有类型",
  withTask: "包含任务…",
  none: "还没有运行记录",
  noneFound: "没有符合条件的运行",
  kinds: { run: "手动", backfill: "回填", retry: "重试", schedule: "调度", trigger: "触发器" },
};

export const words = { en, zh };
