import { expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
local Good = task "Good" { doc = "Writes a file", params = { n = param.int }, output = "good.\${n}", sh = ": > \${output}" }
task "Bad" { run = function() error("no luck") end }
task "Says" { doc = "<b onclick=alert(1)>bold</b>", params = { text = param.string }, run = function() end }
`;

test.use({ files: { "pipelines/p.lua": PIPELINE }, begins: false });

test("runs are listed, newest first, and appear as they start", async ({ page, project }) => {
  await page.goto(project.url + "/runs");
  await expect(page.getByText("There has been no run yet")).toBeVisible();
  await project.moondial("run", "Good", "n=1");
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(2);
  await project.moondial("run", "Bad");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("Bad");
  await expect(rows.nth(1)).toContainText("failed");
  await expect(rows.nth(2)).toContainText("Good(n=1)");
  await expectAccessible(page);
  await picture(page, "runs");
});

test("runs are filtered by state, kind and task, and the address says how", async ({ page, project }) => {
  await project.moondial("run", "Good", "n=1");
  await project.moondial("run", "Bad");
  await page.goto(project.url + "/runs");
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await page.getByLabel("State").selectOption("failed");
  await expect(page).toHaveURL(/state=failed/);
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("Bad");
  await page.getByLabel("State").selectOption("");
  await page.getByLabel("With the task…").fill("Good");
  await page.getByLabel("With the task…").press("Enter");
  await expect(page).toHaveURL(/task=Good/);
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("Good");
  await page.getByLabel("Kind").selectOption("backfill");
  await expect(page.getByText("No run is like that")).toBeVisible();
});

test("what a user has named is text, never markup", async ({ page, project }) => {
  await project.moondial("run", "Says", "text=<img src=x onerror=alert(1)>");
  await page.goto(project.url + "/runs");
  await expect(page.getByText("<img src=x onerror=alert(1)>").first()).toBeVisible();
  await page.goto(project.url + "/tasks");
  await expect(page.getByText("<b onclick=alert(1)>bold</b>").first()).toBeVisible();
  expect(await page.locator("main img, main b").count()).toBe(0);
});
