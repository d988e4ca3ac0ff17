// What the state space holds: how many points of each kind, whether any is missing, and when they
// were found. It is the picture's legend as well.

import { el } from "./dom.js";
import { SLOW, glyph, kindOf, paceColour } from "./space-marks.js";
import { speedsOf } from "./space-picture.js";
import { certificate, countKinds, countWords, powerOf } from "./space-words.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./space-cloud.js").Point} Point */

export class Legend {
  #kinds = el("ul", { class: "space-legend", "aria-label": "Points by kind" });
  #sum = el("p", { class: "space-sum" });
  #when = el("p", { class: "space-when" });
  node = el("div", { class: "space-says" }, this.#kinds, this.#sum, this.#when);

  /**
   * Shows the points; returns the same in a sentence.
   *
   * @param {Point[]} found in order
   * @param {{ index: number, due: number, step: number }} about the index sum, what it must be, and
   *   the step of the solution
   * @param {Palette} colours
   */
  tell(found, { index, due, step }, colours) {
    const kinds = countKinds(found);
    const words = kinds.map(countWords);
    const speeds = speedsOf(found);
    this.#kinds.replaceChildren(
      ...kinds.map(({ unstable }, k) => {
        const kind = kindOf(unstable);
        const text = el("span", {}, words[k] ?? "");
        return el("li", {}, glyph(colours, kind), text, kind === SLOW && scaleOf(speeds, colours));
      }),
    );
    this.#when.textContent = Number.isFinite(step)
      ? `Found at step ${step.toLocaleString("en-GB")}`
      : "";
    const known = Number.isFinite(index);
    const { text, tone } = known ? certificate(kinds, index, due) : { text: "", tone: "" };
    this.#sum.textContent = text;
    this.#sum.className = `space-sum ${tone}`;
    return words.length ? `${words.join(", ")}. ${text}` : "";
  }
}

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
