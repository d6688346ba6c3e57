// Times in the project's zone, in UTC on hovering; durations as moondial writes them.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { engineQuery } from "../api/queries";
import { useWords } from "../i18n/words";

export function useZone(): string {
  const { data } = useQuery(engineQuery);
  return data && isKnown(data.timezone) ? data.timezone : "UTC";
}

/** A daemon may know zones that this browser does not. */
function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** 0.4s, 12s, 3m 05s, 2h 04m, 3d 4h. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0) return "-" + durationText(-seconds);
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)}ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (n: number) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const formats = new Map<string, Intl.DateTimeFormat>(); // dear to make

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
    hourCycle: "h23",
  });
  formats.set(zone, made);
  return made;
}

/** The parts of an instant in a zone: 2026-11-30 and 06:12:09. */
export function civil(at: string | number | Date, zone: string): { date: string; time: string } {
  const parts = formatOf(zone).formatToParts(new Date(at));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return {
    date: `${part("year")}-${part("month")}-${part("day")}`,
    time: `${part("hour")}:${part("minute")}:${part("second")}`,
  };
}

/** An instant: its time alone if it is of today, else with its date; `short`: without year and seconds. */
export function Time({ at, full, short }: { at: string | null | undefined; full?: boolean; short?: boolean }) {
  const zone = useZone();
  const words = useWords();
  const text = useMemo(() => {
    if (!at) return "–";
    const { date, time } = civil(at, zone);
    const shown = short ? time.slice(0, 5) : time;
    const day = short ? date.slice(5) : date;
    return full || date !== civil(Date.now(), zone).date ? `${day} ${shown}` : shown;
  }, [at, zone, full, short]);
  if (!at) return <span className="quiet">–</span>;
  const utc = new Date(at).toISOString().replace("T", " ").replace(/\..*/, "");
  return (
    <time dateTime={at} title={words.common.utc(utc)} className="mono">
      {text}
    </time>
  );
}

/** The present, anew every `everyMs`: for what counts up. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** How long something takes that has begun: counts up until it has ended. */
export function Elapsed({ since, until }: { since: string; until?: string | null | undefined }) {
  return until ? (
    <span className="mono">{durationText((Date.parse(until) - Date.parse(since)) / 1000)}</span>
  ) : (
    <Counting since={since} />
  );
}

function Counting({ since }: { since: string }) {
  const now = useNow();
  return <span className="mono">{durationText(Math.max(0, Math.floor((now - Date.parse(since)) / 1000)))}</span>;
}
