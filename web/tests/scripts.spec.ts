import { type Page } from "@playwright/test";
import { diffLines, piecesOf } from "../src/pages/scripts/diff";
import { begin, expect, expectAccessible, picture, test } from "./harness/test";

const FIRST = `-- The first text.
pool "api" { size = 2 }
task "sem.Fetch" { sh = "true" }
task "sem.Gone" { sh = "true" }
schedule "nightly" { cron = "30 1 * * *", start = function() return tasks.sem.Fetch{} end }
on.file "inbox/*.csv" { start = function() return tasks.sem.Fetch{} end }
`;
const SECOND = FIRST.replace("-- The first text.", "-- The <b>second</b> text.")
  .replace('task "sem.Gone" { sh = "true" }', 'task "sem.New" { sh = "true" }')
  .replace('"30 1', '"45 2');

test.use({ files: { "pipelines/sem.lua": FIRST, "pipelines/other.lua": `task "Other" { sh = "true" }`, "lib/part.lua": "return {}" }, begins: false });

const file = (page: Page) => page.getByRole("article");

test("files are listed with what they declare, and a file shows its text with numbers", async ({ page, project }) => {
  await begin(page, project.url);
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await expect(page.getByText("Choose a file")).toBeVisible();
  await expect(page.getByText("Nothing has changed since the daemon began.")).toBeVisible();
  await page.getByRole("searchbox", { name: "File or name…" }).fill("fetch");
  await expect(page.getByRole("link", { name: "pipelines/other.lua" })).toHaveCount(0);
  await page.getByRole("link", { name: "pipelines/sem.lua" }).press("Enter");
  await expect(page).toHaveURL(/file=pipelines%2Fsem\.lua/);
  await expect(file(page)).toContainText("in force");
  await expect(file(page).getByRole("link", { name: "sem.Fetch" })).toHaveAttribute("href", "/tasks/sem.Fetch");
  await expect(file(page).getByRole("link", { name: "nightly" })).toHaveAttribute("href", "/schedules/nightly");
  const text = file(page).getByRole("list", { name: "Text of pipelines/sem.lua" });
  await expect(text.getByRole("listitem")).toHaveCount(6);
  await page.goto(project.url + "/scripts?file=pipelines/sem.lua&line=3");
  await expect(text.locator('[aria-current="location"]')).toContainText("sem.Fetch");
  await expectAccessible(page);
  await picture(page, "scripts");
});

test("a reload says what it added, changed and removed, and what changed in the text", async ({ page, project }) => {
  await project.moondial("run", "sem.Fetch");
  await page.goto(project.url + "/scripts?file=pipelines/sem.lua");
  await expect(file(page)).toContainText("1 run: 1");
  project.write("pipelines/sem.lua", SECOND);
  const last = page.getByRole("region", { name: /The last reload/ });
  await expect(last.getByRole("listitem").filter({ hasText: "sem.New" })).toContainText("added");
  await expect(last.getByRole("listitem").filter({ hasText: "nightly" })).toContainText("changed");
  await expect(last.getByRole("listitem").filter({ hasText: "sem.Gone" })).toContainText("removed");
  const versions = file(page).getByRole("list", { name: "Versions" }).getByRole("listitem");
  await expect(versions).toHaveCount(2);
  await expect(versions.first()).toContainText("no run yet");
  await expect(file(page)).toContainText("-- The <b>second</b> text.");
  await project.moondial("run", "sem.New");
  await expect(versions.first()).toContainText("1 run: 2");
  await versions.first().getByRole("link", { name: /What changed since/ }).click();
  const diff = page.getByRole("region", { name: /What changed since/ });
  await expect(diff).toContainText("+3 −3");
  await expect(diff.getByRole("listitem").filter({ hasText: "sem.Gone" })).toContainText("removed");
  await expect(diff.getByRole("listitem").filter({ hasText: "sem.New" })).toContainText("added");
  expect(await page.locator("main code b, main code img").count()).toBe(0);
  await expectAccessible(page);
  await picture(page, "scripts-diff");
  await page.goBack();
  await versions.nth(1).getByRole("link").first().click();
  await expect(file(page)).toContainText("-- The first text.");
});

