// The contenders of a browser, driven from outside: a headless Chromium with the race's page open.

import { chromium } from "playwright-core";
import { findChromium } from "../../tools/chromium.mjs";
import { serve } from "../../tools/serve.mjs";
import { Stop } from "../../tools/shell.mjs";
import { LANES } from "./lanes.js";

/** @typedef {import("./race.js").Contender} Contender */

/** What a quiet Chromium is started with. */
export const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** WebGPU without a GPU: a Vulkan driver that runs on the CPU. */
const SOFTWARE = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan,WebGPU",
];

/**
 * Opens the page in `folder`.
 *
 * @param {string} folder
 * @returns {Promise<{ version: string, contenders: Contender[], close: () => Promise<void> }>}
 */
export async function openTab(folder) {
  const executablePath = findChromium();
  if (!executablePath) throw new Stop("No Chromium was found: install one, or set CHROMIUM.");
  const server = await serve(folder, { isolated: true });
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...SOFTWARE] });
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`${server.url}race/`);
  await page.waitForFunction("globalThis.lanes");
  const session = await browser.newBrowserCDPSession();

  /** Seconds that processors have worked for the tab and for its graphics. */
  const processors = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const working = processInfo.filter(({ type }) => type === "renderer" || type === "GPU");
    return working.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  /** @param {string} id @param {string} what @param {unknown} [value] @returns {Promise<any>} */
  const ask = (id, what, value) =>
    page.evaluate(
      ([id, what, value]) => /** @type {any} */ (globalThis).lanes[String(id)][String(what)](value),
      [id, what, value],
    );

  const contenders = LANES.map(({ id, name }) => ({
    id,
    name: `${name}, in Chromium`,
    open: (/** @type {unknown} */ size) => ask(id, "open", size),
    async go(/** @type {number} */ updates) {
      const before = await processors();
      const lap = await ask(id, "go", updates);
      return { ...lap, cpu: (await processors()) - before };
    },
    ...(id.startsWith("wasm") ? { peak: () => ask(id, "peak") } : {}),
    close: () => ask(id, "close"),
  }));
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { version: `Chromium ${browser.version()}`, contenders, close };
}
