import { useMemo } from "react";
import { Link } from "wouter";
import type { RunTask } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { FoldedError, errorParts } from "../../ui/FoldedError";
import { lastAttempt } from "./model";
import { sourceHref } from "./TaskPanel";
import { words as PAGE_WORDS } from "./words";

const FEW = 5;

/** What went wrong itself; what only could not run because of it is counted. */
export function Failures({ run, tasks, onAll }: { run: number; tasks: RunTask[]; onAll: () => void }) {
  const words = useWordsOf(PAGE_WORDS);
  const failed = useMemo(() => tasks.filter((task) => task.state === "failed" || task.state === "lost"), [tasks]);
  const upstream = useMemo(() => tasks.filter((task) => task.state === "upstream_failed").length, [tasks]);
  if (failed.length === 0) return null;
  return (
    <section className="failures" aria-label={words.failures(failed.length)}>
      <h2>
        {words.failures(failed.length)}
        {upstream > 0 && <span className="quiet"> · {words.upstream(upstream)}</span>}
      </h2>
      {failed.slice(0, FEW).map((task, at) => (
        <Failure key={task.ordinal} run={run} task={task} open={at === 0} />
      ))}
      {failed.length > FEW && (
        <button type="button" className="link" onClick={onAll}>{words.allFailures(failed.length)}</button>
      )}
    </section>
  );
}

function Failure({ run, task, open }: { run: number; task: RunTask; open: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const last = lastAttempt(task);
  const parts = errorParts(task.error);
  return (
    <details open={open}>
      <summary>
        <StateIcon state={task.state} />
        <span className="mono failure-task">{task.id}</span>
        <span className="failure-line">{parts.message.split("\n")[0]}</span>
        {parts.file && <span className="mono quiet failure-place">{parts.file}:{parts.line}</span>}
      </summary>
      <FoldedError text={task.error} href={(file, line) => sourceHref(run, file, line)} restOnly />
      {last && (
        <p><Link href={`/attempts/${last.attempt_id}`}>{words.logOf(last.attempt)}</Link></p>
      )}
    </details>
  );
}
