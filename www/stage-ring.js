// The living ring: a fly, the neurons that know where it faces, and the last seconds of both.
//
// Headings are drawn as on a compass: 0° is up, and they grow clockwise, so that "right" is more.
// Nothing of the model happens here. The stage eases between frames, turns pointer movements into the
// knobs `turning`, `cue`, `cue_strength`, `silenced_from` and `silenced_count`, and draws.

import { el } from "./dom.js";
import { drawFly } from "./fly.js";
import { palette } from "./palette.js";

/** @typedef {import("./types.js").Channels} Channels */
/** @typedef {import("./types.js").StageApi} StageApi */
/** @typedef {import("./types.js").Values} Values */

const TAU = 2 * Math.PI;
const PAST = 400; // steps of history on show

// Radii as fractions of the picture's side.
const RING = 0.285;
const BAR = 0.115;
const RIM = 0.436;
const LABEL = 0.473;
const FLY = 0.104;
/** From here outwards, a pointer means the landmark; inside, the fly. */
const TOUCH_RIM = 0.335;

const EASE = 45; // ms in which a picture comes most of the way to the newest frame
const CUE_LEAST = 320; // ms for which a tap shows the landmark
const STEER_EVERY = 60; // ms between two pushes
const KEY_TURN = 2; // rad/s
const KEY_FINE = 0.5;
const FOLLOW = 8; // per second: how eagerly the fly follows the hand

/** @param {number} angle into −π..π */
const wrap = (angle) => angle - TAU * Math.round(angle / TAU);
/** @param {number} angle into 0..2π */
const turnOf = (angle) => ((angle % TAU) + TAU) % TAU;
const textSize = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
/** @param {number} angle */
const degrees = (angle) => Math.round((turnOf(angle) * 360) / TAU) % 360;

/**
 * @param {HTMLElement} host
 * @param {StageApi} api
 * @returns {import("./types.js").Stage}
 */
