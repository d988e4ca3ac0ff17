// Fetches the program: checks that the browser can run it, compiles it once for this thread and for
// the workers, and says in words what is missing.

/** @typedef {import("./types.js").Core} Core */

/**
 * @param {(module: WebAssembly.Module) => void} compiled told as early as possible
 * @returns {Promise<Core>}
 */
export async function boot(compiled) {
  checkBrowser();
  // The program and its bindings come side by side.
  const bindings = import(new URL("../pkg/core/attractor_lab.js", import.meta.url).href);
  bindings.catch(() => {}); // told below, after the program itself
  const module = await compile(new URL("../pkg/core/attractor_lab_bg.wasm", import.meta.url));
  compiled(module);
  const lab = /** @type {Core} */ (await bindings);
  await lab.default({ module_or_path: module });
  return lab;
}

function checkBrowser() {
  if (typeof WebAssembly !== "object") {
    throw new Error(
      "This browser has no WebAssembly, or it is switched off. The text still reads well.",
    );
  }
  // The smallest module that uses a 128-bit vector.
  const vector = [
    [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
    [10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  ];
  if (!WebAssembly.validate(new Uint8Array(vector.flat()))) {
    throw new Error(
      "This browser lacks WebAssembly SIMD, which every major browser has had since 2023. A newer version will do.",
    );
  }
}

/**
 * @param {URL} url
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`The program could not be fetched: the server answered ${response.status}.`);
  }
  try {
    if ((response.headers.get("content-type") ?? "").startsWith("application/wasm")) {
      return await WebAssembly.compileStreaming(response);
    }
    // A server that does not know wasm's type: slower, but just as good.
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`The browser refused the program: ${reasonOf(error)}`, { cause: error });
  }
}

/** @param {unknown} error */
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * The same as a sentence of its own: the program's errors are clauses.
 *
 * @param {unknown} error
 */
export function sentenceOf(error) {
  const text = reasonOf(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}
