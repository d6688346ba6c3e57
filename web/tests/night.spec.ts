// A night of the repository's own pipelines, with one failure, one retry and one SLA at risk; and what
// every page of the console shows of it.

import type { Page } from "@playwright/test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "../src/shell/pages";
import { Project } from "./harness/project";
import { expect, expectAccessible, picture, test as base } from "./harness/test";

const NIGHT = `
local function stock_value(rows)
  local value = 0
  for _, row in ipairs(rows) do
    local price = row.price
    value = value + row.pieces * price.fen
  end
  return value
end

task "shop.Stock" {
  doc    = "What lies in the shop's store, and what it is worth",
  params = { date = param.date },
  run    = function(t)
    local rows = {
      { article = "lamp", pieces = 12, price = { fen = 25900 } },
      { article = "desk", pieces = 3 },
    }
    emit{ value = stock_value(rows) }
  end,
}

task "shop.Backup" {
  doc   = "Copies the shop's database to the other house",
  takes = "3h",
  run   = function()
    progress(0.35, "table 14 of 40: order_lines")
    sleep "1h"
  end,
}

schedule "sem" {
  doc = "The search-marketing report", cron = "30 1 * * *", sla = "06:00",
  start = function() return tasks.sem.Report{ date = "2015-09-18" } end,
}
schedule "flights" {
  doc = "The month's report of flights", cron = "0 3 2 * *", sla = "2h",
  start = function() return tasks.flights.MonthReport{ month = "2001-01" } end,
}
schedule "stock" {
  doc = "The shop's store", cron = "15 2 * * *",
  start = function() return tasks.shop.Stock{ date = "2015-09-18" } end,
}
schedule "backup" {
  doc = "Runs beside all others", cron = "0 4 * * *", sla = "90m", paused = true,
  start = function() return tasks.shop.Backup{} end,
}
`;

const test = base.extend<{ project: Project }>({
  project: async ({}, use) => {
    const project = new Project({ "moondial.lua": `return { timezone = "Asia/Shanghai" }` });
    project.copy("pipelines");
    project.copy("lib");
    project.write("pipelines/night.lua", NIGHT);
    await project.serve();
    await use(project);
    await project.remove();
  },
});

/** What the addresses of pages are filled with. */
interface Night {
  runs: string;
  tasks: string;
  attempts: string;
  schedules: string;
}

async function fire(project: Project, schedule: string, state: string): Promise<number> {
  const { run } = await project.json("trigger", schedule);
  await expect.poll(async () => (await project.json("show", String(run))).state, { timeout: 60_000 }).toBe(state);
  return run;
}

async function spendNight(project: Project): Promise<Night> {
  await project.moondial("backfill", "sem.Report", "date=2015-09-15..2015-09-17");
  const sem = await fire(project, "sem", "done");
  await fire(project, "flights", "done");
  const stock = await fire(project, "stock", "failed");
  await fire(project, "backup", "running");
  const tried = (await project.json("show", String(sem))).tasks.filter((task: any) => task.attempts.length > 1);
  expect(tried.map((task: any) => task.id)).toEqual(["sem.FetchCost(date=2015-09-18,engine=so360)"]);
  const failed = (await project.json("show", String(stock))).tasks[0].attempts[0];
  return { runs: String(sem), tasks: "sem.FetchCost", attempts: String(failed.attempt_id), schedules: "sem" };
}

/** Each page has an address in such a night; a new one that has none fails here. */
function addresses(night: Night): { name: string; address: string }[] {
  return ROUTES.map(({ path }) => {
    const filled = path.replace(/^\/(\w+)\/:\w+$/, (_, kind: keyof Night) => {
      expect(night[kind], path).toBeTruthy();
      return `/${kind}/${night[kind]}`;
    });
    expect(filled).not.toContain(":");
    return { name: path.replaceAll(/[/:]+/g, "-").replace(/^-/, "") || "tonight", address: filled };
  });
}

async function look(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
  await expect(page.locator("main .loading")).toHaveCount(0);
  await expect(page.locator(".graph-board canvas:not([data-painted])")).toHaveCount(0);
}

/** Of words that are no names: what a Chinese page may have. */
const LATIN = new Set(("SLA UTC GMT API CPU CSV JSON cron moondial curl Lua Enter Esc Shift Ctrl Tab " +
  "overlap catchup start complete min_free none last all skip queue parallel cancel English cpu memory lib KiB MiB GiB").split(" "));

/** What a page says in words of another language, where it is neither code nor what the project has named. */
async function foreignWords(page: Page, project: string): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const found = new Set<string>();
    const OWN = ".mono, code, pre, .folded, script, noscript, style, option[value='en']";
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement!;
      if (element.closest(OWN)) continue;
      if (node instanceof Text) found.add(node.data.trim());
      else for (const name of ["title", "aria-label", "placeholder"]) found.add((node as Element).getAttribute(name)?.trim() ?? "");
    }
    return [...found];
  });
  const named = (word: string) => LATIN.has(word) || new RegExp(`\\b${word}\\b`).test(project);
  return texts.flatMap((text) => {
    if (project.includes(text)) return [];
    const rest = text.replace(/[\w.]+\([^)]*\)/g, "").replace(/[\w~-]+([./:=][\w~-]+)+/g, "");
    const words = rest.match(/[A-Za-z]{3,}/g) ?? [];
    // A name in a sentence is one word; more than that is a sentence.
    return words.length > 0 && !words.every(named) ? [text] : [];
  });
}

test("a night with one failure, one retry and one SLA at risk, on every page", async ({ page, project }) => {
  test.setTimeout(240_000);
  const night = await spendNight(project);
  await look(page, project.url + "/");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("1 failure is not made good and 1 schedule is at risk.");
  await expect(page.getByRole("region", { name: "Failed, and not made good" })).toContainText("attempt to index a nil value (local 'price')");
  await expect(page.getByRole("region", { name: "Late or at risk" })).toContainText("backup");
  await expect(page.getByRole("region", { name: "Runs now" })).toContainText("table 14 of 40: order_lines");
  await expect(page.getByRole("region", { name: "Comes next" })).toContainText("sem");
  await expectAccessible(page);
  expect(await page.locator("main").evaluate((one) => one.scrollHeight - one.clientHeight)).toBeLessThanOrEqual(0);

  for (const { name, address } of addresses(night)) {
    await look(page, project.url + address);
    await picture(page, `night-${name}`);
  }
  await look(page, project.url + "/");
  await page.getByLabel("Hours before and after now").selectOption("1");
  await picture(page, "night-tonight-near");
  await look(page, project.url + "/errors");
  await page.getByRole("button", { name: /attempt to index/ }).click();
  await picture(page, "night-errors-open");
  await look(page, project.url + "/scripts?file=pipelines/night.lua&line=6");
  await expect(page.getByRole("article")).toContainText("local price = row.price");
  await picture(page, "night-scripts-file");
  await page.getByLabel("Language").selectOption("zh");
  // All that the project says: what stands on a page of it is no word of the console.
  const text = ["pipelines", "lib"].flatMap((folder) =>
    readdirSync(join(project.root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".lua"))
      .map((file) => readFileSync(join(project.root, folder, file), "utf8"))).join("\n");
  await page.setViewportSize({ width: 390, height: 844 });
  for (const { name, address } of addresses(night)) {
    await look(page, project.url + address);
    await picture(page, `night-phone-${name}`);
    expect(await foreignWords(page, text), address).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), address).toBeLessThanOrEqual(390);
  }
});
