import { useState } from "react";
import { Link } from "wouter";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { Elapsed } from "../../ui/time";
import type { Holder, Ready, Running } from "./holders";
import { words as PAGE_WORDS } from "./words";

/** More than these are shown when somebody asks, and not more than those. */
const FIRST = 8;
const MOST = 200;

/** Tasks that hold something: how much of it, and since when. */
export function Holders({ of, textOf }: { of: Holder[]; textOf?: (units: number) => string }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <Lines label={words.holds} of={of} keyOf={({ task }) => task.attempt_id}>
      {({ task, units }) => (
        <>
          <StateIcon state="running" />
          <AttemptLink task={task} />
          {textOf && <span className="mono line-units">{textOf(units)}</span>}
          <span className="line-since"><Elapsed since={task.since} /></span>
        </>
      )}
    </Lines>
  );
}

/** Tasks that wait, each with what is to be said of it. */
export function Waiters({ tasks, noteOf }: { tasks: Ready[]; noteOf: (task: Ready) => string }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <Lines label={words.waits} of={tasks} keyOf={(task) => task.id}>
      {(task) => (
        <>
          <StateIcon state="ready" />
          {task.runs[0] === undefined ? (
            <span className="mono line-task" title={task.id}>{task.id}</span>
          ) : (
            <Link href={`/runs/${task.runs[0]}`} className="mono line-task" title={task.id}>{task.id}</Link>
          )}
          {noteOf(task) && <span className="quiet line-note" title={noteOf(task)}>{noteOf(task)}</span>}
          <span className="line-since"><Elapsed since={task.since} /></span>
        </>
      )}
    </Lines>
  );
}

export function AttemptLink({ task }: { task: Running }) {
  return <Link href={`/attempts/${task.attempt_id}`} className="mono line-task" title={task.id}>{task.id}</Link>;
}

interface LinesProps<T> {
  label: string;
  of: T[];
  keyOf: (one: T) => string | number;
  children: (one: T) => React.ReactNode;
}

function Lines<T>({ label, of, keyOf, children }: LinesProps<T>) {
  const all = useWords();
  const [isOpen, setOpen] = useState(false);
  if (of.length === 0) return null;
  const shown = of.slice(0, isOpen ? MOST : FIRST);
  return (
    <div className="pool-lines">
      <p className="pool-lines-head">{label} {of.length}</p>
      <ul className={isOpen ? "pool-lines-open" : ""} tabIndex={isOpen ? 0 : undefined} aria-label={label}>
        {shown.map((one) => <li key={keyOf(one)}>{children(one)}</li>)}
      </ul>
      {of.length > shown.length && (
        <p className="pool-lines-more quiet">
          {!isOpen && <button type="button" className="small" onClick={() => setOpen(true)}>{all.common.more}</button>}
          {all.common.rowsOf(shown.length, of.length)}
        </p>
      )}
    </div>
  );
}
