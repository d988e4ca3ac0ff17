// The page's one Trusted Types policy, `lab`. It lets through exactly two things: the addresses of our
// own workers, and the explanations that come with the catalogue.

const WORKER = new URL("worker.js", import.meta.url).href;
const HAND = new URL("hand.js", import.meta.url).href;
const OPENER = new URL("opener.js", import.meta.url).href;

/** @type {Set<string>} */
const ours = new Set();

const rules = {
  /** @param {string} text */
  createHTML(text) {
    if (!ours.has(text)) throw new TypeError("Only the catalogue's own text may become HTML.");
    return text;
  },
  /** @param {string} url */
  createScriptURL(url) {
    if (![WORKER, HAND, OPENER].includes(url)) {
      throw new TypeError("Only the lab's own workers may be started.");
    }
    return url;
  },
};

/** @type {typeof rules} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("lab", rules) ?? rules;

/** The worker that computes. */
export const startWorker = () => start(WORKER, "lab");

/** A worker that helps it; asked for by the worker that computes, and ended with it. */
export const startHand = () => start(HAND, "hand");

/** A worker that reads files; it ends with the dialog that asked for them. */
export const startOpener = () => start(OPENER, "opener");

/**
 * @param {string} url
 * @param {string} name
 */
function start(url, name) {
  return new Worker(policy.createScriptURL(url), { type: "module", name });
}

/** @param {import("./types.js").Entry[]} catalogue */
export function trust(catalogue) {
  for (const entry of catalogue) ours.add(entry.about);
}

/**
 * The elements of an explanation from the catalogue.
 *
 * @param {string} text
 * @returns {Element[]}
 */
export function fragment(text) {
  const parsed = new DOMParser().parseFromString(policy.createHTML(text), "text/html");
  return [...parsed.body.children].map((child) => document.adoptNode(child));
}
