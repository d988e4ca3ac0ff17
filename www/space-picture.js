// The picture of a state space: a faint box, thin trajectories, and the points with the ways out of
// them, drawn from back to front; what is far away is pale.

import { fit, font, textSize } from "./canvas.js";
import { SLOW, drawMark, kindOf } from "./space-marks.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./space-camera.js").View} View */
/** @typedef {import("./space-cloud.js").Cloud} Cloud */
/** @typedef {import("./space-cloud.js").Point} Point */
/** @typedef {CanvasRenderingContext2D} Context */

const LAYERS = 8; // of depth
const LABELS = 16; // attractors that are labelled at once

/**
 * @typedef {object} Scene What there is to draw.
 * @property {Cloud} cloud
 * @property {import("./space-camera.js").Camera} camera
 * @property {string[]} axes their names
 * @property {number | null} chosen a point's id
 * @property {number | null} hovered a point's id
 * @property {[number, number]} speeds the slowest and fastest log10 q
 */

/** @typedef {{ point: Point, x: number, y: number, near: number, size: number }} Placed */

/** Room for what is brought to the picture; it grows with the paths. */
let screen = new Float64Array(0);

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {Palette} colours
 * @returns {Placed[]} where the points are, the nearest last
 */
export function drawSpace(canvas, scene, colours) {
  const { c, width, height } = fit(canvas);
  const { cloud, camera } = scene;
  const side = Math.min(width, height);
  if (side < 10 || !cloud.box) return [];
  const view = camera.view(cloud.box, width, height);
  c.lineCap = c.lineJoin = "round";
  drawBox(c, view, cloud.box, scene.axes, colours);

  const { layers, heads } = pathLayers(view, cloud, side);
  const placed = place(view, cloud.points, side);
  let next = 0;
  for (let layer = 0; layer < LAYERS; layer++) {
    const edge = layer === LAYERS - 1 ? Infinity : (2 * (layer + 1)) / LAYERS - 1;
    c.globalAlpha = 0.2 + (0.5 * layer) / LAYERS;
    c.strokeStyle = colours.path;
    c.lineWidth = 0.75 + (0.5 * layer) / LAYERS;
    const path = layers[layer];
    if (path) c.stroke(path);
    const ends = heads[layer];
    if (ends) {
      c.fillStyle = colours.path;
      c.globalAlpha = clarity(edge === Infinity ? 1 : edge);
      c.fill(ends);
    }
    for (let at = placed[next]; at && at.near < edge; at = placed[++next]) {
      drawModes(c, view, at, colours);
      drawPoint(c, at, scene, colours);
    }
  }
  c.globalAlpha = 1;
  drawLabels(c, placed, scene, colours, width, height);
  return placed;
}

/** How clearly a thing is seen that is this near. @param {number} near −1 to 1 */
const clarity = (near) => Math.min(1, 0.72 + 0.34 * near);

/**
 * The trajectories, and a dot where each ends, by depth.
 *
 * @param {View} view
 * @param {Cloud} cloud
 * @param {number} side
 */
function pathLayers(view, { paths: { count, samples, shown } }, side) {
  /** @type {(Path2D | undefined)[]} */
  const layers = new Array(LAYERS).fill(undefined);
  /** @type {(Path2D | undefined)[]} */
  const heads = new Array(LAYERS).fill(undefined);
  if (screen.length < shown.length) screen = new Float64Array(shown.length);
  view.project(shown, count * samples, screen);
  const at = (/** @type {number} */ i) => /** @type {number} */ (screen[i]);
  const layerOf = (/** @type {number} */ near) =>
    Math.min(LAYERS - 1, Math.max(0, Math.floor(((near + 1) / 2) * LAYERS)));
  const dot = 0.0032 * side;
  for (let k = 0; k < count; k++) {
    let before = -1;
    let last = -1;
    for (let t = 0; t < samples; t++) {
      const i = 3 * (k * samples + t);
      const near = at(i + 2);
      if (Number.isNaN(near)) {
        before = -1;
        continue;
      }
      // The first sample after a break only begins a line.
      const begins = t === 0 || Number.isNaN(at(i - 1));
      last = i;
      if (begins) continue;
      const layer = layerOf(near);
      const path = (layers[layer] ??= new Path2D());
      if (layer !== before) path.moveTo(at(i - 3), at(i - 2));
      path.lineTo(at(i), at(i + 1));
      before = layer;
    }
    if (last < 0) continue;
    const head = (heads[layerOf(at(last + 2))] ??= new Path2D());
    head.moveTo(at(last) + dot, at(last + 1));
    head.arc(at(last), at(last + 1), dot, 0, 2 * Math.PI);
  }
  return { layers, heads };
}

/**
 * Where the points are in the picture, the farthest first.
 *
 * @param {View} view
 * @param {Point[]} points
 * @param {number} side
 */
