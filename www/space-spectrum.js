// The eigenvalues of one point in the complex plane: what is right of the line grows, and what is
// inside the circle decays in Euler's steps, too.

import { fit, font, textSize } from "./canvas.js";

/** @typedef {import("./palette.js").Palette} Palette */

const FLAT = 2e4; // px: a circle of this radius is a line

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float64Array} eigenvalues [N, 2], 1/τ
 * @param {number} alpha dt/τ; NaN where there is no clock
 * @param {Palette} colours
 */
export function drawSpectrum(canvas, eigenvalues, alpha, colours) {
  const { c, width, height } = fit(canvas);
  if (width < 40 || height < 40 || eigenvalues.length === 0) return;
  const letters = 12 * textSize();
  const [left, foot, top, edge] = [3.6 * letters, 2.9 * letters, 6, 8];
  const [w, h] = [width - left - edge, height - top - foot];

  // One scale for both directions, and always the places 0 and −1.
  let [low, high, tall] = [-1.1, 0.35, 0.35];
  for (let i = 0; i < eigenvalues.length; i += 2) {
    low = Math.min(low, eigenvalues[i] ?? 0);
    high = Math.max(high, eigenvalues[i] ?? 0);
    tall = Math.max(tall, Math.abs(eigenvalues[i + 1] ?? 0));
  }
  const unit = Math.min(w / (1.16 * (high - low)), h / (2.3 * tall));
  const middle = (low + high) / 2;
  const x = (/** @type {number} */ re) => left + w / 2 + unit * (re - middle);
  const y = (/** @type {number} */ im) => top + h / 2 - unit * im;

  c.save();
  c.beginPath();
  c.rect(left, top, w, h);
  c.clip();
  c.globalAlpha = 0.07;
  c.fillStyle = colours.growth;
  c.fillRect(x(0), top, width, h);
  c.globalAlpha = 1;
  c.strokeStyle = colours.line;
  c.lineWidth = 1;
  line(c, left, y(0), left + w, y(0));
  c.strokeStyle = colours.muted;
  line(c, x(0), top, x(0), top + h);
  if (unit / alpha < FLAT) {
    c.setLineDash([4, 3]);
    c.beginPath();
    c.arc(x(-1 / alpha), y(0), unit / alpha, 0, 2 * Math.PI);
    c.stroke();
    c.setLineDash([]);
  }
  const size = Math.max(2.6, 0.28 * letters);
  for (let i = 0; i < eigenvalues.length; i += 2) {
    const grows = (eigenvalues[i] ?? 0) > 0;
    c.beginPath();
    c.arc(x(eigenvalues[i] ?? 0), y(eigenvalues[i + 1] ?? 0), size, 0, 2 * Math.PI);
    c.fillStyle = (grows ? colours.growth : colours.kinds[0]) ?? colours.ink;
    c.globalAlpha = 0.8;
    c.fill();
    c.globalAlpha = 1;
    c.strokeStyle = colours.ground;
    c.stroke();
  }
  c.restore();

  c.font = font(letters);
  c.fillStyle = colours.muted;
  c.textBaseline = "top";
  c.textAlign = "right";
  c.fillText("decays", x(0) - 7, top + 6);
  c.textAlign = "left";
  if (x(0) + 4 * letters < left + w) c.fillText("grows", x(0) + 7, top + 6);

  c.strokeStyle = colours.line;
  c.strokeRect(left + 0.5, top + 0.5, w - 1, h - 1);
  for (const tick of ticks(middle - w / 2 / unit, middle + w / 2 / unit, w / (4.5 * letters))) {
    c.textAlign = "center";
    c.fillText(number(tick), x(tick), top + h + 5);
  }
  c.textBaseline = "middle";
  c.textAlign = "right";
  for (const tick of ticks(-h / 2 / unit, h / 2 / unit, h / (2.6 * letters))) {
    c.fillText(number(tick), left - 6, y(tick));
  }
  c.textAlign = "center";
  c.fillText("Re λ (1/τ)", left + w / 2, height - 0.6 * letters);
  c.translate(0.7 * letters, top + h / 2);
  c.rotate(-Math.PI / 2);
  c.fillText("Im λ (1/τ)", 0, 0);
}

/** @param {CanvasRenderingContext2D} c @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
function line(c, x0, y0, x1, y1) {
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
  c.stroke();
}

/**
 * Round numbers between two limits, at most about so many.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} most
 */
function ticks(from, to, most) {
  const rough = (to - from) / Math.max(2, most);
  const power = Number(`1e${rough.toExponential().split("e")[1]}`);
  const step = power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, k) => (first + k) * step);
}

/** @param {number} value */
const number = (value) => String(Number(value.toPrecision(6))).replace("-", "−");
