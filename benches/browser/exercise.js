// The exercise that every contender does, for those that speak JavaScript: its numbers, and how a
// worker listens. What an update is says `../native/exercise.py`; the numbers here are the same.

export const INPUTS = 3;
export const OUTPUTS = 2;
export const LEAK = 0.1;
export const RATE = 1e-3;
export const MEAN_DECAY = 0.9;
export const SQUARE_DECAY = 0.999;
export const EPSILON = 1e-8;

/** The size of an update. @typedef {{ units: number, steps: number, trials: number }} Size */

/**
 * `count` numbers in [−spread, spread) that are the same in every language: the bits of a mixed
 * counter (Wellons’ “lowbias32”).
 *
 * @param {number} stream
 * @param {number} count
 * @param {number} spread
 */
function numbers(stream, count, spread) {
  const found = new Float32Array(count);
  for (let index = 0; index < count; index += 1) {
    let word = (index + Math.imul(stream, 0x9e3779b9)) >>> 0;
    word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
    word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
    word ^= word >>> 16;
    found[index] = spread * ((word >>> 8) / 2 ** 23 - 1);
  }
  return found;
}

/**
 * W `[from, to]`, W_in `[input, unit]`, b `[unit]` and W_out `[unit, output]` as they begin.
 *
 * @param {Size} size
 */
export function parameters({ units }) {
  const spread = Math.sqrt(3 / units);
  return {
    recurrent: numbers(1, units * units, 1.2 * spread),
    input: numbers(2, INPUTS * units, 1),
    bias: new Float32Array(units),
    output: numbers(3, units * OUTPUTS, spread),
  };
}

/**
 * The inputs `[step, trial, input]` and the targets `[step, trial, output]`.
 *
 * @param {Size} size
 */
export function trials({ steps, trials }) {
  const spread = Math.sqrt(3);
  return {
    inputs: numbers(4, steps * trials * INPUTS, spread),
    targets: numbers(5, steps * trials * OUTPUTS, spread),
  };
}

/**
 * Listens to the page. `prepare` makes ready and returns a function that makes one update and, when
 * all is done, returns the error before it; `options` are those of the worker’s address. `peak` finds
 * how many operations a second are possible at most.
 *
 * @param {(size: Size, options: Record<string, string>) => Promise<() => number | Promise<number>>} prepare
 * @param {() => number} [peak]
 */
export function work(prepare, peak) {
  const options = Object.fromEntries(new URL(self.location.href).searchParams);
  const counters = options.backend === "webgpu" ? countCommands() : {};
  /** @type {() => number | Promise<number>} */
  let update;
  self.onmessage = async ({ data }) => {
    try {
      if (data.size) {
        update = await prepare(data.size, options);
        const began = performance.now();
        const errors = [await update()];
        const first = (performance.now() - began) / 1000;
        while (errors.length < 4) errors.push(await update());
        self.postMessage({ errors, first });
      } else if (data.peak) {
        self.postMessage({ peak: peak?.() });
      } else {
        const wall = [];
        const before = { ...counters };
        for (let i = 0; i < data.updates; i += 1) {
          const began = performance.now();
          await update();
          wall.push((performance.now() - began) / 1000);
        }
        const counted = Object.entries(counters).map(([name, count]) => [
          name,
          (count - before[name]) / data.updates,
        ]);
        self.postMessage({ wall, counted: Object.fromEntries(counted) });
      }
    } catch (error) {
      self.postMessage({ failed: error instanceof Error ? error.message : String(error) });
    }
  };
}

/**
 * Counts what this thread asks of WebGPU from now on: dispatches, submissions, bytes read back.
 *
 * @returns {Record<string, number>} live
 */
export function countCommands() {
  const scope = /** @type {any} */ (globalThis);
  /** @type {Record<string, number>} */
  const counters = { dispatches: 0, submits: 0, bytesRead: 0 };
  /**
   * @param {any} type
   * @param {string} method
   * @param {(self: any, args: any[]) => void} count
   */
  const watch = (type, method, count) => {
    const original = type?.prototype[method];
    if (!original) return;
    type.prototype[method] = function (/** @type {any[]} */ ...args) {
      count(this, args);
      return original.apply(this, args);
    };
  };
  const { GPUComputePassEncoder, GPUQueue, GPUBuffer, GPUMapMode } = scope;
  const dispatched = () => (counters.dispatches += 1);
  watch(GPUComputePassEncoder, "dispatchWorkgroups", dispatched);
  watch(GPUComputePassEncoder, "dispatchWorkgroupsIndirect", dispatched);
  watch(GPUQueue, "submit", () => (counters.submits += 1));
  watch(GPUBuffer, "mapAsync", (buffer, [mode, , size]) => {
    if (mode === GPUMapMode.READ) counters.bytesRead += size ?? buffer.size;
  });
  return counters;
}
