import { memo } from "react";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { colourOf, STATES, type State } from "../../states/states";
import { type Block, textOf, type UnitKind, dateOf } from "../../ui/units";
import { type Day, stateOf } from "./days";
import { ordered, type Range } from "./selection";
import { words as PAGE_WORDS } from "./words";

interface Props {
  block: Block;
  kind: UnitKind;
  today: number;
  /** The cell that Tab leads to, if it is in this block. */
  focus: number | undefined;
  range: Range | undefined;
  dayAt: (number: number) => Day | undefined;
  isMissing: (number: number) => boolean;
}

/** One month of dates, year of weeks or months, or week of hours. */
export function CalendarBlock({ block, kind, today, focus, range, dayAt, isMissing }: Props) {
  const width = block.rows[0]!.cells.length;
  const hasHeads = block.rows.some((row) => row.head);
  const [first, last] = range ? ordered(range) : [1, 0];
  return (
    <div role="grid" aria-label={block.title} aria-multiselectable="true" className="block" style={{ ["--width" as string]: width }}>
      <div className="block-title" aria-hidden="true">{block.title}</div>
      {block.heads.length > 0 && (
        <div role="row" className={hasHeads ? "block-row with-head" : "block-row"}>
          {hasHeads && <span role="gridcell" />}
          {block.heads.map((head) => <span key={head} role="columnheader" className="block-head">{head}</span>)}
        </div>
      )}
      {block.rows.map((row, place) => (
        <div role="row" key={place} className={hasHeads ? "block-row with-head" : "block-row"}>
          {hasHeads && <span role="rowheader" className="block-head">{row.head}</span>}
          {row.cells.map((number, column) =>
            number === undefined ? (
              <span key={column} role="gridcell" />
            ) : (
              <Cell
                key={column}
                number={number}
                kind={kind}
                day={dayAt(number)}
                isMissing={isMissing(number)}
                isToday={number === today}
                isSelected={number >= first && number <= last}
                canTab={number === focus}
              />
            ),
          )}
        </div>
      ))}
    </div>
  );
}

interface CellProps {
  number: number;
  kind: UnitKind;
  day: Day | undefined;
  isMissing: boolean;
  isToday: boolean;
  isSelected: boolean;
  canTab: boolean;
}

const Cell = memo(function Cell({ number, kind, day, isMissing, isToday, isSelected, canTab }: CellProps) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const text = textOf(kind, number);
  const state = day && stateOf(day);
  const told = day
    ? STATES.filter((one) => day.counts[one]).map((one: State) => `${day.counts[one]} ${all.state[one]}`).join(", ")
    : isMissing ? words.dayMissing : words.dayUnknown;
  return (
    <div
      role="gridcell"
      data-number={number}
      tabIndex={canTab ? 0 : -1}
      aria-selected={isSelected}
      {...(isToday ? { "aria-current": "date" as const } : {})}
      aria-label={`${text}: ${told}`}
      title={`${text}: ${told}`}
      className={`day${isMissing ? " missing" : ""}${state ? " known" : ""}`}
      style={state && { ["--day" as string]: `var(${colourOf(state)})` }}
    >
      {kind === "date" && <span className="day-name">{dateOf(number).day}</span>}
      {kind === "week" && <span className="day-name">{text.slice(-2)}</span>}
      {state && <StateIcon state={state} silent />}
    </div>
  );
});
