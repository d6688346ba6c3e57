import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useWords } from "../i18n/words";
import { useKeys } from "../ui/keys";
import type { Found, Group } from "./find";
import { useFound } from "./useFound";

/** One box that finds all that has a page of its own. */
export function Search() {
  const words = useWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [open, setOpen] = useState(false);
  const [, navigate] = useLocation();
  const { groups, waits } = useFound(text);
  const found = groups.flatMap((group) => group.found);
  useKeys([{ keys: "/", what: words.keys.search, run: () => input.current?.focus() }]);

  function leave() {
    setText("");
    setOpen(false);
    input.current?.blur();
  }
  function go(one: Found | undefined) {
    if (!one) return;
    leave();
    navigate(one.href);
  }
  function onKey(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setChosen((now) => Math.min(now + 1, found.length - 1));
    else if (event.key === "ArrowUp") setChosen((now) => Math.max(now - 1, 0));
    else if (event.key === "Enter") go(found[chosen]);
    else if (event.key === "Escape") leave();
    else return;
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
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
      />
      <div id={`${id}-found`} role="listbox" aria-label={words.shell.search} className="search-found" hidden={!showing}>
        {showing && found.length === 0 && (
          <div role="option" aria-selected="false" aria-disabled="true" className="quiet">
            {waits ? words.common.loading : words.shell.searchNone}
          </div>
        )}
        {showing && groups.map((group) => (
          <FoundGroup key={group.kind} group={group} id={id} found={found} chosen={chosen} onGo={go} />
        ))}
      </div>
    </div>
  );
}

interface GroupProps {
  group: Group;
  id: string;
  found: Found[];
  chosen: number;
  onGo: (one: Found) => void;
}

function FoundGroup({ group, id, found, chosen, onGo }: GroupProps) {
  const words = useWords();
  return (
    <div role="group" aria-labelledby={`${id}-${group.kind}`}>
      <div id={`${id}-${group.kind}`} className="search-kind quiet">{words.pages[group.kind]}</div>
      {group.found.map((one) => {
        const place = found.indexOf(one);
        return (
          <Option key={one.key} one={one} id={`${id}-${place}`} chosen={place === chosen} onGo={() => onGo(one)} />
        );
      })}
    </div>
  );
}

function Option({ one, id, chosen, onGo }: { one: Found; id: string; chosen: boolean; onGo: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={element} id={id} role="option" aria-selected={chosen} onMouseDown={onGo}>
      <span className="mono">{one.text}</span> <span className="quiet">{one.note}</span>
    </div>
  );
}
