import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
local ENGINES = { "baidu", "so360", "sogou" }
local function ratio(row, clicks)
  local cost = row.cost
  return cost / clicks
end
local Fetch = task "sem.Fetch" { params = { date = param.date, engine = param.enum(ENGINES) }, output = mark(), sh = "echo fetching \${engine}" }
local Clean = task "sem.Clean" { params = { date = param.date, engine = param.enum(ENGINES) },
  requires = function(t) return Fetch(t) end, output = mark(), run = function(t) print("clean", t.engine) end }
local Load = task "sem.Load" { params = { date = param.date },
  requires = function(t) return each(ENGINES, function(e) return Clean(t, { engine = e }) end) end,
  retry = 1,
  run = function(t)
    local row = { cost = "12 yuan" }
    if not file("fixed"):exists() then return ratio(row, 3) end
  end }
local Rank = task "sem.Rank" { params = { date = param.date }, requires = function(t) return Clean(t, { engine = "baidu" }) end, run = function() end }
task "sem.Report" { doc = "The report", params = { date = param.date, top = param.int{ default = 10 }, full = param.bool{ default = false } },
  requires = function(t) return { Load(t), Rank(t) } end, run = function() end }
task "Slow" { sh = "until [ -e go ]; do sleep 0.05; done" }
task "Step" { params = { n = param.int }, requires = function(t) return t.n > 1 and { tasks.Step{ n = t.n - 1 } } or { tasks.Slow } end, output = mark(), run = function() end }
task "Pages" { run = function()
  progress(0.2, "page 2 of 10")
  sh "until [ -e next ]; do sleep 0.05; done"
  progress(0.7, "page 7 of 10")
  sh "until [ -e go ]; do sleep 0.05; done"
end }
task "Quick" { run = function() end }
task "Join" { requires = { tasks.Quick, tasks.Slow }, run = function() end }
pool "narrow" { size = 1 }
task "Holds" { uses = { narrow = 1 }, sh = "until [ -e go ]; do sleep 0.05; done" }
task "Lacks" { uses = { narrow = 1 }, priority = -1, run = function() end }
task "Both" { requires = { tasks.Holds, tasks.Lacks }, run = function() end }
task "Secret" { params = { user = param.string, password = param.string{ secret = true, optional = true } }, run = function() end }
task "AfterSlow" { requires = { tasks.Slow }, run = function() end }
task "Says" { params = { text = param.string }, run = function(t) error("<b>" .. t.text .. "</b>") end }
task "Made" { output = "made", sh = ": > \${output}" }
task "Uses" { requires = { tasks.Made, tasks.Quick }, run = function() end }
local Cell = task "Cell" { params = { n = param.int }, output = mark(), run = function() end }
local Row = task "Row" { params = { n = param.int }, requires = function(t) return each(10 * t.n, 10 * t.n + 9, function(i) return Cell{ n = i } end) end, run = function() end }
task "Grid" { requires = function() return each(1, 20, function(i) return Row{ n = i } end) end, run = function() end }
`;

test.use({ files: { "pipelines/sem.lua": PIPELINE }, begins: false });
const REPORT = ["run", "sem.Report", "date=2015-09-18"];

test("a run is a graph that the keyboard moves over", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs");
  await page.getByRole("link", { name: "1", exact: true }).click();
  await expect(page).toHaveURL(/\/runs\/1$/);
  await expect(page.getByRole("heading", { name: "Run 1" })).toBeVisible();
  await expect(page.getByText("sem.Report(date=2015-09-18,full=false,top=10)").first()).toBeVisible();
  const canvas = page.locator("canvas[data-ready=true]");
  await expect(canvas).toHaveAttribute("data-nodes", "9");
  const board = page.getByRole("application", { name: "Graph of the tasks" });
  await board.focus();
  await board.press("ArrowRight");
  await expect(page.getByRole("status").filter({ hasText: /^sem\.Fetch\(.*done, needs 0, feeds 1/ })).toBeAttached();
  await board.press("ArrowRight");
  await board.press("ArrowRight");
  await board.press("Enter");
  const panel = page.getByRole("complementary", { name: /^sem\.(Load|Rank)\(/ });
  await expect(panel).toBeVisible();
  await expect(page).toHaveURL(/task=\d+/);
  await expect(panel.getByRole("link", { name: "attempt 1" })).toHaveAttribute("href", /\/attempts\/\d+/);
  await expectAccessible(page);
  await picture(page, "run-graph");
  await panel.getByRole("button", { name: "Close the task" }).click();
  await expect(panel).toBeHidden();
  await page.setViewportSize({ width: 400, height: 800 });
  await picture(page, "run-graph-narrow");
});

test("a node says when it took more than one attempt; a phone begins with the table", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs/1");
  await expect(page.locator("canvas[data-ready=true]")).toBeVisible();
  await page.getByLabel("Find a task or an error…").fill("sem.Load");
  await page.getByLabel("Find a task or an error…").press("Enter");
  await expect(page.getByRole("status").filter({ hasText: /^sem\.Load.*failed, needs 3, feeds 1, attempt 2$/ })).toBeAttached();
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(project.url + "/runs/1");
  await expect(page.getByRole("table", { name: "Table" })).toContainText("sem.Load");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  await page.getByRole("tab", { name: "Graph" }).click();
  await expect(page.locator("canvas[data-ready=true]")).toBeVisible();
});

test("a graph that is not laid out yet is no black field", async ({ page, project }) => {
  await project.moondial(...REPORT);
  let letGo = () => {};
  const held = new Promise<void>((done) => (letGo = done));
  await page.route(/worker/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(project.url + "/runs/1");
  await expect(page.getByText("Laying out")).toBeVisible();
  await expect(page.locator(".graph-board canvas")).toBeHidden();
  letGo();
  await expect(page.locator(".graph-board canvas")).toBeVisible();
  await expect(page.getByText("Laying out")).toBeHidden();
});

test("what failed is on top, folded to the user's own lines, with values", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs/1");
  const failures = page.getByRole("region", { name: "1 failure" });
  await expect(failures).toContainText("1 task could not run because of it");
  await expect(failures).toContainText("attempt to div a 'string' with a 'number'");
  await expect(failures.locator("dl")).toContainText('cost"12 yuan"');
  await failures.getByRole("link", { name: "pipelines/sem.lua:5" }).click();
  await expect(page).toHaveURL(/view=source/);
  await expect(page.getByRole("region", { name: "pipelines/sem.lua" }).locator("[aria-current]")).toContainText("return cost / clicks");
  await page.goBack();
  await failures.getByRole("link", { name: "Log of attempt 2" }).click();
  await expect(page).toHaveURL(/\/attempts\/\d+/);
});

test("the text that it used is there when the file says something else", async ({ page, project }) => {
  await project.moondial("run", "sem.Rank", "date=2015-09-18");
  project.write("pipelines/sem.lua", `task "Other" { sh = "true" }`);
  await project.moondial("reload");
  await page.goto(project.url + "/runs/1?view=source");
  await expect(page.getByRole("region", { name: "pipelines/sem.lua" })).toContainText('local ENGINES = { "baidu", "so360", "sogou" }');
  await expectAccessible(page);
  await picture(page, "run-source");
});

test("the Gantt marks what made the run last", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs/1");
  await page.getByRole("tab", { name: "Gantt" }).click();
  await expect(page).toHaveURL(/view=gantt/);
  await expect(page.getByText(/Critical path: \d tasks/)).toBeVisible();
  const bars = page.getByRole("listitem").filter({ has: page.getByRole("button") });
  await expect(bars).toHaveCount(9);
  await expect(bars.getByRole("button", { name: /sem\.Load.*attempt 2, failed, waited .*, ran .*, critical path/ })).toHaveCount(1);
  await expectAccessible(page);
  await picture(page, "run-gantt");
  await page.getByLabel("Critical path only").check();
  await expect(bars.filter({ hasText: "sem.Rank" })).toHaveCount(0);
  await page.getByLabel("Critical path only").uncheck();
  await page.getByLabel("Grouped by name").check();
  await expect(page.getByText("sem.Fetch ×3")).toBeVisible();
  const tick = page.locator(".gantt-tick").last();
  const before = await tick.textContent();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await expect(tick).not.toHaveText(before!);
  await page.keyboard.press("0");
  await expect(tick).toHaveText(before!);
  await bars.getByRole("button", { name: /sem\.Rank/ }).click();
  await expect(page.getByRole("complementary", { name: /^sem\.Rank/ })).toBeVisible();
});

test("the critical path goes back through what ended last", async ({ page, project }) => {
  await project.moondial("run", "Join", "--detach");
  await page.goto(project.url + "/runs/1?view=gantt");
  await expect(page.getByRole("button", { name: /^Quick, attempt 1, done/ })).toBeVisible();
  project.write("go", "");
  await expect(page.locator(".run-title")).toContainText("done");
  await expect(page.getByText(/Critical path: 2 tasks/)).toBeVisible();
  await page.getByLabel("Critical path only").check();
  await expect(page.locator(".gantt-open")).toHaveCount(2);
  await expect(page.locator(".gantt-open").first()).toContainText("Slow");
  await expect(page.locator(".gantt-open").last()).toContainText("Join");
});

test("a task that is ready says what it lacks", async ({ page, project }) => {
  await project.moondial("run", "Both", "--detach");
  await page.goto(project.url + "/runs/1?view=table");
  await page.getByRole("row").filter({ hasText: "Lacks" }).click();
  await expect(page.getByRole("complementary", { name: "Lacks" })).toContainText("It waits for narrow");
});

test("the table has every task: searched, filtered, sorted", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs/1?view=table");
  const rows = page.getByRole("table", { name: "Table" }).getByRole("row");
  await expect(rows).toHaveCount(10);
  await expect(rows.nth(1)).toContainText("failed");
  await expect(rows.nth(1).getByRole("link", { name: /attempt 2/ })).toHaveAttribute("href", /\/attempts\//);
  await expect(rows.nth(1).getByRole("link", { name: "sem.Load", exact: true })).toHaveAttribute("href", "/tasks/sem.Load");
  await expect(rows.nth(1)).toContainText("attempt to div");
  await expectAccessible(page);
  await picture(page, "run-table");
  const title = page.getByRole("columnheader", { name: "Task" });
  await title.getByRole("button").click();
  await expect(title).toHaveAttribute("aria-sort", "ascending");
  await expect(rows.nth(1)).toContainText("sem.Clean(date=2015-09-18,engine=baidu)");
  await title.getByRole("button").click();
  await expect(rows.nth(1)).toContainText("sem.Report");
  await page.getByLabel("Find a task or an error…").fill("sogou");
  await expect(rows).toHaveCount(3);
  await expect(page).toHaveURL(/q=sogou/);
  await expect(page.getByText("2 of 9 tasks")).toBeVisible();
  await page.getByLabel("Find a task or an error…").fill("");
  await page.getByLabel("State").selectOption("upstream_failed");
  await expect(rows).toHaveCount(2);
  await page.getByLabel("Find a task or an error…").fill("nothing like it");
  await expect(page.getByText("No task is like that")).toBeVisible();
});

test("a run is live by its events alone", async ({ page, project }) => {
  await project.moondial("run", "AfterSlow", "--detach");
  await page.goto(project.url + "/runs/1?view=gantt");
  const slow = page.getByRole("button", { name: /^Slow, attempt 1, running/ });
  await expect(slow).toBeVisible();
  await expect(page.locator(".gantt-now")).toBeAttached();
  await picture(page, "run-live");
  // From now on nobody answers who asks for the run.
  await page.route(/\/api\/v1\/runs\/1$/, () => {});
  project.write("go", "");
  await expect(page.getByRole("button", { name: /^AfterSlow, attempt 1, done/ })).toBeVisible();
  await expect(page.locator(".run-title")).toContainText("done");
  await expect(page.locator(".run-facts .counts")).toHaveText("2");
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toBeHidden();
  await expect(page.locator(".gantt-now")).toHaveCount(0);
});

test("how far a task is shows in graph, Gantt and table as it says it", async ({ page, project }) => {
  await project.moondial("run", "Pages", "--detach");
  await page.goto(project.url + "/runs/1?view=table");
  const row = page.getByRole("row").filter({ hasText: "Pages" });
  await expect(row).toContainText("20 %page 2 of 10");
  // From now on nobody answers who asks.
  await page.route(/\/api\/v1\/(queue|runs\/1.*)$/, () => {});
  project.write("next", "");
  await expect(row).toContainText("70 %page 7 of 10");
  await expect(row.getByRole("progressbar", { name: "Pages" })).toHaveAttribute("value", "70");
  await page.getByRole("tab", { name: "Gantt" }).click();
  const bar = page.getByRole("button", { name: /^Pages, attempt 1, running.*, 70 % page 7 of 10$/ });
  await expect(bar).toHaveAttribute("title", /70 % page 7 of 10$/);
  await expect(bar.locator(".gantt-said")).toBeVisible();
  await bar.click();
  await expect(page.getByRole("complementary", { name: "Pages" })).toContainText("70 %page 7 of 10");
  await page.getByRole("tab", { name: "Graph" }).click();
  await expect(page.locator("canvas[data-ready=true]")).toBeVisible();
  const board = page.getByRole("application", { name: "Graph of the tasks" });
  await board.focus();
  await board.press("ArrowRight");
  await expect(page.getByRole("status").filter({ hasText: /^Pages, running, .*70 % page 7 of 10$/ })).toBeAttached();
  await picture(page, "run-progress");
  project.write("go", "");
  await expect(page.locator(".run-title")).toContainText("done");
  await expect(page.getByText("page 7 of 10")).toHaveCount(0);
});

test("a run is not asked for at each of its events", async ({ page, project }) => {
  let asked = 0;
  let events = 0;
  page.on("request", (request) => {
    if (/\/api\/v1\/runs\/\d+$/.test(request.url())) ++asked;
  });
  await project.moondial("run", "Step", "n=120", "--detach");
  await page.goto(project.url + "/runs/1?view=table");
  await expect(page.getByRole("row").filter({ hasText: "running" })).toHaveCount(1);
  const begun = asked;
  project.write("go", "");
  await expect(page.locator(".run-title")).toContainText("done");
  await expect(page.locator(".run-facts .counts")).toHaveText("121");
  events = (await project.json("show", "1")).tasks.length * 3;
  expect(events).toBeGreaterThan(300);
  expect(asked - begun).toBeLessThan(events / 10);
});

test("a run is cancelled after a question, or killed", async ({ page, project }) => {
  await project.moondial("run", "Slow", "--detach");
  await page.goto(project.url + "/runs/1");
  await page.getByRole("button", { name: "Cancel: as a command" }).click();
  await expect(page.getByText("moondial cancel 1", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Cancel?" });
  await expect(question).toContainText("stopped gracefully");
  await question.getByRole("button", { name: "Cancel" }).last().click();
  await expect(page.locator(".run-title")).toContainText("cancelled");
  await project.moondial("run", "Slow", "--detach");
  await page.goto(project.url + "/runs/2");
  await page.getByRole("button", { name: "Kill", exact: true }).click();
  await page.getByRole("dialog", { name: "Kill?" }).getByRole("button", { name: "Kill" }).click();
  await expect(page.locator(".run-title")).toContainText("cancelled");
});

test("one task is cancelled from its panel", async ({ page, project }) => {
  await project.moondial("run", "AfterSlow", "--detach");
  await page.goto(project.url + "/runs/1?view=table");
  await page.getByRole("row").filter({ hasText: "running" }).click();
  const panel = page.getByRole("complementary", { name: "Slow" });
  await panel.getByRole("button", { name: "Cancel this task: as a command" }).click();
  await expect(page.getByText("moondial cancel Slow", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await panel.getByRole("button", { name: "Cancel this task", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel this task" }).click();
  await expect(panel).toContainText("cancelled");
});

test("what failed is retried, and leads to the new run", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs/1");
  project.write("fixed", "");
  await page.getByRole("button", { name: "Retry what failed: as a command" }).click();
  await expect(page.getByText("moondial retry 1", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Retry what failed", exact: true }).click();
  await expect(page).toHaveURL(/\/runs\/2$/);
  await expect(page.locator(".run-title")).toContainText("done");
  const again = await project.moondial("retry", "1");
  expect(again.code).toBe(0);
});

test("a run is run again with other parameters", async ({ page, project }) => {
  project.write("fixed", "");
  await project.moondial(...REPORT);
  await page.goto(project.url + "/runs/1");
  await page.getByRole("button", { name: "Run again…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run again, with other parameters" });
  await expect(dialog.getByLabel("date")).toHaveValue("2015-09-18");
  await expect(dialog.getByLabel("top")).toHaveValue("10");
  await dialog.getByLabel("date").fill("");
  await expect(dialog).toContainText("Fill in what is required");
  await dialog.getByLabel("date").fill("2015-09-19");
  await dialog.getByLabel("full").selectOption("true");
  await dialog.getByLabel("What is complete").selectOption("all");
  await expectAccessible(page);
  await picture(page, "run-rerun");
  await dialog.getByRole("button", { name: "Run: as a command" }).click();
  const command = "moondial run sem.Report date=2015-09-19 top=10 full=true --force-all";
  const shown = page.getByText(/^moondial run /);
  const words = (await shown.textContent())!.split(" ");
  expect([...words].sort()).toEqual(command.split(" ").sort());
  expect(await page.getByText(/^curl .*api\/v1\/runs$/).textContent()).toContain('"force":"all"');
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page).toHaveURL(/\/runs\/2$/);
  await expect(page.locator(".run-title")).toContainText("sem.Report(date=2015-09-19,full=true,top=10)");
  await expect(page.locator(".run-title")).toContainText("done");
  expect((await project.moondial(...words.slice(1))).code).toBe(0);
});

test("a secret is shown nowhere", async ({ page, project }) => {
  await project.moondial("run", "Secret", "user=me", "password=hunter2");
  await page.goto(project.url + "/runs/1");
  await page.getByRole("button", { name: "Run again…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run again, with other parameters" });
  await expect(dialog.getByLabel("password")).toHaveValue("");
  await dialog.getByLabel("password").fill("hunter3");
  await dialog.getByRole("button", { name: "Run: as a command" }).click();
  await expect(page.getByText(/^moondial run Secret .*password=/)).toBeVisible();
  expect(await page.locator("main").textContent()).not.toContain("hunter");
});

test("many tasks are folded by their names, and one name is unfolded", async ({ page, project }) => {
  await project.moondial("run", "Grid");
  await page.goto(project.url + "/runs/1");
  const canvas = page.locator("canvas[data-ready=true]");
  await expect(canvas).toHaveAttribute("data-nodes", "3");
  await picture(page, "run-folded");
  const board = page.getByRole("application");
  await board.focus();
  await board.press("ArrowLeft");
  await expect(page.getByRole("status").filter({ hasText: "Cell, 200 tasks: 200 done" })).toBeAttached();
  await board.press("ArrowRight");
  await board.press("Enter");
  await expect(canvas).toHaveAttribute("data-nodes", "22");
  await page.getByRole("button", { name: "Fold Row again" }).click();
  await expect(canvas).toHaveAttribute("data-nodes", "3");
  await page.getByLabel("One node for each name").uncheck();
  await expect(canvas).toHaveAttribute("data-nodes", "221");
  await expect(page).toHaveURL(/by=task/);
  await page.getByLabel("Find a task or an error…").fill("Cell(n=77)");
  await page.getByLabel("Find a task or an error…").press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Cell(n=77), done" })).toBeAttached();
  await picture(page, "run-unfolded");
  const box = (await canvas.boundingBox())!;
  await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } });
  await expect(page.getByRole("complementary", { name: "Cell(n=77)" })).toBeVisible();
});

test("what a user has named is text, never markup", async ({ page, project }) => {
  await project.moondial("run", "Says", "text=<img src=x onerror=alert(1)>");
  for (const view of ["graph", "gantt", "table"]) {
    await page.goto(`${project.url}/runs/1?view=${view}`);
    await expect(page.getByText("<b><img src=x onerror=alert(1)></b>").first()).toBeVisible();
    expect(await page.locator("main img, main b").count()).toBe(0);
  }
});

test("a run that had nothing to do says so", async ({ page, project }) => {
  await project.moondial("run", "Made");
  expect(existsSync(join(project.root, "made"))).toBe(true);
  await project.moondial("run", "Made");
  await page.goto(project.url + "/runs/2");
  await expect(page.getByText("There was nothing to do")).toBeVisible();
  await expectAccessible(page);
});

test("what a run found complete is in its graph and in its table", async ({ page, project }) => {
  await project.moondial("run", "Made");
  await project.moondial("run", "Uses");
  await page.goto(project.url + "/runs/2");
  await expect(page.locator("canvas[data-ready=true]")).toHaveAttribute("data-nodes", "3");
  await page.getByLabel("Find a task or an error…").fill("Made");
  await page.getByLabel("Find a task or an error…").press("Enter");
  await expect(page.getByRole("status").filter({ hasText: /^Made, complete, needs 0, feeds 1$/ })).toBeAttached();
  await page.getByLabel("Find a task or an error…").fill("");
  await page.getByRole("tab", { name: "Table" }).click();
  const row = page.getByRole("row").filter({ hasText: "Made" });
  await expect(row).toContainText("It was complete before this run");
  await row.getByRole("cell").last().click();
  const panel = page.getByRole("complementary", { name: "Made" });
  await expect(panel).toContainText("It was complete before this run");
  await expect(panel.getByRole("button", { name: "Cancel this task" })).toHaveCount(0);
  await panel.getByRole("button", { name: "Uses" }).click();
  await expect(page.getByRole("complementary", { name: "Uses" })).toContainText("Needs 2");
  await page.goto(project.url + "/tasks/Uses");
  await expect(page.getByRole("region", { name: "Needs / Feeds" }).getByRole("link", { name: "Made" })).toBeVisible();
});

test.describe("a run that is not there", () => {
  test.use({ expected: ["404"] });
  test("is said to be missing", async ({ page, project }) => {
    await page.goto(project.url + "/runs/99");
    await expect(page.getByRole("alert")).toContainText("99");
    await page.goto(project.url + "/runs/nonsense");
    await expect(page.getByText("There is no such page.")).toBeVisible();
  });
});

test("all of it in Chinese", async ({ page, project }) => {
  await project.moondial(...REPORT);
  await page.goto(project.url);
  await page.getByLabel("Language").selectOption("zh");
  await page.goto(project.url + "/runs/1?view=gantt");
  await expect(page.getByRole("heading", { name: "运行 1" })).toBeVisible();
  await expect(page.getByText(/关键路径：\d 个任务/)).toBeVisible();
});
