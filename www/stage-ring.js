// The living ring: a fly, the neurons that know where it faces, and the last seconds of both.
// Nothing of the model happens here: frames come in, are eased towards, and are drawn.

import { el } from "./dom.js";
import { palette } from "./palette.js";
import { TAU, degrees, wrap } from "./ring-canvas.js";
import { Film } from "./ring-film.js";
import { Hands } from "./ring-hands.js";
import { drawRing } from "./ring-picture.js";

/** @typedef {import("./types.js").Channels} Channels */
/** @typedef {import("./types.js").StageApi} StageApi */
/** @typedef {import("./types.js").Values} Values */

const EASE = 45; // ms in which a picture comes most of the way to the newest frame
const CLEAR = 0.05; // strength below which the neurons say nothing clear

/** @type {Record<string, string>} */
const DRIVES = { wander: "Wander", rest: "Rest", sweep: "Sweep round" };
/** @type {Record<string, string>} */
const TOOLS = { landmark: "Show a landmark", silence: "Silence neurons" };

/**
 * @param {HTMLElement} host
 * @param {StageApi} api
 * @returns {import("./types.js").Stage}
 */
export function mount(host, api) {
  const parts = build(host, api);
  const { slider, ring, strips, wake, driveInputs, toolInputs } = parts;
  let colours = palette(api.theme());
  const film = new Film(colours);

  let preferred = new Float64Array(0);
  /** The newest moment, and what is shown of it. */
  let newest = { rates: new Float64Array(0), heading: 0, decoded: 0, strength: 0, velocity: 0 };
  const shown = { rates: new Float64Array(0), heading: 0, decoded: 0, strength: 0 };
  let gait = 0;
  let stepSeconds = 0.025;
  let lastTime = NaN;

  const hands = new Hands(slider, api, {
    heading: () => newest.heading,
    preferred: () => preferred,
    tool: () =>
      toolInputs.find(({ checked }) => checked)?.value === "silence" ? "silence" : "landmark",
    moved,
    touched: () => {
      parts.hint.textContent = api.playing() ? "" : "Paused: press Space to let it run";
    },
  });
  for (const input of driveInputs) {
    input.addEventListener("change", () => api.steer("drive", input.value));
  }
  wake.addEventListener("click", () => {
    api.steer("silenced_count", 0);
    slider.focus({ preventScroll: true });
  });

  // ---- Frames --------------------------------------------------------------------------------

  /** @param {Channels} channels */
  function frame(channels) {
    const { rates, preferred: told } = channels;
    if (!rates || !told) return;
    const [count = 0, n = 0] = rates.shape;
    const first = film.empty;
    preferred = new Float64Array(told.values);
    film.order(preferred);
    if (shown.rates.length !== n) shown.rates = new Float64Array(n);
    for (let k = 0; k < count; k++) {
      const at = (/** @type {string} */ name) => channels[name]?.values[k] ?? 0;
      newest = {
        rates: rates.values.slice(k * n, (k + 1) * n),
        heading: at("heading"),
        decoded: at("decoded"),
        strength: channels.strength ? at("strength") : 1,
        velocity: at("velocity"),
      };
      film.add(newest.rates, newest.heading, newest.strength > CLEAR ? newest.decoded : NaN);
      stepSeconds = at("time") - lastTime || stepSeconds;
      lastTime = at("time");
    }
    if (first) {
      ease(1);
      readOut();
    }
    moved();
  }

  /**
   * Moves what is shown towards the newest moment; returns how far there is to go.
   *
   * @param {number} share 1 is all the way
   */
  function ease(share) {
    let rest = 0;
    for (let i = 0; i < shown.rates.length; i++) {
      const gap = (newest.rates[i] ?? 0) - (shown.rates[i] ?? 0);
      shown.rates[i] = (shown.rates[i] ?? 0) + gap * share;
      rest = Math.max(rest, Math.abs(gap));
    }
    const turn = wrap(newest.heading - shown.heading);
    const swing = wrap(newest.decoded - shown.decoded);
    shown.heading += turn * share;
    shown.decoded += swing * share;
    shown.strength += (newest.strength - shown.strength) * share;
    return Math.max(rest, Math.abs(turn), Math.abs(swing), film.ease(share) / 4);
  }

  // ---- Drawing -------------------------------------------------------------------------------

  let visible = true;
  let request = 0;
  let last = 0;
  let read = 0;

  function moved() {
    if (visible) request ||= requestAnimationFrame(tick);
  }

  /** @param {number} now */
  function tick(now) {
    request = 0;
    const elapsed = Math.min(100, now - last);
    last = now;
    hands.follow(now);
    const rest = ease(api.still() ? 1 : elapsed / (elapsed + EASE));
    if (api.playing() && !api.still()) gait += (Math.abs(newest.velocity) + 0.4) * 0.006 * elapsed;
    drawRing(ring, scene(), colours);
    film.draw(strips, stepSeconds);
    const settled = rest < 1e-3 && !hands.busy;
    if (settled || now - read > 250) {
      read = now;
      readOut();
    }
    if (!settled) moved();
  }

  /** @returns {import("./ring-picture.js").Scene} */
  function scene() {
    const number = (/** @type {string} */ key) => Number(api.value(key) ?? 0);
    const n = preferred.length;
    const [from, count] = [number("silenced_from"), number("silenced_count")];
    const tool = toolInputs[1]?.checked ? "silence" : "landmark";
    return {
      ...shown,
      preferred,
      silenced: (i) => (((i - from) % n) + n) % n < count,
      gait,
      effort: Math.min(1, 0.15 + Math.abs(newest.velocity) / 3),
      landmark: number("cue_strength") > 0 ? (number("cue") * TAU) / 360 : null,
      ghost: hands.hover === null ? null : { angle: hands.hover, tool },
    };
  }

  function readOut() {
    if (film.empty) return;
    const { heading, decoded, strength } = newest;
    const truth = `${degrees(heading)}°`;
    const said = strength > CLEAR ? `${degrees(decoded)}°` : "nothing clear";
    const off = Math.abs(Math.round((wrap(decoded - heading) * 360) / TAU));
    parts.truth.textContent = truth;
    parts.said.textContent = said;
    parts.off.textContent = strength > CLEAR ? `${off}°` : "–";
    slider.setAttribute("aria-valuenow", String(degrees(heading)));
    slider.setAttribute("aria-valuetext", `${truth}; its neurons say ${said}`);
  }

  // Scrolled away, it is not drawn.
  const seen = new IntersectionObserver((entries) => {
    visible = entries.some(({ isIntersecting }) => isIntersecting);
    moved();
  });
  seen.observe(host);
  const sized = new ResizeObserver(moved);
  sized.observe(ring);
  sized.observe(strips);

  return {
    frame,
    /** @param {Values} values */
    values(values) {
      for (const input of driveInputs) input.checked = input.value === values.drive;
      const count = Number(values.silenced_count ?? 0);
      wake.hidden = count === 0;
      wake.textContent = count === 1 ? "Wake 1 neuron" : `Wake ${count} neurons`;
      moved();
    },
    restart() {
      film.clear();
      lastTime = NaN;
      moved();
    },
    restyle() {
      colours = palette(api.theme());
      film.recolour(colours);
      moved();
    },
    unmount() {
      cancelAnimationFrame(request);
      visible = false;
      hands.release();
      seen.disconnect();
      sized.disconnect();
      host.replaceChildren();
    },
  };
}

