// A layout in layers that takes milliseconds for thousands of nodes: layers by the longest path,
// order in a layer by the mean place of the neighbours, and a layer that is too long is broken into
// several columns, so that the whole has the proportions of a screen.

export interface Place {
  x: number;
  y: number;
}

export interface Sizes {
  width: number;
  height: number;
  gapX: number;
  gapY: number;
}

const PROPORTION = 1.7;
const SWEEPS = 6;
const LAYER_GAP = 90;

/** The layer of each node; edges that close a cycle (names may) count for nothing. */
export function layersOf(count: number, needs: number[][]): Int32Array {
  const layer = new Int32Array(count).fill(-1);
  const open = new Uint8Array(count);
  for (let root = 0; root < count; ++root) {
    if (layer[root] !== -1) continue;
    const stack: [number, number][] = [[root, 0]];
    open[root] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const need = needs[top[0]]![top[1]++];
      if (need === undefined) {
        let deepest = -1;
        for (const one of needs[top[0]]!) deepest = Math.max(deepest, layer[one]!);
        layer[top[0]] = deepest + 1;
        open[top[0]] = 0;
        stack.pop();
      } else if (layer[need] === -1 && open[need] === 0) {
        open[need] = 1;
        stack.push([need, 0]);
      }
    }
  }
  return layer;
}

/** How many rows make the whole about as wide as a screen is, given its height. */
function rowsFor(layers: number[][], sizes: Sizes): number {
  const longest = Math.max(1, ...layers.map((one) => one.length));
  let best = longest;
  for (let rows = longest; rows >= 1; rows = Math.floor(rows * 0.9)) {
    const columns = layers.reduce((sum, one) => sum + Math.ceil(one.length / rows), 0);
    const width = columns * (sizes.width + sizes.gapX) + layers.length * LAYER_GAP;
    best = rows;
    if (width >= PROPORTION * rows * (sizes.height + sizes.gapY)) break;
  }
  return best;
}

function order(layers: number[][], needs: number[][], feeds: number[][]): void {
  const rank = new Float64Array(needs.length);
  const number = (nodes: number[]) => nodes.forEach((node, at) => (rank[node] = (at + 0.5) / nodes.length));
  layers.forEach(number);
  const sort = (nodes: number[], neighbours: number[][]) => {
    const mean = new Map<number, number>();
    for (const node of nodes) {
      const near = neighbours[node]!;
      let sum = 0;
      for (const one of near) sum += rank[one]!;
      mean.set(node, near.length > 0 ? sum / near.length : rank[node]!);
    }
    nodes.sort((a, b) => mean.get(a)! - mean.get(b)! || rank[a]! - rank[b]!);
    number(nodes);
  };
  for (let sweep = 0; sweep < SWEEPS; ++sweep) {
    if (sweep % 2 === 0) layers.forEach((nodes) => sort(nodes, needs));
    else for (let at = layers.length - 1; at >= 0; --at) sort(layers[at]!, feeds);
  }
}

export function layered(needs: number[][], feeds: number[][], sizes: Sizes): Place[] {
  const layer = layersOf(needs.length, needs);
  const layers: number[][] = [];
  layer.forEach((at, node) => (layers[at] ??= []).push(node));
  order(layers, needs, feeds);
  const rows = rowsFor(layers, sizes);
  const pitch = sizes.height + sizes.gapY;
  const places: Place[] = new Array(needs.length);
  let x = 0;
  for (const nodes of layers) {
    const columns = Math.ceil(nodes.length / rows);
    const high = Math.ceil(nodes.length / columns);
    const top = ((rows - high) / 2) * pitch;
    nodes.forEach((node, at) => {
      places[node] = {
        x: x + (at % columns) * (sizes.width + sizes.gapX),
        y: top + Math.floor(at / columns) * pitch,
      };
    });
    x += columns * (sizes.width + sizes.gapX) - sizes.gapX + LAYER_GAP;
  }
  return places;
}
