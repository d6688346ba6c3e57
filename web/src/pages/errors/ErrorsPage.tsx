import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { errorsQuery } from "../../api/queries";
import { useWords, useWordsOf } from "../../i18n/words";
import { Asked, Empty } from "../../ui/Asked";
import { ErrorGroupRow } from "./ErrorGroupRow";
import { chosenGroups, GROUP_STATES, type GroupFilter } from "./groups";
import { words as PAGE_WORDS } from "./words";
import "./errors.css";

const SHOWN = 100;

/** Failures, by what went wrong and where. What is asked for, and which one is open, is in the address. */
export default function ErrorsPage() {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(errorsQuery);
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const [most, setMost] = useState(SHOWN);
  const group = search.get("group") ?? "";
  // Who comes to one group by a link sees it, whatever its state is.
  const state = (search.get("state") ?? (group ? "any" : "")) as GroupFilter["state"];
  const text = search.get("text") ?? "";
  const set = (change: Record<string, string>) => {
    const next = new URLSearchParams({ state, text, group, ...change });
    for (const name of ["state", "text", "group"]) if (!next.get(name)) next.delete(name);
    navigate(`/errors${next.size ? "?" + next : ""}`, { replace: true });
  };
  const rows = useMemo(() => chosenGroups(query.data ?? [], { state, text }), [query.data, state, text]);
  const known = query.data?.length ?? 0;
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
          {known > 0 && <span className="quiet">{all.common.rowsOf(rows.length, known)}</span>}
        </div>
      </div>
      <Asked query={query}>
        {() =>
          rows.length === 0 ? (
            <NoErrors known={known} filtered={text !== "" || (state !== "" && state !== "any")} />
          ) : (
            <>
              <ul className="error-groups" aria-label={all.pages.errors}>
                {rows.slice(0, most).map((one) => (
                  <ErrorGroupRow
                    key={one.id}
                    group={one}
                    open={one.id === group}
                    onToggle={() => set({ group: one.id === group ? "" : one.id, state })}
                  />
                ))}
              </ul>
              {rows.length > most && (
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

function NoErrors({ known, filtered }: { known: number; filtered: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  if (known === 0) return <Empty title={words.none}>{words.noneHow}</Empty>;
  return <Empty title={filtered ? words.noneFound : words.allResolved} />;
}
