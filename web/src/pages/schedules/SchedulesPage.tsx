import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { schedulesQuery } from "../../api/queries";
import type { Schedule } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { Asked, Empty } from "../../ui/Asked";
import { NARROW, useMedia } from "../../ui/media";
import { Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { FiringMark, In, SlaMark } from "./FiringMark";
import { ScheduleActions } from "./ScheduleActions";
import { Triggers } from "./Triggers";
import { words as PAGE_WORDS } from "./words";
import "./schedules.css";

const ROW = 48;
const MOST_ROWS = 12;

/** What starts by itself: by the clock, and because something happened. */
export default function SchedulesPage() {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(schedulesQuery());
  return (
    <>
      <div className="page-head"><h1>{all.pages.schedules}</h1></div>
      <Asked query={query}>
        {(schedules) =>
          schedules.length === 0 ? <Empty title={words.none}><code>{words.noneHint}</code></Empty> : <ScheduleTable schedules={schedules} />
        }
      </Asked>
      <Triggers />
    </>
  );
}

/** The soonest first; those that do not fire come last. */
function soonestFirst(schedules: readonly Schedule[]): Schedule[] {
  const next = (one: Schedule) => (one.paused || !one.next[0] ? Infinity : Date.parse(one.next[0]));
  return [...schedules].sort((a, b) => {
    const [x, y] = [next(a), next(b)];
    return x === y ? (a.name < b.name ? -1 : 1) : x - y;
  });
}

function ScheduleTable({ schedules }: { schedules: Schedule[] }) {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const rows = useMemo(() => soonestFirst(schedules), [schedules]);
  const columns: Column<Schedule>[] = [
    { key: "name", title: words.name, width: "minmax(10rem, 1fr)", narrow: "minmax(6rem, 1fr)", cell: (one) => <TwoLines first={<Link href={`/schedules/${encodeURIComponent(one.name)}`} className="mono">{one.name}</Link>} second={one.doc} /> },
    { key: "when", title: words.when, width: "minmax(14rem, 1.8fr)", wideOnly: true, cell: (one) => <TwoLines first={phrase(one.meaning)} second={<span className="mono">{one.cron}</span>} /> },
    { key: "next", title: words.next, width: "12rem", narrow: "7.5rem", cell: (one) => <Next schedule={one} /> },
    { key: "last", title: words.last, width: "10.5rem", narrow: "7.8rem", cell: (one) => <Last schedule={one} /> },
    { key: "now", title: words.now, width: "6rem", wideOnly: true, cell: (one) => <Now schedule={one} /> },
    { key: "actions", title: words.actions, width: "15.8rem", wideOnly: true, cell: (one) => <ScheduleActions schedule={one} /> },
  ];
  return (
    <div className="fit" style={{ height: Math.min(rows.length, MOST_ROWS) * ROW + 36 }}>
      <VirtualTable label={all.pages.schedules} columns={columns} rows={rows} rowKey={(one) => one.name} rowHeight={ROW} />
    </div>
  );
}

export function TwoLines({ first, second }: { first: React.ReactNode; second: React.ReactNode }) {
  return (
    <div className="two-lines">
      <div title={typeof first === "string" ? first : undefined}>{first}</div>
      <div className="quiet" title={typeof second === "string" ? second : undefined}>{second}</div>
    </div>
  );
}

function Next({ schedule }: { schedule: Schedule }) {
  const words = useWordsOf(PAGE_WORDS);
  const short = useMedia(NARROW);
  if (schedule.paused) return <span className="state-mark paused"><StateIcon state="blocked" silent /> {words.paused}</span>;
  const at = schedule.next[0];
  return at ? <TwoLines first={<Time at={at} short={short} />} second={<In at={at} />} /> : <span className="quiet">{words.never}</span>;
}

function Last({ schedule: { last } }: { schedule: Schedule }) {
  const words = useWordsOf(PAGE_WORDS);
  if (!last) return <span className="quiet">{words.notYet}</span>;
  const mark = <FiringMark firing={last} />;
  return (
    <TwoLines
      first={last.run === null ? mark : <Link href={`/runs/${last.run}`}>{mark}</Link>}
      second={<><Time at={last.at} /> {last.sla_missed !== null && <SlaMark firing={last} short />}</>}
    />
  );
}

function Now({ schedule: { running, waiting } }: { schedule: Schedule }) {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  return (
    <div className="two-lines">
      {running.length > 0 && (
        <div>
          <StateIcon state="running" />{" "}
          {running.map((run) => <Link key={run} href={`/runs/${run}`}>{all.common.run(run)} </Link>)}
        </div>
      )}
      {waiting > 0 && <div><StateIcon state="waiting" /> {words.waits(waiting)}</div>}
    </div>
  );
}
