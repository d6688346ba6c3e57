import { type ReactNode, useId, useState } from "react";
import { Link } from "wouter";
import type { ApiError } from "../../api/client";
import type { Plan, Task } from "../../api/types";
import { useWords, useWordsOf } from "../../i18n/words";
import { ActionButton } from "../../ui/ActionButton";
import { ParamField } from "./ParamField";
import { PlanView } from "./PlanView";
import { type Force, markAction, missing, planAction, runAction, type Wanted } from "./request";
import { words as PAGE_WORDS } from "./words";

interface Props {
  task: Task;
  /** Of a backfill: its parameter and the text of the interval, which is chosen elsewhere. */
  range?: { param: string; text: string };
}

/** A field for each parameter; what it would do is shown before it is done. */
export function TaskForm({ task, range }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const id = useId();
  const [values, setValues] = useState<Record<string, string>>({});
  const [force, setForce] = useState<Force>("none");
  const [reverse, setReverse] = useState(false);
  const [planned, setPlanned] = useState<{ of: string; plan: Plan }>();
  const [refusal, setRefusal] = useState<{ of: string; error: ApiError }>();
  const [news, setNews] = useState<ReactNode>();

  const wanted: Wanted = {
    task,
    values: range ? { ...values, [range.param]: range.text } : values,
    force,
    range: range?.param,
    reverse,
  };
  const plan = planAction(wanted, words.plan);
  const of = JSON.stringify(plan.call.body);
  const lacking = missing(wanted);
  const unavailable = lacking.length > 0 ? words.missing(lacking.join(", ")) : undefined;
  const current = planned?.of === of ? planned.plan : undefined;
  const run = runAction(wanted, range ? words.backfill : words.run, current ? undefined : words.unseen);
  const root = current?.tasks.find((one) => current.roots[0] === one.id);
  const forces: Force[] = range ? ["none", "roots"] : ["none", "roots", "all", "downstream"];
  const refused = (error: ApiError) => setRefusal({ of, error });
  return (
    <form className="task-form" onSubmit={(event) => event.preventDefault()}>
      {task.params.length === 0 && <p className="quiet">{words.none}</p>}
      {task.params.filter((param) => param.name !== range?.param).map((param) => (
        <ParamField
          key={param.name}
          param={param}
          value={values[param.name] ?? ""}
          onChange={(value) => setValues((now) => ({ ...now, [param.name]: value }))}
        />
      ))}
      <div className="field">
        <label htmlFor={`${id}-force`}>{words.force}</label>
        <select id={`${id}-force`} value={force} onChange={(event) => setForce(event.target.value as Force)}>
          {forces.map((one) => <option key={one} value={one}>{words.forces[one]}</option>)}
        </select>
      </div>
      {range && (
        <label className="form-check">
          <input type="checkbox" checked={reverse} onChange={(event) => setReverse(event.target.checked)} /> {words.reverse}
        </label>
      )}
      <div className="task-actions">
        <ActionButton
          action={plan}
          looks
          primary={!current}
          unavailable={unavailable}
          onDone={(result, action) => {
            setPlanned({ of: JSON.stringify(action.call.body), plan: result as Plan });
            setRefusal(undefined);
          }}
          onRefused={refused}
        />
        <ActionButton
          action={run}
          primary={current !== undefined}
          unavailable={unavailable}
          onDone={(result) => {
            const started = (result as { run: number }).run;
            setRefusal(undefined);
            setPlanned(undefined);
            setNews(<>{words.started} <Link href={`/runs/${started}`}>{all.common.run(started)}</Link></>);
          }}
          onRefused={refused}
        />
        {!range && (
          <ActionButton
            action={markAction(wanted, words.mark, words.markAsk)}
            unavailable={unavailable ?? (root && !root.marks ? words.notAMark : undefined)}
            onDone={(result) => {
              setRefusal(undefined);
              setPlanned(undefined);
              setNews(<>{words.marked} <span className="mono">{(result as { task: string }).task}</span></>);
            }}
            onRefused={refused}
          />
        )}
      </div>
      {unavailable && <p className="quiet">{unavailable}</p>}
      {news && <p className="notice notice-good" role="status">{news}</p>}
      {refusal?.of === of && <Refusal error={refusal.error} />}
      {planned && !current && <p className="quiet">{words.planOld}</p>}
      {current && <PlanView plan={current} />}
    </form>
  );
}

function Refusal({ error }: { error: ApiError }) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <div className="notice notice-bad" role="alert">
      <strong>{words.refused}</strong>
      <span className="refusal">{error.message}</span>
      {error.places.filter((place) => place.message !== error.message).map((place, i) => (
        <span key={i} className="refusal">
          {place.file && <span className="mono">{place.file}:{place.line} </span>}
          {place.message}
        </span>
      ))}
    </div>
  );
}
