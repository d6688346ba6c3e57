import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { runQuery, runsQuery } from "../../api/queries";
import type { RunDetail } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateIcon } from "../../states/StateMark";
import { worst, type State } from "../../states/states";
import { withComplete } from "../run/model";
import { words as PAGE_WORDS } from "./words";

export interface Neighbour {
  name: string;
  states: State[];
}

/** Names of tasks around one in a run, with the states of those that are its neighbours. */
export function neighboursOf(run: RunDetail, name: string): { needs: Neighbour[]; feeds: Neighbour[] } {
  const tasks = withComplete(run);
  const byOrdinal = new Map(tasks.map((task) => [task.ordinal, task]));
  const needs = new Map<number, State>();
  const feeds = new Map<number, State>();
  for (const task of tasks) {
    for (const ordinal of task.requires) {
      const required = byOrdinal.get(ordinal);
      if (required && task.name === name) needs.set(ordinal, required.state);
      if (required?.name === name) feeds.set(task.ordinal, task.state);
    }
  }
  const gathered = (found: Map<number, State>) => {
    const byName = new Map<string, State[]>();
    for (const [ordinal, state] of found) {
      const of = byOrdinal.get(ordinal)!.name;
      byName.set(of, [...(byName.get(of) ?? []), state]);
    }
    return [...byName].map(([of, states]) => ({ name: of, states })).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return { needs: gathered(needs), feeds: gathered(feeds) };
}

/** The same of several runs. */
function merged(lists: Neighbour[][]): Neighbour[] {
  const byName = new Map<string, Neighbour>();
  for (const one of lists.flat()) if (!byName.has(one.name)) byName.set(one.name, one);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * What it needs and feeds, as in the newest run that it has a part in, and in the one that attempted it
 * last: where it is complete, nobody looks at what it needs.
 */
export function Neighbours({ task, attempted }: { task: string; attempted: number | undefined }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const runs = useQuery(runsQuery({ task, limit: 1 }));
  const newest = runs.data?.[0]?.run;
  const ids = [...new Set([newest, attempted])].filter((id) => id !== undefined);
  const details = useQueries({ queries: ids.map((id) => runQuery(id)) }).flatMap(({ data }) => (data ? [data] : []));
  if (runs.data && newest === undefined) {
    return (
      <section aria-labelledby="needs-title">
        <h2 id="needs-title">{words.needs} / {words.feeds}</h2>
        <p className="quiet">{words.neighboursNone}</p>
      </section>
    );
  }
  if (details.length === 0) return null;
  const found = details.map((run) => neighboursOf(run, task));
  const needs = merged(found.map((one) => one.needs));
  const feeds = merged(found.map((one) => one.feeds));
  return (
    <section aria-labelledby="needs-title">
      <div className="section-head">
        <h2 id="needs-title">{words.needs} / {words.feeds}</h2>
        <span className="quiet">
          {words.neighboursFrom}{" "}
          {details.map(({ run }) => <Link key={run} href={`/runs/${run}`}>{all.common.run(run)} </Link>)}
        </span>
      </div>
      <div className="neighbours">
        <List title={words.needs} of={needs} none={words.needsNothing} />
        <List title={words.feeds} of={feeds} none={words.feedsNothing} />
      </div>
    </section>
  );
}

function List({ title, of, none }: { title: string; of: Neighbour[]; none: string }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <div>
      <h3>{title}</h3>
      {of.length === 0 && <p className="quiet">{none}</p>}
      <ul>
        {of.map((one) => (
          <li key={one.name}>
            <StateIcon state={worst(one.states)!} />{" "}
            <Link href={`/tasks/${encodeURIComponent(one.name)}`} className="mono">{one.name}</Link>
            {one.states.length > 1 && <span className="quiet instances"> {words.instances(one.states.length)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
