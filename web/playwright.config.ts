import { defineConfig } from "@playwright/test";
import { TAB } from "./tests/harness/tab";

// `./dev test` runs these against the binary in MOONDIAL_BIN, in Debian's Chromium. Pictures and
// the report go to MOONDIAL_CONSOLE_REPORT.
const out = process.env["MOONDIAL_CONSOLE_REPORT"] ?? "../build/console-report";

export default defineConfig({
  testDir: "tests",
  testMatch: process.env["MOONDIAL_CONSOLE_BENCH"] ? "*.bench.ts" : "*.spec.ts",
  outputDir: `${out}/results`,
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["html", { outputFolder: `${out}/html`, open: "never" }]],
  use: {
    browserName: "chromium",
    ...TAB,
    // Recording costs a third of the time: MOONDIAL_CONSOLE_TRACE=on, for a test that fails.
    trace: process.env["MOONDIAL_CONSOLE_TRACE"] ? "retain-on-failure" : "off",
    launchOptions: {
      executablePath: process.env["MOONDIAL_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox"], // the tests may run as root
    },
  },
});
