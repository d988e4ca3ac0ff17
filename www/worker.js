// All computing happens here. The worker owns one run, advances it in short slices and yields
// between them, so that a word from the page is heard within a few milliseconds. Pausing is not
// asking the run for more; cancelling is dropping it.

import { abandonGpu, loadBuild, useCore } from "./builds.js";
import { hold, letGo } from "./locks.js";
import { Slots } from "./slots.js";

/** @typedef {import("./types.js").LabEvent} LabEvent */
/** @typedef {import("./types.js").Channels} Channels */

const SLICE = 12; // ms of work between two looks at the inbox
const GPU_SLICE = 50; // a GPU is kept busy in longer slices; it waits asynchronously
const SPEAK = 60; // ms between two letters to the page
const SAVE = 5000; // ms between two checkpoints
const SAVE_FIRST = 1000; // ms to the first one
const FRAMES = 8; // frames kept while the page is busy
const PLENTY = 1_000_000_000; // steps: as many as fit the slice

/**
 * @typedef {object} Job
 * @property {number} id
 * @property {import("./types.js").Run} run
 * @property {import("./runner.js").Order} order
 * @property {boolean} gpu
 * @property {boolean} playing
 * @property {boolean} over
 * @property {boolean} dropped cancelled: shown and bundled still, but never advanced again
 * @property {number} owed steps that the clock asks for
 * @property {number} clock
 * @property {number} skip
 * @property {number} saved when the last checkpoint was written
 * @property {number} savedStep
 * @property {string} address
 */

/** @type {any[]} */
const inbox = [];
/** @type {(() => void) | null} */
let wake = null;
/** @type {Job | null} */
let job = null;
let hidden = false;
let credit = 0; // the job whose frames the page has asked for
let slice = 0; // the longest recent slice, so that the page knows how patient to be
let spoken = 0;
/** @type {Map<string, LabEvent>} */
let latest = new Map();
/** @type {LabEvent[]} */
let letters = [];
/** @type {Channels[]} */
let frames = [];
const slots = new Slots();

/**
 * @param {object} message
 * @param {Transferable[]} [transfer]
 */
const post = (message, transfer = []) =>
  /** @type {any} */ (globalThis).postMessage(message, transfer);

globalThis.onmessage = ({ data }) => {
  // These three must not wait for a slice to end.
  if (data.type === "core") return useCore(data.module, data.hands);
  if (data.type === "ping") return post({ type: "pong" });
  if (data.type === "pull") {
    credit = data.job;
    sendFrames();
    return;
  }
  inbox.push(data);
  wake?.();
};

const channel = new MessageChannel();
/** @type {(() => void) | null} */
let turned = null;
channel.port1.onmessage = () => turned?.();

/**
 * Lets messages in. A macrotask of a channel is not slowed down as nested timers are.
 *
 * @returns {Promise<void>}
 */
const turn = () =>
  new Promise((resolve) => {
    turned = resolve;
    channel.port2.postMessage(null);
  });

/**
 * Sleeps until a message comes or the time is up.
 *
 * @param {number} ms
 * @returns {Promise<void>}
 */
const sleep = (ms) =>
  new Promise((resolve) => {
    const timer = ms < Infinity ? setTimeout(() => wake?.(), ms) : undefined;
    wake = () => {
      clearTimeout(timer);
      wake = null;
      resolve();
    };
  });

/** The one loop: commands first, then a slice, then a breath. */
async function live() {
  post({ type: "hello" });
  for (;;) {
    while (inbox.length) await obey(inbox.shift());
    const pause = await work();
    speak(false);
    if (inbox.length) continue;
    // Nothing that was to be said waits for the next command.
    if (pause > 0) await sleep(latest.size || letters.length ? Math.min(pause, SPEAK) : pause);
    else await turn();
  }
}

/**
 * @param {any} message
 */
