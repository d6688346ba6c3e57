// An error of a task as it is recorded: what went wrong, the user's own line with its variables, and
// the way there. Folded to what is read first; the rest opens.

import { Link } from "wouter";
import { useWords } from "../i18n/words";
import { placeOf, scriptHref } from "./names";

interface Frame {
  place: string;
  within: string;
}

interface Parsed {
  message: string[];
  source: { line: string; text: string } | undefined;
  variables: { name: string; value: string }[];
  frames: Frame[];
  rest: string[];
}

/** The lines of an error: message, `  3 | source`, `      name = value`, `  at file:line in f`. */
export function parseError(error: string): Parsed {
  const parsed: Parsed = { message: [], source: undefined, variables: [], frames: [], rest: [] };
  for (const line of error.split("\n")) {
    const source = /^\s+(\d+) \| (.*)$/.exec(line);
    const variable = /^ {6}([^\s=]+) = (.*)$/.exec(line);
    const frame = /^\s+at (.+?)(?: in (.*))?$/.exec(line);
    if (source && !parsed.source) parsed.source = { line: source[1]!, text: source[2]! };
    else if (variable && parsed.source) parsed.variables.push({ name: variable[1]!, value: variable[2]! });
    else if (frame && parsed.message.length > 0) parsed.frames.push({ place: frame[1]!, within: frame[2] ?? "" });
    else if (parsed.source || parsed.frames.length > 0) parsed.rest.push(line);
    else parsed.message.push(line);
  }
  return parsed;
}

export function Place({ text }: { text: string }) {
  const { file, line } = placeOf(text);
  return line ? <Link href={scriptHref(file, line)} className="mono">{text}</Link> : <span className="mono">{text}</span>;
}

export function ErrorText({ error }: { error: string }) {
  const words = useWords();
  const { message, source, variables, frames, rest } = parseError(error);
  return (
    <div className="error-text">
      <pre className="error-message" tabIndex={0}>{message.join("\n")}</pre>
      {source && (
        <pre className="error-source" tabIndex={0}>
          <span className="quiet">{source.line} │ </span>{source.text}
        </pre>
      )}
      {variables.length > 0 && (
        <dl className="error-variables mono">
          {variables.map((one, place) => (
            <div key={place}><dt>{one.name}</dt><dd>{one.value}</dd></div>
          ))}
        </dl>
      )}
      {frames.length > 0 && (
        <ol className="error-frames">
          {frames.map((frame, place) => (
            <li key={place}>
              <Place text={frame.place} /> {frame.within && <span className="mono quiet">{frame.within}</span>}
            </li>
          ))}
        </ol>
      )}
      {rest.length > 0 && (
        <details>
          <summary>{words.common.more}</summary>
          <pre tabIndex={0}>{rest.join("\n")}</pre>
        </details>
      )}
    </div>
  );
}
