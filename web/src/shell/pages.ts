// The pages of the rail, in its order, and what else has an address.

import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { Words } from "../i18n/en";

export interface RailPage {
  name: keyof Words["pages"];
  path: string;
  /** After `g`. */
  key: string;
}

export const RAIL: RailPage[] = [
  { name: "tonight", path: "/", key: "t" },
  { name: "runs", path: "/runs", key: "r" },
  { name: "tasks", path: "/tasks", key: "k" },
  { name: "schedules", path: "/schedules", key: "s" },
  { name: "pools", path: "/pools", key: "p" },
  { name: "errors", path: "/errors", key: "e" },
  { name: "scripts", path: "/scripts", key: "f" },
];

interface PageRoute {
  path: string;
  page: LazyExoticComponent<ComponentType>;
}

export const ROUTES: PageRoute[] = [
  { path: "/", page: lazy(() => import("../pages/tonight/TonightPage")) },
  { path: "/runs", page: lazy(() => import("../pages/runs/RunsPage")) },
  { path: "/runs/:run", page: lazy(() => import("../pages/run/RunPage")) },
  { path: "/attempts/:attempt", page: lazy(() => import("../pages/attempt/AttemptPage")) },
  { path: "/tasks", page: lazy(() => import("../pages/tasks/TasksPage")) },
  { path: "/tasks/:name", page: lazy(() => import("../pages/task/TaskPage")) },
  { path: "/schedules", page: lazy(() => import("../pages/schedules/SchedulesPage")) },
  { path: "/schedules/:name", page: lazy(() => import("../pages/schedules/SchedulePage")) },
  { path: "/pools", page: lazy(() => import("../pages/pools/PoolsPage")) },
  { path: "/errors", page: lazy(() => import("../pages/errors/ErrorsPage")) },
  { path: "/scripts", page: lazy(() => import("../pages/scripts/ScriptsPage")) },
];
