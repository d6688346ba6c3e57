import { Link } from "wouter";
import type { Scripts } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { scriptHref } from "../../ui/names";
import { SourceText } from "../../ui/SourceText";
import { words as PAGE_WORDS } from "./words";

/** What does not load, with its place. */
export function LoadErrors({ scripts }: { scripts: Scripts }) {
  const words = useWordsOf(PAGE_WORDS);
  if (scripts.errors.length === 0) return null;
  return (
    <section className="load-errors" aria-labelledby="load-errors-title">
      <h2 id="load-errors-title" className="visually-hidden">{words.errors}</h2>
      <ul>
        {scripts.errors.map((one) => (
          <li key={`${one.file}:${one.line}:${one.message}`} className="notice notice-bad">
            <div className="load-error">
              {one.file !== null && (
                <Link href={scriptHref(one.file, one.line)} className="mono">{one.line === null ? one.file : `${one.file}:${one.line}`}</Link>
              )}
              <pre>{one.message}</pre>
              {one.source && (
                <div className="load-source">
                  <SourceText
                    label={words.around(one.file ?? "", one.line ?? 0)}
                    text={one.source.lines.join("\n")}
                    first={one.source.first}
                    line={one.line ?? undefined}
                    still
                  />
                </div>
              )}
              {one.hint && <p className="quiet">{words.hint}: {one.hint}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
