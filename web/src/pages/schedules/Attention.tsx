import { Link } from "wouter";
import type { Firing } from "../../api/types";
import { useSaidWords } from "../../i18n/said";
import { useWordsOf } from "../../i18n/words";
import { Time } from "../../ui/time";
import { FiringMark } from "./FiringMark";
import { words as PAGE_WORDS } from "./words";

const SHOWN = 5;

/** Those since the last one that went as it should. */
function openOnes(firings: readonly Firing[]): Firing[] {
  const good = firings.findIndex((one) => one.state === "started" && one.run_state === "done");
  const since = good < 0 ? firings : firings.slice(0, good);
  return since.filter((one) => one.state !== "started");
}

/** What did not start, and what one can do about it. */
export function Attention({ firings, tasks }: { firings: Firing[]; tasks: string[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const phrase = useSaidWords();
  const open = openOnes(firings);
  if (open.length === 0) return null;
  const has = (state: Firing["state"]) => open.some((one) => one.state === state);
  const links = tasks.map((task) => <Link key={task} href={`/tasks/${encodeURIComponent(task)}`} className="mono fact-task">{task}</Link>);
  return (
    <section className="notice notice-warn attention" aria-labelledby="attention-title">
      <h2 id="attention-title">{words.attention}</h2>
      <ul>
        {open.slice(0, SHOWN).map((one) => (
          <li key={one.at}><Time at={one.at} full /> <FiringMark firing={one} /> {phrase(one.note)}</li>
        ))}
        {open.length > SHOWN && <li className="quiet">{words.more(open.length - SHOWN)}</li>}
      </ul>
      {has("waiting") && <p>{words.attentionWaiting}</p>}
      {has("dropped") && <p>{words.attentionDropped} {links}</p>}
      {has("failed") && <p>{words.attentionFailed} {links}</p>}
    </section>
  );
}
