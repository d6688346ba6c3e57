import { useWordsOf } from "../../i18n/words";
import type { Lock } from "./holders";
import { Holders, Waiters } from "./TaskLines";
import { othersOf } from "./holders";
import { words as PAGE_WORDS } from "./words";

export function LockList({ locks }: { locks: Lock[] }) {
  const words = useWordsOf(PAGE_WORDS);
  if (locks.length === 0) return <p className="quiet">{words.noLocks}</p>;
  return (
    <div className="pools">
      {locks.map((lock) => (
        <article key={lock.name} className="pool" aria-label={`${words.lock} ${lock.name}`}>
          <div className="pool-head">
            <h3 className="mono">{lock.name}</h3>
            {!lock.holder && <span className="quiet">{words.noneHeldNow}</span>}
            {lock.waiters.length > 0 && <strong className="pool-waiting">{words.waiting(lock.waiters.length)}</strong>}
          </div>
          <div className="pool-tasks">
            <Holders of={lock.holder ? [{ task: lock.holder, units: 1 }] : []} />
            <Waiters
              tasks={lock.waiters}
              noteOf={(task) => {
                const others = othersOf(task, `lock ${lock.name}`);
                return others.length > 0 ? words.alsoLacks(others.join(", ")) : "";
              }}
            />
          </div>
        </article>
      ))}
    </div>
  );
}
