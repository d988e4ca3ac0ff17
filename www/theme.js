// Light, dark, projector or whatever the system prefers. The choice lives in localStorage, where
// that is allowed, and as `data-theme` on the root; style.css does the rest.

const KEY = "attractor-lab.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @type {Set<() => void>} */
const listeners = new Set();

/** @typedef {"auto" | import("./types.js").Theme} Choice */

/** @type {Choice} */
let choice = "auto";

/** @returns {import("./types.js").Theme} */
export function theme() {
  return choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
}

/** @param {() => void} listener */
export function onTheme(listener) {
  listeners.add(listener);
}

function apply() {
  const root = document.documentElement;
  if (choice === "auto") delete root.dataset.theme;
  else root.dataset.theme = choice;
  for (const listener of listeners) listener();
}

/** @param {HTMLSelectElement} select */
export function startTheme(select) {
  try {
    choice = /** @type {Choice} */ (localStorage.getItem(KEY) ?? "auto");
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  if (![...select.options].some((option) => option.value === choice)) choice = "auto";
  select.value = choice;
  apply();
  dark.addEventListener("change", apply);
  select.addEventListener("change", () => {
    choice = /** @type {Choice} */ (select.value);
    apply();
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // As above.
    }
  });
}
