// A visitor's own recording: opened, identified, taken away; asked for where it is missing; refused
// where it is no recording.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { path } from "../../tools/shell.mjs";
import { assertAccessible, download, noPython, open, python, shoot } from "./harness.mjs";
import { finish, inTime, pause, reach, ready, share, stored, until, visit, words } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Identification of a recording, in less than a minute. */
const LINK =
  "#ring-identify?seed=7&arm=separated&hidden=30&device=cpu&updates=300&rate=0.006&window=25&batch=10";

/** The ring of another program, simulated once. @type {{ recording: string, truth: string } | undefined} */
let made;

function otherRing() {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), "other-ring-"));
  made = { recording: join(folder, "other ring.npz"), truth: join(folder, "truth.npz") };
  python(
    `import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")`,
    path("tests/oracle/other_ring.py"),
    made.recording,
    made.truth,
  );
  return made;
}

/**
 * Opens files in the dialog, up to where they could be used.
 *
 * @param {Page} page
 * @param {string | string[]} files
 */
async function choose(page, files) {
  await page.locator("#opening-files").setInputFiles(files);
  await page.locator("#opening-use:enabled").waitFor({ timeout: 20_000 });
}

/** Opens files and uses them. @param {Page} page @param {string | string[]} files */
async function bring(page, files) {
  await page.locator("#knob-recording-open").click();
  await choose(page, files);
  await page.locator("#opening-use").click();
  await page.locator("#opening").waitFor({ state: "hidden" });
}

/** The fingerprint of the recording that the form names. @param {Page} page */
const named = (page) => page.locator("#knob-recording").getAttribute("data-value");

test(
  "the recording of another ring is opened, identified and taken away",
  { skip: noPython },
  async (t) => {
    const { recording, truth } = otherRing();
    const { page } = await open(t, { link: LINK });
    await ready(page);
    assert.match((await page.locator("#knob-recording-what").textContent()) ?? "", /Simulated/);

    await page.locator("#knob-recording-open").focus();
    await page.keyboard.press("Enter");
    await page.locator("#opening").waitFor();
    assert.match((await page.locator("#opening").textContent()) ?? "", /never leave it/);
    await choose(page, recording);
    assert.equal(await page.locator("#opening-rates").inputValue(), "firing");
    assert.equal(await page.locator("#opening-velocity").inputValue(), "omega");
    assert.equal(await page.locator("#opening-heading").inputValue(), "");
    assert.equal(await page.locator("#opening-step").inputValue(), "25");
    const about = "60 neurons, 30 trajectories of 600 steps of 25 ms";
    assert.equal(await page.locator("#opening-about").textContent(), `${about}.`);
    const facts = await page.locator("#opening-facts li").allTextContents();
    assert.ok(
      facts.some((fact) => /principal components/.test(fact)),
      facts.join(" "),
    );
    await assertAccessible(page);
    await shoot(page, "opening-a-recording");
    await page.locator("#opening-use").click();

    await page.locator("#knob-recording-none").waitFor();
    assert.equal(await page.locator("#knob-recording-what").textContent(), about);
    assert.ok(await page.locator("[data-knob=neurons]").isHidden(), "the ring's knobs do nothing");
    const fingerprint = (await named(page)) ?? "";
    assert.match(fingerprint, /^[0-9a-f]{16}$/);
    await page.waitForURL((url) => words(url.hash).recording === fingerprint);

    await finish(page, 240_000);
    await shoot(page, "recording-identified", { fullPage: true });
    const take = (/** @type {string} */ name) =>
      download(page, () => page.locator(`[data-file='${name}']`).click());
    const arrays = await take("identification.npz");
    const own = await take("recording.npz");
    const said = python(
      `import json, sys, numpy
found, truth, given, own = (numpy.load(name) for name in sys.argv[1:])
order = found["neuron_order"]
n = len(order)
student = numpy.empty((n, n))
student[numpy.ix_(order, order)] = found["separated_recurrent"][:n, :n]
places = numpy.argsort(truth["places"])
def profile(matrix):
    matrix = matrix[numpy.ix_(places, places)]
    return numpy.array([numpy.mean([matrix[i, (i + d) % n] for i in range(n)]) for d in range(n)])
step = numpy.diff(numpy.unwrap(truth["places"][order]))
print(json.dumps({
    "wiring": float(numpy.corrcoef(student.ravel(), truth["weights"].ravel())[0, 1]),
    "profile": float(numpy.corrcoef(profile(student), profile(truth["weights"]))[0, 1]),
    "misplaced": float(abs(abs(numpy.degrees(step)) - 360 / n).max()),
    "rates": float(abs(found["test_rates"] * found["rate_unit"] - given["firing"][-4:][:, :, order]).max()),
    "same": all((own[a] == given[b]).all() for a, b in [("rates", "firing"), ("velocity", "omega")] if a == "rates"),
}))`,
      arrays.file,
      truth,
      recording,
      own.file,
    );
    t.diagnostic(said);
    const { wiring, profile, misplaced, rates, same } = JSON.parse(said);
    assert.ok(profile > 0.8, `the profiles correlate ${profile}`);
    assert.ok(wiring > 0.5, `the weights correlate ${wiring}`);
    assert.ok(misplaced < 20, `neighbours are ${misplaced}° from where they belong`);
    assert.ok(rates < 1e-3 && same, "what was done to the numbers can be undone");

    // The recording as it is taken away is the recording that was opened.
    await bring(page, own.file);
    assert.equal(await named(page), fingerprint);
  },
);

