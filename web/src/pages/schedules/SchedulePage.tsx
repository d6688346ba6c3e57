import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import { comingQuery, firingsQuery, runQuery, schedulesQuery } from "../../api/queries";
import type { Schedule } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { Asked, Empty } from "../../ui/Asked";
import { durationText, Time } from "../../ui/time";
import { Attention } from "./Attention";
import { FiringCalendar } from "./FiringCalendar";
import { FiringMark, In, SlaMark } from "./FiringMark";
import { FiringTable } from "./FiringTable";
import { ScheduleActions } from "./ScheduleActions";
import { words as PAGE_WORDS } from "./words";
import "./schedules.css";

const COMING = 50;
const PAST = 500;

/** One schedule: when, how it went, and what can be done. */
export default function SchedulePage() {
  const name = useParams<{ name: string }>().name;
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(schedulesQuery());
  return (
    <Asked query={query}>
      {(schedules) => {
        const schedule = schedules.find((one) => one.name === name);
        if (schedule) return <Known key={name} schedule={schedule} />;
        return (
          <>
            <div className="page-head"><h1 className="mono">{name}</h1></div>
            <Empty title={words.unknown(name)}>{words.unknownHint}</Empty>
          </>
        );
      }}
    </Asked>
  );
}

/** The names of the tasks that it started last. */
function useStarted(schedule: Schedule, lastRun: number | undefined): string[] {
  const run = useQuery({ ...runQuery(lastRun ?? schedule.last?.run ?? 0), enabled: lastRun !== undefined || schedule.last?.run != null });
  return [...new Set((run.data?.roots ?? []).map((root) => root.replace(/\(.*/s, "")))];
}

function Known({ schedule }: { schedule: Schedule }) {
  const words = useWordsOf(PAGE_WORDS);
  const firings = useQuery(firingsQuery(schedule.name, PAST));
  const coming = useQuery(comingQuery(COMING)).data?.find((one) => one.name === schedule.name)?.next ?? schedule.next;
  const lastRun = firings.data?.find((one) => one.run !== null)?.run ?? undefined;
  const tasks = useStarted(schedule, lastRun);
  return (
    <>
      <div className="page-head">
        <h1 className="mono">{schedule.name}</h1>
        {schedule.paused && <span className="state-mark paused"><StateIcon state="blocked" silent /> {words.paused}</span>}
        <span className="push"><ScheduleActions schedule={schedule} news /></span>
      </div>
      {schedule.doc && <p className="schedule-doc">{schedule.doc}</p>}
      <Facts schedule={schedule} tasks={tasks} />
      <Asked query={firings}>
        {(past) => (
          <>
            <Attention firings={past} tasks={tasks} />
            <FiringCalendar firings={past} coming={schedule.paused ? [] : coming} />
            <FiringTable firings={past} />
          </>
        )}
      </Asked>
    </>
  );
}

function Facts({ schedule, tasks }: { schedule: Schedule; tasks: string[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const all = useWords();
  const { next, last, running, waiting, sla } = schedule;
  const slaText = typeof sla === "number" ? words.slaWithin(durationText(sla)) : sla && words.slaAt(sla.replace(/:00$/, ""));
  const catchup = schedule.catchup === "all" ? words.catchups.all(schedule.catchup_limit) : words.catchups[schedule.catchup];
  return (
    <dl className="facts">
      <Fact name={words.when}>{phrase(schedule.meaning)}{schedule.cron && <> <span className="mono quiet">{schedule.cron}</span></>}</Fact>
      <Fact name={words.next}>{schedule.paused ? words.paused : next[0] ? <><Time at={next[0]} /> <In at={next[0]} /></> : words.never}</Fact>
      <Fact name={words.last}>
        {last ? (
          <>
            <Time at={last.at} /> {last.run === null ? <FiringMark firing={last} /> : <Link href={`/runs/${last.run}`}><FiringMark firing={last} /></Link>} <SlaMark firing={last} />
          </>
        ) : words.notYet}
      </Fact>
      <Fact name={words.running}>
        {running.length === 0 && waiting === 0 && <span className="quiet">{words.nothingRuns}</span>}
        {running.map((run) => <span key={run}><StateIcon state="running" /> <Link href={`/runs/${run}`}>{all.common.run(run)}</Link> </span>)}
        {waiting > 0 && <span><StateIcon state="waiting" /> {words.waits(waiting)}</span>}
      </Fact>
      {tasks.length > 0 && (
        <Fact name={words.starts}>
          {tasks.map((task) => <Link key={task} href={`/tasks/${encodeURIComponent(task)}`} className="mono fact-task">{task}</Link>)}
        </Fact>
      )}
      {slaText && <Fact name={words.sla}>{slaText}</Fact>}
      <Fact name={words.overlap}>{words.overlaps[schedule.overlap]}</Fact>
      <Fact name={words.catchup}>{catchup}</Fact>
      {(schedule.from ?? schedule.to) && <Fact name={words.period}>{schedule.from ?? "…"} – {schedule.to ?? "…"}</Fact>}
      {schedule.jitter !== null && schedule.jitter > 0 && <Fact name={words.jitter}>{durationText(schedule.jitter)}</Fact>}
      <Fact name={words.declaredAt}><Link href={`/scripts?file=${encodeURIComponent(schedule.file)}`} className="mono">{schedule.file}:{schedule.line}</Link></Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
