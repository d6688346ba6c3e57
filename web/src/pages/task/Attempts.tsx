import { Link, useLocation } from "wouter";
import type { PastAttempt } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { StateMark } from "../../states/StateMark";
import { Empty } from "../../ui/Asked";
import { Elapsed, Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { words as PAGE_WORDS } from "./words";

/** "date=2015-09-18,engine=baidu" of an identity; what is quoted stays as it is. */
const paramsOf = (identity: string) => /^[^(]*\((.*)\)$/s.exec(identity)?.[1] ?? "";

const valueText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

export const emittedText = (emitted: PastAttempt["emitted"]) =>
  Object.entries(emitted).map(([name, value]) => `${name}=${valueText(value)}`).join(" ");

const ROW = 30;
const MOST_ROWS = 14;

export function Attempts({ rows, onEnd }: { rows: PastAttempt[]; onEnd: () => void }) {
  const words = useWordsOf(PAGE_WORDS);
  const [, navigate] = useLocation();
  if (rows.length === 0) return <Empty title={words.noAttempts} />;
  const address = (one: PastAttempt) => `/attempts/${one.attempt_id}`;
  const columns: Column<PastAttempt>[] = [
    { key: "task", title: words.attempt, width: "minmax(11rem, 1fr)", cell: (one) => <Link href={address(one)} className="mono" title={one.task}>{paramsOf(one.task) || one.task}{one.attempt > 1 && ` #${one.attempt}`}</Link> },
    { key: "state", title: words.state, width: "8rem", cell: (one) => <StateMark state={one.state} /> },
    { key: "run", title: words.runColumn, width: "4rem", cell: (one) => <Link href={`/runs/${one.run}`} className="mono">{one.run}</Link> },
    { key: "started", title: words.started_at, width: "10.5rem", cell: (one) => <Time at={one.started} /> },
    { key: "took", title: words.took, width: "5.5rem", numeric: true, cell: (one) => <Elapsed since={one.started} until={one.ended} /> },
    { key: "said", title: `${words.emitted} / ${words.error}`, width: "minmax(8rem, 1fr)", wideOnly: true, cell: (one) => <span className={`mono ${one.error ? "" : "quiet"}`} title={one.error || emittedText(one.emitted)}>{one.error.split("\n")[0] || emittedText(one.emitted)}</span> },
  ];
  return (
    <div className="fit" style={{ height: Math.min(rows.length, MOST_ROWS) * ROW + 34 }}>
      <VirtualTable
        label={words.attempts}
        columns={columns}
        rows={rows}
        rowKey={(one) => one.attempt_id}
        rowHeight={ROW}
        onOpen={(one) => navigate(address(one))}
        onEnd={onEnd}
      />
    </div>
  );
}
