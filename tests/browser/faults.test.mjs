// What may break while a network trains, broken on purpose: the graphics processor, the worker, the
// tab, a helping worker, the numbers themselves. What full or forbidden storage does is in
// storage.test.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import {
  amend,
  anotherWorker,
  cores,
  finish,
  LONG,
  reach,
  ready,
  share,
  SMALL,
  steps,
  stored,
  tellWorker,
  until,
  watchWorkers,
  words,
} from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("node:test").TestContext} TestContext */

const CPU = `${SMALL}&device=cpu`;
/** A batch that is shared out among threads. */
const SHARED = CPU.replace("trajectories=4", "trajectories=16").replace("batch=4", "batch=16");

/** More work than this is never lost, ms. */
const AT_RISK = 10_000;

/** The error at the end, to the last digit. @param {Page} page */
const result = (page) =>
  page.locator("[data-metric$='mean squared error'] dd").first().getAttribute("data-value");

/**
 * What a training comes to that nothing happens to, on one thread.
 *
 * @param {TestContext} t
 * @param {string} link
 */
async function undisturbed(t, link) {
  const { page } = await open(t, { link, before: (page) => cores(page, 1) });
  await ready(page);
  await finish(page);
  return result(page);
}

/**
 * Opens a training in a page whose WebGPU build is the core build under another name, so that it can
 * be told when the graphics processor fails.
 *
 * @param {TestContext} t
 */
async function openOnGpu(t) {
  const { page } = await open(t, {
    link: LONG.replace("device=cpu", "device=auto"),
    before: async (page) => {
      await watchWorkers(page);
      await page.context().route("**/pkg/gpu/*", async (route) => {
        const url = route.request().url().replace("/pkg/gpu/", "/pkg/core/");
        await route.fulfill({ response: await route.fetch({ url }) });
      });
      await amend(
        page,
        "www/worker.js",
        `
        const adapter = { features: new Set(["timestamp-query"]), info: {} };
        Object.defineProperty(navigator, "gpu", {
          value: { requestAdapter: () => Promise.resolve(adapter) },
          configurable: true,
        });
        addEventListener("message", ({ data }) => {
          if (data.type !== "lose" || !job?.gpu) return;
          const lost = new Error("the graphics processor cannot be used: the device was lost");
          lost.name = "Gpu";
          const trap = new WebAssembly.RuntimeError("unreachable");
          job.run.advance = () => Promise.reject(data.trap ? trap : lost);
        });`,
      );
    },
  });
  await ready(page);
  return page;
}

test("a lost graphics processor is tried twice again, then the CPU goes on", async (t) => {
  const page = await openOnGpu(t);
  await page.locator("#primary").click();
  const card = page.locator("#card-device");
  for (const [attempt, trap] of [false, true, false].entries()) {
    const far = (await steps(page)) + 20;
    await reach(page, far);
    await stored(page, far);
    await tellWorker(page, { type: "lose", trap });
    const then = attempt < 2 ? `set up anew \\(attempt ${attempt + 1} of 2\\)` : "on the CPU";
    const said = new RegExp(
      `failed at step [\\d,]+ \\(.*\\)\\. The run goes on from step [\\d,]+, .*${then}`,
    );
    await card.filter({ hasText: said }).waitFor();
    await until(page, { state: "running" });
  }
  await shoot(page, "gpu-lost");
  await page
    .locator("#device")
    .filter({ hasText: "Running on the CPU because the graphics processor failed three times." })
    .waitFor();
  await reach(page, (await steps(page)) + 20);
  assert.equal(await page.locator("#card-crash").count(), 0);
});

test("a training whose worker is killed at any step ends in the same bits", async (t) => {
  const link = LONG.replace("updates=20000", "updates=2500");
  const expected = await undisturbed(t, link);
  const { page } = await open(t, {
    link,
    before: async (page) => {
      await watchWorkers(page);
      await amend(
        page,
        "www/worker.js",
        `addEventListener("message", ({ data }) => { if (data.type === "kill") close(); });`,
      );
    },
  });
  await ready(page);
  await page.locator("#primary").click();
  const { step } = await stored(page, 2);
  await reach(page, step + 5); // so that the page knows of the checkpoint, too
  await tellWorker(page, { type: "kill" });
  // Nobody answers the pause, so the page replaces the worker.
  await page.locator("#primary").click();
  await page.locator("#card-replaced").waitFor();
  await anotherWorker(page);
  await until(page, { state: "paused" });
  await finish(page);
  assert.equal(await result(page), expected);
});

