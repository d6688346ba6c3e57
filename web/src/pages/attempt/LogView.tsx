import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type ReactNode, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useWordsOf } from "../../i18n/words";
import { Empty } from "../../ui/Asked";
import { useKeys } from "../../ui/keys";
import { civil, useZone } from "../../ui/time";
import { hasCodes, lineParts, linesWith, plain, useLog } from "./log";
import { words as PAGE_WORDS } from "./words";

const LINE = 19;
const AT_END = 4;
/** Of one line; more freezes any browser. */
const LONGEST = 5000;

/** What an attempt says: live, with search. All of it is text. */
export function LogView({ attempt }: { attempt: number }) {
  const words = useWordsOf(PAGE_WORDS);
  const zone = useZone();
  const log = useLog(attempt);
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const [raw, setRaw] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const lines = log?.lines ?? NONE;
  const { shown, coded } = useShown(lines, raw);
  const found = useFound(shown, wanted, raw);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 10,
  });

  const { following, setFollowing, hands } = useFollowing(scroller, shown.length);
  const current = found[Math.min(at, found.length - 1)];
  function goTo(place: number) {
    if (found.length === 0) return;
    const next = (place + found.length) % found.length;
    setAt(next);
    setFollowing(false);
    virtual.scrollToIndex(found[next]!, { align: "center" });
  }
  useEffect(() => {
    if (wanted !== "" && found.length > 0) goTo(0);
    else setAt(0);
    // Lines that come later do not move what is looked at.
  }, [wanted]);
  useKeys([
    { keys: "f", what: words.logSearch, run: () => box.current?.focus() },
    { keys: "n", what: words.next, run: () => goTo(at + 1) },
    { keys: "Shift+N", what: words.previous, run: () => goTo(at - 1) },
    { keys: "e", what: words.follow, run: () => setFollowing(true) },
  ]);

  return (
    <section className="log" aria-label={words.log}>
      <div className="log-bar">
        <h2>{words.log}</h2>
        <span className="quiet">
          {words.lines(shown.length)}
          {log?.state === "writing" && ` · ${words.writing}`}
        </span>
        <Find
          box={box}
          wanted={wanted}
          onWanted={setWanted}
          at={Math.min(at, found.length - 1)}
          count={found.length}
          onStep={(step) => goTo(at + step)}
          onLeave={() => scroller.current?.focus()}
        />
        {coded && (
          <label className="check">
            <input type="checkbox" checked={raw} onChange={(event) => setRaw(event.target.checked)} />
            {words.codes}
          </label>
        )}
        <label className="check">
          <input type="checkbox" checked={following} onChange={(event) => setFollowing(event.target.checked)} />
          {words.follow}
        </label>
      </div>
      {log?.cut && <p className="quiet">{words.cut}</p>}
      {log?.state === "failed" && (
        <div className="notice notice-warn" role="alert"><strong>{words.logFailed}</strong><span>{log.problem}</span></div>
      )}
      {shown.length === 0 ? (
        log && log.state !== "loading" && log.state !== "failed" && (
          <Empty title={log.state === "ended" ? words.silent : words.silentYet} />
        )
      ) : (
        <div className="lines" ref={scroller} {...hands} tabIndex={0} role="log" aria-live="off" aria-label={words.log}>
          <div className="lines-body" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => (
              <Line
                key={item.key}
                number={item.index + 1}
                digits={String(shown.length).length}
                text={shown[item.index]!}
                wanted={wanted}
                zone={zone}
                long={words.long}
                current={item.index === current}
                top={item.start}
              />
            ))}
          </div>
        </div>
      )}
    </section>
  );
}

interface FindProps {
  box: RefObject<HTMLInputElement | null>;
  wanted: string;
  onWanted: (wanted: string) => void;
  /** Which match is looked at, of how many. */
  at: number;
  count: number;
  onStep: (step: number) => void;
  onLeave: () => void;
}

function Find({ box, wanted, onWanted, at, count, onStep, onLeave }: FindProps) {
  const words = useWordsOf(PAGE_WORDS);
  function onKey(event: KeyboardEvent) {
    if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") {
      onWanted("");
      onLeave();
    } else return;
    event.preventDefault();
  }
  return (
    <span className="log-find">
      <input
        ref={box}
        type="search"
        aria-label={words.logSearch}
        placeholder={`${words.logSearch}  ( f )`}
        value={wanted}
        onChange={(event) => onWanted(event.target.value)}
        onKeyDown={onKey}
      />
      {wanted !== "" && (
        <>
          <span role="status" className="log-count">{words.matches(at + 1, count)}</span>
          <button type="button" className="small" aria-label={words.previous} onClick={() => onStep(-1)}>↑</button>
          <button type="button" className="small" aria-label={words.next} onClick={() => onStep(1)}>↓</button>
        </>
      )}
    </span>
  );
}

