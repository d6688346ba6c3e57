import { type Page, type Route } from "@playwright/test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { judge } from "../src/night/judge";
import { rowsOf, spanAround, ticksOf } from "../src/pages/tonight/timeline";
import { expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
task "Good" { sh = "true" }
task "shop.Load" {
  params = { date = param.date },
  run = function() if not file("repaired"):exists() then error("<b>the vendor's</b> file has no rows\\nsecond line") end end,
}
task "shop.Report" {
  params = { date = param.date },
  requires = function(t) return tasks.shop.Load(t) end,
  output = "report.\${date}", sh = ": > \${output}",
}
task "slow.Archive" { takes = "4h", run = function() progress(0.4, "page 4 of 10"); sleep "1h" end }
task "Flaky" { retry = { times = 1, delay = "1h" }, sh = "false" }
task "Due" { sla = "1s", sh = "until [ -e go ]; do sleep 0.05; done" }
task "Pages" { run = function()
  progress(0.2, "page 2 of 10")
  sh "until [ -e next ]; do sleep 0.05; done"
  progress(0.7, "<b>page</b> 7 of 10")
  sh "until [ -e go ]; do sleep 0.05; done"
end }
schedule "nightly" { cron = "30 1 * * *", start = function(at) return tasks.shop.Report{ date = at.date } end }
schedule "archive" { every = "6h", paused = true, start = function() return tasks.slow.Archive{} end, sla = "2h" }
`;
const FILES = { "pipelines/p.lua": PIPELINE, "moondial.lua": `return { timezone = "Asia/Kathmandu" }` };

test.use({ files: FILES });

const verdict = (page: Page) => page.getByRole("heading", { level: 1 });
const panel = (page: Page, name: string) => page.getByRole("region", { name });

test.describe("a quiet night", () => {
  test.use({ files: { "pipelines/p.lua": `task "Good" { sh = "true" }
    schedule "hourly" { every = "1h", start = function() return tasks.Good{} end }` } });

  test("all is well, and each part says that there is nothing", async ({ page, project }) => {
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await expect(page).toHaveURL(project.url + "/");
    await expect(verdict(page)).toContainText("All is well.");
    await expect(page).toHaveTitle(/^✓/);
    await expect(page.getByText("Nothing that failed in the last 24 hours is left.")).toBeVisible();
    await expect(page.getByText("Each SLA of the coming hours holds.")).toBeVisible();
    await expect(page.getByText("Nothing runs.")).toBeVisible();
    await expect(panel(page, "Comes next").getByRole("link", { name: "hourly" })).toBeVisible();
    await expectAccessible(page);
    await picture(page, "tonight-quiet");
  });
});

test("what failed is there with its error, and is retried from here until it is made good", async ({ page, project }) => {
  await project.moondial("run", "shop.Report", "date=2015-09-18");
  await expect(verdict(page)).toContainText("1 failure is not made good");
  await expect(page).toHaveTitle(/^✗/);
  const failed = panel(page, "Failed, and not made good");
  await expect(failed.getByRole("listitem")).toHaveCount(1);
  await expect(failed.getByRole("link", { name: "shop.Load(date=2015-09-18)" })).toHaveAttribute("href", "/attempts/1");
  await expect(failed.getByRole("link", { name: "run 1", exact: true })).toHaveAttribute("href", "/runs/1");
  await expect(failed).toContainText("<b>the vendor's</b> file has no rows");
  await expect(failed).not.toContainText("second line");
  expect(await page.locator("main b:not(.now-line)").count()).toBe(0);
  await expect(panel(page, "The night").getByRole("link", { name: /run 1, failed/ })).toBeVisible();

  await failed.getByRole("button", { name: "Retry run 1: as a command" }).click();
  await expect(page.getByText("moondial retry 1", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await failed.getByRole("button", { name: "Retry run 1", exact: true }).click();
  await expect(failed.getByRole("button", { name: "Retry run 2", exact: true })).toBeVisible();
  project.write("repaired", "");
  await failed.getByRole("button", { name: "Retry run 2", exact: true }).click();
  await expect(page.getByText("Nothing that failed in the last 24 hours is left.")).toBeVisible();
  await expect(verdict(page)).toContainText("All is well.");
});

test("the shown command makes a failure good too", async ({ page, project }) => {
  await project.moondial("run", "shop.Report", "date=2015-09-18");
  await expect(verdict(page)).toContainText("1 failure");
  project.write("repaired", "");
  expect((await project.moondial("retry", "1")).code).toBe(0);
  await expect(verdict(page)).toContainText("All is well.");
});

test("an attempt that failed and will be tried again is no failure", async ({ page, project }) => {
  await project.moondial("run", "--detach", "Flaky");
  await expect(panel(page, "The night").getByRole("link", { name: /runs since/ })).toBeVisible();
  await expect.poll(async () => (await project.json("show", "1")).tasks[0].state).toBe("retrying");
  await page.reload();
  await expect(verdict(page)).toContainText("All is well.");
});

test("a run that is at risk says so, with what it waits for", async ({ page, project }) => {
  await project.moondial("trigger", "archive");
  await expect(verdict(page)).toContainText("1 schedule is at risk");
  await expect(page).toHaveTitle(/^!/);
  const risks = panel(page, "Late or at risk");
  await expect(risks).toContainText("at risk");
  await expect(risks).toContainText("over");
  await expect(risks).toContainText("slow.Archive");
  const running = panel(page, "Runs now");
  await expect(running.getByRole("link", { name: "slow.Archive" })).toHaveAttribute("href", "/attempts/1");
  await expect(running).toContainText("page 4 of 10");
  await expect(running).toContainText("40 %");
  const bar = panel(page, "The night").getByRole("link", { name: /^archive: run 1, runs since .* at risk, slow\.Archive$/ });
  await expect(bar).toHaveAttribute("href", "/runs/1");
  await project.moondial("run", "shop.Report", "date=2015-09-18");
  await expect(verdict(page)).toContainText("1 failure is not made good and 1 schedule is at risk.");
  await expectAccessible(page);
  await picture(page, "tonight");
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, "tonight-phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("a script that does not load takes the word well away", async ({ page, project }) => {
  await expect(verdict(page)).toContainText("All is well.");
  project.write("pipelines/broken.lua", `task "X" { nonsense = 1 }`);
  await expect(verdict(page)).toContainText("1 script does not load");
  await expect(page.getByRole("link", { name: "pipelines/broken.lua" })).toHaveAttribute("href", /scripts\?file=pipelines/);
  await expect(page).toHaveTitle(/^!/);
});

test("it fits 1280 by 720 in a night with trouble", async ({ page, project }) => {
  await project.moondial("run", "shop.Report", "date=2015-09-18");
  await project.moondial("trigger", "archive");
  await expect(verdict(page)).toContainText("at risk");
  const main = page.locator("main");
  expect(await main.evaluate((one) => one.scrollHeight - one.clientHeight)).toBeLessThanOrEqual(0);
});

test("the hours are those of the project's zone, and the span is remembered", async ({ page, project }) => {
  await project.moondial("run", "Good");
  const night = panel(page, "The night");
  await expect(night.getByRole("link", { name: /run 1, done/ })).toBeVisible();
  await night.getByLabel("Hours before and after now").selectOption("1");
  await page.reload();
  await expect(night.getByLabel("Hours before and after now")).toHaveValue("1");
  const started = (await project.json("runs"))[0].started as string;
  const local = new Date(Date.parse(started) + (5 * 60 + 45) * 60_000).toISOString().slice(11, 16);
  await expect(night.getByRole("link", { name: new RegExp(`run 1, done, ${local} to`) })).toBeVisible();
});

test("how far a task is appears as it says it, and is gone with it", async ({ page, project }) => {
  await project.moondial("run", "Pages", "--detach");
  const row = panel(page, "Runs now").getByRole("listitem").filter({ hasText: "Pages" });
  await expect(row).toContainText("20 %page 2 of 10");
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/api/v1/queue")) ++asked;
  });
  project.write("next", "");
  await expect(row).toContainText("70 %<b>page</b> 7 of 10");
  await expect(row.getByRole("progressbar", { name: "Pages" })).toHaveAttribute("value", "70");
  expect(asked).toBe(0);
  project.write("go", "");
  await expect(page.getByText("Nothing runs.")).toBeVisible();
});

test("a task that misses its own deadline is late until it is done", async ({ page, project }) => {
  await project.moondial("run", "Due", "--detach");
  await expect(verdict(page)).toContainText("1 task is late.");
  await expect(page).toHaveTitle(/^✗/);
  const row = panel(page, "Late or at risk").getByRole("listitem");
  await expect(row).toContainText(/late.*Due.*SLA \d\d:\d\d.*run 1.*still runs/);
  await expect(row.getByRole("link", { name: "Due" })).toHaveAttribute("href", "/tasks/Due");
  project.write("go", "");
  await expect(verdict(page)).toContainText("All is well.");
});

test("a forecast that is on its way is waited for, then asked for once more", async ({ page, project }) => {
  const held: Route[] = [];
  await page.goto(project.url + "/");
  await expect(verdict(page)).toContainText("All is well.");
  await page.route("**/api/v1/forecast*", (route) => void held.push(route));
  const night = panel(page, "The night");
  for (const run of [1, 2, 3]) {
    await project.moondial("run", "Good");
    await expect(night.getByRole("link", { name: new RegExp(`run ${run}, done`) })).toBeVisible();
  }
  expect(held.length).toBe(1);
  await held[0]!.continue();
  await expect.poll(() => held.length).toBe(2);
  await held[1]!.continue();
});

test.describe("what cannot be asked for", () => {
  test.use({ expected: ["500"] });

  test("is said, and nothing is called well", async ({ page, project }) => {
    await page.route("**/api/v1/errors?*", (route) =>
      route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ title: "x", detail: "the record is away" }) }));
    await page.goto(project.url + "/");
    await expect(page.getByText("the record is away")).toBeVisible();
    await expect(verdict(page)).toContainText("Not everything is known yet.");
    await expect(page).toHaveTitle(/^\?/);
  });
});

// The rule itself, without a page.

const NOW = Date.parse("2026-11-30T06:00:00Z");
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const aRun = (run: number, state: string, roots: string[], ago = 60) => ({
  run, state, kind: "run", roots, started: minutesAgo(ago), ended: state === "running" ? null : minutesAgo(ago - 1), seconds: 60, counts: {}, cause: null,
}) as any;
const aSchedule = (last: object | null) => ({ name: "nightly", running: [], last, next: [], paused: false }) as any;
const aFiring = (more: object) => ({ at: minutesAgo(90), state: "started", run: 1, run_state: "running", note: "", sla: minutesAgo(5), sla_missed: null, ...more });
const quiet = {
  now: NOW, runs: [], errors: [], schedules: [], warnings: [],
  forecast: { now: "", until: "", assumed: 1, cut: false, runs: [] },
  missed: [], scripts: { errors: [], last: null, files: [] }, queue: { running: [], ready: [], pools: [] },
} as Parameters<typeof judge>[0];

test("the rule: a part that is not known is never called well", () => {
  expect(judge(quiet).tone).toBe("good");
  for (const part of ["runs", "errors", "schedules", "missed", "forecast", "scripts", "queue", "warnings"]) {
    expect(judge({ ...quiet, [part]: undefined }).tone, part).toBe("unknown");
  }
  expect(judge({ ...quiet, runs: undefined, warnings: ["tokens cannot be read"] }).tone).toBe("warn");
});

test("the rule: a run is made good by a later one of the same roots, whoever asked", () => {
  const failed = (...runs: any[]) => judge({ ...quiet, runs }).failed.map((one) => one.run);
  expect(failed(aRun(1, "failed", ["A"]))).toEqual([1]);
  expect(failed(aRun(2, "done", ["A"]), aRun(1, "failed", ["A"]))).toEqual([]);
  expect(failed(aRun(2, "failed", ["A"]), aRun(1, "done", ["A"]))).toEqual([2]);
  expect(failed(aRun(2, "failed", ["A"]), aRun(1, "failed", ["A"]))).toEqual([2]);
  expect(failed(aRun(2, "cancelled", ["A"]), aRun(1, "failed", ["A"]))).toEqual([1]);
  expect(failed(aRun(2, "done", ["A"]), aRun(1, "failed", ["A", "B"]))).toEqual([1]);
  expect(failed(aRun(1, "blocked", ["A"]))).toEqual([1]);
  expect(failed(aRun(1, "failed", ["A"], 60 * 25))).toEqual([]);
  const again = judge({ ...quiet, runs: [aRun(1, "failed", ["A"]), aRun(2, "running", ["A"])] }).failed;
  expect(again).toMatchObject([{ run: 1, again: 2 }]);
});

test("the rule: what fails in a run that goes on has failed, but is not retried yet", () => {
  const task = { id: "A", params: {}, count: 1, run: 1, attempt_id: 5, last: minutesAgo(1), resolved: false };
  const errors = [{ id: "g", task: "A", place: null, message: "m", state: "open", count: 1, first: "", last: "", example: { run: 1, task: "A", attempt_id: 5, error: "m\nn" }, task_count: 3, open_count: 3, tasks: [task] }] as any;
  const failed = (run: object) => judge({ ...quiet, errors, runs: [{ ...aRun(1, "running", ["B"]), ...run }] }).failed;
  expect(failed({ counts: { failed: 1 } })).toMatchObject([{ name: "A", error: "m", open: true, attempt: 5 }]);
  expect(failed({ counts: { retrying: 1 } })).toEqual([]);
  expect(failed({ state: "failed", ended: minutesAgo(1) })).toMatchObject([{ name: "A", open: false }]);
  expect(judge({ ...quiet, errors }).older).toBe(2); // open, and not among those that failed lately
});

test("the rule: late is what has an SLA behind it and is not done", () => {
  const late = (last: object, runs: any[] = []) => judge({ ...quiet, runs, schedules: [aSchedule(last)] }).late.length;
  expect(late(aFiring({}))).toBe(1);
  expect(late(aFiring({ sla: minutesAgo(-5) }))).toBe(0);
  expect(late(aFiring({ run_state: "done", sla_missed: true }))).toBe(0);
  expect(late(aFiring({ run_state: "failed", sla_missed: true }))).toBe(1);
  const made = [aRun(1, "failed", ["A"]), aRun(2, "done", ["A"])];
  expect(late(aFiring({ run_state: "failed", sla_missed: true }), made)).toBe(0);
  expect(judge({ ...quiet, schedules: [aSchedule(aFiring({ state: "failed", run: null, run_state: null, sla: null, note: "no start" }))] }).failed)
    .toMatchObject([{ kind: "firing", error: "no start" }]);
});

test("the rule: a task that missed its own deadline is late once, as its newest run has it", () => {
  const missed = [2, 1].map((run) => ({ run, task: "A(n=1)", name: "A", sla: minutesAgo(run), state: run === 2 ? "running" : "failed" })) as any;
  const night = judge({ ...quiet, missed });
  expect(night).toMatchObject({ tone: "bad", late: [{ kind: "task", name: "A(n=1)", run: 2, running: true }] });
  expect(night.late.length).toBe(1);
});

test("the rule: no room holds work back, and that is bad", () => {
  const ready = [{ id: "A", runs: [1], lacks: [], space: "1 GiB is free on /data, min_free is 2 GiB", since: minutesAgo(1) }];
  const night = judge({ ...quiet, queue: { running: [], ready, pools: [] } as any });
  expect(night).toMatchObject({ tone: "bad", space: ["1 GiB is free on /data, min_free is 2 GiB"] });
});

test("the rule: where more failed than was asked for, the number is the least", () => {
  const errors = (count: number) => Array.from({ length: count }, (_, id) => ({ id: `${id}`, tasks: [], open_count: 0 })) as any;
  expect(judge({ ...quiet, errors: errors(499) }).cut).toEqual({ runs: false, failed: false });
  const runs = Array.from({ length: 500 }, (_, run) => aRun(run, "done", ["A"]));
  expect(judge({ ...quiet, errors: errors(500), runs }).cut).toEqual({ runs: true, failed: true });
  const listed = [{ id: "g", tasks: Array(100).fill({ resolved: true, last: minutesAgo(1) }), open_count: 300 }] as any;
  expect(judge({ ...quiet, errors: listed })).toMatchObject({ cut: { failed: true }, older: 0 });
});

test("the timeline: a schedule's runs, retries and firings are one row, in order of urgency", () => {
  const span = spanAround(NOW, 12);
  const firing = (name: string, more: object) => ({
    name, run: null, at: minutesAgo(-60), fate: "ends", start: minutesAgo(-60), finish: minutesAgo(-120), sla: null, slack: null,
    at_risk: false, held_up: [], why: "", unknown: 0, ...more,
  });
  const rows = rowsOf({
    ...quiet,
    runs: [
      { ...aRun(1, "failed", ["A(date=1)"]), cause: "nightly" }, aRun(2, "done", ["A(date=1)"], 30),
      aRun(3, "done", ["B(n=1)"]), aRun(4, "done", ["B(n=2)", "B(n=3)"]),
    ],
    schedules: [aSchedule(null), { ...aSchedule(null), name: "hourly" }],
    forecast: { ...quiet.forecast!, runs: [firing("nightly", {}), firing("hourly", { at_risk: true }), firing("hourly", { fate: "skipped" })] as any },
  }, span);
  expect(rows.map((row) => [row.name, row.bars.length])).toEqual([["hourly", 1], ["nightly", 3], ["B", 2]]);
});

test("the timeline: ticks are round hours of a zone with an odd offset, across its clock change", () => {
  const span = { from: Date.parse("2026-03-29T00:10:00Z"), to: Date.parse("2026-03-29T04:10:00Z") };
  expect(ticksOf(span, "Asia/Kathmandu").map((tick) => tick.text).slice(0, 2)).toEqual(["06:00", "06:30"]);
  expect(ticksOf(span, "Europe/Berlin").map((tick) => tick.text)).toEqual(["01:30", "03:00", "03:30", "04:00", "04:30", "05:00", "05:30", "06:00"]);
});

test("every icon of the tab is there", () => {
  for (const tone of ["good", "running", "warn", "bad", "unknown"]) {
    expect(readFileSync(join("public", `icon-${tone}.svg`), "utf8")).toContain("<svg");
  }
});
