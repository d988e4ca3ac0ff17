// The laboratory is for everyone: read aloud, by keyboard alone, in the dark, on a telephone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, open, shoot } from "./harness.mjs";
import { experiments, finish, pictures, reach, ready, SMALL, until, visit } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Runs short enough to look at their results, too. */
const RUNS = [
  `${SMALL}&device=cpu`,
  "#ring-record?seed=7&trajectories=3&length=100&neurons=40",
  "#ring-measure?seed=7&trials=2&neurons=20",
];

/**
 * Looks at the page in every theme.
 *
 * @param {Page} page
 */
async function assertAccessibleInEveryTheme(page) {
  for (const theme of ["light", "dark", "projector"]) {
    await page.locator("#theme").selectOption(theme);
    await pictures(page, 2);
    await assertAccessible(page);
  }
}

test("axe finds nothing in the way, in any experiment and theme", async (t) => {
  const { page } = await open(t, { context: { reducedMotion: "reduce" } });
  await ready(page);
  for (const id of await experiments(page)) {
    await visit(page, `#${id}`);
    await until(page, { experiment: id });
    await assertAccessibleInEveryTheme(page);
  }
});

for (const link of RUNS) {
  const name = link.slice(1).split("?")[0];
  test(`axe finds nothing in the way of the results of ${name}`, async (t) => {
    const { page } = await open(t, { link });
    await ready(page);
    await finish(page, 120_000);
    await assertAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await assertAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await page.evaluate(() => scrollTo(0, 0));
    await shoot(page, `results-${name}`, { fullPage: true });
  });
}

test("axe finds nothing in the way of a figure's numbers", async (t) => {
  const { page } = await open(t, { link: RUNS[0] });
  await ready(page);
  await finish(page);
  await page.locator("#figure-error summary").click();
  await page.locator("#figure-error tbody tr").nth(49).waitFor();
  const [figure, table] = await Promise.all(
    ["#figure-error", "#figure-error .scroll"].map((part) => page.locator(part).boundingBox()),
  );
  assert.ok(figure && table && table.width <= figure.width, "a wide table scrolls in its frame");
  await assertAccessible(page);
});

test("axe finds nothing in the way of cards, panels and dialogues", async (t) => {
  const { page } = await open(t, {
    link: "#rnig",
    theme: "dark",
    context: { reducedMotion: "reduce" },
  });
  await page.locator("#card-bad-link").waitFor();
  await assertAccessible(page);
  await page.getByRole("button", { name: "Start with the first experiment" }).click();
  await until(page, { experiment: "ring" });
  for (const [opener, panel] of [
    ["[popovertarget=menu]", "#menu"],
    ["#share", "#share-panel"],
    ["#help", "#help-dialog"],
    ["[data-open=stored]", "#stored"],
  ]) {
    await page.locator(opener).first().click();
    await page.locator(panel).waitFor();
    await assertAccessible(page);
    await page.keyboard.press("Escape");
    await page.locator(panel).waitFor({ state: "hidden" });
  }
});

test("the keyboard reaches every control and shows where it is", async (t) => {
  const { page } = await open(t, { context: { reducedMotion: "reduce" } });
  await ready(page);
  for (const id of await experiments(page)) {
    await visit(page, `#${id}`);
    await until(page, { experiment: id });
    // A living picture shows its beginning, and only then all that it has to press.
    if (await page.locator("#speed-field").isVisible()) await reach(page, 1);
    await page.evaluate(() => {
      // From the top, wherever the last walk ended.
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
      scrollTo(0, 0);
    });
    const { walked, missed, unseen } = await walk(page);
    t.diagnostic(`${id}: ${walked} stops`);
    assert.deepEqual(missed, [], `${id}: the keyboard cannot reach these`);
    assert.deepEqual(unseen, [], `${id}: nothing shows that these have the focus`);
  }
});

/**
 * Walks the page with the Tab key, once round.
 *
 * @param {Page} page
 * @returns {Promise<{ walked: number, missed: string[], unseen: string[] }>}
 */
async function walk(page) {
  /** @type {string[]} */
  const unseen = [];
  let walked = 0;
  for (; walked < 400; walked++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const here = /** @type {HTMLElement} */ (document.activeElement);
      if (here === document.body || here.dataset.walked) return undefined;
      here.dataset.walked = "yes";
      // A control that is drawn by its label shows its focus there.
      const shown = [here, here.nextElementSibling, here.parentElement].some((element) => {
        if (!element) return false;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
      });
      return { shown, name: `${here.tagName} #${here.id} ${here.textContent?.slice(0, 40)}` };
    });
    if (!stop) break;
    if (!stop.shown) unseen.push(stop.name);
  }
  const missed = await page.evaluate(() => {
    const controls = document.querySelectorAll(
      "a[href], button, input, select, textarea, summary, [tabindex='0']",
    );
    const reached = (/** @type {Element} */ control) => {
      const { type, name, dataset } = /** @type {HTMLInputElement} */ (control);
      if (dataset.walked) return true;
      // Of a group of radio buttons Tab reaches one, and the arrows the others.
      return type === "radio" && document.querySelector(`[name="${name}"][data-walked]`) !== null;
    };
    const missed = [...controls].filter(
      (control) =>
        control.checkVisibility({ visibilityProperty: true }) &&
        !control.matches(":disabled, [tabindex='-1']") &&
        !reached(control),
    );
    for (const walked of document.querySelectorAll("[data-walked]")) {
      walked.removeAttribute("data-walked");
    }
    return missed.map(({ outerHTML }) => outerHTML.slice(0, 120));
  });
  return { walked, missed, unseen };
}

test("a telephone shows every experiment without scrolling sideways", async (t) => {
  const { page } = await open(t, { phone: true });
  await ready(page);
  for (const id of await experiments(page)) {
    await visit(page, `#${id}`);
    await until(page, { experiment: id });
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 });
      await pictures(page, 2);
      assert.deepEqual(await tooWide(page), [], `${id} at ${width} pixels`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, `phone-${id}`);
  }
});

test("on a telephone the ring follows a finger, and results fit", async (t) => {
  const { page } = await open(t, { phone: true, link: "#ring?seed=7&drive=rest&noise=0" });
  await until(page, { lab: "ready", state: "running" });
  await visit(page, `${SMALL}&device=cpu`);
  await until(page, { experiment: "ring-identify" });
  await finish(page);
  await pictures(page, 4);
  assert.deepEqual(await tooWide(page), []);
  await shoot(page, "phone-results", { fullPage: true });
});

/** What sticks out of the page sideways. @param {Page} page @returns {Promise<string[]>} */
function tooWide(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map(({ outerHTML }) => outerHTML.slice(0, 100))
      .slice(0, 5);
  });
}
