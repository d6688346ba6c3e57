import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { queueQuery } from "../../api/queries";
import { cancelTask } from "../../api/taskActions";
import type { RunTask } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWords, useWordsOf } from "../../i18n/words";
import { useSaid } from "../../live/progress";
import { StateIcon, StateMark } from "../../states/StateMark";
import { hasEnded } from "../../states/states";
import { ActionButton } from "../../ui/ActionButton";
import { FoldedError } from "../../ui/FoldedError";
import { Progress } from "../../ui/Progress";
import { Elapsed, Time } from "../../ui/time";
import { isBefore, type RunGraph, saidBy } from "./model";
import { words as PAGE_WORDS } from "./words";

interface Props {
  run: number;
  graph: RunGraph;
  place: number;
  onSelect: (place: number | undefined) => void;
}

const FEW = 12;

/** One task of the run, beside whatever view it was chosen in. */
export function TaskPanel({ run, graph, place, onSelect }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const task = graph.tasks[place]!;
  const said = saidBy(task, useSaid());
  const cancel = cancelTask(task, words.cancelTask, words.cancelTaskAsk);
  return (
    <aside className="task-panel" aria-label={task.id}>
      <div className="panel-head">
        <StateMark state={task.state} />
        <button type="button" className="small" aria-label={words.panelClose} onClick={() => onSelect(undefined)}>×</button>
      </div>
      <h2 className="mono">{task.id}</h2>
      {task.error ? (
        <FoldedError text={task.error} href={(file, line) => sourceHref(run, file, line)} />
      ) : (
        task.why && <p className="quiet">{phrase(task.why)}</p>
      )}
      {said && <p><Progress said={said} label={task.id} /></p>}
      {!hasEnded(task.state) && task.state !== "running" && <Lacks id={task.id} />}
      {!hasEnded(task.state) && <p><ActionButton action={cancel} /></p>}
      {isBefore(task) ? <p className="quiet">{words.before}</p> : <InRun graph={graph} place={place} onSelect={onSelect} />}
      <Neighbours title={words.feeds(graph.feeds[place]!.length)} places={graph.feeds[place]!} graph={graph} onSelect={onSelect} />
      <p><Link href={`/tasks/${encodeURIComponent(task.name)}`}>{words.panelTask}</Link></p>
    </aside>
  );
}

/** What is known of a task that the run had a part in. */
function InRun({ graph, place, onSelect }: Omit<Props, "run">) {
  const words = useWordsOf(PAGE_WORDS);
  const task = graph.tasks[place]!;
  const count = graph.needs[place]!.length + task.more_complete;
  return (
    <>
      <h3>{words.attempts}</h3>
      <Attempts task={task} />
      <Neighbours title={words.needs(count)} places={graph.needs[place]!} graph={graph} onSelect={onSelect} />
      {task.more_complete > 0 && <p className="quiet">{words.completeBefore(task.more_complete)}</p>}
    </>
  );
}

/** What a task waits for that needs nothing any more: units of pools, a lock, room on a disk. */
function Lacks({ id }: { id: string }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const queue = useQuery(queueQuery);
  const ready = queue.data?.ready.find((one) => one.id === id);
  const lacks = [...(ready?.lacks ?? []), ...(ready?.space ? [ready.space] : [])];
  return lacks.length > 0 ? <p className="run-waits">{words.lacks(lacks.map(phrase).join(", "))}</p> : null;
}

export const sourceHref = (run: number, file: string, line: number) =>
  `/runs/${run}?view=source&file=${encodeURIComponent(file)}&line=${line}`;

function Attempts({ task }: { task: RunTask }) {
  const words = useWordsOf(PAGE_WORDS);
  if (task.attempts.length === 0) return <p className="quiet">{words.noAttemptsYet}</p>;
  return (
    <ul className="panel-attempts">
      {task.attempts.map((one) => (
        <li key={one.attempt_id}>
          <StateIcon state={one.state} />
          <Link href={`/attempts/${one.attempt_id}`}>{words.attempt(one.attempt)}</Link>
          <Time at={one.started} />
          <Elapsed since={one.started} until={one.ended} />
        </li>
      ))}
    </ul>
  );
}

interface NeighboursProps {
  title: string;
  places: number[];
  graph: RunGraph;
  onSelect: (place: number) => void;
}

function Neighbours({ title, places, graph, onSelect }: NeighboursProps) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const [open, setOpen] = useState(false);
  const shown = open ? places : places.slice(0, FEW);
  return (
    <>
      <h3>{title}</h3>
      <ul className="panel-links">
        {shown.map((one) => (
          <li key={one}>
            <StateIcon state={graph.tasks[one]!.state} />
            <button type="button" className="link mono" onClick={() => onSelect(one)}>{graph.tasks[one]!.id}</button>
          </li>
        ))}
        {shown.length === 0 && <li className="quiet">{all.common.none}</li>}
        {shown.length < places.length && (
          <li><button type="button" className="link" onClick={() => setOpen(true)}>{words.more(places.length - shown.length)}</button></li>
        )}
      </ul>
    </>
  );
}
