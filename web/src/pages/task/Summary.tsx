import type { ReactNode } from "react";
import { Link } from "wouter";
import type { PastAttempt } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { durationText, Elapsed, Time } from "../../ui/time";
import { summaryOf, usualOf } from "./stats";
import { words as PAGE_WORDS } from "./words";

/** The four numbers that one looks for first. */
export function Summary({ attempts }: { attempts: PastAttempt[] | undefined }) {
  const words = useWordsOf(PAGE_WORDS);
  const summary = attempts && summaryOf(attempts);
  const usual = summary && usualOf(summary.durations);
  const percent = summary && summary.ended > 0 ? (100 * summary.succeeded) / summary.ended : undefined;
  const last = summary?.lastSuccess;
  const now = summary?.running ?? [];
  return (
    <dl className="figures">
      <Figure name={words.usual} title={usual ? words.usualOf(usual.of) : words.tooFew}
        note={usual ? words.usualRange(durationText(usual.low), durationText(usual.high)) : summary && words.tooFew}>
        {usual ? durationText(usual.middle) : "–"}
      </Figure>
      <Figure name={words.success} note={summary && words.successOf(summary.succeeded, summary.ended)}>
        {percent === undefined ? "–" : `${percent === 100 || percent < 1 ? percent : percent.toFixed(1)}%`}
      </Figure>
      <Figure name={words.lastSuccess}
        note={last ? <AttemptLink attempt={last} /> : summary && words.never}>
        {last?.ended ? <Time at={last.ended} /> : "–"}
      </Figure>
      <Figure name={words.now} note={now[0] ? <AttemptLink attempt={now[0]} /> : summary && words.idle}>
        {now[0] ? <><Elapsed since={now[0].started} />{now.length > 1 && ` +${now.length - 1}`}</> : "–"}
      </Figure>
    </dl>
  );
}

function AttemptLink({ attempt }: { attempt: PastAttempt }) {
  return <Link href={`/attempts/${attempt.attempt_id}`} className="mono" title={attempt.task}>{attempt.task}</Link>;
}

function Figure({ name, note, title, children }: { name: string; note: ReactNode; title?: string; children: ReactNode }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>
        <span className="figure">{children}</span>
        <span className="figure-note">{note}</span>
      </dd>
    </div>
  );
}
