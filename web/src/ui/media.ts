import { useSyncExternalStore } from "react";

/** Whether a condition of media, as CSS has it, holds now. */
export function useMedia(condition: string): boolean {
  return useSyncExternalStore(
    (watcher) => {
      const list = matchMedia(condition);
      list.addEventListener("change", watcher);
      return () => list.removeEventListener("change", watcher);
    },
    () => matchMedia(condition).matches,
  );
}

/** A phone, or a window as narrow. */
export const NARROW = "(max-width: 700px)";
