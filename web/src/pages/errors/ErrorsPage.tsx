import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { errorQuery, errorsQuery } from "../../api/queries";
import { useWords, useWordsOf } from "../../i18n/words";
import { Asked, Empty } from "../../ui/Asked";
import { ErrorGroupRow, TASKS } from "./ErrorGroupRow";
import { GROUP_STATES } from "./groups";
import { words as PAGE_WORDS } from "./words";
import "./errors.css";

const SHOWN = 100;

/** Failures, by what went wrong and where. What is asked for, and which one is open, is in the address. */
export default function ErrorsPage() {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const [most, setMost] = useState(SHOWN);
  const group = search.get("group") ?? "";
  // Who comes to one group by a link sees it, whatever its state is.
  const state = (search.get("state") ?? (group ? "any" : ""));
  const text = search.get("text") ?? "";
  const set = (change: Record<string, string>) => {
    const next = new URLSearchParams({ state, text, group, ...change });
    for (const name of ["state", "text", "group"]) if (!next.get(name)) next.delete(name);
    navigate(`/errors${next.size ? "?" + next : ""}`, { replace: true });
  };
  const asked = { state: state === "" ? "unresolved" : state === "any" ? "" : state, text: text.trim(), limit: most };
  const query = useQuery({ ...errorsQuery(asked), placeholderData: keepPreviousData });
  const rows = query.data?.rows ?? [];
  // One that somebody came to by a link may be further down.
  const isListed = rows.some((one) => one.id === group);
  const linked = useQuery({ ...errorQuery(group, TASKS), enabled: group !== "" && query.data !== undefined && !isListed, retry: false });
  const shown = linked.data && !isListed ? [linked.data, ...rows] : rows;
  return (
    <>
      <div className="page-head">
        <h1>{all.pages.errors}</h1>
        <div className="filters">
          <select aria-label={words.state} value={state} onChange={(event) => set({ state: event.target.value, group: "" })}>
            <option value="">{words.notResolved}</option>
            {GROUP_STATES.map((one) => <option key={one} value={one}>{words.states[one]}</option>)}
            <option value="any">{words.any}</option>
          </select>
          <input
            type="search"
            className="errors-filter"
            aria-label={words.filter}
            placeholder={words.filter}
            value={text}
            onChange={(event) => set({ text: event.target.value })}
          />
          {shown.length > 0 && <span className="quiet">{words.groups(shown.length, query.data?.next !== undefined)}</span>}
        </div>
      </div>
      <Asked query={query}>
        {() =>
          shown.length === 0 ? (
            <NoErrors filtered={text !== "" || (state !== "" && state !== "any")} />
          ) : (
            <>
              <ul className="error-groups" aria-label={all.pages.errors}>
                {shown.map((one) => (
                  <ErrorGroupRow
                    key={one.id}
                    group={one}
                    open={one.id === group}
                    onToggle={() => set({ group: one.id === group ? "" : one.id, state })}
                  />
                ))}
              </ul>
              {query.data?.next !== undefined && (
                <p className="error-more">
                  <button type="button" onClick={() => setMost(most + SHOWN)}>{all.common.more}</button>
                </p>
              )}
            </>
          )
        }
      </Asked>
    </>
  );
}

function NoErrors({ filtered }: { filtered: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const any = useQuery(errorsQuery({ limit: 1 }));
  if (any.data?.rows.length === 0) return <Empty title={words.none}>{words.noneHow}</Empty>;
  return <Empty title={filtered ? words.noneFound : words.allResolved} />;
}
