import { useId } from "react";
import type { Queue } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { holdersOf, othersOf, type QueuePool, waitersOf } from "./holders";
import { PoolBar } from "./PoolBar";
import { unitsText } from "./size";
import { SizeForm } from "./SizeForm";
import { Holders, Waiters } from "./TaskLines";
import { words as PAGE_WORDS } from "./words";

/** One pool: how full it is, who fills it, who waits, and its size to be changed. */
export function PoolCard({ pool, queue }: { pool: QueuePool; queue: Queue }) {
  const words = useWordsOf(PAGE_WORDS);
  const id = useId();
  const holders = holdersOf(queue, pool.name);
  const waiters = waitersOf(queue, pool.name);
  const text = (units: number) => unitsText(pool.name, units);
  const remark =
    pool.size === 0 ? words.closed : pool.used > pool.size ? words.over : pool.used === pool.size ? words.full : words.free(text(pool.size - pool.used));
  return (
    <article className="pool" aria-labelledby={id}>
      <div className="pool-head">
        <h3 id={id} className="mono">{pool.name}</h3>
        <span className="pool-used">{words.used(text(pool.used), text(pool.size))}</span>
        <span className={pool.used >= pool.size ? "pool-full" : "quiet"}>{remark}</span>
        {waiters.length > 0 && <strong className="pool-waiting">{words.waiting(waiters.length)}</strong>}
        {pool.size !== pool.declared && <span className="pool-changed" title={pool.name === "cpu" ? words.cpuHint : undefined}>{words.changed} · {words.declared(text(pool.declared))}</span>}
        <SizeForm pool={pool} />
      </div>
      <PoolBar pool={pool} holders={holders} />
      {holders.length + waiters.length === 0 ? (
        <p className="quiet pool-idle">{words.nobody}</p>
      ) : (
        <div className="pool-tasks">
          <Holders of={holders} textOf={text} />
          <Waiters
            tasks={waiters}
            noteOf={(task) => {
              const others = othersOf(task, pool.name);
              return others.length > 0 ? words.alsoLacks(others.join(", ")) : "";
            }}
          />
        </div>
      )}
    </article>
  );
}