const NONE: readonly string[] = [];

/** The lines as they are shown; what has been made of the first ones is kept while more come. */
function useShown(lines: readonly string[], raw: boolean): { shown: readonly string[]; coded: boolean } {
  const kept = useRef({ raw, shown: [] as string[], coded: false, first: "" });
  return useMemo(() => {
    const { current } = kept;
    if (current.raw !== raw || lines.length < current.shown.length || lines[0] !== current.first) {
      kept.current = { raw, shown: [], coded: false, first: lines[0] ?? "" };
    }
    const made = kept.current;
    made.shown.pop(); // it may have been the beginning of a line
    for (let at = made.shown.length; at < lines.length; ++at) {
      made.coded ||= hasCodes(lines[at]!);
      made.shown.push(raw ? lines[at]! : plain(lines[at]!));
    }
    return { shown: made.shown.slice(), coded: made.coded };
  }, [lines, raw]);
}

/** The lines that hold a text; while more come, only those are looked through. */
function useFound(shown: readonly string[], wanted: string, raw: boolean): readonly number[] {
  const kept = useRef({ wanted: "", raw, found: [] as number[], shown: NONE });
  return useMemo(() => {
    if (wanted === "") return [];
    const { current } = kept;
    const known = current.shown.length - 1; // the last one may have grown
    const goesOn = current.wanted === wanted && current.raw === raw && known > 0 && shown.length > known && shown[0] === current.shown[0];
    const from = goesOn ? known : 0;
    const before = goesOn ? current.found.filter((place) => place < from) : [];
    kept.current = { wanted, raw, shown, found: [...before, ...linesWith(shown, wanted, from)] };
    return kept.current.found;
  }, [shown, wanted, raw]);
}

interface LineProps {
  number: number;
  digits: number;
  text: string;
  wanted: string;
  zone: string;
  long: (count: number) => string;
  current: boolean;
  top: number;
}

const Line = memo(function Line({ number, digits, text, wanted, zone, long, current, top }: LineProps) {
  const parts = lineParts(text);
  const rest = parts.text.length - LONGEST;
  return (
    <div
      className={`line${current ? " is-marked" : ""}${parts.level ? ` level-${parts.level}` : ""}`}
      style={{ transform: `translateY(${top}px)`, height: LINE }}
      {...(current ? { "aria-current": "true" as const } : {})}
    >
      <span className="line-number" style={{ width: `${digits + 1}ch` }}>{number}</span>
      {parts.at && <time className="line-time" dateTime={parts.at} title={parts.at}>{clockOf(parts.at, zone)}</time>}
      <code>
        {parts.level && <span className="line-level">{parts.level}: </span>}
        {marked(rest > 0 ? parts.text.slice(0, LONGEST) : parts.text, wanted)}
        {rest > 0 && <span className="quiet"> {long(rest)}</span>}
      </code>
    </div>
  );
});

/** 06:12:09.123 */
function clockOf(at: string, zone: string): string {
  const parts = /\.(\d{3})/.exec(at);
  return civil(at, zone).time + (parts ? `.${parts[1]}` : "");
}

function marked(text: string, wanted: string): ReactNode {
  if (wanted === "") return text;
  const out: ReactNode[] = [];
  const low = text.toLowerCase();
  const part = wanted.toLowerCase();
  let from = 0;
  for (let at = low.indexOf(part); at >= 0; at = low.indexOf(part, from)) {
    out.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + part.length)}</mark>);
    from = at + part.length;
  }
  out.push(text.slice(from));
  return out;
}

/** Stays at the end until somebody scrolls up by hand; whoever scrolls to the end follows again. */
function useFollowing(scroller: RefObject<HTMLElement | null>, count: number) {
  const [following, set] = useState(true);
  const before = useRef(0);
  const byHand = useRef(false);
  useLayoutEffect(() => {
    if (following && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [following, count, scroller]);
  function onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    if (byHand.current && scrollTop < before.current) set(false);
    else if (byHand.current && scrollHeight - scrollTop - clientHeight < AT_END) set(true);
    before.current = scrollTop;
  }
  const hand = () => {
    byHand.current = true;
  };
  const setFollowing = (next: boolean) => {
    byHand.current = false;
    set(next);
  };
  return { following, setFollowing, hands: { onScroll, onWheel: hand, onPointerDown: hand, onTouchMove: hand, onKeyDown: hand } };
}
