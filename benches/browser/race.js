// A race: every contender makes the same updates in turn, many times over, in one run. What else
// the machine is doing then hits all of them, and what is reported is how they compare.
//
// This file runs in Node and in a browser.

/** @typedef {import("./exercise.js").Size} Size */

/**
 * Somebody who can do the exercise.
 *
 * @typedef {object} Contender
 * @property {string} id short, for whoever chooses
 * @property {string} name for the reader
 * @property {(size: Size) => Promise<{ errors: number[], first: number }>} open makes ready, and
 *   makes four updates: the error before each, and how many seconds the first one took
 * @property {(updates: number) => Promise<Lap>} go
 * @property {() => Promise<number>} [peak] how many operations a second its machine makes at most
 * @property {() => void} [rest] stands still until the next turn, taking nothing from the others
 * @property {() => Promise<void> | void} close
 */

/**
 * Some updates in a row: seconds for each by the clock and, where it can be told, seconds of
 * processors for all; and what they asked of WebGPU, for each.
 *
 * @typedef {{ wall: number[], cpu?: number, counted?: Record<string, number> }} Lap
 */

/**
 * What became of a contender: milliseconds for one update.
 *
 * @typedef {object} Result
 * @property {string} id
 * @property {string} name
 * @property {number} best by the clock
 * @property {number} median by the clock
 * @property {number | undefined} cpu of processors, at best
 * @property {number} first the first update, whatever had to be compiled for it included
 * @property {number} updates how many were timed
 * @property {Record<string, number>} counted
 * @property {number | undefined} peak operations a second that are possible at most
 * @property {number[]} rounds the best of each round
 */

/** Someone who did not finish, and why. @typedef {{ id: string, name: string, why: string }} Absentee */

/**
 * A contender in the race.
 *
 * @typedef {object} Racer
 * @property {Contender} contender
 * @property {number[]} errors
 * @property {number} first
 * @property {number} updates in a turn
 * @property {number} spent seconds so far
 * @property {number} peak
 * @property {Lap[]} laps
 */

/** How far apart errors may be that are computed in single precision, in different orders. */
const AGREEMENT = 2e-4;

/** How long a turn should be, in seconds, and how much time one contender gets in all. */
const TURN = 0.25;
const PATIENCE = 90;

/**
 * @param {Contender[]} contenders
 * @param {Size} size
 * @param {{ rounds?: number, tell?: (sentence: string) => void }} [options]
 * @returns {Promise<{ results: Result[], absent: Absentee[] }>} in the order of the contenders
 */
export async function race(contenders, size, { rounds = 7, tell = () => {} } = {}) {
  /** @type {Absentee[]} */
  const absent = [];
  /** @type {Racer[]} */
  const ready = [];
  for (const contender of contenders) {
    const { id, name } = contender;
    tell(`${name} is getting ready.`);
    try {
      const { errors, first } = await contender.open(size);
      const odd = ready.find((other) => !agree(other.errors, errors));
      if (odd) throw new Error(`its errors are ${errors}, and not ${odd.errors}`);
      const lap = await contender.go(1);
      contender.rest?.();
      const updates = Math.max(1, Math.min(40, Math.round(TURN / lap.wall[0])));
      ready.push({
        contender,
        errors,
        first,
        updates,
        spent: 0,
        peak: 0,
        laps: [],
      });
    } catch (error) {
      contender.rest?.();
      absent.push({ id, name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    tell(`Round ${round + 1} of ${rounds}.`);
    // Each round begins with another one, so that nobody always follows the same one.
    const order = ready.map((_, place) => ready[(place + round) % ready.length]);
    for (const one of order) {
      if (one.spent > PATIENCE && one.laps.length >= 3) continue;
      try {
        const lap = await one.contender.go(one.updates);
        one.laps.push(lap);
        one.spent += sum(lap.wall);
        one.peak = Math.max(one.peak, (await one.contender.peak?.()) ?? 0);
      } catch (error) {
        one.spent = Infinity;
        tell(`${one.contender.name} gave up: ${error instanceof Error ? error.message : error}`);
      }
      one.contender.rest?.();
    }
  }
  return { results: ready.filter(({ laps }) => laps.length > 0).map(result), absent };
}

/**
 * @param {Racer} racer
 * @returns {Result}
 */
function result({ contender: { id, name }, first, updates, peak, laps }) {
  const all = laps.flatMap(({ wall }) => wall).sort((a, b) => a - b);
  const cpu = laps.map((lap) => (lap.cpu === undefined ? NaN : lap.cpu / updates));
  const known = cpu.filter(Number.isFinite);
  const ms = (/** @type {number} */ seconds) => seconds * 1000;
  return {
    id,
    name,
    best: ms(all[0]),
    median: ms(all[Math.floor(all.length / 2)]),
    cpu: known.length > 0 ? ms(Math.min(...known)) : undefined,
    first: ms(first),
    updates: all.length,
    counted: laps[laps.length - 1].counted ?? {},
    peak: peak || undefined,
    rounds: laps.map(({ wall }) => ms(Math.min(...wall))),
  };
}

/** @param {number[]} some @param {number[]} others */
const agree = (some, others) =>
  some.every((error, i) => Math.abs(error / others[i] - 1) < AGREEMENT);

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** What one update comes to, by the usual count: six operations a weight, step and trial. @param {Size} size */
export const operations = ({ units, steps, trials }) => 6 * trials * units * units * steps;

/**
 * What an update cannot do without: forwards the products with the units, three inputs and the bias,
 * and two readouts; as many for the gradient of the weights; and the way back to the units.
 *
 * @param {Size} size
 */
export const needed = ({ units, steps, trials }) =>
  2 * trials * steps * (units + 2) * (2 * (units + 4) + units);

/**
 * The exponent of a power law through `points` `[size, time]`: the slope of a straight line through
 * their logarithms.
 *
 * @param {[number, number][]} points
 */
export function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (/** @type {0 | 1} */ i) => sum(logs.map((log) => log[i])) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  return sum(logs.map(([a, b]) => (a - x) * (b - y))) / sum(logs.map(([a]) => (a - x) * (a - x)));
}
