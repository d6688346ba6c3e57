// What is usual: the middle eight of ten of what there was.

export interface Range {
  low: number;
  high: number;
  least: number;
  most: number;
}

/** With fewer values nothing is usual. */
export const ENOUGH = 3;

export function rangeOf(values: number[]): Range | undefined {
  if (values.length < ENOUGH) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  return { low: at(0.1), high: at(0.9), least: sorted[0]!, most: sorted.at(-1)! };
}

/** Far beside what is usual. */
export const isFar = (value: number, range: Range): boolean => value > 1.5 * range.high || value < range.low / 1.5;
