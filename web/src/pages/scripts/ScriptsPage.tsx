import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearch } from "wouter";
import type { Action } from "../../api/actions";
import { scriptsQuery } from "../../api/queries";
import type { Diagnostic, Scripts } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { ActionButton } from "../../ui/ActionButton";
import { Asked, Empty } from "../../ui/Asked";
import { Mark } from "../../ui/Mark";
import { scriptHref } from "../../ui/names";
import { Time } from "../../ui/time";
import { FileDetail } from "./FileDetail";
import { LoadErrors } from "./LoadErrors";
import { LastReload } from "./LastReload";
import { words as PAGE_WORDS } from "./words";
import "./scripts.css";

/** Every pipeline file: whether it is in force, what it declares, and what it was before. */
export default function ScriptsPage() {
  const all = useWords();
  const words = useWordsOf(PAGE_WORDS);
  const query = useQuery(scriptsQuery);
  const file = new URLSearchParams(useSearch()).get("file") ?? "";
  const [checked, setChecked] = useState<{ errors: number; at: string }>();
  return (
    <>
      <div className="page-head">
        <h1>{all.pages.scripts}</h1>
        <ActionButton action={reload(words.reload)} />
        <ActionButton action={check(words.check)} onDone={(found) => setChecked({ errors: (found as Diagnostic[]).length, at: new Date().toISOString() })} />
        {checked && (
          <span role="status" className={checked.errors > 0 ? "tone-bad" : "tone-good"}>
            <Time at={checked.at} /> {words.checked(checked.errors)}
          </span>
        )}
      </div>
      <Asked query={query}>
        {(scripts) => (
          <>
            <LoadErrors scripts={scripts} />
            <div className="scripts">
              <div className="scripts-side">
                <FileList scripts={scripts} chosen={file} />
                <LastReload last={scripts.last} />
              </div>
              <Detail scripts={scripts} file={file} />
            </div>
          </>
        )}
      </Asked>
    </>
  );
}

function Detail({ scripts, file }: { scripts: Scripts; file: string }) {
  const words = useWordsOf(PAGE_WORDS);
  if (scripts.files.length === 0) return <Empty title={words.none} />;
  if (file === "") return <Empty title={words.choose} />;
  const found = scripts.files.find((one) => one.file === file);
  if (!found) return <Empty title={words.noFile(file)} />;
  return <FileDetail key={file} file={found} />;
}

function FileList({ scripts, chosen }: { scripts: Scripts; chosen: string }) {
  const words = useWordsOf(PAGE_WORDS);
  const [wanted, setWanted] = useState("");
  const text = wanted.trim().toLowerCase();
  const rows = scripts.files
    .filter((one) => [one.file, ...one.tasks, ...one.schedules, ...one.triggers].some((name) => name.toLowerCase().includes(text)))
    .sort((a, b) => Number(b.state === "failed") - Number(a.state === "failed") || (a.file < b.file ? -1 : 1));
  return (
    <section className="file-list" aria-labelledby="files-title">
      <h2 id="files-title" className="visually-hidden">{words.files}</h2>
      <input type="search" aria-label={words.filter} placeholder={words.filter} value={wanted} onChange={(event) => setWanted(event.target.value)} />
      {rows.length === 0 && <p className="quiet">{text ? words.noneFound : words.none}</p>}
      {foldersOf(rows).map(({ folder, files }) => (
        <div key={folder} role="group" aria-label={folder}>
          <p className="file-folder mono quiet" aria-hidden="true">{folder}</p>
          <ul>{files.map((one) => <FileRow key={one.file} file={one} chosen={one.file === chosen} />)}</ul>
        </div>
      ))}
    </section>
  );
}

type File = Scripts["files"][number];

const cutAt = (file: string) => file.lastIndexOf("/") + 1;

function foldersOf(files: File[]): { folder: string; files: File[] }[] {
  const folders = new Map<string, File[]>();
  for (const one of files) {
    const folder = one.file.slice(0, cutAt(one.file)) || "./";
    folders.set(folder, [...(folders.get(folder) ?? []), one]);
  }
  return [...folders].map(([folder, own]) => ({ folder, files: own }));
}

function FileRow({ file, chosen }: { file: File; chosen: boolean }) {
  const words = useWordsOf(PAGE_WORDS);
  const declared = file.tasks.length + file.schedules.length + file.triggers.length;
  return (
    <li>
      <Link href={scriptHref(file.file)} title={file.file} aria-label={`${file.file}, ${words.states[file.state]}`} {...(chosen ? { "aria-current": "true" as const } : {})}>
        <Mark name={file.state === "failed" ? "bad" : "resolved"} />
        <span className="mono">{file.file.slice(cutAt(file.file))}</span>
        {declared > 0 && <span className="quiet">{declared}</span>}
      </Link>
    </li>
  );
}

const reload = (label: string): Action => ({
  label, call: { method: "POST", path: "reload", body: {} }, command: ["moondial", "reload"], role: "admin",
});

const check = (label: string): Action => ({
  label, call: { method: "POST", path: "check", body: {} }, command: ["moondial", "check"], role: "viewer",
});
