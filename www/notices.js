// What the page tells the visitor: cards for what needs an answer, short notices for what does not,
// and the polite voice for screen readers.

import { byId, el } from "./dom.js";

const PATIENCE = 5000; // ms between two announcements

let lastSpoken = 0;
let waiting = "";
/** @type {number | undefined} */
let timer;

/**
 * Tells a screen reader, at most every five seconds; of several sentences the last is said.
 *
 * @param {string} text
 */
export function announce(text) {
  waiting = text;
  if (timer !== undefined) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      lastSpoken = performance.now();
      byId("announcer").textContent = waiting;
    },
    Math.max(0, lastSpoken + PATIENCE - performance.now()),
  );
}

/**
 * @typedef {object} Card
 * @property {string} id
 * @property {"bad" | "offer" | "quiet" | "good"} tone
 * @property {string} [title]
 * @property {string} text
 * @property {string} [report] text worth copying
 * @property {{ label: string, id?: string, act: () => void, keep?: boolean }[]} [actions]
 * @property {boolean} [stays] has no close button
 */

/**
 * Shows a card; one with the same id is replaced.
 *
 * @param {Card} card
 */
export function showCard(card) {
  closeCard(card.id);
  const close = () => closeCard(card.id);
  const node = el(
    "section",
    {
      id: `card-${card.id}`,
      class: `card ${card.tone}`,
      role: card.tone === "bad" ? "alert" : "status",
      "data-card": card.id,
    },
    el(
      "div",
      { class: "card-text" },
      card.title && el("h2", {}, card.title),
      el("p", {}, card.text),
      card.report !== undefined &&
        el(
          "details",
          {},
          el("summary", {}, "Report"),
          el("textarea", { readonly: true, rows: 8, "aria-label": "Report" }, card.report),
        ),
    ),
    el(
      "div",
      { class: "card-actions" },
      ...(card.actions ?? []).map(({ label, id, act, keep }) =>
        el(
          "button",
          {
            type: "button",
            id,
            onclick: () => {
              if (!keep) close();
              act();
            },
          },
          label,
        ),
      ),
      !card.stays && el("button", { type: "button", class: "plain", onclick: close }, "Dismiss"),
    ),
  );
  byId("cards").append(node);
}

/** @param {string} id */
export function closeCard(id) {
  document.getElementById(`card-${id}`)?.remove();
}

export function closeCards() {
  byId("cards").replaceChildren();
}

/** @type {number | undefined} */
let toastTimer;

/**
 * A sentence at the edge of the page that leaves by itself.
 *
 * @param {string} text
 */
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (node.hidden = true), 6000);
}

/**
 * Puts text on the clipboard; where that is refused, it says so and the text stays selectable.
 *
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
