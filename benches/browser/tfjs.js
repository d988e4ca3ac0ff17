// TensorFlow.js does the exercise: `tfjs.js?backend=wasm&threads=1`, `tfjs.js?backend=webgpu`.

import {
  EPSILON,
  INPUTS,
  LEAK,
  MEAN_DECAY,
  OUTPUTS,
  RATE,
  SQUARE_DECAY,
  parameters,
  trials,
  work,
} from "./exercise.js";

work(async (size, { backend, threads }) => {
  const at = (/** @type {string} */ file) => new URL(`../peers/tfjs/${file}`, import.meta.url).href;
  await import(at("tf.min.js"));
  await import(at(`tf-backend-${backend}.min.js`));
  const { tf } = /** @type {any} */ (globalThis);
  if (backend === "wasm") {
    tf.wasm.setWasmPaths(at(""));
    tf.wasm.setThreadsCount(Number(threads));
  }
  if (!(await tf.setBackend(backend))) throw new Error(`there is no ${backend} here`);
  await tf.ready();

  const { units, steps, trials: count } = size;
  const start = parameters(size);
  const recurrent = tf.variable(tf.tensor(start.recurrent, [units, units]));
  const input = tf.variable(tf.tensor(start.input, [INPUTS, units]));
  const bias = tf.variable(tf.tensor(start.bias, [units]));
  const output = tf.variable(tf.tensor(start.output, [units, OUTPUTS]));
  // One tensor a step, made beforehand: to slice, and to go back through a concatenation, this
  // library copies the whole once for each part.
  const shown = trials(size);
  const part = (/** @type {Float32Array} */ all, /** @type {number} */ width) =>
    Array.from({ length: steps }, (_, t) => {
      const taken = all.subarray(t * count * width, (t + 1) * count * width);
      return tf.tensor(taken, [count, width]);
    });
  const inputs = part(shown.inputs, INPUTS);
  const targets = part(shown.targets, OUTPUTS);
  const adam = tf.train.adam(RATE, MEAN_DECAY, SQUARE_DECAY, EPSILON);

  const error = () => {
    let state = tf.zeros([count, units]);
    let sum = tf.scalar(0);
    for (let t = 0; t < steps; t += 1) {
      const drive = tf.fused.matMul({ a: inputs[t], b: input, bias });
      const rates = state.matMul(recurrent).add(drive).relu();
      state = state.add(rates.sub(state).mul(LEAK));
      sum = sum.add(state.matMul(output).sub(targets[t]).square().sum());
    }
    return sum.div(steps * count * OUTPUTS);
  };

  return async () => {
    const value = tf.tidy(() => adam.minimize(error, true));
    const [number] = await value.data();
    value.dispose();
    return number;
  };
});
