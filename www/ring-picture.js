// The ring itself: neurons as bars as long as their rate, what they say as an arrow, and the fly.

import { fit, font, textSize } from "./canvas.js";
import { drawFly } from "./fly.js";
import { PLAN, TAU, rateColour, wrap } from "./ring-canvas.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {CanvasRenderingContext2D} Context */

/**
 * @typedef {object} Scene What there is to draw.
 * @property {Float64Array} preferred the heading of each neuron
 * @property {Float64Array} rates 0 to 1
 * @property {(neuron: number) => boolean} silenced
 * @property {number} heading
 * @property {number} decoded
 * @property {number} strength how clear the bump is
 * @property {number} gait
 * @property {number} effort
 * @property {number | null} landmark where it shines
 * @property {{ angle: number, tool: "landmark" | "silence" } | null} ghost what a touch would do
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {Palette} colours
 */
export function drawRing(canvas, scene, colours) {
  const { c, width: side } = fit(canvas);
  if (side < 10) return;
  c.save();
  c.translate(side / 2, side / 2);
  c.lineCap = "round";
  drawCompass(c, side, colours);
  if (scene.rates.length > 0) {
    drawGlow(c, side, scene, colours);
    drawGap(c, side, scene, colours);
    drawNeedle(c, side, scene, colours);
    drawNeurons(c, side, scene, colours);
  }
  if (scene.landmark !== null) drawLandmark(c, side, scene.landmark, colours);
  else if (scene.ghost) drawGhost(c, side, scene.ghost, colours);
  drawTruth(c, side, scene, colours);
  c.restore();
}

/**
 * @param {number} side
 * @param {number} angle
 * @param {number} radius
 * @returns {[number, number]}
 */
const at = (side, angle, radius) => [
  radius * side * Math.sin(angle),
  -radius * side * Math.cos(angle),
];

/** @param {Context} c @param {number} side @param {Palette} colours */
function drawCompass(c, side, colours) {
  c.strokeStyle = colours.line;
  c.lineWidth = 1;
  c.beginPath();
  c.arc(0, 0, PLAN.rim * side, 0, TAU);
  c.stroke();
  c.font = font(Math.max(10, side * 0.0215) * textSize());
  c.fillStyle = colours.muted;
  c.textAlign = "center";
  c.textBaseline = "middle";
  for (let mark = 0; mark < 360; mark += 10) {
    const angle = (mark * TAU) / 360;
    const length = mark % 90 === 0 ? 0.012 : mark % 30 === 0 ? 0.009 : 0.005;
    c.beginPath();
    c.moveTo(...at(side, angle, PLAN.rim));
    c.lineTo(...at(side, angle, PLAN.rim + length));
    c.stroke();
    if (mark % 90) continue;
    // Where there is little room the sign is understood.
    c.fillText(side < 420 ? `${mark}` : `${mark}°`, ...at(side, angle, PLAN.label));
  }
}

/** A breath of light where the bump is. @param {Context} c @param {number} side @param {Scene} scene @param {Palette} colours */
function drawGlow(c, side, { decoded, strength }, colours) {
  if (colours.glow === 0) return;
  const [x, y] = at(side, decoded, PLAN.ring + PLAN.bar / 2);
  const glow = c.createRadialGradient(x, y, 0, x, y, side * 0.165);
  glow.addColorStop(0, rateColour(colours, 0.62, colours.glow * Math.min(1, strength * 1.5)));
  glow.addColorStop(1, rateColour(colours, 0.62, 0));
  c.fillStyle = glow;
  c.fillRect(-side / 2, -side / 2, side, side);
}

/** How far the two headings are apart. @param {Context} c @param {number} side @param {Scene} scene @param {Palette} colours */
function drawGap(c, side, { heading, decoded, strength }, colours) {
  const gap = wrap(decoded - heading);
  if (Math.abs(gap) < 0.012 || strength < 0.05) return;
  const start = heading - TAU / 4;
  c.beginPath();
  c.moveTo(0, 0);
  c.arc(0, 0, (PLAN.ring - 0.022) * side, start, start + gap, gap < 0);
  c.closePath();
  c.globalAlpha = 0.13;
  c.fillStyle = colours.decoded;
  c.fill();
  c.globalAlpha = 1;
}

/** What the neurons say. @param {Context} c @param {number} side @param {Scene} scene @param {Palette} colours */
function drawNeedle(c, side, { decoded, strength }, colours) {
  c.globalAlpha = Math.min(1, 0.15 + strength * 1.6);
  c.strokeStyle = c.fillStyle = colours.decoded;
  c.lineWidth = Math.max(2, side * 0.0055);
  c.beginPath();
  c.moveTo(...at(side, decoded, 0.06));
  c.lineTo(...at(side, decoded, PLAN.ring - 0.045));
  c.stroke();
  arrow(c, at(side, decoded, PLAN.ring - 0.018), decoded, side * 0.017);
  c.globalAlpha = 1;
}

