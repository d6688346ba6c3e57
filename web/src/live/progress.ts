// What tasks that run say of how far they are: their `progress` events over what the queue knew.

import { useQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { queueQuery } from "../api/queries";
import { useFeed } from "./context";
import type { LiveEvent } from "./feed";

export interface Said {
  /** From 0 to 1. */
  fraction?: number | undefined;
  text: string;
}

export type SaidByAttempt = ReadonlyMap<number, Said>;

const GATHER_MS = 100; // what many tasks say at once is shown at once

/** What has been said since the queue was asked for. */
export class SaidKeeper {
  #said: SaidByAttempt = new Map();
  #next: Map<number, Said> | undefined;
  #watchers = new Set<() => void>();

  take(event: LiveEvent): void {
    if (event.kind === "reset") return this.forget();
    if (event.attempt_id === undefined) return;
    if (event.kind === "progress") this.#change().set(event.attempt_id, { fraction: event.fraction, text: event.text ?? "" });
    else if (event.kind === "attempt_ended") this.#change().delete(event.attempt_id);
  }

  /** Some may have been missed: what the queue knows counts again. */
  forget(): void {
    this.#change().clear();
  }

  get said(): SaidByAttempt {
    return this.#said;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  #change(): Map<number, Said> {
    if (this.#next) return this.#next;
    const next = (this.#next = new Map(this.#said));
    setTimeout(() => {
      this.#next = undefined;
      if (next.size === 0 && this.#said.size === 0) return;
      this.#said = next;
      for (const watcher of this.#watchers) watcher();
    }, GATHER_MS);
    return next;
  }
}

/** By attempts, of all that run. */
export function useSaid(): SaidByAttempt {
  const { said: keeper } = useFeed();
  const told = useSyncExternalStore(keeper.watch, () => keeper.said);
  const { data } = useQuery(queueQuery);
  return useMemo(() => {
    const all = new Map<number, Said>();
    for (const one of data?.running ?? []) {
      const said = told.get(one.attempt_id);
      if (said) all.set(one.attempt_id, said);
      else if (one.fraction !== undefined || one.text) all.set(one.attempt_id, { fraction: one.fraction, text: one.text ?? "" });
    }
    for (const [attempt, said] of told) all.set(attempt, said);
    return all;
  }, [told, data]);
}

/** "40 % page 4 of 10" */
export function saidText({ fraction, text }: Said): string {
  return [fraction === undefined ? "" : `${Math.round(100 * fraction)} %`, text].filter(Boolean).join(" ");
}
