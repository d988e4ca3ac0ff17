// Training on WebGPU: here on an adapter that software imitates, which is slow but exact.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import {
  amend,
  finish,
  goldenCheck,
  learned,
  reach,
  ready,
  scanCheck,
  SMALL,
  steps,
  stored,
  tellWorker,
  until,
  watchWorkers,
} from "./lab.mjs";

const FALL = 5;
const EXACT = 1e-5;
/** Shaders are compiled on the CPU, too. */
const PATIENCE = 240_000;

test("gradients on WebGPU are the specification's", async (t) => {
  const { page } = await open(t, { webgpu: true });
  await ready(page);
  const began = performance.now();
  const { device, gpu, compared, maxError, worst } = await goldenCheck(page, "gpu");
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(
    `${device} ${compared} numbers, at most ${maxError.toExponential(1)} off (${worst}); ${seconds.toFixed(0)} s`,
  );
  assert.equal(gpu, true);
  assert.ok(compared > 20 && maxError < EXACT);
});

test("every activation, form, readout, noise, price and wiring is on WebGPU what it is on the CPU", async (t) => {
  const { page } = await open(t, { webgpu: true });
  await ready(page);
  await goldenCheck(page, "gpu");
  const began = performance.now();
  const AT_ONCE = 6;
  let [all, furthest] = [AT_ONCE, 0];
  for (let first = 0; first < all; first += AT_ONCE) {
    const { examples, tolerance, worst, what } = await scanCheck(page, first, AT_ONCE);
    // Written so that a NaN fails, too.
    assert.ok(worst <= tolerance, `${worst} off: ${what}`);
    all = examples;
    furthest = Math.max(furthest, worst);
  }
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(
    `${all} networks, at most ${furthest.toExponential(1)} off; ${seconds.toFixed(0)} s`,
  );
  assert.ok(all > 90);
});

test("WebGPU trains when asked to, says so, and the error falls", async (t) => {
  const { page } = await open(t, { webgpu: true, link: `${SMALL}&device=webgpu` });
  await ready(page);
  const began = performance.now();
  await finish(page, PATIENCE);
  const seconds = (performance.now() - began) / 1000;
  const device = await page.locator("#device").innerText();
  assert.match(
    device,
    /^Running on WebGPU.*, as asked; it agrees with the CPU to \S+, where 2e-5 is allowed\.$/,
  );
  const { first, last } = await learned(page);
  t.diagnostic(
    `${device} The error fell from ${first.toFixed(3)} to ${last.toFixed(4)} in ${seconds.toFixed(0)} s.`,
  );
  assert.ok(first / last >= FALL, `it fell by ${first / last}`);
  await shoot(page, "trained-on-webgpu");
});

test("an update is six dispatches, however many steps it has", async (t) => {
  const counted = `
const { prototype } = GPUComputePassEncoder;
const { dispatchWorkgroups } = prototype;
let dispatches = 0;
prototype.dispatchWorkgroups = function (...size) {
  dispatches += 1;
  console.log("dispatches", dispatches);
  return dispatchWorkgroups.apply(this, size);
};`;
  /** How many there are in a run. @param {number} updates @param {number} window */
  const dispatches = async (updates, window) => {
    let last = 0;
    const { page } = await open(t, {
      webgpu: true,
      link: `${SMALL}&device=webgpu`
        .replace(/updates=\d+/, `updates=${updates}`)
        .replace(/window=\d+/, `window=${window}`),
      before: async (page) => {
        page.on("console", (message) => {
          const [, count] = /^dispatches (\d+)$/.exec(message.text()) ?? [];
          last = Math.max(last, Number(count ?? 0));
        });
        await amend(page, "www/builds.js", counted);
      },
    });
    await ready(page);
    await finish(page, PATIENCE);
    return last;
  };
  const few = await dispatches(20, 5);
  for (const window of [5, 50]) {
    const each = ((await dispatches(40, window)) - few) / 20;
    t.diagnostic(`${each} dispatches an update of ${window} steps.`);
    assert.equal(each, 6);
  }
});

