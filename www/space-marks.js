// How points are told apart: by how many of their modes are unstable, in colour and in shape. An
// attractor is solid, whatever is not stable is hollow.

import { rateColour } from "./ring-canvas.js";

/** @typedef {import("./palette.js").Palette} Palette */

/** Outlines on a disc of radius 1, of about equal area: 0, 1, 2, 3, and more unstable modes. */
const OUTLINES = [
  "M1 0A1 1 0 1 1-1 0 1 1 0 1 1 1 0Z",
  "M0-1.25L1.2 .83H-1.2Z",
  "M-.9-.9H.9V.9H-.9Z",
  "M0-1.3L1.15 0 0 1.3-1.15 0Z",
  "M-.5-1.15H.5L1.15-.5V.5L.5 1.15H-.5L-1.15 .5V-.5Z",
];

/** @type {Path2D[]} */
const PATHS = [];

/** Slow points are small discs in the colours of their speed. */
export const SLOW = -1;

/**
 * Kinds from 0 to 4 by the number of unstable modes, and `SLOW`.
 *
 * @param {number} unstable
 */
export const kindOf = (unstable) =>
  Number.isNaN(unstable) ? SLOW : Math.min(unstable, OUTLINES.length - 1);

/** The slower, the stronger. @param {Palette} colours @param {number} pace 0 to 1 */
export const paceColour = (colours, pace) => rateColour(colours, 0.95 - 0.65 * pace);

/**
 * Draws a point.
 *
 * @param {CanvasRenderingContext2D} c
 * @param {Palette} colours
 * @param {{ kind: number, pace: number, x: number, y: number, size: number, alpha: number }} mark
 *   `pace`: a slow point's speed among the others', from 0, the slowest, to 1
 */
export function drawMark(c, colours, { kind, pace, x, y, size, alpha }) {
  const path = (PATHS[Math.max(0, kind)] ??= new Path2D(OUTLINES[Math.max(0, kind)]));
  const tint = kind === SLOW ? paceColour(colours, pace) : colours.kinds[kind];
  const radius = kind === SLOW ? 0.62 * size : size;
  const solid = kind <= 0;
  c.save();
  c.translate(x, y);
  c.scale(radius, radius);
  c.lineJoin = "round";
  // What lies behind does not shine through, and a rim of paper keeps neighbours apart.
  c.globalAlpha = Math.min(1, 2 * alpha);
  c.fillStyle = c.strokeStyle = colours.ground;
  c.lineWidth = (solid ? 2.5 : 4.5) / radius;
  c.stroke(path);
  c.fill(path);
  c.globalAlpha = alpha;
  if (solid) {
    c.fillStyle = tint ?? colours.ink;
    c.fill(path);
  } else {
    c.strokeStyle = tint ?? colours.ink;
    c.lineWidth = Math.max(1.5, 0.34 * radius) / radius;
    c.stroke(path);
  }
  c.restore();
}

/**
 * The same sign among words.
 *
 * @param {Palette} colours
 * @param {number} kind
 */
export function glyph(colours, kind) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "-1.6 -1.6 3.2 3.2");
  svg.setAttribute("class", "space-glyph");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", OUTLINES[Math.max(0, kind)] ?? "");
  const solid = kind <= 0;
  const tint = kind === SLOW ? paceColour(colours, 0.4) : (colours.kinds[kind] ?? colours.ink);
  path.setAttribute("fill", solid ? tint : colours.ground);
  path.setAttribute("stroke", tint);
  path.setAttribute("stroke-width", solid ? "0" : "0.4");
  path.setAttribute("stroke-linejoin", "round");
  if (kind === SLOW) path.setAttribute("transform", "scale(0.7)");
  svg.append(path);
  return svg;
}
