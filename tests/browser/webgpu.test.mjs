// Training on WebGPU: here on an adapter that software imitates, which is slow but exact.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import { amend, finish, goldenCheck, learned, ready, SMALL, until } from "./lab.mjs";

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
