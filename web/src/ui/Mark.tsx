// Shapes for what is no state of a task: how things stand as a whole. A word is always beside it.

const TRIANGLE = "M8 1.2 15.2 14.2H.8ZM8 5.8v4M8 12v.2";
const CIRCLE = "M8 1.2a6.8 6.8 0 1 0 0 13.6a6.8 6.8 0 1 0 0-13.6Z";

const MARKS = {
  good: { tone: "good", line: `${CIRCLE}M4.8 8.3 7 10.5 11.3 5.6` },
  warn: { tone: "warn", line: TRIANGLE },
  bad: { tone: "bad", line: "M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2ZM5.5 5.5l5 5M10.5 5.5l-5 5" },
  unknown: { tone: "quiet", line: `${CIRCLE}M5 8h6` },
  at_risk: { tone: "warn", line: TRIANGLE },
  late: { tone: "bad", line: `${CIRCLE}M8 4v4.3l2.8 1.8` },
  coming: { tone: "quiet", line: `${CIRCLE}M8 4v4.3l2.8 1.8` },
  open: { tone: "bad", line: `${CIRCLE}M8 4.4v4.2M8 11.2v.3` },
  regressed: { tone: "warn", line: "M2.2 8a5.8 5.8 0 1 0 1.9-4.3L2 5.6M2 1.6v4h4M8 5.2v3.2M8 10.8v.2" },
  resolved: { tone: "good", line: "M2.5 8.5 6.3 12.3 13.5 4.2" },
} as const;

export type MarkName = keyof typeof MARKS;

export function Mark({ name, size = 14 }: { name: MarkName; size?: number }) {
  const { tone, line } = MARKS[name];
  return (
    <svg className={`state-icon tone-${tone}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={line} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

/** Shape and word. */
export function WordMark({ name, word }: { name: MarkName; word: string }) {
  return (
    <span className={`state-mark tone-${MARKS[name].tone}`}>
      <Mark name={name} />
      <span>{word}</span>
    </span>
  );
}
