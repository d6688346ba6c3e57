import { Link } from "wouter";

export interface ErrorParts {
  message: string;
  file?: string;
  line?: number;
  /** The failing line, with its number. */
  source?: { line: number; text: string };
  /** Variables of that line. */
  values: { name: string; value: string }[];
  /** The user's own frames: "pipelines/p.lua:3 in helper". */
  frames: string[];
}

/**
 * An error as moondial writes it: "file:line: message", the failing line, its variables and the
 * user's frames, of which all but the message may be missing.
 */
export function errorParts(text: string): ErrorParts {
  const lines = text.split("\n");
  const parts: ErrorParts = { message: "", values: [], frames: [] };
  const place = /^([^\s:][^:]*):(\d+): /.exec(lines[0]!);
  if (place) {
    parts.file = place[1]!;
    parts.line = Number(place[2]);
    lines[0] = lines[0]!.slice(place[0].length);
  }
  const message: string[] = [];
  for (const line of lines) {
    const source = /^ {2,4}(\d+) \| (.*)$/.exec(line);
    const value = /^ {6,8}(\S+) = (.*)$/.exec(line);
    const frame = /^ {2,4}at (.+)$/.exec(line);
    if (source && !parts.source) parts.source = { line: Number(source[1]), text: source[2]! };
    else if (frame && (parts.source || message.length > 0)) parts.frames.push(frame[1]!);
    else if (value && parts.source) parts.values.push({ name: value[1]!, value: value[2]! });
    else message.push(line);
  }
  parts.message = message.join("\n").trimEnd();
  return parts;
}

/** The first line of an error, without its place. */
export function errorLine(text: string): string {
  return errorParts(text).message.split("\n")[0] ?? "";
}

interface Props {
  text: string;
  /** Where a place in a file is shown. */
  href?: (file: string, line: number) => string;
  /** The first line is said elsewhere. */
  restOnly?: boolean;
}

/** An error folded to the user's own lines, with the values that variables had. */
export function FoldedError({ text, href, restOnly }: Props) {
  const parts = errorParts(text);
  const message = restOnly ? parts.message.split("\n").slice(1).join("\n") : parts.message;
  return (
    <div className="folded">
      {message && <p className="folded-message">{message}</p>}
      {parts.source && (
        <div className="folded-code" tabIndex={0}>
          <code><span className="quiet">{parts.source.line} │ </span>{parts.source.text}</code>
          {parts.values.length > 0 && (
            <dl>
              {parts.values.map((one) => (
                <div key={one.name}>
                  <dt>{one.name}</dt>
                  <dd>{one.value}</dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      )}
      {parts.frames.length > 0 ? (
        <ul className="folded-frames">
          {parts.frames.map((frame, at) => <li key={at}>at <Frame text={frame} href={href} /></li>)}
        </ul>
      ) : (
        parts.file && <p className="folded-frames">at <Frame text={`${parts.file}:${parts.line}`} href={href} /></p>
      )}
    </div>
  );
}

function Frame({ text, href }: { text: string; href: Props["href"] }) {
  const place = /^([^\s:][^:]*):(\d+)(.*)$/.exec(text);
  if (!place || !href) return <>{text}</>;
  return (
    <>
      <Link href={href(place[1]!, Number(place[2]))}>{place[1]}:{place[2]}</Link>
      {place[3]}
    </>
  );
}
