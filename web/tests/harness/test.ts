// What the tests are written with: a project, its daemon, and a page that is signed in.

import { type CDPSession, type Locator, type Page, expect, test as base } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Project } from "./project";
import { TAB } from "./tab";

interface Fixtures {
  /** The files of the project; set it by test.use. */
  files: Record<string, string>;
  project: Project;
  /** Signed in, at the first page if `begins`. Anything that it complains of fails the test. */
  page: Page;
  /** False: the test goes to a page of its own before it does anything else. */
  begins: boolean;
  /** Complaints of the page that the test expects: parts of their texts. */
  expected: string[];
}

interface Tab {
  page: Page;
  devtools: CDPSession;
}

interface WorkerFixtures {
  /** One tab for all tests of a worker: a new one for each would compile the console again and again. */
  tab: Tab;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  tab: [
    async ({ browser }, use) => {
      const context = await browser.newContext({ ...TAB, reducedMotion: "reduce" });
      const page = await context.newPage();
      await use({ page, devtools: await context.newCDPSession(page) });
      await context.close();
    },
    { scope: "worker" },
  ],
  files: [{}, { option: true }],
  expected: [[], { option: true }],
  begins: [true, { option: true }],
  project: async ({ files }, use) => {
    const project = new Project(files);
    await project.serve();
    await use(project);
    await project.remove();
  },
  page: async ({ tab, project, expected, begins }, use) => {
    const { page } = tab;
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    const signIn = await project.signInUrl();
    if (begins) {
      await begin(page, signIn);
    } else {
      expect((await page.context().request.get(signIn, { maxRedirects: 0 })).status()).toBe(303);
    }
    await use(page);
    const unexpected = complaints.filter((text) => !expected.some((part) => text.includes(part)));
    await leave(tab, project.url);
    expect(unexpected).toEqual([]);
  },
});

/** Leaves the tab as a new one is: nothing of one test is there in the next. */
async function leave({ page, devtools }: Tab, origin: string): Promise<void> {
  page.removeAllListeners();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.goto("about:blank");
  await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes: "cookies,local_storage" });
  await page.context().clearCookies();
  await page.setViewportSize(TAB.viewport);
}

/** Goes to a page, and waits until it listens to keys. */
export async function begin(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByRole("navigation", { name: /^(Pages|页面)$/ })).toBeVisible();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** That axe finds nothing that keeps somebody out, in either theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => (document.documentElement.dataset["theme"] = name), theme);
    const found = await page.evaluate(async ({ source, rules }) => {
      if (!("axe" in window)) new Function(source)();
      const { violations } = await (window as any).axe.run({ ...rules, resultTypes: ["violations"], preload: false });
      return violations.map((one: any) => `${one.id}: ${one.nodes.map((node: any) => node.html).join("\n  ")}`);
      // Of a theme only the colours are another.
    }, { source: AXE, rules: theme === "light" ? {} : { runOnly: ["color-contrast"] } });
    expect(found, theme).toEqual([]);
  }
}

/** What a button does, as the commands that it shows: in a terminal, and with curl. */
export async function commandsOf(scope: Page | Locator, label: string): Promise<[string, string]> {
  await scope.getByRole("button", { name: `${label}: as a command` }).click();
  const page = "page" in scope ? scope.page() : scope;
  const texts = await page.locator(".popover:popover-open code").allTextContents();
  await page.keyboard.press("Escape");
  return [texts[0]!, texts[1]!];
}

/**
 * A picture of the page in both themes, kept as output of the build: of a night, and with
 * MOONDIAL_CONSOLE_PICTURES=all whatever a test has before it. A third of the time goes into them.
 */
export async function picture(page: Page, name: string): Promise<void> {
  if (!name.startsWith("night") && process.env["MOONDIAL_CONSOLE_PICTURES"] !== "all") return;
  const out = process.env["MOONDIAL_CONSOLE_REPORT"] ?? "../build/console-report";
  for (const theme of ["light", "dark"]) {
    await page.evaluate((one) => (document.documentElement.dataset["theme"] = one), theme);
    await page.screenshot({ path: `${out}/pictures/${name}-${theme}.png` });
  }
}

export { expect };
