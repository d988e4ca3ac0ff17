// jax-js does the exercise: `jaxjs.js?backend=wasm`, `jaxjs.js?backend=webgpu`. The error, its
// gradient and Adam's step are compiled as one; there is no `lax.scan` to roll the steps up with.
// Some steps at a time are traced as a function of their own, or the compiler's stack would overflow.

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

/** Steps that are traced as one function. */
const AT_ONCE = 20;

work(async (size, { backend }) => {
  const jax = await import(new URL("../peers/jax/index.js", import.meta.url).href);
  const started = await jax.init(backend);
  if (!started.includes(backend)) throw new Error(`there is no ${backend} here`);
  jax.defaultDevice(backend);
  const { numpy: np, nn, tree } = jax;

  const { units, steps, trials: count } = size;
  const start = parameters(size);
  const shown = trials(size);
  const part = (/** @type {Float32Array} */ all, /** @type {number} */ width) =>
    Array.from({ length: Math.ceil(steps / AT_ONCE) }, (_, i) => {
      const [from, to] = [i * AT_ONCE, Math.min(steps, (i + 1) * AT_ONCE)];
      const taken = all.slice(from * count * width, to * count * width);
      return np.array(taken).reshape([to - from, count, width]);
    });
  const inputs = part(shown.inputs, INPUTS);
  const targets = part(shown.targets, OUTPUTS);

  // jax-js counts references: what is used once more is taken by `.ref`.
  const some = jax.jit(
    (
      /** @type {any} */ state,
      /** @type {any} */ p,
      /** @type {any} */ inputs,
      /** @type {any} */ targets,
    ) => {
      let sum = np.array(0);
      for (let t = 0; t < inputs.shape[0]; t += 1) {
        const drive = np.matmul(inputs.ref.slice(t), p.input.ref).add(p.bias.ref);
        const rates = nn.relu(np.matmul(state.ref, p.recurrent.ref).add(drive));
        state = state.mul(1 - LEAK).add(rates.mul(LEAK));
        const off = np.matmul(state.ref, p.output.ref).sub(targets.ref.slice(t));
        sum = sum.add(np.square(off).sum());
      }
      tree.dispose([p, inputs, targets]);
      return [state, sum];
    },
  );
  const error = (
    /** @type {any} */ p,
    /** @type {any[]} */ inputs,
    /** @type {any[]} */ targets,
  ) => {
    let state = np.zeros([count, units]);
    let sum = np.array(0);
    for (const [i, shown] of inputs.entries()) {
      const [next, more] = some(state, tree.ref(p), shown, targets[i]);
      state = next;
      sum = sum.add(more);
    }
    tree.dispose([state, p]);
    return sum.mul(1 / (steps * count * OUTPUTS));
  };

  const gradients = jax.valueAndGrad(error);
  const step = jax.jit(
    (
      /** @type {any} */ [p, means, squares],
      /** @type {any} */ taken,
      /** @type {any} */ inputs,
      /** @type {any} */ targets,
    ) => {
      const [value, gradient] = gradients(tree.ref(p), inputs, targets);
      /** @type {any[]} */
      const next = [{}, {}, {}];
      const left = (/** @type {number} */ decay) =>
        np
          .exp(taken.ref.mul(Math.log(decay)))
          .mul(-1)
          .add(1);
      for (const key of Object.keys(gradient)) {
        const g = gradient[key];
        const mean = means[key].mul(MEAN_DECAY).add(g.ref.mul(1 - MEAN_DECAY));
        const square = squares[key].mul(SQUARE_DECAY).add(np.square(g).mul(1 - SQUARE_DECAY));
        const unbiased = np.sqrt(square.ref.div(left(SQUARE_DECAY))).add(EPSILON);
        const change = mean.ref.div(left(MEAN_DECAY)).mul(RATE).div(unbiased);
        next[0][key] = p[key].sub(change);
        next[1][key] = mean;
        next[2][key] = square;
      }
      taken.dispose();
      return [value, next];
    },
  );

  /** @type {Record<string, number[]>} */
  const shapes = {
    recurrent: [units, units],
    input: [INPUTS, units],
    bias: [1, units],
    output: [units, OUTPUTS],
  };
  const make = (/** @type {(key: keyof typeof start) => any} */ of) =>
    Object.fromEntries(
      Object.entries(shapes).map(([key, shape]) => [
        key,
        of(/** @type {keyof typeof start} */ (key)).reshape(shape),
      ]),
    );
  const zeros = () => make((key) => np.array(new Float32Array(start[key].length)));
  let state = [make((key) => np.array(start[key])), zeros(), zeros()];
  let taken = 0;

  return async () => {
    taken += 1;
    const [value, next] = step(state, np.array(taken), tree.ref(inputs), tree.ref(targets));
    state = next;
    await jax.blockUntilReady(state);
    return (await value.data())[0];
  };
});
