//! The scan on Burn's CPU backend: the batch in shards through the CPU's kernels.
//!
//! What those kernels leave out, the gradient of the inputs, comes from the
//! plain form, [`super::reference`], which is slower.

#![allow(clippy::default_trait_access, reason = "the backend's device, whatever it is called")]

use super::operation::{Kernels, Task};
use super::{Drive, MOST_TRIALS, Matrix, Noisy, Readout, Scan, reference};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Device, Tensor, TensorData};

/// What is needed to go back.
#[derive(Clone, Debug)]
pub(super) enum Memory {
    Fast(Shards),
    Slow(Box<Graph>),
}

impl Kernels for Flex {
    type Memory = Memory;

    fn forward(task: &Task<Self>) -> (FloatTensor<Self>, Memory) {
        let [_, _, by_inputs, _] = task.wanted;
        if by_inputs {
            let (outputs, graph) = Graph::forward(task);
            (outputs, Memory::Slow(Box::new(graph)))
        } else {
            let (outputs, shards) = Shards::forward(task);
            (outputs, Memory::Fast(shards))
        }
    }

    fn adjoint(
        task: &Task<Self>,
        memory: Memory,
        upstream: FloatTensor<Self>,
    ) -> [Option<FloatTensor<Self>>; 4] {
        match memory {
            Memory::Fast(shards) => shards.adjoint(task, &numbers(&upstream)),
            Memory::Slow(graph) => graph.adjoint(&upstream),
        }
    }
}

/// The numbers of a tensor, in order.
fn numbers(tensor: &FloatTensor<Flex>) -> Vec<f32> {
    tensor.to_contiguous().storage::<f32>().to_vec()
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FloatTensor<Flex> {
    Flex::float_from_data(TensorData::new(values, shape), &Default::default())
}

/// The kernels' way: at most [`MOST_TRIALS`] trials each, summed in their order.
#[derive(Clone, Debug)]
pub(super) struct Shards {
    matrix: Matrix,
    leak: Vec<f32>,
    parts: Vec<Shard>,
}

/// Some of the trials.
#[derive(Clone, Debug)]
struct Shard {
    scan: Scan,
    /// x₀, `[unit][lane]`.
    start: Vec<f32>,
    /// `[step][input][lane]`.
    inputs: Vec<f32>,
    noise: Option<Noisy>,
}

impl Shard {
    /// The scan, and what drives it.
    fn parts<'a>(&'a mut self, leak: &'a [f32]) -> (&'a mut Scan, Drive<'a>) {
        let Self { scan, start, inputs, noise } = self;
        (scan, Drive { leak, start, inputs, noise: *noise })
    }
}

impl Shards {
    fn forward(task: &Task<Flex>) -> (FloatTensor<Flex>, Self) {
        let cell = task.cell;
        let (trials, steps) = (task.start.shape()[0], task.inputs.shape()[0]);
        let (start, inputs) = (numbers(&task.start), numbers(&task.inputs));
        let mut matrix = Matrix::new(cell);
        matrix.pack(&numbers(&task.matrix));
        let leak = numbers(&task.leak);
        let (first, channels) = (first_step(task), cell.outputs());
        let mut outputs = vec![0.0; (steps + 1 - first) * trials * channels];
        let mut shards = Vec::new();
        for trial in (0..trials).step_by(MOST_TRIALS) {
            let mut scan = Scan::new(cell, MOST_TRIALS.min(trials - trial), steps);
            if task.wanted[3] || task.conditions.price != 0.0 {
                scan = scan.keeping_states();
            }
            let (lanes, width) = (scan.trials(), scan.width());
            let sizes = (trials, lanes, width);
            let start = into_lanes(&start[trial * cell.units..], 1, sizes, cell.units);
            let inputs = into_lanes(
                inputs.get(trial * cell.inputs..).unwrap_or(&[]),
                steps,
                sizes,
                cell.inputs,
            );
            let noise = (task.conditions.noise)
                .map(|noise| Noisy { first: noise.first + trial as u32, ..noise });
            let mut shard = Shard { scan, start, inputs, noise };
            let (scan, drive) = shard.parts(&leak);
            scan.forward(&matrix, &drive);
            for step in first..=steps {
                let to = ((step - first) * trials + trial) * channels;
                out_of_lanes(scan.output(step), &mut outputs[to..], lanes, width, channels);
            }
            shards.push(shard);
        }
        let shape = [steps + 1 - first, trials, channels];
        (tensor(outputs, shape), Self { matrix, leak, parts: shards })
    }

