import { useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { Action } from "../../api/actions";
import { tasksQuery } from "../../api/queries";
import type { RunDetail, Task } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { ActionButton } from "../../ui/ActionButton";
import { words as PAGE_WORDS } from "./words";

type Param = Task["params"][number];
type Force = "none" | "roots" | "all";

const FORCE_WORDS: Record<Force, string[]> = { none: [], roots: ["--force"], all: ["--force-all"] };

/** How moondial writes what has its own form; a browser's own fields show it in other ones. */
const EXAMPLES: Record<string, string> = {
  date: "2015-09-18",
  month: "2015-09",
  week: "2015-W38",
  hour: "2015-09-18T06",
  dates: "2015-09-01..2015-09-18",
  duration: "90s, 15m, 2h",
};

/** "sem.Report(date=…)": the name. */
const nameOf = (root: string) => /^[^(]*/.exec(root)![0];

/** A button whose dialog asks for the parameters of a new run. */
export function Rerun({ run, onStarted }: { run: RunDetail; onStarted: (result: unknown) => void }) {
  const words = useWordsOf(PAGE_WORDS);
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
      >
        {words.rerun}
      </button>
      <dialog ref={dialog} aria-labelledby={id} onClose={() => setOpen(false)}>
        <h2 id={id}>{words.rerunTitle}</h2>
        {isOpen && (
          <Form
            run={run}
            onClose={() => dialog.current?.close()}
            onStarted={(result) => {
              dialog.current?.close();
              onStarted(result);
            }}
          />
        )}
      </dialog>
    </>
  );
}

interface FormProps {
  run: RunDetail;
  onClose: () => void;
  onStarted: (result: unknown) => void;
}

function Form({ run, onClose, onStarted }: FormProps) {
  const words = useWordsOf(PAGE_WORDS);
  const tasks = useQuery(tasksQuery);
  const [root, setRoot] = useState(run.roots[0] ?? "");
  const [force, setForce] = useState<Force>("roots");
  const known = run.tasks.find((task) => task.id === root)?.params ?? paramsIn(root);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const name = nameOf(root);
  const task = tasks.data?.find((one) => one.name === name);
  if (tasks.data && !task) return <p>{words.unknownTask(name)}</p>;
  const params = task?.params ?? [];
  const value = (param: Param) => typed[param.name] ?? known[param.name] ?? "";
  const given = params.filter((param) => value(param) !== "");
  const lacks = params.some((param) => param.required && value(param) === "");
  const action: Action = {
    label: words.rerunStart,
    call: {
      method: "POST",
      path: "runs",
      body: {
        task: name,
        params: Object.fromEntries(given.map((param) => [param.name, value(param)])),
        ...(force === "none" ? {} : { force }),
      },
    },
    command: ["moondial", "run", name, ...given.map((param) => `${param.name}=${value(param)}`), ...FORCE_WORDS[force]],
    secrets: given.filter((param) => param.secret).map(value),
    role: "operator",
  };
  return (
    <>
      <div className="rerun">
        {run.roots.length > 1 && (
          <label>
            <span>{words.task}</span>
            <select value={root} onChange={(event) => { setRoot(event.target.value); setTyped({}); }}>
              {run.roots.map((one) => <option key={one}>{one}</option>)}
            </select>
          </label>
        )}
        {params.map((param) => (
          <Field key={param.name} param={param} value={value(param)} onChange={(text) => setTyped({ ...typed, [param.name]: text })} />
        ))}
        <label>
          <span>{words.force}</span>
          <select value={force} onChange={(event) => setForce(event.target.value as Force)}>
            {(Object.keys(FORCE_WORDS) as Force[]).map((one) => <option key={one} value={one}>{words.forces[one]}</option>)}
          </select>
        </label>
      </div>
      <div className="buttons">
        {lacks && <span className="quiet">{words.invalid}</span>}
        <button type="button" onClick={onClose}>{words.cancel}</button>
        {!lacks && <ActionButton action={action} onDone={onStarted} primary />}
      </div>
    </>
  );
}

/** Of what was complete before there is only its identity: "Name(a=1,b="x,y")". */
export function paramsIn(id: string): Record<string, string> {
  const found: Record<string, string> = {};
  const inside = /^[^(]*\((.*)\)$/s.exec(id)?.[1] ?? "";
  for (const [, name, quoted, bare] of inside.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|$)/gs)) {
    found[name!] = quoted === undefined ? bare! : quoted.replace(/\\(.)/gs, "$1");
  }
  return found;
}

function Field({ param, value, onChange }: { param: Param; value: string; onChange: (text: string) => void }) {
  const words = useWordsOf(PAGE_WORDS);
  const choices = param.kind === "bool" ? ["true", "false"] : param.choices;
  const hint = param.required
    ? words.required
    : param.default === null || param.default === ""
      ? ""
      : param.default === "(computed)"
        ? words.computed
        : words.default(param.default);
  return (
    <label>
      <span>
        <span className="mono">{param.name}</span> <span className="quiet">{param.kind}</span>
      </span>
      {choices ? (
        <select value={value} required={param.required} onChange={(event) => onChange(event.target.value)}>
          {(!param.required || value === "") && <option value="">{words.unset}</option>}
          {choices.map((one) => <option key={one}>{one}</option>)}
        </select>
      ) : (
        <input
          type={param.secret ? "password" : "text"}
          inputMode={param.kind === "int" || param.kind === "number" ? "decimal" : undefined}
          placeholder={EXAMPLES[param.kind]}
          autoComplete="off"
          className="mono"
          required={param.required}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <span className="quiet rerun-hint">{[hint, param.doc].filter(Boolean).join(" · ")}</span>
    </label>
  );
}
