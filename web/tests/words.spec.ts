// Chinese: what the daemon says in set phrases, and that no page has words of another language.

import { said } from "../src/i18n/said";
import { expect, test } from "./harness/test";

/** What a Chinese page may have of Latin letters beside what a project has named. */
const NAMES = /[A-Za-z]/;

const CRON: Record<string, string> = {
  "30 1 * * *": "每天 01:30",
  "30 1,2 * * 1-5": "工作日 01:30、02:30",
  "*/15 * * * *": "每 15 分钟",
  "5-59/15 * * * *": "每小时自第 5 分起每 15 分钟",
  "0 * * * *": "每小时",
  "7 * * * *": "每小时第 7 分",
  "0 9-17 * * mon,wed,fri": "周一、周三、周五 09:00 至 17:00 每小时",
  "0 */2 * * *": "每 2 小时",
  "0 1-23/2 * * *": "自 01:00 起每 2 小时",
  "*/10 9-17 * * 1-5": "工作日 09:00 至 17:50 每 10 分钟",
  "0 3 2 * *": "每月 2 日 03:00",
  "0 3 1,15,L * *": "每月 1 日、15 日、最后一天 03:00",
  "0 3 15W * *": "每月 最接近 15 日的工作日 03:00",
  "0 3 LW * *": "每月 最后一个工作日 03:00",
  "0 3 L-1 * *": "每月 倒数第二天 03:00",
  "0 3 L-3 * *": "每月 月末前 3 天 03:00",
  "0 3 * * tue#2": "每月 第二个周二 03:00",
  "0 3 * * fri#2,5L": "每月 第二个周五、最后一个周五 03:00",
  "0 0 1 1 *": "1 月 1 日 00:00",
  "0 0 1 3-5 *": "3 月 至 5 月每月 1 日 00:00",
  "0 0 1,2 1,7 *": "1 月、7 月 1 日、2 日 00:00",
  "0 0 * 11-2 *": "11 月 至 2 月每天 00:00",
  "0 0 * * fri-mon": "周五 至 周一 00:00",
  "0 0 1 * mon": "每月 1 日以及周一 00:00",
  "0 0 */2 * mon": "周一且为当月 自 1 日起每 2 天 00:00",
  "0 0 * 3 sat,sun": "3 月周末 00:00",
  "*/10 * * * * *": "每 10 秒",
  "15 */5 * * * *": "每 5 分钟 的第 15 秒",
  "1,30 5 1,3,7,9,11,13,15 * * *": "每天 1、3、7、9、11、13、15 时的第 5 分，其间第 1、30 秒",
};

test("when a schedule fires is said in Chinese, in whatever words it is said", async ({ project }) => {
  for (const [cron, chinese] of Object.entries(CRON)) {
    const { meaning } = await project.json("cron", cron);
    expect.soft(said("zh", meaning), `${cron}: ${meaning}`).toBe(`${chinese}，本地时间`);
    expect(said("en", meaning)).toBe(meaning);
  }
});

test("no expression of many kinds is left in English", async ({ project }) => {
  const seconds = ["", "*/20 ", "5 ", "1,7 "];
  const times = ["30 1", "1,2,3 4,5,6", "*/7 *", "3-50 8", "9 1,4,5,20", "2/15 3", "10,20 6-9", "*/15 2,9", "0-10,40 *", "0 */5"];
  const days = ["* * *", "* 2 *", "* 2-4 *", "5 * *", "2-6,9 * *", "L-5 * *", "3W,L-2W * *", "* * 1-4", "* * mon#1,wed", "1 * tue", "9 5 *", "*/3 4,6 fri#3", "*/9 2-5 *", "* 6 2L"];
  const left: string[] = [];
  await Promise.all(seconds.map(async (second) => {
    for (const [at, time] of times.entries()) {
      for (const day of days.filter((_, place) => (place + at) % 6 === 0)) {
        const { meaning } = await project.json("cron", `${second}${time} ${day}`);
        if (NAMES.test(said("zh", meaning))) left.push(meaning);
      }
    }
  }));
  expect(left).toEqual([]);
});
