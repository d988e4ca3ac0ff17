// What the pictures of the ring share: angles, the plan of the ring, and the colours of rates.
//
// Headings are drawn as on a compass: 0° is up, and they grow clockwise, so that "right" is more.

export const TAU = 2 * Math.PI;

/** Radii, as fractions of the picture's side. */
export const PLAN = {
  ring: 0.285,
  bar: 0.115,
  rim: 0.436,
  label: 0.473,
  fly: 0.104,
  /** From here outwards a pointer means the rim; inside, the fly. */
  touch: 0.335,
  edge: 0.5,
};

/** @param {number} angle into −π..π */
export const wrap = (angle) => angle - TAU * Math.round(angle / TAU);

/** @param {number} angle into 0..2π */
export const turnOf = (angle) => ((angle % TAU) + TAU) % TAU;

/** @param {number} angle */
export const degrees = (angle) => Math.round((turnOf(angle) * 360) / TAU) % 360;

/**
 * The colour of a firing rate, 0 to 1.
 *
 * @param {import("./palette.js").Palette} colours
 * @param {number} rate
 * @param {number} [alpha]
 */
export function rateColour({ ramp }, rate, alpha = 1) {
  const at = 3 * Math.round(255 * Math.min(1, Math.max(0, rate)));
  return `rgba(${ramp[at]},${ramp[at + 1]},${ramp[at + 2]},${alpha})`;
}
