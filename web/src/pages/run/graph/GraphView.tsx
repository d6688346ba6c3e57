import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { useWords, useWordsOf } from "../../../i18n/words";
import { saidText, useSaid } from "../../../live/progress";
import { STATES } from "../../../states/states";
import { useKeys } from "../../../ui/keys";
import type { RunGraph } from "../model";
import { words as PAGE_WORDS } from "../words";
import { ZoomButtons } from "../ZoomButtons";
import { Board } from "./board";
import { type Layout, layOut } from "./layout";
import type { Scene } from "./paint";
import { nextInLayer } from "./steps";
import { FOLD_FROM, type NodeState, type Shown, shownOf, statesOf } from "./shown";

interface Props {
  graph: RunGraph;
  /** The same for the same tasks and edges. */
  shape: string;
  matched: Set<number> | undefined;
  /** Counts up when somebody wants the next match. */
  jump: number;
  /** "name", "task", or "" for what suits the size. */
  by: string;
  onBy: (by: string) => void;
  selected: number | undefined;
  onSelect: (place: number | undefined) => void;
}

const PAN = 80;
const ZOOM = 1.3;

/** The tasks of a run and what they need, on a canvas that also the keyboard moves over. */
export function GraphView(props: Props) {
  const { graph, shape, matched, jump, selected, onSelect } = props;
  const words = useWordsOf(PAGE_WORDS);
  const fold = props.by === "" ? graph.tasks.length > FOLD_FROM : props.by === "name";
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [focusedKey, setFocusedKey] = useState("");
  const [hovered, setHovered] = useState<number>();
  const board = useRef<Board>(undefined);
  const { shown, layout, isNew } = useLayout(graph, shape, fold, unfolded, () => board.current?.isTouched ?? false);
  const said = useSaid();
  const states = useMemo(() => shown && statesOf(graph, shown, said), [graph, shown, said]);
  const nodeMatched = useMemo(() => shown && nodesMatched(shown, matched), [shown, matched]);
  const focused = useMemo(() => indexOf(shown, (node) => node.key === focusedKey), [shown, focusedKey]);
  const selectedNode = useMemo(
    () => indexOf(shown, (node) => selected !== undefined && node.tasks.includes(selected)),
    [shown, selected],
  );

  const canvas = useBoard(board, { open, setHovered });
  useScene(board, shown && layout && states && { shown, layout, states, matched: nodeMatched, focused, selected: selectedNode }, isNew);

  useMatches(nodeMatched, matched, jump, (node, gently) => {
    if (!gently && shown) setFocusedKey(shown.nodes[node]!.key);
    board.current?.reveal(node, gently);
  });

  function open(node: number | undefined) {
    const one = node === undefined ? undefined : shown?.nodes[node];
    if (!one) return onSelect(undefined);
    if (one.folded) {
      setUnfolded(new Set([...unfolded, one.name]));
      return setFocusedKey(`task:${graph.tasks[one.tasks[0]!]!.ordinal}`);
    }
    setFocusedKey(one.key);
    onSelect(one.tasks[0]);
  }

  useKeys([
    { keys: "+", what: words.zoomIn, run: () => board.current?.zoom(ZOOM) },
    { keys: "-", what: words.zoomOut, run: () => board.current?.zoom(1 / ZOOM) },
    { keys: "0", what: words.fit, run: () => board.current?.fit() },
  ]);
  function onKey(event: KeyboardEvent) {
    const way = event.key.startsWith("Arrow") ? event.key.slice(5) : "";
    if (event.key === "Enter") open(focused);
    else if (way === "") return;
    else if (event.shiftKey) board.current?.pan(...panOf(way));
    else if (shown && layout) {
      const node = nextInLayer(shown, layout, focused, way);
      if (node !== undefined) {
        setFocusedKey(shown.nodes[node]!.key);
        board.current?.reveal(node, true);
      }
    }
    event.preventDefault();
  }
  const told = useTelling(shown, states);
  const toldNow = told(hovered ?? focused);

  return (
    <div className="graph">
      <div
        className="graph-board"
        role="application"
        aria-label={words.graphLabel}
        aria-describedby="graph-help"
        tabIndex={0}
        onKeyDown={onKey}
      >
        <canvas ref={canvas} data-ready={layout !== undefined} data-nodes={shown?.nodes.length ?? 0} />
        {!layout && <p className="graph-wait quiet" role="status">{words.layingOut}</p>}
      </div>
      <Tools fold={fold} onBy={props.onBy} unfolded={unfolded} onUnfolded={setUnfolded} board={board} />
      <p className="graph-told mono">
        {toldNow || <span className="quiet" id="graph-help">{words.graphHelp}</span>}
        {toldNow && <span className="unseen" id="graph-help">{words.graphHelp}</span>}
      </p>
      <p className="unseen" role="status">{told(focused)}</p>
    </div>
  );
}

interface ToolsProps {
  fold: boolean;
  onBy: (by: string) => void;
  unfolded: ReadonlySet<string>;
  onUnfolded: (names: ReadonlySet<string>) => void;
  board: RefObject<Board | undefined>;
}

