// `npm run bench`: the engine against others, in one run. See README.md beside this file.
//
//   all        programs and browser together        native, browser   one of them
//   growth     how our time grows with the size     page              the race by hand, in any browser
//   lab        the page's own training, as a visitor sees it, on one and on two threads
//
//   --size=100,200,64   units, steps, trials          --rounds=7        how often
//   --only=a,b          ids of contenders             --gpu             with our WebGPU build
//   --built             with site and program as they were last built

import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { build } from "../tools/build.mjs";
import { serve } from "../tools/serve.mjs";
import { setUpBuild } from "../tools/setup.mjs";
import { Stop, path, say } from "../tools/shell.mjs";
import { runPreset } from "./browser/preset.mjs";
import { exponent, race } from "./browser/race.js";
import { digits, markdown, sizeName, table } from "./browser/report.js";
import { assemble } from "./browser/site.mjs";
import { openTab } from "./browser/tab.mjs";
import { ADVICE, findPrograms } from "./native/programs.mjs";

/** @typedef {import("./browser/race.js").Contender} Contender */
/** @typedef {import("./browser/race.js").Size} Size */
/** @typedef {{ size: Size, rounds: number, only: string[], gpu: boolean, built: boolean }} Options */

/** Sizes along which growth is measured, from the middle one: steps, trials, units. */
const MIDDLE = { units: 100, steps: 200, trials: 64 };
/** @type {[keyof Size, number[]][]} */
const GROWTH = [
  ["steps", [50, 100, 200, 400, 1000]],
  ["trials", [16, 32, 64, 128, 256]],
  ["units", [50, 100, 256, 512]],
];

/** @type {Record<string, (options: Options) => Promise<void>>} */
const COMMANDS = {
  all: (options) => compare(options, { native: true, browser: true }),
  native: (options) => compare(options, { native: true, browser: false }),
  browser: (options) => compare(options, { native: false, browser: true }),
  growth: grow,
  lab: trainInPage,
  async page({ gpu, built }) {
    const { url } = await serve(assemble({ gpu, built }), { port: 8090, isolated: true });
    say(`The race is open at ${url}race/ — press Ctrl+C to close it.`);
  },
};

/**
 * Gathers the contenders, lets `act` have them, and sends them home.
 *
 * @param {Options} options
 * @param {{ native: boolean, browser: boolean }} which
 * @param {(contenders: Contender[], surroundings: string) => Promise<void>} act
 */
async function gather({ only, gpu, built }, { native, browser }, act) {
  const programs = native ? findPrograms({ built }) : { contenders: [], missing: [] };
  if (programs.missing.length > 0) say(`${programs.missing.join(" and ")} are missing. ${ADVICE}`);
  const tab = browser ? await openTab(assemble({ gpu, built })) : undefined;
  const all = [...(tab?.contenders ?? []), ...programs.contenders];
  const usual = all.filter(({ id }) => !id.includes("webgpu"));
  const chosen = only.length > 0 ? all.filter(({ id }) => only.includes(id)) : usual;
  if (chosen.length === 0) {
    throw new Stop(`There is none of these; there are ${all.map(({ id }) => id).join(", ")}.`);
  }
  const processor = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
  const date = new Date().toISOString().slice(0, 10);
  const surroundings = [processor, process.platform, tab?.version, date].filter(Boolean).join("; ");
  try {
    await act(chosen, surroundings);
  } finally {
    for (const contender of programs.contenders) contender.close();
    await tab?.close();
  }
}

/**
 * @param {Options} options
 * @param {{ native: boolean, browser: boolean }} which
 */
function compare(options, which) {
  const { size, rounds } = options;
  return gather(options, which, async (contenders, surroundings) => {
    const { results, absent } = await race(contenders, size, { rounds, tell: say });
    if (results.length === 0) throw new Stop(absent.map(({ why }) => why).join("\n"));
    const text = [
      `${sizeName(size)}. ${surroundings}.`,
      markdown(table(results, size)),
      ...absent.map(({ name, why }) => `${name} did not take part: ${why}`),
    ].join("\n\n");
    keep("race", text, { size, surroundings, results, absent });
  });
}

