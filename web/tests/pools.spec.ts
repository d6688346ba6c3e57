import type { Page } from "@playwright/test";
import { commandsOf, expect, expectAccessible, picture, test } from "./harness/test";

const PIPELINE = `
pool "api" { size = 2 }
pool "unused" { size = 4 }
task "Hold" { params = { n = param.int }, uses = { api = 1, memory = "1G" }, sh = "until [ -e go ]; do sleep 0.02; done" }
task "Locked" { params = { text = param.string }, lock = "<b>the lock</b>", sh = "until [ -e go ]; do sleep 0.02; done" }
task "Wide" { uses = { api = 2 }, output = "wide", sh = ": > \${output}" }
`;

test.use({ files: { "pipelines/p.lua": PIPELINE }, begins: false });

const card = (page: Page, name: string) => page.getByRole("article", { name, exact: true });

test("who holds a pool, who waits, and since when; live", async ({ page, project }) => {
  await page.goto(project.url + "/pools");
  await expect(card(page, "api")).toContainText("0 of 2 in use");
  await expect(card(page, "api")).toContainText("Nobody holds or waits for it.");
  await expectAccessible(page);
  await project.moondial("backfill", "Hold", "n=1..3", "--detach", "-j", "8");
  const api = card(page, "api");
  await expect(api).toContainText("2 of 2 in use");
  await expect(api.getByRole("meter")).toHaveAttribute("aria-valuenow", "2");
  await expect(api).toContainText("1 task waits");
  const holds = api.getByRole("list", { name: "Holds" });
  await expect(holds.getByRole("listitem")).toHaveCount(2);
  await expect(holds.getByRole("listitem").first()).toContainText(/Hold\(n=1\)\s*1\s*\d/);
  await expect(holds.getByRole("link").first()).toHaveAttribute("href", /^\/attempts\/\d+$/);
  await expect(api.getByRole("list", { name: "Waits" }).getByRole("listitem")).toContainText(/Hold\(n=3\).*\d/);
  await expect(card(page, "memory")).toContainText("2.0 GiB of");
  // Pools that are waited for come first.
  await expect(page.getByRole("article").first()).toHaveAccessibleName("api");
  const since = holds.getByRole("listitem").first().locator(".line-since");
  const before = await since.textContent();
  await expect(since).not.toHaveText(before!);
  await expectAccessible(page);
  await picture(page, "pools");
  await page.setViewportSize({ width: 400, height: 800 });
  await picture(page, "pools-narrow");
  await page.setViewportSize({ width: 1280, height: 720 });
  project.write("go", "");
  await expect(api).toContainText("0 of 2 in use");
});

test("a size is changed and set back, by buttons and by the commands they show", async ({ page, project }) => {
  await project.moondial("backfill", "Hold", "n=1..3", "--detach", "-j", "8");
  await page.goto(project.url + "/pools");
  const api = card(page, "api");
  await expect(api).toContainText("1 task waits");
  const change = api.getByRole("button", { name: "Change size", exact: true });
  await expect(change).toBeDisabled();
  await api.getByLabel("New size").fill("-1");
  await expect(change).toBeDisabled();
  await api.getByLabel("New size").fill("3");
  const [command, curl] = await commandsOf(api, "Change size");
  expect(command).toBe("moondial pools api=3");
  await change.click();
  await expect(api).toContainText("3 of 3 in use");
  await expect(api).toContainText("changed · declared 2");
  await expect(api.getByRole("list", { name: "Waits" })).toHaveCount(0);
  await expectAccessible(page);
  await picture(page, "pools-changed");
  const [declared, declaredCurl] = await commandsOf(api, "As declared");
  await api.getByRole("button", { name: "As declared", exact: true }).click();
  await expect(api).toContainText("3 of 2 in use");
  await expect(api).toContainText("more in use than its size");
  expect(await project.json("pools")).toContainEqual({ name: "api", size: 2, declared: 2 });
  // Each shown command does the same.
  for (const [set, back] of [[command, declared], [curl, declaredCurl]] as const) {
    await project.shell(set);
    await expect(api).toContainText("3 of 3 in use"); // without a reload
    expect(await project.json("pools")).toContainEqual({ name: "api", size: 3, declared: 2 });
    await project.shell(back);
    await expect(api).toContainText("3 of 2 in use");
    expect(await project.json("pools")).toContainEqual({ name: "api", size: 2, declared: 2 });
  }
  project.write("go", "");
  await expect(api).toContainText("0 of 2 in use");
});

