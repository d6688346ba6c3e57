import { Link } from "wouter";
import type { Action } from "../../api/actions";
import { path } from "../../api/client";
import { useWords, useWordsOf } from "../../i18n/words";
import type { Failure } from "../../night/judge";
import { StateIcon } from "../../states/StateMark";
import { ActionButton } from "../../ui/ActionButton";
import { attemptHref, errorHref, runHref, scheduleHref } from "../../ui/names";
import { Time } from "../../ui/time";
import { Panel } from "./Panels";
import { words as PAGE_WORDS } from "./words";

export function retryRun(run: number, label: string): Action {
  return {
    label,
    call: { method: "POST", path: path(["runs", run, "retry"]), body: {} },
    command: ["moondial", "retry", String(run)],
    role: "operator",
  };
}

/** What failed and is not made good; the first one of each run has the button that retries it. */
export function FailedPanel({ failed }: { failed: Failure[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const firsts = new Map<number, string>();
  for (const one of failed) {
    if (one.run !== undefined && !firsts.has(one.run)) firsts.set(one.run, one.key);
  }
  return (
    <Panel id="failed" title={words.failed} rows={failed} none={words.noneFailed} more="/errors">
      {(one) => (
        <FailedRow key={one.key} one={one} retries={one.run !== undefined && firsts.get(one.run) === one.key} />
      )}
    </Panel>
  );
}

function FailedRow({ one, retries }: { one: Failure; retries: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const about = one.kind === "run" ? words.whole : one.error;
  return (
    <li>
      <div className="panel-line">
        <StateIcon state={one.state} />
        <Link href={hrefOf(one)} className="mono panel-name" title={one.name}>{one.name}</Link>
        {one.kind === "firing" && <span className="quiet">{words.firing}</span>}
        <span className="push panel-actions">
          <Time at={one.at} short />
          {one.run !== undefined && <Link href={runHref(one.run)}>{all.common.run(one.run)}</Link>}
          {one.again !== undefined && <Link href={runHref(one.again)}>{words.inHand(one.again)}</Link>}
          {one.again === undefined && !one.open && retries && <ActionButton action={retryRun(one.run!, words.retry(one.run!))} />}
        </span>
      </div>
      {about && (
        <div className="panel-line panel-under">
          {one.group ? (
            <Link href={errorHref(one.group)} className="mono panel-name panel-error" title={about}>{about}</Link>
          ) : (
            <span className={one.kind === "run" ? "quiet panel-name" : "mono panel-name"} title={about}>{about}</span>
          )}
        </div>
      )}
    </li>
  );
}

function hrefOf(one: Failure): string {
  if (one.kind === "firing") return scheduleHref(one.name);
  if (one.attempt !== undefined) return attemptHref(one.attempt);
  return one.run !== undefined ? runHref(one.run) : errorHref(one.group ?? "");
}
