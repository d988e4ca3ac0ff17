"""Another ring than the laboratory's: what a visitor might bring.

Sixty compass neurons hold a bump by a von Mises kernel. Two populations of sixty shifters, which
nobody records, are driven by the bump and by turning, and push it to either side. Of the compass
neurons spikes are counted in bins of 25 ms: that is the recording, in Hz, its neurons in no order.
The wiring is kept apart, for judging what the laboratory makes of the recording.

    python other_ring.py recording.npz truth.npz [heading]

With `heading`, the heading is recorded, too.
"""

import sys

import numpy

NEURONS, STEP, INNER = 60, 0.025, 5  # neurons; seconds; steps of integration in each
TRAJECTORIES, STEPS = 30, 600
TAU = 0.05  # seconds
PEAK = 120.0  # Hz at rate 1
SHIFT = numpy.pi / 4  # how far shifters reach to their side

rng = numpy.random.default_rng(60)
places = 2 * numpy.pi * numpy.arange(NEURONS) / NEURONS
apart = places[None, :] - places[:, None]  # [from, to]


def kernel(angle, sharpness):
    """A von Mises bump whose mean over the ring is 1."""
    return numpy.exp(sharpness * numpy.cos(angle)) / numpy.i0(sharpness)


# [from, to]: excitation near by, inhibition everywhere.
compass = (1.5 * kernel(apart, 2.0) - 8.0) / NEURONS
to_left = 1.2 * kernel(apart + SHIFT, 4.0) / NEURONS
to_right = 1.2 * kernel(apart - SHIFT, 4.0) / NEURONS


def respond(drive):
    return numpy.tanh(numpy.maximum(drive, 0.0))


def turn(state, velocity, steps):
    """Integrates the ring; `state` is [trajectory, neuron], `velocity` [trajectory]."""
    gain = GAIN * velocity[:, None]
    for _ in range(steps):
        right = state * numpy.maximum(1.0 + gain, 0.0)
        left = state * numpy.maximum(1.0 - gain, 0.0)
        drive = state @ compass + right @ to_right + left @ to_left + 1.0
        state = state + STEP / INNER / TAU * (respond(drive) - state)
    return state


def phase(state):
    return numpy.angle(state @ numpy.exp(1j * places))


def settle(trajectories):
    state = 0.5 + 0.5 * numpy.cos(places)[None, :].repeat(trajectories, 0)
    return turn(state, numpy.zeros(trajectories), 200 * INNER)


# The gain at which the bump turns as fast as the animal, found by turning once.
GAIN = 0.1
state = settle(1)
path = [phase(state)[0]]
for _ in range(100):
    state = turn(state, numpy.ones(1), INNER)
    path.append(phase(state)[0])
GAIN *= 100 * STEP / numpy.ptp(numpy.unwrap(path))

velocity = numpy.zeros((TRAJECTORIES, STEPS))
heading = numpy.zeros((TRAJECTORIES, STEPS))
rates = numpy.zeros((TRAJECTORIES, STEPS, NEURONS))
state, now, facing = settle(TRAJECTORIES), rng.normal(0, 2, TRAJECTORIES), numpy.zeros(TRAJECTORIES)
for step in range(STEPS):
    now = 0.8 * now + rng.normal(0, 1.2, TRAJECTORIES)
    facing = (facing + STEP * now) % (2 * numpy.pi)
    state = turn(state, now, INNER)
    velocity[:, step], heading[:, step], rates[:, step] = now, facing, state

spikes = rng.poisson(PEAK * STEP * rates)
shuffled = rng.permutation(NEURONS)
recorded = {
    "firing": (spikes[:, :, shuffled] / STEP).astype(numpy.float32),
    "omega": velocity,
    "dt": numpy.array(STEP),
}
if "heading" in sys.argv[3:]:
    recorded["heading"] = heading
numpy.savez_compressed(sys.argv[1], **recorded)
numpy.savez(
    sys.argv[2],
    # From and to neurons in the order of the recording; turning is per rad/s.
    weights=(compass + to_left + to_right)[numpy.ix_(shuffled, shuffled)],
    turning=(GAIN * (to_right - to_left))[numpy.ix_(shuffled, shuffled)],
    places=places[shuffled],
    rates=rates[:, :, shuffled],
    heading=heading,
)
print(f"peak {rates.max():.2f}, active {(rates > 0.02).mean():.2f}, gain {GAIN:.3f}")
drift = numpy.angle(numpy.exp(1j * (numpy.angle(rates @ numpy.exp(1j * places)) - heading)))
print(f"bump against heading: {numpy.degrees(numpy.sqrt((drift**2).mean())):.1f} degrees rms")
