// The state space in three dimensions: it turns by hand and by keys, tells its points apart, and
// shows the spectrum of the one that is chosen.
//
// The first tests look into a network. In the others the stage stands on the ring's page and gets its
// frames from the test: those of ẋ = −x + tanh(2x), three times over, whose 27 fixed points are known
// in closed form.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, download, open, shoot } from "./harness.mjs";
import { inTime, look, pause, pictures, ready, slack, until, watchTasks } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("node:test").TestContext} TestContext */
/** @typedef {Record<string, { shape: number[], values: number[] }>} Frame */

const CANVAS = ".space-canvas";
const FIXED = 0.957504024077; // x = tanh(2x)

/** What a cube of memories has. */
const CUBE = [
  "8 attractors",
  "12 saddles with 1 unstable mode",
  "6 saddles with 2 unstable modes",
  "1 saddle with 3 unstable modes",
];

/** Without motion every picture is the last one. */
const STILL = { context: { reducedMotion: /** @type {const} */ ("reduce") } };

// ---- Frames --------------------------------------------------------------------------------------

/** @param {number} x the eigenvalue of one coordinate where it rests */
const eigenvalue = (x) => 2 * (1 - x * x) - 1;

/**
 * The 27 points of the cube, turned and stretched a little so that no axis is special.
 *
 * @param {object} [how]
 * @param {number} [how.size] of the cube
 * @param {(place: number[]) => boolean} [how.found] which points are told
 * @returns {Frame}
 */
function solution({ size = 1, found = () => true } = {}) {
  const signs = [1, 0, -1].flatMap((x) =>
    [1, 0, -1].flatMap((y) => [1, 0, -1].map((z) => [x, y, z])),
  );
  const told = signs.filter(found);
  const zeros = told.map((place) => place.filter((sign) => sign === 0).length);
  const modes = told.flatMap((place) => {
    const free = [0, 1, 2].filter((k) => place[k] === 0);
    return [0, 1, 2].flatMap((m) =>
      m < free.length
        ? turned([0, 1, 2].map((k) => (k === free[m] ? 0.25 * size : 0)))
        : [NaN, NaN, NaN],
    );
  });
  const count = told.length;
  const spectra = told.flatMap((place) => place.flatMap((sign) => [eigenvalue(FIXED * sign), 0]));
  const index = zeros.reduce((sum, unstable) => sum + (-1) ** unstable, 0);
  return {
    points: {
      shape: [count, 3],
      values: told.flatMap((place) => turned(place.map((sign) => size * FIXED * sign))),
    },
    unstable: { shape: [count], values: zeros },
    speed: { shape: [count], values: told.map(() => -26.3) },
    signs: { shape: [count, 3], values: told.flat() },
    outputs: { shape: [count, 3], values: told.flat().map((sign) => FIXED * sign) },
    modes: { shape: [count, 3, 3], values: modes },
    eigenvalues: { shape: [count, 3, 2], values: spectra },
    slowest: {
      shape: [count],
      values: zeros.map((unstable) => (unstable === 3 ? 1 : 1 / 0.833627912)),
    },
    index: { shape: [2], values: [index, 1] },
    alpha: { shape: [1], values: [0.1] },
    variance: { shape: [3], values: [0.41, 0.33, 0.24] },
    step: { shape: [1], values: [120] },
  };
}

/** A rotation, so that the picture's axes are not the cube's. @param {number[]} place */
function turned([x = 0, y = 0, z = 0]) {
  const [a, b] = [0.35, 0.2];
  const [u, v] = [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)];
  return [u * Math.cos(b) - z * Math.sin(b), v, u * Math.sin(b) + z * Math.cos(b)];
}

/**
 * Trajectories that a pulse now and then pushes from one corner to another.
 *
 * @param {number} count
 * @param {number} samples
 * @returns {Frame}
 */
