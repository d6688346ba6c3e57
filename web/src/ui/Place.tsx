import { Link } from "wouter";
import { placeOf, scriptHref } from "./names";

/** A place in a file as a link to it: "pipelines/p.lua:3". */
export function Place({ text }: { text: string }) {
  const { file, line } = placeOf(text);
  return line ? <Link href={scriptHref(file, line)} className="mono">{text}</Link> : <span className="mono">{text}</span>;
}
