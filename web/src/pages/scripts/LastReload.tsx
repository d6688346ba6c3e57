import { Link } from "wouter";
import type { Scripts } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { scheduleHref, taskHref } from "../../ui/names";
import { Time } from "../../ui/time";
import { words as PAGE_WORDS } from "./words";

const CHANGES = ["added", "changed", "removed"] as const;
const KINDS = ["tasks", "schedules", "triggers", "pools"] as const;
const SIGNS = { added: "+", changed: "~", removed: "−" };
const TONES = { added: "tone-good", changed: "tone-warn", removed: "tone-bad" };

/** What the last reload added, changed and removed. */
export function LastReload({ last }: { last: Scripts["last"] }) {
  const words = useWordsOf(PAGE_WORDS);
  const rows = last
    ? CHANGES.flatMap((change) => KINDS.flatMap((kind) => last.changes[change][kind].map((name) => ({ change, kind, name }))))
    : [];
  return (
    <section className="last-reload" aria-labelledby="reload-title">
      <h2 id="reload-title">{words.lastReload} {last && <span className="quiet"><Time at={last.at} /></span>}</h2>
      {rows.length === 0 ? (
        <p className="quiet">{last ? words.nothingChanged : words.neverReloaded}</p>
      ) : (
        <ul>
          {rows.map(({ change, kind, name }) => (
            <li key={`${change} ${kind} ${name}`}>
              <span className={TONES[change]}><b className="mono" aria-hidden="true">{SIGNS[change]}</b> {words.changes[change]}</span>
              <span className="quiet">{words.kinds[kind]}</span>
              <Name kind={kind} name={name} gone={change === "removed"} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Name({ kind, name, gone }: { kind: (typeof KINDS)[number]; name: string; gone: boolean }) {
  const hrefs = { tasks: taskHref(name), schedules: scheduleHref(name), triggers: "/schedules", pools: "/pools" };
  return gone ? <span className="mono">{name}</span> : <Link href={hrefs[kind]} className="mono">{name}</Link>;
}
