import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { sourceQuery } from "../../api/queries";
import { useWordsOf } from "../../i18n/words";
import { Asked, Empty } from "../../ui/Asked";
import { words as PAGE_WORDS } from "./words";

interface Props {
  sources: Record<string, string>;
  file: string;
  line: number;
  onFile: (file: string) => void;
}

/** The exact texts that a run used, whatever the files say today. */
export function SourceView({ sources, file, line, onFile }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  const files = Object.keys(sources).sort();
  const chosen = file in sources ? file : files[0];
  if (!chosen) return <Empty title={words.noSources} />;
  return (
    <div className="sources">
      <div className="sources-head">
        <select aria-label={words.file} value={chosen} onChange={(event) => onFile(event.target.value)} className="mono">
          {files.map((one) => <option key={one}>{one}</option>)}
        </select>
        <span className="mono quiet sources-hash" title={sources[chosen]}>sha256 {sources[chosen]!.slice(0, 12)}</span>
      </div>
      <Text sha256={sources[chosen]!} label={chosen} line={chosen === file ? line : 0} />
    </div>
  );
}

function Text({ sha256, label, line }: { sha256: string; label: string; line: number }) {
  const query = useQuery(sourceQuery(sha256));
  return <Asked query={query}>{({ text }) => <Lines text={text} label={label} line={line} />}</Asked>;
}

const LINE = 19;

function Lines({ text, label, line }: { text: string; label: string; line: number }) {
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 30,
  });
  useEffect(() => {
    if (line > 0) virtual.scrollToIndex(line - 1, { align: "center" });
  }, [line, virtual]);
  const digits = String(lines.length).length;
  return (
    <div className="lines" ref={scroller} tabIndex={0} role="region" aria-label={label}>
      <div className="lines-body" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            className={item.index + 1 === line ? "line is-marked" : "line"}
            style={{ transform: `translateY(${item.start}px)`, height: LINE }}
            {...(item.index + 1 === line ? { "aria-current": "true" as const } : {})}
          >
            <span className="line-number" style={{ width: `${digits + 1}ch` }}>{item.index + 1}</span>
            <code>{lines[item.index]}</code>
          </div>
        ))}
      </div>
    </div>
  );
}
