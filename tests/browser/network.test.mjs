// A visitor's own network: opened, looked into, taken away and opened again; refused where it is none.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertAccessible, download, noPython, open, python, shoot } from "./harness.mjs";
import { pause, ready, until, words } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

const folder = mkdtempSync(join(tmpdir(), "networks-"));

/** A file of this name. @param {string} name @param {object | string} contents */
function file(name, contents) {
  const path = join(folder, name);
  writeFileSync(path, typeof contents === "string" ? contents : JSON.stringify(contents));
  return path;
}

/** Two units that hold a bit each, as the original pipeline saves a network. */
const TWO_BITS = {
  N: 2,
  dt: 1,
  tau: 10,
  activation: "tanh",
  // prettier-ignore
  W_rec: [[2, 0], [0, 2]],
  // prettier-ignore
  W_inp: [[1, 0], [0, 1]],
  // prettier-ignore
  W_out: [[1, 0], [0, 1]],
  bias_rec: [0, 0],
  y_init: [0, 0],
};

/** Opens a file in the dialog and uses it. @param {Page} page @param {string} path */
async function bring(page, path) {
  await page.locator("#knob-network-open").click();
  await page.locator("#opening-files").setInputFiles(path);
  await page.locator("#opening-use:enabled").click();
  await page.locator("#opening").waitFor({ state: "hidden" });
}

/** The fingerprint of the network that the form names. @param {Page} page */
const named = (page) => page.locator("#knob-network").getAttribute("data-value");

test("a network from a file is looked into, taken away and opened again", async (t) => {
  const { page } = await open(t, { link: "#fixed-points?seed=7" });
  await ready(page);
  await page.locator("#knob-network-open").click();
  await page.locator("#opening").waitFor();
  const dialog = page.locator("#opening");
  assert.match((await dialog.textContent()) ?? "", /never leave it/);
  assert.ok(await page.getByText("Firing rates of a ring").isHidden());
  await page.locator("#opening-files").setInputFiles(file("two.json", TWO_BITS));
  await page.locator("#opening-use:enabled").waitFor();
  const about = "2 units, 2 inputs, 2 outputs";
  assert.equal(await page.locator("#opening-about").textContent(), `${about}.`);
  await assertAccessible(page);
  await shoot(page, "opening-a-network");
  await page.locator("#opening-use").click();
  await page.locator("#knob-network-none").waitFor();
  assert.equal(await page.locator("#knob-network-what").textContent(), about);
  assert.ok(
    await page.locator("[data-knob=gain]").isHidden(),
    "the coupled units' knobs do nothing",
  );
  const fingerprint = (await named(page)) ?? "";
  assert.match(fingerprint, /^[0-9a-f]{16}$/);
  await page.waitForURL((url) => words(url.hash).network === fingerprint);

  // It runs on with the network that was opened, as it did before.
  await until(page, { state: "running" });
  await page.locator("#status").filter({ hasText: "4 attractors, 4 points with 1" }).waitFor();
  await pause(page);
  await shoot(page, "network-opened", { fullPage: true });

  const { file: archive } = await download(page, () => page.locator("#bundle").click());
  if (noPython) return;
  const npz = join(folder, "network.npz");
  const found = python(
    `import sys, zipfile, numpy
zipfile.ZipFile(sys.argv[1]).extract("network.npz", sys.argv[2])
net = numpy.load(sys.argv[2] + "/network.npz")
print(str(net["activation"]), int(net["N"]), net["W_rec"].tolist())`,
    archive,
    folder,
  );
  assert.equal(found, "tanh 2 [[2.0, 0.0], [0.0, 2.0]]");
  await page.locator("#knob-network-none").click();
  assert.equal(await named(page), "none");
  await bring(page, npz);
  assert.equal(await named(page), fingerprint, "the same network has the same name");
});

test("what is no network is refused in a sentence", async (t) => {
  const { page } = await open(t, { link: "#fixed-points?seed=7" });
  await ready(page);
  await page.locator("#knob-network-open").click();
  const problem = page.locator("#opening-problem");
  for (const [path, sentence] of /** @type {[string, RegExp][]} */ ([
    [file("a.json", { ...TWO_BITS, dt: 20 }), /cannot be “20”: it must be above 0 and at most tau/],
    [file("b.json", { ...TWO_BITS, N: 3 }), /N cannot be “3”: it must be 2/],
    [file("c.json", '{"W_rec": [[1'), /cannot be opened: it is no network/],
    [file("d.npz", "no archive"), /d\.npz cannot be opened/i],
  ])) {
    await page.locator("#opening-files").setInputFiles(path);
    await problem.filter({ hasText: sentence }).waitFor();
    assert.ok(await page.locator("#opening-use").isDisabled());
  }
});

test("a link with a network asks for its file where it is not open", async (t) => {
  const link = "#fixed-points?seed=7&network=0123456789abcdef";
  const { page } = await open(t, { link });
  await page.getByText("This needs the network 0123456789abcdef").waitFor();
  await page.locator("#needs-open").click();
  await page.locator("#opening-files").setInputFiles(file("other.json", TWO_BITS));
  await page.getByText("This is another network").waitFor();
});
