import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useLocation, useParams } from "wouter";
import { asCommand } from "../../api/actions";
import { attemptQuery, attemptsQuery } from "../../api/queries";
import { cancelTask, runTaskAgain } from "../../api/taskActions";
import type { AttemptDetail, PastAttempt } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { useSaid } from "../../live/progress";
import { StateIcon, StateMark } from "../../states/StateMark";
import { ActionButton } from "../../ui/ActionButton";
import { Asked } from "../../ui/Asked";
import { CommandLine } from "../../ui/Copy";
import { FoldedError } from "../../ui/FoldedError";
import { useKeys } from "../../ui/keys";
import { Progress } from "../../ui/Progress";
import { Elapsed, Time } from "../../ui/time";
import { LogView } from "./LogView";
import { Used } from "./Used";
import { words as PAGE_WORDS } from "./words";
import "./attempt.css";

/** Of the same name, to compare with. */
const OTHERS = 200;

/** One attempt: what it says, what went wrong, what it used. */
export default function AttemptPage() {
  const { attempt } = useParams<{ attempt: string }>();
  const words = useWordsOf(PAGE_WORDS);
  if (!/^\d+$/.test(attempt ?? "")) return <p className="empty">{words.notFound}</p>;
  return <KnownAttempt key={attempt} id={Number(attempt)} />;
}

function KnownAttempt({ id }: { id: number }) {
  const query = useQuery(attemptQuery(id));
  return <Asked query={query}>{(attempt) => <Attempt attempt={attempt} />}</Asked>;
}

function Attempt({ attempt }: { attempt: AttemptDetail }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const others = useQuery(attemptsQuery(attempt.name, OTHERS));
  const same = useMemo(
    () => (others.data ?? []).filter((one) => one.task === attempt.task).sort((a, b) => b.attempt_id - a.attempt_id),
    [others.data, attempt.task],
  );
  const said = useSaid().get(attempt.attempt_id);
  const again = runTaskAgain(attempt, words.again);
  const [, navigate] = useLocation();
  return (
    <div className="attempt">
      <header className="attempt-head">
        <div className="attempt-title">
          <StateMark state={attempt.state} />
          <h1 className="mono">{attempt.task}</h1>
          <span className="attempt-actions">
            <Neighbours attempt={attempt} same={same} />
            {attempt.ended === null && <ActionButton action={cancelTask(attempt, words.cancel, words.cancelAsk)} />}
            <ActionButton
              action={again}
              onDone={(result) => navigate(`/runs/${(result as { run: number }).run}`)}
            />
          </span>
        </div>
        <p className="attempt-facts">
          <Link href={`/runs/${attempt.run}`}>{all.common.run(attempt.run)}</Link>
          <span>{words.attempt(attempt.attempt)}</span>
          <Link href={`/tasks/${encodeURIComponent(attempt.name)}`}>{attempt.name}: {words.taskHistory}</Link>
          <span>{words.started} <Time at={attempt.started} full /></span>
          <span>{attempt.ended ? words.took : words.since} <Elapsed since={attempt.started} until={attempt.ended} /></span>
          {attempt.exit !== null && <span>{words.exit} <span className="mono">{attempt.exit}</span></span>}
          {attempt.host && <span>{words.host} <span className="mono">{attempt.host}</span></span>}
          {attempt.pid > 0 && <span>{words.pid} <span className="mono">{attempt.pid}</span></span>}
        </p>
        {said && attempt.ended === null && <p className="attempt-progress"><Progress said={said} label={attempt.task} /></p>}
      </header>
      {attempt.error && (
        <section className="attempt-error" aria-label={words.error}>
          <FoldedError
            text={attempt.error}
            href={(file, line) => `/runs/${attempt.run}?view=source&file=${encodeURIComponent(file)}&line=${line}`}
          />
        </section>
      )}
      <div className="attempt-body">
        <LogView attempt={attempt.attempt_id} />
        <div className="attempt-side">
          <Used attempt={attempt} others={others.data ?? []} />
          <Emitted emitted={attempt.emitted} />
          <section>
            <h2>{words.reproduce}</h2>
            <CommandLine text={asCommand(again)} />
          </section>
          <SameTask attempt={attempt} same={same} />
        </div>
      </div>
    </div>
  );
}

/** To the attempts of the same task before and after this one. */
function Neighbours({ attempt, same }: { attempt: AttemptDetail; same: PastAttempt[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const [, navigate] = useLocation();
  const at = same.findIndex((one) => one.attempt_id === attempt.attempt_id);
  const older = at < 0 ? undefined : same[at + 1];
  const newer = at < 0 ? undefined : same[at - 1];
  const go = (one: PastAttempt | undefined) => one && navigate(`/attempts/${one.attempt_id}`);
  useKeys([
    { keys: "[", what: words.older_, run: () => go(older) },
    { keys: "]", what: words.newer_, run: () => go(newer) },
  ]);
  if (same.length < 2) return null;
  return (
    <>
      <button type="button" disabled={!older} title={words.older_} onClick={() => go(older)}>← {words.older}</button>
      <button type="button" disabled={!newer} title={words.newer_} onClick={() => go(newer)}>{words.newer} →</button>
    </>
  );
}

function Emitted({ emitted }: { emitted: AttemptDetail["emitted"] }) {
  const words = useWordsOf(PAGE_WORDS);
  const values = Object.entries(emitted);
  return (
    <section>
      <h2>{words.emitted}</h2>
      {values.length === 0 ? (
        <p className="quiet">{words.nothingEmitted}</p>
      ) : (
        <dl className="emitted mono">
          {values.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function SameTask({ attempt, same }: { attempt: AttemptDetail; same: PastAttempt[] }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <section>
      <h2>{words.attempts}</h2>
      <ul className="same-task">
        {same.slice(0, 20).map((one) => (
          <li key={one.attempt_id} {...(one.attempt_id === attempt.attempt_id ? { "aria-current": "true" as const } : {})}>
            <StateIcon state={one.state} />
            <Link href={`/attempts/${one.attempt_id}`}>{words.inRun(one.run)} #{one.attempt}</Link>
            <Time at={one.started} />
            <Elapsed since={one.started} until={one.ended} />
          </li>
        ))}
      </ul>
    </section>
  );
}
