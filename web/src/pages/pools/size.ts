// Sizes of pools: whole numbers, of `memory` bytes.

import type { Action } from "../../api/actions";
import { bytesText } from "../../ui/time";

const UNITS: Record<string, number> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

export const isBytes = (pool: string): boolean => pool === "memory";

export const unitsText = (pool: string, units: number): string => (isBytes(pool) ? bytesText(units) : String(units));

/** What was typed: a whole number, of memory also with K, M, G or T. */
export function readSize(pool: string, text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (!found || (!isBytes(pool) && (found[2] !== "" || /[.b]/i.test(text)))) return undefined;
  const size = Number(found[1]) * UNITS[found[2]!.toLowerCase()]!;
  return Number.isSafeInteger(size) ? size : undefined;
}

export function sizeAction(pool: string, size: number | null, label: string): Action {
  return {
    label,
    call: { method: "POST", path: `pools/${encodeURIComponent(pool)}/size`, body: { size } },
    command: ["moondial", "pools", `${pool}=${size ?? "declared"}`],
    role: "operator",
  };
}
