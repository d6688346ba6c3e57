// The tab of the browser tells whether all is well: by its icon's colour and shape, and in words.

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { engineQuery, runsQuery } from "../api/queries";
import { useConnection } from "../live/context";

const RECENT = 20;

/** Of the newest runs: whether any failed that nothing has made good since. */
export function useTab(): void {
  const connection = useConnection();
  const engine = useQuery(engineQuery);
  const runs = useQuery(runsQuery({ limit: RECENT }));
  const made = new Set<string>();
  let tone = runs.data ? "good" : "unknown";
  for (const run of runs.data ?? []) {
    if (run.state === "running" && tone === "good") tone = "running";
    const isNew = run.roots.some((root) => !made.has(root));
    if (run.state === "failed" && isNew) tone = "bad";
    if (run.state === "done") for (const root of run.roots) made.add(root);
  }
  if (connection === "offline") tone = "unknown";
  const name = engine.data?.root.split("/").pop() ?? "moondial";
  useEffect(() => {
    const marks: Record<string, string> = { good: "✓", running: "▶", bad: "✗", unknown: "?" };
    document.title = `${marks[tone]} ${name}`;
    document.getElementById("favicon")?.setAttribute("href", `/icon-${tone}.svg`);
  }, [tone, name]);
}