test("a run on a recording survives a reload", { skip: noPython }, async (t) => {
  const { recording } = otherRing();
  const { page } = await open(t, { link: `${LINK}&updates=5000`.replace("&updates=300", "") });
  await ready(page);
  await bring(page, recording);
  await page.locator("#primary").click();
  await reach(page, 20);
  await stored(page, await pause(page));
  await page.reload();
  await ready(page);
  await page.locator("#resume").click();
  await until(page, { state: "running" });
  await reach(page, 21);
  assert.match((await page.locator("#knob-recording-what").textContent()) ?? "", /60 neurons/);

  await page.locator("[data-open=stored]").click();
  const kept = page.locator("[data-material]");
  assert.match((await kept.textContent()) ?? "", /Your file/);
  await kept.getByRole("button").click();
  await kept.waitFor({ state: "detached" });
});

test(
  "a link that needs a recording asks for it, and runs with it",
  { skip: noPython },
  async (t) => {
    const { recording, truth } = otherRing();
    const short = LINK.replace("updates=300", "updates=10");
    const sender = (await open(t, { link: short })).page;
    await ready(sender);
    await bring(sender, recording);
    await finish(sender);
    const link = await share(sender);

    const { page } = await open(t, { link });
    await ready(page);
    const card = page.locator("#card-needs");
    assert.match((await card.textContent()) ?? "", new RegExp(words(link).recording));
    await page.locator("#primary").click();
    await until(page, { step: "0" });
    assert.notEqual(await page.locator("html").getAttribute("data-state"), "running");

    await page.locator("#needs-open").click();
    await page.locator("#opening-files").setInputFiles(truth);
    await page.locator("#opening-other").waitFor();
    await choose(page, recording);
    assert.ok(await page.locator("#opening-other").isHidden(), "it is the very recording");
    await page.locator("#opening-use").click();
    await card.waitFor({ state: "detached" });
    await finish(page);
    const verdict = page.locator("#card-verdict");
    assert.match((await verdict.textContent()) ?? "", /bit for bit/);

    await visit(page, short);
    await page
      .locator("#knob-recording-what")
      .filter({ hasText: /Simulated/ })
      .waitFor();
  },
);

test("a mapping can be changed, and one trajectory will do", { skip: noPython }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "mapping-"));
  python(
    `import sys, numpy
rng = numpy.random.default_rng(1)
turn = numpy.cumsum(rng.normal(0, .1, 1000))
places = 2 * numpy.pi * numpy.arange(20) / 20
rates = numpy.exp(2 * numpy.cos(places[:, None] - turn[None, :]))
numpy.save(sys.argv[1] + "/x.npy", numpy.asfortranarray(rates).astype(">f4"))
numpy.save(sys.argv[1] + "/behaviour.npy", numpy.stack([turn, numpy.gradient(turn)], 1))
rows = numpy.column_stack([numpy.arange(1000), numpy.gradient(turn), turn % 6.28, rates.T])
head = "step,velocity,heading," + ",".join(f"n{k}" for k in range(20))
numpy.savetxt(sys.argv[1] + "/table.csv", rows, "%.6g", ",", header=head, comments="")`,
    folder,
  );
  const { page } = await open(t, { link: LINK });
  await ready(page);
  await page.locator("#knob-recording-open").click();
  const about = page.locator("#opening-about");
  await choose(page, [join(folder, "x.npy"), join(folder, "behaviour.npy")]);
  await page.locator("#opening-rates").selectOption("x");
  await page.locator("#opening-rates-layout").selectOption("ns");
  await page.locator("#opening-velocity").selectOption("behaviour");
  await page.locator("#opening-velocity-layout").selectOption("sc");
  await page.locator("#opening-velocity-channel").selectOption("1");
  await page.locator("#opening-heading").selectOption("behaviour");
  await page.locator("#opening-heading-layout").selectOption("sc");
  await page.locator("#opening-use:enabled").waitFor();
  assert.equal(await about.textContent(), "20 neurons, one trajectory of 1000 steps.");
  assert.match((await page.locator("#opening-facts").textContent()) ?? "", /headings they prefer/);

  await page.locator("#opening-rates-layout").selectOption("sn");
  await page.locator("#opening-problem:not(:empty)").waitFor();
  assert.match((await page.locator("#opening-problem").textContent()) ?? "", /20/);

  await choose(page, join(folder, "table.csv"));
  assert.equal(await about.textContent(), "20 neurons, one trajectory of 1000 steps.");
  await page.keyboard.press("Escape");
  await page.locator("#opening").waitFor({ state: "hidden" });
  assert.equal(await named(page), "none");
});

