// Single-key shortcuts. They rest while the visitor types or a dialogue is open, and can be switched
// off altogether (WCAG 2.1.4).

import { byId } from "./dom.js";

const KEY = "attractor-lab.keys";

/** @param {Record<string, () => void>} actions by key */
export function startKeys(actions) {
  const box = /** @type {HTMLInputElement} */ (byId("keys-on"));
  try {
    box.checked = localStorage.getItem(KEY) !== "off";
  } catch {
    // Storage is blocked: on.
  }
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, box.checked ? "on" : "off");
    } catch {
      // As above.
    }
  });
  addEventListener("keydown", (event) => {
    if (!box.checked || event.defaultPrevented || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
      return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (typing(target)) return;
    // Space belongs to the control that has the focus.
    if (event.key === " " && target.closest("button, a, summary, label, [popover]")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** @param {HTMLElement} target */
function typing(target) {
  if (target.isContentEditable || target.closest("textarea, select")) return true;
  const input = target.closest("input");
  return input !== null;
}
