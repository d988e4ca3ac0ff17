// The commands of this repository; `package.json` gives each its name.
//
//   start   builds the page and serves it        build   builds it only
//   test    sets up and runs all tests           check   formatter, lints and types only

import { build, SITE } from "./build.mjs";
import { serve } from "./serve.mjs";
import { setUpBuild } from "./setup.mjs";
import { CI, Stop, say } from "./shell.mjs";
import { check, test } from "./test.mjs";

/** @typedef {{ gpu: boolean, port: number, only: string[] }} Options */

/** @type {Record<string, (options: Options) => void | Promise<void>>} */
const COMMANDS = {
  async start(options) {
    build(setUpBuild(), options);
    const { url } = await serve(SITE, { port: options.port });
    say(`Attractor Lab is open at ${url} — press Ctrl+C to close it.`);
  },
  build: (options) => build(setUpBuild(), options),
  check: (options) => check(options),
  test: (options) => test(options),
};

/** @param {string[]} args @returns {Options} */
function read(args) {
  /** @type {Options} */
  const options = { gpu: true, port: 8080, only: [] };
  for (const arg of args) {
    const port = /^--port=(\d+)$/.exec(arg)?.[1];
    if (arg === "--no-gpu") options.gpu = false;
    else if (port) options.port = Number(port);
    else if (!arg.startsWith("-")) options.only.push(arg);
    else throw new Stop(`There is no option ${arg}; there are --no-gpu and --port=8080.`);
  }
  if (CI && !options.gpu)
    throw new Stop("An unattended test leaves nothing out, --no-gpu included.");
  return options;
}

try {
  const [name = "", ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command)
    throw new Stop(`There is no command “${name}”: there are ${Object.keys(COMMANDS).join(", ")}.`);
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new Stop(`Node 20 or newer is needed, and this is ${process.versions.node}.`);
  }
  await command(read(args));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`\x1b[31m✗\x1b[0m ${error.message}`);
  process.exitCode = 1;
}
