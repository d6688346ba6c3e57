import { useMemo } from "react";
import type { Plan } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWordsOf } from "../../i18n/words";
import { StateMark } from "../../states/StateMark";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { words as PAGE_WORDS } from "./words";

type Planned = Plan["tasks"][number];

const ROW = 46;
const MOST_ROWS = 6;

/** What would run and why, what is complete after it. */
export function PlanView({ plan }: { plan: Plan }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const rows = useMemo(() => {
    const rank = (task: Planned) => (task.state === "complete" ? 2 : task.state === "blocked" || task.external ? 0 : 1);
    return plan.tasks
      .map((task) => ({ task, rank: rank(task) }))
      .sort((a, b) => a.rank - b.rank);
  }, [plan]);
  const complete = rows.filter((one) => one.rank === 2).length;
  const blocked = rows.filter((one) => one.rank === 0).length;
  const running = rows.length - complete - blocked;
  const columns: Column<(typeof rows)[number]>[] = [
    {
      key: "task", title: words.task, width: "minmax(14rem, 1fr)",
      cell: ({ task }) => (
        <div className="planned">
          <div className="mono" title={task.id}>{task.id}</div>
          <div className="planned-why" title={phrase(task.why)}><StateMark state={task.state} /> <span className="quiet">{phrase(task.why)}</span></div>
        </div>
      ),
    },
  ];
  return (
    <div className="plan">
      <p role="status">
        <strong>{words.planned(running, rows.length)}</strong>
        {complete > 0 && <> · {words.plannedComplete(complete)}</>}
        {blocked > 0 && <> · {words.plannedBlocked(blocked)}</>}
      </p>
      <div className="fit" style={{ height: Math.min(rows.length, MOST_ROWS) * ROW + 34 }}>
        <VirtualTable label={words.plan} columns={columns} rows={rows} rowKey={({ task }) => task.id} rowHeight={ROW} />
      </div>
    </div>
  );
}
