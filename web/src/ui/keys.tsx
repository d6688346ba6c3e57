// The keyboard: what is bound now, for the page and for the list that `?` shows.

import { useEffect, useRef, useSyncExternalStore } from "react";
import { tinykeys } from "tinykeys";

export interface Binding {
  /** As tinykeys writes it: "g r", "/", "?". */
  keys: string;
  /** What it does. */
  what: string;
  run: (event: KeyboardEvent) => void;
}

let bound: Binding[] = [];
const watchers = new Set<() => void>();

function change(next: Binding[]): void {
  bound = next;
  for (const watcher of watchers) watcher();
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return target?.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") != null;
}

/** Binds keys while the component is there. They rest while somebody types or a dialog is open. */
export function useKeys(bindings: Binding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  const names = bindings.map((one) => one.keys + one.what).join("\n");
  useEffect(() => {
    const mine = latest.current;
    change([...bound, ...mine]);
    const handlers: Record<string, (event: KeyboardEvent) => void> = {};
    mine.forEach((binding, place) => {
      const handler = (event: KeyboardEvent) => {
        if (isTyping(event) || document.querySelector("dialog[open]")) return;
        event.preventDefault();
        latest.current[place]?.run(event);
      };
      handlers[binding.keys] = handler;
      // Where a sign is on a keyboard is not ours to know.
      if (/^[^\w\s]$/.test(binding.keys)) handlers[`Shift+${binding.keys}`] = handler;
    });
    const unbind = tinykeys(window, handlers);
    return () => {
      unbind();
      change(bound.filter((one) => !mine.includes(one)));
    };
  }, [names]);
}

export function useBindings(): Binding[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => bound,
  );
}