test("a file that does not load is said with its place and hint, and is gone when it loads", async ({ page, project }) => {
  await page.goto(project.url + "/scripts?file=pipelines/sem.lua");
  await expect(file(page)).toContainText("in force");
  project.write("pipelines/sem.lua", FIRST + `task "X" { outptu = "x" }\n`);
  const errors = page.getByRole("region", { name: "What does not load" });
  await expect(errors).toContainText("outptu");
  await expect(errors.getByRole("link", { name: "pipelines/sem.lua:7" })).toBeVisible();
  await expect(errors).toContainText("output");
  // The text as it is now, which is not the one that is in force.
  const source = errors.getByRole("list", { name: "pipelines/sem.lua as it is now, around line 7" });
  await expect(source.getByRole("listitem")).toHaveCount(4);
  await expect(source.getByRole("listitem").first()).toHaveText('4task "sem.Gone" { sh = "true" }');
  await expect(source.locator('[aria-current="location"]')).toHaveText('7task "X" { outptu = "x" }');
  await expect(file(page)).toContainText("does not load");
  await expect(file(page)).toContainText("The last version that did load stays in force.");
  await expectAccessible(page);
  await picture(page, "scripts-error");
  await page.setViewportSize({ width: 400, height: 800 });
  await picture(page, "scripts-phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  project.write("pipelines/sem.lua", FIRST);
  await expect(errors).toHaveCount(0);
});

test("check and reload do what their commands do", async ({ page, project }) => {
  await page.goto(project.url + "/scripts");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByText("Checked: everything loads.")).toBeVisible();
  await page.getByRole("button", { name: "Check: as a command" }).click();
  await expect(page.getByText("moondial check", { exact: true })).toBeVisible();
  expect((await project.moondial("check")).code).toBe(0);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Reload: as a command" }).click();
  await expect(page.getByText("moondial reload", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  const answer = page.waitForResponse("**/api/v1/reload");
  await page.getByRole("button", { name: "Reload", exact: true }).click();
  expect((await answer).status()).toBe(200);
  expect((await project.moondial("reload")).code).toBe(0);
  project.write("pipelines/other.lua", "task 'Other' { sh = 3 }");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByText("Checked: 1 error.")).toBeVisible();
  await expect(page.getByRole("region", { name: "What does not load" })).toContainText("pipelines/other.lua");
});

test.describe("who may only look", () => {
  test.use({ expected: ["401"] });

  test("checks, but does not reload", async ({ browser, project }) => {
    const token = (await project.json("token", "add", "me", "--role", "viewer")).secret as string;
    const page = await (await browser.newContext()).newPage();
    await page.goto(project.url + "/scripts");
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("button", { name: "Reload", exact: true })).toBeDisabled();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(page.getByText("Checked: everything loads.")).toBeVisible();
    await page.context().close();
  });
});

test("a file and a version that are not there are said", async ({ page, project }) => {
  await page.goto(project.url + "/scripts?file=pipelines/none.lua");
  await expect(page.getByText("No file that is loaded is named pipelines/none.lua.")).toBeVisible();
});

test.describe("a version that is gone", () => {
  test.use({ expected: ["404"] });

  test("is said to be gone", async ({ page, project }) => {
    await page.goto(`${project.url}/scripts?file=pipelines/sem.lua&version=${"0".repeat(64)}`);
    await expect(page.getByText("This text is not in the record")).toBeVisible();
  });
});

const told = (before: string, after: string) => {
  const signs = { same: " ", added: "+", removed: "-" };
  return diffLines([...before], [...after]).map((line) => signs[line.kind] + line.text).join("");
};

test("the difference of two texts is the shortest", () => {
  expect(told("abc", "abc")).toBe(" a b c");
  expect(told("", "ab")).toBe("+a+b");
  expect(told("ab", "")).toBe("-a-b");
  expect(told("abc", "axc")).toBe(" a-b+x c");
  expect(told("abcabba", "cbabac").replaceAll(/ ./g, "").length / 2).toBe(5); // Myers' example
  expect(told("xaby", "xy")).toBe(" x-a-b y");
});

test("the difference of any two texts leads from one to the other, in as few steps as a table finds", () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  const some = () => Array.from({ length: random(14) }, () => "abc"[random(3)]!);
  for (let round = 0; round < 500; ++round) {
    const [a, b] = [some(), some()];
    const lines = diffLines(a, b);
    expect(lines.filter((one) => one.kind !== "added").map((one) => one.text)).toEqual(a);
    expect(lines.filter((one) => one.kind !== "removed").map((one) => one.text)).toEqual(b);
    expect(lines.filter((one) => one.kind !== "added").map((one) => one.before)).toEqual(a.map((_, place) => place + 1));
    expect(lines.filter((one) => one.kind === "same").length).toBe(longestCommon(a, b));
  }
});

function longestCommon(a: string[], b: string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; ++i) {
    for (let j = 1; j <= b.length; ++j) {
      table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
    }
  }
  return table[a.length]![b.length]!;
}

test("what is alike far from changes is only counted", () => {
  const before = Array.from({ length: 30 }, (_, line) => `line ${line}`);
  const after = before.map((line, at) => (at === 15 ? "changed" : line));
  const pieces = piecesOf(diffLines(before, after));
  expect(pieces.map((one) => (one.kind === "alike" ? one.count : one.lines.length))).toEqual([12, 8, 11]);
});

test("texts that have nothing in common do not take for ever", () => {
  const before = Array.from({ length: 5000 }, (_, line) => `a${line}`);
  const after = Array.from({ length: 5000 }, (_, line) => `b${line}`);
  expect(diffLines(before, after).length).toBe(10_000);
});
