// The state space of a network in three dimensions: its trajectories, its fixed points and the ways
// out of them, to be turned by hand. It is chosen by `Experiment::STAGE = Some("space")`.
//
// The frame's channels. Each may be absent; a frame replaces what it names and leaves the rest. With
// K paths of T samples, P points, B outputs and N units:
//
//   trajectories [K, T, 3]  states along trials; a path ends, or is broken, at NaN
//   points       [P, 3]     fixed and slow points, in any order: each moves to its nearest successor
//   unstable     [P]        how many unstable modes each has; NaN for a slow point
//   speed        [P]        log10 q
//   signs        [P, B]     −1, 0 or +1: what each output says there; an attractor's label, “+−+”
//   outputs      [P, B]     the outputs themselves
//   modes        [P, M, 3]  up to M unstable directions of each, NaN where there are fewer; drawn
//                           from point − mode to point + mode, as long as they come
//   eigenvalues  [P, N, 2]  of the Jacobian: real and imaginary parts, in 1/τ
//   slowest      [P]        the longest time constant 1/|Re λ| among a point's modes, in τ
//   alpha        [1]        dt/τ, for the circle |1 + αλ| = 1 on which Euler's steps neither grow nor die
//   index        [2]        Σ (−1)^unstable over the fixed points, and what it must be; NaN where no
//                           theorem says so, or the search still goes on
//   axes         [3, 2]     a kind and a number from 1: kind 0 is a principal component, 1 an output's
//                           weights, 2 an input's, 3 a unit; absent: the principal components 1, 2, 3
//   variance     [3]        the share of the variance along each axis, 0 to 1; NaN where it is unknown
//   step         [1]        the step at which these points were found
//
// Coordinates are on the picture's axes already. All that is of points (unstable … slowest) comes in
// one frame with `points`. Whoever projects keeps the axes' signs from one frame to the next, or the
// picture flips.

import { download, el } from "./dom.js";
import { announce } from "./notices.js";
import { palette } from "./palette.js";
import { Camera } from "./space-camera.js";
import { Choice } from "./space-choice.js";
import { Cloud } from "./space-cloud.js";
import { Hands } from "./space-hands.js";
import { Legend } from "./space-legend.js";
import { PointList } from "./space-list.js";
import { drawSpace, pointAt, speedsOf } from "./space-picture.js";
import { axisName, nameOf } from "./space-words.js";

/** @typedef {import("./types.js").Channels} Channels */
/** @typedef {import("./types.js").StageApi} StageApi */

const EASE = 160; // ms in which points come most of the way to their new places
const GLIDE = 60; // ms, the same for the camera
const SPIN = 0.11; // rad/s, until it is touched
const SETTLED = 5e-4; // of the picture: what is nearer than this has arrived

/**
 * @param {HTMLElement} host
 * @param {StageApi} api
 * @returns {import("./types.js").Stage}
 */
