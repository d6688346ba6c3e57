import { expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
task "Bad" { params = { day = param.int }, run = function(t)
  local rows = { 1, 2 }
  local missing = nil
  print("about to fail", t.day)
  return rows[1] + missing
end }
task "Loud" { run = function() for i = 1, 3000 do print("line " .. i .. (i % 1000 == 0 and " needle" or "")) end end }
task "Colours" { sh = [[printf '\\033[31mred\\033[0m <b>bold</b>\\r\\nten\\rtwenty\\n']] }
task "Grows" { sh = "echo first; until [ -e more ]; do sleep 0.05; done; echo second; until [ -e end ]; do sleep 0.05; done; echo third" }
task "Emits" { params = { n = param.int{ default = 1 } }, run = function() emit{ rows = 120, note = 'a "quoted" <i>text</i>' } end }
task "Quiet" { run = function() end }
task "Pages" { run = function()
  progress(0.2, "page 2 of 10")
  sh "until [ -e more ]; do sleep 0.05; done"
  progress(0.7)
  sh "until [ -e end ]; do sleep 0.05; done"
end }
`;

test.use({ files: { "pipelines/p.lua": PIPELINE }, begins: false });

test("an attempt shows its log, its error and how to reproduce it", async ({ page, project }) => {
  await project.moondial("run", "Bad", "day=3");
  await page.goto(project.url + "/attempts/1");
  await expect(page.getByRole("heading", { name: "Bad(day=3)" })).toBeVisible();
  const error = page.getByRole("region", { name: "What went wrong" });
  await expect(error).toContainText("attempt to perform arithmetic on a nil value (local 'missing')");
  await expect(error).toContainText("return rows[1] + missing");
  await expect(error.locator("dl")).toContainText("rows{1, 2}");
  await expect(error.getByRole("link", { name: "pipelines/p.lua:6" })).toHaveAttribute("href", /\/runs\/1\?view=source&file=pipelines%2Fp\.lua&line=6/);
  await expect(page.getByRole("log")).toContainText("about to fail");
  await expect(page.locator(".attempt-side").getByText("moondial run Bad day=3 --force", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "run 1", exact: true })).toHaveAttribute("href", "/runs/1");
  await expectAccessible(page);
  await picture(page, "attempt");
  await page.setViewportSize({ width: 400, height: 800 });
  await picture(page, "attempt-narrow");
});

test("it is run again, and leads to the new run; attempts of one task lead to each other", async ({ page, project }) => {
  await project.moondial("run", "Bad", "day=3");
  await page.goto(project.url + "/attempts/1");
  await page.getByRole("button", { name: "Run it again", exact: true }).click();
  await expect(page).toHaveURL(/\/runs\/2$/);
  await project.moondial("run", "Bad", "day=4");
  const words = "run Bad day=3 --force".split(" ");
  expect((await project.moondial(...words)).code).toBe(1);
  await page.goto(project.url + "/attempts/1");
  await expect(page.getByRole("button", { name: "← Older" })).toBeDisabled();
  await page.getByRole("button", { name: "Newer →" }).click();
  await expect(page).toHaveURL(/\/attempts\/2$/);
  await page.keyboard.press("]");
  await expect(page).toHaveURL(/\/attempts\/4$/);
  await page.keyboard.press("[");
  await expect(page).toHaveURL(/\/attempts\/2$/);
});

test("how far it is, as it says it, is at its head while it runs", async ({ page, project }) => {
  await project.moondial("run", "Pages", "--detach");
  await page.goto(project.url + "/attempts/1");
  const said = page.locator(".attempt-progress");
  await expect(said).toHaveText("20 %page 2 of 10");
  project.write("more", "");
  await expect(said).toHaveText("70 %");
  await expect(said.getByRole("progressbar", { name: "Pages" })).toHaveAttribute("value", "70");
  await expectAccessible(page);
  project.write("end", "");
  await expect(page.locator(".attempt-title")).toContainText("done");
  await expect(said).toHaveCount(0);
});

test("a log is searched, and followed until somebody scrolls up", async ({ page, project }) => {
  await project.moondial("run", "Loud");
  await page.goto(project.url + "/attempts/1");
  const log = page.getByRole("log");
  await expect(page.getByText("3,000 lines")).toBeVisible();
  await expect(log.getByText("line 3000 needle")).toBeVisible();
  await page.keyboard.press("f");
  await page.keyboard.type("needle");
  await expect(page.getByText("1 of 3")).toBeVisible();
  await expect(log.locator("[aria-current]")).toContainText("line 1000 needle");
  await expect(log.locator("mark").first()).toHaveText("needle");
  await page.keyboard.press("Enter");
  await expect(log.locator("[aria-current]")).toContainText("line 2000 needle");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.press("Shift+Enter");
  await expect(log.locator("[aria-current]")).toContainText("line 3000 needle");
  await expect(page.getByLabel("Follow the end")).not.toBeChecked();
  await picture(page, "attempt-search");
  await page.getByLabel("Find in the log…").fill("no such thing");
  await expect(page.getByText("no match")).toBeVisible();
  await page.getByLabel("Follow the end").check();
  await log.hover();
  await page.mouse.wheel(0, -500);
  await expect(page.getByLabel("Follow the end")).not.toBeChecked();
});

test("a log is live", async ({ page, project }) => {
  await project.moondial("run", "Grows", "--detach");
  await page.goto(project.url + "/attempts/1");
  const log = page.getByRole("log");
  await expect(log).toContainText("first");
  await expect(page.getByText("1 line · being written")).toBeVisible();
  project.write("more", "");
  await expect(log).toContainText("second");
  await expect(page.locator(".attempt-title")).toContainText("running");
  project.write("end", "");
  await expect(log).toContainText("third");
  await expect(page.getByText("3 lines", { exact: true })).toBeVisible();
  await expect(page.locator(".attempt-title")).toContainText("done");
});

test.describe("while the daemon is started anew", () => {
  test.use({ expected: ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE"] });

  test("a log goes on where it was", async ({ page, project }) => {
    await project.moondial("run", "Grows", "--detach");
    await page.goto(project.url + "/attempts/1");
    const log = page.getByRole("log");
    await expect(log).toContainText("first");
    await project.stop();
    await expect(page.getByRole("alert")).toContainText("does not answer");
    await expect(log).toContainText("first");
    await project.serve();
    project.write("more", "");
    await expect(log).toContainText("second");
    await expect(page.getByRole("alert")).toBeHidden();
    expect(await log.getByText("first", { exact: true }).count()).toBe(1);
    project.write("end", "");
    await expect(page.getByText("3 lines", { exact: true })).toBeVisible();
    await expect(page.locator(".attempt-title")).toContainText("done");
  });
});

test("what runs is cancelled here", async ({ page, project }) => {
  await project.moondial("run", "Grows", "--detach");
  await page.goto(project.url + "/attempts/1");
  await page.getByRole("button", { name: "Cancel this task", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel this task" }).click();
  await expect(page.locator(".attempt-title")).toContainText("cancelled");
});

test("codes of terminals are stripped or shown, never obeyed", async ({ page, project }) => {
  await project.moondial("run", "Colours");
  await page.goto(project.url + "/attempts/1");
  const log = page.getByRole("log");
  await expect(log.getByText("red <b>bold</b>", { exact: true })).toBeVisible();
  await expect(log.getByText("twenty", { exact: true })).toBeVisible();
  await page.getByLabel("Escape codes").check();
  await expect(log).toContainText("\\x1b[31mred");
  expect(await page.locator("main b").count()).toBe(0);
});

test("what it emitted and used is beside what is usual", async ({ page, project }) => {
  for (let n = 1; n <= 4; ++n) await project.moondial("run", "Emits", `n=${n}`);
  await page.goto(project.url + "/attempts/4");
  await expect(page.getByText('a "quoted" <i>text</i>')).toBeVisible();
  await expect(page.getByRole("region", { name: "What it used" })).toContainText("usually");
  await expectAccessible(page);
  await picture(page, "attempt-emitted");
});

test.describe("an attempt that is not there", () => {
  test.use({ expected: ["404"] });
  test("is said to be missing", async ({ page, project }) => {
    await page.goto(project.url + "/attempts/99");
    await expect(page.getByRole("alert").first()).toContainText("99");
    await page.goto(project.url + "/attempts/nonsense");
    await expect(page.getByText("There is no such attempt.")).toBeVisible();
  });
});

test("one that said nothing says so", async ({ page, project }) => {
  await project.moondial("run", "Quiet");
  await page.goto(project.url + "/attempts/1");
  await expect(page.getByText("It has said nothing", { exact: true })).toBeVisible();
});
