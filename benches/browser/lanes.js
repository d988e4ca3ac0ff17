// The contenders of a browser: each lives in a worker of its own, and waits there for its turn.

/** @typedef {import("./race.js").Contender} Contender */

/** @type {{ id: string, name: string, script: string }[]} */
export const LANES = [
  { id: "wasm", name: "Attractor Lab, wasm", script: "ours.js?backend=wasm" },
  {
    id: "wasm-2",
    name: "Attractor Lab, wasm, 2 threads",
    script: "ours.js?backend=wasm&threads=2",
  },
  { id: "tfjs", name: "TensorFlow.js 4.22, wasm", script: "tfjs.js?backend=wasm&threads=1" },
  {
    id: "tfjs-2",
    name: "TensorFlow.js 4.22, wasm, 2 threads",
    script: "tfjs.js?backend=wasm&threads=2",
  },
  { id: "jaxjs", name: "jax-js 0.1.25, wasm", script: "jaxjs.js?backend=wasm" },
  { id: "webgpu", name: "Attractor Lab, WebGPU", script: "ours.js?backend=webgpu" },
  { id: "jaxjs-webgpu", name: "jax-js 0.1.25, WebGPU", script: "jaxjs.js?backend=webgpu" },
  { id: "tfjs-webgpu", name: "TensorFlow.js 4.22, WebGPU", script: "tfjs.js?backend=webgpu" },
];

/** Asks a worker, and waits for what it says. */
export class Lane {
  /** @type {Worker | undefined} */
  #worker;

  /** @param {(typeof LANES)[number]} lane */
  constructor({ id, name, script }) {
    this.id = id;
    this.name = name;
    this.script = script;
  }

  /** @param {import("./race.js").Size} size */
  open(size) {
    // A new worker for a new size: nothing is left over from the last one.
    this.close();
    const url = new URL(this.script, import.meta.url);
    this.#worker = new Worker(url, { type: "module" });
    return /** @type {Promise<{ errors: number[], first: number }>} */ (this.#ask({ size }));
  }

  /** @param {number} updates */
  go(updates) {
    return /** @type {Promise<import("./race.js").Lap>} */ (this.#ask({ updates }));
  }

  /** Operations a second that are possible at most, where the worker can tell. */
  async peak() {
    const { peak } = await /** @type {Promise<{ peak: number }>} */ (this.#ask({ peak: true }));
    return peak;
  }

  close() {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** @param {object} question @returns {Promise<unknown>} */
  #ask(question) {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      if (!worker) return reject(new Error("it has not begun"));
      worker.onmessage = ({ data }) =>
        data.failed ? reject(new Error(data.failed)) : resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "its script did not load"));
      worker.postMessage(question);
    });
  }
}
