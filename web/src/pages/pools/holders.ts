// Who holds what and who waits for it, out of the queue.

import type { Queue } from "../../api/types";

export type Running = Queue["running"][number];
export type Ready = Queue["ready"][number];
export type QueuePool = Queue["pools"][number];

export interface Holder {
  task: Running;
  units: number;
}

const LOCK = "lock ";

/** Those that hold units of a pool now, the longest first. */
export function holdersOf(queue: Queue, pool: string): Holder[] {
  return queue.running
    .filter((task) => !task.paused && (task.uses[pool] ?? 0) > 0)
    .map((task) => ({ task, units: task.uses[pool]! }))
    .sort((a, b) => Date.parse(a.task.since) - Date.parse(b.task.since));
}

export const waitersOf = (queue: Queue, pool: string): Ready[] => queue.ready.filter((task) => task.lacks.includes(pool));

/** What it lacks besides, as words: names of pools, "lock NAME". */
export const othersOf = (task: Ready, but: string): string[] => task.lacks.filter((what) => what !== but);

export interface Lock {
  name: string;
  holder: Running | undefined;
  waiters: Ready[];
}

export function locksOf(queue: Queue): Lock[] {
  const locks = new Map<string, Lock>();
  const at = (name: string) => {
    const found = locks.get(name) ?? { name, holder: undefined, waiters: [] };
    locks.set(name, found);
    return found;
  };
  for (const task of queue.running) if (task.lock !== null) at(task.lock).holder = task;
  for (const task of queue.ready) {
    for (const what of task.lacks) if (what.startsWith(LOCK)) at(what.slice(LOCK.length)).waiters.push(task);
  }
  return [...locks.values()].sort((a, b) => b.waiters.length - a.waiters.length || (a.name < b.name ? -1 : 1));
}

/** Pools that matter now come first: those that are waited for, that are used, then by name. */
export function inOrder(queue: Queue): QueuePool[] {
  const rank = (pool: QueuePool) => (waitersOf(queue, pool.name).length > 0 ? 0 : pool.used > 0 ? 1 : 2);
  return [...queue.pools].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}
