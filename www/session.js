// A session: what the visitor has on the page. One experiment, its knobs and seed, and what is known
// of its run.

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Values} Values */

/**
 * @typedef {object} Session
 * @property {Entry} entry
 * @property {string} seed
 * @property {Values} values the knobs as they stand
 * @property {string} link what the address bar says
 * @property {Values} begun the knobs with which the present run began
 * @property {boolean} opened whether the worker holds a run
 * @property {string} run the name of its checkpoints
 * @property {number} step
 * @property {number} saved the step of its newest checkpoint, or −1
 * @property {boolean} gpu whether the present run is on the graphics processor
 * @property {number} gpuFailures how often that failed in the present run
 * @property {string} cpu a clause that forbids WebGPU, or ""
 * @property {number | null} replay where a shared run stood, as long as the knobs are its link's
 */

/**
 * @param {Entry} entry
 * @param {string} seed
 * @param {Values} values
 * @param {string} link
 * @param {number | null} replay
 * @returns {Session}
 */
export function newSession(entry, seed, values, link, replay) {
  return {
    entry,
    seed,
    values: { ...values },
    link,
    begun: { ...values },
    opened: false,
    run: "",
    step: 0,
    saved: -1,
    gpu: false,
    gpuFailures: 0,
    cpu: "",
    replay,
  };
}

/**
 * Whether an experiment is a living picture, which starts by itself and begins again at a touch.
 *
 * @param {Entry} entry
 */
export const lives = (entry) => entry.endless && entry.pace !== null;

/**
 * @param {Entry} entry
 * @returns {Values}
 */
export function defaultsOf(entry) {
  const values = Object.fromEntries(entry.knobs.map((knob) => [knob.key, knob.default]));
  return { ...values, ...entry.presets[0]?.values };
}
