import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { sourceQuery } from "../../api/queries";
import { useWordsOf } from "../../i18n/words";
import { Asked } from "../../ui/Asked";
import { linesOf } from "../../ui/SourceText";
import { type DiffLine, diffLines, piecesOf } from "./diff";
import { words as PAGE_WORDS } from "./words";

const SIGNS = { same: " ", added: "+", removed: "−" };

/** Two texts, as the lines that differ. */
export function DiffView({ before, after }: { before: string; after: string }) {
  const old = useQuery(sourceQuery(before));
  const now = useQuery(sourceQuery(after));
  return (
    <Asked query={old}>
      {(oldSource) => (
        <Asked query={now}>
          {(source) => <Lines before={oldSource.text} after={source.text} since={before.slice(0, 8)} />}
        </Asked>
      )}
    </Asked>
  );
}

function Lines({ before, after, since }: { before: string; after: string; since: string }) {
  const words = useWordsOf(PAGE_WORDS);
  const lines = useMemo(() => diffLines(linesOf(before), linesOf(after)), [before, after]);
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length;
  if (count("added") + count("removed") === 0) return <p className="quiet">{words.same}</p>;
  return (
    <section className="diff" aria-label={words.diffAgainst(since)}>
      <p>{words.diffAgainst(since)} <span className="mono">{words.lines(count("added"), count("removed"))}</span></p>
      <div className="source mono" tabIndex={0} role="group" aria-label={words.diff}>
        {piecesOf(lines).map((piece, place) =>
          piece.kind === "alike" ? (
            <p key={place} className="diff-alike quiet">⋯ {words.alike(piece.count)}</p>
          ) : (
            <ol key={place}>
              {piece.lines.map((line) => (
                <li key={`${line.before} ${line.after}`} className={`diff-${line.kind}`}>
                  <span className="source-number">{line.before}</span>
                  <span className="source-number">{line.after}</span>
                  <b aria-hidden="true">{SIGNS[line.kind]}</b>
                  {line.kind !== "same" && <span className="visually-hidden">{words[line.kind]} </span>}
                  <code>{line.text || " "}</code>
                </li>
              ))}
            </ol>
          ),
        )}
      </div>
    </section>
  );
}
