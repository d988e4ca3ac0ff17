// The first seconds: what a visitor finds on opening the page, even where it cannot run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import { inTime, look, moves, ready, until } from "./lab.mjs";

/** From asking for the page to the first picture that moved, ms: at most, with a warm cache. */
const FIRST_PICTURE = 2000;

test("the catalogue lists every experiment as a question", async (t) => {
  const { page } = await open(t);
  await ready(page);
  for (const list of ["#catalogue-list", "#menu-list"]) {
    const links = page.locator(`${list} [data-experiment-link]`);
    const questions = await links.allTextContents();
    assert.ok(questions.length >= 4, `${list} has ${questions.length} entries`);
    for (const question of questions) assert.match(question, /\?$/);
    assert.equal(new Set(questions).size, questions.length, "each question is asked once");
  }
  const first = page.locator("#catalogue-list a").first();
  assert.equal(await first.getAttribute("aria-current"), "page");
  assert.equal(await page.locator("#question").textContent(), await first.textContent());
});

test("every question of the catalogue opens its experiment, with knobs and words", async (t) => {
  const { page } = await open(t);
  await ready(page);
  const links = page.locator("#catalogue-list a");
  for (let each = 0; each < (await links.count()); each++) {
    const link = links.nth(each);
    const id = (await link.getAttribute("data-experiment-link")) ?? "";
    await link.click();
    await until(page, { experiment: id });
    assert.equal(await page.locator("#question").textContent(), await link.textContent());
    assert.ok((await page.locator("[data-knob]").count()) > 2, `${id} has knobs`);
    assert.ok((await page.locator("#explanation").innerText()).length > 500, `${id} is explained`);
    assert.ok((await page.locator("#explanation math").count()) > 0, `${id} shows its equations`);
    assert.match(await page.locator("#explanation").innerText(), /Sources/i);
  }
});

test("the ring moves before anyone touches it, and soon", async (t) => {
  const { page } = await open(t, {
    before: (page) =>
      page.addInitScript(() => {
        // When the page's picture changed for the third time, it moves.
        const small = new OffscreenCanvas(32, 32).getContext("2d", { willReadFrequently: true });
        const seen = new Set();
        const watch = () => {
          const canvas = document.querySelector(".ring-canvas");
          if (small && canvas instanceof HTMLCanvasElement && canvas.width > 1) {
            small.clearRect(0, 0, 32, 32);
            small.drawImage(canvas, 0, 0, 32, 32);
            seen.add(small.getImageData(0, 0, 32, 32).data.join());
          }
          if (seen.size < 4) requestAnimationFrame(watch);
          else document.documentElement.dataset.moved = String(performance.now());
        };
        requestAnimationFrame(watch);
      }),
  });
  const moved = async () => {
    await page.locator("html[data-moved]").waitFor({ state: "attached" });
    return Number(await page.locator("html").getAttribute("data-moved"));
  };
  inTime(t, "first moving picture, cold", await moved(), 2 * FIRST_PICTURE);
  await page.reload();
  const warm = await moved();
  assert.ok(inTime(t, "first moving picture, warm cache", warm, FIRST_PICTURE), `${warm} ms`);
  await until(page, { lab: "ready", state: "running", experiment: "ring" });
  await shoot(page, "opening");
});

test("visitors who want less motion find the ring at rest", async (t) => {
  const { page } = await open(t, { context: { reducedMotion: "reduce" } });
  await until(page, { lab: "ready", state: "paused" });
  await page.locator("html:not([data-step='0'])").waitFor({ state: "attached" });
  assert.equal(await moves(page), false);
  assert.notEqual(await look(page), 0, "there is a still picture");
});

test("without JavaScript the introduction and a picture are there", async (t) => {
  const { page } = await open(t, { context: { javaScriptEnabled: false } });
  assert.ok(await page.locator("noscript .card").isVisible());
  assert.match(await page.locator("#question").innerText(), /\?$/);
  assert.match(await page.locator("#lede").innerText(), /bump of activity/);
  assert.ok(await page.locator("#stage svg").isVisible());
  await shoot(page, "no-javascript");
});

test("where the program cannot be fetched, a sentence says so and the text stays", async (t) => {
  const { page } = await open(t, {
    expected: [/Failed to load resource/],
    before: (page) => page.route("**/*.wasm", (route) => route.fulfill({ status: 404 })),
  });
  await until(page, { lab: "unsupported" });
  const card = page.locator("#card-unsupported");
  assert.match(await card.innerText(), /could not be fetched: the server answered 404\./);
  assert.match(await page.locator("#lede").innerText(), /bump of activity/);
  await shoot(page, "no-program");
});

test("without WebAssembly, or its vectors, a sentence says what is missing", async (t) => {
  /** @type {[() => void, RegExp][]} */
  const lacks = [
    [() => Reflect.deleteProperty(globalThis, "WebAssembly"), /has no WebAssembly/],
    [() => (WebAssembly.validate = () => false), /lacks WebAssembly SIMD/],
  ];
  for (const [lack, sentence] of lacks) {
    const { page } = await open(t, { before: (page) => page.addInitScript(lack) });
    await until(page, { lab: "unsupported" });
    assert.match(await page.locator("#card-unsupported").innerText(), sentence);
    assert.ok(await page.locator("#stage svg").isVisible(), "the still picture stays");
  }
});
