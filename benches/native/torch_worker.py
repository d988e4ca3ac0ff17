"""PyTorch does the exercise: `torch_worker.py FORM THREADS`.

    eager    as the equations are written, one line of them a step
    hoisted  the inputs' products taken out of the loop, fused operations within it
    custom   the same, and the way back written by hand, with one product for all weight gradients
"""

import sys

import torch

from exercise import EPSILON, LEAK, MEAN_DECAY, RATE, SQUARE_DECAY, parameters, trials, work


def eager(p, inputs):
    """The outputs [step, trial, output], written like the equations."""
    state = torch.zeros(inputs.shape[1], len(p["bias"]))
    states = []
    for now in inputs:
        rates = torch.relu(state @ p["recurrent"] + now @ p["input"] + p["bias"])
        state = state + LEAK * (rates - state)
        states.append(state)
    return torch.stack(states) @ p["output"]


def drive(p, inputs):
    """What the inputs and the bias contribute, all steps at once: [step, trial, unit]."""
    steps, count, channels = inputs.shape
    flat = torch.addmm(p["bias"], inputs.reshape(steps * count, channels), p["input"])
    return flat.view(steps, count, -1)


def hoisted(p, inputs):
    """The same in fewer operations a step."""
    state = torch.zeros(inputs.shape[1], len(p["bias"]))
    states = []
    for now in drive(p, inputs).unbind(0):
        rates = torch.relu(torch.addmm(now, state, p["recurrent"]))
        state = torch.lerp(state, rates, LEAK)
        states.append(state)
    return torch.stack(states) @ p["output"]


class Scan(torch.autograd.Function):
    """The states of all steps from the drive and the recurrent weights, and back."""

    @staticmethod
    def forward(ctx, drive, recurrent):
        steps, count, units = drive.shape
        states = torch.zeros(steps + 1, count, units)
        rates = torch.empty(steps, count, units)
        for t in range(steps):
            torch.addmm(drive[t], states[t], recurrent, out=rates[t]).relu_()
            torch.lerp(states[t], rates[t], LEAK, out=states[t + 1])
        ctx.save_for_backward(states, rates, recurrent)
        return states[1:]

    @staticmethod
    def backward(ctx, gradient):
        states, rates, recurrent = ctx.saved_tensors
        steps, count, units = rates.shape
        to_drive = torch.empty(steps, count, units)
        to_state = torch.zeros(count, units)
        for t in reversed(range(steps)):
            to_state = to_state + gradient[t]
            torch.mul(to_state, rates[t] > 0, out=to_drive[t]).mul_(LEAK)
            to_state = torch.addmm(to_state, to_drive[t], recurrent.T, beta=1 - LEAK)
        before = states[:-1].reshape(steps * count, units)
        return to_drive, before.T @ to_drive.view(steps * count, units)


def custom(p, inputs):
    """The same with the way back by hand."""
    return Scan.apply(drive(p, inputs), p["recurrent"]) @ p["output"]


def prepare(forward):
    """The exercise with one of the forms above."""

    def prepared(units, steps, count):
        p = {k: torch.tensor(v, requires_grad=True) for k, v in parameters(units).items()}
        inputs, targets = map(torch.tensor, trials(steps, count))
        betas = (MEAN_DECAY, SQUARE_DECAY)
        adam = torch.optim.Adam(p.values(), lr=RATE, betas=betas, eps=EPSILON, fused=True)

        def update():
            error = ((forward(p, inputs) - targets) ** 2).mean()
            adam.zero_grad(set_to_none=True)
            error.backward()
            adam.step()
            return error.item()

        return update

    return prepared


form, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
forms = {"eager": eager, "hoisted": hoisted, "custom": custom}
work(f"PyTorch {torch.__version__.split('+')[0]}", prepare(forms[form]))
