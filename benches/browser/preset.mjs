// How long the laboratory's own training takes in a browser: the page as a visitor has it, on as many
// threads as the page is told there are cores.

import { chromium } from "playwright-core";
import { SITE } from "../../tools/build.mjs";
import { findChromium } from "../../tools/chromium.mjs";
import { serve } from "../../tools/serve.mjs";
import { Stop } from "../../tools/shell.mjs";
import { FLAGS } from "./tab.mjs";

/** Appended to the worker: how long it worked each time between two looks at its messages, ms. */
const CLOCK = `
globalThis.slices = [];
const timed = advance;
advance = async (...what) => {
  const began = performance.now();
  await timed(...what);
  globalThis.slices.push(performance.now() - began);
};`;

/**
 * Runs `link` from beginning to end.
 *
 * @param {string} link
 * @param {number} cores
 * @returns {Promise<{ seconds: number, slices: number[], findings: Record<string, string> }>}
 *   its time in all, each slice of work in ms in ascending order, and what came out
 */
export async function runPreset(link, cores) {
  const executablePath = findChromium();
  if (!executablePath) throw new Stop("No Chromium was found: install one, or set CHROMIUM.");
  const server = await serve(SITE);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript((cores) => {
      Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => cores });
    }, cores);
    await context.route("**/www/worker.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${await response.text()}\n${CLOCK}\n` });
    });
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.url + link);
    await page.locator('html[data-lab="ready"]').waitFor({ state: "attached" });
    const began = performance.now();
    await page.locator("#primary").click();
    await page.locator('html[data-state="over"]').waitFor({ state: "attached" });
    const seconds = (performance.now() - began) / 1000;
    const slices = (
      await Promise.all(
        page.workers().map((worker) => worker.evaluate(() => /** @type {any} */ (self).slices)),
      )
    )
      .flatMap((some) => some ?? [])
      .sort((a, b) => a - b);
    const findings = await page
      .locator("[data-metric]")
      .evaluateAll((cells) =>
        Object.fromEntries(
          cells.map((cell) => [
            cell.getAttribute("data-metric") ?? "",
            cell.querySelector("dd")?.getAttribute("data-value") ?? "",
          ]),
        ),
      );
    return { seconds, slices, findings };
  } finally {
    await browser.close();
    await server.close();
  }
}
