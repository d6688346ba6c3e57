import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { tasksQuery } from "../api/queries";
import { useWords } from "../i18n/words";
import { useKeys } from "../ui/keys";

interface Found {
  kind: string;
  text: string;
  note: string;
  href: string;
}

const MOST = 12;

/** One box that finds all that has a page of its own. */
export function Search() {
  const words = useWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [open, setOpen] = useState(false);
  const [, navigate] = useLocation();
  const found = useFound(text);
  useKeys([{ keys: "/", what: words.keys.search, run: () => input.current?.focus() }]);

  function go(one: Found | undefined) {
    if (!one) return;
    setText("");
    setOpen(false);
    input.current?.blur();
    navigate(one.href);
  }
  function onKey(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setChosen((now) => Math.min(now + 1, found.length - 1));
    else if (event.key === "ArrowUp") setChosen((now) => Math.max(now - 1, 0));
    else if (event.key === "Enter") go(found[chosen]);
    else if (event.key === "Escape") {
      setText("");
      setOpen(false);
      input.current?.blur();
    } else return;
    event.preventDefault();
  }
  const showing = open && text.trim() !== "";
  return (
    <div className="search">
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-label={words.shell.search}
        aria-expanded={showing}
        aria-controls={`${id}-found`}
        aria-activedescendant={showing && found.length > 0 ? `${id}-${chosen}` : undefined}
        placeholder={`${words.shell.search}  ( / )`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={onKey}
      />
      <ul id={`${id}-found`} role="listbox" aria-label={words.shell.search} hidden={!showing}>
        {showing && found.length === 0 && (
          <li role="option" aria-selected="false" aria-disabled="true" className="quiet">{words.shell.searchNone}</li>
        )}
        {showing && found.map((one, place) => (
          <li
            key={one.href + one.text}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === chosen}
            onMouseDown={() => go(one)}
          >
            <span className="quiet">{one.kind}</span> <span className="mono">{one.text}</span>{" "}
            <span className="quiet">{one.note}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What a text means: the number of a run, or parts of names, those that begin with it first. */
function useFound(text: string): Found[] {
  const words = useWords();
  const tasks = useQuery(tasksQuery);
  return useMemo(() => {
    const wanted = text.trim().toLowerCase();
    if (wanted === "") return [];
    const found: Found[] = [];
    const number = /^(?:run\s*|#)?(\d+)$/.exec(wanted);
    if (number) {
      const run = Number(number[1]);
      found.push({ kind: words.pages.runs, text: words.common.run(run), note: "", href: `/runs/${run}` });
    }
    for (const task of tasks.data ?? []) {
      if (!task.name.toLowerCase().includes(wanted)) continue;
      found.push({
        kind: words.pages.tasks,
        text: task.name,
        note: task.doc,
        href: `/tasks/${encodeURIComponent(task.name)}`,
      });
    }
    const rank = (one: Found) => (one.text.toLowerCase().startsWith(wanted) ? 0 : 1);
    return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
  }, [text, tasks.data, words]);
}
