import { useWords } from "../i18n/words";
import { StateIcon } from "../states/StateMark";
import { STATES, type State } from "../states/states";

/** How many tasks are in which state, worse ones first: "✗ 2  ▶ 1  ✓ 40". */
export function Counts({ counts }: { counts: Record<string, number> }) {
  const words = useWords();
  const present = STATES.filter((state: State) => (counts[state] ?? 0) > 0);
  return (
    <span className="counts">
      {present.map((state) => (
        <span key={state} title={`${words.state[state]}: ${counts[state]}`}>
          <StateIcon state={state} /> {counts[state]}
        </span>
      ))}
    </span>
  );
}
