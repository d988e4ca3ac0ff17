// The living ring: it moves, and it answers to keys, pointer, knobs and the transport.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import {
  address,
  heading,
  look,
  moves,
  pause,
  pictures,
  ready,
  reach,
  steps,
  turned,
  turns,
  until,
  words,
} from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** A fly that moves only when it is moved, and a ring without noise. */
const STILL = "#ring?seed=7&drive=rest&noise=0";

/**
 * A place on the ring, in pixels of the page.
 *
 * @param {Page} page
 * @param {number} degrees where the picture shows that heading: 0 at the top, then clockwise
 * @param {number} radius 0 in the middle, 0.5 at the edge of the picture
 */
async function place(page, degrees, radius) {
  const box = await page.locator("#ring-slider").boundingBox();
  assert.ok(box, "the ring is visible");
  const angle = (degrees * Math.PI) / 180;
  return /** @type {const} */ ([
    box.x + box.width * (0.5 + radius * Math.sin(angle)),
    box.y + box.height * (0.5 - radius * Math.cos(angle)),
  ]);
}

test("the ring is animated, and the run keeps the pace of the clock", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await ready(page);
  await reach(page, 10);
  assert.ok(await moves(page), "two pictures differ");
  const { drawn, seconds, done } = await page.evaluate(async () => {
    const step = () => Number(document.documentElement.dataset.step);
    const [began, before] = [performance.now(), step()];
    let drawn = 0;
    while (step() < before + 80) {
      await new Promise(requestAnimationFrame);
      drawn += 1;
    }
    return { drawn, seconds: (performance.now() - began) / 1000, done: step() - before };
  });
  t.diagnostic(
    `${(drawn / seconds).toFixed(0)} pictures and ${(done / seconds).toFixed(0)} steps a second`,
  );
  assert.ok(done / seconds < 60, "a second of the fly is a second of the visitor");
});

test("the arrow keys turn the fly", async (t) => {
  const { page } = await open(t, { link: STILL });
  await reach(page, 5);
  const slider = page.locator("#ring-slider");
  await slider.focus();
  const start = await heading(page);
  await page.keyboard.down("ArrowRight");
  await turns(page, start, [30, 179]);
  await page.keyboard.up("ArrowRight");
  await until(page, { state: "running" });
  const right = await heading(page);
  await page.keyboard.down("ArrowLeft");
  await turns(page, right, [-179, -20]);
  await page.keyboard.up("ArrowLeft");
  assert.match((await slider.getAttribute("aria-valuetext")) ?? "", /^\d+°; its neurons say \d+°$/);
});

test("dragging inside the ring turns the fly with the hand", async (t) => {
  const { page } = await open(t, { link: STILL });
  await reach(page, 5);
  const start = await heading(page);
  await page.mouse.move(...(await place(page, 0, 0.2)));
  await page.mouse.down();
  for (const angle of [30, 60, 90]) await page.mouse.move(...(await place(page, angle, 0.2)));
  await turns(page, start, [75, 105]);
  await shoot(page, "ring-held");
  await page.mouse.up();
  const said = (await page.locator(".is-decoded dd").innerText()).replace("°", "");
  assert.ok(Math.abs(turned(await heading(page), Number(said))) < 15, "the bump followed");
});

test("a touch on the rim shows a landmark, and the bump goes there", async (t) => {
  const { page } = await open(t, { link: STILL });
  await reach(page, 5);
  const start = await heading(page);
  await page.mouse.move(...(await place(page, start + 90, 0.4)));
  await page.mouse.down();
  await page.waitForFunction(() => {
    const said = document.querySelector(".is-error dd")?.textContent ?? "";
    return Number.parseInt(said) > 60;
  });
  await page.mouse.up();
  await page.locator("#knob-cue_strength").and(page.locator("[type=number]")).waitFor();
  await page.waitForFunction(() => location.hash.includes("cue_strength=0"));
  assert.ok(Math.abs(turned(start, await heading(page))) <= 1, "the fly itself stays");
});

test("neurons can be silenced by hand, and woken", async (t) => {
  const { page } = await open(t, { link: STILL });
  await reach(page, 5);
  await page.getByRole("radio", { name: "Silence neurons" }).check();
  await page.mouse.move(...(await place(page, 200, 0.4)));
  await page.mouse.down();
  for (const angle of [215, 230, 245]) await page.mouse.move(...(await place(page, angle, 0.4)));
  await page.mouse.up();
  const wake = page.locator("#wake");
  await wake.waitFor();
  assert.match(await wake.innerText(), /^Wake 1[0-5] neurons$/);
  await shoot(page, "ring-silenced");
  await wake.click();
  await wake.waitFor({ state: "hidden" });
});

test("a run can be paused, stepped, continued and reset", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await reach(page, 20);
  const paused = await pause(page);
  assert.equal(await page.locator("#primary").innerText(), "Continue");
  await pictures(page, 30); // it eases towards where it stands
  assert.equal(await moves(page), false, "a paused ring stands still");
  assert.equal(await steps(page), paused);

  await page.locator("#step").click();
  await reach(page, paused + 1);
  await page.keyboard.press(".");
  await reach(page, paused + 2);
  await pictures(page, 12);
  assert.equal(await steps(page), paused + 2, "two steps are two steps");

  await page.locator("#primary").click();
  await reach(page, paused + 20);
  await until(page, { state: "running" });

  await pause(page);
  const before = await look(page);
  await page.locator("#reset").click();
  await page.waitForFunction(() => Number(document.documentElement.dataset.step) <= 1);
  await pictures(page, 12);
  assert.notEqual(await look(page), before);
  assert.ok((await steps(page)) <= 1, "it stands at its beginning");
  await until(page, { state: "paused" });
});

test("the keyboard drives the run from anywhere on the page", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7" });
  await reach(page, 5);
  await page.keyboard.press("Space");
  await until(page, { state: "paused" });
  await page.keyboard.press("Space");
  await until(page, { state: "running" });
  await page.keyboard.press("?");
  await page.locator("#help-dialog").waitFor();
  await page.keyboard.press("Space");
  await until(page, { state: "running" });
  await page.keyboard.press("Escape");
  await page.locator("#help-dialog").waitFor({ state: "hidden" });
});

test("live knobs act at once, without a restart", async (t) => {
  const { page } = await open(t, { link: STILL });
  await reach(page, 40);
  const start = await heading(page);
  await page.locator("#knob-turning").fill("2");
  await page.locator("#knob-turning").press("Enter");
  await turns(page, start, [20, 179]);
  assert.ok((await steps(page)) > 40, "the run went on");
  await page.waitForFunction(() => /[&?]turning=2(\.0)?(&|$)/.test(location.hash));
  assert.equal(words(await address(page)).experiment, "ring");
});

test("a knob that is not live restarts the ring by itself", async (t) => {
  const { page } = await open(t, { link: STILL });
  await reach(page, 40);
  await page.locator("#knob-neurons").fill("60");
  await page.locator("#knob-neurons").press("Enter");
  await page.waitForFunction(() => Number(document.documentElement.dataset.step) < 40);
  await reach(page, 5);
  await until(page, { state: "running" });
  assert.equal(words(await address(page)).neurons, "60");
});
