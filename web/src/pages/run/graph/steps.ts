// Where the keyboard goes from a node: along an edge to the left and right, else to the nearest.

import type { Layout } from "./layout";
import type { Shown } from "./shown";

function nearest(layout: Layout, from: number, among: Iterable<number>, sideways: boolean): number | undefined {
  const here = layout.places[from]!;
  let found: number | undefined;
  let least = Infinity;
  for (const node of among) {
    const there = layout.places[node]!;
    const [along, across] = sideways ? [there.x - here.x, there.y - here.y] : [there.y - here.y, there.x - here.x];
    const distance = Math.abs(along) + 2 * Math.abs(across);
    if (distance < least) [found, least] = [node, distance];
  }
  return found;
}

/** The node that an arrow leads to; the first one if none has the focus yet. */
export function nextInLayer(shown: Shown, layout: Layout, from: number | undefined, way: string): number | undefined {
  if (shown.nodes.length === 0) return undefined;
  if (from === undefined) {
    const first = [...shown.nodes.keys()].filter((node) => shown.needs[node]!.length === 0);
    return first.sort((a, b) => layout.places[a]!.x - layout.places[b]!.x || layout.places[a]!.y - layout.places[b]!.y)[0];
  }
  const sideways = way === "Left" || way === "Right";
  const linked = way === "Left" ? shown.needs[from]! : way === "Right" ? shown.feeds[from]! : [];
  if (linked.length > 0) return nearest(layout, from, linked, true);
  const here = layout.places[from]!;
  const sign = way === "Left" || way === "Up" ? -1 : 1;
  const beyond: number[] = [];
  layout.places.forEach((there, node) => {
    const ahead = sideways ? sign * (there.x - here.x) : sign * (there.y - here.y);
    if (node !== from && ahead > 0) beyond.push(node);
  });
  return nearest(layout, from, beyond, sideways);
}