test("a device that is destroyed while it trains is replaced, and the run goes on", async (t) => {
  const { page } = await open(t, {
    webgpu: true,
    link: `${SMALL.replace("updates=50", "updates=20000")}&device=webgpu`,
    before: async (page) => {
      await watchWorkers(page);
      await amend(
        page,
        "www/worker.js",
        `
        const { requestDevice } = GPUAdapter.prototype;
        let device;
        GPUAdapter.prototype.requestDevice = async function (...wishes) {
          return (device = await requestDevice.apply(this, wishes));
        };
        addEventListener("message", ({ data }) => {
          if (data.type === "destroy") device.destroy();
        });`,
      );
    },
  });
  await ready(page);
  await page.locator("#primary").click();
  await reach(page, 1, PATIENCE);
  const { step } = await stored(page, 1);
  await reach(page, step + 20, PATIENCE);
  await tellWorker(page, { type: "destroy" });
  const said =
    /failed at step [\d,]+ \(.*\)\. The run goes on from step ([\d,]+), .*set up anew \(attempt 1 of 2\)/;
  const card = page.locator("#card-device").filter({ hasText: said });
  await card.waitFor();
  const from = Number(said.exec(await card.innerText())?.[1]?.replaceAll(",", ""));
  t.diagnostic(await card.innerText());
  assert.ok(from >= step, `it goes on from step ${from}, and step ${step} was stored`);
  await until(page, { state: "running" }, PATIENCE);
  await reach(page, Math.max(from, await steps(page)) + 20, PATIENCE);
  assert.match(await page.locator("#device").innerText(), /^Running on WebGPU/);
});

test("a training on WebGPU that overshoots stops and says why", async (t) => {
  const { page } = await open(t, {
    webgpu: true,
    link: `${SMALL.replace("rate=0.02", "rate=1000")}&device=webgpu`,
  });
  await ready(page);
  await page.locator("#primary").click();
  const card = page.locator("#card-overshot");
  await card.waitFor({ timeout: PATIENCE });
  t.diagnostic(await card.innerText());
  assert.match(
    await card.innerText(),
    /(stopped being finite|vanished) at step \d+.*learning rate of 1,?000 overshoot/s,
  );
});

test("left to itself, the CPU is chosen over software that imitates a GPU", async (t) => {
  const { page } = await open(t, { webgpu: true, link: `${SMALL}&device=auto` });
  await ready(page);
  await finish(page);
  assert.match(
    await page.locator("#device").innerText(),
    /^Running on the CPU because .*software.*\.$/,
  );
  await until(page, { state: "over" });
});

test("an adapter that would make the GPU runtime panic is never let near it", async (t) => {
  const poor = `
const { requestAdapter } = navigator.gpu;
navigator.gpu.requestAdapter = async (...wishes) => {
  const adapter = await requestAdapter.apply(navigator.gpu, wishes);
  return new Proxy(adapter, { get: (_, name) => name === "features" ? new Set() : adapter[name] });
};`;
  const { page } = await open(t, {
    webgpu: true,
    link: `${SMALL}&device=webgpu`,
    before: (page) => amend(page, "www/builds.js", poor),
  });
  await ready(page);
  await finish(page);
  assert.match(
    await page.locator("#device").innerText(),
    /^Running on the CPU, and not on WebGPU as asked, because .* \(timestamp-query\)\.$/,
  );
});

test("where the WebGPU build cannot be fetched, a notice says that the CPU takes over", async (t) => {
  const { page } = await open(t, {
    webgpu: true,
    link: `${SMALL}&device=webgpu`,
    expected: [/Failed to load resource/],
    before: (page) =>
      page.context().route("**/pkg/gpu/*.wasm", (route) => route.fulfill({ status: 404 })),
  });
  await ready(page);
  await finish(page);
  assert.match(
    await page.locator("#card-device").innerText(),
    /\(404\)\); the CPU does the work\./,
  );
  assert.match(await page.locator("#device").innerText(), /^Running on the CPU, and not on WebGPU/);
});
