import { useWordsOf } from "../../i18n/words";
import type { Holder, QueuePool } from "./holders";
import { unitsText } from "./size";
import { words as PAGE_WORDS } from "./words";

/** More parts than these could not be told apart. */
const MOST_PARTS = 40;

/** Used units of all, a part for each that holds some; with a mark where its declared size is. */
export function PoolBar({ pool, holders }: { pool: QueuePool; holders: Holder[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const whole = Math.max(pool.size, pool.used, pool.declared, 1);
  const part = (units: number) => `${(100 * units) / whole}%`;
  const text = (units: number) => unitsText(pool.name, units);
  const held = holders.reduce((sum, one) => sum + one.units, 0);
  const single = holders.length <= MOST_PARTS && held <= pool.used;
  return (
    <div
      className="pool-bar"
      role="meter"
      aria-label={pool.name}
      aria-valuemin={0}
      aria-valuemax={Math.max(pool.size, pool.used)}
      aria-valuenow={pool.used}
      aria-valuetext={words.used(text(pool.used), text(pool.size))}
    >
      <div className="pool-size" style={{ width: part(pool.size) }} />
      <div className="pool-parts">
        {single && holders.map(({ task, units }) => (
          <i key={task.attempt_id} style={{ width: part(units) }} title={`${task.id}: ${text(units)}`} />
        ))}
        <i style={{ width: part(single ? pool.used - held : pool.used) }} hidden={single && pool.used === held} />
      </div>
      {pool.declared !== pool.size && (
        <b className="pool-declared" style={{ left: part(pool.declared) }} title={words.declared(text(pool.declared))} />
      )}
    </div>
  );
}
