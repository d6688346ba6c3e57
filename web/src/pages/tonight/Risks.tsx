import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ForecastRun } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWords, useWordsOf } from "../../i18n/words";
import type { Late, Risk } from "../../night/judge";
import { WordMark } from "../../ui/Mark";
import { runHref, scheduleHref, taskHref, taskName } from "../../ui/names";
import { durationText, Time } from "../../ui/time";
import { Panel } from "./Panels";
import { words as PAGE_WORDS } from "./words";

/** What is late already, then what the forecast says will be. */
export function RisksPanel({ late, atRisk }: { late: Late[]; atRisk: Risk[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const rows: { key: string; row: ReactNode }[] = [
    ...late.map((one) => ({ key: `late ${one.kind} ${one.name}`, row: <LateRow one={one} /> })),
    ...atRisk.map((one) => ({ key: `risk ${one.name}`, row: <RiskRow one={one} /> })),
  ];
  return (
    <Panel id="risks" title={words.risks} rows={rows} none={words.noneAtRisk} more="/schedules">
      {({ key, row }) => <li key={key}>{row}</li>}
    </Panel>
  );
}

function LateRow({ one }: { one: Late }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  return (
    <>
      <div className="panel-line">
        <WordMark name="late" word={words.late} />
        <Link href={one.kind === "task" ? taskHref(taskName(one.name)) : scheduleHref(one.name)} className="mono panel-name" title={one.name}>{one.name}</Link>
        <span className="push quiet">SLA <Time at={one.sla} short /></span>
      </div>
      <div className="panel-line panel-under quiet">
        {one.run !== null && <Link href={runHref(one.run)}>{all.common.run(one.run)}</Link>}
        {one.running ? words.stillRuns : words.notDone}
      </div>
    </>
  );
}

function RiskRow({ one: { name, first, more } }: { one: Risk }) {
  const words = useWordsOf(PAGE_WORDS);
  const href = first.run === null ? scheduleHref(name) : runHref(first.run);
  return (
    <>
      <div className="panel-line">
        <WordMark name="at_risk" word={words.atRisk} />
        <Link href={href} className="mono panel-name" title={name}>{name}</Link>
        {more > 0 && <span className="quiet">{words.moreOfIt(more)}</span>}
        <span className="push quiet">
          {first.sla && <>SLA <Time at={first.sla} short /></>}
          {first.finish && <> · {words.ends} <Time at={first.finish} short /></>}
        </span>
      </div>
      <div className="panel-line panel-under quiet"><Reason of={first} /></div>
    </>
  );
}

function Reason({ of }: { of: ForecastRun }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const held = of.held_up.map((one) => `${one.name} ${durationText(one.seconds)}`).join(", ");
  return (
    <>
      {of.slack !== null && (
        <span className={of.slack < 0 ? "tone-warn" : ""}>
          {of.slack < 0 ? words.over(durationText(-of.slack)) : words.slack(durationText(of.slack))}
        </span>
      )}
      {words.fate[of.fate] && <span>{words.fate[of.fate]}</span>}
      {held ? <span className="panel-name" title={held}>{words.heldBy} <span className="mono">{held}</span></span> : of.why && <span className="panel-name" title={phrase(of.why)}>{phrase(of.why)}</span>}
    </>
  );
}
