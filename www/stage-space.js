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
import { Cloud } from "./space-cloud.js";
import { Hands } from "./space-hands.js";
import { SLOW, glyph, kindOf, paceColour } from "./space-marks.js";
import { drawSpace, pointAt, speedsOf } from "./space-picture.js";
import { drawSpectrum } from "./space-spectrum.js";
import {
  axisName,
  certificate,
  countKinds,
  countWords,
  kindWords,
  number,
  spectrumWords,
  storyOf,
} from "./space-words.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./space-cloud.js").Point} Point */
/** @typedef {import("./types.js").Channels} Channels */
/** @typedef {import("./types.js").StageApi} StageApi */

const EASE = 160; // ms in which points come most of the way to their new places
const GLIDE = 60; // ms, the same for the camera
const SPIN = 0.11; // rad/s, until it is touched
const SETTLED = 5e-4;

/**
 * @param {HTMLElement} host
 * @param {StageApi} api
 * @returns {import("./types.js").Stage}
 */
export function mount(host, api) {
  const parts = build(host);
  const { space, canvas, spin, list } = parts;
  let colours = palette(api.theme());
  const cloud = new Cloud();
  let camera = new Camera();
  /** What frames said last that is not of single points. @type {Channels} */
  let said = {};
  /** @type {number | null} */
  let chosen = null;
  /** @type {number | null} */
  let hovered = null;
  let spinning = !api.still();
  /** @type {import("./space-picture.js").Placed[]} */
  let placed = [];
  /** What the words beside the picture show. */
  let written = "";
  let shown = "";
  let counted = "";

  const value = (/** @type {string} */ name, at = 0) => said[name]?.values[at] ?? NaN;
  const choice = () => cloud.found.find(({ id }) => id === chosen);

  // ---- Frames --------------------------------------------------------------------------------

  /** @param {Channels} channels */
  function frame(channels) {
    said = { ...said, ...channels };
    const solved = cloud.take(channels);
    if (solved && chosen !== null && !choice()) chosen = null;
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
    if (spinning && !cloud.empty) camera.turn((-SPIN * elapsed) / 1000, 0, true);
    const rest = Math.max(cloud.ease(share(EASE)), camera.ease(share(GLIDE)));
    placed = drawSpace(canvas, scene(), colours);
    if (rest > SETTLED || (spinning && !cloud.empty)) moved();
  }

  /** @returns {import("./space-picture.js").Scene} */
  function scene() {
    const axes = [0, 1, 2].map((axis) =>
      axisName(
        said.axes ? value("axes", 2 * axis) : 0,
        said.axes ? value("axes", 2 * axis + 1) : axis + 1,
        value("variance", axis),
      ),
    );
    return { cloud, camera, axes, chosen, hovered, speeds: speedsOf(cloud.found) };
  }

  /** The picture as a file, as large as a page is wide. */
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

  function drawChoice() {
    const point = choice();
    if (!point || point.eigenvalues.length === 0) return;
    drawSpectrum(parts.spectrum, point.eigenvalues, value("alpha"), colours);
  }

  // ---- Words ---------------------------------------------------------------------------------

  /** Keeps the words beside the picture in step; what did not change is left alone. */
  function tell() {
    parts.tools.hidden = cloud.empty;
    space.tabIndex = cloud.empty ? -1 : 0;
    parts.hint.textContent = cloud.empty ? "The state space appears here as the run goes on" : "";
    const kinds = countKinds(cloud.found);
    const key = JSON.stringify([
      cloud.found.map(({ id, unstable, label }) => [id, unstable, label]),
      value("index"),
      value("index", 1),
      value("step"),
      speedsOf(cloud.found),
      chosen,
      colours.ground,
    ]);
    if (key !== written) {
      written = key;
      tellCounts(kinds);
      tellList();
    }
    tellChoice();
  }

  /** @param {{ unstable: number, count: number }[]} kinds */
  function tellCounts(kinds) {
    const words = kinds.map(countWords);
    parts.legend.replaceChildren(
      ...kinds.map((kind, k) =>
        el(
          "li",
          {},
          glyph(colours, kindOf(kind.unstable)),
          el("span", {}, words[k] ?? ""),
          kindOf(kind.unstable) === SLOW && scaleOf(speedsOf(cloud.found), colours),
        ),
      ),
    );
    const step = value("step");
    parts.when.textContent = Number.isFinite(step)
      ? `Found at step ${step.toLocaleString("en-GB")}`
      : "";
    const index = value("index");
    const { text, tone } = Number.isFinite(index)
      ? certificate(kinds, index, value("index", 1))
      : { text: "", tone: "" };
    parts.sum.textContent = text;
    parts.sum.className = `space-sum ${tone}`;
    const summary = words.length ? `${words.join(", ")}. ${text}` : "No fixed points yet.";
    space.setAttribute("aria-label", `State space in three dimensions: ${summary}`);
    if (words.length && summary !== counted) announce(summary);
    counted = summary;
  }

  function tellList() {
    list.replaceChildren(
      ...cloud.found.map((point, k) =>
        el(
          "li",
          {
            id: `space-point-${point.id}`,
            role: "option",
            "aria-selected": String(point.id === chosen),
            "aria-label": `${nameOf(point, k)}, ${kindWords(point.unstable)}`,
          },
          glyph(colours, kindOf(point.unstable)),
          el("span", {}, nameOf(point, k)),
        ),
      ),
    );
    list.hidden = cloud.found.length === 0;
    if (chosen === null) list.removeAttribute("aria-activedescendant");
    else list.setAttribute("aria-activedescendant", `space-point-${chosen}`);
  }

  function tellChoice() {
    const point = choice();
    parts.choose.hidden = Boolean(point) || cloud.found.length === 0;
    parts.chosen.hidden = !point;
    if (!point) {
      parts.title.textContent = shown = "";
      return;
    }
    const { id, unstable, speed, slowest, outputs, eigenvalues, label } = point;
    const key = [
      id,
      label,
      unstable,
      speed,
      slowest,
      value("alpha"),
      colours.ground,
      outputs,
      eigenvalues,
    ];
    if (String(key) === shown) return;
    shown = String(key);
    const name = nameOf(point, cloud.found.indexOf(point));
    const title = `${name} · ${kindWords(unstable)}`;
    if (parts.title.textContent !== title) parts.title.textContent = title;
    parts.story.textContent = storyOf(point, value("alpha"));
    parts.spectrum.hidden = eigenvalues.length === 0;
    parts.caption.hidden = eigenvalues.length === 0;
    if (eigenvalues.length) {
      parts.spectrum.setAttribute("aria-label", spectrumWords(eigenvalues, unstable));
      parts.caption.textContent = Number.isFinite(value("alpha"))
        ? "Its eigenvalues λ: right of the line a mode grows; inside the dashed circle |1 + αλ| = 1 it decays in Euler’s steps, too."
        : "Its eigenvalues λ: right of the line a mode grows.";
    }
    const facts = [
      Number.isFinite(speed) || speed === -Infinity
        ? ["q, the squared speed", powerOf(speed)]
        : null,
      Number.isNaN(unstable)
        ? null
        : ["Unstable modes", `${unstable} of ${eigenvalues.length / 2 || "?"}`],
      outputs.length
        ? ["Outputs", Array.from(outputs, (each) => each.toFixed(2).replace("-", "−")).join(", ")]
        : null,
    ];
    parts.facts.replaceChildren(
      ...facts
        .map((fact) => fact && el("div", {}, el("dt", {}, fact[0]), el("dd", {}, fact[1])))
        .filter((fact) => fact !== null),
    );
    drawChoice();
  }

  // ---- Hands ---------------------------------------------------------------------------------

  /** @param {number | null} id */
  function choose(id) {
    chosen = id;
    tell();
    reveal();
    moved();
  }

  /** Scrolls the list, but not the page, to the chosen point. */
  function reveal() {
    const option = /** @type {HTMLElement | null} */ (list.querySelector("[aria-selected=true]"));
    if (!option) return;
    const [top, bottom] = [option.offsetTop, option.offsetTop + option.offsetHeight];
    if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight)
      list.scrollTop = bottom - list.clientHeight;
  }

  /** @param {1 | -1} way */
  function walk(way) {
    const { found } = cloud;
    if (found.length === 0) return;
    const at = found.findIndex(({ id }) => id === chosen);
    const next =
      at < 0 ? (way > 0 ? 0 : found.length - 1) : (at + way + found.length) % found.length;
    choose(found[next]?.id ?? null);
  }

  function setSpin(/** @type {boolean} */ on) {
    spinning = on;
    spin.setAttribute("aria-pressed", String(on));
    moved();
  }

  const act = {
    turn(/** @type {number} */ yaw, /** @type {number} */ pitch, /** @type {boolean} */ atOnce) {
      camera.turn(yaw, pitch, atOnce);
      moved();
    },
    zoom(/** @type {number} */ factor) {
      camera.zoom(factor);
      moved();
    },
    home() {
      camera.home();
      moved();
    },
  };
  new Hands(space, {
    ...act,
    choose: (x, y, reach) => choose(pointAt(placed, x, y, reach)?.point.id ?? null),
    hover(x, y) {
      const id = pointAt(placed, x, y, 6)?.point.id ?? null;
      if (id === hovered) return;
      hovered = id;
      space.classList.toggle("on-point", id !== null);
      moved();
    },
    leave() {
      hovered = null;
      moved();
    },
    walk,
    let: () => choose(null),
    touched: () => spinning && setSpin(false),
  });
  parts.nearer.addEventListener("click", () => act.zoom(1.25));
  parts.farther.addEventListener("click", () => act.zoom(0.8));
  parts.reset.addEventListener("click", act.home);
  parts.png.addEventListener("click", save);
  spin.addEventListener("click", () => setSpin(!spinning));
  spin.setAttribute("aria-pressed", String(spinning));

  list.addEventListener("click", (event) => {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    if (option) choose(Number(option.id.replace("space-point-", "")));
  });
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowDown: () => walk(1),
      ArrowRight: () => walk(1),
      ArrowUp: () => walk(-1),
      ArrowLeft: () => walk(-1),
      Home: () => choose(cloud.found[0]?.id ?? null),
      End: () => choose(cloud.found.at(-1)?.id ?? null),
      Enter: () => chosen === null && walk(1),
      " ": () => chosen === null && walk(1),
      Escape: () => choose(null),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // The list's own option is read already.
  list.addEventListener("focus", () => parts.title.setAttribute("aria-live", "off"));
  list.addEventListener("blur", () => parts.title.setAttribute("aria-live", "polite"));

  // Scrolled away, it is not drawn.
  const seen = new IntersectionObserver((entries) => {
    visible = entries.some(({ isIntersecting }) => isIntersecting);
    moved();
  });
  seen.observe(space);
  const sized = new ResizeObserver(() => {
    moved();
    drawChoice();
  });
  sized.observe(canvas);
  sized.observe(parts.spectrum);
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
      host.replaceChildren();
    },
  };
}

