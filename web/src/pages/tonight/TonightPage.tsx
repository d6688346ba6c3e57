import { Link } from "wouter";
import { useWords, useWordsOf } from "../../i18n/words";
import type { Late, Night } from "../../night/judge";
import { useNight } from "../../night/useNight";
import { Mark } from "../../ui/Mark";
import { scriptHref } from "../../ui/names";
import { civil, useNow, useZone } from "../../ui/time";
import { FailedPanel } from "./Failed";
import { NextPanel, RunningPanel } from "./Panels";
import { RisksPanel } from "./Risks";
import { Timeline } from "./Timeline";
import { words as PAGE_WORDS } from "./words";
import "./tonight.css";

/** What somebody opens at six in the morning. */
export default function TonightPage() {
  const { facts, night, missing } = useNight();
  const words = useWordsOf(PAGE_WORDS);
  return (
    <div className="tonight">
      <Verdict night={night} />
      {missing && <p className="notice notice-warn"><strong>{words.missing}</strong> {missing.message}</p>}
      <Others night={night} />
      <div className="panels">
        <FailedPanel failed={night.failed} />
        <RisksPanel late={night.late} atRisk={night.atRisk} />
        <RunningPanel queue={facts.queue} />
        <NextPanel schedules={facts.schedules} />
      </div>
      <Timeline facts={facts} />
    </div>
  );
}

/** One sentence and one shape. */
function Verdict({ night }: { night: Night }) {
  const all = useWords();
  const { verdict } = useWordsOf(PAGE_WORDS);
  const lateOf = (kind: Late["kind"]) => night.late.filter((one) => one.kind === kind).length;
  const sentence =
    night.tone === "good" || night.tone === "unknown"
      ? verdict[night.tone]
      : verdict.troubles({
          failed: night.failed.length, orMore: night.cut.failed, late: lateOf("schedule"), lateTasks: lateOf("task"), atRisk: night.atRisk.length,
          scripts: night.scripts.length, space: night.space.length, warnings: night.warnings.length,
        });
  return (
    <div className={`verdict verdict-${night.tone}`}>
      <Mark name={night.tone} size={40} />
      <div>
        <h1>
          <span className="visually-hidden">{all.pages.tonight}: </span>
          <span role="status">{sentence}</span>
        </h1>
        <p className="quiet">
          {verdict.runs(night.ended, night.cut.runs)} · {verdict.running(night.running)}
          {night.older > 0 && <> · <Link href="/errors">{verdict.older(night.older)}</Link></>}
        </p>
      </div>
      <Clock />
    </div>
  );
}

function Clock() {
  const zone = useZone();
  const { date, time } = civil(useNow(), zone);
  return (
    <div className="clock push mono">
      <strong>{time}</strong>
      <span className="quiet">{date}</span>
    </div>
  );
}

/** What is wrong with the house, not with its work. */
function Others({ night }: { night: Night }) {
  const words = useWordsOf(PAGE_WORDS);
  if (night.scripts.length + night.space.length + night.warnings.length === 0) return null;
  return (
    <ul className="others">
      {night.scripts.length > 0 && (
        <li className="notice notice-warn">
          <strong>{words.scripts}</strong>
          {night.scripts.map((file) => <Link key={file} href={scriptHref(file)} className="mono">{file}</Link>)}
        </li>
      )}
      {night.space.map((text) => <li key={text} className="notice notice-bad"><strong>{words.space}</strong> {text}</li>)}
      {night.warnings.map((text) => <li key={text} className="notice notice-warn"><strong>{words.warnings}</strong> {text}</li>)}
    </ul>
  );
}
