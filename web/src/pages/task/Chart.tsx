import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useWords, useWordsOf } from "../../i18n/words";
import { StateMark } from "../../states/StateMark";
import { civil, useZone } from "../../ui/time";
import type { Plot } from "./plot";
import type { Series } from "./stats";
import { words as PAGE_WORDS } from "./words";

interface Props {
  title: string;
  isEmitted: boolean;
  series: Series;
  textOf: (value: number) => string;
  /** On the axis. */
  markOf: (value: number) => string;
}

interface Hover {
  place: number;
  left: number;
}

/** One number over attempts. The library that draws it comes when there is something to draw. */
export function Chart({ title, isEmitted, series, textOf, markOf }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const zone = useZone();
  const [, navigate] = useLocation();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const [hover, setHover] = useState<Hover>();
  const latest = useRef(series);
  latest.current = series;
  const open = (place: number | undefined) => {
    const point = place === undefined ? undefined : latest.current.points[place];
    if (point) navigate(`/attempts/${point.attempt.attempt_id}`);
  };
  useEffect(() => {
    let gone = false;
    void import("./plot").then(({ makePlot }) => {
      if (gone || !frame.current) return;
      plot.current = makePlot(frame.current, latest.current, {
        markOf,
        momentOf: (at) => civil(at, zone),
        onHover: (place, left) => setHover(place === undefined ? undefined : { place, left }),
        onOpen: open,
      });
    });
    return () => {
      gone = true;
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [zone, markOf]);
  useEffect(() => plot.current?.show(series), [series]);

  function walk(event: KeyboardEvent) {
    const last = series.points.length - 1;
    const place = hover?.place;
    if (event.key === "Enter") return open(place);
    const to: Record<string, number> = {
      ArrowLeft: (place ?? last + 1) - 1, ArrowRight: (place ?? -1) + 1, Home: 0, End: last,
    };
    if (to[event.key] === undefined) return;
    event.preventDefault();
    plot.current?.pointTo(Math.max(0, Math.min(last, to[event.key]!)));
  }
  const point = hover && series.points[hover.place];
  const hasFailed = series.points.some((one) => one.failed);
  return (
    <figure className="chart">
      <figcaption>
        <h3 className={isEmitted ? "mono" : ""}>{title}</h3>
        <span className="marks-key">
          <span><i className="key-dot" /> {words.legendOk}</span>
          {hasFailed && <span><i className="key-cross" aria-hidden="true">×</i> {words.legendBad}</span>}
          {series.usual && <span><i className="key-band" /> {words.legendUsual}: <span className="mono">{textOf(series.usual.low)} – {textOf(series.usual.high)}</span></span>}
          <span className="quiet">{words.over(series.points.length)}</span>
        </span>
      </figcaption>
      <div
        ref={frame}
        className="chart-frame"
        role="group"
        tabIndex={0}
        aria-label={words.chart(title, series.points.length)}
        onKeyDown={walk}
        onBlur={() => plot.current?.pointTo(undefined)}
      >
        {point && (
          <div className="chart-tip" role="status" style={hover.left > (frame.current?.clientWidth ?? 0) / 2 ? { right: `calc(100% - ${hover.left}px + 10px)` } : { left: hover.left + 10 }}>
            <strong className="mono">{textOf(point.value)}</strong> <StateMark state={point.attempt.state} />
            <div className="mono">{point.attempt.task}</div>
            <div className="quiet">
              {all.common.run(point.attempt.run)} · {Object.values(civil(point.attempt.started, zone)).join(" ")}
            </div>
          </div>
        )}
      </div>
    </figure>
  );
}
