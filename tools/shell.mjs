// What every tool needs: to speak, to stop, and to start other programs.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A path below the repository's root. @param {string[]} parts */
export const path = (...parts) => join(ROOT, ...parts);

/** Whether this is a machine that tests unattended, where nothing may be left out. */
export const CI = Boolean(process.env.CI);

/** A reason to stop, as a sentence for the reader. Anything else thrown is a bug in the tools. */
export class Stop extends Error {}

/** Says what is happening. @param {string} sentence */
export function say(sentence) {
  console.log(`\x1b[36m•\x1b[0m ${sentence}`);
}

/**
 * Runs a program to its end, showing what it says.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, otherwise?: string }} [options] `otherwise` is the
 *   sentence to stop with when it fails.
 */
export function run(program, args, { env = {}, otherwise } = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: "inherit",
    // On Windows npm and its tools are scripts, which only a shell can start.
    shell: process.platform === "win32",
  });
  if (error || status !== 0) {
    const what = `\`${[program, ...args].join(" ")}\``;
    throw new Stop(otherwise ?? (error ? `${what} could not be started.` : `${what} failed.`));
  }
}

/**
 * What a program prints, or `undefined` when it is missing or fails.
 *
 * @param {string} program
 * @param {string[]} args
 */
export function ask(program, args) {
  const { status, stdout } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Installs packages of the system, where this is possible without asking anyone.
 *
 * @param {string[]} packages
 */
export function install(...packages) {
  if (!which("apt-get") || process.getuid?.() !== 0) return;
  say(`Installing ${packages.join(", ")} with apt-get.`);
  const quietly = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
  ask("env", [...quietly, "update"]);
  ask("env", [...quietly, "install", "-y", "--no-install-recommends", ...packages]);
}

/** Where a program is on the PATH, if it is. @param {string} program */
export function which(program) {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  return (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => endings.map((ending) => join(folder, program + ending)))
    .find(existsSync);
}

/** The text of a file, or `undefined` when there is none. @param {string} file */
export function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
