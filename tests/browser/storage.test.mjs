// Nothing is lost: checkpoints, reloads, blocked and damaged storage, workers that die or hang.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import {
  amend,
  anotherWorker,
  inTime,
  LONG,
  pause,
  reach,
  ready,
  share,
  skip,
  steps,
  stored,
  tellWorker,
  until,
  watchWorkers,
  words,
} from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("node:test").TestContext} TestContext */

/** What a test may do to a worker from outside, added to the worker's script. */
const WEAKNESSES = `
addEventListener("message", ({ data }) => {
  if (data.type === "hang") for (;;);
  if (data.type === "trap" && job)
    job.run.advance = () => Promise.reject(new WebAssembly.RuntimeError("unreachable"));
});`;

/**
 * Opens the page with a worker that a test can make hang or break.
 *
 * @param {TestContext} t
 * @param {string} link
 */
async function openWeak(t, link) {
  const before = async (/** @type {Page} */ page) => {
    await watchWorkers(page);
    await amend(page, "www/worker.js", WEAKNESSES);
  };
  const { page } = await open(t, { link, before });
  await ready(page);
  return page;
}

/**
 * Lets a ring come this much further, and pauses it, so that it is stored.
 *
 * @param {Page} page
 * @param {number} further
 * @returns {Promise<number>} the step of the checkpoint
 */
async function store(page, further) {
  await reach(page, (await steps(page)) + further);
  const stood = await pause(page);
  await stored(page, stood);
  return stood;
}

/**
 * Changes one byte in the middle of stored checkpoints.
 *
 * @param {Page} page
 * @param {number} most how many of them, the newest first
 */
function damage(page, most) {
  return page.evaluate(async (most) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("attractor-lab");
    const files = [];
    for await (const [, handle] of /** @type {any} */ (folder).entries()) {
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      files.push({ handle, bytes, sequence: new DataView(bytes.buffer).getUint32(4, true) });
    }
    files.sort((a, b) => b.sequence - a.sequence);
    for (const { handle, bytes } of files.slice(0, most)) {
      bytes[bytes.length - 20] ^= 1;
      const out = await handle.createWritable();
      await out.write(bytes);
      await out.close();
    }
    return files.length;
  }, most);
}

/** Stores a ring twice. @param {Page} page */
async function storeTwice(page) {
  await store(page, 10);
  await page.locator("#primary").click();
  await store(page, 10);
}

test("a paused ring can be resumed after a reload, bit for bit", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  const stood = await store(page, 30);
  await page.reload();
  await ready(page);
  const resume = page.locator("#resume");
  await resume.waitFor();
  assert.equal(await resume.innerText(), `Resume from step ${stood}`);
  await shoot(page, "resume");
  await resume.click();
  await reach(page, stood + 10);
  await pause(page);

  // Whoever runs it without a break comes to the same.
  const { page: other } = await open(t, { link: await share(page) });
  await skip(other);
  await other.locator("#card-verdict.good").filter({ hasText: "bit for bit" }).waitFor();
});

test("a training that was cut off by a reload goes on from its checkpoint", async (t) => {
  const { page } = await open(t, { link: LONG });
  await ready(page);
  await page.locator("#primary").click();
  await reach(page, 20);
  await stored(page, 20);
  await page.reload();
  await ready(page);
  const resume = page.locator("#resume");
  await resume.waitFor();
  const from = Number(/[\d,]+$/.exec(await resume.innerText())?.[0].replaceAll(",", ""));
  assert.ok(from > 4, `the checkpoint is of step ${from}`);
  await resume.click();
  await reach(page, from + 20);
  await page.locator("#figure-error").waitFor();
  await page.locator("[data-open=stored]").click();
  await page.locator("#stored-list li").waitFor();
  assert.match(await page.locator("#stored-mode").innerText(), /Nothing leaves this device\.$/);
  await shoot(page, "stored");
  await page.locator("#erase").click();
  await page.locator("#stored-mode").filter({ hasText: "Nothing is stored" }).waitFor();
});

