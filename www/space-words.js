// What the state space says in words.

import { el } from "./dom.js";

/** @typedef {import("./space-cloud.js").Point} Point */

/** @param {number} value @param {number} [digits] */
export const number = (value, digits = 3) =>
  String(Number(value.toPrecision(digits))).replace("-", "−");

/** What a point is called: what its outputs say, or its number. @param {Point} point @param {number} k */
export const nameOf = ({ label }, k) => label || `Point ${k + 1}`;

/** Ten to a power. @param {number} exponent */
export function powerOf(exponent) {
  const value = 10 ** exponent;
  if (value === 0 || Math.abs(exponent) < 2) return el("span", {}, number(value, 2));
  const [front = "", power = 0] = value.toExponential(1).split("e");
  return el("span", {}, `${front} · 10`, el("sup", {}, number(Number(power))));
}

/** What a point is. @param {number} unstable */
export function kindWords(unstable) {
  if (Number.isNaN(unstable)) return "slow point";
  if (unstable === 0) return "attractor";
  return `saddle with ${unstable} unstable ${unstable === 1 ? "mode" : "modes"}`;
}

/**
 * How many there are of each kind, the most stable first.
 *
 * @param {Point[]} points in order
 */
export function countKinds(points) {
  /** @type {{ unstable: number, count: number }[]} */
  const kinds = [];
  for (const { unstable } of points) {
    const last = kinds.at(-1);
    if (last && Object.is(last.unstable, unstable)) last.count += 1;
    else kinds.push({ unstable, count: 1 });
  }
  return kinds;
}

/** “8 attractors”, “12 saddles with 1 unstable mode”. @param {{ unstable: number, count: number }} kind */
export function countWords({ unstable, count }) {
  const words = kindWords(unstable);
  if (count === 1) return `1 ${words}`;
  return `${count} ${words.replace("saddle", "saddles").replace(/(attractor|point)$/, "$1s")}`;
}

/**
 * The index sum, written out, and whether it is what it must be.
 *
 * @param {{ unstable: number, count: number }[]} kinds
 * @param {number} sum
 * @param {number} due NaN where no theorem says so
 * @returns {{ text: string, tone: "good" | "bad" | "" }}
 */
export function certificate(kinds, sum, due) {
  const terms = kinds
    .filter(({ unstable }) => !Number.isNaN(unstable))
    .map(({ unstable, count }, k) => {
      const sign = unstable % 2 ? "−" : k > 0 ? "+" : "";
      return k > 0 ? `${sign} ${count}` : `${sign}${count}`;
    });
  const written = terms.length > 1 ? `${terms.join(" ")} = ${number(sum)}` : number(sum);
  if (Number.isNaN(due)) return { text: `Index sum ${written}.`, tone: "" };
  if (sum === due) {
    return {
      text: `Index sum ${written}, as it must be when no point is missing.`,
      tone: "good",
    };
  }
  return {
    text: `Index sum ${written}, but all points together have ${number(due)}: something is missing.`,
    tone: "bad",
  };
}

/**
 * What happens near a point, in a sentence or two.
 *
 * @param {Point} point
 * @param {number} alpha dt/τ
 */
export function storyOf({ unstable, slowest, eigenvalues }, alpha) {
  const all = eigenvalues.length / 2;
  const steps = slowest / alpha;
  const clock = Number.isFinite(steps) ? ` (${number(steps, 2)} steps)` : "";
  const time = Number.isFinite(slowest) ? `${number(slowest)} τ${clock}` : "";
  if (Number.isNaN(unstable)) {
    return `The state does not rest here; it creeps.${time && ` The slowest mode takes ${time} to change by a factor of e.`}`;
  }
  if (unstable === 0) {
    return `Whatever is near comes here and stays.${time && ` The slowest mode takes ${time} to fall to 1/e.`}`;
  }
  const grow = unstable === 1 ? "1 mode grows" : `${unstable} modes grow`;
  const rest =
    all > unstable
      ? `, the other ${all - unstable} ${all - unstable === 1 ? "decays" : "decay"}`
      : "";
  return `The state can rest here but not stay: ${grow}${rest}.${time && ` The slowest takes ${time} to change by a factor of e.`}`;
}

/** A spectrum for those who do not see it. @param {Float64Array} eigenvalues @param {number} unstable */
export function spectrumWords(eigenvalues, unstable) {
  const real = eigenvalues.filter((_, i) => i % 2 === 0);
  const turning = eigenvalues.some((value, i) => i % 2 === 1 && Math.abs(value) > 1e-9);
  const right = Number.isNaN(unstable) ? real.filter((value) => value > 0).length : unstable;
  return [
    `${real.length} eigenvalues in the complex plane`,
    `real parts from ${number(Math.min(...real))} to ${number(Math.max(...real))} per τ`,
    right === 0 ? "none to the right of zero" : `${right} to the right of zero`,
    turning ? "some of them oscillate" : "none of them oscillates",
  ].join(", ");
}

/** A name for an axis. @param {number} kind @param {number} ordinal @param {number} share */
export function axisName(kind, ordinal, share) {
  const name = `${["PC", "Output", "Input", "Unit"][kind] ?? "Axis"} ${ordinal}`;
  return Number.isFinite(share) ? `${name} · ${Math.round(100 * share)} %` : name;
}
