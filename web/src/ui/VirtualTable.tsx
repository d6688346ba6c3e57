import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

export interface Column<Row> {
  key: string;
  title: string;
  /** A track of CSS grid: "6rem", "minmax(12rem, 1fr)". */
  width: string;
  cell: (row: Row) => ReactNode;
  numeric?: boolean;
  /** The same where the screen is narrow, if that is another. */
  narrow?: string;
  /** Left out where the screen is narrow. */
  wideOnly?: boolean;
  /** Its title sorts by it. */
  sorts?: boolean;
}

export interface Sorting {
  key: string;
  down: boolean;
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
  /** How the rows are sorted, which is up to who gives them. */
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
}

/**
 * A table of any length: only what is in sight is in the page. Arrows, Page, Home and End move
 * from row to row.
 */
export function VirtualTable<Row>(props: Props<Row>) {
  const { label, columns, rows, rowKey, onOpen, onEnd, rowHeight = 30, sorting, onSort } = props;
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
  const narrowTracks = columns.filter((one) => !one.wideOnly).map((one) => one.narrow ?? one.width).join(" ");

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
            <div
              role="columnheader"
              key={column.key}
              className={cellClass(column)}
              {...(column.sorts ? { "aria-sort": sortOf(column.key, sorting) } : {})}
            >
              {column.sorts && onSort ? (
                <button
                  type="button"
                  className="sorts"
                  onClick={() => onSort({ key: column.key, down: sorting?.key === column.key && !sorting.down })}
                >
                  {column.title}
                  {sorting?.key === column.key && <span aria-hidden="true">{sorting.down ? " ▾" : " ▴"}</span>}
                </button>
              ) : (
                column.title
              )}
            </div>
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

function sortOf(key: string, sorting: Sorting | undefined): "none" | "ascending" | "descending" {
  if (sorting?.key !== key) return "none";
  return sorting.down ? "descending" : "ascending";
}
