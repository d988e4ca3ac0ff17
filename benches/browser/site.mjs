// The page of the race as files: the laboratory's own site with the race and the peers beside it.
// It is never published; the peers come from the npm registry into `target/`.

import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SITE, build } from "../../tools/build.mjs";
import { setUpBuild } from "../../tools/setup.mjs";
import { path, read, run, say } from "../../tools/shell.mjs";

const PEERS = path("target/bench/peers");
const RACE = path("target/bench/site");

/** What is taken from the peers' packages, and where to. @type {[string, RegExp, string][]} */
const TAKEN = [
  ["@tensorflow/tfjs/dist", /^tf\.min\.js$/, "tfjs"],
  ["@tensorflow/tfjs-backend-wasm/dist", /^tf-backend-wasm\.min\.js$|\.wasm$/, "tfjs"],
  ["@tensorflow/tfjs-backend-webgpu/dist", /^tf-backend-webgpu\.min\.js$/, "tfjs"],
  ["@jax-js/jax/dist", /\.js$/, "jax"],
];

/**
 * Builds the laboratory and puts the race together.
 *
 * @param {{ gpu: boolean, built: boolean }} options whether the build with WebGPU takes part, and
 *   whether the site is taken as it is
 * @returns {string} the folder to serve
 */
export function assemble({ gpu, built }) {
  if (!built) build(setUpBuild(), { gpu });
  needPeers();
  rmSync(RACE, { recursive: true, force: true });
  cpSync(SITE, RACE, { recursive: true });
  mkdirSync(join(RACE, "race"));
  const own = path("benches/browser");
  for (const name of readdirSync(own).filter((name) => /\.(js|html)$/.test(name))) {
    copyFileSync(join(own, name), join(RACE, "race", name));
  }
  for (const [from, wanted, to] of TAKEN) {
    const folder = join(PEERS, "node_modules", from);
    mkdirSync(join(RACE, "peers", to), { recursive: true });
    for (const name of readdirSync(folder).filter((name) => wanted.test(name))) {
      copyFileSync(join(folder, name), join(RACE, "peers", to, name));
    }
  }
  return RACE;
}

/** Installs the peers, once for each lockfile. */
function needPeers() {
  const lock = "package-lock.json";
  if (read(join(PEERS, lock)) === read(path("benches/browser", lock))) return;
  say("Installing the peers of the browser in target/bench/peers.");
  mkdirSync(PEERS, { recursive: true });
  copyFileSync(path("benches/browser/package.json"), join(PEERS, "package.json"));
  copyFileSync(path("benches/browser", lock), join(PEERS, lock));
  run("npm", ["ci", "--silent", "--ignore-scripts", "--prefix", PEERS], {
    otherwise: "npm could not install the peers: see its words above.",
  });
}
