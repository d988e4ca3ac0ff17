// The points one by one, for the keyboard and for those who do not see the picture.

import { el } from "./dom.js";
import { glyph, kindOf } from "./space-marks.js";
import { kindWords, nameOf } from "./space-words.js";

/** @typedef {import("./space-cloud.js").Point} Point */

/**
 * @typedef {object} Walker What the list acts on.
 * @property {(id: number | null) => void} choose
 * @property {(way: 1 | -1) => void} walk to the next point
 * @property {(end: "first" | "last") => void} jump
 * @property {(focused: boolean) => void} focus the list reads its points aloud itself, or no longer
 */

export class PointList {
  node = el("ul", {
    id: "space-list",
    class: "space-list",
    role: "listbox",
    tabindex: 0,
    "aria-label": "Points of the state space",
  });

  /** @param {Walker} walker */
  constructor(walker) {
    const { node } = this;
    const { choose, walk, jump } = walker;
    node.addEventListener("click", (event) => {
      const option = /** @type {Element} */ (event.target).closest("[role=option]");
      if (option) choose(Number(option.id.replace("space-point-", "")));
    });
    node.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const begin = () => {
        if (!this.#chosen) walk(1);
      };
      /** @type {Record<string, () => void>} */
      const actions = {
        ArrowDown: () => walk(1),
        ArrowRight: () => walk(1),
        ArrowUp: () => walk(-1),
        ArrowLeft: () => walk(-1),
        Home: () => jump("first"),
        End: () => jump("last"),
        Enter: begin,
        " ": begin,
        Escape: () => choose(null),
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    node.addEventListener("focus", () => walker.focus(true));
    node.addEventListener("blur", () => walker.focus(false));
  }

  /** @returns {HTMLElement | null} */
  get #chosen() {
    return this.node.querySelector("[aria-selected=true]");
  }

  /**
   * @param {Point[]} found in order
   * @param {number | null} chosen
   * @param {import("./palette.js").Palette} colours
   */
  tell(found, chosen, colours) {
    const { node } = this;
    node.hidden = found.length === 0;
    node.replaceChildren(
      ...found.map((point, k) =>
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
    if (chosen === null) node.removeAttribute("aria-activedescendant");
    else node.setAttribute("aria-activedescendant", `space-point-${chosen}`);
  }

  /** Scrolls the list, but not the page, to the chosen point. */
  reveal() {
    const [node, option] = [this.node, this.#chosen];
    if (!option) return;
    const [top, bottom] = [option.offsetTop, option.offsetTop + option.offsetHeight];
    if (top < node.scrollTop) node.scrollTop = top;
    else if (bottom > node.scrollTop + node.clientHeight)
      node.scrollTop = bottom - node.clientHeight;
  }
}