async function obey(message) {
  const { type, id } = message;
  const general = ["open", "close", "hidden", "stored", "erase"].includes(type);
  try {
    if (!general && message.job !== job?.id) throw new Error("That run is gone.");
    const { value, transfer } = (await commands[type]?.(message)) ?? {};
    if (id) post({ type: "reply", id, value }, transfer);
  } catch (error) {
    if (id) post({ type: "reply", id, error: sentence(error) });
    else if (type === "steer") note(sentence(error));
    // A trap leaves the build in an unknown state: the page must replace this worker.
    if (error instanceof WebAssembly.RuntimeError) fail(error);
  }
}

/** @type {Record<string, (message: any) => any>} */
const commands = {
  /** @param {import("./runner.js").Order & { job: number, kept?: Uint8Array }} order */
  async open(order) {
    drop();
    const id = order.job;
    const own = await hold(order.run);
    const { run, gpu } = await begin(order, id);
    if (!own) {
      order.run = `${order.experiment}~${Date.now().toString(36)}`;
      await hold(order.run);
      const text = "This run is open in another tab, too: here a copy of it goes on, stored apart.";
      post({ type: "notice", job: id, id: "copy", text });
    }
    job = {
      id,
      run,
      order,
      gpu,
      playing: order.playing,
      over: false,
      dropped: false,
      owed: 1, // the first picture comes at once
      clock: performance.now(),
      skip: 0,
      saved: performance.now() - SAVE + SAVE_FIRST,
      savedStep: own ? run.step : -1,
      address: order.link,
    };
    tellState();
    return { value: { step: run.step, run: order.run, gpu } };
  },

  play() {
    if (!job || job.over || job.dropped) return;
    job.playing = true;
    job.clock = performance.now();
    tellState();
  },

  async pause() {
    if (!job) return;
    job.playing = false;
    job.run.rest?.();
    speak(true);
    tellState();
    // Answered first, saved after: the visitor waits for the pause, not for the disk.
    inbox.push({ type: "save", job: job.id, id: 0 });
  },

  async save() {
    if (job && !job.dropped) await save(job);
  },

  async step() {
    if (!job || job.over || job.dropped) return;
    job.playing = false;
    await advance(job, SLICE, 1);
    speak(true);
    tellState();
  },

  async cancel() {
    if (!job) return;
    job.playing = false;
    job.dropped = true;
    speak(true);
    tellState();
    await slots.erase(job.order.run);
  },

  close: () => drop(),

  /** @param {{ speed: number }} message */
  speed({ speed }) {
    if (job) job.order.speed = speed;
  },

  /** @param {{ step: number }} message */
  skip({ step }) {
    if (!job) return;
    job.skip = step;
    job.playing = true;
    tellState();
  },

  /** @param {{ key: string, value: import("./types.js").Value }} message */
  steer({ key, value }) {
    job?.run.steer(key, value);
  },

  /** @param {{ link: string }} message */
  address({ link }) {
    if (job) job.address = link;
  },

  /** @param {{ hidden: boolean }} message */
  async hidden(message) {
    hidden = message.hidden;
    if (!job) return;
    job.clock = performance.now();
    if (hidden && !job.dropped) await save(job);
  },

  link: async () => ({ value: await job?.run.link() }),

  recipe: async () => ({ value: await job?.run.recipe() }),

  /** @param {{ build: string }} message */
  async bundle({ build }) {
    const bytes = await job?.run.bundle(build);
    return { value: bytes, transfer: bytes ? [bytes.buffer] : [] };
  },

  async stored() {
    return { value: { runs: await slots.list(), mode: await slots.mode() } };
  },

  /** @param {{ run: string | null }} message */
  async erase({ run }) {
    await slots.erase(run);
    if (job && run === null) job.savedStep = -1;
  },
};

/**
 * Starts or restores a run, on the GPU where that is wanted and works, else on the CPU.
 *
 * @param {import("./runner.js").Order & { kept?: Uint8Array }} order
 * @param {number} id
 * @returns {Promise<{ run: import("./types.js").Run, gpu: boolean }>}
 */
