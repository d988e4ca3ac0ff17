// Everything that is checked, in the order in which a mistake is cheapest to find.

import { existsSync, readdirSync } from "node:fs";
import { build } from "./build.mjs";
import { setUpBrowser, setUpBuild, setUpChecks } from "./setup.mjs";
import { Stop, path, run, say } from "./shell.mjs";

const STRICT = ["--", "-D", "warnings"];
const WASM = ["--lib", "--target", "wasm32-unknown-unknown"];

/** @typedef {{ name: string, work: () => void }} Step */

/** The fast checks: nothing is linked and nothing runs. @param {import("./main.mjs").Options} options */
export function check(options) {
  let wasm = /** @type {import("./rust.mjs").Wasm} */ ({ env: {}, args: [] });
  follow(options.only, [
    { name: "set-up", work: () => void (wasm = setUpChecks()) },
    ...lints(() => wasm),
    ...scripts(),
  ]);
}

/** All of it. @param {import("./main.mjs").Options} options */
export function test(options) {
  let tools = /** @type {ReturnType<typeof setUpBuild> | undefined} */ (undefined);
  follow(options.only, [
    {
      name: "set-up",
      work() {
        setUpChecks();
        tools = setUpBuild();
        setUpBrowser();
      },
    },
    ...lints(() => (tools ??= setUpBuild()).wasm),
    { name: "tests", work: () => run("cargo", ["test"]) },
    {
      name: "documentation",
      work: () =>
        run("cargo", ["doc", "--no-deps", "--document-private-items"], {
          env: { RUSTDOCFLAGS: "-D warnings" },
        }),
    },
    { name: "page", work: () => build((tools ??= setUpBuild()), options) },
    ...scripts(),
    { name: "browser", work: browser },
  ]);
}

/** @param {() => import("./rust.mjs").Wasm} wasm @returns {Step[]} */
function lints(wasm) {
  /** @param {string[]} args */
  const clippy = (...args) => run("cargo", ["clippy", ...args, ...STRICT], { env: wasm().env });
  return [
    {
      name: "format",
      work() {
        run("cargo", ["fmt", "--check"]);
        run("cargo", ["fmt", "--check", "--manifest-path", "tools/bindgen/Cargo.toml"]);
      },
    },
    { name: "lints", work: () => clippy("--all-targets") },
    // The core build; what the GPU build adds to it is thirty lines, and minutes of dependencies.
    { name: "lints-wasm", work: () => clippy(...WASM, ...wasm().args) },
  ];
}

/** @returns {Step[]} */
function scripts() {
  const tool = (/** @type {string} */ name) => path("node_modules/.bin", name);
  return [
    {
      name: "types",
      work: () => [".", "tools"].forEach((project) => run(tool("tsc"), ["--project", project])),
    },
    { name: "style", work: () => run(tool("prettier"), ["--check", "--log-level", "warn", "."]) },
  ];
}

/** Runs the browser tests, one file after another: they share two cores and one clock. */
function browser() {
  const folder = path("tests/browser");
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(".test.mjs"))
    : [];
  run(process.execPath, [
    "--test",
    "--test-concurrency=1",
    "--test-reporter=spec",
    ...files.map((name) => `tests/browser/${name}`),
  ]);
}

/**
 * Takes the steps in turn, or only those that are named, and says how long each took.
 *
 * @param {string[]} only
 * @param {Step[]} steps
 */
function follow(only, steps) {
  const names = steps.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown) throw new Stop(`There is no step “${unknown}”; there are ${names.join(", ")}.`);
  const chosen = steps.filter(({ name }) => only.length === 0 || only.includes(name));
  const took = /** @type {string[]} */ ([]);
  const started = performance.now();
  try {
    for (const { name, work } of chosen) {
      console.log(`\n\x1b[1m${name}\x1b[0m`);
      const began = performance.now();
      took.push(`✗ ${name}`);
      work();
      took.splice(-1, 1, `✓ ${name}  ${duration(performance.now() - began)}`);
    }
  } finally {
    console.log(`\n${took.join("\n")}`);
  }
  say(`All ${chosen.length} steps passed in ${duration(performance.now() - started)}.`);
}

/** @param {number} ms */
function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
