// What visitors do in the laboratory and what they see there, in words that the tests read like.

import { availableParallelism, loadavg } from "node:os";
import { inflateRawSync } from "node:zlib";
import { download } from "./harness.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("node:test").TestContext} TestContext */

// ---- The state of the page -----------------------------------------------------------------------

/**
 * Waits until the page says so: `until(page, { state: "over" })`.
 *
 * @param {Page} page
 * @param {Record<string, string>} wanted the `data-…` attributes of the page
 * @param {number} [timeout] ms
 */
export function until(page, wanted, timeout = 30_000) {
  const marks = Object.entries(wanted).map(([name, value]) => `[data-${name}="${value}"]`);
  return page.locator(`html${marks.join("")}`).waitFor({ state: "attached", timeout });
}

/** Waits until the laboratory can be used. @param {Page} page */
export const ready = (page) => until(page, { lab: "ready" });

/**
 * Follows a link, as if it stood on the page.
 *
 * @param {Page} page
 * @param {string} link such as `#ring?seed=7`
 */
export const visit = (page, link) => page.goto(new URL(link, page.url()).href);

/** The experiments of the catalogue. @param {Page} page @returns {Promise<string[]>} */
export function experiments(page) {
  return page
    .locator("#catalogue-list a")
    .evaluateAll((links) => links.map((link) => link.getAttribute("data-experiment-link") ?? ""));
}

/** How far the run has come. @param {Page} page @returns {Promise<number>} */
export async function steps(page) {
  return Number(await page.locator("html").getAttribute("data-step"));
}

/**
 * Waits until the run has come this far.
 *
 * @param {Page} page
 * @param {number} least
 * @param {number} [timeout] ms
 */
export async function reach(page, least, timeout = 60_000) {
  await page.waitForFunction(
    (least) => Number(document.documentElement.dataset.step) >= least,
    least,
    { timeout },
  );
}

/**
 * Starts the run that is on the page and waits for its end.
 *
 * @param {Page} page
 * @param {number} [timeout] ms
 */
export async function finish(page, timeout = 60_000) {
  await page.locator("#primary").click();
  await until(page, { state: "over" }, timeout);
}

/**
 * Hurries the replay of a shared run to where it was shared, where it pauses.
 *
 * @param {Page} page
 */
export async function skip(page) {
  await page.locator("#skip").click();
  await page.locator("#skip").waitFor({ state: "hidden" });
  await until(page, { state: "paused" });
}

/**
 * Pauses the run on the page.
 *
 * @param {Page} page
 * @returns {Promise<number>} the step at which it stands
 */
export async function pause(page) {
  await page.locator("#primary").click();
  await until(page, { state: "paused" });
  // The worker may have been in the middle of a step.
  let [before, now] = [NaN, await steps(page)];
  while (before !== now) {
    await pictures(page, 12);
    [before, now] = [now, await steps(page)];
  }
  return now;
}

/** Lets the page draw this many pictures. @param {Page} page @param {number} count */
export function pictures(page, count) {
  return page.evaluate(
    (count) =>
      new Promise((done) => {
        const next = () => (count-- > 0 ? requestAnimationFrame(next) : done(undefined));
        next();
      }),
    count,
  );
}

/** A number for what a canvas shows; another number, another picture. @param {Page} page @param {string} [canvas] */
export function look(page, canvas = ".ring-canvas") {
  return page.locator(canvas).evaluate((canvas) => {
    const small = new OffscreenCanvas(64, 64).getContext("2d", { willReadFrequently: true });
    if (!small) throw new Error("There is no second canvas to look with.");
    small.drawImage(/** @type {HTMLCanvasElement} */ (canvas), 0, 0, 64, 64);
    const { data } = small.getImageData(0, 0, 64, 64);
    return data.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
  });
}

/** Whether two pictures that follow each other differ. @param {Page} page */
export async function moves(page) {
  const before = await look(page);
  await pictures(page, 12);
  return (await look(page)) !== before;
}

/** Where the fly faces, in degrees. @param {Page} page */
export async function heading(page) {
  return Number(await page.locator("#ring-slider").getAttribute("aria-valuenow"));
}

/** How far apart two headings are, in degrees, clockwise being positive. @param {number} from @param {number} to */
export const turned = (from, to) => ((((to - from) % 360) + 540) % 360) - 180;

/**
 * Waits until the fly has turned from a heading by an angle within these limits.
 *
 * @param {Page} page
 * @param {number} from degrees
 * @param {[number, number]} limits degrees, clockwise being positive
 */
export async function turns(page, from, limits) {
  await page.waitForFunction(
    ([from, least, most]) => {
      const now = Number(document.getElementById("ring-slider")?.ariaValueNow);
      const turn = ((((now - from) % 360) + 540) % 360) - 180;
      return turn >= least && turn <= most;
    },
    /** @type {const} */ ([from, ...limits]),
  );
}

// ---- Training ------------------------------------------------------------------------------------