async function begin(order, id) {
  const { lab, gpu } = await loadBuild(order, (loaded, total) =>
    post({ type: "loading", job: id, loaded, total }),
  );
  if (gpu.notice) post({ type: "notice", job: id, id: "device", text: gpu.notice });
  for (const bytes of order.materials) lab.keepMaterial(bytes);
  try {
    const run = order.resume
      ? await restored(order, (bytes) => lab.Run.restore(bytes, gpu.reason))
      : await lab.Run.start(order.link, gpu.reason);
    return { run, gpu: gpu.used };
  } catch (error) {
    if (!gpu.used) throw error;
    // The two builds share nothing, so the core is sound even if the other one trapped.
    abandonGpu();
    const run = await begin(order, id);
    const text = `WebGPU failed to start (${sentence(error)}); the CPU does the work.`;
    post({ type: "notice", job: id, id: "device", text });
    return run;
  }
}

/**
 * @param {import("./runner.js").Order & { kept?: Uint8Array }} order
 * @param {(bytes: Uint8Array) => Promise<import("./types.js").Run>} restore
 */
async function restored(order, restore) {
  const copies = order.kept ? [order.kept] : await slots.read(order.run);
  let why = "nothing is stored";
  for (const bytes of copies) {
    try {
      return await restore(bytes);
    } catch (error) {
      why = sentence(error); // a torn copy: the other slot holds the one before
    }
  }
  throw new Error(`The stored run cannot be taken up again: ${why}`);
}

/**
 * Does what is due and says how long there is nothing to do.
 *
 * @returns {Promise<number>}
 */
async function work() {
  if (!job || !job.playing) return Infinity;
  const { pace, speed } = job.order;
  const now = performance.now();
  if (pace === null || job.skip > job.run.step) {
    await advance(job, job.gpu ? GPU_SLICE : SLICE, PLENTY);
    if (job) job.clock = performance.now();
  } else {
    // A living picture that nobody sees rests.
    if (hidden) return Infinity;
    const rate = (pace * speed) / 1000;
    // After a sleep of the machine the past is not made up for: at most a quarter of a second.
    job.owed = Math.min(job.owed + (now - job.clock) * rate, Math.max(1, 250 * rate));
    job.clock = now;
    const due = Math.floor(job.owed);
    if (due < 1) return Math.max(1, (1 - job.owed) / rate);
    const before = job.run.step;
    await advance(job, SLICE, due);
    if (job) job.owed -= Math.max(1, job.run.step - before);
  }
  if (job?.playing && now - job.saved > SAVE) await save(job);
  return 0;
}

/**
 * @param {Job} current
 * @param {number} ms
 * @param {number} steps
 */
async function advance(current, ms, steps) {
  const began = performance.now();
  try {
    const { events, over } = await current.run.advance(ms, steps);
    for (const event of events) keep(event);
    if (over) {
      // Where a shared run stood it only pauses: it may go on from there as one's own.
      current.over = current.run.step !== current.order.replay;
      current.playing = false;
      speak(true);
      tellState();
      await save(current);
    }
  } catch (error) {
    // Nothing is stored: what fails now was spoiled before, and the last checkpoint was not.
    fail(error);
  }
  const took = performance.now() - began;
  slice = Math.max(took, slice * 0.9);
}

/**
 * Events wait for the next letter. Of what replaces itself only the newest is kept.
 *
 * @param {LabEvent} event
 */
function keep(event) {
  switch (event.kind) {
    case "frame":
      frames.push(event.channels);
      // A frame may leave out what an older one said: the two oldest become one.
      if (frames.length > FRAMES) frames.splice(0, 2, { ...frames[0], ...frames[1] });
      sendFrames();
      break;
    case "figure":
      latest.set(`figure ${event.id}`, event);
      break;
    case "metric":
      latest.set(`metric ${event.name}`, event);
      break;
    case "progress":
    case "status":
    case "device":
      latest.set(event.kind, event);
      break;
    default:
      letters.push(event);
  }
}

