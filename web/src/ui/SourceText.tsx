// The text of a file with the numbers of its lines, each with an address.

import { useEffect, useRef } from "react";
import { Link } from "wouter";

interface Props {
  label: string;
  text: string;
  /** The number of the first line of `text`. */
  first?: number;
  /** A line that is pointed at, and brought into sight. */
  line?: number | undefined;
  /** Where a line has its address. */
  hrefOf?: (line: number) => string;
  /** All of it is in sight: nothing is to be scrolled. */
  still?: boolean;
}

export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export function SourceText({ label, text, first = 1, line, hrefOf, still = false }: Props) {
  const pointed = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!still) pointed.current?.scrollIntoView({ block: "center" });
  }, [line, text, still]);
  return (
    <ol className="source mono" aria-label={label} tabIndex={0}>
      {linesOf(text).map((one, place) => {
        const number = first + place;
        const is = number === line;
        return (
          <li key={number} ref={is ? pointed : undefined} className={is ? "source-pointed" : ""} aria-current={is ? "location" : undefined}>
            {hrefOf ? (
              <Link href={hrefOf(number)} className="source-number" tabIndex={-1} replace>{number}</Link>
            ) : (
              <span className="source-number">{number}</span>
            )}
            <code>{one || " "}</code>
          </li>
        );
      })}
    </ol>
  );
}
