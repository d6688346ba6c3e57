// What the daemon says in set phrases, in the language of the page: why a task is to be run, what became
// of a firing, when a schedule fires. What is no such phrase stays as it is, and so do names in them.

import { timesSaid } from "./times";
import { type Language, useLanguage } from "./words";

type Phrase = [RegExp, (...parts: string[]) => string];

const ZH: Phrase[] = [
  // Why a task is complete, or to be run.
  [/^output (.*) is missing$/s, (path) => `缺少输出 ${path}`],
  [/^all outputs exist$/, () => "全部输出已存在"],
  [/^all requirements are complete$/, () => "全部依赖均已完成"],
  [/^requirement (.*) is not complete$/s, (id) => `依赖 ${id} 尚未完成`],
  [/^it is marked as done$/, () => "已标记为完成"],
  [/^it is not marked as done$/, () => "尚未标记为完成"],
  [/^its target exists$/, () => "目标已存在"],
  [/^its target does not exist$/, () => "目标不存在"],
  [/^complete\(\) says yes$/, () => "complete() 返回真"],
  [/^complete\(\) says no$/, () => "complete() 返回假"],
  [/^has succeeded in the run that is continued$/, () => "在所继续的运行中已成功"],
  [/^has no output: runs in every run$/, () => "没有输出：每次运行都会执行"],
  [/^forced$/, () => "强制执行"],
  [/^another run is at it$/, () => "另一个运行正在执行它"],
  [/^stale: its declaration, or a file that it reads, has changed since it was made$/, () => "已过时：其声明或所读文件在生成后有改动"],
  [/^stale: (.*) is to be made$/s, (id) => `已过时：${id} 将重新生成`],
  [/^stale: (.*) is newer than its output$/s, (id) => `已过时：${id} 比其输出更新`],
  [/^stale: (.*) was made after it$/s, (id) => `已过时：${id} 在其之后生成`],
  [/^stale: (.*) has changed since it was made$/s, (id) => `已过时：${id} 在其生成后有改动`],
  [/^(.*); others produce it; it is looked for every (\S+)$/s, (why, every) => `${saidInZh(why)}；由外部产出，每 ${every} 检查一次`],
  [/^(.*); others produce it$/s, (why) => `${saidInZh(why)}；由外部产出`],
  [/^(.*) failed$/s, (id) => `${id} 失败`],
  [/^waits for disk space: (.*) are free at (.*), and min_free is (.*); make room there.*$/s,
    (free, folder, least) => `等待磁盘空间：${folder} 剩余 ${free}，min_free 为 ${least}；腾出空间或调低 moondial.lua 中的 min_free 后自动继续`],
  // What became of a firing.
  [/^asked for$/, () => "手动触发"],
  [/^(\d+) firings? (?:was|were) missed$/, (count) => `错过 ${count} 次触发`],
  [/^(\d+) or more firings were missed$/, (count) => `错过至少 ${count} 次触发`],
  [/^start\(\) answered nothing$/, () => "start() 没有返回任务"],
  [/^the one before had not ended \(overlap\)$/, () => "上一次尚未结束（overlap）"],
  [/^another one was due before it could start$/, () => "尚未开始时下一次已到期"],
  [/^(?:the schedule|it) is not declared any more$/, () => "已不再声明"],
  // Why an answer did not come.
  [/^the daemon does not answer$/, () => "守护进程没有应答"],
];

function saidInZh(text: string): string {
  for (const [phrase, said] of ZH) {
    const found = phrase.exec(text);
    if (found) return said(...found.slice(1));
  }
  return timesSaid(text) ?? text;
}

/** A phrase of the daemon's in a language. */
export function said(language: Language, text: string): string {
  return language === "zh" ? saidInZh(text) : text;
}

/** The same in the language of the page. */
export function useSaidWords(): (text: string) => string {
  const language = useLanguage();
  return (text) => said(language, text);
}
