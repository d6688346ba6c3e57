// A range in a calendar: dragged by mouse, or walked by arrows with shift.

import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { rowStep, type UnitKind } from "../../ui/units";

export interface Range {
  anchor: number;
  end: number;
}

export const ordered = ({ anchor, end }: Range): [number, number] => (anchor < end ? [anchor, end] : [end, anchor]);

/** The number of the cell that an event is in. */
function cellOf(target: EventTarget | null): number | undefined {
  const cell = (target as HTMLElement | null)?.closest<HTMLElement>("[data-number]");
  return cell ? Number(cell.dataset["number"]) : undefined;
}

function stepOf(event: KeyboardEvent, kind: UnitKind): number | undefined {
  const row = rowStep[kind];
  const steps: Record<string, number> = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, PageUp: -4 * row, PageDown: 4 * row,
  };
  return steps[event.key];
}

/** `show` brings a number into sight. */
export function useSelection(kind: UnitKind, home: number, show: (number: number) => void) {
  const [focus, setFocus] = useState(home);
  const [range, setRange] = useState<Range>();
  const dragging = useRef(false);

  function walk(event: KeyboardEvent<HTMLElement>) {
    const at = cellOf(event.target);
    if (at === undefined) return;
    if (event.key === "Escape") return setRange(undefined);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return setRange({ anchor: at, end: at });
    }
    const step = stepOf(event, kind);
    if (step === undefined) return;
    event.preventDefault();
    const to = at + step;
    const calendar = event.currentTarget;
    setFocus(to);
    show(to);
    if (event.shiftKey) setRange({ anchor: range?.anchor ?? at, end: to });
    requestAnimationFrame(() => calendar.querySelector<HTMLElement>(`[data-number="${to}"]`)?.focus());
  }
  const handlers = {
    onKeyDown: walk,
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const at = cellOf(event.target);
      if (at === undefined || event.button !== 0) return;
      dragging.current = true;
      setFocus(at);
      setRange(event.shiftKey && range ? { anchor: range.anchor, end: at } : { anchor: at, end: at });
    },
    onPointerOver: (event: PointerEvent<HTMLElement>) => {
      if (event.buttons !== 1) dragging.current = false;
      const at = cellOf(event.target);
      if (!dragging.current || at === undefined) return;
      setRange((now) => (now ? { anchor: now.anchor, end: at } : now));
    },
    onPointerUp: () => {
      dragging.current = false;
    },
  };
  return { focus, range, select: setRange, handlers };
}
