import { useWords, useWordsOf } from "../../i18n/words";
import type { Firing } from "../../api/types";
import { StateIcon } from "../../states/StateMark";
import type { State } from "../../states/states";
import { civil, durationText, useNow, useZone } from "../../ui/time";
import { words as PAGE_WORDS } from "./words";

type Fired = Pick<Firing, "state" | "run_state">;

/** The shape of what became of a firing: that of its run, if it has one. */
export function shapeOf({ state, run_state }: Fired): State {
  if (state === "started") return run_state ?? "done";
  return state === "dropped" ? "skipped" : state;
}

export function useFiringText(): (firing: Fired) => string {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  return ({ state, run_state }) => (state === "started" && run_state ? all.state[run_state] : words.firing[state]);
}

/** Shape and word of what became of a firing. */
export function FiringMark({ firing }: { firing: Fired }) {
  const textOf = useFiringText();
  const shape = shapeOf(firing);
  return (
    <span className={`state-mark state-${shape}`}>
      <StateIcon state={shape} silent />
      <span>{textOf(firing)}</span>
    </span>
  );
}

/** `short`: its sign alone, with words for who asks. */
export function SlaMark({ firing, short }: { firing: Firing; short?: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const zone = useZone();
  if (firing.sla === null) return null;
  if (firing.sla_missed === null) return <span className="quiet">{words.slaOpen(civil(firing.sla, zone).time.slice(0, 5))}</span>;
  const [look, sign, told] = firing.sla_missed ? ["sla-missed", "✗", words.slaMissed] : ["sla-kept", "✓", words.slaKept];
  if (short) return <span className={look} role="img" aria-label={told} title={told}>{sign} {words.sla}</span>;
  return <span className={look}>{sign} {told}</span>;
}

/** "in 2h 10m", counted down. */
export function In({ at }: { at: string }) {
  const words = useWordsOf(PAGE_WORDS);
  const now = useNow();
  const seconds = (Date.parse(at) - now) / 1000;
  return <span className="quiet">{seconds <= 0 ? words.due : words.inTime(durationText(Math.ceil(seconds)))}</span>;
}