function place(view, points, side) {
  const at = new Float64Array(3);
  const crowd = Math.min(1, Math.max(0.6, Math.sqrt(70 / points.length)));
  const size = Math.max(4.5, 0.0115 * side) * Math.sqrt(textSize()) * crowd;
  const placed = points.map((point) => {
    view.project(point.place, 1, at);
    const [x = 0, y = 0, near = 0] = at;
    return { point, x, y, near, size: size * view.enlargement(near) };
  });
  return placed.sort((a, b) => a.near - b.near);
}

/** @param {Context} c @param {View} view @param {Placed} placed @param {Palette} colours */
function drawModes(c, view, { point, near, size }, colours) {
  const { modes, place: from, presence } = point;
  const ends = new Float64Array(6);
  c.globalAlpha = presence * clarity(near);
  c.strokeStyle = colours.growth;
  c.lineWidth = Math.max(1.25, 0.28 * size);
  c.beginPath();
  for (let m = 0; m < modes.length; m += 3) {
    for (let k = 0; k < 3; k++) {
      ends[k] = (from[k] ?? 0) - (modes[m + k] ?? 0);
      ends[k + 3] = (from[k] ?? 0) + (modes[m + k] ?? 0);
    }
    if (Number.isNaN(ends[0])) continue;
    view.project(ends, 2, ends);
    c.moveTo(ends[0] ?? 0, ends[1] ?? 0);
    c.lineTo(ends[3] ?? 0, ends[4] ?? 0);
  }
  c.stroke();
}

/** @param {Context} c @param {Placed} placed @param {Scene} scene @param {Palette} colours */
function drawPoint(c, { point, x, y, near, size }, { chosen, hovered, speeds }, colours) {
  const { unstable, speed, presence, id } = point;
  const [slowest, fastest] = speeds;
  const kind = kindOf(unstable);
  const pace = fastest > slowest ? (speed - slowest) / (fastest - slowest) : 0.5;
  const grown = size * (0.4 + 0.6 * presence) * (kind === 0 ? 1.1 : 0.95);
  const alpha = presence * clarity(near);
  drawMark(c, colours, { kind, pace: pace || 0, x, y, size: grown, alpha });
  if (presence < 0.99 && !point.lost) {
    // A birth is not overlooked.
    c.globalAlpha = 1 - presence;
    c.strokeStyle = colours.kinds[Math.max(0, kind)] ?? colours.ink;
    c.lineWidth = 2;
    c.beginPath();
    c.arc(x, y, size * (1 + 3 * presence), 0, 2 * Math.PI);
    c.stroke();
  }
  if (id !== chosen && id !== hovered) return;
  c.globalAlpha = 1;
  c.strokeStyle = colours.ink;
  c.lineWidth = id === chosen ? 2 : 1;
  c.beginPath();
  c.arc(x, y, size + 5, 0, 2 * Math.PI);
  c.stroke();
}

/**
 * Attractors are labelled, outwards from the middle; of the others the one under the hand.
 *
 * @param {Context} c
 * @param {Placed[]} placed
 * @param {Scene} scene
 * @param {Palette} colours
 * @param {number} width
 * @param {number} height
 */
function drawLabels(c, placed, { chosen, hovered }, colours, width, height) {
  const few = placed.filter(({ point }) => point.unstable === 0).length <= LABELS;
  const letters = Math.max(11, 0.021 * Math.min(width, height)) * textSize();
  c.textBaseline = "middle";
  for (const { point, x, y, near, size } of placed) {
    const marked = point.id === chosen || point.id === hovered;
    if (!point.label || point.lost || !(marked || (few && point.unstable === 0))) continue;
    c.font = font(letters, marked ? 700 : 500);
    const away = Math.atan2(y - height / 2, x - width / 2);
    const gap = size + (marked ? 9 : 5);
    const [dx, dy] = [Math.cos(away), Math.sin(away)];
    c.textAlign = dx < -0.35 ? "right" : dx > 0.35 ? "left" : "center";
    const up = c.textAlign === "center" ? letters * 0.55 : 0;
    c.globalAlpha = point.presence * (marked ? 1 : clarity(near));
    write(c, point.label, x + gap * dx, y + (gap + up) * dy, colours, colours.ink);
  }
  c.globalAlpha = 1;
}

/** Letters with a rim of paper. @param {Context} c @param {string} text @param {number} x @param {number} y @param {Palette} colours @param {string} tint */
function write(c, text, x, y, colours, tint) {
  c.lineWidth = 3.5;
  c.strokeStyle = colours.ground;
  c.strokeText(text, x, y);
  c.fillStyle = tint;
  c.fillText(text, x, y);
}

/**
 * The box round everything: the edges behind it, and each axis's name along an edge in front.
 *
 * @param {Context} c
 * @param {View} view
 * @param {import("./space-camera.js").Box} box
 * @param {string[]} names
 * @param {Palette} colours
 */