/** How our own time, that of processors if known, grows with the size of an update. @param {Options} options */
function grow(options) {
  const only = options.only.length > 0 ? options.only : ["native", "wasm"];
  return gather(
    { ...options, only },
    { native: true, browser: true },
    async (all, surroundings) => {
      const lines = [surroundings];
      const found = [];
      for (const contender of all) {
        for (const [what, sizes] of GROWTH) {
          /** @type {[number, number][]} */
          const points = sizes.map((value) => [value, Infinity]);
          for (let round = 0; round < 3; round += 1) {
            for (const point of points) {
              const size = { ...MIDDLE, [what]: point[0] };
              const [result] = (await race([contender], size, { rounds: 1 })).results;
              point[1] = Math.min(point[1], result?.cpu ?? result?.best ?? Infinity);
            }
          }
          const power = exponent(points);
          found.push({ contender: contender.id, what, points, power });
          const times = points.map(([value, ms]) => `${value}: ${digits(ms)}`).join(", ");
          lines.push(
            `${contender.name}: time grows with the ${what} to the power ${power.toFixed(2)} (ms at ${times}).`,
          );
        }
      }
      keep("growth", lines.join("\n\n"), found);
    },
  );
}

/** What a visitor waits for: the separated student of the preset, on the CPU. */
const PRESET = "#ring-identify?seed=11&arm=separated&device=cpu";

/** The page's own training, on one thread and on two in turn. @param {Options} options */
async function trainInPage({ built, rounds }) {
  if (!built) build(setUpBuild(), { gpu: false });
  const lines = [`${PRESET}. ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores.`];
  /** @type {{ cores: number, seconds: number }[]} */
  const found = [];
  for (let round = 0; round < Math.min(rounds, 2); round += 1) {
    for (const cores of [1, 2]) {
      const run = await runPreset(PRESET, cores);
      const { seconds, slices, findings } = run;
      const at = (/** @type {number} */ part) =>
        digits(slices[Math.floor(part * (slices.length - 1))]);
      found.push({ cores, seconds });
      lines.push(
        `${cores} ${cores > 1 ? "threads" : "thread"}: ${digits(seconds)} s in all; a slice of work takes ` +
          `${at(0.5)} ms at the median, ${at(0.99)} ms at the 99th percentile, ${at(1)} ms at most. ` +
          JSON.stringify(findings),
      );
      say(lines[lines.length - 1]);
    }
  }
  const best = (/** @type {number} */ wanted) =>
    Math.min(...found.filter(({ cores }) => cores === wanted).map(({ seconds }) => seconds));
  lines.push(`Two threads are ${digits(best(1) / best(2))} times as fast as one.`);
  keep("lab", lines.join("\n\n"), found);
}

/**
 * Prints a result, and keeps it in `target/bench`.
 *
 * @param {string} name
 * @param {string} text
 * @param {unknown} numbers
 */
function keep(name, text, numbers) {
  mkdirSync(path("target/bench"), { recursive: true });
  writeFileSync(path(`target/bench/${name}.md`), `${text}\n`);
  writeFileSync(path(`target/bench/${name}.json`), `${JSON.stringify(numbers, null, 1)}\n`);
  console.log(`\n${text}\n`);
  say(`Kept in target/bench/${name}.md and ${name}.json.`);
}

/** @param {string[]} args @returns {Options} */
function read(args) {
  /** @type {Options} */
  const options = { size: MIDDLE, rounds: 7, only: [], gpu: false, built: false };
  for (const arg of args) {
    const [, name, value = ""] = /^--(\w+)(?:=(.+))?$/.exec(arg) ?? [];
    const numbers = value.split(",").map(Number);
    if (name === "size" && numbers.length === 3 && numbers.every((it) => it > 0)) {
      const [units, steps, trials] = numbers;
      options.size = { units, steps, trials };
    } else if (name === "rounds" && numbers[0] > 0) options.rounds = numbers[0];
    else if (name === "only" && value) options.only = value.split(",");
    else if (name === "gpu" && !value) options.gpu = true;
    else if (name === "built" && !value) options.built = true;
    else throw new Stop(`“${arg}” is not understood: see the top of benches/main.mjs.`);
  }
  return options;
}

try {
  const [, , ...args] = process.argv;
  const named = Object.keys(COMMANDS).includes(args[0] ?? "");
  await COMMANDS[named ? args[0] : "all"](read(named ? args.slice(1) : args));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`\x1b[31m✗\x1b[0m ${error.message}`);
  process.exitCode = 1;
}
