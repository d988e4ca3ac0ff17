// What every browser test stands on: the built site, served under a sub-path, in a real Chromium.
//
//     test("the ring moves before anyone touches it", async (t) => {
//       const { page } = await open(t, { link: "#ring?seed=7" });
//       …
//     });
//
// A page fails its test at the end if anything at all went wrong in it: an error on its console or
// in its workers, a violation of its security policy, a request to anyone but its own server.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after } from "node:test";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { SITE } from "../../tools/build.mjs";
import { findChromium } from "../../tools/chromium.mjs";
import { serve } from "../../tools/serve.mjs";
import { PYTHON } from "../../tools/setup.mjs";
import { CI, path } from "../../tools/shell.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("node:test").TestContext} TestContext */

const SHOTS = path("target/screenshots");
const DOWNLOADS = path("target/downloads");

/** A site that works here works at any address. */
const BASE = "/some/where/";

/** What a quiet Chromium is started with. */
const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  // Chromium's own sandbox refuses to work for root, which is who tests on a bare machine.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** WebGPU without a GPU: a Vulkan driver that runs on the CPU. */
const WEBGPU = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan,WebGPU",
];

/** The server and the browsers of this test file; started when first needed. */
const shared = {
  /** @type {ReturnType<typeof serve> | undefined} */
  server: undefined,
  /** @type {Map<boolean, Promise<Browser>>} */
  browsers: new Map(),
};

after(async () => {
  for (const browser of shared.browsers.values()) await (await browser).close();
  await (await shared.server)?.close();
});

/** @param {boolean} webgpu */
function browser(webgpu) {
  const running =
    shared.browsers.get(webgpu) ??
    chromium.launch({
      executablePath: findChromium(),
      args: webgpu ? [...FLAGS, ...WEBGPU] : FLAGS,
    });
  shared.browsers.set(webgpu, running);
  return running;
}

/**
 * Opens the page for one test, and closes it after.
 *
 * @param {TestContext} t
 * @param {object} [options]
 * @param {string} [options.link] what follows the address, such as `#ring?seed=7`
 * @param {boolean} [options.webgpu] whether there is a (software) WebGPU adapter
 * @param {boolean} [options.phone] a telephone instead of a desk
 * @param {"light" | "dark"} [options.theme]
 * @param {RegExp[]} [options.expected] faults that this test causes on purpose
 * @param {import("playwright-core").BrowserContextOptions} [options.context] anything else
 * @param {(page: Page) => Promise<unknown>} [options.before] prepares the page before it loads
 * @returns {Promise<{ page: Page, url: string }>}
 */
export async function open(t, options = {}) {
  const { link = "", webgpu = false, phone = false, theme = "light", expected = [] } = options;
  const server = await (shared.server ??= serve(SITE, { base: BASE }));
  const context = await (
    await browser(webgpu)
  ).newContext({
    colorScheme: theme,
    viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    ...(phone ? { deviceScaleFactor: 2, hasTouch: true, isMobile: true } : {}),
    ...options.context,
  });
  const page = await context.newPage();
  const faults = watch(page, new URL(server.url).origin);
  t.after(async () => {
    await context.close();
    const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
    assert.deepEqual(unexpected, [], "the page did something it must not");
  });
  await options.before?.(page);
  const url = server.url + link;
  await page.goto(url);
  return { page, url };
}

/**
 * Collects whatever goes wrong in a page and its workers.
 *
 * @param {Page} page
 * @param {string} origin
 */
function watch(page, origin) {
  /** @type {string[]} */
  const faults = [];
  // Violations of the security policy and files that do not load are console errors, too.
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on("crash", () => faults.push("crash: the tab died"));
  page.context().on("request", (request) => {
    const url = new URL(request.url());
    const own = url.origin === origin || ["data:", "blob:"].includes(url.protocol);
    if (!own) faults.push(`request: ${url}`);
  });
  page.on("websocket", (socket) => faults.push(`request: ${socket.url()}`));
  return faults;
}

/**
 * Does what starts a download, and returns what arrives.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 * @returns {Promise<{ name: string, file: string, bytes: Buffer }>}
 */
export async function download(page, act) {
  const [arriving] = await Promise.all([page.waitForEvent("download"), act()]);
  const name = arriving.suggestedFilename();
  const file = `${DOWNLOADS}/${process.pid}/${name}`;
  await arriving.saveAs(file);
  return { name, file, bytes: await readFile(file) };
}

/**
 * Keeps a picture of the page in `target/screenshots`.
 *
 * @param {Page} page
 * @param {string} name
 * @param {import("playwright-core").PageScreenshotOptions} [options]
 */
export async function shoot(page, name, options = {}) {
  mkdirSync(SHOTS, { recursive: true });
  return page.screenshot({ path: `${SHOTS}/${name}.png`, ...options });
}

/** Fails if axe finds anything that keeps a person out. @param {Page} page */
export async function assertAccessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const { axe } = /** @type {{ axe: typeof import("axe-core") }} */ (
      /** @type {unknown} */ (globalThis)
    );
    return axe.run();
  });
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help} — ${nodes.map(({ target }) => target).join(", ")}`,
  );
  assert.deepEqual(found, [], "axe found something that keeps a person out");
}

/**
 * Why a test that needs Python is left out, if it is: `test("…", { skip: noPython }, …)`.
 * On a machine that tests unattended nothing is left out.
 */
export const noPython = !CI && !existsSync(PYTHON) && "there is no Python to open the files with";

/**
 * Runs a few lines of Python, which see `args` as `sys.argv[1:]`, and returns what they print.
 *
 * @param {string} lines
 * @param {string[]} args
 */
export function python(lines, ...args) {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", lines, ...args], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}
