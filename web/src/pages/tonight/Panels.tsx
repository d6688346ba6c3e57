import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { usualQuery } from "../../api/queries";
import type { Queue, Schedule } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { type Said, useSaid } from "../../live/progress";
import { StateIcon } from "../../states/StateMark";
import { Mark } from "../../ui/Mark";
import { Progress } from "../../ui/Progress";
import { attemptHref, scheduleHref, taskName } from "../../ui/names";
import { durationText, Elapsed, Time, useNow } from "../../ui/time";
import { words as PAGE_WORDS } from "./words";

const MOST_ROWS = 4;

/** A titled list: a few rows, and where the others are. */
export function Panel<T>({ id, title, rows, none, more, children }: {
  id: string;
  title: string;
  rows: readonly T[];
  none: string;
  /** Where all of them are. */
  more: string;
  children: (row: T) => ReactNode;
}) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <section className="panel" aria-labelledby={`panel-${id}`}>
      <div className="panel-head">
        <h2 id={`panel-${id}`}>{title}</h2>
        {rows.length > 0 && <span className="quiet">{rows.length}</span>}
        {rows.length > MOST_ROWS && <Link href={more} className="push">{words.moreRows(rows.length - MOST_ROWS)}</Link>}
      </div>
      {rows.length === 0 ? <p className="quiet panel-none">{none}</p> : <ul>{rows.slice(0, MOST_ROWS).map(children)}</ul>}
    </section>
  );
}

type Running = Queue["running"][number];

export function RunningPanel({ queue }: { queue: Queue | undefined }) {
  const words = useWordsOf(PAGE_WORDS);
  const running = queue?.running ?? [];
  const ready = queue?.ready.length ?? 0;
  const said = useSaid();
  return (
    <div>
      <Panel id="running" title={words.running} rows={running} none={words.nothingRuns} more="/runs?state=running">
        {(one) => <RunningRow key={one.attempt_id} one={one} said={said.get(one.attempt_id)} />}
      </Panel>
      {ready > 0 && <p className="panel-note"><Link href="/pools">{words.waitReady(ready)}</Link></p>}
    </div>
  );
}

function RunningRow({ one, said }: { one: Running; said: Said | undefined }) {
  const words = useWordsOf(PAGE_WORDS);
  const usual = useQuery(usualQuery(taskName(one.id)));
  const past = usual.data ?? [];
  const middle = past[Math.floor(past.length / 2)];
  return (
    <li>
      <div className="panel-line">
        <StateIcon state={one.paused ? "waiting" : "running"} />
        <Link href={attemptHref(one.attempt_id)} className="mono panel-name" title={one.id}>{one.id}</Link>
        <span className="push">
          <Elapsed since={one.since} />
          {middle !== undefined && (
            <span className="quiet" title={`${durationText(past[0]!)} – ${durationText(past.at(-1)!)}`}>
              {" · "}{words.usually(durationText(middle))}
            </span>
          )}
        </span>
      </div>
      {(said || one.paused) && (
        <div className="panel-line panel-under">
          {said && <Progress said={said} label={one.id} />}
          {one.paused && <span className="quiet panel-name">{words.paused}</span>}
        </div>
      )}
    </li>
  );
}

export function NextPanel({ schedules }: { schedules: Schedule[] | undefined }) {
  const words = useWordsOf(PAGE_WORDS);
  const rows = (schedules ?? [])
    .filter((one) => !one.paused && one.next.length > 0)
    .sort((a, b) => Date.parse(a.next[0]!) - Date.parse(b.next[0]!));
  return (
    <Panel id="next" title={words.next} rows={rows} none={words.nothingNext} more="/schedules">
      {(one) => (
        <li key={one.name}>
          <div className="panel-line">
            <Mark name="coming" />
            <Time at={one.next[0]!} short />
            <Link href={scheduleHref(one.name)} className="mono panel-name" title={one.doc || one.name}>{one.name}</Link>
            <span className="quiet push"><Until at={one.next[0]!} /></span>
          </div>
        </li>
      )}
    </Panel>
  );
}

function Until({ at }: { at: string }) {
  const words = useWordsOf(PAGE_WORDS);
  const left = (Date.parse(at) - useNow()) / 1000;
  return <>{words.inTime(durationText(Math.max(0, Math.floor(left))))}</>;
}

