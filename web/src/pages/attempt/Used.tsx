import type { AttemptDetail, PastAttempt } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { ENOUGH, isFar, type Range, rangeOf } from "../../ui/range";
import { bytesText, durationText, useNow } from "../../ui/time";
import { words as PAGE_WORDS } from "./words";

/** What the attempt took, beside what such tasks usually take. */
export function Used({ attempt, others }: { attempt: AttemptDetail; others: PastAttempt[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const now = useNow(attempt.ended ? 3_600_000 : 1000);
  const good = others.filter((one) => one.state === "done" && one.attempt_id !== attempt.attempt_id);
  const seconds = attempt.ended ? attempt.seconds : Math.max(0, (now - Date.parse(attempt.started)) / 1000);
  const range = (of: (one: PastAttempt) => number) => rangeOf(good.map(of).filter((one) => one > 0));
  return (
    <section className="used" aria-label={words.used}>
      <h2>{words.used}</h2>
      <dl>
        <Measure name={words.duration} value={seconds} text={durationText} range={range((one) => one.seconds)} />
        {attempt.cpu_seconds > 0 && (
          <Measure name={words.cpu} value={attempt.cpu_seconds} text={durationText} range={range((one) => one.cpu_seconds)} />
        )}
        {attempt.peak_memory_bytes > 0 && (
          <Measure name={words.memory} value={attempt.peak_memory_bytes} text={bytesText} range={range((one) => one.peak_memory_bytes)} />
        )}
      </dl>
      {good.length >= ENOUGH && <p className="quiet used-note">{words.usualOf(good.length)}</p>}
    </section>
  );
}

interface MeasureProps {
  name: string;
  value: number;
  text: (value: number) => string;
  range: Range | undefined;
}

function Measure({ name, value, text, range }: MeasureProps) {
  const words = useWordsOf(PAGE_WORDS);
  const most = 1.05 * Math.max(value, range?.most ?? 0);
  const place = (one: number) => 100 * (most > 0 ? one / most : 0);
  const far = range !== undefined && isFar(value, range);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className={`mono${far ? " is-far" : ""}`}>{text(value)}</span>
        {range && (
          <>
            <span className="quiet used-usual">{words.usual(text(range.low), text(range.high))}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" className="used-range" aria-hidden="true">
              <rect x="0" y="4.5" width="100" height="1" className="used-axis" />
              <rect x={place(range.low)} y="2" width={Math.max(1, place(range.high) - place(range.low))} height="6" className="used-band" />
              <rect x={Math.max(0, place(value) - 0.6)} y="0" width="1.2" height="10" className="used-here" />
            </svg>
          </>
        )}
      </dd>
    </div>
  );
}
