// The daemon says in English when a schedule fires (src/core/cron_words.cc). Its sentences have few
// forms, times first and days after; here they are said in Chinese, days first.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEK_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const WEEK_DAYS_ZH = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];
const NTH: Record<string, string> = { first: "第一个", second: "第二个", third: "第三个", fourth: "第四个", fifth: "第五个", last: "最后一个" };
const UNITS: Record<string, string> = { second: "秒", minute: "分钟", hour: "小时", day: "天" };

const MONTH = MONTHS.join("|");
const WEEK_DAY = WEEK_DAYS.join("|");

/** In Chinese; undefined where it is no such sentence. The zone, if there is one, comes last. */
export function timesSaid(text: string): string | undefined {
  const zoned = /^(.*), (local time|[^\s,]+)$/.exec(text);
  if (!zoned) return withoutZone(text);
  return after(withoutZone(zoned[1]!), `，${zoned[2] === "local time" ? "本地时间" : zoned[2]}`);
}

function withoutZone(text: string): string | undefined {
  const split = new RegExp(`^(.+?) ((?:every day(?! at )|on |from (?:${WEEK_DAY}) ).*)$`).exec(text);
  const times = timesOf(split?.[1] ?? text);
  const days = split ? daysOf(split[2]!) : "";
  if (times === undefined || days === undefined) return undefined;
  return days === "" ? times : `${days} ${times}`;
}

/** "0 to 29, 45 and 50". */
function listed(text: string, one: (text: string) => string | undefined = (item) => item): string | undefined {
  const said = text.split(/, | and /).map((part) => {
    const [from, to] = part.split(/(?<!nearest) to /);
    const first = one(from!);
    const last = to === undefined ? "" : one(to);
    return first === undefined || last === undefined ? undefined : first + (last && ` 至 ${last}`);
  });
  return said.includes(undefined) ? undefined : said.join("、");
}

function often(count: string | undefined, unit: string): string {
  return `每${count ? ` ${count} ` : ""}${UNITS[unit]}`;
}

type Form = [RegExp, (...parts: string[]) => string | undefined];

const TIMES: Form[] = [
  [/^(.*), at second (\d+)$/, (rest, second) => after(timesOf(rest!), ` 的第 ${second} 秒`)],
  [/^(.*) of a minute, (.*)$/, (within, rest) => {
    const [outer, inner] = [timesOf(rest!), timesOf(within!)];
    return outer === undefined || inner === undefined ? undefined : `${outer}，其间${inner}`;
  }],
  [/^at seconds (.*) of every minute$/, (list) => after(listed(list!), " 秒", "每分钟第 ")],
  [/^at seconds (.*)$/, (list) => after(listed(list!), " 秒", "第 ")],
  [/^at ((?:\d\d:)+\d\d(?:.*\d\d)?)$/, (list) => listed(list!)],
  [/^every (?:(\d+) )?day(?:s)? at 00:00$/, (count) => `${often(count, "day")} 00:00`],
  [/^every (?:(\d+) )?(second|minute|hour)s?$/, often as Form[1]],
  [/^every (?:(\d+) )?(second|minute|hour)s? from midnight$/, (count, unit) => `自零点起${often(count, unit!)}`],
  [/^every (?:(\d+) )?(second|minute|hour)s? from second (\d+)$/, (count, unit, from) => `自第 ${from} 秒起${often(count, unit!)}`],
  [/^every (?:(\d+) )?(minute|hour)s? from (\d\d:\S+) to (\d\d:\S+)$/, (count, unit, from, to) => `${from} 至 ${to} ${often(count, unit!)}`],
  [/^every (?:(\d+) )?hours? from (\d\d:\S+)$/, (count, from) => `自 ${from} 起${often(count, "hour")}`],
  [/^every (?:(\d+) )?minutes?(?: from minute (\d+))? of the hours? (.*)$/, (count, from, hours) =>
    after(listed(hours!), ` 时，${from ? `自第 ${from} 分起` : ""}${often(count, "minute")}`)],
  [/^every (?:(\d+) )?minutes? from minute (\d+) of the hour$/, (count, from) => `每小时自第 ${from} 分起${often(count, "minute")}`],
  [/^at minutes? (.*) of every hour$/, (list) => after(listed(list!), " 分", "每小时第 ")],
  [/^at minutes? (.*) of the hours? (.*)$/, (list, hours) => {
    const [minutes, of] = [listed(list!), listed(hours!)];
    return minutes === undefined || of === undefined ? undefined : `${of} 时的第 ${minutes} 分`;
  }],
];

