import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { scriptsQuery, sourceQuery } from "../../api/queries";
import { useWordsOf } from "../../i18n/words";
import { words as PAGE_WORDS } from "./words";

const BEFORE = 1;
const MOST = 60;

/** How many lines a declaration has that begins at one: until its brackets are closed. */
export function declarationLength(lines: readonly string[], first: number): number {
  let depth = 0;
  let opened = false;
  for (let place = first; place < lines.length; ++place) {
    const code = lines[place]!
      .replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\[\[.*?\]\]/g, "")
      .replace(/--.*/, "");
    for (const sign of code) {
      if ("{(".includes(sign)) {
        ++depth;
        opened = true;
      }
      if ("})".includes(sign)) --depth;
    }
    if (opened && depth <= 0) return place - first + 1;
  }
  return lines.length - first;
}

/** The lines in which a task is declared, as they are in force. */
export function Source({ file, line }: { file: string; line: number }) {
  const words = useWordsOf(PAGE_WORDS);
  const scripts = useQuery(scriptsQuery);
  const sha256 = scripts.data?.files.find((one) => one.file === file)?.sha256;
  const source = useQuery({ ...sourceQuery(sha256 ?? ""), enabled: sha256 !== undefined });
  const lines = source.data?.text.split("\n");
  const begin = Math.max(0, line - 1 - BEFORE);
  const end = lines && Math.min(line - 1 + declarationLength(lines, line - 1), begin + MOST);
  return (
    <section aria-labelledby="source-title">
      <div className="section-head">
        <h2 id="source-title">{words.source}</h2>
        <Link href={`/scripts?file=${encodeURIComponent(file)}`}>{words.wholeFile}</Link>
      </div>
      {scripts.data && !sha256 && <p className="quiet">{words.sourceGone}</p>}
      {(scripts.error ?? source.error) && <p className="quiet">{(scripts.error ?? source.error)!.message}</p>}
      {lines && (
        <pre className="declared" tabIndex={0} aria-labelledby="source-title">
          {lines.slice(begin, end).map((text, i) => (
            <span key={i} className={begin + i + 1 === line ? "declared-line here" : "declared-line"}>
              <span className="declared-number" aria-hidden="true">{begin + i + 1}</span>
              <span>{text || " "}</span>
            </span>
          ))}
        </pre>
      )}
    </section>
  );
}
