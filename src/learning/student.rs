//! The student: a leaky network that is driven by velocity and learns to be the teacher.
//!
//! From the state u, all zero but for the observed units, which start at the recorded rates,
//!
//! > zₜ = uₜ₋₁ W + b + \[0 ; vₜ w + c\]
//! > rₜ = relu(tanh zₜ)
//! > uₜ = (1 − α) uₜ₋₁ + α rₜ
//!
//! and the error is the mean of (rₜ − recorded rate)² over time, trajectories and observed units.
//! Its gradient is backpropagated through time. The network is that of Y. Liu's *nsi* (2022),
//! [github.com/liuyuezhang/nsi](https://github.com/liuyuezhang/nsi).
//!
//! ```
//! # use std::{pin::pin, task::{Context, Poll, Waker}};
//! # fn wait<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             return it;
//! #         }
//! #     }
//! # }
//! use attractor_lab::learning::{device::Device, student::run, weights::{Shape, Weights}};
//! use ndarray::{arr1, arr2};
//!
//! // One unit that excites itself, α = 1, v = 0: r = tanh(2 × 0.5).
//! let one = arr1(&[0.0]);
//! let weights = Weights::new(
//!     Shape::plain(1, 1.0), arr2(&[[2.0]]).view(), one.view(), one.view(), one.view(),
//! )?;
//! let (start, velocity) = (arr2(&[[0.5]]), arr2(&[[0.0]]));
//! let rates = wait(run(&Device::cpu(), &weights, start.view(), velocity.view()))?;
//! assert!((rates[[0, 0, 0]] - 0.761_594_156).abs() < 1e-6);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::device::{Device, read};
use super::recording::Window;
use super::weights::{Shape, Weights};
use crate::error::{Error, Result};
use burn::tensor::{self, Tensor, TensorData, activation::relu};
use ndarray::{Array3, ArrayView2, Axis};

/// After this many steps a free run is read back: a browser's graphics processor takes any
/// amount of unfinished work without complaint, until there is no memory.
const STEPS_AT_ONCE: usize = 50;

/// Lets the student run freely: from rates `start` `[trajectory, observed]`, under `velocity`
/// `[trajectory, time]` in rad/s, to the rates `[trajectory, time, unit]` after each step.
///
/// # Errors
/// [`Error::Conflict`] when the arrays do not fit, [`Error::Gpu`] when the device stops answering.
pub async fn run(
    device: &Device,
    weights: &Weights,
    start: ArrayView2<'_, f64>,
    velocity: ArrayView2<'_, f64>,
) -> Result<Array3<f64>> {
    let (trajectories, steps) = velocity.dim();
    let Shape { units, observed, .. } = weights.shape();
    if start.dim() != (trajectories, observed) {
        return Err(Error::Conflict {
            why: format!(
                "{trajectories} free runs need a start of {:?}, not {:?}",
                [trajectories, observed],
                start.shape()
            ),
        });
    }
    let mut rates = Array3::zeros((trajectories, steps, units));
    if rates.is_empty() {
        return Ok(rates);
    }
    let on = device.plain();
    let student = Student::new(weights.shape(), parameters(weights, &on));
    let upload = |values: ArrayView2<f64>| {
        let data = values.iter().map(|&value| value as f32).collect();
        tensor(data, [values.nrows(), values.ncols()], &on)
    };
    let mut state = student.start(upload(start));
    let velocity = upload(velocity.t());
    for first in (0..steps).step_by(STEPS_AT_ONCE) {
        let mut taken = Vec::with_capacity(STEPS_AT_ONCE);
        for step in first..steps.min(first + STEPS_AT_ONCE) {
            let (now, next) = student.step(state, at(&velocity, step));
            taken.push(now);
            state = next;
        }
        let values = read(Tensor::stack::<3>(taken, 0)).await?;
        for (step, values) in (first..).zip(values.chunks_exact(trajectories * units)) {
            let mut now = rates.index_axis_mut(Axis(1), step);
            now.iter_mut().zip(values).for_each(|(to, &from)| *to = f64::from(from));
        }
    }
    Ok(rates)
}

