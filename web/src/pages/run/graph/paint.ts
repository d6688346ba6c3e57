// Draws a graph: only what is in sight, and with less detail the farther away it is.

import { isBad, SHAPES, type State, STATES } from "../../../states/states";
import type { Camera } from "./camera";
import type { Layout } from "./layout";
import type { Palette } from "./palette";
import type { NodeState, Shown, ShownNode } from "./shown";

export interface Scene {
  shown: Shown;
  layout: Layout;
  states: NodeState[];
  /** Nodes that a search leaves; undefined: all. */
  matched: Uint8Array | undefined;
  focused: number | undefined;
  selected: number | undefined;
}

/** Scales from which on there is all of a node; its name in large; beneath, its colour alone. */
export const READABLE = 0.62;
export const NAMED = 0.26;
const FADED = 0.3;
const CORNER = 5;

const ICONS = Object.fromEntries(
  STATES.map((state) => {
    const { fill, line } = SHAPES[state];
    return [state, { fill: fill && new Path2D(fill), line: line && new Path2D(line) }];
  }),
) as Record<State, { fill?: Path2D; line?: Path2D }>;

export class Painter {
  #texts = new Map<string, string>();
  #far: { layout: Layout; path: Path2D } | undefined;
  #boxes: { layout: Layout; boxes: Float64Array } | undefined;

  constructor(
    private context: CanvasRenderingContext2D,
    public palette: Palette,
  ) {}

  /** The same on another canvas. */
  paintOn(context: CanvasRenderingContext2D, scene: Scene, camera: Camera, width: number, height: number, ratio: number): void {
    const own = this.context;
    this.context = context;
    this.paint(scene, camera, width, height, ratio);
    this.context = own;
  }

  paint(scene: Scene, camera: Camera, width: number, height: number, ratio: number): void {
    const { context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.palette.surface;
    context.fillRect(0, 0, width * ratio, height * ratio);
    const k = camera.scale * ratio;
    context.setTransform(k, 0, 0, k, -camera.x * k, -camera.y * k);
    const sight = { left: camera.x, top: camera.y, right: camera.x + width / camera.scale, bottom: camera.y + height / camera.scale };
    this.#edges(scene, camera, sight);
    this.#nodes(scene, camera, sight);
  }

  /** A ring in the colour of its state that widens as it fades; `left` goes from 1 to 0. */
  paintFlash(scene: Scene, node: number, camera: Camera, ratio: number, left: number): void {
    const place = scene.layout.places[node];
    if (!place) return;
    const { context } = this;
    const k = camera.scale * ratio;
    context.setTransform(k, 0, 0, k, -camera.x * k, -camera.y * k);
    const away = (2 + 10 * (1 - left)) / Math.min(1, camera.scale);
    context.globalAlpha = left;
    context.strokeStyle = this.palette.states[scene.states[node]!.state];
    context.lineWidth = 2.5 / Math.min(1, camera.scale);
    context.beginPath();
    context.roundRect(place.x - away, place.y - away, scene.layout.nodeWidth + 2 * away, scene.layout.nodeHeight + 2 * away, CORNER + away);
    context.stroke();
    context.globalAlpha = 1;
  }

  #edges(scene: Scene, camera: Camera, sight: Sight): void {
    const { context, palette } = this;
    const { layout } = scene;
    context.strokeStyle = palette.edge;
    context.lineWidth = camera.scale < NAMED ? 1 / camera.scale : 1.25;
    context.globalAlpha = scene.matched ? 0.3 : camera.scale < NAMED ? Math.max(0.15, Math.min(0.6, 400 / layout.edges.length)) : 0.9;
    if (camera.scale < NAMED) {
      context.stroke(this.#farEdges(layout));
    } else {
      const boxes = this.#edgeBoxes(layout);
      context.beginPath();
      const heads = new Path2D();
      layout.edges.forEach((points, at) => {
        const b = 4 * at;
        if (boxes[b]! > sight.right || boxes[b + 2]! < sight.left || boxes[b + 1]! > sight.bottom || boxes[b + 3]! < sight.top) return;
        trace(context, points);
        head(heads, points);
      });
      context.stroke();
      context.fillStyle = palette.edge;
      context.fill(heads);
    }
    context.globalAlpha = 1;
    const marked = scene.selected ?? scene.focused;
    if (marked !== undefined) this.#edgesOf(scene, marked, camera);
  }

  /** Those of one node, told apart from all others. */
  #edgesOf(scene: Scene, node: number, camera: Camera): void {
    const { context, palette } = this;
    context.beginPath();
    const heads = new Path2D();
    scene.shown.edges.forEach(([from, to], at) => {
      if (from !== node && to !== node) return;
      trace(context, scene.layout.edges[at]!);
      head(heads, scene.layout.edges[at]!);
    });
    context.strokeStyle = palette.accent;
    context.lineWidth = Math.max(1.75, 1.5 / camera.scale);
    context.stroke();
    context.fillStyle = palette.accent;
    context.fill(heads);
  }

