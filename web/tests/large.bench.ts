// A run of 5,000 tasks, and a log of 100,000 lines: that they can be read and moved, and what that costs. The numbers are printed
// and kept with the report; no test hangs on them.

import { appendFileSync, mkdirSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, picture, test } from "./harness/test";

const PIPELINE = `
local layers = {}
for layer = 1, 20 do
  layers[layer] = task("grid.Layer" .. layer) {
    params = { i = param.int },
    requires = layer > 1 and function(t)
      local before = layers[layer - 1]
      return { before{ i = t.i }, before{ i = (t.i * 7) % 250 }, before{ i = (t.i + 1) % 250 } }
    end or nil,
    output = mark(),
    run = function(t) if layer == 12 and t.i == 99 then error("no luck") end end,
  }
end
task "Loud" { run = function() for i = 1, 100000 do print("line " .. i .. " of many, with some words to make it as long as lines are") end end }
task "grid.All" { requires = function() return each(0, 249, function(i) return layers[20]{ i = i } end) end, run = function() end }
`;

test.use({ files: { "pipelines/grid.lua": PIPELINE } });
test.setTimeout(240_000);

function note(text: string): void {
  const out = process.env["MOONDIAL_CONSOLE_REPORT"] ?? "../build/console-report";
  mkdirSync(out, { recursive: true });
  appendFileSync(`${out}/numbers.txt`, text + "\n");
  console.log(text);
}

/** Times between frames, in ms, while `act` goes on. */
async function frames(page: Page, what: string, act: () => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { frameTimes: times });
    const tick = (now: number) => {
      times.push(now);
      if ("frameTimes" in window) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await act();
  const times = await page.evaluate(() => {
    const { frameTimes } = window as unknown as { frameTimes: number[] };
    Reflect.deleteProperty(window, "frameTimes");
    return frameTimes;
  });
  const gaps = times.slice(1).map((at, place) => at - times[place]!).sort((a, b) => a - b);
  const at = (part: number) => gaps[Math.min(gaps.length - 1, Math.floor(part * gaps.length))]!.toFixed(1);
  const mean = gaps.reduce((sum, one) => sum + one, 0) / gaps.length;
  note(`${what}: ${gaps.length} frames, mean ${mean.toFixed(1)} ms (${(1000 / mean).toFixed(0)} fps), median ${at(0.5)}, 95% ${at(0.95)}, worst ${at(1)} ms`);
}

async function drag(page: Page): Promise<void> {
  const box = (await page.locator("canvas").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 150; ++step) {
    await page.mouse.move(x + 150 * Math.sin(step / 12), y + 100 * Math.sin(step / 9));
  }
  await page.mouse.up();
}

/** When what matters was there, since the address was asked for. */
async function opening(page: Page, url: string, what: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(url);
  await page.locator("canvas[data-ready=true]").waitFor();
  const [first, ready] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    performance.getEntriesByName("graph-painted")[0]?.startTime ?? NaN,
  ]);
  note(`${what}: first paint ${first!.toFixed(0)} ms, graph painted ${ready!.toFixed(0)} ms after the navigation`);
}

test("5,000 tasks are read and moved", async ({ page, project }) => {
  const ran = await project.json("run", "grid.All");
  expect(ran.counts.done).toBeGreaterThan(2000);
  await opening(page, project.url + "/runs/1", "by name");
  const canvas = page.locator("canvas");
  await expect(canvas).toHaveAttribute("data-nodes", "21");
  await picture(page, "run-large-folded");
  await frames(page, "panning 21 names", () => drag(page));

  await opening(page, project.url + "/runs/1?by=task", "by task");
  await expect(canvas).toHaveAttribute("data-nodes", "5001");
  await picture(page, "run-large");
  await frames(page, "panning 5,001 tasks, all in sight", () => drag(page));
  for (let step = 0; step < 9; ++step) await page.keyboard.press("+");
  await picture(page, "run-large-near");
  await frames(page, "panning 5,001 tasks, from near", () => drag(page));

  await page.getByLabel("Find a task or an error…").fill("no luck");
  await expect(page.getByText("1 of 5001 tasks")).toBeVisible();
  await page.getByLabel("Find a task or an error…").press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "grid.Layer12(i=99), failed" })).toBeAttached();
  await page.getByRole("tab", { name: "Gantt" }).click();
  await page.getByLabel("Find a task or an error…").fill("");
  await expect(page.getByText(/Critical path: \d+ tasks/)).toBeVisible();
  await picture(page, "run-large-gantt");
  await frames(page, "scrolling the Gantt of it", async () => {
    await page.locator(".gantt-scroller").hover();
    for (let step = 0; step < 100; ++step) await page.mouse.wheel(0, 300);
  });
});

test("100,000 lines are read and searched", async ({ page, project }) => {
  expect((await project.moondial("run", "Loud")).code).toBe(0);
  await page.goto(project.url + "/attempts/1");
  const log = page.getByRole("log");
  await expect(log.getByText("line 100000 of many")).toBeVisible();
  note(`a log of 100,000 lines: its end is shown ${await page.evaluate(() => performance.now().toFixed(0))} ms after the navigation`);
  await frames(page, "scrolling 100,000 lines", async () => {
    await log.hover();
    for (let step = 0; step < 100; ++step) await page.mouse.wheel(0, -2000);
  });
  await page.getByLabel("Find in the log…").fill("line 5000 ");
  await expect(page.getByText("1 of 1", { exact: true })).toBeVisible();
  await expect(log.locator("[aria-current]")).toContainText("line 5000 of many");
});
