// The one way to the daemon: its API beneath /api/v1, as docs/api.md says.

import type { Diagnostic } from "./types";

export const API = "/api/v1/";

/** What the daemon answers instead of what was asked for; `status` 0 if it did not answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly places: Diagnostic[] = [],
  ) {
    super(message);
  }
}

export interface Call {
  method: "GET" | "POST" | "DELETE";
  /** Beneath /api/v1/, encoded. */
  path: string;
  body?: unknown;
}

export interface Page<T> {
  rows: T[];
  /** Where the next page is, beneath /api/v1/; nothing at the end. */
  next: string | undefined;
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const problem = await response.json();
    return new ApiError(response.status, String(problem.detail ?? problem.title), problem.errors);
  } catch {
    return new ApiError(response.status, response.statusText);
  }
}

async function ask(call: Call, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = { method: call.method, credentials: "same-origin" };
  if (signal) init.signal = signal;
  if (call.method !== "GET") {
    init.headers = { "Content-Type": "application/json", "X-Moondial": "1" };
    init.body = JSON.stringify(call.body ?? {});
  }
  return fetched(API + call.path, init);
}

async function fetched(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "the daemon does not answer");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** What a call gives. Throws an ApiError. */
export async function perform<T>(call: Call, signal?: AbortSignal): Promise<T> {
  return (await ask(call, signal)).json() as Promise<T>;
}

/** What has an address of its own, beside the API. */
export async function getPlain<T>(address: string, signal: AbortSignal): Promise<T> {
  return (await fetched(address, { signal })).json() as Promise<T>;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return perform<T>({ method: "GET", path }, signal);
}

/** One page of a list that goes on (the header `Link`). */
export async function getPage<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
  const response = await ask({ method: "GET", path }, signal);
  const next = /<\/api\/v1\/([^>]*)>;\s*rel="next"/.exec(response.headers.get("Link") ?? "");
  return { rows: (await response.json()) as T[], next: next?.[1] };
}

/** A path of which each part is encoded, with a query of what is neither undefined nor empty. */
export function path(parts: (string | number)[], query: Record<string, string | number | undefined> = {}): string {
  const text = parts.map((part) => encodeURIComponent(part)).join("/");
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (asked.length === 0) return text;
  return text + "?" + asked.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join("&");
}
