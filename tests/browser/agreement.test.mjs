// The same link comes to the same bits in the browser and without one.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { CI, path } from "../../tools/shell.mjs";
import { download, noPython, open, python } from "./harness.mjs";
import { finish, ready, share, skip, words } from "./lab.mjs";

/** The native runner: as `cargo` left it, or where $ATTRACTOR_LAB_BIN says. */
const RUNNER = [
  process.env.ATTRACTOR_LAB_BIN ?? "",
  path("target/debug/attractor-lab"),
  path("target/release/attractor-lab"),
].find((file) => file && existsSync(file));

const noRunner = !CI && !RUNNER && "there is no native runner: `cargo build` makes it";

/** @param {string} link @returns {{ fp: string, sha256: Record<string, string> }} */
function runNatively(link) {
  const out = path(`target/downloads/${process.pid}/${link.split("?")[0]}`);
  const { status, stdout, stderr } = spawnSync(RUNNER ?? "", [link, "--out", out], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const { sha256 } = JSON.parse(readFileSync(`${out}/manifest.json`, "utf8"));
  return { fp: words(stdout.trimEnd().split("\n").at(-1) ?? "").fp, sha256 };
}

/** What the manifest of an archive says. @param {string} archive @returns {Record<string, string>} */
const sums = (archive) =>
  JSON.parse(
    python(
      `import sys, zipfile
print(zipfile.ZipFile(sys.argv[1]).read("manifest.json").decode())`,
      archive,
    ),
  ).sha256;

test("recorded data are the same bits", { skip: noRunner || noPython }, async (t) => {
  const link = "ring-record?seed=7&trajectories=6&length=200";
  const native = runNatively(link);
  const { page } = await open(t, { link: `#${link}` });
  await ready(page);
  await finish(page);
  assert.equal(words(await share(page)).fp, native.fp);
  const { file } = await download(page, () => page.locator("#bundle").click());
  const here = sums(file);
  t.diagnostic(`recording.npz: ${here["recording.npz"]}`);
  assert.equal(here["recording.npz"], native.sha256["recording.npz"]);
  // So are the tables made of them.
  assert.equal(here["figures/tuning.csv"], native.sha256["figures/tuning.csv"]);
});

test("the living ring comes to the same state", { skip: noRunner || noPython }, async (t) => {
  const link = "ring?seed=7&steps=300";
  const native = runNatively(link);
  const { page } = await open(t, { link: `#${link}` });
  await ready(page);
  await skip(page);
  const { fp } = words(await share(page));
  t.diagnostic(`state after 300 steps: ${fp.split("~")[0]}`);
  assert.equal(fp, native.fp);
  const { file } = await download(page, () => page.locator("#bundle").click());
  assert.equal(sums(file)["ring.npz"], native.sha256["ring.npz"]);
});

test("the same fixed points are found", { skip: noRunner || noPython }, async (t) => {
  const link = "fixed-points?seed=7&gain=1.6&coupling=-0.2&steps=60";
  const native = runNatively(link);
  const { page } = await open(t, { link: `#${link}` });
  await ready(page);
  await skip(page);
  assert.equal(words(await share(page)).fp, native.fp);
  const { file } = await download(page, () => page.locator("#bundle").click());
  assert.equal(sums(file)["fixed-points.npz"], native.sha256["fixed-points.npz"]);
});

test("a training on the CPU comes to the same bits", { skip: noRunner || noPython }, async (t) => {
  const link =
    "ring-identify?seed=7&arm=separated&neurons=40&hidden=40&batch=8&updates=60&trajectories=8&tests=2&length=100&device=cpu";
  const native = runNatively(link);
  const { page } = await open(t, { link: `#${link}` });
  await ready(page);
  await finish(page);
  const { file } = await download(page, () => page.locator("#bundle").click());
  const here = sums(file);
  t.diagnostic(`weights: ${here["student-separated.safetensors"]}`);
  assert.equal(
    here["student-separated.safetensors"],
    native.sha256["student-separated.safetensors"],
  );
  assert.equal(words(await share(page)).fp, native.fp);
});
