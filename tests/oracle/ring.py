"""The compass ring and its analyses, once more in NumPy; writes ring.json beside itself.

    python3 ring.py

Written from the equations, with dense matrices and library functions where the laboratory has
loops, so that the two share nothing but the paper. Rings run without noise: random numbers are
the laboratory's own.
"""

import json
import pathlib

import numpy as np

chance = np.random.default_rng(7)


def randoms(*shape, scale=1.0):
    """Normal numbers that survive being written with six decimals."""
    return np.round(scale * chance.standard_normal(shape), 6)


def ring(n, kernel, gain, leak, bias, start, velocity, visual, silenced):
    """Rates at every 50th step."""
    per = 100 / n
    i = np.arange(n)
    offset = (i[:, None] - i[None, :] + n // 2) % n - n // 2
    reference = offset * per
    c, k, h = 0.1, 0.06, -0.03
    hold = per * (c * np.cos(k * reference) + h)
    moment = reference if kernel == "Original" else np.sign(reference)
    move = -gain * per * c * k * moment * np.sin(k * np.abs(reference))
    alive = np.ones(n)
    alive[silenced] = 0
    u = np.maximum(0, np.cos(2 * np.pi * (i - start) / n))
    kept = []
    for t, v in enumerate(velocity):
        u = alive * u
        r = alive * np.maximum(0, np.tanh(hold @ u + v * (move @ u) + bias + visual))
        u = (1 - leak) * u + leak * r
        if (t + 1) % 50 == 0:
            kept.append(r)
    phase = np.angle(np.exp(2j * np.pi * i / n) @ r) % (2 * np.pi)
    strength = np.abs(np.exp(2j * np.pi * i / n) @ r) / r.sum()
    return dict(rates=np.array(kept), phase=phase, strength=strength)


def ring_case(n, kernel, gain, leak=1.0, bias=0.0, steps=300, seen=False, silenced=()):
    velocity = np.round(3 * np.sin(0.05 * np.arange(steps)) + chance.standard_normal(steps), 6)
    visual = np.round(0.1 * np.exp(np.cos(2 * np.pi * np.arange(n) / n) - 1), 6) if seen else np.zeros(n)
    case = dict(n=n, kernel=kernel, gain=gain, leak=leak, bias=bias, start=0.503 * n,
                velocity=velocity, visual=visual, silenced=list(silenced))
    return case | ring(**case)


def shape(rates):
    n = len(rates)
    top = rates.argmax()
    fine = np.linspace(0, n, 2_000_001)
    centred = np.roll(rates, n // 2 - top)
    above = np.interp(fine, np.arange(n + 1), np.append(centred, centred[0])) > rates.max() / 2
    middle = np.searchsorted(fine, n // 2)
    left = middle - np.argmin(above[middle::-1])
    right = middle + np.argmin(above[middle:])
    return dict(rates=rates, peak=rates.max(), active=int((rates > 0).sum()),
                width=2 * np.pi / n * (fine[right] - fine[left]), sum=rates.sum(),
                length=np.linalg.norm(rates))


def tuning(rows=10, columns=12, fastest=5.0, steps=2000, units=3):
    velocity = np.round(2.2 * chance.standard_normal(steps), 6)
    heading = np.round(chance.uniform(0, 2 * np.pi, steps), 6)
    rates = np.round(np.maximum(0, np.stack([
        np.cos(heading - 1.0),
        np.tanh(velocity) + np.cos(heading - 4.0),
        0.2 - velocity * (1 + np.sin(heading)),
    ], axis=1)), 6)[:, :units]
    edges = [np.linspace(-fastest, fastest, rows + 1), np.linspace(0, 2 * np.pi, columns + 1)]
    inside = np.clip(velocity, -fastest + 1e-9, fastest - 1e-9)
    visits = np.histogram2d(inside, heading, edges)[0]
    maps = np.stack([np.histogram2d(inside, heading, edges, weights=r)[0] for r in rates.T])
    maps /= visits
    # Every bin was visited; with ten rows of 1 rad/s, rows 7, 8 are 2 < v < 4 and rows 1, 2 are
    # -4 < v < -2, and each column is pooled over its two rows.
    assert visits.min() > 0
    pooled = lambda a, b: ((maps * visits)[:, a:b].sum(1) / visits[a:b].sum(0)).mean(1)
    left, right = pooled(7, 9), pooled(1, 3)
    centres = (np.arange(columns) + 0.5) * 2 * np.pi / columns
    preferred = np.angle(maps.sum(1) @ np.exp(1j * centres)) % (2 * np.pi)
    # The blur, as a convolution with the outer product of a normalised kernel.
    taps = np.exp(-0.5 * np.array([-1, 0, 1]) ** 2)
    taps /= taps.sum()
    padded = np.pad(np.pad(maps[0], ((1, 1), (0, 0)), mode="edge"), ((0, 0), (1, 1)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return dict(rows=rows, columns=columns, fastest=fastest, velocity=velocity, heading=heading,
                rates=rates, visits=visits, maps=maps, modulation=(left - right) / (left + right),
                preferred=preferred, blurred=np.einsum("ijab,a,b->ij", windows, taps, taps))


def connectivity(n=9, hidden=7):
    a, b = randoms(n, n), randoms(n, n)
    a += 2 * np.round(np.cos(2 * np.pi * (np.arange(n)[None] - np.arange(n)[:, None]) / n), 6)
    a = np.round(a, 6)
    to, back, w = randoms(n, hidden), randoms(hidden, n), randoms(hidden)
    # Rolling row i back by i brings wrapped diagonal d to column d.
    profile = np.mean([np.roll(a[i], -i) for i in range(n)], axis=0)
    circulant = np.stack([np.roll(profile, i) for i in range(n)])
    turn = np.exp(2j * np.pi * np.arange(n) / n)
    shifts = np.angle((back @ turn) * np.conj(turn @ to))
    by_sign = []
    for group in (w > 0, w < 0):
        mean = np.exp(1j * shifts[group]).mean()
        by_sign.append([np.angle(mean), np.abs(mean)])
    return dict(a=a, b=b, to_hidden=to, from_hidden=back, input=w,
                correlation=np.corrcoef(a.ravel(), b.ravel())[0, 1], profile=profile,
                circulant_fraction=1 - np.sum((a - circulant) ** 2) / np.sum((a - a.mean()) ** 2),
                product=to @ back, weighted_product=to @ np.diag(w) @ back, shifts=shifts,
                shifts_by_sign=by_sign)


def diffusion(trials=5, steps=101, lag=20):
    paths = np.round(np.cumsum(randoms(trials, steps, scale=0.01), axis=1), 6)
    windows = np.diff(paths[:, ::lag], axis=1)
    return dict(paths=paths, lag=lag, coefficient=np.square(windows).mean() / (2 * lag * 0.025))


def prediction(steps=8, neurons=5):
    observed = np.round(chance.uniform(size=(steps, neurons)), 6)
    predicted = np.round(observed + 0.1 * chance.standard_normal((steps, neurons)), 6)
    variance = observed.var(axis=0).mean()
    return dict(observed=observed, predicted=predicted, variance=variance,
                r_squared=1 - np.square(predicted - observed).mean() / variance)


def plain(value):
    """Arrays as lists."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


rings = [
    ring_case(100, "Original", 0.02),
    ring_case(60, "Original", 0.02),
    ring_case(100, "Derivative", 0.399),
    ring_case(60, "Derivative", 0.399, leak=0.5, bias=0.01, seen=True),
    ring_case(41, "Original", 0.03, leak=0.2, seen=True, silenced=range(3, 9)),
]
oracle = dict(rings=rings, shapes=[shape(case["rates"][3]) for case in rings], tuning=tuning(),
              connectivity=connectivity(), diffusion=diffusion(), prediction=prediction())
pathlib.Path(__file__).with_name("ring.json").write_text(json.dumps(plain(oracle)) + "\n")
