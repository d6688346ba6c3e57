import { type Page } from "@playwright/test";
import { rankOf } from "../src/shell/find";
import { expect, expectAccessible, test } from "./harness/test";

test.use({
  files: {
    "pipelines/p.lua": `task "sem.Fetch" { doc = "Fetches", params = { date = param.date, engine = param.string }, sh = "true" }
      task "sem.Page" { params = { date = param.date }, requires = function(t) return tasks.sem.Fetch(t, { engine = "baidu" }) end, run = function() error("the vendor's file is empty") end }
      schedule "nightly-fetch" { doc = "All of yesterday", cron = "30 1 * * *", start = function() end }
      task "sem.Report" { doc = "The report", sh = "true" }
      task "sem.Load" { sh = "true" }
      task "Bad" { sh = "false" }`,
  },
});

test("keys lead everywhere, and ? lists them", async ({ page }) => {
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await expect(page).toHaveURL(/\/tasks$/);
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/\/runs$/);
  await page.keyboard.press("Shift+Slash");
  const list = page.getByRole("dialog", { name: "Keys" });
  await expect(list).toContainText("Go to Tasks");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
});

test("/ finds tasks and runs", async ({ page }) => {
  await page.keyboard.press("/");
  await page.keyboard.type("report");
  await expect(page.getByRole("option", { name: /sem\.Report/ })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tasks\/sem\.Report$/);
  await page.keyboard.press("/");
  await page.keyboard.type("12");
  await expect(page.getByRole("option", { name: /run 12/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("nothing like it");
  await expect(page.getByText("Nothing by that name")).toBeVisible();
});

const options = (page: Page, group: string) => page.getByRole("group", { name: group }).getByRole("option");

test("/ finds files, errors, schedules and parts of identities, in groups, by the keyboard alone", async ({ page, project }) => {
  await project.moondial("run", "sem.Page", "date=2015-09-18");
  await page.keyboard.press("/");
  await page.keyboard.type("nightly");
  await expect(options(page, "Schedules")).toContainText("All of yesterday");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/schedules\/nightly-fetch$/);

  await page.keyboard.press("/");
  await page.keyboard.type("p.lua");
  await expect(options(page, "Scripts").first()).toContainText("pipelines/p.lua");
  await expect(options(page, "Errors")).toContainText("sem.Page");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/scripts\?file=pipelines%2Fp\.lua$/);

  await page.keyboard.press("/");
  await page.keyboard.type("file is empty");
  await expect(options(page, "Errors")).toContainText("file is empty");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/errors\?group=/);
  await expect(page.locator(".error-open")).toContainText("the vendor's file is empty");

  // Of a task that nobody has asked for by itself: from its attempts.
  await page.keyboard.press("/");
  await page.keyboard.type("Fetch(date=2015");
  await expect(options(page, "Runs")).toContainText("sem.Fetch(date=2015-09-18,engine=baidu)");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/runs\?task=sem\.Fetch/);
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);

  // The best group is first, and arrows go through all of them.
  await page.keyboard.press("/");
  await page.keyboard.type("sem.");
  await expect(page.getByRole("option").first()).toContainText("sem.");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option").nth(1)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
});

test("lists are asked for when somebody begins to type, not before", async ({ page, project }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
  await page.goto(project.url + "/");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("All is well.");
  const lists = () => asked.filter((one) => /\/(tasks|triggers|runs\?limit=500)$/.test(one));
  await page.keyboard.press("/");
  expect(lists()).toEqual([]);
  await page.keyboard.type("x");
  await expect(page.getByText("Nothing by that name")).toBeVisible();
  expect(lists().length).toBe(3);
});

test("how well a text fits: the whole, its beginning, the beginning of a part, anywhere, all words", () => {
  const ranks = ["report", "report.day", "sem.report", "sem.myreport", "day of the report"].map((one) => rankOf(one, "report"));
  expect(ranks).toEqual([0, 1, 2, 3, 2]);
  expect(rankOf("sem.Report(date=2015-09-18)", "2015 report")).toBe(4);
  expect(rankOf("sem.Load", "report")).toBe(9);
});

test("English and Chinese, light and dark, are remembered", async ({ page, project }) => {
  await page.getByLabel("Language").selectOption("zh");
  await expect(page.getByRole("link", { name: "运行", exact: true })).toBeVisible();
  await page.getByLabel("配色").selectOption("dark");
  await page.goto(project.url + "/tasks");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
});

test.describe("without the daemon", () => {
  test.use({ expected: ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "401"] });

  test("a banner says that it is away, and what it did meanwhile is caught up", async ({ page, project }) => {
    await page.goto(project.url + "/runs");
    await expect(page.getByText("There has been no run yet")).toBeVisible();
    await project.stop();
    await expect(page.getByRole("alert")).toContainText("does not answer");
    await expect(page).toHaveTitle(/^\?/);
    await project.moondial("run", "Bad");
    await project.serve();
    await expect(page.getByRole("alert")).toBeHidden();
    await expect(page.getByRole("row")).toHaveCount(2);
  });
});

test.describe("a token", () => {
  test.use({ expected: ["401"] });

  test("signs in from anywhere, with the role that it has", async ({ browser, project }) => {
    const token = (await project.json("token", "add", "me", "--role", "viewer")).secret as string;
    const page = await (await browser.newContext()).newPage();
    await page.goto(project.url);
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toContainText("not known");
    await expectAccessible(page);
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
    await project.moondial("token", "remove", "me");
    await page.reload();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });
});

test("what happens while the page is still coming is not missed", async ({ page, project }) => {
  let letGo = () => {};
  const held = new Promise<void>((done) => (letGo = done));
  await page.route("**/api/v1/events*", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/api/v1/events*");
  await page.goto(project.url + "/runs");
  await asked;
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  await project.moondial("run", "Bad");
  letGo();
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);
});

test("the tab tells whether all is well", async ({ page, project }) => {
  await expect(page).toHaveTitle(/^✓/);
  await project.moondial("run", "Bad");
  await expect(page).toHaveTitle(/^✗/);
  await expect(page.locator("#favicon")).toHaveAttribute("href", "/icon-bad.svg");
});

test("the first load is small, and takes scripts and styles from the daemon alone", async ({ page, project }) => {
  let bytes = 0;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).origin));
  devtools.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  const answer = await page.goto(project.url + "/");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("All is well");
  await devtools.detach();
  const policy = answer!.headers()["content-security-policy"]!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(await page.locator("script:not([src])").count()).toBe(0);
  expect([...hosts]).toEqual([project.url]);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(300_000); // with all that the API answers to the first page
});
