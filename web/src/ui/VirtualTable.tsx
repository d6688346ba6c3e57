import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

export interface Column<Row> {
  key: string;
  title: string;
  /** A track of CSS grid: "6rem", "minmax(12rem, 1fr)". */
  width: string;
  cell: (row: Row) => ReactNode;
  numeric?: boolean;
  /** Left out where the screen is narrow. */
  wideOnly?: boolean;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** Opens a row, by Enter or a click beside its links. */
  onOpen?: (row: Row) => void;
  /** Called when the end comes into sight. */
  onEnd?: (() => void) | undefined;
  rowHeight?: number;
}

/**
 * A table of any length: only what is in sight is in the page. Arrows, Page, Home and End move
 * from row to row.
 */
export function VirtualTable<Row>({ label, columns, rows, rowKey, onOpen, onEnd, rowHeight = 30 }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (place) => rowKey(rows[place]!),
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 1) onEnd?.();
  }, [last, rows.length, onEnd]);

  const tracks = columns.map((one) => one.width).join(" ");
  const narrowTracks = columns.filter((one) => !one.wideOnly).map((one) => one.width).join(" ");

  function move(event: KeyboardEvent<HTMLDivElement>) {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-place]");
    if (!row || event.target !== row) return;
    const place = Number(row.dataset["place"]);
    const steps: Record<string, number> = {
      ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + 20, PageUp: place - 20,
      Home: 0, End: rows.length - 1,
    };
    if (event.key === "Enter" && onOpen) return onOpen(rows[place]!);
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(rows.length - 1, to));
    virtual.scrollToIndex(target);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-place="${target}"]`)?.focus(),
    );
  }

  return (
    <div
      className="table-scroller"
      ref={scroller}
      style={{ ["--tracks" as string]: tracks, ["--narrow-tracks" as string]: narrowTracks }}
    >
      <div role="table" aria-label={label} aria-rowcount={rows.length + 1} className="table" onKeyDown={move}>
        <div role="row" aria-rowindex={1} className="table-head">
          {columns.map((column) => (
            <div role="columnheader" key={column.key} className={cellClass(column)}>{column.title}</div>
          ))}
        </div>
        <div role="rowgroup" className="table-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <div
                role="row"
                aria-rowindex={item.index + 2}
                key={item.key}
                data-place={item.index}
                tabIndex={0}
                className={onOpen ? "table-row opens" : "table-row"}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if (onOpen && !(event.target as HTMLElement).closest("a, button")) onOpen(row);
                }}
              >
                {columns.map((column) => (
                  <div role="cell" key={column.key} className={cellClass(column)}>{column.cell(row)}</div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  return ["cell", column.numeric && "numeric", column.wideOnly && "wide-only"].filter(Boolean).join(" ");
}
