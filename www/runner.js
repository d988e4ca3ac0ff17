// The page's end of the worker: sends commands, hears events, and replaces a worker that crashed or
// does not answer. Every message carries the number of its job, so that words of an older run are
// never taken for those of the present one.

import { startWorker } from "./trusted.js";

/** A command must be answered within this time, or the worker is replaced. */
const PATIENCE = 1500;
/** A worker that works but says nothing at all for this long is asked, then replaced. */
const SILENCE = 10_000;
/** Starting may load a build, compile shaders or warm a network up. */
const START_PATIENCE = 120_000;

/**
 * How many workers compute at most, the one that runs included. A setting of the machine and not of
 * the recipe: no result depends on it.
 */
const MOST_WORKERS = 4;

/** @typedef {import("./types.js").LabEvent} LabEvent */
/** @typedef {import("./types.js").Channels} Channels */

/**
 * @typedef {object} Listener
 * @property {(events: LabEvent[]) => void} events
 * @property {(frames: Channels[]) => void} frames
 * @property {(state: { state: "running" | "paused" | "over", step: number }) => void} state
 * @property {(failure: { text: string, trap: boolean, step: number, gpu: boolean }) => void} failed
 * @property {(reason: string) => void} replaced the worker was replaced; its run is gone
 * @property {(loaded: number, total: number | null) => void} loading a build is on its way
 * @property {(notice: { id: string, text: string }) => void} notice
 * @property {(step: number) => void} saved a checkpoint was written
 * @property {(reason: string) => void} lost no worker can be started at all
 */

/**
 * @typedef {object} Order What to open.
 * @property {string} link
 * @property {string} experiment
 * @property {string} run the name under which checkpoints are kept
 * @property {boolean} resume take the checkpoint of that name up again
 * @property {boolean} trains
 * @property {string} device
 * @property {string} cpu a clause that forbids WebGPU for this run, or ""
 * @property {number | null} pace
 * @property {number | null} replay where a shared run stood: there it pauses, and can go on
 * @property {number} speed
 * @property {boolean} playing
 * @property {Uint8Array[]} materials what was opened from files and the run works on
 */

/** @typedef {{ resolve: (value: any) => void, reject: (error: Error) => void, timer: number }} Waiting */

export class Runner {
  /** @type {WebAssembly.Module | null} */
  #module = null;
  /** @type {Listener | null} */
  #listener = null;
  /** @type {Worker} */
  #worker;
  #job = 0;
  #next = 1;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #greeted = false;
  #failures = 0;
  #pulled = false;
  #running = false;
  #heard = 0;
  #slice = 0;
  #opening = 0;
  /** Checkpoints of a run that has no storage: the newest, by run. @type {Map<string, Uint8Array>} */
  #memory = new Map();

  /** Why there is no worker at all, until somebody listens. */
  lost = "";

