// The tab of the browser tells whether all is well: by its icon's colour and shape, and in words.
// The rule is night/judge.ts, as on the page Tonight.

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { engineQuery } from "../api/queries";
import { useConnection } from "../live/context";
import { useNight } from "../night/useNight";

const MARKS = { good: "✓", running: "▶", warn: "!", bad: "✗", unknown: "?" };

export function useTab(): void {
  const connection = useConnection();
  const engine = useQuery(engineQuery);
  const { night } = useNight();
  const well = night.tone === "good" && night.running > 0 ? "running" : night.tone;
  const tone = connection === "offline" ? "unknown" : well;
  const name = engine.data?.root.split("/").pop() ?? "moondial";
  useEffect(() => {
    document.title = `${MARKS[tone]} ${name}`;
    document.getElementById("favicon")?.setAttribute("href", `/icon-${tone}.svg`);
  }, [tone, name]);
}