export function mount(host, api) {
  let colours = palette(api.theme());

  // ---- The elements --------------------------------------------------------------------------

  const ring = el("canvas", { class: "ring-canvas" });
  const strips = el("canvas", {
    class: "strips-canvas",
    role: "img",
    "aria-label":
      "The last ten seconds: the firing rate of every neuron, ordered by the heading it prefers, and below it the true heading and the heading that the neurons say.",
  });
  const hint = el("p", { class: "hint", "aria-hidden": "true" }, "Drag the ring to turn the fly");
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
  const [trueText, decodedText, errorText] = [el("dd", {}), el("dd", {}), el("dd", {})];
  const readouts = el(
    "dl",
    { class: "readouts" },
    el("div", { class: "is-true" }, el("dt", {}, "The fly faces"), trueText),
    el("div", { class: "is-decoded" }, el("dt", {}, "Its neurons say"), decodedText),
    el("div", { class: "is-error" }, el("dt", {}, "They are off by"), errorText),
  );

  const drives = api.knob("drive")?.options ?? [];
  const driveInputs = drives.map((drive) => {
    const input = el("input", { type: "radio", name: "stage-drive", value: drive });
    input.addEventListener("change", () => api.steer("drive", drive));
    return input;
  });
  const DRIVES = /** @type {Record<string, string>} */ ({
    wander: "Wander",
    rest: "Rest",
    sweep: "Sweep round",
  });
  const toolInputs = ["landmark", "silence"].map((tool) =>
    el("input", { type: "radio", name: "stage-tool", value: tool, checked: tool === "landmark" }),
  );
  const wake = el(
    "button",
    { type: "button", id: "wake", class: "small", hidden: true },
    "Wake all",
  );
  const tools = el(
    "div",
    { class: "stage-tools" },
    driveInputs.length > 0 &&
      el(
        "fieldset",
        { class: "segmented" },
        el("legend", {}, "By itself the fly will"),
        el(
          "div",
          { class: "segments", id: "stage-drive" },
          ...driveInputs.map((input) =>
            el("label", {}, input, el("span", {}, DRIVES[input.value] ?? input.value)),
          ),
        ),
      ),
    el(
      "fieldset",
      { class: "segmented" },
      el("legend", {}, "A touch on the rim will"),
      el(
        "div",
        { class: "tool-line" },
        el(
          "div",
          { class: "segments", id: "stage-tool" },
          ...toolInputs.map((input) =>
            el(
              "label",
              {},
              input,
              el("span", {}, input.value === "landmark" ? "Show a landmark" : "Silence neurons"),
            ),
          ),
        ),
        wake,
      ),
    ),
  );
  host.replaceChildren(
    el(
      "div",
      { class: "stage-ring" },
      slider,
      el("div", { class: "beside" }, readouts, el("div", { class: "strips" }, strips), tools),
    ),
  );

  // ---- What is known -------------------------------------------------------------------------

  let n = 0;
  let preferred = new Float64Array(0);
  /** The row of the raster for each neuron. */
  let rows = new Int32Array(0);
  let rates = new Float64Array(0);
  let shownRates = new Float64Array(0);
  let heading = 0;
  let decoded = 0;
  let strength = 0;
  let velocity = 0;
  let shownHeading = 0;
  let shownDecoded = 0;
  let shownStrength = 0;
  let gait = 0;
  let stepSeconds = 0.025;
  let lastTime = NaN;

  /** History, as rings of PAST columns. */
  let pastRates = new Uint8Array(0);
  const pastHeading = new Float64Array(PAST);
  const pastDecoded = new Float64Array(PAST);
  let head = 0; // columns ever written
  let shownHead = 0; // … and how far the picture has scrolled

  const film = document.createElement("canvas");
  const filmContext = /** @type {CanvasRenderingContext2D} */ (film.getContext("2d"));

  // ---- Frames --------------------------------------------------------------------------------

  /** @param {Channels} channels */
  function frame(channels) {
    const all = channels.rates;
    const told = channels.preferred;
    if (!all || !told) return;
    const [count = 0, width = 0] = all.shape;
    if (width !== n) resizeRing(width);
    preferred = new Float64Array(told.values);
    order();
    for (let k = 0; k < count; k++) {
      const at = (name = "") => channels[name]?.values[k] ?? 0;
      heading = at("heading");
      decoded = at("decoded");
      strength = channels.strength ? at("strength") : 1;
      velocity = at("velocity");
      const time = at("time");
      if (time > lastTime) stepSeconds = time - lastTime || stepSeconds;
      lastTime = time;
      const row = all.values.subarray(k * n, (k + 1) * n);
      const column = head % PAST;
      for (let i = 0; i < n; i++) {
        pastRates[column * n + (rows[i] ?? 0)] = 255 * Math.min(1, Math.max(0, row[i] ?? 0));
      }
      pastHeading[column] = turnOf(heading);
      pastDecoded[column] = strength > 0.05 ? turnOf(decoded) : NaN;
      paintColumn(column);
      head += 1;
      if (k === count - 1) rates.set(row);
    }
    if (api.still() || head === count) settle();
    moved();
  }

  /** Gives every neuron its row: the smallest preferred heading at the bottom, the largest on top. */
  function order() {
    const byHeading = Array.from(preferred, (angle, neuron) => ({ angle: turnOf(angle), neuron }));
    byHeading.sort((a, b) => b.angle - a.angle);
    byHeading.forEach(({ neuron }, row) => (rows[neuron] = row));
  }

  /** @param {number} width */
  function resizeRing(width) {
    n = width;
    rates = new Float64Array(n);
    shownRates = new Float64Array(n);
    rows = new Int32Array(n);
    pastRates = new Uint8Array(n * PAST);
    film.width = PAST;
    film.height = n;
    restart();
  }

  function restart() {
    head = shownHead = 0;
    lastTime = NaN;
    pastRates.fill(0);
    repaint();
    moved();
  }

  /** Shows the newest frame as it is, without easing. */
  function settle() {
    shownRates.set(rates);
    shownHeading = heading;
    shownDecoded = decoded;
    shownStrength = strength;
    shownHead = head;
  }

  /** @param {number} column */
  function paintColumn(column) {
    const image = filmContext.createImageData(1, n);
    const { ramp } = colours;
    for (let row = 0; row < n; row++) {
      const colour = 3 * (pastRates[column * n + row] ?? 0);
      image.data[4 * row] = ramp[colour] ?? 0;
      image.data[4 * row + 1] = ramp[colour + 1] ?? 0;
      image.data[4 * row + 2] = ramp[colour + 2] ?? 0;
      image.data[4 * row + 3] = 255;
    }
    filmContext.putImageData(image, column, 0);
  }

  function repaint() {
    for (let column = 0; column < Math.min(head, PAST); column++) paintColumn(column);
  }

  // ---- Pushing -------------------------------------------------------------------------------

  /** What the pointer is doing. @type {null | "turn" | "cue" | "silence"} */
  let gesture = null;
  let hand = 0; // the pointer's angle
  let wanted = 0; // the heading that the hand asks for
  let push = 0; // the turning last sent
  let pushed = 0; // when
  let driveBefore = "";
  let cueSince = 0;
  /** @type {number | undefined} */
  let cueTimer;
  let hover = NaN;
  let silenceStart = 0;
  let keyTurn = 0;

  /** @param {PointerEvent} event */
  function polar(event) {
    const box = ring.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width - 0.5;
    const y = (event.clientY - box.top) / box.height - 0.5;
    return { angle: turnOf(Math.atan2(x, -y)), radius: Math.hypot(x, y) };
  }

  const tool = () => toolInputs.find(({ checked }) => checked)?.value ?? "landmark";

  /** @param {number} turning */
  function turn(turning) {
    const knob = api.knob("turning");
    const most = Number(knob?.max ?? 10);
    const value = Math.round(10 * Math.min(most, Math.max(-most, turning))) / 10;
    if (value === push) return;
    push = value;
    pushed = performance.now();
    api.steer("turning", value);
  }

  /** @param {number} angle */
  function showCue(angle) {
    clearTimeout(cueTimer);
    const value = degrees(angle);
    if (api.value("cue") !== value) api.steer("cue", value);
    const most = api.knob("cue_strength")?.max ?? 1;
    if (api.value("cue_strength") !== most) {
      api.steer("cue_strength", most);
      cueSince = performance.now();
    }
  }

  function hideCue() {
    // A quick tap must last long enough to be seen and to act.
    const rest = Math.max(0, cueSince + CUE_LEAST - performance.now());
    clearTimeout(cueTimer);
    cueTimer = setTimeout(() => api.steer("cue_strength", 0), rest);
  }

  /** Silences the neurons that prefer headings between two angles. */
  function silence(/** @type {number} */ from, /** @type {number} */ to) {
    if (n === 0) return;
    let arc = wrap(to - from);
    let first = from;
    if (Math.abs(arc) < 0.06) {
      first = from - 0.2; // a mere tap takes a small group
      arc = 0.4;
    }
    // Neurons are numbered along the ring in one direction or the other; ask the first two.
    const along = Math.sign(wrap((preferred[1] ?? 0) - (preferred[0] ?? 0))) || 1;
    const start = nearest(arc * along > 0 ? first : first + arc);
    const most = Number(api.knob("silenced_count")?.max ?? n);
    const count = Math.min(most, Math.max(1, Math.round((Math.abs(arc) / TAU) * n)));
    if (api.value("silenced_from") !== start) api.steer("silenced_from", start);
    if (api.value("silenced_count") !== count) api.steer("silenced_count", count);
  }

  /** @param {number} angle */
  function nearest(angle) {
    let best = 0;
    for (let i = 1; i < n; i++) {
      const better = Math.abs(wrap((preferred[i] ?? 0) - angle));
      if (better < Math.abs(wrap((preferred[best] ?? 0) - angle))) best = i;
    }
    return best;
  }

  function silencedSet() {
    const from = Number(api.value("silenced_from") ?? 0);
    const count = Number(api.value("silenced_count") ?? 0);
    return (/** @type {number} */ i) => count > 0 && (((i - from) % n) + n) % n < count;
  }

  /** @param {string} text */
  function tell(text) {
    hint.textContent = text;
    hint.classList.toggle("gone", text === "");
  }

  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { angle, radius } = polar(event);
    if (radius > 0.5) return;
    event.preventDefault();
    slider.focus({ preventScroll: true });
    slider.setPointerCapture(event.pointerId);
    tell(api.playing() ? "" : "Paused: press Space to let it run");
    if (radius >= TOUCH_RIM) {
      gesture = tool() === "silence" ? "silence" : "cue";
      silenceStart = angle;
      if (gesture === "cue") showCue(angle);
      else silence(angle, angle);
    } else {
      gesture = "turn";
      hand = angle;
      wanted = heading;
      // In the hand the fly does not walk by itself.
      driveBefore = String(api.value("drive") ?? "");
      if (driveBefore && driveBefore !== "rest" && drives.includes("rest"))
        api.steer("drive", "rest");
      slider.classList.add("held");
    }
    moved();
  });

  slider.addEventListener("pointermove", (event) => {
    const { angle, radius } = polar(event);
    const rim = radius >= TOUCH_RIM && radius <= 0.5;
    slider.classList.toggle("on-rim", rim && gesture !== "turn");
    const before = hover;
    hover = rim && gesture === null && event.pointerType === "mouse" ? angle : NaN;
    if (gesture === "turn") {
      // Near the middle the angle means nothing.
      if (radius > 0.03) wanted += wrap(angle - hand);
      hand = angle;
    } else if (gesture === "cue") showCue(angle);
    else if (gesture === "silence") silence(silenceStart, angle);
    if (gesture || !Object.is(before, hover)) moved();
  });

  const release = () => {
    if (gesture === "turn") {
      turn(0);
      if (driveBefore && driveBefore !== api.value("drive")) api.steer("drive", driveBefore);
      slider.classList.remove("held");
    } else if (gesture === "cue") hideCue();
    gesture = null;
    moved();
  };
  slider.addEventListener("pointerup", release);
  slider.addEventListener("pointercancel", release);
  slider.addEventListener("pointerleave", () => {
    hover = NaN;
    moved();
  });

  slider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (way) {
      event.preventDefault();
      tell(api.playing() ? "" : "Paused: press Space to let it run");
      keyTurn = way;
      turn(way * (event.shiftKey ? KEY_FINE : KEY_TURN));
    } else if (event.key === "c" || event.key === "C") {
      event.preventDefault();
      showCue(heading);
      hideCue();
    }
  });
  const releaseKeys = () => {
    if (keyTurn) turn(0);
    keyTurn = 0;
  };
  slider.addEventListener("keyup", (event) => {
    if (event.key.startsWith("Arrow")) releaseKeys();
  });
  slider.addEventListener("blur", releaseKeys);
  wake.addEventListener("click", () => {
    api.steer("silenced_count", 0);
    slider.focus({ preventScroll: true });
  });

  // ---- Drawing -------------------------------------------------------------------------------

  let request = 0;
  let last = 0;
  let read = 0;

  function moved() {
    request ||= requestAnimationFrame(tick);
  }

  /** @param {number} now */
  function tick(now) {
    request = 0;
    const elapsed = Math.min(100, now - last);
    last = now;
    if (gesture === "turn" && now - pushed > STEER_EVERY) turn(FOLLOW * wrap(wanted - heading));
    const rest = ease(elapsed);
    drawRing();
    drawStrips();
    if (now - read > 250) {
      read = now;
      readOut();
    }
    if (rest > 1e-3 || gesture) moved();
    else readOut();
  }

  /**
   * Moves what is shown towards what is known; returns how far there is to go.
   *
   * @param {number} elapsed
   */
  function ease(elapsed) {
    if (api.still()) settle();
    const share = elapsed / (elapsed + EASE);
    let rest = 0;
    for (let i = 0; i < n; i++) {
      const gap = (rates[i] ?? 0) - (shownRates[i] ?? 0);
      shownRates[i] = (shownRates[i] ?? 0) + gap * share;
      rest = Math.max(rest, Math.abs(gap));
    }
    const turnGap = wrap(heading - shownHeading);
    shownHeading += turnGap * share;
    const decodedGap = wrap(decoded - shownDecoded);
    shownDecoded += decodedGap * share;
    shownStrength += (strength - shownStrength) * share;
    const scroll = head - shownHead;
    // After a jump (a skip, a hidden tab) the film is simply there.
    shownHead = scroll > 40 ? head : shownHead + scroll * share;
    gait += (Math.abs(velocity) + 0.4) * 0.006 * elapsed * (api.playing() ? 1 : 0);
    return Math.max(rest, Math.abs(turnGap), Math.abs(decodedGap), scroll / 4);
  }

  function readOut() {
    if (head === 0) return;
    const [h, d] = [degrees(heading), degrees(decoded)];
    const clear = strength > 0.05;
    trueText.textContent = `${h}°`;
    decodedText.textContent = clear ? `${d}°` : "nothing clear";
    errorText.textContent = clear
      ? `${Math.abs(Math.round((wrap(decoded - heading) * 360) / TAU))}°`
      : "–";
    slider.setAttribute("aria-valuenow", String(h));
    slider.setAttribute(
      "aria-valuetext",
      `${h} degrees; its neurons say ${clear ? `${d} degrees` : "nothing clear"}`,
    );
  }

  /**
   * Fits a canvas to its box, in device pixels.
   *
   * @param {HTMLCanvasElement} canvas
   */
  function fit(canvas) {
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    return { c, width, height };
  }

  /** @param {number} rate */
  function colour(rate) {
    const at = 3 * Math.round(255 * Math.min(1, Math.max(0, rate)));
    return `rgb(${colours.ramp[at]},${colours.ramp[at + 1]},${colours.ramp[at + 2]})`;
  }

  /** How much larger than usual the page's text is: the projector's, or the visitor's own choice. */
  let large = textSize();
  const font = (/** @type {number} */ size, weight = 400) =>
    `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;

  function drawRing() {
    const { c, width: side } = fit(ring);
    if (side < 10) return;
    const at = (/** @type {number} */ angle, /** @type {number} */ radius) =>
      /** @type {[number, number]} */ ([
        radius * side * Math.sin(angle),
        -radius * side * Math.cos(angle),
      ]);
    c.save();
    c.translate(side / 2, side / 2);
    c.lineCap = "round";

    // A breath of light where the bump is.
    if (colours.glow > 0 && n > 0) {
      const [x, y] = at(shownDecoded, RING + BAR / 2);
      const glow = c.createRadialGradient(x, y, 0, x, y, side * 0.165);
      const tint = colour(0.62).replace("rgb", "rgba").replace(")", "");
      glow.addColorStop(0, `${tint},${colours.glow * Math.min(1, shownStrength * 1.5)})`);
      glow.addColorStop(1, `${tint},0)`);
      c.fillStyle = glow;
      c.fillRect(-side / 2, -side / 2, side, side);
    }

    // The rim, with its compass.
    c.strokeStyle = colours.line;
    c.lineWidth = 1;
    c.beginPath();
    c.arc(0, 0, RIM * side, 0, TAU);
    c.stroke();
    const small = Math.max(10, side * 0.0215) * large;
    c.font = font(small);
    c.fillStyle = colours.muted;
    c.textAlign = "center";
    c.textBaseline = "middle";
    for (let mark = 0; mark < 360; mark += 10) {
      const angle = (mark * TAU) / 360;
      const main = mark % 90 === 0;
      c.beginPath();
      c.moveTo(...at(angle, RIM));
      c.lineTo(...at(angle, RIM + (main ? 0.012 : mark % 30 === 0 ? 0.009 : 0.005)));
      c.stroke();
      if (main) c.fillText(`${mark}°`, ...at(angle, LABEL));
    }

    // How far the two headings are apart.
    const gap = wrap(shownDecoded - shownHeading);
    if (n > 0 && Math.abs(gap) > 0.012 && shownStrength > 0.05) {
      c.beginPath();
      c.moveTo(0, 0);
      const start = shownHeading - TAU / 4;
      c.arc(0, 0, (RING - 0.022) * side, start, start + gap, gap < 0);
      c.closePath();
      c.globalAlpha = 0.13;
      c.fillStyle = colours.decoded;
      c.fill();
      c.globalAlpha = 1;
    }

    // What the neurons say.
    if (n > 0) {
      c.globalAlpha = Math.min(1, 0.15 + shownStrength * 1.6);
      c.strokeStyle = c.fillStyle = colours.decoded;
      c.lineWidth = Math.max(2, side * 0.0055);
      c.beginPath();
      c.moveTo(...at(shownDecoded, 0.06));
      c.lineTo(...at(shownDecoded, RING - 0.045));
      c.stroke();
      arrow(c, at(shownDecoded, RING - 0.018), shownDecoded, side * 0.017);
      c.globalAlpha = 1;
    }

    // The neurons.
    const silenced = silencedSet();
    const thick = Math.min(side * 0.016, (TAU * RING * side * 0.66) / Math.max(24, n));
    c.lineWidth = thick;
    for (let i = 0; i < n; i++) {
      const angle = preferred[i] ?? 0;
      const rate = shownRates[i] ?? 0;
      if (silenced(i)) {
        c.strokeStyle = colours.muted;
        c.lineWidth = 1;
        c.beginPath();
        c.arc(...at(angle, RING), thick * 0.42, 0, TAU);
        c.stroke();
        c.lineWidth = thick;
        continue;
      }
      c.strokeStyle = rate > 0.004 ? colour(0.16 + 0.84 * rate) : colours.line;
      c.beginPath();
      c.moveTo(...at(angle, RING));
      c.lineTo(...at(angle, RING + 0.0002 + BAR * Math.min(1, rate)));
      c.stroke();
    }

    // The landmark, or where it would be.
    const cue = Number(api.value("cue_strength") ?? 0) > 0;
    if (cue) {
      const angle = (Number(api.value("cue") ?? 0) * TAU) / 360;
      lightCone(c, angle, side);
      sun(c, at(angle, RIM), side * 0.018, 1);
    } else if (!Number.isNaN(hover)) {
      if (tool() === "landmark") sun(c, at(hover, RIM), side * 0.016, 0.55);
      else {
        c.strokeStyle = colours.muted;
        c.lineWidth = 2;
        c.beginPath();
        c.arc(0, 0, RIM * side, hover - 0.2 - TAU / 4, hover + 0.2 - TAU / 4);
        c.stroke();
      }
    }

    // Where the fly truly faces: a mark on the rim, and the fly itself.
    if (n > 0) {
      c.fillStyle = colours.truth;
      arrow(c, at(shownHeading, RIM - 0.004), shownHeading, side * 0.015);
    }
    c.save();
    c.rotate(shownHeading);
    c.scale(FLY * side, FLY * side);
    c.translate(0, -0.12);
    drawFly(c, colours, gait, Math.min(1, 0.15 + Math.abs(velocity) / 3));
    c.restore();
    c.restore();
  }

  /**
   * A landmark's light, falling on the fly.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {number} angle
   * @param {number} side
   */
  function lightCone(c, angle, side) {
    c.save();
    c.rotate(angle);
    const light = c.createLinearGradient(0, -RIM * side, 0, 0);
    light.addColorStop(0, `${colours.light}90`);
    light.addColorStop(1, `${colours.light}00`);
    c.fillStyle = light;
    c.beginPath();
    c.moveTo(0, -RIM * side);
    c.lineTo(-0.17 * side, 0);
    c.arc(0, 0, 0.17 * side, TAU / 2, 0, true);
    c.closePath();
    c.fill();
    c.restore();
    const glow = c.createRadialGradient(0, 0, 0, 0, 0, 0.062 * side);
    glow.addColorStop(0, `${colours.light}a0`);
    glow.addColorStop(1, `${colours.light}00`);
    c.save();
    c.translate(RIM * side * Math.sin(angle), -RIM * side * Math.cos(angle));
    c.fillStyle = glow;
    c.fillRect(-0.07 * side, -0.07 * side, 0.14 * side, 0.14 * side);
    c.restore();
  }

  /**
   * A filled arrowhead with its tip at a point, looking along a heading.
   *
   * @param {CanvasRenderingContext2D} c
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
   * @param {CanvasRenderingContext2D} c
   * @param {[number, number]} at
   * @param {number} size
   * @param {number} alpha
   */
  function sun(c, at, size, alpha) {
    c.save();
    c.translate(...at);
    c.globalAlpha = alpha;
    c.fillStyle = c.strokeStyle = colours.light;
    c.beginPath();
    c.arc(0, 0, size * 0.72, 0, TAU);
    c.fill();
    c.lineWidth = size * 0.2;
    for (let i = 0; i < 8; i++) {
      c.rotate(TAU / 8);
      c.beginPath();
      c.moveTo(0, size);
      c.lineTo(0, size * 1.4);
      c.stroke();
    }
    c.restore();
  }

  function drawStrips() {
    const { c, width, height } = fit(strips);
    if (width < 40) return;
    const small = (width < 420 ? 11 : 12) * large;
    const left = 38 * large;
    const plot = width - left - 1;
    const top = 24 * large;
    const foot = 20 * large;
    const between = 34 * large;
    const raster = Math.round((height - top - foot - between) * 0.6);
    const lower = top + raster + between;
    const traces = height - lower - foot;

    c.font = font(small, 600);
    c.fillStyle = colours.ink;
    c.textBaseline = "alphabetic";
    c.textAlign = "left";
    c.fillText(n ? `Firing of ${n} neurons, by preferred heading` : "Firing", left, top - 9);
    c.fillText("Heading", left, lower - 9);
    if (width > 300) {
      let x = left + c.measureText("Heading").width + 16;
      c.font = font(small);
      for (const [label, tint] of [
        ["true", colours.truth],
        ["what the neurons say", colours.decoded],
      ]) {
        c.strokeStyle = tint ?? "";
        c.lineWidth = 2.5;
        c.beginPath();
        c.moveTo(x, lower - 13);
        c.lineTo(x + 14, lower - 13);
        c.stroke();
        c.fillStyle = colours.muted;
        c.fillText(label ?? "", x + 19, lower - 9);
        x += 19 + c.measureText(label ?? "").width + 16;
      }
    }

    // Axes.
    c.font = font(small - 1);
    c.fillStyle = colours.muted;
    c.strokeStyle = colours.line;
    c.lineWidth = 1;
    for (const [y0, h] of /** @type {[number, number][]} */ ([
      [top, raster],
      [lower, traces],
    ])) {
      c.textAlign = "right";
      c.textBaseline = "middle";
      for (const mark of [0, 180, 360]) {
        const y = y0 + h * (1 - mark / 360);
        c.fillText(`${mark}°`, left - 7, Math.min(y0 + h - 4, Math.max(y0 + 4, y)));
        c.beginPath();
        c.moveTo(left, Math.round(y) + 0.5);
        c.lineTo(left + plot, Math.round(y) + 0.5);
        c.stroke();
      }
    }
    c.textBaseline = "top";
    c.textAlign = "left";
    const span = PAST * stepSeconds;
    c.fillText(`${Math.round(span)} s ago`, left, height - foot + 6);
    c.textAlign = "right";
    c.fillText("now", left + plot, height - foot + 6);

    // The film: columns shownHead − PAST … shownHead, newest at the right edge.
    c.save();
    c.beginPath();
    c.rect(left, top, plot, raster);
    c.clip();
    c.fillStyle = `rgb(${colours.ramp[0]},${colours.ramp[1]},${colours.ramp[2]})`;
    c.fillRect(left, top, plot, raster);
    const step = plot / PAST;
    const place = (/** @type {number} */ column) => left + plot + (column - shownHead) * step;
    if (n > 0 && head > 0) {
      const first = Math.max(0, head - PAST);
      const seam = Math.floor((head - 1) / PAST) * PAST;
      // The film is a ring of columns: at most two stretches.
      for (const [from, to] of /** @type {[number, number][]} */ ([
        [first, Math.max(first, seam)],
        [Math.max(first, seam), head],
      ])) {
        if (to <= from) continue;
        const x = place(from);
        c.drawImage(film, from % PAST, 0, to - from, n, x, top, place(to) - x, raster);
      }
    }
    // A pale casing keeps the line readable on every colour.
    c.globalAlpha = 0.75;
    trace(c, pastHeading, colours.ground, 4, top, raster, place);
    c.globalAlpha = 1;
    trace(c, pastHeading, colours.over, 1.75, top, raster, place);
    c.restore();

    c.save();
    c.beginPath();
    c.rect(left, lower - 2, plot, traces + 4);
    c.clip();
    trace(c, pastDecoded, colours.decoded, 2.5, lower, traces, place);
    trace(c, pastHeading, colours.truth, 1.5, lower, traces, place);
    c.restore();
  }

  /**
   * A heading against time; where it passes north the line is broken.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Float64Array} past
   * @param {string} tint
   * @param {number} thick
   * @param {number} top
   * @param {number} height
   * @param {(column: number) => number} place
   */
  function trace(c, past, tint, thick, top, height, place) {
    c.strokeStyle = tint;
    c.lineWidth = thick;
    c.lineJoin = "round";
    c.beginPath();
    let before = NaN;
    for (let column = Math.max(0, head - PAST); column < head; column++) {
      const value = past[column % PAST] ?? NaN;
      const y = top + height * (1 - value / TAU);
      if (Number.isNaN(value)) {
        before = NaN;
        continue;
      }
      if (Math.abs(value - before) < Math.PI) c.lineTo(place(column + 0.5), y);
      else c.moveTo(place(column + 0.5), y);
      before = value;
    }
    c.stroke();
  }

  const sized = new ResizeObserver(moved);
  sized.observe(ring);
  sized.observe(strips);

  /** @param {Values} values */
  function values(values) {
    for (const input of driveInputs) input.checked = input.value === values.drive;
    const count = Number(values.silenced_count ?? 0);
    wake.hidden = count === 0;
    wake.textContent = count === 1 ? "Wake 1 neuron" : `Wake ${count} neurons`;
    moved();
  }

  return {
    frame,
    values,
    restart,
    restyle() {
      colours = palette(api.theme());
      large = textSize();
      repaint();
      moved();
    },
    unmount() {
      cancelAnimationFrame(request);
      clearTimeout(cueTimer);
      sized.disconnect();
      host.replaceChildren();
    },
  };
}
