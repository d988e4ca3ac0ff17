"""The examination of a student and the numbers of the comparison, once more in NumPy; writes
identification.json beside itself.

    python3 identification.py

Written from the equations, all walks at once and whole where the laboratory goes piece by piece.
"""

import json
import pathlib

import numpy as np

chance = np.random.default_rng(11)


def randoms(*shape, scale=1.0):
    """Normal numbers that survive being written with six decimals."""
    return np.round(scale * chance.standard_normal(shape), 6)


def run(network, start, velocity):
    """Rates [walk, step, unit] from rates `start` [walk, observed] under velocity [walk, step]."""
    w, b, w_in, c, leak = (network[k] for k in ("recurrent", "bias", "input", "input_bias", "leak"))
    units, driven = len(b), len(w_in)
    u = np.zeros((len(start), units))
    u[:, : start.shape[1]] = start
    rates = []
    for v in velocity.T:
        z = u @ w + b
        z[:, units - driven :] += np.outer(v, w_in) + c
        r = np.maximum(0, np.tanh(z))
        u = (1 - leak) * u + leak * r
        rates.append(r)
    return np.stack(rates, axis=1)


def turned(phase):
    return np.angle(np.exp(1j * phase))


def exam(walks=2, steps=230, observed=8, hidden=4, window=49):
    units = observed + hidden
    network = dict(recurrent=randoms(units, units, scale=0.5), bias=randoms(units, scale=0.2),
                   input=randoms(hidden), input_bias=randoms(hidden, scale=0.1), leak=0.2)
    velocity = randoms(walks, steps, scale=2.0)
    heading = np.round(np.cumsum(0.025 * velocity, axis=1) % (2 * np.pi), 6)
    preferred = 2 * np.pi * np.arange(observed) / observed
    rates = np.maximum(0, np.cos(heading[..., None] + preferred - 1.0))
    rates = np.round(np.clip(rates + 0.05 * chance.standard_normal(rates.shape), 0, 1), 6)
    anchor = [0.4, 0.6]

    def decode(r):
        phase = np.angle(r[..., :observed] @ np.exp(1j * preferred))
        return anchor[1] - (phase - anchor[0])

    free = run(network, rates[:, 0], velocity[:, 1:])
    errors = turned(decode(free) - heading[:, 1:])
    squares, ends, hold = [], [], []
    for start in range(50, steps - window, 50):
        after = slice(start + 1, start + window + 1)
        r = run(network, rates[:, start], velocity[:, after])
        squares.append((r[..., :observed] - rates[:, after]) ** 2)
        hold.append((rates[:, [start]] - rates[:, after]) ** 2)
        own = decode(r[:, -1]) - heading[:, start + window]
        ends.append(turned(own - (decode(rates[:, start]) - heading[:, start])))
    mean = rates.reshape(-1, observed).mean(0)
    peaks = free.reshape(-1, units).max(0)
    return dict(network=network, rates=rates, velocity=velocity, heading=heading, anchor=anchor,
                variance=np.square(rates - mean).mean(), windows=np.mean(squares),
                whole=np.square(free[..., :observed] - rates[:, 1:]).mean(), hold=np.mean(hold),
                after_window=np.sqrt(np.square(ends).mean()),
                drift=np.sqrt(np.square(errors).mean(0)), dead=np.flatnonzero(peaks < 0.05))


def comparison(n=9, hidden=7):
    w, truth = randoms(n + hidden, n + hidden), randoms(n, n)
    direct = w[:n, :n]
    both = direct + w[:n, n:] @ w[n:, :n]
    slope = np.polyfit(truth.ravel(), direct.ravel(), 1)[0]
    phases = np.angle(np.exp(2j * np.pi * np.arange(n) / n) @ w[:n, n:]) % (2 * np.pi)
    indices, weights = np.round(chance.uniform(-1, 1, 31), 6), randoms(31)
    indices[::4] *= 0.1
    indices = np.round(indices, 6)
    sizes = np.abs(indices)
    return dict(weights=w, truth=truth, both=both, slope=slope, listening=phases,
                correlation=np.corrcoef(both.ravel(), truth.ravel())[0, 1], indices=indices,
                input=weights, median=np.median(sizes), high=np.quantile(sizes, 0.9),
                shifters=(sizes > 0.3).mean(),
                agreement=(np.sign(indices) == np.sign(weights)).mean())


def plain(value):
    """Arrays as lists."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


oracle = dict(exam=exam(), comparison=comparison())
here = pathlib.Path(__file__).with_name("identification.json")
here.write_text(json.dumps(plain(oracle)) + "\n")