test("a size of 0 closes a pool; what else is lacking is said", async ({ page, project }) => {
  await page.goto(project.url + "/pools");
  const api = card(page, "api");
  await api.getByLabel("New size").fill("0");
  await api.getByLabel("New size").press("Tab");
  await page.keyboard.press("Enter");
  await expect(api).toContainText("closed: size 0");
  await project.moondial("run", "Hold", "n=1", "--detach");
  await expect(api.getByRole("list", { name: "Waits" })).toContainText("Hold(n=1)");
  const memory = card(page, "memory");
  await memory.getByLabel("New size").fill("512M");
  await memory.getByRole("button", { name: "Change size", exact: true }).click();
  await expect(memory).toContainText("of 512 MiB");
  await expect(memory.getByRole("list", { name: "Waits" })).toContainText("also lacks api");
  await expect(api.getByRole("list", { name: "Waits" })).toContainText("also lacks memory");
});

test("who holds a lock and who waits for it; names are text", async ({ page, project }) => {
  await page.goto(project.url + "/pools");
  await expect(page.getByText("No lock is held or waited for")).toBeVisible();
  await project.moondial("run", "Locked", "text=<img src=x onerror=alert(1)>", "--detach");
  const lock = card(page, "Lock <b>the lock</b>");
  await expect(lock.getByRole("list", { name: "Holds" })).toContainText("<img src=x onerror=alert(1)>");
  await project.moondial("run", "Locked", "text=2", "--detach");
  await expect(lock.getByRole("list", { name: "Waits" })).toContainText("Locked(text=2)");
  expect(await page.locator("main img, main article b:not(.pool-declared)").count()).toBe(0);
  await expectAccessible(page);
  project.write("go", "");
  await expect(page.getByText("No lock is held or waited for")).toBeVisible();
});

test.describe("without room on the disk", () => {
  test.use({ files: { "pipelines/p.lua": PIPELINE, "moondial.lua": `return { min_free = "900000G" }` } });

  test("what waits for it says where", async ({ page, project }) => {
    await project.moondial("run", "Wide", "--detach");
    await page.goto(project.url + "/pools");
    const waits = page.getByRole("region", { name: "Waiting for disk space" });
    await expect(waits).toContainText("Wide");
    await expect(waits).toContainText(/free/);
    await expectAccessible(page);
  });
});

test.describe("somebody who may only look", () => {
  test.use({ expected: ["401"] });

  test("sees the sizes and cannot change them", async ({ browser, project }) => {
    const token = (await project.json("token", "add", "me", "--role", "viewer")).secret as string;
    const page = await (await browser.newContext()).newPage();
    await page.goto(project.url + "/pools");
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await card(page, "api").getByLabel("New size").fill("1");
    const change = card(page, "api").getByRole("button", { name: "Change size", exact: true });
    await expect(change).toHaveAttribute("title", "This takes the role operator.");
    await expect(change).toBeDisabled();
  });
});

test.describe("without the daemon", () => {
  test.use({ expected: ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE"] });

  test("the last state stays, under a banner, and is caught up", async ({ page, project }) => {
    await page.goto(project.url + "/pools");
    await expect(card(page, "api")).toContainText("0 of 2");
    await project.stop();
    await expect(page.getByRole("alert")).toContainText("does not answer");
    await expect(card(page, "api")).toContainText("0 of 2");
    project.write("pipelines/p.lua", PIPELINE.replace("size = 2", "size = 5"));
    await project.serve();
    await expect(card(page, "api")).toContainText("0 of 5");
  });
});
