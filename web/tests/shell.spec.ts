import { expect, expectAccessible, test } from "./harness/test";

test.use({
  files: {
    "pipelines/p.lua": `task "sem.Report" { doc = "The report", sh = "true" }
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

test("the tab tells whether all is well", async ({ page, project }) => {
  await expect(page).toHaveTitle(/^✓/);
  await project.moondial("run", "Bad");
  await expect(page).toHaveTitle(/^✗/);
  await expect(page.locator("#favicon")).toHaveAttribute("href", "/icon-bad.svg");
});