/**
 * The stage's elements.
 *
 * @param {HTMLElement} host
 * @param {StageApi} api
 */
function build(host, api) {
  const ring = el("canvas", { class: "ring-canvas" });
  const strips = el("canvas", {
    class: "strips-canvas",
    role: "img",
    "aria-label":
      "The last ten seconds: the firing rate of every neuron, ordered by the heading it prefers, and below it the true heading and the heading that the neurons say.",
  });
  const narrow = host.clientWidth < 480;
  const hint = el(
    "p",
    { class: "hint", "aria-hidden": "true" },
    narrow ? "Drag to turn the fly" : "Drag the ring to turn the fly",
  );
  const slider = el(
    "div",
    {
      id: "ring-slider",
      class: "ring",
      role: "slider",
      tabindex: 0,
      "aria-label": "Heading of the fly. Left and right arrows turn it, C shows it a landmark.",
      "aria-valuemin": 0,
      "aria-valuemax": 359,
      "aria-valuenow": 0,
      "aria-valuetext": "waiting",
    },
    ring,
    hint,
  );

  const [truth, said, off] = [el("dd"), el("dd"), el("dd")];
  const readout = (
    /** @type {string} */ kind,
    /** @type {string} */ name,
    /** @type {Node} */ value,
  ) => el("div", { class: kind }, el("dt", {}, name), value);
  const wake = el("button", { type: "button", id: "wake", class: "small", hidden: true });
  const says = el(
    "div",
    { class: "says" },
    el(
      "dl",
      { class: "readouts" },
      readout("is-true", "The fly faces", truth),
      readout("is-decoded", "Its neurons say", said),
      readout("is-error", "They are off by", off),
    ),
    wake,
  );

  const drives = api.knob("drive")?.options ?? [];
  const drive = choices("stage-drive", "By itself the fly will", drives, DRIVES);
  const tool = choices("stage-tool", "A touch on the rim will", Object.keys(TOOLS), TOOLS);
  if (tool.inputs[0]) tool.inputs[0].checked = true;
  const tools = el("div", { class: "stage-tools" }, drives.length > 0 && drive.field, tool.field);

  const film = el("div", { class: "strips" }, strips);
  host.replaceChildren(
    el("div", { class: "stage-ring" }, slider, el("div", { class: "beside" }, says, film, tools)),
  );
  const [driveInputs, toolInputs] = [drive.inputs, tool.inputs];
  return { slider, ring, strips, hint, truth, said, off, wake, driveInputs, toolInputs };
}

/**
 * @param {string} id
 * @param {string} title
 * @param {string[]} options
 * @param {Record<string, string>} words
 */
function choices(id, title, options, words) {
  const inputs = options.map((value) => el("input", { type: "radio", name: id, value }));
  const labels = inputs.map((input) =>
    el("label", {}, input, el("span", {}, words[input.value] ?? input.value)),
  );
  const field = el(
    "fieldset",
    { class: "segmented" },
    el("legend", {}, title),
    el("div", { class: "segments", id }, ...labels),
  );
  return { field, inputs };
}
