import { queryOptions, useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import type { Action } from "../../api/actions";
import { get, path } from "../../api/client";
import { runsQuery } from "../../api/queries";
import type { Progress, RunDetail } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWordsOf } from "../../i18n/words";
import { StateMark } from "../../states/StateMark";
import { ActionButton } from "../../ui/ActionButton";
import { Counts } from "../../ui/Counts";
import { isFar, rangeOf } from "../../ui/range";
import { durationText, Elapsed, Time, useNow } from "../../ui/time";
import { Rerun } from "./Rerun";
import { words as PAGE_WORDS } from "./words";

const progressQuery = (run: number) =>
  queryOptions({
    queryKey: ["progress", run],
    queryFn: ({ signal }) => get<Progress>(path(["runs", run, "progress"]), signal),
  });

const FEW_ROOTS = 3;
const RECENT = 30;

/** What the run is and how it is, and what can be done about it. */
export function RunHead({ run }: { run: RunDetail }) {
  const words = useWordsOf(PAGE_WORDS);
  const open = run.ended === null;
  return (
    <header className="run-head">
      <div className="run-title">
        <h1>{words.title(run.run)}</h1>
        <StateMark state={run.state} />
        <span className="mono run-roots" title={run.roots.join("\n")}>{run.roots.slice(0, FEW_ROOTS).join(" ")}</span>
        {run.roots.length > FEW_ROOTS && <span className="quiet">{words.moreRoots(run.roots.length - FEW_ROOTS)}</span>}
        <Actions run={run} />
      </div>
      <p className="run-facts">
        <span>{words.kinds[run.kind] ?? run.kind}{run.cause && <span className="mono"> {run.cause}</span>}</span>
        <span>{words.started} <Time at={run.started} full /></span>
        {run.ended && <span>{words.ended} <Time at={run.ended} /></span>}
        <span>{open ? words.since : words.took} <Elapsed since={run.started} until={run.ended} /></span>
        <Usual run={run} />
        <Counts counts={run.counts} />
        {open && <Left run={run.run} />}
      </p>
    </header>
  );
}

/** What other runs that were asked for the same took, whatever the parameters. */
function Usual({ run }: { run: RunDetail }) {
  const words = useWordsOf(PAGE_WORDS);
  const [first] = run.roots;
  const names = namesOf(run.roots);
  const query = useQuery({
    ...runsQuery({ task: first?.replace(/\(.*/s, "") ?? "", state: "done", limit: RECENT }),
    enabled: first !== undefined,
  });
  const alike = query.data?.filter((one) => one.run !== run.run && one.counts["done"] && namesOf(one.roots) === names);
  const range = rangeOf((alike ?? []).map((one) => one.seconds));
  if (!range) return null;
  const far = run.ended !== null && isFar(run.seconds, range);
  return (
    <span className={far ? "run-waits" : ""} title={words.usualOf(alike!.length)}>
      {words.usual(durationText(range.low), durationText(range.high))}
    </span>
  );
}

const namesOf = (roots: string[]): string => [...new Set(roots.map((root) => root.replace(/\(.*/s, "")))].sort().join(" ");

/** What is left of a run that goes on, and what it waits for from outside. */
function Left({ run }: { run: number }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const query = useQuery(progressQuery(run));
  const now = useNow();
  const { data } = query;
  if (!data || data.state !== "running") return null;
  const left = data.left === null ? undefined : data.left - (now - query.dataUpdatedAt) / 1000;
  return (
    <>
      {left !== undefined && left > 0 && <span>{words.left(durationText(Math.ceil(left)))}</span>}
      {data.space && <span className="run-waits" title={phrase(data.space.message)}>{words.space}</span>}
      {data.missing.length > 0 && (
        <span className="run-waits" title={data.missing.map((one) => `${one.id}: ${phrase(one.why)}`).join("\n")}>
          {words.missing}: <span className="mono">{data.missing[0]!.id}</span>
          {data.missing.length > 1 && ` ${words.more(data.missing.length - 1)}`}
        </span>
      )}
    </>
  );
}

function Actions({ run }: { run: RunDetail }) {
  const words = useWordsOf(PAGE_WORDS);
  const [, navigate] = useLocation();
  const id = String(run.run);
  const lead = (result: unknown) => {
    const next = (result as { run?: number } | undefined)?.run;
    if (next !== undefined) navigate(`/runs/${next}`);
  };
  if (run.ended === null) {
    const cancel: Action = {
      label: words.cancel,
      call: { method: "POST", path: `runs/${id}/cancel`, body: {} },
      command: ["moondial", "cancel", id],
      role: "operator",
      confirm: words.cancelAsk,
    };
    const kill: Action = {
      ...cancel,
      label: words.kill,
      call: { ...cancel.call, body: { kill: true } },
      command: ["moondial", "cancel", id, "--kill"],
      confirm: words.killAsk,
    };
    return (
      <span className="run-actions">
        <ActionButton action={cancel} />
        <ActionButton action={kill} />
        <Rerun run={run} onStarted={lead} />
      </span>
    );
  }
  const retry: Action = {
    label: run.state === "failed" ? words.retry : words.retryAll,
    call: { method: "POST", path: `runs/${id}/retry`, body: {} },
    command: ["moondial", "retry", id],
    role: "operator",
  };
  return (
    <span className="run-actions">
      {run.state !== "done" && <ActionButton action={retry} onDone={lead} primary />}
      <Rerun run={run} onStarted={lead} />
    </span>
  );
}
