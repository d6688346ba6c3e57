import { useMemo } from "react";
import type { PastAttempt } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { durationText } from "../../ui/time";
import { Chart } from "./Chart";
import { allSeries } from "./stats";
import { words as PAGE_WORDS } from "./words";

/** A number with as many digits as tell something. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : Number(value.toPrecision(4)).toString();
}

/** Marks of an axis of durations are nearer to one another than durations are told apart by. */
const secondsText = (seconds: number) => (seconds < 10 ? `${Number(seconds.toFixed(3))}s` : durationText(seconds));

/** How long it took and what it emitted, over its newest attempts. */
export function Charts({ attempts }: { attempts: PastAttempt[] }) {
  const words = useWordsOf(PAGE_WORDS);
  const series = useMemo(() => allSeries(attempts), [attempts]);
  if (series[0]!.points.length === 0) return null;
  return (
    <section className="charts" aria-label={words.duration}>
      {series.map((one) => (
        <Chart
          key={one.name}
          title={one.name || words.duration}
          isEmitted={one.name !== ""}
          series={one}
          textOf={one.name === "" ? durationText : numberText}
          markOf={one.name === "" ? secondsText : numberText}
        />
      ))}
    </section>
  );
}