function drawBox(c, view, { low, high }, names, colours) {
  const corners = new Float64Array(24);
  for (let corner = 0; corner < 8; corner++) {
    for (const axis of /** @type {const} */ ([0, 1, 2])) {
      corners[3 * corner + axis] = (corner & (1 << axis) ? high : low)[axis];
    }
  }
  view.project(corners, 8, corners);
  const at = (/** @type {number} */ corner, /** @type {number} */ k) =>
    corners[3 * corner + k] ?? 0;
  const middle = [0, 1].map((k) => {
    let sum = 0;
    for (let corner = 0; corner < 8; corner++) sum += at(corner, k) / 8;
    return sum;
  });
  c.strokeStyle = colours.muted;
  c.lineWidth = 1;
  const letters =
    Math.max(11, 0.0195 * Math.min(c.canvas.clientWidth, c.canvas.clientHeight)) * textSize();
  c.font = font(letters);
  c.textBaseline = "middle";
  for (const axis of [0, 1, 2]) {
    const edges = [0, 1, 2, 3, 4, 5, 6, 7]
      .filter((corner) => !(corner & (1 << axis)))
      .map((from) => {
        const to = from | (1 << axis);
        const between = (/** @type {number} */ k) => (at(from, k) + at(to, k)) / 2;
        return { from, to, x: between(0), y: between(1), near: between(2) };
      });
    for (const { from, to, near } of edges) {
      c.globalAlpha = 0.5 * Math.min(1, Math.max(0, 0.62 - 1.2 * near));
      c.beginPath();
      c.moveTo(at(from, 0), at(from, 1));
      c.lineTo(at(to, 0), at(to, 1));
      c.stroke();
    }
    // The third axis is named at the left, the others below (or above, when seen from below).
    const below = view.near[2] >= 0 ? 1 : -1;
    const first = edges.reduce((best, edge) =>
      (axis === 2 ? edge.x < best.x : below * edge.y > below * best.y) ? edge : best,
    );
    const length = Math.hypot(
      at(first.to, 0) - at(first.from, 0),
      at(first.to, 1) - at(first.from, 1),
    );
    const text = names[axis] ?? "";
    // An axis that points at the visitor has no room for its name.
    const room = Math.min(1, Math.max(0, length / c.measureText(text).width - 0.6) / 0.4);
    if (room === 0) continue;
    c.globalAlpha = 0.35 * room;
    c.beginPath();
    c.moveTo(at(first.from, 0), at(first.from, 1));
    c.lineTo(at(first.to, 0), at(first.to, 1));
    c.stroke();
    c.globalAlpha = room;
    c.fillStyle = colours.muted;
    const slope = Math.atan2(
      at(first.to, 1) - at(first.from, 1),
      at(first.to, 0) - at(first.from, 0),
    );
    const outwards = [first.x - (middle[0] ?? 0), first.y - (middle[1] ?? 0)];
    writeAlong(c, text, [first.x, first.y], slope, outwards, letters);
  }
  c.globalAlpha = 1;
}

/**
 * Writes along an edge, on its outer side, never upside down.
 *
 * @param {Context} c
 * @param {string} text
 * @param {number[]} middle of the edge
 * @param {number} slope of the edge, rad
 * @param {number[]} outwards
 * @param {number} letters their size
 */
function writeAlong(c, text, [x = 0, y = 0], slope, [ox = 0, oy = 0], letters) {
  // What is nearly upright is read from below.
  const turn = slope - Math.PI * Math.round((slope + 0.2) / Math.PI);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const aside = (oy * cos - ox * sin < 0 ? -0.9 : 0.9) * letters;
  const place = [x - aside * sin, y + aside * cos];
  // Pushed a little it may have room; a name that is far outside is left out.
  const [along, across] = [c.measureText(text).width / 2, letters / 2];
  const halves = [
    along * Math.abs(cos) + across * Math.abs(sin),
    along * Math.abs(sin) + across * Math.abs(cos),
  ];
  const ends = [c.canvas.clientWidth, c.canvas.clientHeight];
  const [tx = 0, ty = 0] = place.map((at, k) => {
    const half = halves[k] ?? 0;
    return Math.min((ends[k] ?? 0) - half, Math.max(half, at));
  });
  if (Math.hypot(tx - (place[0] ?? 0), ty - (place[1] ?? 0)) > 2 * letters) return;
  c.save();
  c.translate(tx, ty);
  c.rotate(turn);
  c.textAlign = "center";
  c.fillText(text, 0, 0);
  c.restore();
}

/**
 * The point that is meant by a place in the picture, if any: its id.
 *
 * @param {Placed[]} placed
 * @param {number} x
 * @param {number} y
 * @param {number} reach pixels
 */
export function pointAt(placed, x, y, reach) {
  /** @type {number | null} */
  let best = null;
  let least = Infinity;
  for (const each of placed) {
    if (each.point.lost) continue;
    const away = Math.hypot(each.x - x, each.y - y);
    if (away > each.size + reach) continue;
    // In front wins unless it is clearly farther off.
    const cost = away - 4 * each.near;
    if (cost < least) [best, least] = [each.point.id, cost];
  }
  return best;
}

/** The limits of the slow points' speeds. @param {Point[]} points @returns {[number, number]} */
export function speedsOf(points) {
  const speeds = points
    .filter(({ unstable, speed }) => kindOf(unstable) === SLOW && Number.isFinite(speed))
    .map(({ speed }) => speed);
  return speeds.length ? [Math.min(...speeds), Math.max(...speeds)] : [0, 0];
}
