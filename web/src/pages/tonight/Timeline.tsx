import { useMemo } from "react";
import { Link } from "wouter";
import { useWords, useWordsOf } from "../../i18n/words";
import type { Facts } from "../../night/judge";
import { StateIcon } from "../../states/StateMark";
import { isBad } from "../../states/states";
import { Mark } from "../../ui/Mark";
import { runHref, scheduleHref } from "../../ui/names";
import { useSetting } from "../../ui/settings";
import { civil, useNow, useZone } from "../../ui/time";
import { type Bar, percent, type Row, rowsOf, type Span, spanAround, ticksOf } from "./timeline";
import { words as PAGE_WORDS } from "./words";

const MOST_ROOTS = 3;
const RANGES = [1, 3, 6, 12];

/** What ran and what is to run, around now, against the SLAs. */
export function Timeline({ facts }: { facts: Facts }) {
  const words = useWordsOf(PAGE_WORDS);
  const zone = useZone();
  const [chosen, choose] = useSetting("tonight.hours", "12");
  const hours = RANGES.includes(Number(chosen)) ? Number(chosen) : 12;
  const { from, to } = spanAround(facts.now, hours);
  const span = useMemo(() => ({ from, to }), [from, to]);
  const ticks = useMemo(() => ticksOf(span, zone), [span, zone]);
  const rows = useMemo(() => rowsOf(facts, span), [facts, span]);
  return (
    <section className="timeline" aria-labelledby="timeline-title">
      <div className="panel-head">
        <h2 id="timeline-title">{words.timeline}</h2>
        <Legend />
        <select className="small" aria-label={words.span} value={hours} onChange={(event) => choose(event.target.value)}>
          {RANGES.map((one) => <option key={one} value={one}>{words.hours(one)}</option>)}
        </select>
      </div>
      {facts.forecast?.cut && <p className="quiet">{words.cut}</p>}
      <div className="timeline-body" tabIndex={0} role="group" aria-label={words.timeline}>
        <div className="timeline-axis" aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick.at} className={tick.day ? "tick tick-day" : "tick"} style={{ left: `${percent(tick.at, span)}%` }}>
              {hasRoom(percent(tick.at, span)) && tick.text}
            </span>
          ))}
        </div>
        <div className="timeline-grid" aria-hidden="true">
          {ticks.map((tick) => <i key={tick.at} style={{ left: `${percent(tick.at, span)}%` }} />)}
          <NowLine span={span} />
        </div>
        {rows.length === 0 ? (
          <p className="quiet timeline-none">{words.noBars}</p>
        ) : (
          <ul>{rows.map((row) => <TimelineRow key={(row.schedule ? "s " : "r ") + row.name} row={row} span={span} />)}</ul>
        )}
      </div>
    </section>
  );
}

/** For a text in the middle of a place of the axis. */
const hasRoom = (place: number) => place > 1 && place < 98;

function NowLine({ span }: { span: Span }) {
  const words = useWordsOf(PAGE_WORDS);
  const zone = useZone();
  const now = useNow(1000);
  return (
    <b className="now-line" style={{ left: `${percent(now, span)}%` }} title={words.now}>
      <span className="mono">{civil(now, zone).time}</span>
    </b>
  );
}

function TimelineRow({ row, span }: { row: Row; span: Span }) {
  const newest = row.bars.filter((bar) => bar.run !== undefined).at(-1);
  const href = row.schedule ? scheduleHref(row.schedule) : newest ? runHref(newest.run!) : undefined;
  return (
    <li>
      <span className="timeline-name mono" title={row.name}>
        {href ? <Link href={href}>{row.name}</Link> : row.name}
      </span>
      <span className="timeline-track">
        {row.bars.map((bar) => <TimelineBar key={bar.key} bar={bar} row={row} span={span} />)}
      </span>
    </li>
  );
}

function TimelineBar({ bar, row, span }: { bar: Bar; row: Row; span: Span }) {
  const text = useBarText(bar);
  const inside = (at: number) => Math.min(100, Math.max(0, percent(at, span)));
  const left = inside(bar.from);
  const place = { left: `${left}%`, width: `${inside(bar.to) - left}%` };
  const bad = bar.state !== undefined && isBad(bar.state);
  const end = inside(Math.max(bar.to, bar.likely ?? 0));
  const look = ["bar", `bar-${bar.kind}`, bar.state && `state-${bar.state}`, bar.atRisk && "bar-risk"].filter(Boolean).join(" ");
  const href = bar.run === undefined ? scheduleHref(row.schedule ?? row.name) : runHref(bar.run);
  return (
    <>
      {bar.likely !== undefined && bar.likely > bar.to && (
        <i className={bar.atRisk ? "bar bar-coming bar-risk" : "bar bar-coming"} style={{ left: `${inside(bar.to)}%`, width: `${end - inside(bar.to)}%` }} />
      )}
      <Link href={href} className={look} style={place} title={text} aria-label={`${row.name}: ${text}`} tabIndex={-1} />
      {(bad || bar.atRisk) && (
        <span className={`bar-sign ${bad ? `state-${bar.state}` : "tone-warn"}`} style={{ left: `${end}%` }} aria-hidden="true">
          {bad ? <StateIcon state={bar.state!} silent /> : <Mark name="at_risk" size={12} />}
        </span>
      )}
      {bar.sla !== undefined && bar.sla >= span.from && bar.sla <= span.to && (
        <i className={bar.atRisk ? "sla-mark sla-risk" : "sla-mark"} style={{ left: `${percent(bar.sla, span)}%` }} />
      )}
    </>
  );
}

/** The bar in words, for the pointer and for who does not see it. */
function useBarText(bar: Bar): string {
  const words = useWordsOf(PAGE_WORDS);
  const all = useWords();
  const zone = useZone();
  const time = (at: number) => civil(at, zone).time.slice(0, 5);
  const parts = [words.bar(bar.kind, bar.state ? all.state[bar.state] : "", time(bar.from), time(bar.likely ?? bar.to))];
  if (bar.run !== undefined) parts.unshift(all.common.run(bar.run));
  if (bar.sla !== undefined) parts.push(words.due(time(bar.sla)));
  if (bar.atRisk) parts.push(bar.kind === "past" ? words.late : words.atRisk);
  if (bar.roots.length > 0) parts.push(bar.roots.slice(0, MOST_ROOTS).join(" "));
  return parts.join(", ");
}

function Legend() {
  const { legend, atRisk } = useWordsOf(PAGE_WORDS);
  return (
    <span className="legend quiet" aria-hidden="true">
      <span><i className="bar bar-past state-done" /> {legend.ran}</span>
      <span><i className="bar bar-past state-failed" /> {legend.failed}</span>
      <span><i className="bar bar-running state-running" /> {legend.running}</span>
      <span><i className="bar bar-coming" /> {legend.coming}</span>
      <span><i className="bar bar-coming bar-risk" /> {atRisk}</span>
      <span><i className="sla-mark" /> {legend.sla}</span>
    </span>
  );
}