/** @param {boolean} now */
function speak(now) {
  if (!job || (!latest.size && !letters.length)) return;
  const time = performance.now();
  if (!now && time - spoken < SPEAK) return;
  spoken = time;
  const events = [...latest.values(), ...letters];
  latest = new Map();
  letters = [];
  post({ type: "events", job: job.id, events }, buffers(events));
}

function sendFrames() {
  if (!job || credit !== job.id || !frames.length) return;
  credit = 0;
  const sent = frames;
  frames = [];
  post({ type: "frames", job: job.id, frames: sent }, buffers(sent));
}

/**
 * The array buffers inside a message: moved, not copied.
 *
 * @param {unknown} message
 * @param {Set<ArrayBuffer>} [found]
 * @param {number} [depth]
 * @returns {ArrayBuffer[]}
 */
function buffers(message, found = new Set(), depth = 0) {
  if (ArrayBuffer.isView(message)) {
    const { buffer, byteLength } = message;
    // A view that covers its buffer owns it; anything else might be a window on wasm memory.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) found.add(buffer);
  } else if (message && typeof message === "object" && depth < 8) {
    for (const part of Object.values(message)) {
      if (part && typeof part === "object") buffers(part, found, depth + 1);
    }
  }
  return [...found];
}

/** @param {Job} current */
async function save(current) {
  current.saved = performance.now();
  const step = current.run.step;
  if (step === current.savedStep) return;
  try {
    const bytes = await current.run.save();
    const trouble = await slots.write(
      {
        run: current.order.run,
        experiment: current.order.experiment,
        step,
        link: current.order.link,
        address: current.address,
        saved: Date.now(),
        over: current.over,
      },
      bytes,
    );
    current.savedStep = step;
    const message = { type: "saved", job: current.id, run: current.order.run, step };
    if (trouble) {
      // No disk: the page keeps the bytes, so that at least a crash of this worker costs nothing.
      post({ ...message, bytes }, [bytes.buffer]);
      post({ type: "notice", job: current.id, id: "storage", text: trouble });
    } else {
      post(message);
    }
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) fail(error);
    else note(`The run could not be stored: ${sentence(error)}`);
  }
}

function tellState() {
  if (!job) return;
  const state = job.over || job.dropped ? "over" : job.playing ? "running" : "paused";
  post({ type: "state", job: job.id, state, step: job.run.step, slice });
}

/** @param {unknown} error */
function fail(error) {
  if (!job) return;
  const trap = error instanceof WebAssembly.RuntimeError || !(error instanceof Error);
  speak(true);
  let step = -1;
  try {
    step = job.run.step;
  } catch {
    // After a trap even that may fail.
  }
  const { id, gpu } = job;
  post({ type: "failed", job: id, text: sentence(error), name: nameOf(error), trap, step, gpu });
  job = null;
}

/** What kind of error the Rust side says it is. @param {unknown} error */
const nameOf = (error) => (error instanceof Error ? error.name : "");

function drop() {
  // Between two slices nothing borrows the run, so it can be freed.
  try {
    job?.run.free();
  } catch {
    // It trapped earlier; the build goes with the worker.
  }
  job = null;
  letGo();
  frames = [];
  latest = new Map();
  letters = [];
  slice = 0;
}

/** @param {string} text */
function note(text) {
  letters.push({ kind: "warning", text });
}

// A panic says why on the console, and only then traps with the word “unreachable”.
let panic = "";
const { error: complain } = console;
console.error = (...words) => {
  const text = words.map(String).join(" ");
  if (text.includes("panicked at")) panic = text.split("\n").slice(0, 2).join(" ");
  complain(...words);
};

/** @param {unknown} error */
function sentence(error) {
  if (error instanceof WebAssembly.RuntimeError && panic) return panic;
  return error instanceof Error ? error.message : String(error);
}

live();
