// Everything that can be taken away opens in the programs that people use.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { download, noPython, open, python } from "./harness.mjs";
import { finish, ready, skip, SMALL, words } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

const RECORDING = "#ring-record?seed=7&trajectories=3&length=100&neurons=40";

/** Downloads what a button gives. @param {Page} page @param {string} button */
const take = (page, button) => download(page, () => page.locator(button).click());

/**
 * A finished run, ready to be taken away.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} link
 */
async function finished(t, link) {
  const { page } = await open(t, { link });
  await ready(page);
  await finish(page);
  return page;
}

test(
  "arrays open in NumPy, with the shapes and units that they claim",
  { skip: noPython },
  async (t) => {
    const page = await finished(t, RECORDING);
    const { file } = await take(page, "[data-file='recording.npz']");
    const said = python(
      `import json, sys, numpy
data = numpy.load(sys.argv[1], allow_pickle=False)
rates, heading, velocity = data["rates"], data["heading"], data["velocity"]
turned = numpy.diff(numpy.unwrap(heading, axis=1), axis=1)
print(json.dumps({
    "shapes": {name: list(data[name].shape) for name in data.files},
    "rates": [float(rates.min()), float(rates.max())],
    "turned": float(abs(turned - velocity[:, 1:] * data["dt"][0]).max()),
    "dt": float(data["dt"][0]),
}))`,
      file,
    );
    const { shapes, rates, turned, dt } = JSON.parse(said);
    assert.deepEqual(shapes.rates, [3, 100, 40]);
    assert.deepEqual(shapes.heading, [3, 100]);
    assert.deepEqual(shapes.weights, [40, 40]);
    assert.equal(dt, 0.025);
    assert.ok(rates[0] >= 0 && rates[1] <= 1 && rates[1] > 0.5, `rates ${rates}`);
    assert.ok(turned < 1e-5, "the heading is the integral of the velocity");
  },
);

test(
  "weights open in Python's safetensors and are those of the arrays",
  { skip: noPython },
  async (t) => {
    const page = await finished(t, `${SMALL}&device=cpu`);
    const weights = await take(page, "[data-file='student-separated.safetensors']");
    const arrays = await take(page, "[data-file='identification.npz']");
    const said = python(
      `import json, sys, numpy
from safetensors import safe_open
with safe_open(sys.argv[1], "numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    about = file.metadata()
data = numpy.load(sys.argv[2])
sizes = {name: list(tensor.shape) for name, tensor in tensors.items()}
finite = all(numpy.isfinite(tensor).all() for tensor in tensors.values())
same = any(
    tensor.shape == data["separated_recurrent"].shape
    and (numpy.allclose(tensor, data["separated_recurrent"]) or numpy.allclose(tensor.T, data["separated_recurrent"]))
    for tensor in tensors.values()
)
print(json.dumps({"sizes": sizes, "about": about, "finite": bool(finite), "same": bool(same)}))`,
      weights.file,
      arrays.file,
    );
    const { sizes, about, finite, same } = JSON.parse(said);
    t.diagnostic(JSON.stringify(sizes));
    assert.ok(finite && same);
    assert.equal(words(about.link).experiment, "ring-identify");
    assert.match(about.made_by, /^Attractor Lab \d/);
  },
);

