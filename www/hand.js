// A worker that helps: an instance of the program of its own, a desk with open jobs, and letters that
// are answered one after the other.

/** @typedef {import("./types.js").Core} Core */
/** @typedef {import("./types.js").Desk} Desk */

/** @typedef {{ id: number, verb: "open" | "ask" | "close", job: number, trade: string, bytes: Uint8Array }} Letter */

/** @type {(module: WebAssembly.Module) => void} */
let came = () => {};

/** @type {Promise<Desk>} */
const ready = new Promise((resolve) => (came = resolve)).then(async (module) => {
  const url = new URL("../pkg/core/attractor_lab.js", import.meta.url).href;
  const lab = /** @type {Core} */ (await import(url));
  await lab.default({ module_or_path: module });
  return new lab.Desk();
});

/**
 * @param {object} message
 * @param {Transferable[]} [transfer]
 */
const post = (message, transfer = []) =>
  /** @type {any} */ (globalThis).postMessage(message, transfer);

globalThis.onmessage = async ({ data }) => {
  if (data.module) return came(data.module);
  const { id, verb, job, trade, bytes } = /** @type {Letter} */ (data);
  try {
    const desk = await ready;
    const answer =
      verb === "open"
        ? desk.open(job, trade, bytes)
        : verb === "ask"
          ? desk.ask(job, bytes)
          : desk.close(job);
    post({ id, bytes: answer }, [answer.buffer]);
  } catch (error) {
    post({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
