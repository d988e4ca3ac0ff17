"""Fixed points by SciPy's hybrid Powell method, their eigenvalues by LAPACK, and slowest points on
planes by SLSQP; writes fixed_points.json beside itself.

    python3 fixed_points.py

Written from the equations. The method differs from the laboratory's in every step: MINPACK's trust
region on F itself, from Gaussian starts, until no new point has come for a long time.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize, root

chance = np.random.default_rng(5)


def randoms(*shape, scale=1.0):
    """Normal numbers that survive being written with six decimals."""
    return np.round(scale * chance.standard_normal(shape), 6)


RATES = {
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "sigmoid": (lambda z: (1 + np.tanh(2 * z)) / 2, lambda z: 1 / np.cosh(2 * z) ** 2),
    "softplus": (lambda z: np.logaddexp(0, 5 * z) / 5, lambda z: 1 / (1 + np.exp(-5 * z))),
}


def dynamics(net):
    """F and its Jacobian."""
    w, drive = np.array(net["W_rec"]), np.array(net["W_inp"]) @ net["input"] + net["bias_rec"]
    f, slope = RATES[net["activation"]]
    eye = np.eye(len(w))
    if net["equation"] == "s":
        return (lambda x: f(w @ x + drive) - x), (lambda x: slope(w @ x + drive)[:, None] * w - eye)
    return (lambda x: w @ f(x) + drive - x), (lambda x: w * slope(x) - eye)


def fixed_points(net, size, patience=3000):
    flow, jacobian = dynamics(net)
    found, misses = [], 0
    while misses < patience:
        start = size * chance.choice([0.5, 1, 2]) * chance.standard_normal(len(net["W_rec"]))
        x = root(flow, start, jac=jacobian, method="hybr", options=dict(xtol=1e-14)).x
        x = x - np.linalg.lstsq(jacobian(x), flow(x), rcond=None)[0]
        new = np.sum(flow(x) ** 2) < 1e-24 and all(np.linalg.norm(x - p) > 1e-5 for p in found)
        misses = 0 if new else misses + 1
        if new:
            found.append(x)
    eigenvalues = [np.linalg.eigvals(jacobian(x)) for x in found]
    return dict(points=[x.tolist() for x in found],
                eigenvalues=[[[v.real, v.imag] for v in sorted(e, key=lambda v: (-v.real, -v.imag))]
                             for e in eigenvalues])


def network(n, equation, activation, scale, own=0.0, patterns=0, offset=0.0):
    """Random weights of this scale, each unit's excitation of itself, and patterns it may hold."""
    w = randoms(n, n, scale=scale / np.sqrt(n)) + own * np.eye(n)
    for _ in range(patterns):
        pattern = chance.choice([-1, 1], n)
        w += 1.6 * np.outer(pattern, pattern) / n
    return dict(W_rec=np.round(w, 6).tolist(), W_inp=randoms(n, 2, scale=0.2).tolist(),
                bias_rec=(randoms(n, scale=0.1) + offset).tolist(), input=[0.3, -0.2],
                equation=equation, activation=activation)


def line(n=6, count=11):
    """The slowest points on planes between two ends, as SLSQP finds them."""
    net = network(n, "s", "tanh", 0.5)
    u, v = randoms(n), randoms(n)
    w = np.array(net["W_rec"]) + np.outer(u, u) / (u @ u)
    net["W_rec"], net["bias_rec"] = np.round(w, 6).tolist(), randoms(n, scale=0.05).tolist()
    flow, jacobian = dynamics(net)
    ends = [np.round(-0.4 * u / np.linalg.norm(u), 6), np.round(0.4 * u / np.linalg.norm(u) + 0.05 * v, 6)]
    stride = (ends[1] - ends[0]) / (count - 1)
    x, stations = ends[0], []
    for _ in range(count):
        base = x
        x = minimize(lambda x: np.sum(flow(x) ** 2), base, jac=lambda x: 2 * jacobian(x).T @ flow(x),
                     method="SLSQP", options=dict(ftol=1e-16, maxiter=1000),
                     constraints=[dict(type="eq", fun=lambda x: (x - base) @ stride, jac=lambda x: stride)]).x
        stations.append(x)
        x = x + stride
    return dict(network=net, ends=[end.tolist() for end in ends], stations=[s.tolist() for s in stations])


cases = []
for size, args in [(1, (5, "s", "tanh", 0.4, 1.7)), (2, (4, "h", "sigmoid", 0.5, 4.0, 0, -2.0)),
                   (2, (6, "s", "softplus", 2.0)), (1, (20, "s", "tanh", 0.3, 0.0, 3))]:
    net = network(*args)
    cases.append(dict(network=net, **fixed_points(net, size)))
    print(args, len(cases[-1]["points"]))

oracle = dict(cases=cases, line=line())
here = pathlib.Path(__file__).with_name("fixed_points.json")
here.write_text(json.dumps(oracle) + "\n")
