// The hiring end of a helping worker: sends it letters, and gives it up when it breaks or keeps silent
// for too long. Rust decides what is in the letters.

import { startHand } from "./trusted.js";

const TICK = 500; // ms
/** How long a hand may let the one who asks wait, when that one has nothing else to do. */
const PATIENCE = 5000;
/** The same for a first answer, which waits for the program to be fetched. */
const START_PATIENCE = 60_000;

/**
 * @typedef {object} Waiting
 * @property {(bytes: Uint8Array) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} sent
 * @property {number} waited ms during which the one who asks did nothing else
 */

export class Hand {
  #worker;
  #next = 1;
  /** In the order of sending, which is that of the answers. @type {Map<number, Waiting>} */
  #waiting = new Map();
  #greeted = false;
  #gone = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {WebAssembly.Module} module the compiled core */
  constructor(module) {
    this.#worker = startHand();
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(event.message || "its worker could not be loaded");
    };
    this.#worker.onmessageerror = () => this.#end("its answer could not be read");
    this.#worker.postMessage({ module });
  }

  /**
   * @param {"open" | "ask" | "close"} verb
   * @param {number} job
   * @param {string} trade
   * @param {Uint8Array<ArrayBuffer>} bytes moved, not copied
   * @returns {Promise<Uint8Array>}
   */
  send(verb, job, trade, bytes) {
    /** @type {Promise<Uint8Array>} */
    const answer = new Promise((resolve, reject) => {
      if (this.#gone) return reject(new Error(this.#gone));
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject, sent: performance.now(), waited: 0 });
      this.#worker.postMessage({ id, verb, job, trade, bytes }, [bytes.buffer]);
      this.#timer ||= setInterval(() => this.#tick(), TICK);
    });
    // Nobody need wait for it.
    answer.catch(() => {});
    return answer;
  }

  /** Ends the worker. */
  dismiss() {
    this.#end("it was let go");
  }

  /**
   * A tick comes only while this thread is idle, so that neither its own work nor a sleep of the
   * machine is taken for a hand's silence. Whoever worked for long waits for longer, because a hand's
   * part may be as large.
   */
  #tick() {
    const [oldest] = this.#waiting.values();
    if (!oldest) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    oldest.waited += TICK;
    const worked = performance.now() - oldest.sent - oldest.waited;
    const patience = Math.max(this.#greeted ? PATIENCE : START_PATIENCE, 3 * worked);
    if (oldest.waited > patience) {
      this.#end(`it did not answer within ${Math.round(oldest.waited / 1000)} s`);
    }
  }

  /** @param {{ id: number, bytes?: Uint8Array, error?: string }} answer */
  #hear({ id, bytes, error }) {
    this.#greeted = true;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (bytes) waiting?.resolve(bytes);
    else waiting?.reject(new Error(error));
  }

  /** @param {string} why */
  #end(why) {
    if (this.#gone) return;
    this.#gone = why;
    this.#worker.terminate();
    clearInterval(this.#timer);
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }
}