/// The error in `window`, and how it changes with each parameter.
///
/// # Errors
/// [`Error::Conflict`] when the window does not fit the student, [`Error::Gpu`] when the device
/// stops answering.
pub async fn error_and_gradient(
    device: &Device,
    weights: &Weights,
    window: &Window,
) -> Result<(f64, Weights)> {
    let (steps, trajectories, neurons) = window.target.dim();
    let fits = neurons == weights.shape().observed
        && window.start.dim() == (trajectories, neurons)
        && window.velocity.dim() == (steps, trajectories)
        && !window.target.is_empty();
    if !fits {
        return Err(Error::Conflict {
            why: format!(
                "a window with start {:?}, velocity {:?} and target {:?} does not fit a student \
                 with {} observed units",
                window.start.shape(),
                window.velocity.shape(),
                window.target.shape(),
                weights.shape().observed
            ),
        });
    }
    #[cfg(feature = "gpu")]
    if let Some(graphics) = device.graphics() {
        return super::gpu::error_and_gradient(graphics, weights, window).await;
    }
    let on = device.plain();
    let (error, gradient) = learn(weights.shape(), parameters(weights, &on), window);
    let error = f64::from(read(error).await?[0]);
    Ok((error, Weights::from_values(weights.shape(), read(gradient).await?)))
}

/// [`error_and_gradient`] on the device, for a window known to fit: the error `[1]` and the
/// gradient `[parameter]`.
pub(super) fn learn(
    shape: Shape,
    parameters: Tensor<1>,
    window: &Window,
) -> (Tensor<1>, Tensor<1>) {
    let on = parameters.device();
    let leaf = parameters.autodiff().require_grad();
    let student = Student::new(shape, leaf.clone());
    let (steps, trajectories, _) = window.target.dim();
    let velocity = tensor(window.velocity.iter().copied().collect(), [steps, trajectories], &on);
    let target =
        tensor(window.target.iter().copied().collect(), [steps, trajectories, shape.observed], &on);
    let start = window.start.iter().copied().collect();
    let mut state = student.start(tensor(start, [trajectories, shape.observed], &on));
    let mut rates = Vec::with_capacity(steps);
    for step in 0..steps {
        let (now, next) = student.step(state, at(&velocity, step));
        rates.push(now.narrow(1, 0, shape.observed));
        state = next;
    }
    let error = (Tensor::stack::<3>(rates, 0) - target).square().mean();
    let mut gradients = error.backward();
    let gradient = leaf.grad_remove(&mut gradients);
    (error.inner(), gradient.expect("every parameter has a part in the error"))
}

/// The parameters of `weights` on a device, `[parameter]`.
pub(super) fn parameters(weights: &Weights, on: &tensor::Device) -> Tensor<1> {
    tensor(weights.values().to_vec(), [weights.values().len()], on)
}

/// Numbers on a device.
pub(super) fn tensor<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    on: &tensor::Device,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), on)
}

/// One step of `velocity` `[time, trajectory]`, standing up: `[trajectory, 1]`.
fn at(velocity: &Tensor<2>, step: usize) -> Tensor<2> {
    let [_, trajectories] = velocity.dims();
    velocity.clone().narrow(0, step, 1).reshape([trajectories, 1])
}

/// The equations on a device.
struct Student {
    shape: Shape,
    /// *W*, `[presynaptic, postsynaptic]`.
    recurrent: Tensor<2>,
    /// `[0 ; w]`, as one row: `[1, unit]`.
    input: Tensor<2>,
    /// `b + [0 ; c]`, as one row: `[1, unit]`.
    bias: Tensor<2>,
}

impl Student {
    /// Cuts the parameters where [`Shape::parts`] says.
    fn new(shape: Shape, parameters: Tensor<1>) -> Self {
        let [recurrent, bias, input, input_bias] =
            shape.parts().map(|(_, range, _)| parameters.clone().slice(range));
        let undriven = shape.units - shape.driven;
        let on_driven = |values: Tensor<1>| {
            let mut row = vec![values];
            if undriven > 0 {
                row.insert(0, Tensor::zeros([undriven], &parameters.device()));
            }
            Tensor::cat(row, 0).reshape([1, shape.units])
        };
        Self {
            shape,
            recurrent: recurrent.reshape([shape.units, shape.units]),
            input: on_driven(input),
            bias: bias.reshape([1, shape.units]) + on_driven(input_bias),
        }
    }

    /// The state u₀ `[trajectory, unit]`: recorded `rates` `[trajectory, observed]`, then zeros.
    fn start(&self, rates: Tensor<2>) -> Tensor<2> {
        let [trajectories, observed] = rates.dims();
        if observed == self.shape.units {
            return rates;
        }
        let hidden = Tensor::zeros([trajectories, self.shape.units - observed], &rates.device());
        Tensor::cat(vec![rates, hidden], 1)
    }

    /// One step from `state` `[trajectory, unit]` under `velocity` `[trajectory, 1]`: the rates
    /// and the next state, both `[trajectory, unit]`.
    fn step(&self, state: Tensor<2>, velocity: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let drive = velocity * self.input.clone() + self.bias.clone();
        let rates = relu((state.clone().matmul(self.recurrent.clone()) + drive).tanh());
        let leak = self.shape.leak;
        (rates.clone(), state * (1.0 - leak) + rates * leak)
    }
}
