// Which build of the crate runs, and why. The core build is always here; the one with WebGPU is ten
// times larger and comes only when a training experiment may use it.

import { Hand } from "./hands.js";

/** @typedef {import("./types.js").Core} Core */

/** @type {(module: WebAssembly.Module) => void} */
let coreCame = () => {};
/** @type {Promise<WebAssembly.Module>} */
const coreModule = new Promise((resolve) => (coreCame = resolve));
/** How many workers may help this one. */
let hands = 0;

/** @type {Promise<Core> | null} */
let core = null;
/** @type {Promise<Core> | null} */
let gpu = null;
/** Why the GPU build is not to be used in this worker any more, as a clause. */
let abandoned = "";

/**
 * @param {WebAssembly.Module} module compiled once, by the page
 * @param {number} helping how many workers may help this one
 */
export function useCore(module, helping) {
  hands = helping;
  coreCame(module);
}

/** Lets a build hire helping workers, which run the core. @param {Core} lab */
async function withHands(lab) {
  const module = await coreModule;
  lab.useHands(hands, () => new Hand(module));
  return lab;
}

/** The GPU build failed: this worker goes on without it. */
export function abandonGpu() {
  abandoned = "WebGPU failed to start";
}

/** @returns {Promise<Core>} */
function loadCore() {
  core ??= (async () => {
    const url = new URL("../pkg/core/attractor_lab.js", import.meta.url).href;
    const lab = /** @type {Core} */ (await import(url));
    await lab.default({ module_or_path: await coreModule });
    return withHands(lab);
  })();
  core.catch(() => (core = null));
  return core;
}

/**
 * @param {(loaded: number, total: number | null) => void} tell
 * @returns {Promise<Core>}
 */
function loadGpu(tell) {
  gpu ??= (async () => {
    const at = (/** @type {string} */ name) => new URL(`../pkg/gpu/${name}`, import.meta.url).href;
    const lab = /** @type {Core} */ (await import(at("attractor_lab.js")));
    const response = await fetch(at("attractor_lab_bg.wasm"));
    const total = await sizeOf("gpu");
    if (!response.ok || !response.body) {
      throw new Error(`the WebGPU build could not be loaded (${response.status})`);
    }
    await lab.default({
      module_or_path: counted(response, response.body, (loaded) => tell(loaded, total)),
    });
    return withHands(lab);
  })();
  gpu.catch(() => (gpu = null));
  return gpu;
}

/**
 * How large a build is, unpacked: a compressed transfer does not say.
 *
 * @param {string} name
 * @returns {Promise<number | null>}
 */
async function sizeOf(name) {
  try {
    const card = await (await fetch(new URL("../pkg/build.json", import.meta.url))).json();
    return card[name] ?? null;
  } catch {
    return null;
  }
}

/**
 * The same response, telling how much of it has come.
 *
 * @param {Response} response
 * @param {ReadableStream<Uint8Array>} body
 * @param {(loaded: number) => void} tell
 */
function counted(response, body, tell) {
  let loaded = 0;
  let told = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      if (loaded - told > 200_000) tell((told = loaded));
      controller.enqueue(chunk);
    },
  });
  const headers = { "content-type": response.headers.get("content-type") ?? "" };
  return new Response(body.pipeThrough(counter), { headers });
}

/**
 * Why WebGPU cannot be used here, as a clause; "" when it can. An adapter without timestamps would
 * make the GPU runtime panic, so it is never let near one.
 *
 * @param {string} device "auto" wants a real graphics processor, "webgpu" any
 * @returns {Promise<string>}
 */
async function obstacle(device) {
  const api = /** @type {any} */ (navigator).gpu;
  if (!api) return "this browser has no WebGPU";
  try {
    const adapter = await api.requestAdapter();
    if (!adapter) return "WebGPU found no graphics adapter";
    // Software imitating a graphics processor is slower than the CPU it runs on.
    if (device === "auto" && (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter)) {
      return "software imitates the only graphics adapter";
    }
    if (!adapter.features.has("timestamp-query")) {
      return "the graphics adapter cannot measure time (timestamp-query)";
    }
    return "";
  } catch (error) {
    return `WebGPU did not start (${error instanceof Error ? error.message : error})`;
  }
}

/**
 * @param {import("./runner.js").Order} order
 * @param {(loaded: number, total: number | null) => void} tell
 * @returns {Promise<{ lab: Core, gpu: { used: boolean, reason: string, notice: string } }>}
 */
export async function loadBuild(order, tell) {
  const onCore = async (reason = "", notice = "") => ({
    lab: await loadCore(),
    gpu: { used: false, reason, notice },
  });
  if (!order.trains) return onCore();
  if (order.cpu || abandoned) return onCore(order.cpu || abandoned);
  if (order.device === "cpu") return onCore("the CPU was chosen");
  const reason = await obstacle(order.device);
  if (reason) return onCore(reason);
  try {
    return { lab: await loadGpu(tell), gpu: { used: true, reason: "", notice: "" } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return onCore(
      "the WebGPU build could not be loaded",
      `The WebGPU build could not be loaded (${why}); the CPU does the work.`,
    );
  }
}
