import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from "react";
import type { Connection, Feed, LiveEvent } from "./feed";

export const FeedContext = createContext<Feed | undefined>(undefined);

export function useFeed(): Feed {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error("there is no feed here");
  return feed;
}

export function useConnection(): Connection {
  const feed = useFeed();
  return useSyncExternalStore(feed.watch, () => feed.state);
}

/** Calls `listener` with each event while the component is there. */
export function useEvents(listener: (event: LiveEvent) => void): void {
  const feed = useFeed();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => feed.listen((event) => latest.current(event)), [feed]);
}
