import { useState } from "react";
import { Link } from "wouter";
import type { Schedule } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { ActionButton } from "../../ui/ActionButton";
import { scheduleAction } from "./actions";
import { words as PAGE_WORDS } from "./words";

/** What can be done with a schedule; `news` says which run came of it. */
export function ScheduleActions({ schedule, news }: { schedule: Schedule; news?: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const [started, setStarted] = useState<number>();
  const { name, paused } = schedule;
  return (
    <span className="schedule-actions">
      <ActionButton
        action={scheduleAction("trigger", name, words.trigger, words.triggerAsk(name))}
        onDone={(result) => setStarted((result as { run: number }).run)}
      />
      {paused ? (
        <ActionButton action={scheduleAction("resume", name, words.resume)} primary />
      ) : (
        <ActionButton action={scheduleAction("pause", name, words.pause, words.pauseAsk(name))} />
      )}
      {news && started !== undefined && (
        <span role="status">{words.started} <Link href={`/runs/${started}`}>{all.common.run(started)}</Link></span>
      )}
    </span>
  );
}
