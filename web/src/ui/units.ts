// Dates, weeks, months and hours as whole numbers, so that they can be counted, walked and put into
// a grid. Their texts are those of moondial's parameters; a number has no zone.

export type UnitKind = "date" | "week" | "month" | "hour";

export const isUnitKind = (kind: string): kind is UnitKind => ["date", "week", "month", "hour"].includes(kind);

const DAY_MS = 86_400_000;
const two = (n: number) => String(n).padStart(2, "0");
const four = (n: number) => String(n).padStart(4, "0");

/** Days since 1970-01-01. */
export function dayOf(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes the year 99 for 1999
  return Math.round(date.getTime() / DAY_MS);
}

export function dateOf(day: number): { year: number; month: number; day: number } {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 on Monday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** The number of a week is that of its Monday's week since 1969-12-29. */
const weekOf = (day: number) => Math.floor((day + 3) / 7);
const mondayOf = (week: number) => week * 7 - 3;

/** The first week of a year is the one with its fourth of January. */
export const firstWeekOf = (year: number): number => weekOf(dayOf(year, 1, 4));

export const yearOfWeek = (week: number): number => dateOf(mondayOf(week) + 3).year;

export const dateText = (day: number): string => {
  const { year, month, day: of } = dateOf(day);
  return `${four(year)}-${two(month)}-${two(of)}`;
};

const TEXTS: Record<UnitKind, RegExp> = {
  date: /^(\d{4})-(\d\d)-(\d\d)$/,
  week: /^(\d{4})-W(\d\d)$/,
  month: /^(\d{4})-(\d\d)$/,
  hour: /^(\d{4})-(\d\d)-(\d\d)T(\d\d)$/,
};

/** The number of a text; nothing if it is none of that kind. */
export function numberOf(kind: UnitKind, text: string): number | undefined {
  const found = TEXTS[kind].exec(text.trim());
  if (!found) return undefined;
  const [year = 0, second = 0, third = 0, hour = 0] = found.slice(1).map(Number);
  const number =
    kind === "week" ? firstWeekOf(year) + second - 1
    : kind === "month" ? year * 12 + second - 1
    : kind === "date" ? dayOf(year, second, third)
    : dayOf(year, second, third) * 24 + hour;
  return textOf(kind, number) === text.trim() ? number : undefined; // no 2015-02-30
}

export function textOf(kind: UnitKind, number: number): string {
  switch (kind) {
    case "date":
      return dateText(number);
    case "month":
      return `${four(Math.floor(number / 12))}-${two((number % 12) + 1)}`;
    case "week": {
      const year = yearOfWeek(number);
      return `${four(year)}-W${two(number - firstWeekOf(year) + 1)}`;
    }
    case "hour":
      return `${dateText(Math.floor(number / 24))}T${two(((number % 24) + 24) % 24)}`;
  }
}

/** The one of a kind that a moment lies in: "2026-11-30" and "06:12:09" as a clock shows it. */
export function unitAt(kind: UnitKind, moment: { date: string; time: string }): number {
  const day = numberOf("date", moment.date)!;
  const { year, month } = dateOf(day);
  if (kind === "date") return day;
  if (kind === "week") return weekOf(day);
  if (kind === "month") return year * 12 + month - 1;
  return day * 24 + Number(moment.time.slice(0, 2));
}

/** A block of a calendar: rows of numbers, with holes where another block has them. */
export interface Block {
  title: string;
  heads: string[];
  rows: { head: string; cells: (number | undefined)[] }[];
  /** The first number that is not before it, and the first after it. */
  begin: number;
  end: number;
}

/** Which block a number is in; blocks are counted without a gap. */
export function blockOf(kind: UnitKind, number: number): number {
  switch (kind) {
    case "date": {
      const { year, month } = dateOf(number);
      return year * 12 + month - 1;
    }
    case "week":
      return yearOfWeek(number);
    case "month":
      return Math.floor(number / 12);
    case "hour":
      return weekOf(Math.floor(number / 24));
  }
}

/** How far one row is from the next. */
export const rowStep: Record<UnitKind, number> = { date: 7, week: 13, month: 12, hour: 24 };

const names = (locale: string, options: Intl.DateTimeFormatOptions, days: number[]) => {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  return days.map((day) => format.format(new Date(day * DAY_MS)));
};

/** Monday first. */
export const weekdayNames = (locale: string): string[] =>
  names(locale, { weekday: "short" }, [4, 5, 6, 7, 8, 9, 10]);

export const monthTitle = (locale: string, year: number, month: number): string =>
  names(locale, { year: "numeric", month: "long" }, [dayOf(year, month, 1)])[0]!;

/** "1 Dec", as a language has it. */
export const dayInMonth = (locale: string, day: number): string =>
  names(locale, { day: "numeric", month: "short" }, [day])[0]!;

/** One block: a month of dates, a year of weeks or months, a week of hours. */
export function block(kind: UnitKind, place: number, locale: string): Block {
  if (kind === "date") return monthBlock(place, locale);
  if (kind === "hour") return hourBlock(place, locale);
  const isMonth = kind === "month";
  const begin = isMonth ? place * 12 : firstWeekOf(place);
  const end = isMonth ? begin + 12 : firstWeekOf(place + 1);
  const width = rowStep[kind];
  const rows = [];
  for (let at = begin; at < end; at += width) {
    const cells = Array.from({ length: width }, (_, i) => (at + i < end ? at + i : undefined));
    rows.push({ head: "", cells });
  }
  const heads = isMonth
    ? names(locale, { month: "short" }, Array.from({ length: 12 }, (_, i) => dayOf(2015, i + 1, 1)))
    : [];
  return { title: String(place), heads, rows, begin, end };
}

function monthBlock(place: number, locale: string): Block {
  const year = Math.floor(place / 12);
  const month = (place % 12) + 1;
  const begin = dayOf(year, month, 1);
  const end = month === 12 ? dayOf(year + 1, 1, 1) : dayOf(year, month + 1, 1);
  const rows = [];
  for (let monday = begin - weekdayOf(begin); monday < end; monday += 7) {
    const cells = Array.from({ length: 7 }, (_, i) =>
      monday + i >= begin && monday + i < end ? monday + i : undefined,
    );
    rows.push({ head: "", cells });
  }
  return { title: monthTitle(locale, year, month), heads: weekdayNames(locale), rows, begin, end };
}

function hourBlock(week: number, locale: string): Block {
  const monday = mondayOf(week);
  const weekdays = weekdayNames(locale);
  const rows = weekdays.map((name, i) => ({
    head: `${name} ${dateText(monday + i).slice(5)}`,
    cells: Array.from({ length: 24 }, (_, hour) => (monday + i) * 24 + hour),
  }));
  const heads = Array.from({ length: 24 }, (_, hour) => two(hour));
  return { title: textOf("week", week), heads, rows, begin: monday * 24, end: (monday + 7) * 24 };
}