    fn adjoint(mut self, task: &Task<Flex>, upstream: &[f32]) -> [Option<FloatTensor<Flex>>; 4] {
        let cell = task.cell;
        let trials = task.start.shape()[0];
        let (first, channels) = (first_step(task), cell.outputs());
        let mut by_matrix = vec![0.0; cell.rows() * cell.columns()];
        let mut by_start = vec![0.0; trials * cell.units];
        let mut by_leak = vec![0.0; cell.units];
        let mut trial = 0;
        for shard in &mut self.parts {
            let (scan, drive) = shard.parts(&self.leak);
            let (lanes, width, steps) = (scan.trials(), scan.width(), scan.steps());
            for step in first..=steps {
                let from = ((step - first) * trials + trial) * channels;
                let own = into_lanes(&upstream[from..], 1, (trials, lanes, width), channels);
                scan.upstream_mut(step).copy_from_slice(&own);
            }
            scan.backward(&self.matrix, &drive, task.conditions.price, &mut by_matrix);
            if task.wanted[3] {
                scan.add_leak_gradient(&mut by_leak);
            }
            let to = &mut by_start[trial * cell.units..];
            out_of_lanes(scan.start_gradient(), to, lanes, width, cell.units);
            trial += lanes;
        }
        [
            task.wanted[0].then(|| tensor(by_matrix, [cell.rows(), cell.columns()])),
            task.wanted[1].then(|| tensor(by_start, [trials, cell.units])),
            None,
            task.wanted[3].then(|| tensor(by_leak, [cell.units])),
        ]
    }
}

/// The first step of which something comes out.
fn first_step(task: &Task<Flex>) -> usize {
    usize::from(matches!(task.cell.readout, Readout::Rates { .. }))
}

/// `[step, trial, channel]`, of which the first `lanes` trials are taken, becomes
/// `[step][channel][lane]`.
fn into_lanes(
    from: &[f32],
    steps: usize,
    (trials, lanes, width): (usize, usize, usize),
    channels: usize,
) -> Vec<f32> {
    let mut to = vec![0.0; steps * channels * width];
    for step in 0..steps {
        for lane in 0..lanes {
            for channel in 0..channels {
                let place = (step * channels + channel) * width + lane;
                to[place] = from[(step * trials + lane) * channels + channel];
            }
        }
    }
    to
}

/// `[channel][lane]` becomes `[trial, channel]`.
fn out_of_lanes(from: &[f32], to: &mut [f32], lanes: usize, width: usize, channels: usize) {
    for lane in 0..lanes {
        for channel in 0..channels {
            to[lane * channels + channel] = from[channel * width + lane];
        }
    }
}

/// The reference's way: the task once more, with a graph of its own.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    matrix: Tensor<2>,
    start: Tensor<2>,
    inputs: Tensor<3>,
    leak: Tensor<1>,
    outputs: Tensor<3>,
    /// Price · ½ Σ q², if there is one.
    costs: Option<Tensor<1>>,
}

impl Graph {
    fn forward(task: &Task<Flex>) -> (FloatTensor<Flex>, Self) {
        let [by_matrix, by_start, by_inputs, by_leak] = task.wanted;
        let matrix = leaf::<2>(&task.matrix, by_matrix);
        let start = leaf::<2>(&task.start, by_start);
        let inputs = leaf::<3>(&task.inputs, by_inputs);
        let leak = leaf::<1>(&task.leak, by_leak);
        let (outputs, squares) = reference::scan_and_squares(
            &task.cell,
            task.conditions.noise,
            matrix.clone(),
            start.clone(),
            inputs.clone(),
            leak.clone(),
        );
        let price = task.conditions.price;
        let costs = (price != 0.0).then(|| squares * (price / 2.0));
        (primitive(outputs.clone().inner()), Self { matrix, start, inputs, leak, outputs, costs })
    }

    fn adjoint(self, upstream: &FloatTensor<Flex>) -> [Option<FloatTensor<Flex>>; 4] {
        let Self { matrix, start, inputs, leak, outputs, costs } = self;
        let loss = (outputs * leaf(upstream, false)).sum();
        let mut gradients = costs.map_or(loss.clone(), |costs| loss + costs).backward();
        [
            matrix.grad_remove(&mut gradients).map(primitive),
            start.grad_remove(&mut gradients).map(primitive),
            inputs.grad_remove(&mut gradients).map(primitive),
            leak.grad_remove(&mut gradients).map(primitive),
        ]
    }
}

/// The same tensor, as a leaf of another graph.
fn leaf<const D: usize>(tensor: &FloatTensor<Flex>, wanted: bool) -> Tensor<D> {
    let data = TensorData::new(numbers(tensor), tensor.shape());
    Tensor::from_data(data, &Device::flex().autodiff()).set_require_grad(wanted)
}

fn primitive<const D: usize>(tensor: Tensor<D>) -> FloatTensor<Flex> {
    Flex::float_from_data(tensor.into_data(), &Default::default())
}
