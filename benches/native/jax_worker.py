"""JAX does the exercise: `jax_worker.py FORM THREADS`, the whole update compiled by `jit`.

    scan    `lax.scan`, differentiated by JAX
    custom  the way back written by hand, with one product for all weight gradients
"""

import os
import sys

form, threads = sys.argv[1], int(sys.argv[2])
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["NPROC"] = str(threads)  # the size of XLA's pool of threads
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from jax import lax

from exercise import EPSILON, LEAK, MEAN_DECAY, RATE, SQUARE_DECAY, parameters, trials, work


def forwards(drive, recurrent):
    """The states [step, trial, unit], and where the units were active."""

    def step(state, now):
        rates = jax.nn.relu(state @ recurrent + now)
        state = state + LEAK * (rates - state)
        return state, (state, rates > 0)

    return lax.scan(step, jnp.zeros_like(drive[0]), drive)[1]


def scan(drive, recurrent):
    """The states, left to JAX to differentiate."""
    return forwards(drive, recurrent)[0]


@jax.custom_vjp
def custom(drive, recurrent):
    """The states, with the way back below."""
    return scan(drive, recurrent)


def custom_forwards(drive, recurrent):
    """What the way back needs is kept."""
    states, active = forwards(drive, recurrent)
    return states, (states, active, recurrent)


def custom_backwards(kept, gradient):
    """The gradients of the drive and of the recurrent weights."""
    states, active, recurrent = kept

    def step(to_state, now):
        gradient, active = now
        to_state = to_state + gradient
        to_drive = LEAK * jnp.where(active, to_state, 0)
        return (1 - LEAK) * to_state + to_drive @ recurrent.T, to_drive

    zero = jnp.zeros_like(states[0])
    to_drive = lax.scan(step, zero, (gradient, active), reverse=True)[1]
    before = jnp.concatenate([zero[None], states[:-1]])
    return to_drive, jnp.einsum("tbi,tbj->ij", before, to_drive)


custom.defvjp(custom_forwards, custom_backwards)


def prepare(states):
    """The exercise with one of the forms above."""

    def prepared(units, steps, count):
        inputs, targets = map(jnp.asarray, trials(steps, count))

        def error(p):
            drive = inputs @ p["input"] + p["bias"]
            return jnp.mean((states(drive, p["recurrent"]) @ p["output"] - targets) ** 2)

        def adam(value, gradient, mean, square, taken):
            mean = MEAN_DECAY * mean + (1 - MEAN_DECAY) * gradient
            square = SQUARE_DECAY * square + (1 - SQUARE_DECAY) * gradient**2
            unbiased = jnp.sqrt(square / (1 - SQUARE_DECAY**taken)) + EPSILON
            return value - RATE * mean / (1 - MEAN_DECAY**taken) / unbiased, mean, square

        def update(p, means, squares, taken):
            value, gradient = jax.value_and_grad(error)(p)
            changed = {k: adam(p[k], gradient[k], means[k], squares[k], taken) for k in p}
            return value, *({k: new[i] for k, new in changed.items()} for i in range(3))

        compiled = jax.jit(update, donate_argnums=(0, 1, 2))
        p = {k: jnp.asarray(v) for k, v in parameters(units).items()}
        zeros = lambda: {k: jnp.zeros_like(v) for k, v in p.items()}  # noqa: E731
        state, taken = (p, zeros(), zeros()), 0

        def one():
            nonlocal state, taken
            taken += 1
            value, *state = compiled(*state, float(taken))
            jax.block_until_ready(state)
            return float(value)

        return one

    return prepared


work(f"JAX {jax.__version__}", prepare({"scan": scan, "custom": custom}[form]))
