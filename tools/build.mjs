// From sources to a static site: `target/site` is what is served, tested and published.
//
//   cargo ─► wasm-bindgen ─► wasm-opt ─► pkg/{core,gpu} ─┐
//   index.html, www/ ────────────────────────────────────┴─► target/site

import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Stop, ask, path, read, run, say } from "./shell.mjs";
import { reportSizes } from "./sizes.mjs";
import { checkConstructors } from "./wasm.mjs";

/** Where the site is assembled. */
export const SITE = path("target/site");

const CRATE = "attractor_lab";

/** The two builds of the one crate. */
const CORE = { name: "core", cargo: ["--release"], profile: "release" };
const GPU = { name: "gpu", cargo: ["--profile", "gpu", "--features", "gpu"], profile: "gpu" };

/**
 * How much wasm-opt does: little. It makes files a tenth smaller; with -O3 or -Os they are smaller
 * still, but training takes twice as long and, compressed, they are larger than with -O1.
 */
const SHRINK = "-O1";

/** What rustc uses of WebAssembly, beyond its first version. */
const FEATURES = [
  "simd",
  "bulk-memory",
  "bulk-memory-opt",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
  "reference-types",
  "multivalue",
  "call-indirect-overlong",
].map((feature) => `--enable-${feature}`);

/**
 * Builds the page.
 *
 * @param {{ wasm: import("./rust.mjs").Wasm, bindgen: string }} tools
 * @param {{ gpu: boolean }} options
 */
export function build({ wasm, bindgen }, { gpu }) {
  const builds = gpu ? [CORE, GPU] : [CORE];
  const remarks = builds.map((each) => compile(each, wasm, bindgen));
  const id = assemble(builds.map(({ name }) => name));
  reportSizes(SITE, path("target/sizes.txt"), [`Build ${id}.`, ...remarks]);
}

/**
 * Compiles one build into `pkg/`.
 *
 * @param {typeof CORE} build
 * @param {import("./rust.mjs").Wasm} wasm
 * @param {string} bindgen
 * @returns {string} how large it was before and after wasm-opt
 */
function compile({ name, cargo, profile }, wasm, bindgen) {
  say(`Compiling the ${name} build.`);
  run("cargo", ["build", "--lib", "--target", "wasm32-unknown-unknown", ...cargo, ...wasm.args], {
    env: wasm.env,
  });
  const target = process.env.CARGO_TARGET_DIR ?? path("target");
  const linked = join(target, "wasm32-unknown-unknown", profile, `${CRATE}.wasm`);
  const out = path("pkg", name);
  const shipped = join(out, `${CRATE}_bg.wasm`);

  // What follows depends on these alone.
  const content = readFileSync(linked);
  const versions = read(path("package-lock.json"));
  const inputs = [content, readFileSync(bindgen), versions, SHRINK, ...FEATURES];
  const stamp = join(out, ".made-of");
  const madeOf = hash(inputs);
  let [found, before] = (read(stamp) ?? "").split(" ");
  if (found !== madeOf) {
    checkConstructors(content);
    rmSync(out, { recursive: true, force: true });
    run(bindgen, [linked, out], { otherwise: `wasm-bindgen failed on the ${name} build.` });
    before = String(statSync(shipped).size);
    say(`Shrinking the ${name} build.`);
    const optimiser = path("node_modules/binaryen/bin/wasm-opt");
    run(process.execPath, [optimiser, SHRINK, ...FEATURES, shipped, "-o", shipped], {
      otherwise: `wasm-opt failed on the ${name} build.`,
    });
    checkScripts(out);
    writeFileSync(stamp, `${madeOf} ${before}`);
  }
  const [was, is] = [Number(before), statSync(shipped).size].map((n) => n.toLocaleString("en-GB"));
  return `The ${name} build: ${was} bytes before wasm-opt, ${is} after.`;
}

/** Stops at scripts that the page's security policy would refuse to run. @param {string} folder */
function checkScripts(folder) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    const found = /new Function\(|\beval\(/.exec(readFileSync(join(folder, name), "utf8"));
    if (found) {
      throw new Stop(`${name} makes code out of text (\`${found[0]}\`), which the page forbids.`);
    }
  }
}

/**
 * Puts the site together.
 *
 * @param {string[]} builds
 * @returns {string} the build's id
 */
function assemble(builds) {
  rmSync(SITE, { recursive: true, force: true });
  mkdirSync(SITE, { recursive: true });
  copyFileSync(path("index.html"), join(SITE, "index.html"));
  cpSync(path("www"), join(SITE, "www"), { recursive: true });
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const name of builds) {
    for (const file of [`${CRATE}.js`, `${CRATE}_bg.wasm`]) {
      const to = join(SITE, "pkg", name, file);
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(path("pkg", name, file), to);
    }
    sizes[name] = statSync(join(SITE, "pkg", name, `${CRATE}_bg.wasm`)).size;
  }
  const id = identify();
  const card = `${JSON.stringify({ build: id, ...sizes })}\n`;
  for (const folder of [SITE, path()]) writeFileSync(join(folder, "pkg/build.json"), card);
  return id;
}

/** The commit, and where the site differs from any commit, a hash of what it is made of. */
function identify() {
  const commit = ask("git", ["rev-parse", "--short=10", "HEAD"]);
  const clean = ask("git", ["status", "--porcelain"]) === "";
  if (commit && clean) return commit;
  const files = readdirSync(SITE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const content = hash(files.map((file) => [basename(file), readFileSync(file)]).flat()).slice(
    0,
    10,
  );
  return commit ? `${commit}+${content}` : content;
}

/** @param {(string | Buffer | undefined)[]} parts */
function hash(parts) {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part ?? "");
  return sum.digest("hex");
}
