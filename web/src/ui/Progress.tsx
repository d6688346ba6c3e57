import type { Said } from "../live/progress";
import "./progress.css";

/** How far a task is, as it says itself; `label` is what it is. */
export function Progress({ said, label }: { said: Said; label: string }) {
  const percent = said.fraction === undefined ? undefined : Math.round(100 * said.fraction);
  return (
    <span className="progress">
      {percent !== undefined && (
        <>
          <progress max={100} value={percent} aria-label={label} />
          <span className="mono">{percent} %</span>
        </>
      )}
      {said.text && <span className="quiet progress-text" title={said.text}>{said.text}</span>}
    </span>
  );
}
