const en = {
  name: "Task",
  doc: "What it does",
  params: "Parameters",
  tags: "Tags",
  file: "Declared at",
  filter: "Name, words, file or tag…",
  none: "No task is declared: pipelines/*.lua is where they go",
  noneFound: "No task is like that",
};

const zh: typeof en = {
  name: "任务",
  doc: "说明",
  params: "参数",
  tags: "标签",
  file: "声明位置",
  filter: "名称、说明、文件或标签…",
  none: "没有声明任何任务：请写在 pipelines/*.lua",
  noneFound: "没有符合条件的任务",
};

export const words = { en, zh };
