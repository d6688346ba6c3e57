import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { useWords, useWordsOf } from "../../../i18n/words";
import { type Said, saidText, useSaid } from "../../../live/progress";
import { StateIcon } from "../../../states/StateMark";
import type { State } from "../../../states/states";
import { Empty } from "../../../ui/Asked";
import { useKeys } from "../../../ui/keys";
import { durationText, useNow } from "../../../ui/time";
import { type RunGraph, saidBy } from "../model";
import { words as PAGE_WORDS } from "../words";
import { ZoomButtons } from "../ZoomButtons";
import { type Bar, barsOf, criticalPath, ticks, tickText } from "./critical";
import { clamped, moved, spanOf, type Span, zoomedSpan } from "./span";

interface Props {
  graph: RunGraph;
  started: string;
  ended: string | null;
  matched: Set<number> | undefined;
  selected: number | undefined;
  onSelect: (place: number) => void;
}

type Row = { bar: Bar } | { name: string; count: number };

const ROW = 24;
const TICKS = 8;
const STEP = 0.15;
const ZOOM = 1.4;

/** A bar for each attempt, and what the run waited for. */
export function GanttView(props: Props) {
  const { graph, started, ended, matched } = props;
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const [grouped, setGrouped] = useState(false);
  const [criticalOnly, setCriticalOnly] = useState(false);
  const said = useSaid();
  const now = useRunNow(ended);
  const begin = Date.parse(started);
  const bars = useMemo(() => barsOf(graph, begin, now), [graph, begin, now]);
  const path = useMemo(() => criticalPath(graph, now), [graph, now]);
  const critical = useMemo(() => new Set(path), [path]);
  const rows = useMemo(() => {
    const left = bars.filter(
      (bar) => (!matched || matched.has(bar.place)) && (!criticalOnly || critical.has(bar.place)),
    );
    return grouped ? byName(left, graph) : left.map((bar): Row => ({ bar }));
  }, [bars, matched, criticalOnly, critical, grouped, graph]);
  const time = useSpan(spanOf(bars, begin, now));
  const { seen } = time;

  const scroller = useRef<HTMLDivElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  useWheel(scroller, track, rows.length > 0, (event, at, width) => {
    const by = event.deltaY || event.deltaX;
    if (event.ctrlKey) time.zoom(Math.exp(-by * 0.003), at);
    else time.move(by / width);
  });
  function onKey(event: KeyboardEvent<HTMLElement>) {
    const place = Number((event.target as HTMLElement).closest<HTMLElement>("[data-place]")?.dataset["place"] ?? -1);
    if (event.key === "ArrowLeft") time.move(-STEP);
    else if (event.key === "ArrowRight") time.move(STEP);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const to = Math.max(0, Math.min(rows.length - 1, place + (event.key === "ArrowDown" ? 1 : -1)));
      virtual.scrollToIndex(to);
      requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-place="${to}"]`)?.focus());
    } else return;
    event.preventDefault();
  }
  function drag(event: PointerEvent<HTMLElement>) {
    if (event.buttons !== 1 || !track.current) return;
    time.move(-event.movementX / track.current.clientWidth);
  }

  const sum = pathSum(path, bars);
  const percent = (at: number) => (100 * (at - seen.from)) / (seen.to - seen.from);
  const marks = ticks(seen.from, seen.to, begin, TICKS);
  const step = marks.length > 1 ? marks[1]! - marks[0]! : seen.to - seen.from;
  return (
    <div className="gantt">
      <div className="gantt-tools">
        <label className="check">
          <input type="checkbox" checked={grouped} onChange={(event) => setGrouped(event.target.checked)} />
          {words.byName}
        </label>
        <label className="check">
          <input type="checkbox" checked={criticalOnly} onChange={(event) => setCriticalOnly(event.target.checked)} />
          {words.criticalOnly}
        </label>
        {path.length > 0 && (
          <span className="gantt-critical">
            {words.criticalSum(path.length, durationText(sum.total), durationText(sum.waiting))}
          </span>
        )}
        <ZoomButtons onZoom={(closer) => time.zoom(closer ? ZOOM : 1 / ZOOM, 0.5)} onFit={time.fit} />
      </div>
      {rows.length === 0 ? (
        <Empty title={bars.length === 0 ? words.noAttempts : words.noneFound} />
      ) : (
        <div className="gantt-scroller" ref={scroller} tabIndex={0} role="group" aria-label={words.ganttLabel} onKeyDown={onKey}>
          <div className="gantt-axis" aria-hidden="true">
            <div className="gantt-label" />
            <div className="gantt-track" ref={track} onPointerMove={drag}>
              {marks.map((at) => (
                <span key={at} className="gantt-tick" style={{ left: `${percent(at)}%` }}>{tickText(at - begin, step)}</span>
              ))}
            </div>
          </div>
          <div role="list" className="gantt-rows" style={{ height: virtual.getTotalSize() }}>
            <div className="gantt-lines" aria-hidden="true">
              {marks.map((at) => <span key={at} style={{ left: `${percent(at)}%` }} />)}
              {!ended && now <= seen.to && <span className="gantt-now" style={{ left: `${percent(now)}%` }} title={words.now} />}
            </div>
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index]!;
              const style = { transform: `translateY(${item.start}px)`, height: ROW };
              return "name" in row ? (
                <div role="listitem" key={item.key} className="gantt-name mono" style={style}>
                  {row.name} <span className="quiet">×{row.count}</span>
                </div>
              ) : (
                <BarRow
                  key={item.key}
                  place={item.index}
                  bar={row.bar}
                  graph={graph}
                  said={row.bar.state === "running" ? saidBy(graph.tasks[row.bar.place]!, said) : undefined}
                  critical={critical.has(row.bar.place)}
                  selected={props.selected === row.bar.place}
                  seen={seen}
                  style={style}
                  words={words}
                  states={all.state}
                  onOpen={() => props.onSelect(row.bar.place)}
                />
              );
            })}
          </div>
        </div>
      )}
      <p className="graph-told quiet">{words.ganttHelp}</p>
    </div>
  );
}

interface BarProps {
  place: number;
  bar: Bar;
  graph: RunGraph;
  said: Said | undefined;
  critical: boolean;
  selected: boolean;
  seen: Span;
  style: CSSProperties;
  words: (typeof PAGE_WORDS)["en"];
  states: Record<State, string>;
  onOpen: () => void;
}

function BarRow({ place, bar, graph, said, critical, selected, seen, style, words, states, onOpen }: BarProps) {
  const { id } = graph.tasks[bar.place]!;
  const waited = (bar.start - bar.ready) / 1000;
  const ran = (bar.end - bar.start) / 1000;
  const told = [
    id, words.attempt(bar.attempt), states[bar.state],
    words.waited(durationText(waited)), words.ran(durationText(ran)), critical && words.critical, said && saidText(said),
  ].filter(Boolean).join(", ");
  const took = said?.fraction === undefined ? durationText(ran) : `${durationText(ran)} · ${Math.round(100 * said.fraction)} %`;
  const percent = (at: number) => Math.min(101, Math.max(-1, (100 * (at - seen.from)) / (seen.to - seen.from)));
  const [ready, start, end] = [percent(bar.ready), percent(bar.start), percent(bar.end)];
  return (
    <div role="listitem" className={`gantt-row${critical ? " is-critical" : ""}${selected ? " is-selected" : ""}`} style={style}>
      <button type="button" className="gantt-open" data-place={place} aria-label={told} title={told} onClick={onOpen}>
        <span className="gantt-label mono">
          <StateIcon state={bar.state} silent />
          <span>{id}{bar.attempt > 1 && <span className="quiet"> #{bar.attempt}</span>}</span>
        </span>
        <span className="gantt-track">
          <span className="gantt-wait" style={{ left: `${ready}%`, width: `${start - ready}%` }} />
          <span className={`gantt-bar state-${bar.state}`} style={{ left: `${start}%`, width: `${Math.max(0, end - start)}%` }} />
          {said?.fraction !== undefined && (
            <span className="gantt-said" style={{ left: `${start}%`, width: `${Math.max(0, (end - start) * said.fraction)}%` }} />
          )}
          {end < 88 ? (
            <span className="gantt-seconds" style={{ left: `${end}%` }}>{took}</span>
          ) : (
            start > 12 && <span className="gantt-seconds gantt-before" style={{ right: `${100 - ready}%` }}>{took}</span>
          )}
        </span>
      </button>
    </div>
  );
}

/** The present while the run goes on; else its end. */
function useRunNow(ended: string | null): number {
  const now = useNow(ended ? 3_600_000 : 1000);
  return ended ? Date.parse(ended) : now;
}

function byName(bars: Bar[], graph: RunGraph): Row[] {
  const groups = new Map<string, Bar[]>();
  for (const bar of bars) {
    const { name } = graph.tasks[bar.place]!;
    const group = groups.get(name);
    if (group) group.push(bar);
    else groups.set(name, [bar]);
  }
  return [...groups].flatMap(([name, group]): Row[] => [{ name, count: group.length }, ...group.map((bar) => ({ bar }))]);
}

/** Seconds from the first to the last of the path, and how many of them nothing of it ran. */
function pathSum(path: number[], bars: Bar[]): { total: number; waiting: number } {
  const on = new Set(path);
  let total = 0;
  let waiting = 0;
  for (const bar of bars) {
    if (!on.has(bar.place)) continue;
    total += (bar.end - bar.ready) / 1000;
    waiting += (bar.start - bar.ready) / 1000;
  }
  return { total, waiting };
}

/** The part of the time that is in sight, and what keys do to it. */
function useSpan(whole: Span) {
  const words = useWordsOf(PAGE_WORDS);
  const [chosen, setChosen] = useState<Span>(); // nothing: all of it
  const seen = chosen ? clamped(chosen, whole) : whole;
  const zoom = (factor: number, at: number) => setChosen(zoomedSpan(seen, whole, factor, at));
  const move = (part: number) => setChosen(moved(seen, whole, part));
  const fit = () => setChosen(undefined);
  useKeys([
    { keys: "+", what: words.zoomIn, run: () => zoom(ZOOM, 0.5) },
    { keys: "-", what: words.zoomOut, run: () => zoom(1 / ZOOM, 0.5) },
    { keys: "0", what: words.fit, run: fit },
  ]);
  return { seen, zoom, move, fit };
}

/** A wheel with Ctrl or Shift; `at` is where on the track, from 0 to 1. */
function useWheel(
  scroller: RefObject<HTMLElement | null>,
  track: RefObject<HTMLElement | null>,
  isThere: boolean,
  turn: (event: WheelEvent, at: number, width: number) => void,
): void {
  const latest = useRef(turn);
  latest.current = turn;
  useEffect(() => {
    const element = scroller.current;
    const listen = (event: WheelEvent) => {
      if (!track.current || (!event.ctrlKey && !event.shiftKey)) return;
      event.preventDefault();
      const box = track.current.getBoundingClientRect();
      latest.current(event, Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), box.width);
    };
    element?.addEventListener("wheel", listen, { passive: false });
    return () => element?.removeEventListener("wheel", listen);
  }, [scroller, track, isThere]);
}
