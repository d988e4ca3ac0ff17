// Sharing: copies the link and shows it, selectable, with what it will do for whoever opens it.

import { byId, download, el, grouped } from "./dom.js";
import { copy } from "./notices.js";

export const LONGEST = 8192; // characters that a link may have

/**
 * @typedef {object} Shared
 * @property {string} settings the link of the knobs as they stand
 * @property {string | null} run the link that replays the run up to now
 * @property {string | null} recipe the run as a small file
 * @property {number} step
 * @property {string} name
 */

/** @param {() => Promise<Shared>} gather */
export function startSharing(gather) {
  const panel = byId("share-panel");
  const open = async () => {
    const { settings, run, recipe, step, name } = await gather();
    const url = (/** @type {string} */ link) => `${location.href.split("#")[0]}#${link}`;
    const usable = run !== null && run.length <= LONGEST ? run : null;
    const choices = [];
    if (usable !== null && step > 0) {
      choices.push({
        id: "share-run",
        title: "This run",
        text: `Replays it up to step ${grouped(step)}, with everything you did.`,
        link: usable,
      });
    }
    choices.push({
      id: "share-settings",
      title: choices.length ? "These settings" : "This experiment",
      text: "Starts afresh, with the knobs and the seed as they stand.",
      link: settings,
    });
    const first = /** @type {(typeof choices)[0]} */ (choices[0]);
    const copied = await copy(url(first.link));
    panel.replaceChildren(
      el(
        "p",
        { id: "share-done", role: "status" },
        copied
          ? `${first.title}: the link is on your clipboard.`
          : "The clipboard is not open to this page: select the link and copy it.",
      ),
      ...choices.map(({ id, title, text, link }) => {
        const field = el("input", {
          id,
          readonly: true,
          value: url(link),
          "aria-label": `Link: ${title}`,
        });
        field.addEventListener("focus", () => field.select());
        const done = async () => {
          const ok = await copy(field.value);
          field.select();
          byId("share-done").textContent = ok
            ? `${title}: the link is on your clipboard.`
            : "The clipboard is not open to this page: select the link and copy it.";
        };
        return el(
          "div",
          { class: "shared" },
          el("strong", {}, title),
          el("p", { class: "muted" }, text),
          el(
            "div",
            { class: "field" },
            field,
            el(
              "button",
              {
                type: "button",
                class: "small",
                onclick: done,
                "aria-label": `Copy link: ${title}`,
              },
              "Copy",
            ),
          ),
        );
      }),
      (run !== null &&
        usable === null &&
        el(
          "p",
          { class: "muted" },
          "This run was steered too often for a link; its recipe is a file.",
        )) ||
        "",
      recipe !== null && step > 0
        ? el(
            "button",
            {
              type: "button",
              class: "small",
              id: "share-recipe",
              onclick: () =>
                download(`${name}-recipe.json`, new Blob([recipe], { type: "application/json" })),
            },
            "Save the recipe as a file",
          )
        : "",
    );
    panel.showPopover();
    if (!copied) /** @type {HTMLInputElement} */ (panel.querySelector("input"))?.focus();
  };
  byId("share").addEventListener("click", open);
  return open;
}
