// Which nodes a graph shows: tasks, or one for all tasks of a name.

import { type State, worst } from "../../../states/states";
import type { Said, SaidByAttempt } from "../../../live/progress";
import { paramsText, type RunGraph, saidBy } from "../model";

export interface ShownNode {
  key: string;
  name: string;
  /** Of a task: its parameters. */
  params: string;
  /** Places in the run. */
  tasks: number[];
  /** More than one, drawn as one. */
  folded: boolean;
}

export interface Shown {
  nodes: ShownNode[];
  /** Requirement to what needs it, by places in `nodes`. */
  edges: [number, number][];
  needs: number[][];
  feeds: number[][];
}

/** More tasks than these are folded by their names unless somebody wants otherwise. */
export const FOLD_FROM = 150;

export function shownOf(graph: RunGraph, fold: boolean, unfolded: ReadonlySet<string>): Shown {
  const nodes: ShownNode[] = [];
  const nodeOf = new Int32Array(graph.tasks.length);
  const ofName = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const task of graph.tasks) counts.set(task.name, (counts.get(task.name) ?? 0) + 1);
  graph.tasks.forEach((task, place) => {
    const folded = fold && counts.get(task.name)! > 1 && !unfolded.has(task.name);
    const known = folded ? ofName.get(task.name) : undefined;
    if (known !== undefined) {
      nodes[known]!.tasks.push(place);
      nodeOf[place] = known;
      return;
    }
    nodeOf[place] = nodes.length;
    if (folded) ofName.set(task.name, nodes.length);
    nodes.push({
      key: folded ? `name:${task.name}` : `task:${task.ordinal}`,
      name: task.name,
      params: folded ? "" : paramsText(task),
      tasks: [place],
      folded,
    });
  });
  const needs: number[][] = nodes.map(() => []);
  const feeds: number[][] = nodes.map(() => []);
  const edges: [number, number][] = [];
  const seen = new Set<number>();
  graph.needs.forEach((places, place) => {
    const to = nodeOf[place]!;
    for (const need of places) {
      const from = nodeOf[need]!;
      const edge = from * nodes.length + to;
      if (from === to || seen.has(edge)) continue;
      seen.add(edge);
      edges.push([from, to]);
      needs[to]!.push(from);
      feeds[from]!.push(to);
    }
  });
  return { nodes, edges, needs, feeds };
}

export interface NodeState {
  state: State;
  counts: Partial<Record<State, number>>;
  /** Of one task: how many attempts it has had. */
  tries: number;
  /** Of one task that runs: how far it is, as it says. */
  said: Said | undefined;
}

/** The state of each node: of several tasks the worst, and how many are in which. */
export function statesOf(graph: RunGraph, shown: Shown, said: SaidByAttempt): NodeState[] {
  return shown.nodes.map((node) => {
    const counts: Partial<Record<State, number>> = {};
    for (const place of node.tasks) {
      const { state } = graph.tasks[place]!;
      counts[state] = (counts[state] ?? 0) + 1;
    }
    const one = node.folded ? undefined : graph.tasks[node.tasks[0]!]!;
    return { tries: one?.attempts.length ?? 0, said: one && saidBy(one, said), state: worst(Object.keys(counts) as State[]) ?? "pending", counts };
  });
}
