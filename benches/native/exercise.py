"""The exercise that every contender does, for those that speak Python: its numbers, and how a
worker listens.

A leaky network of N rectified units, three inputs and two linear outputs, in single precision,

    h[t] = h[t-1] + 0.1 (relu(h[t-1] W + u[t] W_in + b) - h[t-1]),   y[t] = h[t] W_out,

learns from T steps of B trials at once: the mean of (y - target)^2, its gradient through time, and
one step of Adam at a rate of 0.001. That is one update.
"""

import json
import sys
import time

import numpy as np

INPUTS, OUTPUTS = 3, 2
LEAK = 0.1
RATE, MEAN_DECAY, SQUARE_DECAY, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def numbers(stream, *shape):
    """Numbers in [-1, 1) that are the same in every language: the bits of a mixed counter.

    The mixer is Wellons' "lowbias32".
    """
    word = np.arange(np.prod(shape), dtype=np.uint32)
    with np.errstate(over="ignore"):
        word += np.uint32(stream) * np.uint32(0x9E3779B9)
        word = (word ^ (word >> 16)) * np.uint32(0x7FEB352D)
        word = (word ^ (word >> 15)) * np.uint32(0x846CA68B)
    word ^= word >> 16
    return ((word >> 8) / 2.0**23 - 1.0).reshape(shape)


def parameters(units):
    """W [from, to], W_in [input, unit], b [unit] and W_out [unit, output] as they begin."""
    spread = (3 / units) ** 0.5
    return {
        "recurrent": np.float32(1.2 * spread * numbers(1, units, units)),
        "input": np.float32(numbers(2, INPUTS, units)),
        "bias": np.zeros(units, np.float32),
        "output": np.float32(spread * numbers(3, units, OUTPUTS)),
    }


def trials(steps, count):
    """The inputs [step, trial, input] and the targets [step, trial, output]."""
    spread = 3**0.5
    inputs = np.float32(spread * numbers(4, steps, count, INPUTS))
    return inputs, np.float32(spread * numbers(5, steps, count, OUTPUTS))


def answer(**message):
    """Says one thing to whoever drives the race."""
    print(json.dumps(message), flush=True)


def work(name, prepare):
    """Listens on the standard input until it closes.

    `prepare(units, steps, trials)` returns a function that makes one update and returns the error
    before it, as a float, when all is done. Two questions are answered:

        {"units": 100, "steps": 200, "trials": 64}   ->  {"errors": [of four updates], "first": s}
        {"updates": 5}                               ->  {"wall": [s, of each], "cpu": s, of all}
    """
    answer(name=name)
    update = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "units" in asked:
            update = prepare(asked["units"], asked["steps"], asked["trials"])
            began = time.perf_counter()
            errors = [update()]
            first = time.perf_counter() - began
            answer(errors=errors + [update() for _ in range(3)], first=first)
        else:
            wall = []
            cpu = time.process_time()
            for _ in range(asked["updates"]):
                began = time.perf_counter()
                update()
                wall.append(time.perf_counter() - began)
            answer(wall=wall, cpu=time.process_time() - cpu)