test("every figure can be taken as SVG, PNG and CSV", { skip: noPython }, async (t) => {
  const page = await finished(t, RECORDING);
  const figures = await page
    .locator("#figures figure")
    .evaluateAll((figures) => figures.map(({ id }) => id));
  assert.ok(figures.length >= 2);
  for (const figure of figures) {
    const svg = await take(page, `#${figure} [data-download=svg]`);
    const csv = await take(page, `#${figure} [data-download=csv]`);
    const png = await take(page, `#${figure} [data-download=png]`);
    assert.equal(svg.name, `ring-record-${figure.replace("figure-", "")}.svg`);

    const said = python(
      `import csv, itertools, json, sys
import xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
tables = open(sys.argv[2], newline="", encoding="utf-8").read().split("\\r\\n\\r\\n")
# A matrix has lines above its own that say what it holds.
matrices = [itertools.dropwhile(lambda row: len(row) == 1, csv.reader(table.splitlines())) for table in tables]
widths = [sorted({len(row) for row in matrix}) for matrix in matrices]
print(json.dumps({"root": root.tag, "parts": len(list(root.iter())), "widths": widths}))`,
      svg.file,
      csv.file,
    );
    const { root, parts, widths } = JSON.parse(said);
    assert.equal(root, "{http://www.w3.org/2000/svg}svg");
    assert.ok(parts > 20, `${figure} is drawn in ${parts} parts`);
    for (const width of widths) assert.equal(width.length, 1, `${figure}: rows of equal length`);

    const { width, colours } = await decode(page, png.bytes);
    assert.equal(width, 2400, "1200 pixels at twice the density");
    assert.ok(colours > 10, `${figure} shows ${colours} colours`);
  }
});

/**
 * Decodes a picture as a browser does.
 *
 * @param {Page} page
 * @param {Buffer} png
 */
function decode(page, png) {
  return page.evaluate(async (base64) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${base64}`;
    await picture.decode();
    const { naturalWidth: width, naturalHeight: height } = picture;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context?.drawImage(picture, 0, 0);
    const pixels = context?.getImageData(0, 0, width, height).data.buffer ?? new ArrayBuffer(0);
    return { width, height, colours: new Set(new Uint32Array(pixels)).size };
  }, png.toString("base64"));
}

test("the archive holds it all, with sums that fit", { skip: noPython }, async (t) => {
  const page = await finished(t, `${SMALL}&device=cpu`);
  const { name, file } = await take(page, "#bundle");
  assert.equal(name, "ring-identify-7.zip");
  const said = python(
    `import hashlib, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
manifest = json.loads(archive.read("manifest.json"))
found = {name: hashlib.sha256(archive.read(name)).hexdigest()
         for name in archive.namelist() if name != "manifest.json"}
print(json.dumps({"manifest": manifest, "same": found == manifest["sha256"], "names": archive.namelist()}))`,
    file,
  );
  const { manifest, same, names } = JSON.parse(said);
  assert.ok(same, "every sum is right, and every file has one");
  for (const expected of [
    "figures/error.svg",
    "figures/wiring.csv",
    "student-separated.safetensors",
    "identification.npz",
    "README.txt",
  ]) {
    assert.ok(names.includes(expected), `${expected} is missing from ${names}`);
  }
  const { experiment, seed, fp } = words(manifest.link);
  assert.deepEqual([experiment, seed], ["ring-identify", "7"]);
  assert.match(fp, /^[0-9a-f]{16}~/);
  assert.match(manifest.build, /^\d+\.\d+\.\d+ \(.+\)$/);
  assert.equal(manifest.recipe.seed, 7);
  assert.ok(manifest.findings.length > 3);
});

test("the same run gives the same archive, byte for byte", async (t) => {
  const page = await finished(t, RECORDING);
  const first = await take(page, "#bundle");
  const again = await take(page, "#bundle");
  assert.ok(first.bytes.equals(again.bytes), "asked for twice");

  const other = await finished(t, RECORDING);
  const rerun = await take(other, "#bundle");
  assert.ok(first.bytes.equals(rerun.bytes), "run twice");
});

test("the living ring can be taken away, too, and its recipe", async (t) => {
  const { page } = await open(t, { link: "#ring?seed=7&steps=120" });
  await ready(page);
  await skip(page);
  const { bytes } = await take(page, "[data-file='ring.npz']");
  assert.equal(bytes.readUInt32LE(0), 0x04034b50, "an npz is a zip");

  await page.locator("#share").click();
  const { file } = await take(page, "#share-recipe");
  const recipe = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual([recipe.experiment, recipe.seed, recipe.steps], ["ring", 7, 120]);
});