  constructor() {
    this.#worker = this.#spawn();
    setInterval(() => this.#watch(), 2500);
  }

  /** @param {Listener} listener */
  listen(listener) {
    this.#listener = listener;
    if (this.lost) listener.lost(this.lost);
  }

  /** @param {WebAssembly.Module} module the compiled core, shared with every worker */
  use(module) {
    this.#module = module;
    this.#equip(this.#worker, module);
  }

  /**
   * @param {Worker} worker
   * @param {WebAssembly.Module} module
   */
  #equip(worker, module) {
    const hands = Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1) - 1;
    worker.postMessage({ type: "core", module, hands });
  }

  /**
   * Drops whatever ran and opens a run. Resolves when it is ready.
   *
   * @param {Order} order
   * @returns {Promise<{ step: number }>}
   */
  async open(order) {
    // Whoever waits for a build to arrive cannot hear us: start afresh rather than queue up.
    if (this.#opening) this.#replace("", false);
    this.#job += 1;
    this.#running = order.playing;
    this.#pulled = false;
    const kept = order.resume ? this.#memory.get(order.run) : undefined;
    if (!order.resume) this.#memory.clear();
    this.#opening += 1;
    try {
      return await this.#ask("open", { ...order, kept }, START_PATIENCE);
    } finally {
      this.#opening -= 1;
    }
  }

  play() {
    this.#running = true;
    this.#heard = performance.now();
    return this.#ask("play", {}, this.#patience());
  }

  pause() {
    this.#running = false;
    return this.#ask("pause", {}, this.#patience());
  }

  step() {
    this.#running = false;
    return this.#ask("step", {}, this.#patience());
  }

  async cancel() {
    this.#running = false;
    if (this.#opening) this.#replace("", false);
    else await this.#ask("cancel", {}, PATIENCE);
  }

  /** Drops the run. */
  async close() {
    this.#running = false;
    if (this.#opening) return this.#replace("", false);
    this.#job += 1;
    await this.#ask("close", {}, this.#patience());
  }

  /** @param {number} speed */
  speed(speed) {
    this.#tell("speed", { speed });
  }

  /** @param {number} step runs as fast as it goes up to there */
  skip(step) {
    this.#tell("skip", { step });
  }

  /**
   * @param {string} key
   * @param {import("./types.js").Value} value
   */
  steer(key, value) {
    this.#tell("steer", { key, value });
  }

  /** @param {string} link what the address bar says, kept beside the checkpoint */
  address(link) {
    this.#tell("address", { link });
  }

  /** @param {boolean} hidden */
  hidden(hidden) {
    this.#tell("hidden", { hidden });
  }

  /** Asks for the newest frames; at most one answer is under way. */
  pull() {
    if (this.#pulled) return;
    this.#pulled = true;
    this.#tell("pull", {});
  }

  /** @returns {Promise<string>} */
  link() {
    return this.#ask("link", {}, START_PATIENCE);
  }

  /** @returns {Promise<string>} */
  recipe() {
    return this.#ask("recipe", {}, START_PATIENCE);
  }

  /**
   * @param {string} build
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  bundle(build) {
    return this.#ask("bundle", { build }, START_PATIENCE);
  }

  /** @returns {Promise<{ runs: import("./types.js").StoredRun[], mode: "disk" | "memory" }>} */
  stored() {
    return this.#ask("stored", {}, START_PATIENCE);
  }

  /** @param {string | null} run one run, or everything */
  erase(run) {
    this.#memory.clear();
    return this.#ask("erase", { run }, START_PATIENCE);
  }

  /** Starts afresh after a crash. */
  respawn() {
    this.#replace("", false);
  }

  // A single slow step (a large batch on a slow machine) must not be taken for a hang.
  #patience() {
    // Nor must a start that takes its time.
    return this.#opening ? START_PATIENCE : Math.max(PATIENCE, 3 * this.#slice);
  }

  /**
   * @param {string} type
   * @param {object} body
   */
  #tell(type, body) {
    this.#worker.postMessage({ type, job: this.#job, id: 0, ...body });
  }

  /**
   * @param {string} type
   * @param {object} body
   * @param {number} patience
   * @returns {Promise<any>}
   */
  #ask(type, body, patience) {
    if (this.lost) return Promise.reject(new Error(this.lost));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#replace(`the worker did not answer “${type}” within ${patience / 1000} s`, true);
      }, patience);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ type, job: this.#job, id, ...body });
    });
  }

  #spawn() {
    const worker = startWorker();
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#broken(event.message || "the worker could not be loaded");
    };
    worker.onmessageerror = () => this.#broken("a message of the worker could not be read");
    this.#greeted = false;
    this.#heard = performance.now();
    if (this.#module) this.#equip(worker, this.#module);
    return worker;
  }

  /** @param {string} text */
  #broken(text) {
    if (this.#greeted) {
      this.#running = false;
      this.#listener?.failed({ text, trap: true, step: -1, gpu: false });
    } else if (this.#failures++ < 1) {
      // The script may have been lost on the way: once more, then say so.
      this.#replace(text, false);
    } else {
      this.lost = text;
      this.#listener?.lost(text);
    }
  }

  /**
   * @param {string} reason
   * @param {boolean} say
   */
  #replace(reason, say) {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#job += 1;
    this.#running = false;
    this.#pulled = false;
    this.#slice = 0;
    const orphans = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#worker = this.#spawn();
    for (const { reject, timer } of orphans) {
      clearTimeout(timer);
      reject(new Error("The worker was replaced."));
    }
    if (say) this.#listener?.replaced(reason);
  }

  #watch() {
    if (!this.#running || document.hidden) return;
    const quiet = performance.now() - this.#heard;
    if (quiet > SILENCE + PATIENCE + 3 * this.#slice) {
      this.#replace(`the worker said nothing for ${Math.round(quiet / 1000)} s`, true);
    } else {
      this.#tell("ping", {});
    }
  }

  /** @param {any} message */
  #hear(message) {
    this.#heard = performance.now();
    if (message.type === "hello") {
      this.#greeted = true;
      this.#failures = 0;
      return;
    }
    if (message.type === "reply") {
      const waiting = this.#waiting.get(message.id);
      if (!waiting) return;
      clearTimeout(waiting.timer);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting.resolve(message.value);
      else waiting.reject(new Error(message.error));
      return;
    }
    if (message.job !== this.#job) return; // of a run that is gone
    switch (message.type) {
      case "frames":
        this.#pulled = false;
        this.#listener?.frames(message.frames);
        break;
      case "events":
        this.#listener?.events(message.events);
        break;
      case "state":
        this.#slice = message.slice;
        this.#running = message.state === "running";
        this.#listener?.state(message);
        break;
      case "failed":
        this.#running = false;
        this.#listener?.failed(message);
        break;
      case "loading":
        this.#listener?.loading(message.loaded, message.total);
        break;
      case "notice":
        this.#listener?.notice(message);
        break;
      case "saved":
        if (message.bytes) this.#memory.set(message.run, message.bytes);
        this.#listener?.saved(message.step);
        break;
    }
  }
}
