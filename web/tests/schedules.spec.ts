import type { Page } from "@playwright/test";
import { begin, commandsOf, expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
local Report = task "shop.Report" { params = { date = param.date }, output = "\${date}", sh = ": > \${output}" }
local Hold = task "shop.Hold" { sh = "until [ -e go ]; do sleep 0.02; done" }
task "Bad" { sh = "false" }
schedule "nightly" {
  doc = "The <b>report</b> of yesterday", cron = "30 1 * * 1-5", tz = "Asia/Shanghai", sla = "06:00",
  start = function(at) return Report{ date = at.date - 1 } end,
}
schedule "monthly" { cron = "0 3 1 * *", catchup = "all", overlap = "queue", start = function() return tasks.Bad{} end }
on.done "shop.Report" { doc = "After the report", start = function() return tasks.Bad{} end }
on.file "inbox/*.csv" { start = function() return Hold{} end }
`;

/** Fires each second; what it starts goes on until there is a file "go". */
const often = (overlap: string) => PIPELINE + `
schedule "often" { every = "1s", overlap = "${overlap}", sla = "1s", start = function() return Hold{} end }
`;

test.use({ files: { "pipelines/p.lua": PIPELINE }, begins: false });

const table = (page: Page, name: string) => page.getByRole("table", { name });
const rowOf = (page: Page, name: string) => table(page, "Schedules").getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });

test("schedules say when they fire, and what became of the last firing", async ({ page, project }) => {
  await begin(page, project.url);
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/\/schedules$/);
  const nightly = rowOf(page, "nightly");
  await expect(nightly).toContainText("at 01:30 on weekdays, Asia/Shanghai");
  await expect(nightly).toContainText("30 1 * * 1-5");
  await expect(nightly).toContainText("The <b>report</b> of yesterday");
  await expect(nightly).toContainText(/in \d/);
  await expect(nightly).toContainText("has not fired yet");
  await project.moondial("trigger", "nightly");
  await expect(nightly.getByRole("link", { name: "done" })).toHaveAttribute("href", "/runs/1");
  await expect(nightly.getByRole("img", { name: "SLA kept" })).toBeVisible();
  await project.moondial("trigger", "monthly");
  await expect(rowOf(page, "monthly").getByRole("link", { name: "failed" })).toBeVisible();
  // The report's success has fired a trigger.
  const trigger = table(page, "Triggers").getByRole("row").filter({ hasText: "After the report" });
  await expect(trigger).toContainText("failed");
  await expect(trigger).toContainText(/shop\.Report\(date=/);
  await expect(table(page, "Triggers")).toContainText("inbox/*.csv");
  await expectAccessible(page);
  await picture(page, "schedules");
  await page.setViewportSize({ width: 400, height: 800 });
  await picture(page, "schedules-narrow");
});

test("pause, resume and trigger: buttons, and the commands that they show", async ({ page, project }) => {
  await page.goto(project.url + "/schedules/nightly");
  const isPaused = async () => (await project.json("schedules")).find((one: any) => one.name === "nightly").paused as boolean;
  const pause = await commandsOf(page, "Pause");
  expect(pause[0]).toBe("moondial pause nightly");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.locator(".page-head")).toContainText("paused");
  expect(await isPaused()).toBe(true);
  const resume = await commandsOf(page, "Resume");
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await expect(page.locator(".page-head")).not.toContainText("paused");
  expect(await isPaused()).toBe(false);
  for (const way of [0, 1] as const) {
    await project.shell(pause[way]);
    expect(await isPaused()).toBe(true);
    await expect(page.locator(".page-head")).toContainText("paused");
    await project.shell(resume[way]);
    expect(await isPaused()).toBe(false);
  }
  const trigger = await commandsOf(page, "Trigger now");
  await page.getByRole("button", { name: "Trigger now", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Trigger now", exact: true }).click();
  await expect(page.getByText("Started: run 1")).toBeVisible();
  const firings = table(page, "Past firings").getByRole("row");
  await expect(firings).toHaveCount(2);
  // While one goes on the next is dropped.
  const ended = async () => (await project.json("runs")).every((run: any) => run.state !== "running");
  await expect.poll(ended).toBe(true);
  await project.shell(trigger[0]);
  await expect(firings).toHaveCount(3);
  await expect.poll(ended).toBe(true);
  await project.shell(trigger[1]);
  await expect(firings).toHaveCount(4);
});

test("one schedule: its rules in words, and a calendar of what fired and what will", async ({ page, project }) => {
  await project.moondial("trigger", "nightly");
  await project.moondial("pause", "monthly");
  await page.goto(project.url + "/schedules/nightly");
  const facts = page.locator(".facts");
  await expect(facts).toContainText("by 06:00");
  await expect(facts).toContainText("the next one is dropped");
  await expect(facts).toContainText("the last one that was missed");
  await expect(facts.getByRole("link", { name: "shop.Report" })).toHaveAttribute("href", "/tasks/shop.Report");
  await expect(facts.getByRole("link", { name: "pipelines/p.lua:5" })).toHaveAttribute("href", "/scripts?file=pipelines%2Fp.lua");
  const calendar = page.getByRole("region", { name: /^Firings/ });
  const today = calendar.locator("[aria-current=date]");
  await expect(today.getByRole("link")).toHaveAttribute("href", "/runs/1");
  await expect(today.getByRole("link")).toHaveAttribute("title", /: done/);
  await expectAccessible(page);
  await picture(page, "schedule");
  await calendar.getByLabel("View").selectOption("week");
  await expect(calendar.getByRole("cell")).toHaveCount(7);
  await expect(calendar.locator("[aria-current=date]").getByRole("link")).toContainText("done");
  await calendar.getByRole("button", { name: "Later" }).click();
  await expect(calendar.getByTitle("17:30: to come")).toHaveCount(5); // 01:30 in Shanghai, by UTC's calendar
  await expectAccessible(page);
  await picture(page, "schedule-week");
  await page.setViewportSize({ width: 400, height: 800 });
  await calendar.getByLabel("View").selectOption("weeks");
  await picture(page, "schedule-narrow");
  await page.goto(project.url + "/schedules/monthly");
  await expect(facts).toContainText("all that were missed, the newest 100 at most");
  await expect(facts).toContainText("the next one waits for its end");
  await expect(page.locator(".page-head")).toContainText("paused");
  await expect(page.getByText("It has not fired yet: what it did will be listed here.")).toBeVisible();
});

test.describe("a schedule that overlaps itself", () => {
  test.use({ files: { "pipelines/p.lua": often("skip") } });

  test("shows what was dropped and why, a missed SLA, and what to do", async ({ page, project }) => {
    await page.goto(project.url + "/schedules/often");
    const attention = page.getByRole("region", { name: "Dropped, waiting or not started" });
    await expect(attention).toContainText("dropped");
    await expect(attention.getByRole("link", { name: "shop.Hold" })).toHaveAttribute("href", "/tasks/shop.Hold");
    await expect(table(page, "Past firings")).toContainText("SLA missed");
    await expect(page.locator(".facts")).toContainText("within 1.0s");
    await expect(page.locator(".facts").getByRole("link", { name: "run 1", exact: true })).toBeVisible();
    await project.moondial("pause", "often");
    await expect(page.locator(".page-head")).toContainText("paused");
    await expectAccessible(page);
    await picture(page, "schedule-dropped");
    project.write("go", "");
    await expect(table(page, "Past firings")).toContainText("done");
    // Once one goes well again, what was before it is settled.
    await project.moondial("trigger", "often");
    await expect(attention).toBeHidden();
  });
});

test.describe("a schedule that waits for itself", () => {
  test.use({ files: { "pipelines/p.lua": often("queue") } });

  test("shows what waits", async ({ page, project }) => {
    await page.goto(project.url + "/schedules/often");
    const attention = page.getByRole("region", { name: "Dropped, waiting or not started" });
    await expect(attention).toContainText("waiting to start");
    await expect(attention).toContainText("What waits starts by itself");
    await expect(page.locator(".facts")).toContainText(/\d+ firings? waiting/);
    await project.moondial("pause", "often");
    project.write("go", "");
    await expect(attention).toBeHidden();
  });
});

test.describe("nothing declared", () => {
  test.use({ files: { "pipelines/p.lua": `task "A" { sh = "true" }` } });

  test("says how a schedule comes to be", async ({ page, project }) => {
    await page.goto(project.url + "/schedules");
    await expect(page.getByText("No schedule is declared", { exact: true })).toBeVisible();
    await expect(page.getByText("No trigger is declared (on.file, on.done, on.webhook).")).toBeVisible();
    await expectAccessible(page);
    await page.goto(project.url + "/schedules/gone");
    await expect(page.getByText("There is no schedule gone")).toBeVisible();
    await page.getByLabel("Language").selectOption("zh");
    await expect(page.getByText("没有调度 gone")).toBeVisible();
  });
});