/** A network so small that its error falls tenfold in a second or two. Append the device. */
export const SMALL =
  "#ring-identify?seed=7&arm=separated&neurons=20&hidden=10&trajectories=4&tests=2&length=200&window=5&batch=4" +
  "&updates=50&rate=0.02&warm_up=5";

/** A larger one on the CPU, for minutes: it learns longer windows, and many more of them. */
export const LONG = `${SMALL.replace("neurons=20&hidden=10", "neurons=60&hidden=60")
  .replace("window=5", "window=150")
  .replace("rate=0.02", "rate=0.002")
  .replace("updates=50", "updates=20000")}&device=cpu`;

/**
 * Computes the specification's golden network in one of the two builds.
 *
 * @param {Page} page
 * @param {"core" | "gpu"} build
 */
export function goldenCheck(page, build) {
  return page.evaluate(async (build) => {
    const at = (/** @type {string} */ name) => new URL(`pkg/${build}/${name}`, document.baseURI);
    const lab = /** @type {import("../../www/types.js").Core} */ (
      await import(at("attractor_lab.js").href)
    );
    await lab.default({ module_or_path: at("attractor_lab_bg.wasm") });
    return lab.goldenCheck(build === "gpu");
  }, build);
}

/**
 * Compares the graphics processor's scan with the plain form on the CPU: outputs and all gradients of
 * some of the examples that there are.
 *
 * @param {Page} page where `goldenCheck` has loaded the build with WebGPU
 * @param {number} first
 * @param {number} count
 */
export function scanCheck(page, first, count) {
  return page.evaluate(
    async ([first, count]) => {
      const url = new URL("pkg/gpu/attractor_lab.js", document.baseURI).href;
      const lab = /** @type {import("../../www/types.js").Core} */ (await import(url));
      if (!lab.scanCheck) throw new Error("This build has no WebGPU.");
      return lab.scanCheck(first, count);
    },
    [first, count],
  );
}

/**
 * The error at the first update, and the mean over the last twenty-five, from the table of the
 * error's figure.
 *
 * @param {Page} page
 */
export async function learned(page) {
  const { bytes } = await download(page, () =>
    page.locator("#figure-error [data-download=csv]").click(),
  );
  const [head, ...rows] = bytes
    .toString()
    .trim()
    .split(/\r?\n/)
    // A comma inside quotation marks separates nothing.
    .map((line) => line.replace(/"[^"]*"/g, (text) => text.replaceAll(",", ";")).split(","));
  const column = (/** @type {string} */ name) => {
    const at = head.findIndex((title) => title.startsWith(name));
    return rows
      .map((row) => row[at])
      .filter(Boolean)
      .map(Number);
  };
  const errors = column("separated");
  return { first: errors[0] ?? NaN, last: errors.at(-1) ?? NaN };
}

// ---- Links ---------------------------------------------------------------------------------------

/**
 * The link that replays the run on the page.
 *
 * @param {Page} page
 * @returns {Promise<string>} such as `#ring?v=1&seed=7&…`
 */
export async function share(page) {
  await page.locator("#share").click();
  const url = await page.locator("#share-run").inputValue();
  await page.keyboard.press("Escape");
  return new URL(url).hash;
}

/** What a link says, word by word. @param {string} link @returns {Record<string, string>} */
export function words(link) {
  const bare = link.replace(/^#/, "");
  const text = bare.startsWith("z1.")
    ? inflateRawSync(Buffer.from(bare.slice(3), "base64url")).toString()
    : bare;
  const [experiment, query] = text.split("?");
  return { experiment, ...Object.fromEntries(new URLSearchParams(query)) };
}

/** What the address bar says. @param {Page} page */
export const address = (page) => new URL(page.url()).hash;

// ---- The worker ----------------------------------------------------------------------------------

/** @typedef {{ type: string, id: number, told: number, answered: number }} Letter */
/** @typedef {{ workers: Worker[], letters: Letter[] }} Spy what `watchWorkers` keeps */

/**
 * Keeps account of the page's workers and of its letters to them. Call it before the page loads.
 *
 * @param {Page} page
 */
export function watchWorkers(page) {
  return page.addInitScript(() => {
    /** @type {Spy} */
    const spy = { workers: [], letters: [] };
    Object.assign(globalThis, { spy });
    globalThis.Worker = class extends Worker {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        spy.workers.push(this);
        this.addEventListener("message", ({ data }) => {
          const letter = spy.letters.find(({ id }) => id === data.id);
          if (letter && data.type === "reply") letter.answered = performance.now();
        });
      }
      /** @param {any} message @param {any} [rest] */
      postMessage(message, rest) {
        if (message.id) {
          const told = performance.now();
          spy.letters.push({ type: message.type, id: message.id, told, answered: NaN });
        }
        super.postMessage(message, rest);
      }
    };
  });
}

/** What `watchWorkers` keeps. @param {Page} page @returns {Promise<import("playwright-core").JSHandle<Spy>>} */
const spied = (page) => page.evaluateHandle("spy");

/**
 * How long the worker took to answer the last letter of a kind, ms.
 *
 * @param {Page} page
 * @param {string} type
 * @returns {Promise<number>}
 */
export async function answerTime(page, type) {
  const answer = await page.waitForFunction(
    ({ spy, type }) => {
      const letter = spy.letters.findLast((letter) => letter.type === type);
      return letter && letter.answered >= 0 ? { ms: letter.answered - letter.told } : undefined;
    },
    { spy: await spied(page), type },
  );
  return (await answer.jsonValue())?.ms ?? NaN;
}

/**
 * Sends the newest worker a letter that the page would not send.
 *
 * @param {Page} page
 * @param {object} message
 */
export async function tellWorker(page, message) {
  await (
    await spied(page)
  ).evaluate(({ workers }, message) => {
    workers.at(-1)?.postMessage(message);
  }, message);
}

/** Waits until a second worker was started. @param {Page} page */
export async function anotherWorker(page) {
  await page.waitForFunction(({ workers }) => workers.length === 2, await spied(page));
}

/**
 * Serves one of the page's scripts with lines added to its end.
 *
 * @param {Page} page
 * @param {string} script such as `www/worker.js`
 * @param {string} lines
 */
export function amend(page, script, lines) {
  return page.context().route(`**/${script}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}\n${lines}\n` });
  });
}

