import { useEffect, useId, useState } from "react";
import { Link } from "wouter";
import type { Task } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { numberOf, textOf, type UnitKind } from "../../ui/units";
import type { Day } from "./days";
import { ordered, type Range } from "./selection";
import { TaskForm } from "./TaskForm";
import { words as PAGE_WORDS } from "./words";

interface Props {
  task: Task;
  param: string;
  kind: UnitKind;
  range: Range;
  /** What is known of it, if it is a single one. */
  day: Day | undefined;
  missing: number;
  onRange: (range: Range | undefined) => void;
}

/** What can be done with the selected range. */
export function Backfill({ task, param, kind, range, day, missing, onRange }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const [first, last] = ordered(range);
  const from = textOf(kind, first);
  const to = textOf(kind, last);
  return (
    <div className="backfill" role="group" aria-label={words.backfill}>
      <div className="section-head">
        <strong role="status">{words.selected(from, to, last - first + 1, missing)}</strong>
        {day && day.run !== null && (
          <span className="quiet">{words.selectedRun} <Link href={`/runs/${day.run}`}>{all.common.run(day.run)}</Link></span>
        )}
        <button type="button" className="small push" onClick={() => onRange(undefined)}>{words.clear}</button>
      </div>
      <Ends kind={kind} first={first} last={last} onRange={onRange} />
      <TaskForm task={task} range={{ param, text: `${from}..${to}` }} />
    </div>
  );
}

/** Both ends as texts, for whom typing is quicker, and for fingers. */
function Ends({ kind, first, last, onRange }: { kind: UnitKind; first: number; last: number; onRange: (range: Range) => void }) {
  const words = useWordsOf(PAGE_WORDS);
  const id = useId();
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  useEffect(() => {
    setFrom(textOf(kind, first));
    setTo(textOf(kind, last));
  }, [kind, first, last]);
  const anchor = numberOf(kind, from);
  const end = numberOf(kind, to);
  const isGood = anchor !== undefined && end !== undefined && anchor <= end;
  const take = () => {
    if (isGood) onRange({ anchor, end });
  };
  const field = (name: string, label: string, value: string, set: (value: string) => void) => (
    <label htmlFor={`${id}-${name}`}>
      {label}{" "}
      <input
        id={`${id}-${name}`}
        className="mono"
        size={14}
        value={value}
        aria-invalid={!isGood}
        onChange={(event) => set(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === "Enter" && take()}
      />
    </label>
  );
  return (
    <div className="filters">
      {field("from", words.from, from, setFrom)}
      {field("to", words.to, to, setTo)}
      {!isGood && <span role="alert" className="field-required">{words.badRange}</span>}
    </div>
  );
}