test("what is no recording is refused with a sentence, at once", { skip: noPython }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "malformed-"));
  python(
    `import io, struct, sys, zipfile, numpy
to = lambda name: sys.argv[1] + "/" + name
rates, velocity = numpy.ones((3, 60, 10), "f4"), numpy.ones((3, 60))
def header(text, numbers=b"", version=1):
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\\x93NUMPY" + bytes([version, 0]) + size + text.encode() + numbers
numpy.savez(to("rank.npz"), rates=numpy.ones(600), velocity=velocity)
numpy.save(to("object.npy"), numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
numpy.savez(to("whole.npz"), rates=rates, velocity=velocity)
whole = open(to("whole.npz"), "rb").read()
import os; os.remove(to("whole.npz"))
open(to("truncated.npz"), "wb").write(whole[: len(whole) // 2])
open(to("four-gigabytes.npy"), "wb").write(b"\\x93NUMPY\\x02\\x00" + struct.pack("<I", 2**32 - 1) + b"{")
open(to("shape.npy"), "wb").write(header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999), }"))
odd = rates.copy(); odd[1, 2, 3] = numpy.nan
numpy.savez(to("nan.npz"), rates=odd, velocity=velocity)
odd[1, 2, 3] = numpy.inf
numpy.savez(to("infinite.npz"), rates=odd, velocity=velocity)
odd[1, 2, 3] = -1
numpy.savez(to("negative.npz"), rates=odd, velocity=velocity)
numpy.savez(to("steps.npz"), rates=rates, velocity=velocity[:, 1:])
with zipfile.ZipFile(to("outside.npz"), "w") as archive: archive.writestr("../rates.npy", header("", b""))
with zipfile.ZipFile(to("bomb.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for k in range(4): archive.writestr(f"{k}.npy", bytes(60_000_000))
open(to("picture.npz"), "wb").write(b"\\x89PNG not an archive")
open(to("empty.csv"), "wb").write(b"")
open(to("words.csv"), "w").write("step,velocity,a\\n0,1,2\\n1,two,3\\n")`,
    folder,
  );
  /** @type {Record<string, RegExp>} */
  const sentences = {
    "rank.npz": /rates \[600\].*velocity \[3, 60\]/,
    "object.npy": /bject\.npy cannot be opened: it holds Python objects/,
    "truncated.npz": /runcated\.npz cannot be opened: it has no directory at its end/,
    "four-gigabytes.npy": /4294967295 bytes long, and the longest is 10000/,
    "shape.npy": /\[99999999, 99999999\] holds more than 33554432 numbers/,
    "nan.npz": /ates\[1, 2, 3\] cannot be “NaN”: it must be a finite number/,
    "infinite.npz": /ates\[1, 2, 3\] cannot be “inf”/,
    "negative.npz": /\(1, 2, 3\) cannot be “-1”: it must be 0 or more/,
    "steps.npz": /velocity \[3, 59\]/,
    "outside.npz": /“\.\.\/rates\.npy”, and a name does not lead out of its folder/,
    "bomb.npz": /unpacks to 180000000 bytes, and the most is 134217728/,
    "picture.npz": /does not begin as such a file does/,
    "empty.csv": /it is empty/,
    "words.csv": /line 3, column “velocity” holds “two”/,
  };
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(sentences).sort());
  const { page } = await open(t, { link: LINK });
  await ready(page);
  await page.locator("#knob-recording-open").click();
  const problem = page.locator("#opening-problem");
  // Whatever comes first starts the worker as well.
  await page.locator("#opening-files").setInputFiles(join(folder, "empty.csv"));
  await page.locator("#opening-problem:not(:empty)").waitFor();
  for (const [name, sentence] of Object.entries(sentences)) {
    await page.locator("#opening-files").setInputFiles([]);
    const ms = await page.evaluate(async () => {
      const node = /** @type {HTMLElement} */ (document.getElementById("opening-problem"));
      node.textContent = "";
      const input = document.getElementById("opening-files");
      /** @type {Promise<number>} */
      const told = new Promise((resolve) => {
        input?.addEventListener(
          "change",
          () => {
            const began = performance.now();
            const watch = () =>
              node.textContent ? resolve(performance.now() - began) : setTimeout(watch, 5);
            setTimeout(watch, 5);
          },
          { once: true },
        );
      });
      /** @type {any} */ (globalThis).told = told;
      return 0;
    });
    assert.equal(ms, 0);
    await page.locator("#opening-files").setInputFiles(join(folder, name));
    const took = await page.evaluate(() => /** @type {any} */ (globalThis).told);
    const text = (await problem.textContent()) ?? "";
    assert.match(text, sentence, name);
    assert.match(text, /^[A-Z“].*\.$/s, `${name}: one sentence`);
    assert.ok(inTime(t, `${name}: “${text}”`, took, 1000), `${name} took ${took} ms`);
    assert.ok(await page.locator("#opening-use").isDisabled());
  }
});
