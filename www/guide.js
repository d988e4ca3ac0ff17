// What an experiment brings to the page besides its knobs: its place in the catalogue, its
// explanation, its presets and where to go from here.

import { byId, el } from "./dom.js";
import { fragment } from "./trusted.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Values} Values */

/**
 * @param {Entry[]} catalogue
 * @param {(id: string) => void} go
 */
export function buildCatalogue(catalogue, go) {
  const links = () =>
    catalogue.map(({ id, question }) => {
      const visit = (/** @type {MouseEvent} */ event) => {
        // A new tab stays a new tab.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        byId("menu").hidePopover();
        go(id);
      };
      const link = el(
        "a",
        { href: `#${id}`, "data-experiment-link": id, onclick: visit },
        question,
      );
      return el("li", {}, link);
    });
  byId("menu-list").replaceChildren(...links());
  byId("catalogue-list").replaceChildren(...links());
  byId("catalogue").hidden = false;
}

/** @param {string} id the experiment on the page, or "" */
export function markCatalogue(id) {
  for (const link of document.querySelectorAll("[data-experiment-link]")) {
    if (/** @type {HTMLElement} */ (link).dataset.experimentLink === id) {
      link.setAttribute("aria-current", "page");
    } else link.removeAttribute("aria-current");
  }
}

/**
 * The question, the opening sentence and the article. The first paragraph opens the page; the rest
 * is read beside the picture.
 *
 * @param {Entry} entry
 */
export function explain(entry) {
  const parts = fragment(entry.about);
  const lede = parts[0]?.tagName === "P" ? parts.shift() : undefined;
  const article = byId("explanation");
  byId("question").textContent = entry.question;
  document.title = `${entry.question} – Attractor Lab`;
  byId("lede").replaceChildren(...(lede ? lede.childNodes : []));
  article.replaceChildren(...parts);
  article.hidden = parts.length === 0;
  // Wide tables scroll by themselves, so the keyboard must reach them.
  for (const wide of article.querySelectorAll("table, pre")) wide.setAttribute("tabindex", "0");
  for (const link of article.querySelectorAll("a[href^=http]")) {
    link.setAttribute("rel", "noopener noreferrer");
    link.setAttribute("target", "_blank");
  }
}

/**
 * @param {Entry} entry
 * @param {(values: Values) => void} set
 */
export function buildPresets(entry, set) {
  byId("presets").replaceChildren(
    ...entry.presets.map(({ name, about, values }) =>
      el(
        "button",
        {
          type: "button",
          class: "preset",
          "data-preset": name,
          "aria-pressed": "false",
          onclick: () => set(values),
        },
        el("strong", {}, name),
        el("span", {}, about),
      ),
    ),
  );
  byId("presets-field").hidden = entry.presets.length < 2;
}

/**
 * @param {Entry} entry
 * @param {Values} values
 */
export function markPresets(entry, values) {
  for (const preset of entry.presets) {
    const on = Object.entries(preset.values).every(([key, value]) => values[key] === value);
    const button = document.querySelector(`[data-preset="${CSS.escape(preset.name)}"]`);
    button?.setAttribute("aria-pressed", String(on));
  }
}

/**
 * @param {Entry} entry
 * @param {(id: string) => string} question
 * @param {(id: string) => void} go
 */
export function buildNext(entry, question, go) {
  byId("next").hidden = entry.next.length === 0;
  byId("next-list").replaceChildren(
    ...entry.next.map(({ label, experiment }) =>
      el(
        "button",
        {
          type: "button",
          class: "next",
          "data-next": experiment,
          onclick: () => go(experiment),
        },
        el("span", {}, label),
        el("small", {}, question(experiment)),
      ),
    ),
  );
}
