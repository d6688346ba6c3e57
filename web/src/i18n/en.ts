// Every word of the console. Sentences with a value are functions, so that a language can order
// them. zh.ts has the same ones.

import type { State } from "../states/states";

const plural = (count: number, one: string, many = one + "s") => `${count} ${count === 1 ? one : many}`;

const state: Record<State, string> = {
  pending: "pending",
  waiting: "waiting",
  ready: "ready",
  running: "running",
  retrying: "retrying",
  done: "done",
  complete: "complete",
  skipped: "skipped",
  failed: "failed",
  upstream_failed: "upstream failed",
  blocked: "blocked",
  cancelled: "cancelled",
  lost: "lost",
};

export const en = {
  locale: "en",
  language: "English",
  state,
  pages: {
    tonight: "Tonight",
    runs: "Runs",
    tasks: "Tasks",
    schedules: "Schedules",
    pools: "Pools and locks",
    errors: "Errors",
    scripts: "Scripts",
  },
  shell: {
    skip: "Skip to the page",
    navigation: "Pages",
    search: "Find tasks, runs, files, errors",
    searchNone: "Nothing by that name",
    theme: { system: "System colours", light: "Light", dark: "Dark" },
    themeLabel: "Colours",
    languageLabel: "Language",
    keys: "Keys",
    signOut: "Sign out",
    broken: "This page has a bug; the rest of the console goes on.",
    reload: "Reload it",
    notFound: "There is no such page.",
    timesIn: (zone: string) => `Times are in ${zone}.`,
  },
  connection: {
    connecting: "Connecting…",
    live: "Live",
    offline: "The daemon does not answer. What is shown may be old; it catches up by itself.",
    retry: "Try now",
  },
  signIn: {
    title: "Sign in",
    console: "On the machine that this project runs on:",
    token: "Or with a token (moondial token add):",
    tokenLabel: "Token",
    submit: "Sign in",
    refused: "That token is not known, or no longer good.",
  },
  common: {
    loading: "Loading…",
    failedToLoad: "This could not be loaded",
    again: "Try again",
    copy: "Copy",
    copied: "Copied",
    close: "Close",
    cancel: "Cancel",
    none: "none",
    run: (id: number) => `run ${id}`,
    runs: (count: number) => plural(count, "run"),
    tasks: (count: number) => plural(count, "task"),
    attempts: (count: number) => plural(count, "attempt"),
    utc: (time: string) => `${time} UTC`,
    more: "Show more",
    rowsOf: (shown: number, all: number) => `${shown} of ${all}`,
  },
  action: {
    how: (label: string) => `${label}: as a command`,
    asCurl: "With curl, through the project's socket",
    asCommand: "In a terminal",
    done: (label: string) => `${label}: done`,
    failed: (label: string) => `${label} was refused`,
    confirm: (label: string) => `${label}?`,
    notAllowed: (role: string) => `This takes the role ${role}.`,
  },
  keys: {
    title: "Keys",
    search: "Find",
    help: "This list",
    go: (page: string) => `Go to ${page}`,
    close: "Close what is open",
  },
};

export type Words = typeof en;
