// Links: they restore everything, bad ones get a sentence, and the address bar tells the truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import {
  address,
  experiments,
  heading,
  pause,
  reach,
  ready,
  share,
  skip,
  steps,
  turns,
  until,
  visit,
  words,
} from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** What the form says, by knob. @param {Page} page @returns {Promise<Record<string, string>>} */
function form(page) {
  return page.locator("[data-knob]").evaluateAll((rows) =>
    Object.fromEntries(
      rows.map((row) => {
        const material = row.querySelector(".material");
        if (material instanceof HTMLElement) {
          return [row.getAttribute("data-knob"), material.dataset.value ?? ""];
        }
        const fields = ["[type=number]", "[type=radio]:checked", "[type=checkbox]"];
        const found = fields.map((field) => row.querySelector(field)).find((field) => field);
        const { type, checked, value } = /** @type {HTMLInputElement} */ (found);
        return [row.getAttribute("data-knob"), type === "checkbox" ? String(checked) : value];
      }),
    ),
  );
}

/** Another value for every knob of the form. @param {Page} page @returns {Promise<Record<string, string>>} */
function others(page) {
  return page.locator("[data-knob]").evaluateAll((rows) =>
    Object.fromEntries(
      rows.map((row) => {
        const key = row.getAttribute("data-knob");
        if (row.querySelector(".material")) return [key, "0123456789abcdef"];
        const number = row.querySelector("[type=number]");
        if (!(number instanceof HTMLInputElement)) {
          const box = row.querySelector("[type=checkbox]");
          const other = /** @type {HTMLInputElement} */ (row.querySelector("input:not(:checked)"));
          return [key, box ? String(box === other) : other.value];
        }
        // Half-way to the least, or, from there, to the most.
        const [now, min, max] = [number.value, number.min, number.max].map(Number);
        const value = (now + (now > min ? min : max)) / 2;
        return [key, String(number.inputMode === "numeric" ? Math.round(value) : value)];
      }),
    ),
  );
}

/** Numbers as numbers, so that 2 and 2.0 are the same. @param {Record<string, string>} values */
const plain = (values) =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Number.isNaN(+value) ? value : +value]),
  );

test("a link restores every knob and the seed of every experiment", async (t) => {
  const { page, url } = await open(t);
  await ready(page);
  for (const id of await experiments(page)) {
    await visit(page, `#${id}`);
    await until(page, { experiment: id });
    const wanted = await others(page);
    const link = `#${id}?v=1&seed=123456789012345&${new URLSearchParams(wanted)}`;

    await page.goto("about:blank");
    await page.goto(url + link);
    await until(page, { lab: "ready", experiment: id });
    assert.deepEqual(plain(await form(page)), plain(wanted), id);
    assert.equal(await page.locator("#seed").inputValue(), "123456789012345");
    assert.deepEqual(plain(words(address(page))), plain(words(link)), "the address bar keeps it");
  }
});

test("a link of an experiment that has an end waits for Start", async (t) => {
  const { page } = await open(t, { link: "#ring-record?seed=7&trajectories=3&length=100" });
  await until(page, { lab: "ready", experiment: "ring-record", state: "paused" });
  assert.equal(await page.locator("#primary").innerText(), "Start");
  assert.equal(await steps(page), 0);
});

test("a bad link gets one sentence, runs nothing, and leaves the page usable", async (t) => {
  const { page } = await open(t, { link: "#nothing" });
  /** @type {[string, RegExp][]} */
  const links = [
    ["rnig?seed=7", /no experiment called “rnig”/],
    ["ring?neurns=7", /no knob called “neurns”/],
    ["ring?noise=0.1&noise=0.2", /“noise” is set twice/],
    ["ring?noise=2.5", /Noise cannot be “2.5”: it must be a number from 0 to 2/],
    ["ring?noise=NaN", /Noise cannot be “NaN”/],
    ["ring?neurons=1000000000", /Neurons cannot be “1000000000”: it must be .* from 20 to 400/],
    ["ring?steer=5.neurons.30", /Neurons cannot be turned while the run goes on/],
    ["ring?v=999", /V cannot be “999”/],
    ["z1.AAAA", /packed part is damaged/],
    [`ring?drive=${"x".repeat(100_000)}`, /it is 100011 characters long/],
    ["ring?<img src=x onerror=alert(1)>=1", /no knob called “<img/],
    ["<script>alert(1)</script>", /no experiment called “<script>/],
    ["__proto__?constructor=1", /no experiment called “__proto__”/],
  ];
  for (const [link, sentence] of links) {
    await visit(page, `#${link}`);
    const card = page.locator("#card-bad-link p").filter({ hasText: sentence });
    await card.waitFor();
    const text = await card.innerText();
    assert.match(text, /^[A-Z“].{10,400}\.$/, "one sentence");
    await until(page, { lab: "ready", state: "failed", experiment: "" });
    assert.equal(await page.locator("#cards img, #cards script").count(), 0, "text stays text");
    assert.equal(await steps(page), 0, "nothing ran");
  }
  await shoot(page, "bad-link");
  await page.getByRole("button", { name: "Start with the first experiment" }).click();
  await until(page, { experiment: "ring", state: "running" });
  await reach(page, 5);
  assert.equal(await page.locator("#card-bad-link").count(), 0);
});