  #farEdges(layout: Layout): Path2D {
    if (this.#far?.layout === layout) return this.#far.path;
    const path = new Path2D();
    for (const points of layout.edges) {
      path.moveTo(points[0]!, points[1]!);
      for (let at = 2; at < points.length; at += 2) path.lineTo(points[at]!, points[at + 1]!);
    }
    this.#far = { layout, path };
    return path;
  }

  #edgeBoxes(layout: Layout): Float64Array {
    if (this.#boxes?.layout === layout) return this.#boxes.boxes;
    const boxes = new Float64Array(4 * layout.edges.length);
    layout.edges.forEach((points, at) => {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let one = 0; one < points.length; one += 2) {
        left = Math.min(left, points[one]!);
        right = Math.max(right, points[one]!);
        top = Math.min(top, points[one + 1]!);
        bottom = Math.max(bottom, points[one + 1]!);
      }
      boxes.set([left, top, right, bottom], 4 * at);
    });
    this.#boxes = { layout, boxes };
    return boxes;
  }

  #nodes(scene: Scene, camera: Camera, sight: Sight): void {
    const { layout, shown, states } = scene;
    const seen: number[] = [];
    for (let node = 0; node < shown.nodes.length; ++node) {
      const { x, y } = layout.places[node]!;
      if (x > sight.right || y > sight.bottom || x + layout.nodeWidth < sight.left || y + layout.nodeHeight < sight.top) continue;
      seen.push(node);
    }
    if (camera.scale < NAMED) this.#farNodes(scene, seen, camera);
    else {
      for (const node of seen) {
        const faded = scene.matched !== undefined && scene.matched[node] === 0;
        this.context.globalAlpha = faded ? FADED : 1;
        this.#node(shown.nodes[node]!, states[node]!, layout, layout.places[node]!, camera);
      }
    }
    this.context.globalAlpha = 1;
    for (const [node, colour] of [[scene.selected, this.palette.accent], [scene.focused, this.palette.accent]] as const) {
      if (node !== undefined) this.#frame(layout, node, colour, camera);
    }
  }

  /** The colour alone; what is bad comes last, larger than it is. */
  #farNodes(scene: Scene, seen: number[], camera: Camera): void {
    const { context, palette } = this;
    const { layout, states } = scene;
    const groups = new Map<State, number[]>();
    for (const node of seen) {
      const { state } = states[node]!;
      const group = groups.get(state);
      if (group) group.push(node);
      else groups.set(state, [node]);
    }
    const least = 2 / camera.scale;
    const width = Math.max(layout.nodeWidth, least);
    for (const state of [...STATES].reverse()) {
      const height = Math.max(layout.nodeHeight, isBad(state) ? 2 * least : least);
      context.fillStyle = palette.states[state];
      for (const node of groups.get(state) ?? []) {
        context.globalAlpha = scene.matched !== undefined && scene.matched[node] === 0 ? FADED : isBad(state) ? 1 : 0.8;
        const { x, y } = layout.places[node]!;
        context.fillRect(x, y + (layout.nodeHeight - height) / 2, width, height);
      }
    }
  }

  #node(node: ShownNode, { state, counts, said, tries }: NodeState, layout: Layout, { x, y }: { x: number; y: number }, camera: Camera): void {
    const { context, palette } = this;
    const { nodeWidth: width, nodeHeight: height } = layout;
    const colour = palette.states[state];
    context.lineWidth = 1;
    context.fillStyle = palette.raised;
    if (node.folded) {
      context.strokeStyle = palette.edge;
      this.#box(x + 4, y + 4, width, height);
    }
    context.strokeStyle = isBad(state) || state === "running" || state === "retrying" ? colour : palette.edge;
    this.#box(x, y, width, height);
    context.fillStyle = colour;
    context.fillRect(x, y + CORNER, 3, height - 2 * CORNER);
    if (said?.fraction !== undefined) context.fillRect(x + 3, y + height - 4, (width - CORNER - 3) * said.fraction, 3);
    if (camera.scale < READABLE) {
      this.#icon(state, x + 8, y + height / 2 - 8, 16);
      this.#text(node.name, x + 28, y + height / 2 + 5, 15, palette.text, width - 33, true);
      return;
    }
    const low = node.params === "" && !node.folded;
    this.#icon(state, x + 10, low ? y + height / 2 - 7 : y + 6, 14);
    const count = node.folded ? `×${node.tasks.length}` : tries > 1 ? `#${tries}` : "";
    const line = low ? y + height / 2 + 4 : y + 17;
    this.#text(node.name, x + 31, line, 12, palette.text, width - 38 - 8 * count.length, true);
    if (count) this.#text(count, x + width - 8 - 7.3 * count.length, line, 12, palette.quiet, 60);
    if (node.folded) {
      this.#counts(counts, x + 31, y + 22, width - 38);
    } else if (!low) {
      this.#text(node.params, x + 31, y + 32, 10.5, palette.quiet, width - 38);
    }
  }

  #box(x: number, y: number, width: number, height: number): void {
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, CORNER);
    this.context.fill();
    this.context.stroke();
  }

  /** "✗2 ▶1 ✓40", as many as there is room for. */
  #counts(counts: NodeState["counts"], x: number, y: number, room: number): void {
    let at = x;
    for (const state of STATES) {
      const count = counts[state];
      if (!count) continue;
      const text = String(count);
      const width = 16 + 6.6 * text.length;
      if (at + width > x + room) return;
      this.#icon(state, at, y + 1, 10);
      this.#text(text, at + 13, y + 10, 10.5, this.palette.quiet, width);
      at += width + 5;
    }
  }

  #icon(state: State, x: number, y: number, size: number): void {
    const { context } = this;
    const { fill, line } = ICONS[state];
    context.save();
    context.translate(x, y);
    context.scale(size / 16, size / 16);
    context.fillStyle = context.strokeStyle = this.palette.states[state];
    if (fill) context.fill(fill);
    if (line) {
      context.lineWidth = 1.75;
      context.lineCap = context.lineJoin = "round";
      context.stroke(line);
    }
    context.restore();
  }

  /** `end`: where there is no room for all of it, its end is shown, as dotted names differ there. */
  #text(text: string, x: number, y: number, size: number, colour: string, room: number, end = false): void {
    const { context } = this;
    context.font = `${size}px ${this.palette.mono}`;
    context.fillStyle = colour;
    context.fillText(this.#cut(text, size, room, end), x, y);
  }

  /** As much of a text as there is room for. */
  #cut(text: string, size: number, room: number, end: boolean): string {
    const key = `${size} ${Math.round(room)} ${end} ${text}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    let cut = text;
    if (this.context.measureText(text).width > room) {
      const characters = [...text];
      let keep = Math.max(1, Math.floor((room / this.context.measureText(text).width) * characters.length) - 1);
      do cut = end ? "…" + characters.slice(-keep).join("") : characters.slice(0, keep).join("") + "…";
      while (--keep > 0 && this.context.measureText(cut).width > room);
    }
    if (this.#texts.size > 20_000) this.#texts.clear();
    this.#texts.set(key, cut);
    return cut;
  }

  #frame(layout: Layout, node: number, colour: string, camera: Camera): void {
    const { context } = this;
    const place = layout.places[node];
    if (!place) return;
    const away = 3 / Math.min(1, camera.scale);
    context.strokeStyle = colour;
    context.lineWidth = 2 / Math.min(1, camera.scale);
    context.beginPath();
    context.roundRect(place.x - away, place.y - away, layout.nodeWidth + 2 * away, layout.nodeHeight + 2 * away, CORNER + away);
    context.stroke();
  }
}

interface Sight {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Through all points, level at each. */
function trace(path: CanvasRenderingContext2D, points: Float64Array): void {
  path.moveTo(points[0]!, points[1]!);
  for (let at = 2; at < points.length; at += 2) {
    const [x0, y0, x1, y1] = [points[at - 2]!, points[at - 1]!, points[at]!, points[at + 1]!];
    const middle = (x0 + x1) / 2;
    if (y0 === y1) path.lineTo(x1, y1);
    else path.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  }
}

function head(path: Path2D, points: Float64Array): void {
  const x = points[points.length - 2]!;
  const y = points[points.length - 1]!;
  path.moveTo(x, y);
  path.lineTo(x - 6, y - 3);
  path.lineTo(x - 6, y + 3);
  path.closePath();
}
