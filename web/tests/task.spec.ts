import type { Page } from "@playwright/test";
import { commandsOf, expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
local Raw = task "shop.Raw" {
  params = { date = param.date, engine = param.enum{ "a", "b" } },
  output = "raw/\${engine}/\${date}",
  sh = ": > \${output}",
}
task "shop.Report" {
  doc = "The day's <b>report</b>",
  tags = { "daily", "<i>money</i>" },
  params = { date = param.date, n = param.int{ default = 3, doc = "How many" }, note = param.string{ optional = true, significant = false } },
  requires = function(t) return each({ "a", "b" }, function(e) return Raw(t, { engine = e }) end) end,
  output = "report/\${date}.\${n}",
  run = function(t)
    emit{ total = t.date.day * 2.5, rows = 100 + t.date.day, who = "<img src=x onerror=alert(1)>" }
    if t.date.day == 5 then error("no luck on <u>the fifth</u>") end
    t.output:write("x")
  end,
}
task "shop.Mail" { params = { date = param.date }, requires = { tasks.shop.Report }, sh = "true" }
external "shop.Approved" { params = { date = param.date }, output = mark() }
task "shop.Secret" { params = { key = param.string{ secret = true } }, run = function() end }
task "shop.Hourly" { params = { hour = param.hour }, output = "h/\${hour}", sh = ": > \${output}" }
task "shop.Weekly" { params = { week = param.week }, output = "w/\${week}", sh = ": > \${output}" }
task "shop.Monthly" { params = { month = param.month }, output = "m/\${month}", sh = ": > \${output}" }
task "shop.Two" { params = { day = param.date, month = param.month }, output = "two/\${day}/\${month}", sh = ": > \${output}" }
task "Plain" { sh = "true" }
`;

test.use({ files: { "pipelines/p.lua": PIPELINE }, begins: false });

const grid = (page: Page, name: string) => page.getByRole("grid", { name });
const day = (page: Page, name: RegExp) => page.getByRole("gridcell", { name });

test("what a task is: doc, tags, source, parameters, needs and feeds; all of it text", async ({ page, project }) => {
  await project.moondial("run", "shop.Mail", "date=2015-09-01");
  await page.goto(project.url + "/tasks/shop.Report");
  await expect(page.getByRole("heading", { name: "shop.Report" })).toBeVisible();
  await expect(page.getByText("The day's <b>report</b>", { exact: true })).toBeVisible();
  await expect(page.getByText("<i>money</i>", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "pipelines/p.lua:7" })).toHaveAttribute("href", "/scripts?file=pipelines%2Fp.lua");
  const source = page.getByRole("region", { name: "Source" });
  await expect(source).toContainText('task "shop.Report" {');
  await expect(source).toContainText("7task"); // the number beside the line
  await expect(source).not.toContainText("shop.Mail");
  const around = page.getByRole("region", { name: "Needs / Feeds" });
  await expect(around.getByRole("link", { name: "shop.Raw" })).toHaveAttribute("href", "/tasks/shop.Raw");
  await expect(around).toContainText("× 2");
  await expect(around.getByRole("link", { name: "shop.Mail" })).toBeVisible();
  await expect(page.getByLabel("n int")).toHaveAttribute("placeholder", "default 3");
  await expect(page.getByText("How many", { exact: true })).toBeVisible();
  expect(await page.locator("main img, main b, main u").count()).toBe(0);
  await expectAccessible(page);
});

test("plan, then run: what would run and why is shown before", async ({ page, project }) => {
  await page.goto(project.url + "/tasks/shop.Report");
  const form = page.getByRole("region", { name: "Run" });
  const run = form.getByRole("button", { name: "Run", exact: true });
  await expect(run).toBeDisabled();
  await expect(form).toContainText("Still to be given: date");
  await form.getByLabel("date date").fill("2015-09-02");
  await form.getByLabel(/^note/).fill("it's <b>bold</b> & $HOME");
  await form.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(form.getByText("3 of 3 tasks would run")).toBeVisible();
  await expect(form).toContainText("output report/2015-09-02.3 is missing");
  await expectAccessible(page);
  await picture(page, "task-plan");
  const plan = await commandsOf(form, "Plan");
  const commands = await commandsOf(form, "Run");
  expect(commands[0]).toBe("moondial run shop.Report date=2015-09-02 'note=it'\\''s <b>bold</b> & $HOME'");
  expect(await project.shell(plan[0])).toContain("shop.Report(date=2015-09-02,n=3)");
  expect(JSON.parse(await project.shell(plan[1])).tasks).toHaveLength(3);
  await run.click();
  await expect(form.getByText("Started: run 1")).toBeVisible();
  await expect(form.getByRole("link", { name: "run 1" })).toHaveAttribute("href", "/runs/1");
  const attempts = page.getByRole("table", { name: "Attempts" });
  await expect(attempts.getByRole("row")).toHaveCount(2);
  await expect(attempts).toContainText("done");
  await form.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(form.getByText("Nothing would run")).toBeVisible();
});

test("what is complete is made anew if asked for, after a question where no plan was seen", async ({ page, project }) => {
  await project.moondial("run", "shop.Report", "date=2015-09-02");
  await page.goto(project.url + "/tasks/shop.Report");
  const form = page.getByRole("region", { name: "Run" });
  const attempts = page.getByRole("table", { name: "Attempts" });
  await form.getByLabel("date date").fill("2015-09-02");
  await form.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(form.getByText("Nothing would run")).toBeVisible();
  await form.getByLabel("If it is complete").selectOption("roots");
  await expect(form.getByText("The form has changed since: plan again.")).toBeVisible();
  await form.getByRole("button", { name: "Run", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Run?" });
  await expect(question).toContainText("Its plan has not been looked at");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Cancel" }).click();
  const forced = await commandsOf(form, "Run");
  expect(forced[0]).toContain("--force");
  await project.shell(forced[0]);
  await expect(attempts.getByRole("row")).toHaveCount(3);
  await project.shell(forced[1]);
  await expect(attempts.getByRole("row")).toHaveCount(4);
  await form.getByLabel("If it is complete").selectOption("downstream");
  await project.shell((await commandsOf(form, "Run"))[0]);
  await expect(attempts.getByRole("row")).toHaveCount(5);
});

test("an approval is marked as done", async ({ page, project }) => {
  await page.goto(project.url + "/tasks/shop.Approved");
  const form = page.getByRole("region", { name: "Run" });
  await form.getByLabel("date date").fill("2015-09-01");
  await form.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(form).toContainText("it is not marked as done");
  const commands = await commandsOf(form, "Mark as done");
  expect(commands[0]).toBe("moondial mark shop.Approved date=2015-09-01");
  await form.getByRole("button", { name: "Mark as done", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Mark as done", exact: true }).click();
  await expect(form.getByText("Marked as done: shop.Approved(date=2015-09-01)")).toBeVisible();
  await form.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(form.getByText("Nothing would run")).toBeVisible();
  for (const command of commands) expect(await project.shell(command)).toContain("shop.Approved(date=2015-09-01)");
  await expect(day(page, /^2015-09-01: 1 done/)).toBeVisible();
  await project.moondial("mark", "shop.Approved", "date=2015-09-03");
  await expect(day(page, /^2015-09-03: 1 done/)).toBeVisible(); // without a reload
  await page.goto(project.url + "/tasks/shop.Report");
  await form.getByLabel("date date").fill("2015-09-01");
  await form.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(form.getByRole("button", { name: "Mark as done", exact: true })).toBeDisabled();
});

test("a secret is never shown, in commands neither", async ({ page, project }) => {
  await page.goto(project.url + "/tasks/shop.Secret");
  const form = page.getByRole("region", { name: "Run" });
  await form.getByLabel(/^key/).fill("hush-hush");
  await expect(form.getByLabel(/^key/)).toHaveAttribute("type", "password");
  for (const text of await commandsOf(form, "Run")) {
    expect(text).toContain("***");
    expect(text).not.toContain("hush");
  }
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("table", { name: "Attempts" })).toContainText("done");
});

test("a calendar of dates: states by shape, what is missing, and a backfill of what is dragged over", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Report", "date=2015-09-01..2015-09-08");
  await project.moondial("run", "shop.Report", "date=2015-09-20");
  await page.goto(project.url + "/tasks/shop.Report");
  await expect(grid(page, "September 2015")).toBeVisible();
  await expect(day(page, /^2015-09-04: 1 done/)).toBeVisible();
  await expect(day(page, /^2015-09-05: 1 failed/)).toBeVisible();
  await expect(day(page, /^2015-09-12: missing/)).toBeVisible();
  await expect(day(page, /^2015-08-31: nothing recorded/)).toBeVisible();
  await day(page, /^2015-09-04/).hover();
  await page.mouse.down();
  await day(page, /^2015-09-08/).hover();
  await day(page, /^2015-09-12/).hover();
  await page.mouse.up();
  const backfill = page.getByRole("group", { name: "Backfill" });
  await expect(backfill).toContainText("2015-09-04 to 2015-09-12: 9, of which 5 missing");
  await backfill.getByLabel("n int").fill("4");
  await backfill.getByRole("button", { name: "Plan", exact: true }).click();
  await expect(backfill.getByText(/of 27 tasks would run/)).toBeVisible();
  await expectAccessible(page);
  await picture(page, "task");
  const commands = await commandsOf(backfill, "Backfill");
  expect(commands[0]).toBe("moondial backfill shop.Report date=2015-09-04..2015-09-12 n=4");
  await backfill.getByRole("button", { name: "Backfill", exact: true }).click();
  await expect(backfill.getByRole("link", { name: "run 3" })).toBeVisible();
  await expect(day(page, /^2015-09-12: 1 done/)).toBeVisible();
  await expect.poll(async () => (await project.json("runs"))[0]).toMatchObject({ run: 3, kind: "backfill", state: "failed" });
  await project.shell(`${commands[0]} || [ $? = 1 ]`); // the fifth fails again
  expect((await project.json("runs"))[0]).toMatchObject({ run: 4, kind: "backfill" });
  expect(JSON.parse(await project.shell(commands[1]))).toEqual({ run: 5 });
});

test("a range is selected by keys alone", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Report", "date=2015-09-01..2015-09-03");
  await page.goto(project.url + "/tasks/shop.Report");
  await day(page, /^2015-09-03/).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(day(page, /^2015-09-02/)).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(day(page, /^2015-08-26/)).toBeFocused();
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowRight");
  const backfill = page.getByRole("group", { name: "Backfill" });
  await expect(backfill).toContainText("2015-08-26 to 2015-09-03: 9, of which 6 missing");
  await expect(day(page, /^2015-08-30/)).toHaveAttribute("aria-selected", "true");
  await backfill.getByLabel("To").fill("2015-09-30");
  await backfill.getByLabel("To").press("Enter");
  await expect(backfill).toContainText("2015-08-26 to 2015-09-30: 36");
  await backfill.getByLabel("To").fill("2015-02-30");
  await expect(backfill.getByRole("alert")).toBeVisible();
  await day(page, /^2015-09-03/).focus();
  await page.keyboard.press("PageDown");
  await expect(day(page, /^2015-10-01/)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(backfill).toBeHidden();
  await page.keyboard.press("Enter");
  await expect(backfill).toContainText("2015-10-01: 1, of which 1 missing");
  await page.getByRole("button", { name: "Earlier" }).click();
  await expect(grid(page, "September 2015")).toBeHidden();
  await page.getByRole("button", { name: "Newest" }).click();
  await expect(grid(page, "September 2015")).toBeVisible();
});

test("hours have a calendar of a week", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Hourly", "hour=2015-09-18T20..2015-09-19T03");
  await page.goto(project.url + "/tasks/shop.Hourly");
  await expect(grid(page, "2015-W38")).toBeVisible();
  await expect(day(page, /^2015-09-18T23: 1 done/)).toBeVisible();
  await expect(day(page, /^2015-09-19T00: 1 done/)).toBeVisible();
  await expectAccessible(page);
  await picture(page, "task-hours");
});

test("weeks have a calendar of two years, as ISO counts them", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Weekly", "week=2015-W50..2016-W02");
  await page.goto(project.url + "/tasks/shop.Weekly");
  await expect(day(page, /^2015-W53: 1 done/)).toBeVisible();
  await expect(grid(page, "2016").getByRole("gridcell", { name: /^2016-W01: 1 done/ })).toBeVisible();
  await expect(day(page, /^2016-W53/)).toHaveCount(0);
  await expectAccessible(page);
  await picture(page, "task-weeks");
});

test("months have a calendar of years; of two parameters one is chosen", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Monthly", "month=2014-11..2015-03");
  await page.goto(project.url + "/tasks/shop.Monthly");
  await expect(day(page, /^2014-12: 1 done/)).toBeVisible();
  await day(page, /^2015-02/).focus();
  await page.keyboard.press("Shift+ArrowRight");
  await expect(page.getByRole("group", { name: "Backfill" })).toContainText("2015-02 to 2015-03: 2, of which 0 missing");
  await picture(page, "task-months");
  await project.moondial("run", "shop.Two", "day=2015-09-18", "month=2016-02");
  await page.goto(project.url + "/tasks/shop.Two");
  await expect(day(page, /^2015-09-18: 1 done/)).toBeVisible();
  await page.getByLabel("Parameter").selectOption("month");
  await expect(day(page, /^2016-02: 1 done/)).toBeVisible();
});

test("durations and emitted numbers over time lead to attempts", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Report", "date=2015-09-01..2015-09-12");
  await page.goto(project.url + "/tasks/shop.Report");
  const charts = page.locator("figure.chart");
  await expect(charts).toHaveCount(3);
  const total = charts.filter({ has: page.getByRole("heading", { name: "total" }) });
  await expect(total.locator("canvas")).toBeVisible();
  await expect(total).toContainText("usual range (p10–p90)");
  await expect(total).toContainText("no success");
  await total.getByRole("group").focus();
  await page.keyboard.press("Home");
  const tip = total.getByRole("status");
  await expect(tip).toContainText("run 1");
  await expect(tip).toContainText(/shop\.Report\(date=2015-09-\d\d,n=3\)/);
  await total.scrollIntoViewIfNeeded();
  await picture(page, "task-charts");
  const box = (await total.locator(".u-over").boundingBox())!;
  await page.mouse.move(box.x + box.width - 5, box.y + box.height / 2);
  await expect(tip).toContainText(/date=2015-09-12/);
  await page.mouse.click(box.x + box.width - 5, box.y + box.height / 2);
  await expect(page).toHaveURL(/\/attempts\/\d+$/);
});

test("numbers of the past, and attempts that lead to runs", async ({ page, project }) => {
  await project.moondial("backfill", "shop.Report", "date=2015-09-01..2015-09-08");
  await page.goto(project.url + "/tasks/shop.Report");
  const figures = page.locator(".figures");
  await expect(figures).toContainText("87.5%");
  await expect(figures).toContainText("7 of 8 attempts");
  await expect(figures).toContainText(/Usually takes\d+(\.\d)?m?s/);
  const attempts = page.getByRole("table", { name: "Attempts" });
  await expect(attempts.getByRole("row")).toHaveCount(9);
  const failed = attempts.getByRole("row").filter({ hasText: "failed" });
  await expect(failed).toContainText("no luck on <u>the fifth</u>");
  await expect(failed.getByRole("link").first()).toHaveAttribute("href", /^\/attempts\/\d+$/);
  await expect(failed.getByRole("link", { name: "1", exact: true })).toHaveAttribute("href", "/runs/1");
  await expect(attempts).toContainText('who=<img src=x onerror=alert(1)>');
  await page.setViewportSize({ width: 400, height: 900 });
  await picture(page, "task-narrow");
});

test("a task without parameters, one that never ran, and one that is not there", async ({ page, project }) => {
  await page.goto(project.url + "/tasks/Plain");
  await expect(page.getByText("It takes no parameters.")).toBeVisible();
  await expect(page.getByText("It has not been attempted yet")).toBeVisible();
  await expect(page.getByText("It has had a part in no run yet")).toBeVisible();
  await expectAccessible(page);
  await picture(page, "task-empty");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("table", { name: "Attempts" })).toContainText("done");
  await page.getByLabel("Language").selectOption("zh");
  await expect(page.getByRole("region", { name: "运行", exact: true })).toBeVisible();
  await project.moondial("backfill", "shop.Report", "date=2015-09-01..2015-09-08");
  await page.goto(project.url + "/tasks/shop.Report");
  await day(page, /^2015-09-05: 1 失败/).click();
  await picture(page, "task-zh");
  await page.goto(project.url + "/tasks/No.Such%3Cb%3E");
  await expect(page.getByText("没有任务 No.Such<b>")).toBeVisible();
});

test.describe("refused by the daemon", () => {
  test.use({ expected: ["422", "400", "409"] });

  test("an error in requires is shown where it was asked for", async ({ page, project }) => {
    project.write("pipelines/bad.lua", `task "Broken" {\n requires = function(t) error("<b>oh</b>") end, sh = "true" }`);
    await project.moondial("reload");
    await page.goto(project.url + "/tasks/Broken");
    const form = page.getByRole("region", { name: "Run" });
    await form.getByRole("button", { name: "Plan", exact: true }).click();
    await expect(form.getByRole("alert")).toContainText("<b>oh</b>");
    await expectAccessible(page);
  });

  test("a wrong value is refused where it was typed", async ({ page, project }) => {
    await page.goto(project.url + "/tasks/shop.Report");
    const form = page.getByRole("region", { name: "Run" });
    await form.getByLabel("date date").fill("2015-02-30");
    await form.getByRole("button", { name: "Run", exact: true }).click();
    await expect(form.getByRole("alert")).toContainText("2015-02-30");
    await picture(page, "task-refused");
    await form.getByLabel("date date").fill("2015-02-28");
    await expect(form.getByRole("alert")).toBeHidden();
  });
});
