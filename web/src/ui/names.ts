// Identities as text: `sem.FetchCost(date=2015-09-18,engine=baidu)`; and where they are shown.

export function taskName(id: string): string {
  const at = id.indexOf("(");
  return at < 0 ? id : id.slice(0, at);
}

export const taskHref = (name: string) => `/tasks/${encodeURIComponent(name)}`;
export const scheduleHref = (name: string) => `/schedules/${encodeURIComponent(name)}`;
export const runHref = (run: number) => `/runs/${run}`;
export const attemptHref = (attempt: number) => `/attempts/${attempt}`;
export const errorHref = (group: string) => `/errors?group=${encodeURIComponent(group)}`;
export const scriptHref = (file: string, line?: number | null) =>
  `/scripts?file=${encodeURIComponent(file)}${line ? `&line=${line}` : ""}`;

/** "pipelines/p.lua:3" as a file and a line. */
export function placeOf(text: string): { file: string; line: number | null } {
  const at = /^(.*):(\d+)$/.exec(text);
  return at ? { file: at[1]!, line: Number(at[2]) } : { file: text, line: null };
}
