import { Link } from "wouter";
import type { Firing } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWords, useWordsOf } from "../../i18n/words";
import { Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { FiringMark, SlaMark } from "./FiringMark";
import { words as PAGE_WORDS } from "./words";

const ROW = 30;
const MOST_ROWS = 12;

export function FiringTable({ firings }: { firings: Firing[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const all = useWords();
  if (firings.length === 0) return <p className="quiet">{words.nothingFired}</p>;
  const columns: Column<Firing>[] = [
    { key: "at", title: words.at, width: "12.5rem", cell: (one) => <Time at={one.at} full /> },
    { key: "became", title: words.became, width: "10rem", cell: (one) => <FiringMark firing={one} /> },
    { key: "run", title: words.run, width: "6rem", cell: (one) => one.run !== null && <Link href={`/runs/${one.run}`}>{all.common.run(one.run)}</Link> },
    { key: "sla", title: words.sla, width: "9rem", cell: (one) => <SlaMark firing={one} /> },
    { key: "note", title: words.note, width: "minmax(12rem, 1fr)", cell: (one) => <span title={phrase(one.note)}>{phrase(one.note)}</span> },
  ];
  return (
    <section aria-labelledby="firings-title" className="firing-list">
      <h2 id="firings-title">{words.list}</h2>
      <div className="fit" style={{ height: Math.min(firings.length, MOST_ROWS) * ROW + 34 }}>
        <VirtualTable label={words.list} columns={columns} rows={firings} rowKey={(one) => one.at} rowHeight={ROW} />
      </div>
    </section>
  );
}
