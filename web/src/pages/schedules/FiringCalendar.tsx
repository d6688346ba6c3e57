import { useMemo, useState } from "react";
import { Link } from "wouter";
import type { Firing } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { useSetting } from "../../ui/settings";
import { civil, useZone } from "../../ui/time";
import { dateOf, dateText, dayInMonth, unitAt, weekdayNames, weekdayOf } from "../../ui/units";
import { shapeOf, useFiringText } from "./FiringMark";
import { words as PAGE_WORDS } from "./words";

/** How many firings of a day are shown; more are counted. */
const MOST = { weeks: 3, week: 24 };

/** Of five weeks: how many of them are past, and how far one goes at once. */
const PAST_WEEKS = 3;
const STEP_WEEKS = 4;

interface Entry {
  at: string;
  time: string;
  /** Nothing of one that is to come. */
  firing: Firing | undefined;
}

function entriesByDay(firings: readonly Firing[], coming: readonly string[], zone: string): Map<number, Entry[]> {
  const days = new Map<number, Entry[]>();
  const add = (at: string, firing: Firing | undefined) => {
    const moment = civil(at, zone);
    const day = unitAt("date", moment);
    const entries = days.get(day) ?? [];
    entries.push({ at, time: moment.time.slice(0, 5), firing });
    days.set(day, entries);
  };
  for (const firing of [...firings].reverse()) add(firing.at, firing);
  for (const at of coming) add(at, undefined);
  return days;
}

/** A week, or five of them, of what fired and what will. */
export function FiringCalendar({ firings, coming }: { firings: Firing[]; coming: string[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const zone = useZone();
  const [setting, setView] = useSetting("schedule-view", "weeks");
  const view = setting === "week" ? "week" : "weeks";
  const [moved, setMoved] = useState(0);
  const days = useMemo(() => entriesByDay(firings, coming, zone), [firings, coming, zone]);
  const today = unitAt("date", civil(Date.now(), zone));
  const isWeek = view === "week";
  const monday = today - weekdayOf(today) + 7 * (isWeek ? moved : moved * STEP_WEEKS - PAST_WEEKS);
  const rows = Array.from({ length: isWeek ? 1 : 5 }, (_, week) => monday + 7 * week);
  const title = words.weekOf(dateText(monday), dateText(rows.at(-1)! + 6));
  return (
    <section aria-labelledby="firing-calendar-title" className="firing-calendar">
      <div className="section-head">
        <h2 id="firing-calendar-title">{words.calendar}: {title}</h2>
        <span className="filters push">
          <select
            className="small"
            aria-label={words.view}
            value={view}
            onChange={(event) => {
              setView(event.target.value);
              setMoved(0);
            }}
          >
            <option value="weeks">{words.weeks}</option>
            <option value="week">{words.week}</option>
          </select>
          <button type="button" className="small" onClick={() => setMoved(moved - 1)}>‹ {words.earlier}</button>
          <button type="button" className="small" disabled={moved === 0} onClick={() => setMoved(0)}>{words.today}</button>
          <button type="button" className="small" onClick={() => setMoved(moved + 1)}>{words.later} ›</button>
        </span>
      </div>
      <div role="table" aria-label={title} className={`firing-grid firing-${view}`}>
        <div role="row" className="firing-row">
          {weekdayNames(all.locale).map((name) => <span key={name} role="columnheader" className="firing-head">{name}</span>)}
        </div>
        {rows.map((first) => (
          <div role="row" key={first} className="firing-row">
            {Array.from({ length: 7 }, (_, i) => first + i).map((day) => (
              <DayCell
                key={day}
                day={day}
                isFirst={day === monday}
                isToday={day === today}
                entries={days.get(day) ?? []}
                most={MOST[view]}
              />
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}

interface DayProps {
  day: number;
  isFirst: boolean;
  isToday: boolean;
  entries: Entry[];
  most: number;
}

/** Rather those that went wrong than others, where not all can be shown. */
function chosen(entries: Entry[], most: number): Entry[] {
  if (entries.length <= most) return entries;
  const isGood = ({ firing }: Entry) => !firing || shapeOf(firing) === "done";
  const picked = new Set([...entries.filter((one) => !isGood(one)), ...entries.filter(isGood)].slice(0, most));
  return entries.filter((one) => picked.has(one));
}

function DayCell({ day, isFirst, isToday, entries, most }: DayProps) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const { day: of } = dateOf(day);
  const shown = chosen(entries, most);
  return (
    <div role="cell" className="firing-day" {...(isToday ? { "aria-current": "date" as const } : {})}>
      <span className="firing-date"><span className="firing-full">{dateText(day)}</span><span aria-hidden="true" className={isFirst || of === 1 ? "firing-months" : ""}>{isFirst || of === 1 ? dayInMonth(all.locale, day) : of}</span></span>
      {shown.map((entry) => <EntryMark key={entry.at} entry={entry} />)}
      {entries.length > shown.length && <span className="quiet firing-more">{words.moreFirings(entries.length - shown.length)}</span>}
    </div>
  );
}

function EntryMark({ entry: { time, firing } }: { entry: Entry }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const textOf = useFiringText();
  if (!firing) {
    return <span className="firing quiet" title={`${time}: ${words.upcoming}`}><StateIcon state="pending" silent /> <span className="firing-time">{time}</span><span className="firing-full">{words.upcoming}</span></span>;
  }
  const sla = firing.sla_missed === null ? "" : firing.sla_missed ? words.slaMissed : words.slaKept;
  const told = [`${time}: ${textOf(firing)}`, sla, phrase(firing.note)].filter(Boolean).join("; ");
  const mark = (
    <>
      <StateIcon state={shapeOf(firing)} silent />
      <span className="firing-time">{time}</span>
      <span className="firing-word">{textOf(firing)}</span>
      {firing.sla_missed !== null && (
        <span className={firing.sla_missed ? "sla-missed" : "sla-kept"}>
          <span aria-hidden="true">{firing.sla_missed ? "✗" : "✓"}SLA</span>
          <span className="firing-full">{sla}</span>
        </span>
      )}
    </>
  );
  const look = `firing state-${shapeOf(firing)}`;
  return firing.run === null ? <span className={look} title={told}>{mark}</span> : <Link href={`/runs/${firing.run}`} className={look} title={told}>{mark}</Link>;
}
