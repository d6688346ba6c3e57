// What somebody chose in this browser. Kept in its storage, the same in all of its tabs.

import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "moondial.";
const watchers = new Set<() => void>();
const memory = new Map<string, string>(); // where a browser keeps nothing

function read(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return memory.get(name);
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    memory.set(name, value);
  }
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  window.addEventListener("storage", watcher);
  return () => {
    watchers.delete(watcher);
    window.removeEventListener("storage", watcher);
  };
}

export function useSetting(name: string, otherwise: string): [string, (value: string) => void] {
  const value = useSyncExternalStore(watch, () => read(name) ?? otherwise);
  return [value, useCallback((next: string) => write(name, next), [name])];
}
