import { useMemo, useState } from "react";
import { Link } from "wouter";
import type { RunTask } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWordsOf } from "../../i18n/words";
import { useSaid } from "../../live/progress";
import { StateIcon, StateMark } from "../../states/StateMark";
import { STATES } from "../../states/states";
import { Empty } from "../../ui/Asked";
import { errorLine } from "../../ui/FoldedError";
import { Progress } from "../../ui/Progress";
import { durationText, Elapsed, Time } from "../../ui/time";
import { type Column, type Sorting, VirtualTable } from "../../ui/VirtualTable";
import { isBefore, lastAttempt, type RunGraph, saidBy, secondsOf } from "./model";
import { words as PAGE_WORDS } from "./words";

interface Props {
  graph: RunGraph;
  matched: Set<number> | undefined;
  onSelect: (place: number) => void;
}

/** By what a column sorts: a text or a number; what has none comes last. */
const SORTS: Record<string, (task: RunTask, now: number) => string | number | undefined> = {
  task: (task) => task.id,
  state: (task) => STATES.indexOf(task.state),
  attempts: (task) => task.attempts.length,
  started: (task) => task.attempts[0]?.started && Date.parse(task.attempts[0].started),
  took: secondsOf,
};

/** Every task of the run. */
export function TableView({ graph, matched, onSelect }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const [sorting, setSorting] = useState<Sorting>({ key: "state", down: false });
  const rows = useMemo(() => {
    const now = Date.now();
    const of = SORTS[sorting.key]!;
    const keyed = graph.tasks.flatMap((task, place) =>
      matched && !matched.has(place) ? [] : [{ place, key: of(task, now) }],
    );
    const sign = sorting.down ? -1 : 1;
    keyed.sort((a, b) => {
      if (a.key === b.key) return a.place - b.place;
      if (a.key === undefined) return 1;
      if (b.key === undefined) return -1;
      return a.key < b.key ? -sign : sign;
    });
    return keyed.map((one) => one.place);
  }, [graph, matched, sorting]);

  const said = useSaid();
  const task = (place: number) => graph.tasks[place]!;
  const columns: Column<number>[] = [
    { key: "state", title: words.columns.state, width: "10rem", narrow: "6.2rem", sorts: true, cell: (one) => <StateMark state={task(one).state} /> },
    {
      key: "task", title: words.columns.task, width: "minmax(18rem, 4fr)", narrow: "minmax(9rem, 1fr)", sorts: true,
      cell: (one) => (
        <span className="mono" title={task(one).id}>
          <Link href={`/tasks/${encodeURIComponent(task(one).name)}`}>{task(one).name}</Link>
          {task(one).id.slice(task(one).name.length)}
        </span>
      ),
    },
    { key: "attempts", title: words.columns.attempts, width: "7rem", narrow: "4.5rem", sorts: true, cell: (one) => <AttemptLinks task={task(one)} /> },
    { key: "started", title: words.columns.started, width: "11rem", sorts: true, wideOnly: true, cell: (one) => <Time at={task(one).attempts[0]?.started} /> },
    { key: "took", title: words.columns.took, width: "6rem", narrow: "4.2rem", sorts: true, numeric: true, cell: (one) => <Took task={task(one)} /> },
    {
      key: "why", title: words.columns.why, width: "minmax(14rem, 3fr)", wideOnly: true,
      cell: (one) => {
        const { error, id, why } = task(one);
        const progress = saidBy(task(one), said);
        if (progress) return <Progress said={progress} label={id} />;
        if (isBefore(task(one))) return <span className="quiet">{words.before}</span>;
        if (error) return <span title={error}>{phrase(errorLine(error))}</span>;
        return <span className="quiet" title={phrase(why)}>{phrase(why)}</span>;
      },
    },
  ];
  if (rows.length === 0) return <Empty title={graph.tasks.length === 0 ? words.noTasks : words.noneFound} />;
  return (
    <VirtualTable
      label={words.views.table}
      columns={columns}
      rows={rows}
      rowKey={(one) => task(one).ordinal}
      onOpen={onSelect}
      sorting={sorting}
      onSort={setSorting}
    />
  );
}

function AttemptLinks({ task }: { task: RunTask }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <span className="attempt-links">
      {task.attempts.slice(-3).map((one) => (
        <Link key={one.attempt_id} href={`/attempts/${one.attempt_id}`} aria-label={`${task.id}, ${words.attempt(one.attempt)}`}>
          <StateIcon state={one.state} silent />{one.attempt}
        </Link>
      ))}
    </span>
  );
}

function Took({ task }: { task: RunTask }) {
  const last = lastAttempt(task);
  if (!last) return <span className="quiet">–</span>;
  if (!last.ended) return <Elapsed since={last.started} />;
  return <span className="mono">{durationText(secondsOf(task, 0)!)}</span>;
}
