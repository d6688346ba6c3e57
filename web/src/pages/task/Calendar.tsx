import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { datesQuery } from "../../api/queries";
import type { Task, TaskDates } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { STATES, type State } from "../../states/states";
import { Asked } from "../../ui/Asked";
import { NARROW, useMedia } from "../../ui/media";
import { civil, useZone } from "../../ui/time";
import { block, blockOf, isUnitKind, unitAt, type UnitKind } from "../../ui/units";
import { Backfill } from "./Backfill";
import { CalendarBlock } from "./CalendarBlock";
import { countMissing, type Day, daysOf, stateOf } from "./days";
import { ordered, type Range, useSelection } from "./selection";
import { words as PAGE_WORDS } from "./words";

/** How many blocks are shown side by side. */
const SHOWN: Record<UnitKind, number> = { date: 3, week: 2, month: 3, hour: 1 };

interface Props {
  task: Task;
  param: string;
  kind: UnitKind;
}

/** A calendar for a task that has a parameter to make one of; of several, one is chosen. */
export function Calendar({ task }: { task: Task }) {
  const words = useWordsOf(PAGE_WORDS);
  const [chosen, setChosen] = useState("");
  const params = task.params.flatMap(({ name, kind }) => (isUnitKind(kind) ? [{ name, kind }] : []));
  const param = params.find((one) => one.name === chosen) ?? params[0];
  if (!param) return null;
  return (
    <section aria-labelledby="calendar-title">
      <div className="section-head">
        <h2 id="calendar-title">{words.calendar(param.name)}</h2>
        {params.length > 1 && (
          <select className="small" aria-label={words.parameter} value={param.name} onChange={(event) => setChosen(event.target.value)}>
            {params.map(({ name }) => <option key={name} value={name}>{name}</option>)}
          </select>
        )}
      </div>
      <OfParam key={param.name} task={task} param={param.name} kind={param.kind} />
    </section>
  );
}

/** What became of each date of a task; a range of them is selected and filled in. */
function OfParam({ task, param, kind }: Props) {
  const query = useQuery(datesQuery(task.name, param));
  return <Asked query={query}>{(dates) => <Dates task={task} param={param} kind={kind} dates={dates.dates} />}</Asked>;
}

function Dates({ task, param, kind, dates }: Props & { dates: TaskDates["dates"] }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const zone = useZone();
  const days = useMemo(() => daysOf(kind, dates), [kind, dates]);
  const today = unitAt(kind, civil(Date.now(), zone));
  const known = useMemo(() => [...days.keys()].sort((a, b) => a - b), [days]);
  const shown = useMedia(NARROW) ? 1 : SHOWN[kind];
  // The present, if what is known reaches into it, else the newest of what is known.
  const newest = known.at(-1) ?? today;
  const isCurrent = blockOf(kind, today) - blockOf(kind, newest) < shown;
  const home = isCurrent ? Math.max(today, newest) : newest;
  const [moved, setMoved] = useState(0);
  const last = blockOf(kind, home) + moved;
  const blocks = Array.from({ length: shown }, (_, i) => block(kind, last - shown + 1 + i, all.locale));
  const show = (number: number) => {
    const place = blockOf(kind, number);
    if (place > last) setMoved((now) => now + place - last);
    if (place <= last - shown) setMoved((now) => now + place - (last - shown + 1));
  };
  const selection = useSelection(kind, home, show);
  const isMissing = (number: number) =>
    !days.has(number) && known.length > 0 && number >= known[0]! && number < home;
  const states = new Set<State>();
  let isAnyMissing = false;
  for (const { begin, end } of blocks) {
    for (let number = begin; number < end; ++number) {
      const day = days.get(number);
      if (day) states.add(stateOf(day));
      isAnyMissing ||= isMissing(number);
    }
  }
  return (
    <>
      <div className="calendar-bar">
        <button type="button" className="small" onClick={() => setMoved(moved - shown)}>‹ {words.earlier}</button>
        <button type="button" className="small" onClick={() => setMoved(moved + shown)}>{words.later} ›</button>
        <button type="button" className="small" disabled={moved === 0} onClick={() => setMoved(0)}>{words.newest}</button>
        <Legend states={states} isAnyMissing={isAnyMissing} />
      </div>
      <div className={`calendar calendar-${kind}`} {...selection.handlers}>
        {blocks.map((one) => (
          <CalendarBlock
            key={one.begin}
            block={one}
            kind={kind}
            today={today}
            focus={selection.focus >= one.begin && selection.focus < one.end ? selection.focus : firstStop(blocks, one.begin, selection.focus)}
            range={selection.range}
            dayAt={(number) => days.get(number)}
            isMissing={isMissing}
          />
        ))}
      </div>
      <p className="quiet calendar-help">{words.calendarHelp}</p>
      {selection.range && (
        <Backfill
          key={param}
          task={task}
          param={param}
          kind={kind}
          range={selection.range}
          day={dayOfRange(days, selection.range)}
          missing={countMissing(days, ...ordered(selection.range))}
          onRange={selection.select}
        />
      )}
    </>
  );
}

/** Where Tab goes if what has the focus is out of sight: to the first one of the first block. */
function firstStop(blocks: { begin: number; end: number }[], begin: number, focus: number): number | undefined {
  const isInSight = blocks.some((one) => focus >= one.begin && focus < one.end);
  return !isInSight && blocks[0]?.begin === begin ? begin : undefined;
}

const dayOfRange = (days: Map<number, Day>, { anchor, end }: Range) => (anchor === end ? days.get(end) : undefined);

function Legend({ states, isAnyMissing }: { states: Set<State>; isAnyMissing: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  return (
    <span className="marks-key">
      {STATES.filter((state) => states.has(state)).map((state) => (
        <span key={state}><StateIcon state={state} silent /> {all.state[state]}</span>
      ))}
      {isAnyMissing && <span><i className="day-swatch missing" /> {words.dayMissing}</span>}
    </span>
  );
}

