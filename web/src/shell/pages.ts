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
  { name: "runs", path: "/runs", key: "r" },
  { name: "tasks", path: "/tasks", key: "k" },
];

interface PageRoute {
  path: string;
  page: LazyExoticComponent<ComponentType>;
}

export const ROUTES: PageRoute[] = [
  { path: "/runs", page: lazy(() => import("../pages/runs/RunsPage")) },
  { path: "/runs/:run", page: lazy(() => import("../pages/run/RunPage")) },
  { path: "/attempts/:attempt", page: lazy(() => import("../pages/attempt/AttemptPage")) },
  { path: "/tasks", page: lazy(() => import("../pages/tasks/TasksPage")) },
];