function paths(count, samples) {
  let state = 7;
  const chance = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const values = [];
  for (let k = 0; k < count; k++) {
    const x = [0, 0, 0];
    const push = [0, 0, 0];
    for (let t = 0; t < samples; t++) {
      for (let i = 0; i < 3; i++) {
        if (t % 20 === 0) push[i] = chance() < 0.4 ? (chance() < 0.5 ? 4 : -4) : 0;
        else if (t % 20 === 8) push[i] = 0;
        x[i] += 0.15 * (-x[i] + Math.tanh(2 * x[i] + push[i]));
      }
      values.push(...turned(x));
    }
  }
  return { trajectories: { shape: [count, samples, 3], values } };
}

/**
 * The page, with the state space as its live picture.
 *
 * @param {TestContext} t
 * @param {Parameters<typeof open>[1]} [options]
 */
async function stage(t, options = {}) {
  const { page } = await open(t, {
    link: "#ring?seed=7&drive=rest&noise=0",
    ...options,
    before: (page) =>
      page.context().route("**/www/stage-ring.js", (route) =>
        route.fulfill({
          contentType: "text/javascript",
          body: `
            import { mount as place } from "./stage-space.js";
            export function mount(host, api) {
              const stage = place(host, api);
              globalThis.space = stage;
              return { ...stage, frame() {} };
            }`,
        }),
      ),
  });
  await ready(page);
  return page;
}

/** @param {Page} page @param {Frame} frame */
async function show(page, frame) {
  await page.evaluate((frame) => {
    const channels = Object.entries(frame).map(([name, { shape, values }]) => [
      name,
      { shape, values: Float64Array.from(values, (value) => value ?? NaN) },
    ]);
    /** @type {any} */ (globalThis).space.frame(Object.fromEntries(channels));
  }, frame);
  await pictures(page, 2);
}

/** The middle of the picture, in pixels of the page. @param {Page} page */
async function middle(page) {
  const box = await page.locator("#space").boundingBox();
  assert.ok(box, "the picture is visible");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, side: box.width };
}

/**
 * Where the point nearest to the middle is, found as a visitor finds it: the hand changes over it.
 *
 * @param {Page} page
 */
async function middlePoint(page) {
  const { x, y } = await middle(page);
  for (let k = 0; k < 60; k++) {
    const [radius, angle] = [7 * Math.sqrt(k), 2.4 * k];
    const at = { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) };
    await page.mouse.move(at.x, at.y);
    if (await page.locator("#space.on-point").count()) return at;
  }
  throw new Error("There is no point in the middle of the picture.");
}

// ---- Tests ---------------------------------------------------------------------------------------

test("the memories of a network are found, turned round, and asked for their spectra", async (t) => {
  const { page } = await open(t, { link: "#fixed-points?seed=7" });
  await until(page, { lab: "ready", state: "running" });
  await page.locator(".space-sum.good").waitFor();
  assert.deepEqual(await page.locator(".space-legend li").allInnerTexts(), CUBE);
  const tasks = await watchTasks(page);
  const picture = page.locator("#space");
  await picture.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowUp"]) await page.keyboard.press(key);
  const { x, y } = await middle(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 20, { steps: 6 });
  await page.mouse.up();
  await pictures(page, 60);
  const point = await middlePoint(page);
  await page.mouse.click(point.x, point.y);
  const spectrum = page.locator(".spectrum-canvas");
  assert.match((await spectrum.getAttribute("aria-label")) ?? "", /^3 eigenvalues/);
  const longest = Math.max(...(await tasks()).map(({ own }) => own));
  assert.ok(inTime(t, "longest task of the page", longest, 50));
  await assertAccessible(page);
  await shoot(page, "fixed-points");

  // The run stands still, and so does the picture until it is turned.
  await pause(page);
  await pictures(page, 90);
  const before = await look(page, CANVAS);
  await pictures(page, 6);
  assert.equal(await look(page, CANVAS), before);
  await picture.focus();
  await page.keyboard.press("ArrowLeft");
  await pictures(page, 30);
  assert.notEqual(await look(page, CANVAS), before, "a key turns it");
});