/** @param {Context} c @param {number} side @param {Scene} scene @param {Palette} colours */
function drawNeurons(c, side, { preferred, rates, silenced }, colours) {
  const n = rates.length;
  const thick = Math.min(side * 0.016, (TAU * PLAN.ring * side * 0.66) / Math.max(24, n));
  for (let i = 0; i < n; i++) {
    const angle = preferred[i] ?? 0;
    const rate = Math.min(1, rates[i] ?? 0);
    c.beginPath();
    if (silenced(i)) {
      c.strokeStyle = colours.muted;
      c.lineWidth = 1;
      c.arc(...at(side, angle, PLAN.ring), thick * 0.42, 0, TAU);
    } else {
      c.strokeStyle = rate > 0.004 ? rateColour(colours, 0.16 + 0.84 * rate) : colours.line;
      c.lineWidth = thick;
      c.moveTo(...at(side, angle, PLAN.ring));
      // A line of no length has no end to round.
      c.lineTo(...at(side, angle, PLAN.ring + 0.0002 + PLAN.bar * rate));
    }
    c.stroke();
  }
}

/** A landmark, and its light on the fly. @param {Context} c @param {number} side @param {number} angle @param {Palette} colours */
function drawLandmark(c, side, angle, colours) {
  c.save();
  c.rotate(angle);
  const light = c.createLinearGradient(0, -PLAN.rim * side, 0, 0);
  light.addColorStop(0, `${colours.light}90`);
  light.addColorStop(1, `${colours.light}00`);
  c.fillStyle = light;
  c.beginPath();
  c.moveTo(0, -PLAN.rim * side);
  c.lineTo(-0.17 * side, 0);
  c.arc(0, 0, 0.17 * side, TAU / 2, 0, true);
  c.closePath();
  c.fill();
  c.translate(0, -PLAN.rim * side);
  const glow = c.createRadialGradient(0, 0, 0, 0, 0, 0.062 * side);
  glow.addColorStop(0, `${colours.light}a0`);
  glow.addColorStop(1, `${colours.light}00`);
  c.fillStyle = glow;
  c.fillRect(-0.07 * side, -0.07 * side, 0.14 * side, 0.14 * side);
  c.restore();
  sun(c, at(side, angle, PLAN.rim), side * 0.018, colours);
}

/** @param {Context} c @param {number} side @param {NonNullable<Scene["ghost"]>} ghost @param {Palette} colours */
function drawGhost(c, side, { angle, tool }, colours) {
  if (tool === "landmark") {
    c.globalAlpha = 0.55;
    sun(c, at(side, angle, PLAN.rim), side * 0.016, colours);
    c.globalAlpha = 1;
    return;
  }
  c.strokeStyle = colours.muted;
  c.lineWidth = 2;
  c.beginPath();
  c.arc(0, 0, PLAN.rim * side, angle - 0.2 - TAU / 4, angle + 0.2 - TAU / 4);
  c.stroke();
}

/** Where the fly truly faces: a mark on the rim, and the fly itself. @param {Context} c @param {number} side @param {Scene} scene @param {Palette} colours */
function drawTruth(c, side, { rates, heading, gait, effort }, colours) {
  c.fillStyle = colours.truth;
  if (rates.length > 0) arrow(c, at(side, heading, PLAN.rim - 0.004), heading, side * 0.015);
  c.rotate(heading);
  c.scale(PLAN.fly * side, PLAN.fly * side);
  c.translate(0, -0.12);
  drawFly(c, colours, gait, effort);
}

/**
 * An arrowhead with its tip at a point, looking along a heading.
 *
 * @param {Context} c
 * @param {[number, number]} tip
 * @param {number} angle
 * @param {number} size
 */
function arrow(c, tip, angle, size) {
  c.save();
  c.translate(...tip);
  c.rotate(angle);
  c.beginPath();
  c.moveTo(0, 0);
  c.lineTo(size * 0.72, size * 1.7);
  c.lineTo(0, size * 1.3);
  c.lineTo(-size * 0.72, size * 1.7);
  c.closePath();
  c.fill();
  c.restore();
}

/**
 * @param {Context} c
 * @param {[number, number]} middle
 * @param {number} size
 * @param {Palette} colours
 */
function sun(c, middle, size, colours) {
  c.save();
  c.translate(...middle);
  c.fillStyle = c.strokeStyle = colours.light;
  c.beginPath();
  c.arc(0, 0, size * 0.72, 0, TAU);
  c.fill();
  c.lineWidth = size * 0.2;
  for (let ray = 0; ray < 8; ray++) {
    c.rotate(TAU / 8);
    c.beginPath();
    c.moveTo(0, size);
    c.lineTo(0, size * 1.4);
    c.stroke();
  }
  c.restore();
}
