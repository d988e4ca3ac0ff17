// Attractor Lab does the exercise: `ours.js?backend=wasm&threads=2`, `ours.js?backend=webgpu`.

import { work } from "./exercise.js";

const at = (/** @type {string} */ file) => new URL(`../${file}`, import.meta.url).href;

/** @type {any} */
let lab;

work(
  async ({ units, steps, trials }, { backend, threads = "1" }) => {
    const gpu = backend === "webgpu";
    const build = gpu ? "pkg/gpu" : "pkg/core";
    const module = await WebAssembly.compileStreaming(fetch(at(`${build}/attractor_lab_bg.wasm`)));
    lab = await import(at(`${build}/attractor_lab.js`));
    await lab.default({ module_or_path: module });
    if (threads !== "1") {
      const { Hand } = await import(at("www/hands.js"));
      lab.useHands(Number(threads) - 1, () => new Hand(module));
    }
    const exercise = await lab.Exercise.begin(units, steps, trials, gpu);
    return () => exercise.update();
  },
  () => {
    // The most operations a second that the engine's kernel makes out of the nearest cache.
    let most = 0;
    for (let i = 0; i < 20; i += 1) {
      const began = performance.now();
      const operations = lab.peak(3000);
      most = Math.max(most, (1000 * operations) / (performance.now() - began));
    }
    return most;
  },
);
