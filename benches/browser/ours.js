// Attractor Lab does the exercise: `ours.js?backend=wasm&threads=2`.

import { work } from "./exercise.js";

const at = (/** @type {string} */ file) => new URL(`../${file}`, import.meta.url).href;

/** @type {any} */
let lab;

work(
  async ({ units, steps, trials }, { threads = "1" }) => {
    const module = await WebAssembly.compileStreaming(fetch(at("pkg/core/attractor_lab_bg.wasm")));
    lab = await import(at("pkg/core/attractor_lab.js"));
    await lab.default({ module_or_path: module });
    if (threads !== "1") {
      const { Hand } = await import(at("www/hands.js"));
      lab.useHands(Number(threads) - 1, () => new Hand(module));
    }
    const exercise = await lab.Exercise.begin(units, steps, trials);
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
