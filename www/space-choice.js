// The point that is chosen: what happens near it, its spectrum and its numbers.

import { el } from "./dom.js";
import { drawSpectrum } from "./space-spectrum.js";
import { kindWords, powerOf, spectrumWords, storyOf } from "./space-words.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./space-cloud.js").Point} Point */

/** @typedef {{ point: Point, name: string, alpha: number, colours: Palette }} Chosen */

export class Choice {
  #ask = el("p", { class: "space-ask" }, "Click a point to see its spectrum.");
  #title = el("h2", { class: "space-title", "aria-live": "polite" });
  #story = el("p", { class: "space-story" });
  #spectrum = el("canvas", { class: "spectrum-canvas", role: "img" });
  #caption = el("p", { class: "space-caption" });
  #facts = el("dl", { class: "space-facts" });
  #about = el(
    "div",
    { class: "space-chosen" },
    this.#story,
    this.#spectrum,
    this.#caption,
    this.#facts,
  );
  node = el("div", { class: "space-choice" }, this.#ask, this.#title, this.#about);
  /** @type {Chosen | null} */
  #shown = null;
  #written = "";
  #sized = new ResizeObserver(() => this.#draw());

  constructor() {
    this.#sized.observe(this.#spectrum);
  }

  release() {
    this.#sized.disconnect();
  }

  /** Whether a change is read aloud. @param {boolean} on */
  speak(on) {
    this.#title.setAttribute("aria-live", on ? "polite" : "off");
  }

  /**
   * Shows a point, or that one can be chosen, or nothing; what did not change is left alone.
   *
   * @param {Chosen | null} chosen
   * @param {boolean} any whether there are points
   */
  tell(chosen, any) {
    this.#shown = chosen;
    this.#ask.hidden = chosen !== null || !any;
    this.#about.hidden = chosen === null;
    const written = chosen ? keyOf(chosen) : "";
    if (written === this.#written) return;
    this.#written = written;
    if (!chosen) {
      this.#title.textContent = "";
      return;
    }
    const { point, name, alpha } = chosen;
    const { unstable, eigenvalues } = point;
    const title = `${name} · ${kindWords(unstable)}`;
    if (this.#title.textContent !== title) this.#title.textContent = title;
    this.#story.textContent = storyOf(point, alpha);
    this.#spectrum.hidden = this.#caption.hidden = eigenvalues.length === 0;
    if (eigenvalues.length) {
      this.#spectrum.setAttribute("aria-label", spectrumWords(eigenvalues, unstable));
      const line = "Its eigenvalues λ: right of the line a mode grows";
      const circle = "inside the dashed circle |1 + αλ| = 1 it decays in Euler’s steps, too";
      this.#caption.textContent = `${line}${Number.isFinite(alpha) ? `; ${circle}` : ""}.`;
    }
    this.#facts.replaceChildren(...factsOf(point));
    this.#draw();
  }

  #draw() {
    if (!this.#shown) return;
    const { point, alpha, colours } = this.#shown;
    drawSpectrum(this.#spectrum, point.eigenvalues, alpha, colours);
  }
}

/** All that is shown of a point. @param {Chosen} chosen */
function keyOf({ point, name, alpha, colours }) {
  const { id, unstable, speed, slowest, outputs, eigenvalues } = point;
  return String([id, name, unstable, speed, slowest, alpha, colours.ground, outputs, eigenvalues]);
}

/** @param {Point} point */
function factsOf({ unstable, speed, outputs, eigenvalues }) {
  const fact = (/** @type {string} */ name, /** @type {Node | string} */ value) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value));
  const facts = [];
  if (!Number.isNaN(speed)) facts.push(fact("q, the squared speed", powerOf(speed)));
  if (!Number.isNaN(unstable) && eigenvalues.length) {
    facts.push(fact("Unstable modes", `${unstable} of ${eigenvalues.length / 2}`));
  }
  if (outputs.length) {
    // A hundredth is enough, and nothing is not negative.
    const round = (/** @type {number} */ value) => (Math.round(100 * value) / 100 + 0).toFixed(2);
    const values = Array.from(outputs, (each) => round(each).replace("-", "−"));
    facts.push(fact("Outputs", values.join(", ")));
  }
  return facts;
}
