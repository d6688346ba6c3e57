import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import {
  errorsQuery, forecastQuery, healthQuery, missedQuery, queueQuery, runsQuery, schedulesQuery, scriptsQuery,
} from "../api/queries";
import { useNow } from "../ui/time";
import { type Facts, judge, JUDGED_MS, MOST_RUNS, MOST_TASKS, type Night } from "./judge";

const HOUR_MS = 3_600_000;
/** How far the forecast looks. */
export const COMING_HOURS = 12;

/** The facts and what they come to. Whoever asks shares what was asked for. */
export function useNight(): { facts: Facts; night: Night; missing: Error | null } {
  const now = useNow(60_000);
  const since = new Date(Math.floor((now - JUDGED_MS) / HOUR_MS) * HOUR_MS).toISOString();
  const runs = useQuery({ ...runsQuery({ since, limit: MOST_RUNS }), placeholderData: keepPreviousData });
  const open = { state: "unresolved", since, tasks: MOST_TASKS };
  const errors = useQuery({ ...errorsQuery(open), placeholderData: keepPreviousData });
  const schedules = useQuery(schedulesQuery());
  // A forecast ages by itself, and no event tells of the daemon's warnings.
  const byTheClock = { refetchInterval: 60_000, refetchIntervalInBackground: true };
  const forecast = useQuery({ ...forecastQuery(`${COMING_HOURS}h`), ...byTheClock });
  const health = useQuery({ ...healthQuery, ...byTheClock });
  const scripts = useQuery(scriptsQuery);
  const queue = useQuery(queueQuery);
  const missed = useQuery(missedQuery);
  const facts = useMemo<Facts>(
    () => ({
      now,
      runs: runs.data,
      errors: errors.data?.rows,
      schedules: schedules.data,
      forecast: forecast.data,
      scripts: scripts.data,
      queue: queue.data,
      missed: missed.data,
      warnings: health.data?.warnings,
    }),
    [now, runs.data, errors.data, schedules.data, forecast.data, scripts.data, queue.data, missed.data, health.data],
  );
  const night = useMemo(() => judge(facts), [facts]);
  const missing = [runs, errors, schedules, forecast, health, scripts, queue, missed].find((one) => one.isError)?.error ?? null;
  return { facts, night, missing };
}
