import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { getPage, path } from "../../api/client";
import type { Run, RunState } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateMark } from "../../states/StateMark";
import { Asked, Empty } from "../../ui/Asked";
import { Counts } from "../../ui/Counts";
import { CommandLine } from "../../ui/Copy";
import { Elapsed, Time } from "../../ui/time";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { words as PAGE_WORDS } from "./words";

const RUN_STATES: RunState[] = ["running", "done", "failed", "cancelled", "blocked", "lost"];
const KINDS = ["run", "backfill", "retry", "schedule", "trigger"] as const;
const PAGE = 200;

/** All runs, newest first, as far back as the record goes. What is asked for is in the address. */
export default function RunsPage() {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const filter = {
    state: search.get("state") ?? "",
    kind: search.get("kind") ?? "",
    task: search.get("task") ?? "",
  };
  const set = (name: string, value: string) => {
    if (value) search.set(name, value);
    else search.delete(name);
    navigate(`/runs${search.size ? "?" + search : ""}`, { replace: true });
  };
  const query = useInfiniteQuery({
    queryKey: ["runs", "pages", filter],
    queryFn: ({ pageParam, signal }) => getPage<Run>(pageParam, signal),
    initialPageParam: path(["runs"], { ...filter, limit: PAGE }),
    getNextPageParam: (page) => page.next,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const columns: Column<Run>[] = [
    { key: "run", title: words.run, width: "5rem", cell: (run) => <Link href={`/runs/${run.run}`} className="mono">{run.run}</Link> },
    { key: "state", title: words.state, width: "9rem", cell: (run) => <StateMark state={run.state} /> },
    { key: "roots", title: words.roots, width: "minmax(16rem, 1fr)", cell: (run) => <span className="mono" title={run.roots.join("\n")}>{run.roots.join(" ")}</span> },
    { key: "kind", title: words.kind, width: "11rem", wideOnly: true, cell: (run) => <Why run={run} /> },
    { key: "started", title: words.started, width: "12rem", cell: (run) => <Time at={run.started} /> },
    { key: "took", title: words.took, width: "7rem", numeric: true, cell: (run) => <Elapsed since={run.started} until={run.ended} /> },
    { key: "counts", title: words.tasks, width: "16rem", wideOnly: true, cell: (run) => <Counts counts={run.counts} /> },
  ];
  const filtered = Object.values(filter).some(Boolean);
  return (
    <>
      <div className="page-head">
        <h1>{all.pages.runs}</h1>
        <div className="filters">
          <select aria-label={words.state} value={filter.state} onChange={(event) => set("state", event.target.value)}>
            <option value="">{words.anyState}</option>
            {RUN_STATES.map((state) => <option key={state} value={state}>{all.state[state]}</option>)}
          </select>
          <select aria-label={words.kind} value={filter.kind} onChange={(event) => set("kind", event.target.value)}>
            <option value="">{words.anyKind}</option>
            {KINDS.map((kind) => <option key={kind} value={kind}>{words.kinds[kind]}</option>)}
          </select>
          <input
            type="search"
            aria-label={words.withTask}
            placeholder={words.withTask}
            defaultValue={filter.task}
            key={filter.task}
            onBlur={(event) => event.target.value !== filter.task && set("task", event.target.value.trim())}
            onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
          />
        </div>
      </div>
      <Asked query={query}>
        {() =>
          rows.length === 0 ? (
            <Empty title={filtered ? words.noneFound : words.none}>
              {!filtered && <CommandLine text="moondial run TASK" />}
            </Empty>
          ) : (
            <VirtualTable
              label={all.pages.runs}
              columns={columns}
              rows={rows}
              rowKey={(run) => run.run}
              onOpen={(run) => navigate(`/runs/${run.run}`)}
              onEnd={more}
            />
          )
        }
      </Asked>
    </>
  );
}

/** Who asked for it: somebody, or a schedule or trigger of that name. */
function Why({ run: { cause, kind } }: { run: Run }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <span title={cause ?? undefined}>
      {words.kinds[kind as (typeof KINDS)[number]] ?? kind}
      {cause && <span className="mono"> {cause}</span>}
    </span>
  );
}