/** What a point is called: what its outputs say, or its number. @param {Point} point @param {number} k */
const nameOf = ({ label }, k) => label || `Point ${k + 1}`;

/** What the colours of slow points mean. @param {[number, number]} speeds log10 q @param {Palette} colours */
function scaleOf([slowest, fastest], colours) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((pace) => paceColour(colours, pace));
  return el(
    "span",
    { class: "space-scale" },
    el("span", {}, "q from ", powerOf(slowest)),
    el("span", {
      class: "space-ramp",
      style: `background: linear-gradient(to right, ${stops.join(", ")})`,
      "aria-hidden": "true",
    }),
    el("span", {}, "to ", powerOf(fastest)),
  );
}

/** Ten to a power. @param {number} exponent */
function powerOf(exponent) {
  const value = 10 ** exponent;
  if (value === 0 || Math.abs(exponent) < 2) return el("span", {}, number(value, 2));
  const [front = "", power = 0] = value.toExponential(1).split("e");
  return el("span", {}, `${front} · 10`, el("sup", {}, number(Number(power))));
}

/** The stage's elements. @param {HTMLElement} host */
function build(host) {
  const canvas = el("canvas", { class: "space-canvas" });
  const hint = el("p", { class: "space-hint" });
  const space = el(
    "div",
    {
      id: "space",
      class: "space",
      role: "application",
      tabindex: 0,
      "aria-roledescription": "turnable picture",
      "aria-label": "State space in three dimensions",
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
    /** @type {string} */ label,
  ) => el("button", { type: "button", id, class: "small", "aria-label": label }, text);
  const farther = button("space-farther", "−", "Zoom out");
  const nearer = button("space-nearer", "+", "Zoom in");
  const reset = el("button", { type: "button", id: "space-reset", class: "small" }, "Reset view");
  const spin = el("button", { type: "button", id: "space-spin", class: "small" }, "Turn by itself");

  const png = button("space-png", "PNG", "Download the picture as PNG");
  const tools = el("div", { class: "space-tools" }, farther, nearer, reset, spin, png);

  const legend = el("ul", { class: "space-legend", "aria-label": "Points by kind" });
  const sum = el("p", { class: "space-sum" });
  const when = el("p", { class: "space-when" });
  const choose = el("p", { class: "space-choose" }, "Click a point to see its spectrum.");
  const title = el("h2", { class: "space-title", "aria-live": "polite" });
  const story = el("p", { class: "space-story" });
  const spectrum = el("canvas", { class: "spectrum-canvas", role: "img" });
  const caption = el("p", { class: "space-caption" });
  const facts = el("dl", { class: "space-facts" });
  const chosen = el("div", { class: "space-chosen" }, story, spectrum, caption, facts);
  const list = el("ul", {
    id: "space-list",
    class: "space-list",
    role: "listbox",
    tabindex: 0,
    "aria-label": "Points of the state space",
  });
  const says = el("div", { class: "space-says" }, legend, sum, when);
  const choice = el("div", { class: "space-choice" }, choose, title, chosen);
  host.replaceChildren(
    el(
      "div",
      { class: "stage-space" },
      el("div", { class: "space-side" }, space, help, tools),
      says,
      choice,
      list,
    ),
  );
  return {
    space,
    canvas,
    hint,
    farther,
    nearer,
    reset,
    spin,
    png,
    tools,
    legend,
    sum,
    when,
    choose,
    title,
    chosen,
    story,
    spectrum,
    caption,
    facts,
    list,
  };
}