test("eight memories are born while one looks", async (t) => {
  const { page } = await open(t, { link: "#task-train?seed=7" });
  await ready(page);
  const tasks = await watchTasks(page);
  const began = performance.now();
  await page.locator("#primary").click();
  const legend = page.locator(".space-legend");
  await legend.getByText("1 attractor").waitFor();
  await shoot(page, "memories-none");
  for (const kind of CUBE) await legend.getByText(kind).waitFor({ timeout: 60_000 * slack() });
  assert.ok(inTime(t, "from the start to the cube", performance.now() - began, 60_000));
  assert.match(await page.locator(".space-when").innerText(), /^Found at step \d+$/);
  await pictures(page, 60);
  const longest = Math.max(...(await tasks()).map(({ own }) => own));
  assert.ok(inTime(t, "longest task of the page", longest, 50));
  await page.locator("#space").focus();
  await page.keyboard.press("p");
  assert.match(
    (await page.locator(".spectrum-canvas").getAttribute("aria-label")) ?? "",
    /^50 eigenvalues in the complex plane, .*, 3 to the right of zero/,
  );
  await shoot(page, "memories");
});

test("a live knob moves the points while one looks: without gain one is left", async (t) => {
  const { page } = await open(t, { link: "#fixed-points?seed=7", theme: "dark" });
  await until(page, { lab: "ready", state: "running" });
  await page.locator(".space-legend", { hasText: "8 attractors" }).waitFor();
  await shoot(page, "fixed-points-dark");
  const gain = page.locator("#knob-gain").and(page.locator("[type=number]"));
  await gain.fill("0.9");
  await gain.press("Enter");
  await page.locator(".space-legend", { hasText: "1 attractor" }).waitFor();
  await page.locator(".space-sum.good").waitFor();
  assert.deepEqual(await page.locator(".space-legend li").allInnerTexts(), ["1 attractor"]);
});

test("the points are counted by kind, and the index sum says whether any is missing", async (t) => {
  const page = await stage(t, STILL);
  await show(page, { ...paths(30, 200), ...solution() });
  assert.deepEqual(await page.locator(".space-legend li").allInnerTexts(), CUBE);
  const sum = page.locator(".space-sum");
  assert.match(await sum.innerText(), /^Index sum 8 − 12 \+ 6 − 1 = 1, as it must be/);
  await shoot(page, "space");
  const holed = solution({ found: (place) => place.some((sign) => sign !== 0) });
  await show(page, holed);
  assert.match(await sum.innerText(), /^Index sum 8 − 12 \+ 6 = 2, but .* 1: something is missing/);
});

test("dragging turns it, and what turned by itself stands still from then on", async (t) => {
  const page = await stage(t);
  await show(page, solution());
  const first = await look(page, CANVAS);
  await pictures(page, 12);
  assert.notEqual(await look(page, CANVAS), first, "it turns by itself");
  const { x, y } = await middle(page);
  await page.mouse.move(x, y + 100);
  await page.mouse.down();
  await page.mouse.move(x + 80, y + 130, { steps: 4 });
  await page.mouse.up();
  await pictures(page, 90);
  const held = await look(page, CANVAS);
  await pictures(page, 12);
  assert.equal(await look(page, CANVAS), held, "it stands where it was left");
  assert.equal(await page.locator("#space-spin").getAttribute("aria-pressed"), "false");
});

