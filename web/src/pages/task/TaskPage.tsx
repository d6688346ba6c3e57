import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { Link, useParams } from "wouter";
import { getPage, path } from "../../api/client";
import { tasksQuery } from "../../api/queries";
import type { PastAttempt, Task } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { Asked, Empty } from "../../ui/Asked";
import { Attempts } from "./Attempts";
import { Calendar } from "./Calendar";
import { Charts } from "./Charts";
import { Neighbours } from "./Neighbours";
import { Source } from "./Source";
import { Summary } from "./Summary";
import { TaskForm } from "./TaskForm";
import { words as PAGE_WORDS } from "./words";
import "./task.css";

const PAGE = 500;

/** All about one task: what it is, how it went, and what can be done with it. */
export default function TaskPage() {
  const name = useParams<{ name: string }>().name;
  const words = useWordsOf(PAGE_WORDS);
  const tasks = useQuery(tasksQuery);
  return (
    <Asked query={tasks}>
      {(all) => {
        const task = all.find((one) => one.name === name);
        if (task) return <Known key={name} task={task} />;
        return (
          <>
            <div className="page-head"><h1 className="mono">{name}</h1></div>
            <Empty title={words.unknown(name)}>{words.unknownHint}</Empty>
          </>
        );
      }}
    </Asked>
  );
}

function Known({ task }: { task: Task }) {
  const words = useWordsOf(PAGE_WORDS);
  const query = useInfiniteQuery({
    queryKey: ["attempts", task.name, "pages"],
    queryFn: ({ pageParam, signal }) => getPage<PastAttempt>(pageParam, signal),
    initialPageParam: path(["tasks", task.name, "attempts"], { limit: PAGE }),
    getNextPageParam: (page) => page.next,
  });
  const newest = query.data?.pages[0]?.rows;
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <>
      <div className="page-head">
        <h1 className="mono">{task.name}</h1>
        {task.tags.map((tag) => <span key={tag} className="tag">{tag}</span>)}
        <span className="push quiet">
          {words.declaredAt}{" "}
          <Link href={`/scripts?file=${encodeURIComponent(task.file)}`} className="mono">{task.file}:{task.line}</Link>
        </span>
      </div>
      {task.doc && <p className="task-doc">{task.doc}</p>}
      <Summary attempts={newest} />
      <div className="task-columns">
        <div className="task-main">
          <Calendar task={task} />
          {newest && newest.length > 0 && <Charts attempts={newest} />}
          <section aria-labelledby="attempts-title">
            <h2 id="attempts-title">{words.attempts}</h2>
            <Asked query={query}>{() => <Attempts rows={rows} onEnd={more} />}</Asked>
          </section>
        </div>
        <div className="task-side">
          <section aria-labelledby="run-title">
            <h2 id="run-title">{words.run}</h2>
            <TaskForm task={task} />
          </section>
          <Neighbours task={task.name} attempted={newest?.[0]?.run} />
          <Source file={task.file} line={task.line} />
        </div>
      </div>
    </>
  );
}
