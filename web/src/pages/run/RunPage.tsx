import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useParams, useSearch } from "wouter";
import { runQuery } from "../../api/queries";
import type { RunDetail } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { STATES } from "../../states/states";
import { Asked, Empty } from "../../ui/Asked";
import { useKeys } from "../../ui/keys";
import { NARROW, useMedia } from "../../ui/media";
import { Failures } from "./Failures";
import { GanttView } from "./gantt/GanttView";
import { GraphView } from "./graph/GraphView";
import { warmUp } from "./graph/layout";
import { graphOf, matching, shapeOf, withComplete } from "./model";
import { RunHead } from "./RunHead";
import { SourceView } from "./SourceView";
import { TableView } from "./TableView";
import { TaskPanel } from "./TaskPanel";
import { words as PAGE_WORDS } from "./words";
import "./run.css";

const VIEWS = ["graph", "gantt", "table", "source"] as const;
type View = (typeof VIEWS)[number];

/** One run, as a graph, over time, as a table, and the texts that it used. */
export default function RunPage() {
  const { run } = useParams<{ run: string }>();
  const words = useWords();
  const id = Number(run);
  if (!/^\d+$/.test(run ?? "")) return <p className="empty">{words.shell.notFound}</p>;
  return <KnownRun key={id} id={id} />;
}

function KnownRun({ id }: { id: number }) {
  const query = useQuery(runQuery(id));
  useEffect(warmUp, []);
  return <Asked query={query}>{(run) => <Run run={run} />}</Asked>;
}

/** What is shown of the run, kept in the address. */
function useAddress(run: number) {
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const set = (changes: Record<string, string>) => {
    for (const [name, value] of Object.entries(changes)) {
      if (value) search.set(name, value);
      else search.delete(name);
    }
    navigate(`/runs/${run}${search.size ? "?" + search : ""}`, { replace: true });
  };
  const get = (name: string) => search.get(name) ?? "";
  return { get, set };
}

function Run({ run }: { run: RunDetail }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const { get, set } = useAddress(run.run);
  // A graph that fits a phone cannot be read there.
  const first: View = useMedia(NARROW) ? "table" : "graph";
  const view = (VIEWS as readonly string[]).includes(get("view")) ? (get("view") as View) : first;
  const wanted = get("q");
  const state = get("state");
  const [jump, setJump] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  const tasks = useMemo(() => withComplete(run), [run.tasks, run.complete_before]);
  const graph = useMemo(() => graphOf(tasks), [tasks]);
  const shape = useMemo(() => shapeOf(tasks), [tasks]);
  const matched = useMemo(() => matching(tasks, wanted, state), [tasks, wanted, state]);
  const stable = useStable(matched);
  const selected = get("task") === "" ? undefined : graph.byOrdinal.get(Number(get("task")));
  const select = (place: number | undefined) =>
    set({ task: place === undefined ? "" : String(graph.tasks[place]!.ordinal) });

  useKeys([
    ...VIEWS.map((one, at) => ({ keys: String(at + 1), what: words.views[one], run: () => set({ view: one }) })),
    { keys: "s", what: words.search, run: () => box.current?.focus() },
  ]);
  return (
    <div className="run">
      <RunHead run={run} />
      {run.ended !== null && run.tasks.length > 0 && run.tasks.every((task) => task.state === "complete") && (
        <p className="notice">{words.noTasks}</p>
      )}
      <Failures run={run.run} tasks={run.tasks} onAll={() => set({ view: "table", state: "failed" })} />
      <div className="run-bar">
        <Tabs view={view} onView={(one) => set({ view: one })} />
        {view !== "source" && (
          <div className="filters">
            <input
              ref={box}
              type="search"
              aria-label={words.search}
              placeholder={words.search}
              value={wanted}
              onChange={(event) => set({ q: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === "Enter") setJump((now) => now + 1);
                if (event.key === "Escape") event.currentTarget.blur();
              }}
            />
            <select aria-label={words.state} value={state} onChange={(event) => set({ state: event.target.value })}>
              <option value="">{words.anyState}</option>
              {STATES.filter((one) => one === state || run.counts[one] || (one === "complete" && run.complete_before.length > 0)).map((one) => (
                <option key={one} value={one}>{all.state[one]} ({run.counts[one] ?? run.complete_before.length})</option>
              ))}
            </select>
            {matched && <span className="quiet" role="status">{words.matched(matched.size, tasks.length)}</span>}
          </div>
        )}
      </div>
      <div className="run-body" role="tabpanel" id="run-view" aria-label={words.views[view]}>
        {view === "source" ? (
          <SourceView
            sources={run.sources}
            file={get("file")}
            line={Number(get("line"))}
            onFile={(file) => set({ file, line: "" })}
          />
        ) : run.tasks.length === 0 ? (
          <Empty title={words.noTasks} />
        ) : view === "graph" ? (
          <GraphView
            graph={graph}
            shape={shape}
            matched={stable}
            jump={jump}
            by={get("by")}
            onBy={(by) => set({ by })}
            selected={selected}
            onSelect={select}
          />
        ) : view === "gantt" ? (
          <GanttView graph={graph} started={run.started} ended={run.ended} matched={matched} selected={selected} onSelect={select} />
        ) : (
          <TableView graph={graph} matched={matched} onSelect={select} />
        )}
        {selected !== undefined && view !== "source" && (
          <TaskPanel key={selected} run={run.run} graph={graph} place={selected} onSelect={select} />
        )}
      </div>
    </div>
  );
}

/** The same set as before if the same are in it. */
function useStable(set: Set<number> | undefined): Set<number> | undefined {
  const kept = useRef(set);
  const same =
    kept.current === set || (kept.current && set && kept.current.size === set.size && [...set].every((one) => kept.current!.has(one)));
  useEffect(() => {
    if (!same) kept.current = set;
  });
  return same ? kept.current : set;
}

function Tabs({ view, onView }: { view: View; onView: (view: View) => void }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <div role="tablist" aria-label={words.viewsLabel} className="tabs">
      {VIEWS.map((one, at) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`tab-${one}`}
          aria-selected={one === view}
          aria-controls="run-view"
          tabIndex={one === view ? 0 : -1}
          onClick={() => onView(one)}
          onKeyDown={(event) => {
            const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
            if (step === 0) return;
            const next = VIEWS[(at + step + VIEWS.length) % VIEWS.length]!;
            onView(next);
            document.getElementById(`tab-${next}`)?.focus();
          }}
        >
          {words.views[one]}
        </button>
      ))}
    </div>
  );
}
