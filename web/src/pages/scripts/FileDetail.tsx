import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "wouter";
import { ApiError } from "../../api/client";
import { sourceQuery, versionsQuery } from "../../api/queries";
import type { Scripts, ScriptVersion } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { Asked } from "../../ui/Asked";
import { WordMark } from "../../ui/Mark";
import { runHref, scheduleHref, taskHref } from "../../ui/names";
import { SourceText } from "../../ui/SourceText";
import { Time } from "../../ui/time";
import { DiffView } from "./DiffView";
import { words as PAGE_WORDS } from "./words";

type File = Scripts["files"][number];

export const shortHash = (sha256: string) => sha256.slice(0, 8);

/** An address within this page. */
function at(file: string, version: string, more: Record<string, string | number> = {}): string {
  const query = new URLSearchParams({ file, version });
  for (const [name, value] of Object.entries(more)) query.set(name, String(value));
  return `/scripts?${query}`;
}

export function FileDetail({ file }: { file: File }) {
  const words = useWordsOf(PAGE_WORDS);
  const search = new URLSearchParams(useSearch());
  const version = search.get("version") || file.sha256;
  const against = search.get("against");
  const line = Number(search.get("line")) || undefined;
  return (
    <article className="file" aria-labelledby="file-title">
      <header>
        <h2 id="file-title" className="mono">{file.file}</h2>
        <WordMark name={file.state === "failed" ? "bad" : "resolved"} word={words.states[file.state]} />
        {file.state === "failed" && <span className="quiet">{words.failedAbout}</span>}
      </header>
      <Declares file={file} />
      <Versions file={file} version={version} against={against} />
      {against ? (
        <DiffView before={against} after={version} />
      ) : (
        <Text sha256={version} label={words.text(file.file)} line={line} hrefOf={(one) => at(file.file, version, { line: one })} />
      )}
    </article>
  );
}

function Declares({ file }: { file: File }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = [
    ...file.tasks.map((name) => ({ kind: words.kinds.tasks, name, href: taskHref(name) })),
    ...file.schedules.map((name) => ({ kind: words.kinds.schedules, name, href: scheduleHref(name) })),
    ...file.triggers.map((name) => ({ kind: words.kinds.triggers, name, href: "/schedules" })),
  ];
  if (all.length === 0) return <p className="quiet">{words.declaresNothing}</p>;
  return (
    <ul className="declares" aria-label={words.declares}>
      {all.map((one) => (
        <li key={one.kind + one.name}>
          <span className="quiet">{one.kind}</span> <Link href={one.href} className="mono">{one.name}</Link>
        </li>
      ))}
    </ul>
  );
}

/** The text in force, and those that runs used, the newest first. */
function Versions({ file, version, against }: { file: File; version: string; against: string | null }) {
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(versionsQuery(file.file));
  return (
    <Asked query={query}>
      {(used) => {
        const rows: { sha256: string; used: ScriptVersion | undefined }[] = used.map((one) => ({ sha256: one.sha256, used: one }));
        if (!used.some((one) => one.sha256 === file.sha256)) rows.unshift({ sha256: file.sha256, used: undefined });
        return (
          <ul className="versions" aria-label={words.versions}>
            {rows.map((row, place) => (
              <li key={row.sha256} className={row.sha256 === version ? "version-chosen" : ""}>
                <Link href={at(file.file, row.sha256)} className="mono" title={row.sha256} {...(row.sha256 === version && !against ? { "aria-current": "true" as const } : {})}>
                  {shortHash(row.sha256)}
                </Link>
                {row.sha256 === file.sha256 && <WordMark name="resolved" word={words.inForce} />}
                <span className="quiet"><Use of={row.used} /></span>
                <span className="push">
                  {rows[place + 1] && (
                    <Link
                      href={at(file.file, row.sha256, { against: rows[place + 1]!.sha256 })}
                      aria-label={`${shortHash(row.sha256)}: ${words.diffAgainst(shortHash(rows[place + 1]!.sha256))}`}
                      {...(row.sha256 === version && against === rows[place + 1]!.sha256 ? { "aria-current": "true" as const } : {})}
                    >
                      {words.diff}
                    </Link>
                  )}
                </span>
              </li>
            ))}
          </ul>
        );
      }}
    </Asked>
  );
}

function Use({ of }: { of: ScriptVersion | undefined }) {
  const words = useWordsOf(PAGE_WORDS);
  if (!of) return <>{words.notUsed}</>;
  return (
    <>
      {words.usedBy(of.runs)}: <Link href={runHref(of.first_run)} className="mono">{of.first_run}</Link> <Time at={of.first} short />
      {of.last_run !== of.first_run && (
        <> – <Link href={runHref(of.last_run)} className="mono">{of.last_run}</Link> <Time at={of.last} short /></>
      )}
    </>
  );
}

export function Text({ sha256, ...rest }: { sha256: string; label: string; line: number | undefined; hrefOf: (line: number) => string }) {
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(sourceQuery(sha256));
  if (query.error instanceof ApiError && query.error.status === 404) return <p className="quiet not-recorded">{words.notRecorded}</p>;
  return <Asked query={query}>{(source) => <SourceText text={source.text} {...rest} />}</Asked>;
}