export function mount(host, api) {
  let colours = palette(api.theme());
  const cloud = new Cloud();
  const camera = new Camera();
  /** What frames said last. @type {Channels} */
  let said = {};
  /** @type {number | null} */
  let chosen = null;
  /** @type {number | null} */
  let hovered = null;
  let spinning = !api.still();
  /** @type {import("./space-picture.js").Placed[]} */
  let placed = [];

  const legend = new Legend();
  const choice = new Choice();
  const list = new PointList({
    choose,
    walk,
    jump: (end) => choose(cloud.found.at(end === "first" ? 0 : -1)?.id ?? null),
    focus: (focused) => choice.speak(!focused),
  });
  const parts = build(host, legend.node, choice.node, list.node);
  const { space, canvas, spin } = parts;

  const value = (/** @type {string} */ name, at = 0) => said[name]?.values[at] ?? NaN;

  // ---- Frames --------------------------------------------------------------------------------

  /** @param {Channels} channels */
  function frame(channels) {
    said = { ...said, ...channels };
    cloud.take(channels);
    if (!cloud.found.some(({ id }) => id === chosen)) chosen = null;
    if (api.still()) cloud.ease(1);
    tell();
    moved();
  }

  // ---- Drawing -------------------------------------------------------------------------------

  let visible = true;
  let request = 0;
  let last = 0;

  function moved() {
    if (visible) request ||= requestAnimationFrame(tick);
  }

  /** @param {number} now */
  function tick(now) {
    request = 0;
    const elapsed = Math.min(100, now - last);
    last = now;
    const share = (/** @type {number} */ time) => (api.still() ? 1 : elapsed / (elapsed + time));
    const turning = spinning && !cloud.empty;
    if (turning) camera.turn((-SPIN * elapsed) / 1000, 0, true);
    const rest = Math.max(cloud.ease(share(EASE)), camera.ease(share(GLIDE)));
    placed = drawSpace(canvas, scene(), colours);
    if (turning || rest > SETTLED) moved();
  }

  /** @returns {import("./space-picture.js").Scene} */
  function scene() {
    const axes = [0, 1, 2].map((axis) => {
      const [kind, ordinal] = said.axes
        ? [value("axes", 2 * axis), value("axes", 2 * axis + 1)]
        : [0, axis + 1];
      return axisName(kind, ordinal, value("variance", axis));
    });
    return { cloud, camera, axes, chosen, hovered, speeds: speedsOf(cloud.found) };
  }

  /** Gives the picture as a file, larger than it is here. */
  function save() {
    const sheet = el("canvas", { class: "space-sheet" });
    document.body.append(sheet);
    drawSpace(sheet, scene(), colours);
    const c = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
    c.globalCompositeOperation = "destination-over";
    c.fillStyle = colours.ground;
    c.fillRect(0, 0, sheet.width, sheet.height);
    sheet.remove();
    sheet.toBlob((blob) => blob && download("state-space.png", blob), "image/png");
  }

  // ---- Words ---------------------------------------------------------------------------------

  let written = "";
  let announced = "";

  /** Keeps the words in step; what did not change is left alone. */
  function tell() {
    const { found, empty } = cloud;
    parts.hint.textContent = empty ? "The state space appears here as the run goes on" : "";
    parts.tools.hidden = empty;
    space.tabIndex = empty ? -1 : 0;
    const about = { index: value("index"), due: value("index", 1), step: value("step") };
    const points = found.map(({ id, unstable, label }) => [id, unstable, label]);
    const key = String([points, speedsOf(found), Object.values(about), chosen, colours.ground]);
    if (key !== written) {
      written = key;
      const summary = legend.tell(found, about, colours);
      list.tell(found, chosen, colours);
      const heading = "State space in three dimensions";
      space.setAttribute("aria-label", `${heading}: ${summary || "no fixed points yet"}`);
      if (summary && summary !== announced) announce(summary);
      announced = summary;
    }
    const k = found.findIndex(({ id }) => id === chosen);
    const point = found[k];
    choice.tell(
      point ? { point, name: nameOf(point, k), alpha: value("alpha"), colours } : null,
      found.length > 0,
    );
  }

  // ---- Hands ---------------------------------------------------------------------------------

  /** @param {number | null} id */
  function choose(id) {
    chosen = id;
    tell();
    list.reveal();
    moved();
  }

  /** @param {1 | -1} way */
  function walk(way) {
    const { found } = cloud;
    const at = found.findIndex(({ id }) => id === chosen);
    const next = at < 0 ? (way > 0 ? 0 : -1) : (at + way) % found.length;
    choose(found.at(next)?.id ?? null);
  }

  /** @param {boolean} on */
  function setSpin(on) {
    spinning = on;
    spin.setAttribute("aria-pressed", String(on));
    moved();
  }

  /** @param {number | null} id */
  function hover(id) {
    if (id === hovered) return;
    hovered = id;
    space.classList.toggle("on-point", id !== null);
    moved();
  }

  /** @type {import("./space-hands.js").Space} */
  const hands = {
    turn(yaw, pitch, atOnce) {
      camera.turn(yaw, pitch, atOnce);
      moved();
    },
    zoom(factor) {
      camera.zoom(factor);
      moved();
    },
    home() {
      camera.home();
      moved();
    },
    choose: (x, y, reach) => choose(pointAt(placed, x, y, reach)),
    hover: (x, y) => hover(pointAt(placed, x, y, 6)),
    leave: () => hover(null),
    walk,
    release: () => choose(null),
    touched: () => spinning && setSpin(false),
  };
  new Hands(space, hands);
  parts.nearer.addEventListener("click", () => hands.zoom(1.25));
  parts.farther.addEventListener("click", () => hands.zoom(0.8));
  parts.reset.addEventListener("click", hands.home);
  parts.png.addEventListener("click", save);
  spin.addEventListener("click", () => setSpin(!spinning));
  spin.setAttribute("aria-pressed", String(spinning));

  // Scrolled away, it is not drawn.
  const seen = new IntersectionObserver((entries) => {
    visible = entries.some(({ isIntersecting }) => isIntersecting);
    moved();
  });
  seen.observe(space);
  const sized = new ResizeObserver(moved);
  sized.observe(canvas);
  tell();

  return {
    frame,
    values() {},
    restart() {
      cloud.clear();
      said = {};
      chosen = hovered = null;
      tell();
      moved();
    },
    restyle() {
      colours = palette(api.theme());
      tell();
      moved();
    },
    unmount() {
      cancelAnimationFrame(request);
      visible = false;
      seen.disconnect();
      sized.disconnect();
      choice.release();
      host.replaceChildren();
    },
  };
}

/**
 * The picture and its tools, and beside them what says more.
 *
 * @param {HTMLElement} host
 * @param {...HTMLElement} beside
 */
function build(host, ...beside) {
  const canvas = el("canvas", { class: "space-canvas" });
  const hint = el("p", { class: "space-hint" });
  const space = el(
    "div",
    {
      id: "space",
      class: "space",
      role: "application",
      "aria-roledescription": "turnable picture",
      "aria-describedby": "space-help",
    },
    canvas,
    hint,
  );
  const help = el(
    "p",
    { id: "space-help", class: "hidden" },
    "Arrow keys turn it, plus and minus zoom, Home resets the view, N and P go from point to point, Escape lets go.",
  );
  const button = (
    /** @type {string} */ id,
    /** @type {string} */ text,
    /** @type {string} */ label = text,
  ) => el("button", { type: "button", id, class: "small", "aria-label": label }, text);
  const farther = button("space-farther", "−", "Zoom out");
  const nearer = button("space-nearer", "+", "Zoom in");
  const reset = button("space-reset", "Reset view");
  const spin = button("space-spin", "Turn by itself");
  const png = button("space-png", "PNG", "Download the picture as PNG");
  const tools = el("div", { class: "space-tools" }, farther, nearer, reset, spin, png);
  const side = el("div", { class: "space-side" }, space, help, tools);
  host.replaceChildren(el("div", { class: "stage-space" }, side, ...beside));
  return { space, canvas, hint, farther, nearer, reset, spin, png, tools };
}
