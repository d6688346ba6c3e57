import { type Page } from "@playwright/test";
import { errorParts } from "../src/ui/FoldedError";
import { begin, expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
local function total(rows)
  local sum = 0
  for _, row in ipairs(rows) do sum = sum + row.cost * row.rate.value end
  return sum
end

task "sem.Load" {
  params = { date = param.date },
  run = function(t)
    if file("repaired"):exists() then return end
    local rows = { { cost = 3, name = "<img src=x onerror=alert(1)>" } }
    total(rows)
  end,
}
task "Shell" { params = { n = param.int, of = param.string{ default = "it's" } }, sh = "exit 3" }
`;

test.use({ files: { "pipelines/p.lua": PIPELINE }, begins: false });

const groups = (page: Page) => page.getByRole("list", { name: "Errors" }).locator(".error-group");

test("failures of one line are one group, which opens to its example and its tasks", async ({ page, project }) => {
  await begin(page, project.url);
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page.getByText("No task has failed")).toBeVisible();
  for (const day of [17, 18, 19]) await project.moondial("run", "sem.Load", `date=2015-09-${day}`);
  await expect(groups(page)).toHaveCount(1);
  const group = groups(page).first();
  await expect(group).toContainText("open");
  await expect(group).toContainText("3 times");
  await expect(group).toContainText("3 of 3 tasks open");
  await expect(group).toContainText("date=2015-09-1");
  await expect(group.getByRole("link", { name: "pipelines/p.lua:4" })).toHaveAttribute("href", "/scripts?file=pipelines%2Fp.lua&line=4");
  await group.getByRole("button", { name: /attempt to index/ }).press("Enter");
  await expect(page).toHaveURL(/group=/);
  const open = group.locator(".error-open");
  await expect(open.locator(".folded-code")).toContainText("row.cost * row.rate.value");
  await expect(open.locator(".folded-code")).toContainText("<img src=x onerror=alert(1)>");
  expect(await page.locator("main img").count()).toBe(0);
  await expect(open.getByRole("link", { name: "sem.Load(date=2015-09-17)" })).toHaveAttribute("href", "/attempts/1");
  await expect(open.getByRole("listitem").filter({ hasText: "2015-09-17" }).getByRole("link", { name: "run 1" })).toBeVisible();
  await expectAccessible(page);
  await picture(page, "errors");
  await page.setViewportSize({ width: 400, height: 800 });
  await picture(page, "errors-phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
});

test("what is unresolved is run again from here, is resolved then, and may come back", async ({ page, project }) => {
  for (const day of [17, 18]) await project.moondial("run", "sem.Load", `date=2015-09-${day}`);
  await page.goto(project.url + "/errors");
  await groups(page).getByRole("button", { name: /attempt to index/ }).click();
  project.write("repaired", "");
  const task = (day: number) => page.locator(".error-tasks li").filter({ hasText: `2015-09-${day}` });
  await task(17).getByRole("button", { name: "Run again: as a command" }).click();
  await expect(page.getByText("moondial run sem.Load date=2015-09-17", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await task(17).getByRole("button", { name: "Run again", exact: true }).click();
  await expect(task(17)).toContainText("resolved");
  await expect(task(17).getByRole("button")).toHaveCount(0);
  await expect(groups(page)).toContainText("1 of 2 tasks open");
  await task(18).getByRole("button", { name: "Run again", exact: true }).click();
  await page.getByLabel("State").selectOption("");
  await expect(page.getByText("No error is open")).toBeVisible();
  await page.getByLabel("State").selectOption("resolved");
  await expect(groups(page)).toHaveCount(1);

  await project.moondial("run", "sem.Load", "date=2015-09-19"); // repaired: it succeeds
  project.write("pipelines/p.lua", PIPELINE.replace("repaired", "gone"));
  await project.moondial("run", "sem.Load", "date=2015-09-18");
  await page.getByLabel("State").selectOption("regressed");
  await expect(groups(page)).toContainText("regressed");
});

test("the shown command runs what it says, whatever is in its values", async ({ page, project }) => {
  await project.moondial("run", "Shell", "n=1", "of=it's $HOME; rm -rf \"x\"");
  await page.goto(project.url + "/errors");
  await groups(page).getByRole("button", { name: /exited with status/ }).click();
  await page.getByRole("button", { name: "Run again: as a command" }).click();
  const shown = await page.locator(".popover:popover-open code").first().innerText();
  expect(shown).toContain("moondial run Shell");
  const { execFileSync } = await import("node:child_process");
  const words = execFileSync("sh", ["-c", `moondial() { printf '%s\\n' "$@"; }; ${shown}`], { encoding: "utf8" }).trim().split("\n");
  expect((await project.moondial(...words)).code).toBe(1);
  await expect(groups(page)).toContainText("2 times");
  await expect(page.locator(".error-tasks li")).toHaveCount(1);
});

test("groups are found by state and text, and the address says how", async ({ page, project }) => {
  await project.moondial("run", "sem.Load", "date=2015-09-17");
  await project.moondial("run", "Shell", "n=1");
  await page.goto(project.url + "/errors");
  await expect(groups(page)).toHaveCount(2);
  await expect(groups(page).first()).toContainText("exited with status"); // the newest first
  await page.getByLabel("Task, message, file or value…").fill("2015-09");
  await expect(groups(page)).toHaveCount(1);
  await expect(page).toHaveURL(/text=2015-09/);
  await page.reload();
  await expect(groups(page)).toHaveCount(1);
  await page.getByLabel("Task, message, file or value…").fill("nothing like it");
  await expect(page.getByText("No error is like that")).toBeVisible();
});

test("more groups than a page are asked for when they are wanted, and one that a link names at once", async ({ page, project }) => {
  await project.moondial("run", "sem.Load", "date=2015-09-17");
  await project.moondial("run", "Shell", "n=1");
  const [newest, oldest] = await project.json("errors", "--state", "any");
  // A page has a hundred groups: here it has one.
  await page.route(/\/api\/v1\/errors\?/, async (route) => {
    const limit = new URL(route.request().url()).searchParams.get("limit");
    await route.continue({ url: route.request().url().replace(/limit=\d+/, `limit=${limit === "100" ? 1 : 500}`) });
  });
  await page.goto(project.url + "/errors?state=any");
  await expect(groups(page)).toHaveCount(1);
  await expect(groups(page)).toContainText(newest.task);
  await expect(page.getByText("the first 1", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "More" }).click();
  await expect(groups(page)).toHaveCount(2);
  await expect(page.getByText("2 groups", { exact: true })).toBeVisible();
  await page.goto(`${project.url}/errors?group=${oldest.id}`);
  await expect(groups(page).first()).toContainText(oldest.task);
  await expect(groups(page).first().locator(".error-open")).toContainText("What it said last");
});

test.describe("without an answer", () => {
  test.use({ expected: ["500"] });

  test("the page says why, and asks again when it is told to", async ({ page, project }) => {
    const refuse = (route: any) => route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ title: "x", detail: "the record is away" }) });
    await page.route("**/api/v1/errors?*", refuse);
    await page.goto(project.url + "/errors");
    await expect(page.getByRole("alert")).toContainText("the record is away");
    await expectAccessible(page);
    await page.unroute("**/api/v1/errors?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByText("No task has failed")).toBeVisible();
  });
});

test("an error is read apart: message, line, variables, the way there", () => {
  expect(errorParts("a.lua:3: why\nand more\n  3 | local x = y.z\n      y = nil\n      t = {a = 1}\n  at a.lua:3 in inner\n  at a.lua:9")).toEqual({
    message: "why\nand more",
    file: "a.lua",
    line: 3,
    source: { line: 3, text: "local x = y.z" },
    values: [{ name: "y", value: "nil" }, { name: "t", value: "{a = 1}" }],
    frames: ["a.lua:3 in inner", "a.lua:9"],
  });
  expect(errorParts("  at noon it broke").message).toBe("  at noon it broke");
});