function Tools({ fold, onBy, unfolded, onUnfolded, board }: ToolsProps) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <div className="graph-tools">
      <label className="check">
        <input type="checkbox" checked={fold} onChange={(event) => onBy(event.target.checked ? "name" : "task")} />
        {words.fold}
      </label>
      {fold && [...unfolded].map((name) => (
        <button
          key={name}
          type="button"
          className="small"
          aria-label={words.foldAgain(name)}
          onClick={() => onUnfolded(new Set([...unfolded].filter((one) => one !== name)))}
        >
          <span className="mono">{name}</span> <span aria-hidden="true">×</span>
        </button>
      ))}
      <ZoomButtons
        onZoom={(closer) => board.current?.zoom(closer ? ZOOM : 1 / ZOOM)}
        onFit={() => board.current?.fit()}
      />
    </div>
  );
}

const panOf = (way: string): [number, number] =>
  way === "Left" ? [PAN, 0] : way === "Right" ? [-PAN, 0] : way === "Up" ? [0, PAN] : [0, -PAN];

function indexOf(shown: Shown | undefined, is: (node: Shown["nodes"][number]) => boolean): number | undefined {
  const at = shown?.nodes.findIndex(is) ?? -1;
  return at < 0 ? undefined : at;
}

/** The nodes whose states are not what they were. */
function changed(before: NodeState[], now: NodeState[]): number[] {
  return [...now.keys()].filter((node) => before[node] !== undefined && before[node].state !== now[node]!.state);
}

function nodesMatched(shown: Shown, matched: Set<number> | undefined): Uint8Array | undefined {
  if (!matched) return undefined;
  return Uint8Array.from(shown.nodes, (node) => (node.tasks.some((place) => matched.has(place)) ? 1 : 0));
}

/** What a node is, in words. */
function useTelling(shown: Shown | undefined, states: NodeState[] | undefined) {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  return (at: number | undefined): string => {
    const node = at === undefined ? undefined : shown?.nodes[at];
    const state = at === undefined ? undefined : states?.[at];
    if (!node || !state || !shown) return "";
    if (node.folded) {
      const counts = STATES.filter((one) => state.counts[one]).map((one) => `${state.counts[one]} ${all.state[one]}`);
      return words.foldedNode(node.name, node.tasks.length, counts.join(", "));
    }
    const id = node.params ? `${node.name}(${node.params})` : node.name;
    const is = words.node(id, all.state[state.state], shown.needs[at!]!.length, shown.feeds[at!]!.length);
    return [is, state.tries > 1 && words.attempt(state.tries), state.said && saidText(state.said)].filter(Boolean).join(", ");
  };
}

/** The nodes and where they are: anew only when tasks, edges or what is folded have changed. */
function useLayout(graph: RunGraph, shape: string, fold: boolean, unfolded: ReadonlySet<string>, isTouched: () => boolean) {
  const [made, setMade] = useState<{ shown: Shown; layout: Layout; why: string; isNew: boolean }>();
  const why = `${fold} ${fold ? [...unfolded].join(" ") : ""}`;
  const shown = useMemo(() => shownOf(graph, fold, unfolded), [shape, why]);
  useEffect(() => {
    let given = false;
    return layOut(shown, made === undefined, (layout) => {
      if (given && isTouched()) return; // nothing moves under somebody's hand
      const again = given;
      given = true;
      setMade((before) => ({ shown, layout, why, isNew: again || before?.why !== why }));
    });
  }, [shown]);
  return { shown: made?.shown, layout: made?.layout, isNew: made?.isNew ?? true };
}

interface Hands {
  open: (node: number | undefined) => void;
  setHovered: (node: number | undefined) => void;
}

/** The board on a canvas, as long as the canvas is there. */
function useBoard(board: RefObject<Board | undefined>, hands: Hands): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(hands);
  latest.current = hands;
  useEffect(() => {
    const made = new Board(canvas.current!, {
      onClick: (node) => latest.current.open(node),
      onHover: (node) => latest.current.setHovered(node),
    });
    board.current = made;
    return () => made.end();
  }, [board]);
  return canvas;
}

/** Shows a scene on the board, and for a moment which states are not what they were. */
function useScene(board: RefObject<Board | undefined>, scene: Scene | undefined, isNew: boolean): void {
  const last = useRef<Scene>(undefined);
  const { shown, layout, states, matched, focused, selected } = scene ?? {};
  useEffect(() => {
    if (!scene) return;
    const before = last.current;
    last.current = scene;
    board.current?.show(scene, isNew && before?.layout !== scene.layout);
    if (before && before.layout === scene.layout && before.states !== scene.states) {
      board.current?.flash(changed(before.states, scene.states));
    }
  }, [shown, layout, states, matched, focused, selected, isNew]);
}

/** Brings what a search finds into sight: the first one gently, and the next one for each `jump`. */
function useMatches(
  nodes: Uint8Array | undefined,
  matched: Set<number> | undefined,
  jump: number,
  reveal: (node: number, gently: boolean) => void,
): void {
  const found = useMemo(() => (nodes ? [...nodes.keys()].filter((node) => nodes[node] === 1) : []), [nodes]);
  const at = useRef(0);
  useEffect(() => {
    at.current = 0;
    if (found.length > 0 && found.length < (nodes?.length ?? 0)) reveal(found[0]!, true);
    // Only another search moves the picture, not another layout.
  }, [matched]);
  useEffect(() => {
    const node = found[at.current++ % Math.max(1, found.length)];
    if (jump > 0 && node !== undefined) reveal(node, false);
  }, [jump]);
}
