// The visitor's hands on the ring: pointer and keys become the live knobs `turning`, `drive`, `cue`,
// `cue_strength`, `silenced_from` and `silenced_count`.

import { PLAN, TAU, degrees, turnOf, wrap } from "./ring-canvas.js";

const CUE_LEAST = 320; // ms for which a tap shows the landmark
const PUSH_EVERY = 60; // ms between two pushes
const KEY_TURN = 2; // rad/s
const KEY_FINE = 0.5; // rad/s, with Shift
const FOLLOW = 8; // per second: how eagerly the fly follows the hand
const AHEAD = 0.08; // s: what was asked for and has not been seen yet
const TAP = 0.4; // rad: the group that a mere tap silences

/**
 * @typedef {object} Ring What the hands must know of it.
 * @property {() => number} heading
 * @property {() => Float64Array} preferred
 * @property {() => "landmark" | "silence"} tool what a touch on the rim does
 * @property {() => void} moved something must be drawn
 * @property {() => void} touched
 */

export class Hands {
  #slider;
  #api;
  #ring;
  /** @type {null | "turn" | "cue" | "silence"} */
  #gesture = null;
  #hand = 0; // the pointer's angle
  #wanted = 0; // the heading that the hand asks for
  #push = 0; // the turning last sent …
  #pushed = 0; // … and when
  #drive = ""; // what the fly did before it was held
  #cueSince = 0;
  /** @type {number | undefined} */
  #cueTimer;
  #silenceFrom = 0;
  #key = 0;
  /** Where a mouse hovers over the rim. @type {number | null} */
  hover = null;