test("a damaged checkpoint gives way to the one before", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await storeTwice(page);
  assert.equal(await damage(page, 1), 2);
  await page.reload();
  await page.locator("#resume").click();
  await until(page, { state: "running" });
  await reach(page, (await steps(page)) + 10);
  assert.equal(await page.locator("#card-crash").count(), 0);
});

test("when every checkpoint is damaged, a sentence says so and a fresh start works", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await storeTwice(page);
  await damage(page, 2);
  await page.reload();
  await page.locator("#resume").click();
  const card = page.locator("#card-crash");
  await card.waitFor();
  assert.match(
    await card.innerText(),
    /The stored run cannot be taken up again: the checkpoint cannot be opened: it is damaged/,
  );
  await shoot(page, "damaged");
  await page.locator("#crash-again").click();
  await until(page, { state: "running" });
  await reach(page, 5);
});

test("without storage everything works, and a notice says what that means", async (t) => {
  const { page } = await open(t, {
    link: LONG,
    before: (page) =>
      amend(
        page,
        "www/slots.js",
        `navigator.storage.getDirectory = () => Promise.reject(new DOMException("no", "SecurityError"));`,
      ),
  });
  await ready(page);
  await page.locator("#primary").click();
  await reach(page, 20);
  await page.locator("#primary").click();
  const card = page.locator("#card-storage");
  await card.waitFor();
  assert.match(await card.innerText(), /keeps nothing here/);
  await shoot(page, "no-storage");
  await page.locator("#primary").click();
  await reach(page, (await steps(page)) + 20);
  await page.locator("[data-open=stored]").click();
  await page.locator("#stored-mode").filter({ hasText: "keeps nothing for this page" }).waitFor();
});

test("on a full device the run goes on, and a notice says so", async (t) => {
  const { page, url } = await open(t, { link: LONG });
  await ready(page);
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(url);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  await page.locator("#primary").click();
  await reach(page, 20);
  await page.locator("#primary").click();
  const card = page.locator("#card-storage");
  await card.waitFor();
  assert.match(await card.innerText(), /cannot be stored on this device \(.*\); it goes on/);
  await page.locator("#primary").click();
  await reach(page, (await steps(page)) + 20);
  await session.send("Storage.overrideQuotaForOrigin", { origin });
});

test("a worker that hangs is replaced, and the run goes on", async (t) => {
  const page = await openWeak(t, "#ring?seed=7");
  const stood = await store(page, 30);
  await page.locator("#primary").click();
  await reach(page, stood + 5);

  await tellWorker(page, { type: "hang" });
  const began = performance.now();
  await page.locator("#primary").click();
  const card = page.locator("#card-replaced");
  await card.waitFor();
  assert.ok(inTime(t, "replaced after", performance.now() - began, 2500));
  assert.match(await card.innerText(), /the run goes on from step \d+/);
  await shoot(page, "replaced");
  await anotherWorker(page);
  await until(page, { state: "paused" });
  await page.locator("#primary").click();
  await reach(page, stood + 5);
});

test("a hanging worker does not keep the visitor from cancelling", async (t) => {
  const page = await openWeak(t, LONG);
  await page.locator("#primary").click();
  await reach(page, 20);
  await tellWorker(page, { type: "hang" });
  await page.locator("#cancel").click();
  await until(page, { state: "over" });
  await anotherWorker(page);
  await page.locator("#primary").click();
  await reach(page, 10);
});

