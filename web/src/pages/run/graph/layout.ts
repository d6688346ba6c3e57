// Where nodes and edges go. ELK draws best and takes long, so it has the small graphs; both work in
// workers, which are fetched when the first graph is shown.

import type { ELK, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api";
import type { LayeredOrder } from "./layered.worker";
import { layered, layersOf, type Place } from "./layered";
import type { Shown } from "./shown";

export interface Layout {
  places: Place[];
  /** The points of each edge, from its beginning to its end: x, y, x, y … */
  edges: Float64Array[];
  nodeWidth: number;
  nodeHeight: number;
  width: number;
  height: number;
}

export const NODE_HEIGHT = 40;
const GAP_Y = 14;
const GAP_X = 20;
const CHARACTER = 7.4;
/** What ELK lays out within about a second. */
const ELK_NODES = 200;
const ELK_EDGES = 500;
const PATIENCE_MS = 400;

/** As wide as the longest text in it wants, within reason. */
export function nodeWidthOf(shown: Shown): number {
  let longest = 10;
  for (const node of shown.nodes) {
    const name = node.name.length + (node.folded ? 1 + String(node.tasks.length).length : 0);
    longest = Math.max(longest, name, 0.86 * node.params.length);
  }
  return Math.round(Math.min(240, 44 + CHARACTER * longest));
}

let elk: Promise<ELK> | undefined;

function theElk(): Promise<ELK> {
  elk ??= import("elkjs/lib/elk-api").then(
    ({ default: Elk }) =>
      new Elk({ workerFactory: () => new Worker(new URL("./elk.worker.ts", import.meta.url), { type: "module" }) }),
  );
  return elk;
}

/** Fetches what most graphs need, while the run itself is on its way. */
export function warmUp(): void {
  theElk().catch(() => {}); // said again where it is needed
}

/** A graph that is mostly a chain goes on in a further line, as text does. */
function wrappingOf(shown: Shown): string {
  const layers = 1 + Math.max(...layersOf(shown.nodes.length, shown.needs));
  return layers > 9 && shown.nodes.length / layers < 3 ? "MULTI_EDGE" : "OFF";
}

async function byElk(shown: Shown, width: number): Promise<Layout> {
  const graph: ElkNode = {
    id: "run",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.edgeRouting": "POLYLINE",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.spacing.nodeNode": String(GAP_Y),
      "elk.spacing.edgeNode": "10",
      "elk.spacing.componentComponent": "24",
      "elk.layered.spacing.nodeNodeBetweenLayers": "56",
      "elk.layered.spacing.edgeNodeBetweenLayers": "16",
      "elk.layered.wrapping.strategy": wrappingOf(shown),
      "elk.layered.wrapping.additionalEdgeSpacing": "24",
      "elk.aspectRatio": "2.4",
    },
    children: shown.nodes.map((_, at) => ({ id: String(at), width, height: NODE_HEIGHT })),
    edges: shown.edges.map(([from, to], at) => ({ id: `e${at}`, sources: [String(from)], targets: [String(to)] })),
  };
  const done = await (await theElk()).layout(graph);
  const places = (done.children ?? []).map((child) => ({ x: child.x ?? 0, y: child.y ?? 0 }));
  const edges = ((done.edges ?? []) as ElkExtendedEdge[]).map((edge) => {
    const section = edge.sections?.[0];
    if (!section) return new Float64Array();
    const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
    return Float64Array.from(points.flatMap(({ x, y }) => [x, y]));
  });
  return { places, edges, nodeWidth: width, nodeHeight: NODE_HEIGHT, width: done.width ?? 0, height: done.height ?? 0 };
}

function withStraightEdges(shown: Shown, places: Place[], width: number): Layout {
  const edges = shown.edges.map(([from, to]) =>
    Float64Array.of(
      places[from]!.x + width, places[from]!.y + NODE_HEIGHT / 2,
      places[to]!.x, places[to]!.y + NODE_HEIGHT / 2,
    ),
  );
  let right = 0;
  let bottom = 0;
  for (const { x, y } of places) {
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + NODE_HEIGHT);
  }
  return { places, edges, nodeWidth: width, nodeHeight: NODE_HEIGHT, width: right, height: bottom };
}

function inWorker(order: LayeredOrder): Promise<Place[]> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL("./layered.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Place[]>) => {
      done(data);
      worker.terminate();
    };
    worker.onerror = (event) => {
      fail(new Error(event.message));
      worker.terminate();
    };
    worker.postMessage(order);
  });
}

async function byLayers(shown: Shown, width: number): Promise<Layout> {
  const order = {
    needs: shown.needs,
    feeds: shown.feeds,
    sizes: { width, height: NODE_HEIGHT, gapX: GAP_X, gapY: GAP_Y },
  };
  const places = shown.nodes.length > 500 ? await inWorker(order) : layered(order.needs, order.feeds, order.sizes);
  return withStraightEdges(shown, places, width);
}

/**
 * Gives the layout of a graph; twice, the second time better, where `hurries` and ELK takes longer than
 * somebody likes to look at nothing. Gives how to end that.
 */
export function layOut(shown: Shown, hurries: boolean, give: (layout: Layout) => void): () => void {
  const width = nodeWidthOf(shown);
  let ended = false;
  const giveLayers = () => void byLayers(shown, width).then((layout) => ended || give(layout));
  if (shown.nodes.length > ELK_NODES || shown.edges.length > ELK_EDGES) {
    giveLayers();
    return () => (ended = true);
  }
  const meanwhile = hurries ? setTimeout(giveLayers, PATIENCE_MS) : undefined;
  const end = () => {
    ended = true;
    clearTimeout(meanwhile);
  };
  byElk(shown, width).then(
    (layout) => {
      if (ended) return;
      end();
      give(layout);
    },
    () => {
      clearTimeout(meanwhile);
      giveLayers(); // without its worker the graph is there all the same
    },
  );
  return end;
}
