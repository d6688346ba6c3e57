// Names for what the API gives: docs/api.md.
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type TaskState = Schemas["TaskState"];
export type RunState = Schemas["RunState"];
export type Engine = Schemas["Engine"];
export type Task = Schemas["Tasks"][number];
export type Run = Schemas["Run"];
export type RunDetail = Schemas["RunDetail"];
export type RunTask = RunDetail["tasks"][number];
export type Counts = Schemas["Counts"];
export type Attempt = Schemas["Attempt"];
export type PastAttempt = Schemas["PastAttempts"][number];
export type Progress = Schemas["Progress"];
export type Schedule = Schemas["Schedules"][number];
export type Firing = Schemas["Firing"];
export type Trigger = Schemas["Triggers"][number];
export type Forecast = Schemas["Forecast"];
export type ForecastRun = Schemas["ForecastRun"];
export type Queue = Schemas["Queue"];
export type Pool = Schemas["Pools"][number];
export type Plan = Schemas["Plan"];
export type Diagnostic = Schemas["Diagnostic"];
export type Log = Schemas["Log"];
export type Reload = Schemas["Reload"];
export type AttemptDetail = Schemas["AttemptDetail"];
export type TaskDates = Schemas["TaskDates"];
export type ErrorGroup = Schemas["ErrorGroups"][number];
export type FailedTask = ErrorGroup["tasks"][number];
export type MissedTask = Schemas["MissedTasks"][number];
export type Scripts = Schemas["Scripts"];
export type ScriptVersion = Schemas["ScriptVersions"][number];
export type Source = Schemas["Source"];
