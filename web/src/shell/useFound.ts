import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { attemptsQuery, errorsQuery, runsQuery, schedulesQuery, scriptsQuery, tasksQuery, triggersQuery } from "../api/queries";
import { useWords } from "../i18n/words";
import { find, type Group, namesTyped } from "./find";

const RUNS = 500;
const ATTEMPTS = 1000;
const NAMES = 3;
const ERRORS = 10;

/** Asks for the lists when somebody begins to type, not before. */
export function useFound(typed: string): { groups: Group[]; waits: boolean } {
  const words = useWords();
  const enabled = typed.trim() !== "";
  const tasks = useQuery({ ...tasksQuery, enabled });
  const schedules = useQuery({ ...schedulesQuery(), enabled });
  const triggers = useQuery({ ...triggersQuery, enabled });
  const scripts = useQuery({ ...scriptsQuery, enabled });
  const text = typed.trim();
  const errors = useQuery({ ...errorsQuery({ text, limit: ERRORS, tasks: ERRORS }), enabled, placeholderData: keepPreviousData });
  const runs = useQuery({ ...runsQuery({ limit: RUNS }), enabled });
  const names = useMemo(() => namesTyped(typed, tasks.data ?? [], NAMES), [typed, tasks.data]);
  const ids = useQueries({
    queries: names.map((name) => attemptsQuery(name, ATTEMPTS)),
    combine: (all) => ({
      ids: all.flatMap((one) => one.data?.map((attempt) => attempt.task) ?? []),
      waits: all.some((one) => one.isLoading),
    }),
  });
  const groups = useMemo(
    () =>
      find(
        typed,
        {
          tasks: tasks.data ?? [],
          schedules: schedules.data ?? [],
          triggers: triggers.data ?? [],
          scripts: scripts.data,
          errors: errors.data?.rows ?? [],
          runs: runs.data ?? [],
          ids: [...(errors.data?.rows ?? []).flatMap((one) => one.tasks.map((task) => task.id)), ...ids.ids],
        },
        words.common.run,
      ),
    [typed, tasks.data, schedules.data, triggers.data, scripts.data, errors.data, runs.data, ids.ids, words],
  );
  const waits = [tasks, schedules, triggers, scripts, errors, runs].some((one) => one.isLoading) || ids.waits;
  return { groups, waits };
}
