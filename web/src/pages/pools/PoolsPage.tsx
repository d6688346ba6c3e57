import { useQuery } from "@tanstack/react-query";
import { queueQuery } from "../../api/queries";
import type { Queue } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { Asked } from "../../ui/Asked";
import { inOrder, locksOf, type Ready } from "./holders";
import { LockList } from "./LockList";
import { PoolCard } from "./PoolCard";
import { Waiters } from "./TaskLines";
import { words as PAGE_WORDS } from "./words";
import "./pools.css";

/** Who holds what, who waits for it, and since when. */
export default function PoolsPage() {
  const all = useWords();
  const query = useQuery(queueQuery);
  return (
    <>
      <div className="page-head">
        <h1>{all.pages.pools}</h1>
      </div>
      <Asked query={query}>{(queue) => <Everything queue={queue} />}</Asked>
    </>
  );
}

function Everything({ queue }: { queue: Queue }) {
  const words = useWordsOf(PAGE_WORDS);
  const locks = locksOf(queue);
  const lackSpace = queue.ready.filter((task): task is Ready & { space: string } => task.space !== null);
  return (
    <div className="pools-page">
      <section aria-labelledby="pools-title">
        <h2 id="pools-title">{words.pools}</h2>
        <p className="quiet pools-hint">{words.lasts}</p>
        <div className="pools">
          {inOrder(queue).map((pool) => <PoolCard key={pool.name} pool={pool} queue={queue} />)}
        </div>
      </section>
      {lackSpace.length > 0 && (
        <section aria-labelledby="space-title">
          <h2 id="space-title">{words.space}</h2>
          <Waiters tasks={lackSpace} noteOf={(task) => task.space ?? ""} />
        </section>
      )}
      <section aria-labelledby="locks-title">
        <h2 id="locks-title">{words.locks}</h2>
        <LockList locks={locks} />
      </section>
    </div>
  );
}