function after(said: string | undefined, end: string, begin = ""): string | undefined {
  return said === undefined ? undefined : begin + said + end;
}

function formed(forms: Form[], text: string): string | undefined {
  for (const [form, say] of forms) {
    const found = form.exec(text);
    if (found) return say(...found.slice(1));
  }
  return undefined;
}

function timesOf(text: string): string | undefined {
  return formed(TIMES, text);
}

function monthOf(name: string): string | undefined {
  const at = MONTHS.indexOf(name);
  return at < 0 ? undefined : `${at + 1} 月`;
}

/** "from March to May", "January and July". */
function monthsOf(text: string): string | undefined {
  return listed(text.replace(/^from /, ""), monthOf);
}

/** Of a list of days of a month, one: "the 15th", "1st to 3rd", "the last weekday". */
function dayOf(text: string): string | undefined {
  const day = text.replace(/^the /, "");
  const number = /^(\d+)(?:st|nd|rd|th)$/.exec(day);
  if (number) return `${number[1]} 日`;
  const step = /^every (\d+)(?:st|nd|rd|th) day from the (\d+)(?:st|nd|rd|th)$/.exec(day);
  if (step) return `自 ${step[2]} 日起每 ${step[1]} 天`;
  const near = /^weekday nearest to (.*)$/.exec(day);
  if (near) return after(dayOf(near[1]!), "的工作日", "最接近 ");
  const before = /^(\d+)(?:st|nd|rd|th) day before the last one$/.exec(day);
  if (before) return `月末前 ${before[1]} 天`;
  if (day === "last day") return "最后一天";
  if (day === "day before the last one") return "倒数第二天";
  if (day === "last weekday") return "最后一个工作日";
  const nth = new RegExp(`^(${Object.keys(NTH).join("|")}) (${WEEK_DAY})$`).exec(day);
  return nth ? NTH[nth[1]!]! + WEEK_DAYS_ZH[WEEK_DAYS.indexOf(nth[2]!)] : undefined;
}

function weekDayOf(text: string): string | undefined {
  return WEEK_DAYS_ZH[WEEK_DAYS.indexOf(text.replace(/s$/, ""))];
}

const IN_MONTHS = `(?:,? in |,? (?=from (?:${MONTH})))((?:from )?(?:${MONTH}).*)`;

const DAYS: Form[] = [
  [/^every day$/, () => "每天"],
  [/^on (.*) of each month from (.*)$/, (list, months) => both(monthsOf(months!), listed(list!, dayOf), "每月 ")],
  [new RegExp(`^(.*?)${IN_MONTHS}$`), (days, months) => {
    const [of, on] = [monthsOf(months!), daysOf(days!)];
    return of === undefined || on === undefined ? undefined : `${of}${on}`;
  }],
  [new RegExp(`^on (\\d+) (${MONTH})$`), (day, month) => `${monthOf(month!)} ${day} 日`],
  [/^(.*) that fall on (.*) of the month$/, (days, list) => both(daysOf(days!), listed(list!, dayOf), "且为当月 ")],
  [/^(.*) of the month if it falls on (.*) of the month$/, (days, list) => both(daysOf(`${days} of the month`), listed(list!, dayOf), "且为当月 ")],
  [/^on (.*) of the month and ((?:on|from) .*)$/, (list, days) => both(after(listed(list!, dayOf), "", "每月 "), daysOf(days!), "以及")],
  [/^((?:on|from) (?!the ).*) and (on the .*)$/, (weekly, monthly) => both(daysOf(weekly!), daysOf(monthly!), "以及")],
  [/^on (.*) of the month$/, (list) => after(listed(list!, dayOf), "", "每月 ")],
  [new RegExp(`^on (.*) of ((?:${MONTH}).*)$`), (list, months) => both(monthsOf(months!), listed(list!, dayOf), " ")],
  [/^on weekdays$/, () => "工作日"],
  [/^on weekends$/, () => "周末"],
  [/^on (.*)$/, (list) => listed(list!, weekDayOf)],
  [/^from (.*)$/, (list) => listed(list!, weekDayOf)],
];

function both(first: string | undefined, second: string | undefined, between: string): string | undefined {
  return first === undefined || second === undefined ? undefined : first + between + second;
}

function daysOf(text: string): string | undefined {
  return formed(DAYS, text);
}
