// The contenders that are programs of this machine.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Stop, ask, path } from "../../tools/shell.mjs";
import { Program } from "./program.mjs";

/** Where the Python with PyTorch and JAX is, if it is not the usual one. */
const OWN = path("target/peers/bin/python");

/** How to get the peers; they are large, so nothing installs them unasked. */
export const ADVICE =
  "To compare with PyTorch and JAX: python3 -m venv target/peers && " +
  "target/peers/bin/pip install torch jax";

/**
 * Compiles our own program, unless it is to be taken as it is, and finds the others.
 *
 * @param {{ built: boolean }} options
 * @returns {{ contenders: Program[], missing: string[] }}
 */
export function findPrograms({ built }) {
  const python = process.env.PEERS_PYTHON ?? (existsSync(OWN) ? OWN : "python3");
  const all = availableParallelism();
  const counts = all > 1 ? [1, all] : [1];
  const threads = (/** @type {number} */ count) => (count === 1 ? "1 thread" : `${count} threads`);
  const own = built ? made() : compile();
  const contenders = counts.map(
    (count) =>
      new Program(
        count === 1 ? "native" : `native-${count}`,
        threads(count),
        [own, String(count)],
        true,
      ),
  );
  const missing = [];
  for (const [peer, forms] of /** @type {[string, string[]][]} */ ([
    ["torch", ["eager", "hoisted", "custom"]],
    ["jax", ["scan", "custom"]],
  ])) {
    if (ask(python, ["-c", `import ${peer}`]) === undefined) {
      missing.push(peer);
      continue;
    }
    const script = path(`benches/native/${peer}_worker.py`);
    for (const form of forms) {
      for (const count of counts) {
        const id = `${peer}-${form}${count === 1 ? "" : `-${count}`}`;
        const command = [python, script, form, String(count)];
        contenders.push(new Program(id, `${form}, ${threads(count)}`, command));
      }
    }
  }
  return { contenders, missing };
}

/** Where cargo puts our own program. */
function made() {
  const name = process.platform === "win32" ? "update.exe" : "update";
  return join(process.env.CARGO_TARGET_DIR ?? path("target"), "release/examples", name);
}

/** @returns {string} our own program */
function compile() {
  const args = ["build", "--release", "--example", "update"];
  args.push("--message-format=json-render-diagnostics");
  const { status, stdout } = spawnSync("cargo", args, {
    cwd: path(),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = status === 0 ? stdout.split("\n").filter((line) => line.startsWith("{")) : [];
  const made = lines.map((line) => JSON.parse(line)).find((it) => it.executable);
  if (!made) throw new Stop("The native program could not be compiled: see cargo's words above.");
  return made.executable;
}
