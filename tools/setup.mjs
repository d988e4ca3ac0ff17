// Brings what the page and its tests need, and leaves alone what is there.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { findChromium } from "./chromium.mjs";
import { needBindgen, needLints, needRust, needWasm } from "./rust.mjs";
import { CI, Stop, ask, install, path, run, say } from "./shell.mjs";

/** What building the page takes. @returns {{ wasm: import("./rust.mjs").Wasm, bindgen: string }} */
export function setUpBuild() {
  needRust();
  const wasm = needWasm();
  needPackages();
  return { wasm, bindgen: needBindgen() };
}

/** What checking the sources takes. */
export function setUpChecks() {
  needRust();
  needLints();
  needPackages();
  return needWasm();
}

/** What the browser tests take. */
export function setUpBrowser() {
  needPackages();
  needChromium();
  needPython();
}

/** Installs the development packages of package-lock.json, once for each lockfile. */
function needPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(path("package-lock.json")))
    .digest("hex");
  const stamp = path("node_modules/.installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;

  say("Installing the development packages of package-lock.json.");
  run("npm", ["ci", "--silent"], {
    otherwise: "npm could not install the development packages: run `npm ci` to see why.",
  });
  writeFileSync(stamp, lock);
}

/** Makes sure there is a Chromium to test in. */
function needChromium() {
  if (findChromium()) return;
  install("chromium");
  if (findChromium()) return;
  throw new Stop(
    "No Chromium was found to test in: install Chromium or Chrome, or set CHROMIUM to where it is.",
  );
}

/** The interpreter that reads our files back, in an environment of its own. */
export const PYTHON = path(
  process.platform === "win32" ? "target/python/Scripts/python.exe" : "target/python/bin/python",
);

/** Makes a Python that can open what the page offers for download. */
function needPython() {
  const modules = "import numpy, scipy, safetensors.numpy";
  if (ask(PYTHON, ["-c", modules]) !== undefined) return;

  const find = () =>
    ["python3", "python"].find((name) => ask(name, ["-c", "import venv, ensurepip"]) !== undefined);
  if (!find()) install("python3", "python3-venv");
  const python = find();
  if (!python) {
    const sentence = "Python 3 with venv is missing, so downloads cannot be opened with it";
    if (CI) throw new Stop(`${sentence}: install python3 and python3-venv.`);
    return say(`${sentence}; the tests that do so are left out.`);
  }
  say("Making a Python with numpy, scipy and safetensors in target/python.");
  run(python, ["-m", "venv", "target/python"]);
  run(PYTHON, ["-m", "pip", "install", "--quiet", "numpy", "scipy", "safetensors"], {
    otherwise: "pip could not install numpy, scipy and safetensors: see its words above.",
  });
}