/**
 * Lets the machine have this many cores, as far as the page can tell. Call it before the page loads.
 *
 * @param {Page} page
 * @param {number} count
 */
export function cores(page, count) {
  return page.addInitScript((count) => {
    Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => count });
  }, count);
}

// ---- What is stored ------------------------------------------------------------------------------

/**
 * Waits until a checkpoint of this step or a later one lies on the disk, and says what its label says.
 *
 * @param {Page} page
 * @param {number} step
 */
export function stored(page, step) {
  return page.evaluate(async (step) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("attractor-lab", { create: true });
    for (const end = performance.now() + 30_000; performance.now() < end;) {
      for await (const [, handle] of /** @type {any} */ (folder).entries()) {
        // A file that is just being written cannot be read: next time.
        const file = await handle.getFile().then(
          (/** @type {File} */ file) => file.arrayBuffer(),
          () => new ArrayBuffer(0),
        );
        const bytes = new Uint8Array(file);
        if (bytes.length < 16) continue;
        const [, , note, rest] = new Uint32Array(bytes.buffer, 0, 4);
        if (bytes.length !== 16 + note + rest) continue; // torn
        /** @type {import("../../www/types.js").StoredRun} */
        const label = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + note)));
        if (label.step >= step) return label;
      }
      await new Promise(requestAnimationFrame);
    }
    throw new Error(`No checkpoint of step ${step} was stored.`);
  }, step);
}

// ---- The page's own thread -----------------------------------------------------------------------

/** @typedef {{ name: string, ph: string, pid: number, tid: number, dur: number, tdur: number, args: { name?: string } }} Traced */

/**
 * Watches the tasks of the page's own thread until the function that it returns is called, which
 * says how long each took, ms: its own time, without waiting for a core that others compute on,
 * and the time that passed.
 *
 * @param {Page} page
 * @returns {Promise<() => Promise<{ own: number, passed: number }[]>>}
 */
export async function watchTasks(page) {
  const browser = page.context().browser();
  await browser?.startTracing(page, { categories: ["toplevel"] });
  return async () => {
    /** @type {{ traceEvents: Traced[] }} */
    const { traceEvents } = JSON.parse(String(await browser?.stopTracing()));
    const thread = (/** @type {Traced} */ { pid, tid }) => `${pid}/${tid}`;
    const own = new Set(
      traceEvents.filter(({ args }) => args.name === "CrRendererMain").map(thread),
    );
    return traceEvents
      .filter((event) => event.ph === "X" && /RunTask/.test(event.name) && own.has(thread(event)))
      .map(({ dur = 0, tdur = 0 }) => ({ own: tdur / 1000, passed: dur / 1000 }));
  };
}

// ---- Time ----------------------------------------------------------------------------------------

/**
 * By how much a time limit is stretched because others compute here, too: 1 on a quiet machine.
 * Limits are those of a machine that does nothing else.
 */
export function slack() {
  return Math.max(1, loadavg()[0] / availableParallelism());
}

/**
 * Prints a measured time, with what it is allowed to be, and says whether it is.
 *
 * @param {TestContext} t
 * @param {string} what
 * @param {number} ms
 * @param {number} most ms, on a quiet machine
 */
export function inTime(t, what, ms, most) {
  const factor = slack();
  const busy = factor > 1.2 ? `, allowed ${factor.toFixed(1)} times that on this busy machine` : "";
  t.diagnostic(`${what}: ${ms.toFixed(0)} ms (at most ${most} ms${busy})`);
  return ms <= most * factor;
}
