import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Link } from "wouter";
import type { Action } from "../../api/actions";
import { path } from "../../api/client";
import { errorQuery } from "../../api/queries";
import type { ErrorGroup, FailedTask } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { ActionButton } from "../../ui/ActionButton";
import { Asked } from "../../ui/Asked";
import { FoldedError } from "../../ui/FoldedError";
import { WordMark } from "../../ui/Mark";
import { attemptHref, runHref, scriptHref, taskHref } from "../../ui/names";
import { Place } from "../../ui/Place";
import { Time } from "../../ui/time";
import { valuesOf } from "./groups";
import { words as PAGE_WORDS } from "./words";

const VALUES = 3;
/** So many tasks of a group that is open, and ten times as many more when asked for. */
export const TASKS = 20;
const MOST_TASKS = 1000; // as the API bounds them

export function ErrorGroupRow({ group, open, onToggle }: { group: ErrorGroup; open: boolean; onToggle: () => void }) {
  const words = useWordsOf(PAGE_WORDS);
  const id = useId();
  const left = group.open_count;
  const values = valuesOf(group, VALUES);
  return (
    <li className={open ? "error-group error-group-open" : "error-group"}>
      <div className="error-head">
        <span className="error-state" title={words.about[group.state]}>
          <WordMark name={group.state} word={words.states[group.state]} />
        </span>
        <button type="button" className="error-title mono" aria-expanded={open} aria-controls={id} onClick={onToggle}>
          {group.message || group.task}
        </button>
        <span className="error-count">{words.times(group.count)}</span>
        <span className="error-when quiet">{words.last} <Time at={group.last} short /></span>
      </div>
      <div className="error-where quiet">
        <Link href={taskHref(group.task)} className="mono">{group.task}</Link>
        {group.place ? <Place text={group.place} /> : <span>{words.elsewhere}</span>}
        {values.text && (
          <span className="mono error-values">{values.text}{values.more > 0 && ` +${values.more}`}</span>
        )}
        {left > 0 && <span>{words.of(left, group.task_count)}</span>}
        <span className="push">{words.first} <Time at={group.first} short /></span>
      </div>
      <div id={id} hidden={!open}>{open && <OpenGroup group={group} />}</div>
    </li>
  );
}

function OpenGroup({ group }: { group: ErrorGroup }) {
  const words = useWordsOf(PAGE_WORDS);
  const [most, setMost] = useState(TASKS);
  const query = useQuery({ ...errorQuery(group.id, most), placeholderData: keepPreviousData });
  return (
    <div className="error-open">
      <Asked query={query}>
        {(whole) => (
          <>
            <Example group={whole} />
            <section>
              <h2>{words.tasks}</h2>
              <ul className="error-tasks">
                {whole.tasks.map((task) => <TaskRow key={task.id} group={group} task={task} />)}
              </ul>
              {whole.task_count > whole.tasks.length && most < MOST_TASKS && (
                <button type="button" className="small" onClick={() => setMost(Math.min(most + 10 * TASKS, MOST_TASKS))}>
                  {words.moreTasks(whole.task_count - whole.tasks.length)}
                </button>
              )}
            </section>
          </>
        )}
      </Asked>
    </div>
  );
}

function Example({ group }: { group: ErrorGroup }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  return (
    <section>
      <h2>{words.example}</h2>
      <p className="quiet error-example">
        <Link href={attemptHref(group.example.attempt_id)} className="mono">{group.example.task}</Link>
        <Link href={runHref(group.example.run)}>{all.common.run(group.example.run)}</Link>
      </p>
      <FoldedError text={group.example.error} href={scriptHref} />
    </section>
  );
}

function TaskRow({ group, task }: { group: ErrorGroup; task: FailedTask }) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  return (
    <li>
      <WordMark name={task.resolved ? "resolved" : "open"} word={task.resolved ? words.resolved : words.open} />
      <span className="mono error-task" title={task.id}>
        <Link href={attemptHref(task.attempt_id)}>{task.id}</Link>
      </span>
      <span className="quiet">{words.times(task.count)}</span>
      <Link href={runHref(task.run)}>{all.common.run(task.run)}</Link>
      <span className="push">{!task.resolved && <ActionButton action={runAgain(group.task, task, words.again)} />}</span>
    </li>
  );
}

function runAgain(name: string, task: FailedTask, label: string): Action {
  return {
    label,
    call: { method: "POST", path: path(["runs"]), body: { task: name, params: task.params } },
    command: ["moondial", "run", name, ...Object.entries(task.params).map(([key, value]) => `${key}=${value}`)],
    role: "operator",
  };
}