  /**
   * @param {HTMLElement} slider
   * @param {import("./types.js").StageApi} api
   * @param {Ring} ring
   */
  constructor(slider, api, ring) {
    this.#slider = slider;
    this.#api = api;
    this.#ring = ring;
    slider.addEventListener("pointerdown", (event) => this.#down(event));
    slider.addEventListener("pointermove", (event) => this.#move(event));
    slider.addEventListener("pointerup", () => this.#up());
    slider.addEventListener("pointercancel", () => this.#up());
    slider.addEventListener("pointerleave", () => {
      this.hover = null;
      ring.moved();
    });
    slider.addEventListener("keydown", (event) => this.#keyDown(event));
    slider.addEventListener("keyup", (event) => {
      if (event.key.startsWith("Arrow")) this.#keyUp();
    });
    slider.addEventListener("blur", () => this.#keyUp());
  }

  get busy() {
    return this.#gesture !== null;
  }

  /**
   * Keeps the fly under the hand that holds it.
   *
   * @param {number} now
   */
  follow(now) {
    if (this.#gesture !== "turn" || now - this.#pushed < PUSH_EVERY) return;
    const soon = this.#ring.heading() + AHEAD * this.#push;
    this.#turn(FOLLOW * wrap(this.#wanted - soon));
  }

  release() {
    clearTimeout(this.#cueTimer);
  }

  /** @param {PointerEvent} event */
  #polar(event) {
    const box = this.#slider.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width - 0.5;
    const y = (event.clientY - box.top) / box.height - 0.5;
    return { angle: turnOf(Math.atan2(x, -y)), radius: Math.hypot(x, y) };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const { angle, radius } = this.#polar(event);
    if (event.button !== 0 || radius > PLAN.edge) return;
    event.preventDefault();
    this.#slider.focus({ preventScroll: true });
    this.#slider.setPointerCapture(event.pointerId);
    this.#ring.touched();
    if (radius < PLAN.touch) {
      this.#gesture = "turn";
      this.#hand = angle;
      this.#wanted = this.#ring.heading();
      this.#hold();
    } else if (this.#ring.tool() === "silence") {
      this.#gesture = "silence";
      this.#silenceFrom = angle;
      this.#silence(angle);
    } else {
      this.#gesture = "cue";
      this.#showCue(angle);
    }
    this.#ring.moved();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { angle, radius } = this.#polar(event);
    const rim = radius >= PLAN.touch && radius <= PLAN.edge;
    const before = this.hover;
    this.#slider.classList.toggle("on-rim", rim && this.#gesture !== "turn");
    this.hover = rim && !this.busy && event.pointerType === "mouse" ? angle : null;
    if (this.#gesture === "turn") {
      // Near the middle an angle means nothing.
      if (radius > 0.03) this.#wanted += wrap(angle - this.#hand);
      this.#hand = angle;
    } else if (this.#gesture === "cue") this.#showCue(angle);
    else if (this.#gesture === "silence") this.#silence(angle);
    if (this.busy || before !== this.hover) this.#ring.moved();
  }

  #up() {
    if (this.#gesture === "turn") {
      this.#turn(0);
      this.#letGo();
    } else if (this.#gesture === "cue") this.#hideCue();
    this.#gesture = null;
    this.#ring.moved();
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (way) {
      event.preventDefault();
      this.#ring.touched();
      this.#key = way;
      this.#turn(way * (event.shiftKey ? KEY_FINE : KEY_TURN));
    } else if (event.key === "c" || event.key === "C") {
      event.preventDefault();
      this.#ring.touched();
      this.#showCue(this.#ring.heading());
      this.#hideCue();
    }
  }

  #keyUp() {
    if (this.#key) this.#turn(0);
    this.#key = 0;
  }

  /** @param {number} turning rad/s */
  #turn(turning) {
    const most = Number(this.#api.knob("turning")?.max ?? 10);
    // Tenths are fine enough for a hand, and keep shared links short.
    const value = Math.round(10 * Math.min(most, Math.max(-most, turning))) / 10;
    if (value === this.#push) return;
    this.#push = value;
    this.#pushed = performance.now();
    this.#api.steer("turning", value);
  }

  /** In the hand, the fly does not walk by itself. */
  #hold() {
    this.#slider.classList.add("held");
    this.#drive = String(this.#api.value("drive") ?? "");
    const canRest = this.#api.knob("drive")?.options?.includes("rest");
    if (canRest && this.#drive !== "rest") this.#api.steer("drive", "rest");
  }

  #letGo() {
    this.#slider.classList.remove("held");
    if (this.#drive && this.#drive !== this.#api.value("drive")) {
      this.#api.steer("drive", this.#drive);
    }
  }

  /** @param {number} angle */
  #showCue(angle) {
    clearTimeout(this.#cueTimer);
    const cue = degrees(angle);
    const most = this.#api.knob("cue_strength")?.max ?? 1;
    if (this.#api.value("cue") !== cue) this.#api.steer("cue", cue);
    if (this.#api.value("cue_strength") === most) return;
    this.#cueSince = performance.now();
    this.#api.steer("cue_strength", most);
  }

  #hideCue() {
    // A quick tap must last long enough to be seen and to act.
    const rest = Math.max(0, this.#cueSince + CUE_LEAST - performance.now());
    clearTimeout(this.#cueTimer);
    this.#cueTimer = setTimeout(() => this.#api.steer("cue_strength", 0), rest);
  }

  /**
   * Silences the neurons that prefer headings from where the finger came down to where it is.
   *
   * @param {number} to
   */
  #silence(to) {
    const preferred = this.#ring.preferred();
    const n = preferred.length;
    if (n === 0) return;
    let [from, arc] = [this.#silenceFrom, wrap(to - this.#silenceFrom)];
    if (Math.abs(arc) < 0.06) [from, arc] = [from - TAP / 2, TAP];
    // Neurons are numbered along the ring in one direction or the other; the first two tell.
    const along = Math.sign(wrap((preferred[1] ?? 0) - (preferred[0] ?? 0))) || 1;
    const first = nearest(preferred, arc * along > 0 ? from : from + arc);
    const most = Number(this.#api.knob("silenced_count")?.max ?? n);
    const count = Math.min(most, Math.max(1, Math.round((Math.abs(arc) / TAU) * n)));
    if (this.#api.value("silenced_from") !== first) this.#api.steer("silenced_from", first);
    if (this.#api.value("silenced_count") !== count) this.#api.steer("silenced_count", count);
  }
}

/**
 * The neuron whose preferred heading is closest to an angle.
 *
 * @param {Float64Array} preferred
 * @param {number} angle
 */
function nearest(preferred, angle) {
  const away = (/** @type {number} */ i) => Math.abs(wrap((preferred[i] ?? 0) - angle));
  let best = 0;
  for (let i = 1; i < preferred.length; i++) if (away(i) < away(best)) best = i;
  return best;
}