test("arrow keys turn it, plus and minus zoom, Home goes back", async (t) => {
  const page = await stage(t, STILL);
  await show(page, solution());
  const home = await look(page, CANVAS);
  await page.locator("#space").focus();
  const seen = new Set([home]);
  for (const key of ["ArrowRight", "ArrowUp", "Shift+ArrowLeft", "+", "-", "-"]) {
    await page.keyboard.press(key);
    await pictures(page, 2);
    seen.add(await look(page, CANVAS));
  }
  assert.ok(seen.size >= 6, "every key changes the picture");
  await page.keyboard.press("Home");
  await pictures(page, 2);
  assert.equal(await look(page, CANVAS), home);
});

test("a click on a point shows its spectrum, and a click beside it lets go", async (t) => {
  const page = await stage(t, STILL);
  await show(page, { ...paths(30, 200), ...solution() });
  const point = await middlePoint(page);
  await page.mouse.click(point.x, point.y);
  const title = await page.locator(".space-title").innerText();
  const named = /^[+−0]{3} · (?:attractor|saddle with (\d) unstable modes?)$/.exec(title);
  assert.ok(named, title);
  const right = named[1] ?? "none";
  const spectrum = page.locator(".spectrum-canvas");
  assert.match(
    (await spectrum.getAttribute("aria-label")) ?? "",
    new RegExp(`^3 eigenvalues in the complex plane, .*, ${right} to the right of zero`),
  );
  assert.match(await page.locator(".space-story").innerText(), / τ \(1\d steps\)/);
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, "space-chosen");
  const { x, y, side } = await middle(page);
  await page.mouse.click(x - 0.48 * side, y - 0.48 * side);
  await spectrum.waitFor({ state: "hidden" });
});

test("the keyboard walks from point to point, in the picture and in the list", async (t) => {
  const page = await stage(t, STILL);
  await show(page, solution());
  const title = page.locator(".space-title");
  await page.locator("#space").focus();
  await page.keyboard.press("n");
  assert.equal(await title.innerText(), "+++ · attractor");
  assert.match(await page.locator(".space-story").innerText(), /1\.2 τ \(12 steps\)/);
  await page.keyboard.press("p");
  assert.equal(await title.innerText(), "000 · saddle with 3 unstable modes");
  const list = page.locator("#space-list");
  assert.equal(await list.getByRole("option").count(), 27);
  await list.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  assert.equal(await title.innerText(), "++− · attractor");
  const active = await list.getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).innerText(), "++−");
  await page.keyboard.press("Escape");
  await page.locator(".space-chosen").waitFor({ state: "hidden" });
});

test("a chosen point stays chosen when a new solution moves it, and goes with it when it is lost", async (t) => {
  const page = await stage(t, STILL);
  await show(page, solution());
  await page.getByRole("option", { name: "+−+, attractor" }).click();
  await show(page, solution({ size: 1.1 }));
  assert.equal(await page.locator(".space-title").innerText(), "+−+ · attractor");
  await show(page, solution({ found: (place) => place.every((sign) => sign === 0) }));
  assert.equal(await page.locator(".space-title").innerText(), "");
  assert.deepEqual(await page.locator(".space-legend li").allInnerTexts(), [
    "1 saddle with 3 unstable modes",
  ]);
});

test("points flow to their new places, unless less motion is asked for", async (t) => {
  for (const reducedMotion of /** @type {const} */ (["no-preference", "reduce"])) {
    const page = await stage(t, { context: { reducedMotion } });
    await show(page, solution());
    await page.locator("#space").focus();
    await page.keyboard.press("Home"); // from here on it does not turn by itself
    await pictures(page, 120);
    const before = await look(page, CANVAS);
    await show(page, solution({ size: 0.7, found: ([x]) => x >= 0 }));
    const [first, second] = [
      await look(page, CANVAS),
      (await pictures(page, 4), await look(page, CANVAS)),
    ];
    assert.notEqual(first, before);
    assert.equal(first === second, reducedMotion === "reduce", reducedMotion);
  }
});

