import { useId } from "react";
import type { Task } from "../../api/types";
import { useWordsOf } from "../../i18n/words";
import { words as PAGE_WORDS } from "./words";

type Param = Task["params"][number];

/** How a value of a kind is written. */
const EXAMPLES: Record<string, string> = {
  date: "2015-09-18", month: "2015-09", week: "2015-W38", hour: "2015-09-18T13", time: "2015-09-18T13:45",
  duration: "15m", dates: "2015-09-01..2015-09-18",
};

interface Props {
  param: Param;
  value: string;
  onChange: (value: string) => void;
}

export function ParamField({ param, value, onChange }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const id = useId();
  const absent = param.default ? words.defaultsTo(param.default) : param.required ? words.required : words.optional;
  const choices = param.kind === "bool" ? ["true", "false"] : param.choices;
  return (
    <div className="field">
      <label htmlFor={id}>
        <span className="mono">{param.name}</span> <span className="quiet">{param.kind}</span>
        {param.required && <span className="field-required"> · {words.required}</span>}
      </label>
      {choices ? (
        <select id={id} value={value} required={param.required} onChange={(event) => onChange(event.target.value)}>
          <option value="">{absent}</option>
          {choices.map((choice) => <option key={choice} value={choice}>{choice}</option>)}
        </select>
      ) : (
        <input
          id={id}
          className="mono"
          type={param.secret ? "password" : "text"}
          autoComplete="off"
          spellCheck={false}
          required={param.required}
          placeholder={(!param.default && EXAMPLES[param.kind]) || absent}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {param.doc && <p className="quiet field-doc">{param.doc}</p>}
    </div>
  );
}
