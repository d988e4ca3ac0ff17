// Training on the CPU, in a browser without WebGPU: it learns, and the page does not notice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import {
  answerTime,
  finish,
  goldenCheck,
  inTime,
  learned,
  pictures,
  ready,
  SMALL,
  steps,
  until,
  watchTasks,
  watchWorkers,
} from "./lab.mjs";

/** Least fall of the error of the small network: from the first update to the last 25. */
const FALL = 5;
/** How exact single precision has to be. */
const EXACT = 1e-5;
/** A task of the page's own thread that lasts longer makes it stutter, ms. */
const LONG_TASK = 50;
/** Time in which a cancelled run must have stopped, ms. */
const CANCEL = 100;

test("gradients on the CPU are the specification's", async (t) => {
  const { page } = await open(t);
  await ready(page);
  const { device, gpu, compared, maxError, worst } = await goldenCheck(page, "core");
  t.diagnostic(
    `${device} ${compared} numbers, at most ${maxError.toExponential(1)} off (${worst})`,
  );
  assert.equal(gpu, false);
  assert.ok(compared > 20 && maxError < EXACT);
});

test("without WebGPU the CPU trains, says why, and the error falls", async (t) => {
  const { page } = await open(t, { link: `${SMALL}&device=auto` });
  await ready(page);
  await finish(page);
  const device = await page.locator("#device").innerText();
  assert.match(device, /^Running on the CPU because .*\.$/);
  const { first, last } = await learned(page);
  t.diagnostic(`${device} The error fell from ${first.toFixed(3)} to ${last.toFixed(4)}.`);
  assert.ok(first / last >= FALL, `it fell by ${first / last}`);
  for (const figure of ["error", "wiring", "profile", "tuning"]) {
    const card = page.locator(`#figure-${figure}`);
    await card.scrollIntoViewIfNeeded();
    await page.locator(`#figure-${figure}[data-drawn]`).waitFor();
  }
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, "trained-on-cpu", { fullPage: true });
});

test("whoever asks for WebGPU where there is none is told", async (t) => {
  const { page } = await open(t, { link: `${SMALL}&device=webgpu` });
  await ready(page);
  await page.locator("#primary").click();
  const device = page.locator("#device").filter({ hasText: /\./ });
  await device.waitFor();
  assert.match(
    await device.innerText(),
    /^Running on the CPU, and not on WebGPU as asked, because .*\.$/,
  );
});

test("training leaves the page responsive, and is cancelled at once", async (t) => {
  const { page } = await open(t, {
    link: "#ring-identify?seed=7&device=cpu&neurons=40&hidden=40&batch=8&trajectories=10&tests=4&updates=20000",
    before: watchWorkers,
  });
  await ready(page);
  const tasks = await watchTasks(page);
  await page.locator("#primary").click();
  // Every figure is looked at while it changes.
  for (const figure of ["error", "wiring", "profile", "tuning"]) {
    await page.locator(`#figure-${figure}`).scrollIntoViewIfNeeded({ timeout: 60_000 });
    await page.waitForFunction(
      (id) => Number(document.getElementById(id)?.dataset.drawn) > 2,
      `figure-${figure}`,
    );
  }
  await page.locator("#cancel").scrollIntoViewIfNeeded();
  const count = await page.locator("#count").innerText();
  await page.locator("#cancel").click();
  const ms = await answerTime(page, "cancel");
  await until(page, { state: "over" });
  const stood = await steps(page);
  await pictures(page, 30);
  assert.equal(await steps(page), stood, "nothing goes on");

  const took = await tasks();
  const own = Math.max(...took.map(({ own }) => own));
  const passed = Math.max(...took.map(({ passed }) => passed));
  t.diagnostic(
    `${count}; of ${took.length} tasks of the page the longest took ${own.toFixed(0)} ms ` +
      `of its own, and the slowest ${passed.toFixed(0)} ms by the clock`,
  );
  assert.ok(inTime(t, "the worker stopped", ms, CANCEL));
  assert.ok(own < LONG_TASK, `a task of the page took ${own} ms of its own`);
});

test("a finished training can be started again, and comes to the same", async (t) => {
  // Long enough to be seen running.
  const link = `${SMALL.replace("updates=50", "updates=4000")}&device=cpu`;
  const { page } = await open(t, { link });
  await ready(page);
  await finish(page);
  const error = page.locator("[data-metric='separated: mean squared error'] dd");
  const first = await error.getAttribute("data-value");
  assert.equal(await page.locator("#primary").innerText(), "Start again");
  await page.locator("#primary").click();
  await until(page, { state: "running" });
  await until(page, { state: "over" });
  assert.equal(await error.getAttribute("data-value"), first);
});
