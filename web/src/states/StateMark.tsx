import { useWords } from "../i18n/words";
import { SHAPES, type State } from "./states";

/** The shape of a state alone, in its colour; told by words to who cannot see it. */
export function StateIcon({ state, silent }: { state: State; silent?: boolean }) {
  const words = useWords();
  const { fill, line } = SHAPES[state];
  return (
    <svg
      className={`state-icon state-${state}`}
      viewBox="0 0 16 16"
      width="14"
      height="14"
      {...(silent ? { "aria-hidden": true } : { role: "img", "aria-label": words.state[state] })}
    >
      {fill && <path d={fill} fill="currentColor" />}
      {line && (
        <path d={line} fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" />
      )}
    </svg>
  );
}

/** Shape and word. */
export function StateMark({ state }: { state: State }) {
  const words = useWords();
  return (
    <span className={`state-mark state-${state}`}>
      <StateIcon state={state} silent />
      <span>{words.state[state]}</span>
    </span>
  );
}
