"""The search for fixed points against SciPy's hybrid Powell, on the same network in one run.

    python3 benches/native/fixed_points.py target/release/attractor-lab

400 starts in a network of 50 units that holds three patterns. SciPy gets the Jacobian and its starts
are Gaussian; ours are around states that the network visits. Printed are processor seconds, with our
figures and files included, the number of points of each, and the farthest of SciPy's points from the
nearest of ours.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy.optimize import root

UNITS, STARTS, STEPS = 50, 400, 160


def network(chance):
    weights = 0.3 * chance.standard_normal((UNITS, UNITS)) / np.sqrt(UNITS)
    for _ in range(3):
        pattern = chance.choice([-1, 1], UNITS)
        weights += 1.6 * np.outer(pattern, pattern) / UNITS
    return np.round(weights, 6)


def scipys(weights, chance):
    def flow(x):
        return np.tanh(weights @ x) - x

    def jacobian(x):
        return (1 - np.tanh(weights @ x) ** 2)[:, None] * weights - np.eye(UNITS)

    found = []
    began = time.process_time()
    for _ in range(STARTS):
        x = root(flow, chance.standard_normal(UNITS), jac=jacobian, options=dict(xtol=1e-12)).x
        for point in (x, -x):  # the network is odd
            fixed = np.sum(flow(point) ** 2) < 1e-18
            if fixed and all(np.linalg.norm(point - other) > 1e-4 for other in found):
                found.append(point)
    return np.array(found), time.process_time() - began


def ours(weights, program):
    with tempfile.TemporaryDirectory() as folder:
        net = dict(dt=1, tau=10, activation="tanh", W_rec=weights.tolist())
        file = pathlib.Path(folder, "net.json")
        file.write_text(json.dumps(net))
        link = f"fixed-points?seed=7&channel=0&starts={STARTS}&hunts=0&crowd=0&steps={STEPS}"
        command = [program, link, "--open", str(file), "--out", folder]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run(command, check=True, capture_output=True)
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        arrays = np.load(pathlib.Path(folder, "fixed-points.npz"))
        return arrays["state"], seconds, int(arrays["searched"])


weights = network(np.random.default_rng(1))
theirs, their_time = scipys(weights, np.random.default_rng(2))
points, our_time, searched = ours(weights, sys.argv[1])
assert searched == STARTS, f"only {searched} of {STARTS} starts in {STEPS} steps"
gap = max(min(np.linalg.norm(point - other) for other in points) for point in theirs)
print(f"SciPy hybr: {len(theirs)} points in {their_time:.2f} s")
print(f"ours:       {len(points)} points in {our_time:.2f} s")
print(f"farthest of SciPy's points from ours: {gap:.1e}")
