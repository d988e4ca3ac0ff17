// Takes the pictures of the README into target/screenshots: `node tests/browser/pictures.mjs`.
//
// The ring, a network's memories, and an identification with its default settings, under way and
// finished, each on a desk and on a telephone, light and dark. It also says how long that took.

import { test } from "node:test";
import { open, shoot } from "./harness.mjs";
import { pause, pictures, reach, ready, steps, until } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/**
 * Takes a picture in the light and one in the dark.
 *
 * @param {Page} page
 * @param {string} name
 */
async function lightAndDark(page, name) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    // Figures are drawn anew, one after another.
    await drawn(page);
    await shoot(page, `${name}-${colorScheme}`);
  }
}

/** Waits until every figure in sight is drawn as it is now. @param {Page} page */
async function drawn(page) {
  const count = () =>
    page
      .locator("[data-drawn]")
      .evaluateAll((figures) => figures.map((figure) => figure.getAttribute("data-drawn")).join());
  let [before, now] = ["", await count()];
  while (before !== now) {
    await pictures(page, 60);
    [before, now] = [now, await count()];
  }
}

for (const phone of [false, true]) {
  const where = phone ? "phone" : "desk";
  test(`the ring on a ${where}`, async (t) => {
    const { page } = await open(t, { link: "#ring?seed=3", phone });
    await ready(page);
    // Until its film is full.
    await reach(page, 440);
    await lightAndDark(page, `ring-${where}`);
  });
}

test("eight memories that were just born", async (t) => {
  const { page } = await open(t, { link: "#task-train?seed=7" });
  await ready(page);
  await page.locator("#primary").click();
  await reach(page, 200, 600_000);
  await pause(page);
  // So that no memory hides another.
  await page.locator("#space").focus();
  for (let turn = 0; turn < 5; turn++) await page.keyboard.press("ArrowRight");
  await lightAndDark(page, "task-train-desk");
  await page.setViewportSize(PHONE);
  await lightAndDark(page, "task-train-phone");
});

test("three students that learn the ring's wiring", async (t) => {
  const { page } = await open(t, { link: "#ring-identify?seed=11&device=cpu" });
  await ready(page);
  const began = performance.now();
  await page.locator("#primary").click();
  await reach(page, 1500, 600_000);
  await page.locator("#figure-wiring").waitFor();
  await shoot(page, "ring-identify-under-way", { fullPage: true });
  await until(page, { state: "over" }, 600_000);
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(`${await steps(page)} steps in ${seconds.toFixed(0)} s`);
  t.diagnostic((await page.locator("#metrics").innerText()).replaceAll("\n", " · "));
  for (const [where, size] of Object.entries({ desk: DESK, phone: PHONE })) {
    await page.setViewportSize(size);
    for (const figure of await page.locator("[id^=figure-]").all()) {
      await figure.scrollIntoViewIfNeeded(); // what was never in sight is not drawn
    }
    await page.locator("#figure-wiring").evaluate((figure) => figure.scrollIntoView());
    await lightAndDark(page, `ring-identify-${where}`);
    await drawn(page);
    await shoot(page, `ring-identify-${where}-whole`, { fullPage: true });
  }
});