test("the picture can be taken away", async (t) => {
  const page = await stage(t, STILL);
  await show(page, { ...paths(30, 200), ...solution() });
  const { name, bytes } = await download(page, () => page.locator("#space-png").click());
  assert.equal(name, "state-space.png");
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1200, 1200]);
  assert.equal(await page.locator(".space-sheet").count(), 0);
});

test("slow points are shown by their speed, and say that they are no fixed points", async (t) => {
  const page = await stage(t, STILL);
  const count = 31;
  const along = Array.from({ length: count }, (_, p) => p / (count - 1) - 0.5);
  await show(page, {
    points: {
      shape: [count, 3],
      values: along.flatMap((at) => [2 * at, at * at, 0.3 * Math.sin(5 * at)]),
    },
    unstable: { shape: [count], values: along.map(() => NaN) },
    speed: { shape: [count], values: along.map((at) => -3 - 4 * Math.cos(6 * at)) },
  });
  assert.match(
    await page.locator(".space-legend").innerText(),
    /^31 slow points\s+q from 1\.0 · 10−7\s+to 9\.1$/,
  );
  await page.locator("#space-list").getByRole("option").first().click();
  assert.match(await page.locator(".space-story").innerText(), /does not rest here/);
  await shoot(page, "space-slow");
});

test("it is for everyone, in every theme", async (t) => {
  const page = await stage(t, STILL);
  await assertAccessible(page); // while there is nothing to be seen
  await show(page, { ...paths(30, 200), ...solution() });
  await page.getByRole("option", { name: "+0−, saddle" }).click();
  for (const theme of ["light", "dark", "projector"]) {
    await page.locator("#theme").selectOption(theme);
    await pictures(page, 2);
    await assertAccessible(page);
    await shoot(page, `space-${theme}`);
  }
});

test("it fits a telephone, where fingers turn it", async (t) => {
  const page = await stage(t, { phone: true, ...STILL, theme: "dark" });
  await show(page, { ...paths(30, 200), ...solution() });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} pixels wide`);
  const { x, y } = await middlePoint(page);
  await page.touchscreen.tap(x, y);
  await page.locator(".space-chosen").waitFor();
  const before = await look(page, CANVAS);
  const fingers = await page.context().newCDPSession(page);
  for (const [type, apart] of /** @type {const} */ ([
    ["touchStart", 20],
    ["touchMove", 60],
    ["touchEnd", 0],
  ])) {
    const touchPoints = apart ? [-apart, apart].map((dx, id) => ({ x: x + dx, y, id })) : [];
    await fingers.send("Input.dispatchTouchEvent", { type, touchPoints });
  }
  await pictures(page, 2);
  assert.notEqual(await look(page, CANVAS), before, "two fingers zoom");
  await page.locator("#space-reset").click();
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, "phone-space", {
    clip: { x: 0, y: 0, width: 390, height: 1500 },
    fullPage: true,
  });
});

test("a hundred points and fifty long paths are drawn in time", async (t) => {
  const page = await stage(t);
  const many = solution();
  for (const channel of Object.values(many)) {
    if (channel.shape[0] !== 27) continue;
    channel.values = [0, 1, 2, 3].flatMap((k) =>
      channel.shape[1] === 3 && channel.shape.length === 2
        ? channel.values.map((value) => value * (1 - 0.2 * k))
        : channel.values,
    );
    channel.shape[0] = 108;
  }
  await show(page, { ...paths(50, 200), ...many });
  const tasks = await watchTasks(page);
  const { drawn, seconds } = await page.evaluate(async () => {
    const began = performance.now();
    let drawn = 0;
    for (; performance.now() - began < 3000; drawn++) await new Promise(requestAnimationFrame);
    return { drawn, seconds: (performance.now() - began) / 1000 };
  });
  const longest = Math.max(...(await tasks()).map(({ own }) => own));
  t.diagnostic(`${(drawn / seconds).toFixed(0)} pictures a second`);
  assert.ok(inTime(t, "longest task of the page", longest, 50));
});
