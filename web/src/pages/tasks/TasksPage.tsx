import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { tasksQuery } from "../../api/queries";
import type { Task } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { Asked, Empty } from "../../ui/Asked";
import { type Column, VirtualTable } from "../../ui/VirtualTable";
import { words as PAGE_WORDS } from "./words";

/** The declared tasks. */
export default function TasksPage() {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(tasksQuery);
  const [wanted, setWanted] = useState("");
  const [, navigate] = useLocation();
  const rows = useMemo(() => {
    const text = wanted.toLowerCase();
    return (query.data ?? []).filter((task) =>
      [task.name, task.doc, task.file, ...task.tags].some((one) => one.toLowerCase().includes(text)),
    );
  }, [query.data, wanted]);
  const address = (task: Task) => `/tasks/${encodeURIComponent(task.name)}`;
  const columns: Column<Task>[] = [
    { key: "name", title: words.name, width: "minmax(12rem, 20rem)", cell: (task) => <Link href={address(task)} className="mono">{task.name}</Link> },
    { key: "doc", title: words.doc, width: "minmax(16rem, 1fr)", cell: (task) => task.doc },
    { key: "params", title: words.params, width: "minmax(9rem, 16rem)", wideOnly: true, cell: (task) => <span className="mono">{task.params.map((one) => one.name).join(", ")}</span> },
    { key: "tags", title: words.tags, width: "10rem", wideOnly: true, cell: (task) => task.tags.join(", ") },
    { key: "file", title: words.file, width: "16rem", wideOnly: true, cell: (task) => <span className="mono quiet">{task.file}:{task.line}</span> },
  ];
  return (
    <>
      <div className="page-head">
        <h1>{all.pages.tasks}</h1>
        <input
          type="search"
          aria-label={words.filter}
          placeholder={words.filter}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        {query.data && <span className="quiet">{all.common.rowsOf(rows.length, query.data.length)}</span>}
      </div>
      <Asked query={query}>
        {() =>
          rows.length === 0 ? (
            <Empty title={wanted ? words.noneFound : words.none} />
          ) : (
            <VirtualTable
              label={all.pages.tasks}
              columns={columns}
              rows={rows}
              rowKey={(task) => task.name}
              onOpen={(task) => navigate(address(task))}
            />
          )
        }
      </Asked>
    </>
  );
}