test("a crash shows a card with a report, and offers to resume", async (t) => {
  const page = await openWeak(t, "#ring?seed=7");
  const stood = await store(page, 30);
  await page.locator("#primary").click();
  await reach(page, stood + 5);

  await tellWorker(page, { type: "trap" });
  const card = page.locator("#card-crash");
  await card.waitFor();
  await until(page, { state: "failed" });
  assert.match(await card.innerText(), /The run broke off at step \d+/);
  await card.locator("summary").click();
  const report = await card.locator("textarea").inputValue();
  for (const part of [/Attractor Lab \d/, /#ring\?.*seed=7/, /unreachable/, /Mozilla/]) {
    assert.match(report, part);
  }
  await shoot(page, "crash");
  await page.locator("#crash-resume").click();
  await until(page, { state: "running" });
  await reach(page, stood + 10);
  assert.equal(await card.count(), 0);
});

test("where no worker can be started, the text stays and a card says so", async (t) => {
  const { page } = await open(t, {
    expected: [/Failed to load resource/, /worker\.js/],
    before: (page) =>
      page.context().route("**/www/worker.js", (route) => route.fulfill({ status: 404 })),
  });
  const card = page.locator("#card-lost");
  await card.waitFor();
  assert.match(await card.innerText(), /worker cannot be started/);
  assert.ok(await page.locator("#explanation").isVisible());
});

test("nothing is left behind by visitors in a hurry", async (t) => {
  const { page } = await open(t, { before: watchWorkers });
  await ready(page);
  // Faster than any answer comes, through every experiment and button.
  await page.evaluate(async () => {
    const links = [...document.querySelectorAll("#catalogue-list a")];
    for (let i = 0; i < 60; i++) {
      const buttons = ["primary", "step", "reset", "cancel"].map((id) =>
        document.getElementById(id),
      );
      /** @type {HTMLElement} */ (i % 3 ? buttons[i % 4] : links[i % links.length]).click();
      if (i % 5 === 0) await new Promise(requestAnimationFrame);
    }
  });
  await page.locator("#catalogue-list [data-experiment-link=ring]").click();
  await until(page, { experiment: "ring", state: "running" });
  await reach(page, 10);
  await pause(page);
  assert.ok(Number(words(await share(page)).steps) >= 10, "one run, and it answers");
});

test("a run that is open in another tab is taken up as a copy, and both go on", async (t) => {
  const { page, url } = await open(t, { link: LONG });
  await ready(page);
  await page.locator("#primary").click();
  const { run } = await stored(page, 2);
  const other = await page.context().newPage();
  await other.goto(url);
  await ready(other);
  await other.locator("#resume").click();
  const card = other.locator("#card-copy");
  await card.waitFor();
  assert.match(await card.innerText(), /open in another tab, too: here a copy of it goes on/);
  await reach(other, (await steps(other)) + 10);
  await pause(other);
  await other.locator("[data-open=stored]").click();
  const theirs = other.locator(`#stored-list [data-run="${run}"]`);
  await theirs.filter({ hasText: "open in another tab" }).waitFor();
  assert.equal(await other.locator("#stored-list li").count(), 2, "the run and its copy");
  await other.locator("#erase").click();
  await other.locator("#stored-mode").filter({ hasText: "One run" }).waitFor();
  assert.ok(await theirs.isVisible(), "what another tab works at is not deleted");
  await shoot(other, "two-tabs");
  await other.close();
  await page.bringToFront();
  await reach(page, (await steps(page)) + 10);
});

test("the browser is asked to keep what a training stored, once", async (t) => {
  const { page } = await open(t, {
    link: LONG,
    before: (page) =>
      page.addInitScript(() => {
        const { dataset } = document.createElement("p");
        dataset.asked = "0";
        Object.assign(globalThis, { spied: dataset });
        navigator.storage.persist = async () => {
          dataset.asked = String(Number(dataset.asked) + 1);
          return true;
        };
      }),
  });
  await ready(page);
  const asked = () => page.evaluate(() => /** @type {any} */ (globalThis).spied.asked);
  assert.equal(await asked(), "0");
  await page.locator("#primary").click();
  await stored(page, 1);
  await stored(page, await pause(page));
  assert.equal(await asked(), "1");
});
