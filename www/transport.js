// The bar that drives a run: one primary button (start, pause, go on), step, reset, cancel, speed,
// and how far the run has come.

import { byId, duration, el, grouped, icon } from "./dom.js";

/** @typedef {"idle" | "loading" | "running" | "paused" | "over" | "failed"} State */

/** @typedef {{ done: number, total: number | null, rate: number, left: number | null }} Progress */

/**
 * @typedef {object} Actions
 * @property {() => void} toggle
 * @property {() => void} step
 * @property {() => void} reset
 * @property {() => void} cancel
 * @property {() => void} restart
 * @property {(speed: number) => void} speed
 * @property {() => void} skip
 */

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

export class Transport {
  #primary = byId("primary");
  #step = /** @type {HTMLButtonElement} */ (byId("step"));
  #reset = /** @type {HTMLButtonElement} */ (byId("reset"));
  #cancel = byId("cancel");
  #speed = /** @type {HTMLSelectElement} */ (byId("speed"));
  #bar = /** @type {HTMLProgressElement} */ (byId("bar"));
  #counter = byId("count");
  #pending = byId("pending");
  #skip = byId("skip");
  /** @type {import("./types.js").Entry | null} */
  #entry = null;
  #moved = false;
  /** @type {Progress | null} */
  #progress = null;
  /** @type {State} */
  #state = "idle";

  /** @param {Actions} actions */
  constructor(actions) {
    this.#primary.addEventListener("click", actions.toggle);
    this.#step.append(icon("step"), el("span", {}, "Step"));
    this.#step.addEventListener("click", actions.step);
    this.#reset.append(icon("reset"), el("span", {}, "Reset"));
    this.#reset.addEventListener("click", actions.reset);
    this.#cancel.append(icon("cancel"), el("span", {}, "Cancel"));
    this.#cancel.addEventListener("click", actions.cancel);
    this.#skip.addEventListener("click", actions.skip);
    byId("restart").addEventListener("click", actions.restart);
    for (const speed of SPEEDS) {
      this.#speed.append(el("option", { value: speed, selected: speed === 1 }, `${speed}×`));
    }
    this.#speed.addEventListener("change", () => actions.speed(this.speed));
  }

  get speed() {
    return Number(this.#speed.value);
  }

  /** @param {import("./types.js").Entry} entry */
  fit(entry) {
    this.#entry = entry;
    byId("speed-field").hidden = entry.pace === null;
    this.clear();
  }

  /** The run begins again. */
  clear() {
    this.#moved = false;
    this.#progress = null;
    this.#counter.textContent = "";
    this.#bar.hidden = true;
    this.pending(false);
    this.skipTo(null);
    this.state(this.#state);
  }

  /** @param {State} state */
  state(state) {
    this.#state = state;
    const running = state === "running" || state === "loading";
    const label = running
      ? "Pause"
      : state === "over" || state === "failed"
        ? "Start again"
        : this.#moved
          ? "Continue"
          : "Start";
    if (this.#primary.dataset.label !== label) {
      this.#primary.dataset.label = label;
      this.#primary.replaceChildren(icon(running ? "pause" : "play"), el("span", {}, label));
    }
    this.#step.disabled = state === "over" || state === "failed" || state === "loading";
    this.#reset.disabled = state === "idle";
    // An endless run has nothing to cancel: pausing it costs nothing.
    this.#cancel.hidden = Boolean(this.#entry?.endless);
    /** @type {HTMLButtonElement} */ (this.#cancel).disabled = !(
      running ||
      (state === "paused" && this.#moved)
    );
    this.#count();
  }

  /** @param {Progress} progress */
  progress(progress) {
    this.#progress = progress;
    // The one step of a still picture is not yet a run.
    if (!this.#moved && progress.done > 1) {
      this.#moved = true;
      this.state(this.#state);
    } else this.#count();
  }

  #count() {
    if (!this.#progress || !this.#entry) return;
    const { done, total, rate, left } = this.#progress;
    const { unit, pace } = this.#entry;
    const of = total === null ? "" : ` of ${grouped(total)}`;
    const words = [`${grouped(done)}${of} ${(total ?? done) === 1 ? unit : plural(unit)}`];
    // A living picture has a pace of its own; how fast it could be is of no interest.
    if (this.#state === "running" && pace === null) {
      if (rate > 0)
        words.push(`${rate < 10 ? rate.toFixed(1) : grouped(Math.round(rate))} a second`);
      if (left) words.push(`${duration(left)} left`);
    }
    this.#counter.textContent = words.join(" · ");
    this.#bar.hidden = total === null;
    if (total === null) return;
    this.#bar.max = total;
    this.#bar.value = done;
  }

  /**
   * A build is on its way.
   *
   * @param {number} loaded
   * @param {number | null} total
   */
  loading(loaded, total) {
    const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
    this.#bar.hidden = false;
    if (total) {
      this.#bar.max = total;
      this.#bar.value = loaded;
    } else {
      this.#bar.removeAttribute("value");
    }
    const of = total ? ` of ${megabytes(total)}` : "";
    this.#counter.textContent = `Fetching the WebGPU build: ${megabytes(loaded)}${of} MB`;
  }

  /** @param {boolean} pending whether knobs were changed that apply on restart */
  pending(pending) {
    this.#pending.hidden = !pending;
  }

  /** @param {number | null} step where a shared run stood, while it is being replayed */
  skipTo(step) {
    this.#skip.hidden = step === null;
    if (step !== null) this.#skip.textContent = `Skip to step ${grouped(step)}`;
  }
}

/** @param {string} unit "update", "step of 25 ms", "trajectory or update" */
const plural = (unit) => unit.split(" or ").map(pluralNoun).join(" or ");

/** @param {string} noun what follows its first word stays */
const pluralNoun = (noun) => {
  const [first = "", ...rest] = noun.split(" ");
  const many = /[^aeiou]y$/.test(first) ? `${first.slice(0, -1)}ies` : `${first}s`;
  return [many, ...rest].join(" ");
};
