// The drawing of a chart, by uPlot: loaded on demand.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Series } from "./stats";

interface Moment {
  date: string;
  time: string;
}

export interface PlotOptions {
  markOf: (value: number) => string;
  momentOf: (at: string) => Moment;
  /** The point that is pointed to, and where it is from the left. */
  onHover: (place: number | undefined, left: number) => void;
  onOpen: (place: number | undefined) => void;
}

export interface Plot {
  show(series: Series): void;
  /** As if the mouse were there. */
  pointTo(place: number | undefined): void;
  destroy(): void;
}

const HEIGHT = 150;
/** Points of more than these would hide one another. */
const MANY = 150;
const AXIS_HEIGHT = 26;

/** What a variable of the styles is now, as a canvas understands it. */
function colourIn(frame: HTMLElement): (name: string) => string {
  const probe = frame.appendChild(document.createElement("i"));
  probe.hidden = true;
  return (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}

function dataOf({ points }: Series): uPlot.AlignedData {
  return [
    points.map((_, place) => place),
    points.map((one) => (one.failed ? null : one.value)),
    points.map((one) => (one.failed ? one.value : null)),
  ];
}

/** Marks beneath an axis of attempts: when they were, as short as they can be told apart. */
function labels(series: Series, places: number[], momentOf: PlotOptions["momentOf"]): string[] {
  const moments = places.map((place) => {
    const point = Number.isInteger(place) ? series.points[place] : undefined;
    return point && momentOf(point.attempt.started);
  });
  const ways = [(one: Moment) => one.date.slice(5), (one: Moment) => one.time.slice(0, 5), (one: Moment) => one.time];
  const differs = (way: (one: Moment) => string) => new Set(moments.map((one) => one && way(one))).size > 2;
  const way = ways.find(differs) ?? ways[2]!;
  const texts = moments.map((one) => (one ? way(one) : ""));
  return texts.map((text, i) => (text === texts[i - 1] ? "" : text));
}

export function makePlot(frame: HTMLElement, first: Series, options: PlotOptions): Plot {
  let series = first;
  const colour = colourIn(frame);
  const axis: uPlot.Axis = {
    stroke: () => colour("--text-quiet"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(frame).fontFamily}`,
  };
  const plot = new uPlot(
    {
      width: frame.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { size: 9 }, drag: { x: false, y: false }, dataIdx: (self, _, near) => nearest(self, near) },
      scales: {
        x: { time: false, range: (_, low, high) => [low - 0.5, high + 0.5] },
        y: { range: (_, low, high) => rangeOf(low, high) },
      },
      axes: [
        { ...axis, size: AXIS_HEIGHT, space: 70, incrs: [1, 2, 5, 10, 20, 50, 100, 200], values: (_, places) => labels(series, places, options.momentOf) },
        { ...axis, size: 64, space: 28, values: (_, values) => values.map(options.markOf) },
      ],
      series: [
        {},
        { stroke: () => colour("--state-done"), width: 1, spanGaps: true, points: { show: true, size: series.points.length > MANY ? 3 : 5, width: 0, fill: () => colour("--state-done") } },
        { stroke: () => colour("--state-failed"), paths: () => null, points: { show: false } },
      ],
      hooks: {
        drawClear: [(self) => drawUsual(self, series, colour)],
        draw: [(self) => drawCrosses(self, colour)],
        setCursor: [(self) => {
          const place = self.cursor.idx;
          options.onHover(place ?? undefined, place == null ? 0 : self.valToPos(place, "x") + self.over.offsetLeft);
        }],
      },
    },
    dataOf(series),
    frame,
  );
  plot.over.addEventListener("click", () => options.onOpen(plot.cursor.idx ?? undefined));
  const resized = new ResizeObserver(() => plot.setSize({ width: frame.clientWidth, height: HEIGHT }));
  resized.observe(frame);
  const repaint = () => plot.redraw(false);
  const themed = new MutationObserver(repaint);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", repaint);
  return {
    show(next) {
      series = next;
      plot.setData(dataOf(next));
    },
    pointTo(place) {
      const left = place === undefined ? -10 : plot.valToPos(place, "x");
      plot.setCursor({ left, top: place === undefined ? -10 : 1 });
    },
    destroy() {
      resized.disconnect();
      themed.disconnect();
      dark.removeEventListener("change", repaint);
      plot.destroy();
    },
  };
}

/** From zero on, unless that would hide how numbers differ. */
function rangeOf(low: number | null, high: number | null): [number, number] {
  const least = low ?? 0;
  const most = high ?? 1;
  const isFar = least > most / 2 && most > least;
  const bottom = isFar ? least - (most - least) / 2 : Math.min(least, 0);
  const top = Math.max(most, 0);
  return [bottom, top === bottom ? bottom + 1 : top + (top - bottom) * 0.1];
}

/** Both series share places: what is pointed to is any point there. */
function nearest(self: uPlot, near: number): number {
  return Math.max(0, Math.min(self.data[0].length - 1, near));
}

function drawUsual(self: uPlot, { usual }: Series, colour: (name: string) => string): void {
  if (!usual) return;
  const { ctx, bbox } = self;
  const y = (value: number) => self.valToPos(value, "y", true);
  ctx.save();
  ctx.fillStyle = colour("--state-done");
  ctx.globalAlpha = 0.12;
  ctx.fillRect(bbox.left, y(usual.high), bbox.width, Math.max(1, y(usual.low) - y(usual.high)));
  ctx.globalAlpha = 0.55;
  ctx.fillRect(bbox.left, y(usual.middle), bbox.width, 1);
  ctx.restore();
}

function drawCrosses(self: uPlot, colour: (name: string) => string): void {
  const { ctx } = self;
  const size = 4 * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour("--state-failed");
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  self.data[2]!.forEach((value, place) => {
    if (value == null) return;
    const x = self.valToPos(place, "x", true);
    const y = self.valToPos(value, "y", true);
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x - size, y + size);
    ctx.lineTo(x + size, y - size);
  });
  ctx.stroke();
  ctx.restore();
}
