import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { triggersQuery } from "../../api/queries";
import type { Trigger } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWordsOf } from "../../i18n/words";
import { Asked } from "../../ui/Asked";
import { Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { FiringMark } from "./FiringMark";
import { TwoLines } from "./SchedulesPage";
import { words as PAGE_WORDS } from "./words";

const ROW = 48;
const MOST_ROWS = 8;

/** What starts because something happened. */
export function Triggers() {
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(triggersQuery);
  return (
    <section aria-labelledby="triggers-title" className="triggers">
      <h2 id="triggers-title">{words.triggers}</h2>
      <Asked query={query}>
        {(triggers) => (triggers.length === 0 ? <p className="quiet">{words.noTriggers}</p> : <TriggerTable rows={triggers} />)}
      </Asked>
    </section>
  );
}

function TriggerTable({ rows }: { rows: Trigger[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const columns: Column<Trigger>[] = [
    { key: "subject", title: words.subject, width: "minmax(11rem, 1fr)", cell: (one) => <TwoLines first={<Subject trigger={one} />} second={one.doc} /> },
    { key: "kind", title: words.kind, width: "6rem", cell: (one) => words.kinds[one.kind] },
    { key: "last", title: words.last, width: "11rem", cell: (one) => <Last trigger={one} /> },
    { key: "cause", title: words.cause, width: "minmax(10rem, 1fr)", cell: (one) => one.last && <TwoLines first={<span className="mono" title={one.last.cause}>{one.last.cause}</span>} second={phrase(one.last.note)} /> },
    { key: "now", title: words.now, width: "8rem", wideOnly: true, cell: (one) => one.waiting > 0 && words.waits(one.waiting) },
    { key: "file", title: words.declaredAt, width: "12rem", wideOnly: true, cell: (one) => <Link href={`/scripts?file=${encodeURIComponent(one.file)}`} className="mono">{one.file}:{one.line}</Link> },
  ];
  return (
    <div className="fit" style={{ height: Math.min(rows.length, MOST_ROWS) * ROW + 36 }}>
      <VirtualTable label={words.triggers} columns={columns} rows={rows} rowKey={(one) => one.name} rowHeight={ROW} />
    </div>
  );
}

function Subject({ trigger }: { trigger: Trigger }) {
  const text = <span className="mono" title={trigger.subject}>{trigger.subject}</span>;
  return trigger.kind === "done" ? <Link href={`/tasks/${encodeURIComponent(trigger.subject)}`}>{text}</Link> : text;
}

function Last({ trigger: { last } }: { trigger: Trigger }) {
  const words = useWordsOf(PAGE_WORDS);
  if (!last) return <span className="quiet">{words.notYet}</span>;
  const mark = <FiringMark firing={last} />;
  return <TwoLines first={last.run === null ? mark : <Link href={`/runs/${last.run}`}>{mark}</Link>} second={<Time at={last.at} />} />;
}