test("a tab that is killed loses less than ten seconds", async (t) => {
  const { page, url } = await open(t, { link: LONG, expected: [/crash: the tab died/] });
  await ready(page);
  await page.locator("#primary").click();
  const first = await stored(page, 1);
  const second = await stored(page, first.step + 1);
  t.diagnostic(`Checkpoints are ${second.saved - first.saved} ms apart.`);
  assert.ok(second.saved - first.saved < AT_RISK, "this much may be lost");

  const context = page.context();
  const session = await context.newCDPSession(page);
  void session.send("Page.crash").catch(() => {}); // nobody is left to answer
  await page.waitForEvent("crash");
  const next = await context.newPage();
  await next.goto(url);
  await ready(next);
  await next.locator("#resume").click();
  await until(next, { state: "running" });
  await reach(next, second.step + 1);
  await next.close();
});

test("a training that overshoots stops, says why, and goes on more slowly", async (t) => {
  const { page } = await open(t, {
    link: LONG.replace("neurons=60&hidden=60", "neurons=20&hidden=10"),
    before: async (page) => {
      await watchWorkers(page);
      // How soon a rate is too large is up to chance, so the test says when; the next one does not.
      await amend(
        page,
        "www/worker.js",
        `addEventListener("message", ({ data }) => {
          if (data.type !== "overshoot" || !job) return;
          const lost = new Error("the student’s gradient vanished at step 99: updates at a learning rate of 0.02 overshoot");
          lost.name = "Lost";
          job.run.advance = () => Promise.reject(lost);
        });`,
      );
    },
  });
  await ready(page);
  await page.locator("#primary").click();
  const { step } = await stored(page, 20);
  await page.locator("#knob-rate").fill("0.02");
  await page.keyboard.press("Enter");
  await reach(page, (await steps(page)) + 20);
  await tellWorker(page, { type: "overshoot" });
  const card = page.locator("#card-overshot");
  await card.waitFor();
  await until(page, { state: "failed" });
  const said =
    /The run stopped at step ([\d,]+)\s.*(stopped being finite|vanished) at step \d+.*learning rate of 0.02 overshoot/s;
  const text = await card.innerText();
  assert.match(text, said);
  const stood = Number(said.exec(text)?.[1]?.replaceAll(",", ""));
  await shoot(page, "overshot");
  await page.locator("#slower-resume").click();
  await reach(page, stood + 20);
  assert.equal(await card.count(), 0);
  // The link knows what was turned, and when.
  const { steer } = words(await share(page));
  const [, at, rate] = /(\d+)\.rate\.([\d.]+)$/.exec(steer ?? "") ?? [];
  assert.ok(Number(at) >= step && Number(at) <= stood, `${step} ≤ ${steer} ≤ ${stood}`);
  assert.equal(Number(rate), 0.002);
});

test("a training that is lost before its first checkpoint can be started more slowly", async (t) => {
  const { page } = await open(t, { link: CPU.replace("rate=0.02", "rate=1000") });
  await ready(page);
  await page.locator("#primary").click();
  await page.locator("#card-overshot").waitFor();
  await page.locator("#slower-again").click();
  await page
    .locator("#card-overshot")
    .filter({ hasText: /a rate of 10(?!\d)/ })
    .waitFor();
  await page.waitForURL(/[?&]rate=100(\.0)?(&|$)/);
});

for (const [how, breaks] of [
  ["breaks", `setTimeout(() => { throw new Error("the test breaks this hand"); })`],
  ["falls silent", "close()"],
]) {
  test(`a helping worker that ${how} costs no bit of the result`, async (t) => {
    const expected = await undisturbed(t, SHARED);
    const { page } = await open(t, {
      link: SHARED,
      before: async (page) => {
        await cores(page, 3);
        await amend(
          page,
          "www/hand.js",
          `let asked = 0;
          addEventListener("message", ({ data }) => {
            if (data.verb === "ask" && ++asked === 20) ${breaks};
          });`,
        );
      },
    });
    await ready(page);
    await finish(page);
    assert.equal(await result(page), expected);
    await page.locator("#remarks").filter({ hasText: "with one thread less" }).waitFor();
  });
}