test("the address bar tells the truth, whatever is turned", async (t) => {
  const { page } = await open(t);
  await ready(page);
  const said = (/** @type {RegExp} */ pattern) =>
    page.waitForFunction((source) => new RegExp(source).test(location.hash), pattern.source);

  await page.locator("#knob-gain").fill("1.5");
  await page.locator("#knob-gain").press("Enter");
  await said(/&gain=1\.5&/);
  await page.getByRole("radio", { name: "derivative" }).check();
  await said(/&kernel=derivative/);
  await page.locator("[data-preset='Half the gain']").click();
  await said(/drive=sweep.*&gain=0\.5&/);
  await page.locator("#fresh-seed").click();
  const seed = await page.locator("#seed").inputValue();
  await said(new RegExp(`seed=${seed}&`));

  const before = await form(page);
  await page.reload();
  await ready(page);
  assert.deepEqual(await form(page), before, "after a reload everything is as it was");
  assert.equal(await page.locator("#seed").inputValue(), seed);
  const half = page.locator("[data-preset='Half the gain']");
  assert.equal(await half.getAttribute("aria-pressed"), "true");
});

test("a wrong value in the form gets its sentence, and nothing changes", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await ready(page);
  const before = address(page);
  await page.locator("#knob-neurons").fill("1000000000");
  await page.locator("#knob-neurons").press("Enter");
  const problem = page
    .locator("#knob-neurons-problem")
    .filter({ hasText: /^Neurons cannot be .* from 20 to 400\.$/ });
  await problem.waitFor();
  await page.locator("#seed").fill("minus one");
  await page.locator("#seed").press("Enter");
  await page
    .locator("#seed-problem")
    .filter({ hasText: /Seed cannot be .*\.$/ })
    .waitFor();
  await reach(page, (await steps(page)) + 20);
  assert.equal(address(page), before);
  await shoot(page, "wrong-value");
});

test("back and forward go through the experiments", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7&gain=2" });
  await until(page, { lab: "ready", experiment: "ring" });
  await page.locator("#catalogue-list [data-experiment-link=ring-record]").click();
  await until(page, { experiment: "ring-record" });
  await page.goBack();
  await until(page, { experiment: "ring", state: "running" });
  assert.equal(words(address(page)).gain, "2");
  assert.equal(await page.locator("#knob-gain").inputValue(), "2");
  await page.goForward();
  await until(page, { experiment: "ring-record", state: "paused" });
});

test("going on from here carries the seed and the knobs over", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7&noise=0.3" });
  await ready(page);
  await page.locator("[data-next=ring-record]").click();
  await until(page, { experiment: "ring-record" });
  assert.equal(await page.locator("#seed").inputValue(), "7");
  assert.equal(await page.locator("#knob-noise").inputValue(), "0.3");
});

test("sharing puts the link on the clipboard, where that is allowed", async (t) => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const { page } = await open(t, { link: "#ring?seed=7", context: { permissions } });
  await reach(page, 20);
  const link = await share(page);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(new URL(copied).hash, link);
});

test("a steered run replays from its link, bit for bit", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await reach(page, 10);
  await page.locator("#ring-slider").focus();
  for (const key of ["ArrowRight", "ArrowLeft"]) {
    const from = await steps(page);
    await page.keyboard.down(key);
    await reach(page, from + 10);
    await page.keyboard.up(key);
  }
  await page.keyboard.press("c");
  await reach(page, (await steps(page)) + 20);
  const stood = await pause(page);
  const link = await share(page);
  const { steer, fp } = words(link);
  assert.match(steer, /^\d+\.turning\.2.*~\d+\.turning\.-2.*~\d+\.cue_strength\.1/);
  assert.equal(Number(words(link).steps), stood);
  await shoot(page, "shared");

  const { page: other } = await open(t, { link });
  await other.locator("#card-replay").waitFor();
  await skip(other);
  const verdict = other.locator("#card-verdict");
  await verdict.waitFor();
  assert.match(await verdict.innerText(), /The same result as the sender's, bit for bit\./);
  assert.equal(await steps(other), stood, "it stops where it was shared");
  assert.equal(words(await share(other)).fp, fp);
  await turns(other, await heading(page), [0, 0]);
  await shoot(other, "verdict");

  await other.locator("#primary").click();
  await reach(other, stood + 10);
});
