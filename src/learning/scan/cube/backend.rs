//! The kernels as Burn's backend calls them: buffers in, buffers out, nothing waits.

use super::{Plan, Purpose};
use crate::learning::scan::operation::{Kernels, Task};
use crate::learning::scan::{Cell, Conditions, Readout};
use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};

/// What the forward kernel leaves for the adjoint.
#[derive(Clone, Debug)]
pub(in crate::learning::scan) struct Memory {
    weights: CubeTensor,
    passed: CubeTensor,
    rates: CubeTensor,
}

/// The plan of a task; whoever asks for more than the device has is told so.
fn plan(task: &Task<CubeBackend>) -> Plan {
    let (trials, steps) = (task.start.shape()[0], task.inputs.shape()[0]);
    let Conditions { noise, price, at_once, as_hardware } = task.conditions;
    let leaks = task.wanted[3];
    let purpose = Purpose { leaks, price, at_once, as_hardware, ..Purpose::default() };
    Plan::new(&task.start.device, &task.cell, noise, trials, steps, purpose)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// As a buffer, which may not be empty.
fn buffer(tensor: &CubeTensor, plan: &Plan) -> CubeTensor {
    if tensor.shape().num_elements() == 0 { plan.room(1) } else { into_contiguous(tensor.clone()) }
}

impl Kernels for CubeBackend {
    type Memory = Memory;

    fn forward(task: &Task<Self>) -> (FloatTensor<Self>, Memory) {
        let plan = plan(task);
        // Two of them: WebGPU binds no buffer twice.
        let (nothing, no_rows) = (plan.upload_indices(&[0]), plan.upload_indices(&[0]));
        let [weights, state] = [plan.weights(), plan.state()].map(|count| plan.room(count));
        let [passed, rates] = [plan.history(), plan.rates()].map(|count| plan.room(count));
        let Cell { units, readout, .. } = task.cell;
        let outputs = plan.shaped(match readout {
            Readout::Linear { outputs } => [plan.steps + 1, plan.trials, outputs],
            Readout::Rates { observed } => [plan.steps, plan.trials, observed],
        });
        let [matrix, start, inputs, leak] =
            [&task.matrix, &task.start, &task.inputs, &task.leak].map(|it| buffer(it, &plan));
        plan.prepare(&matrix, &nothing, &leak, &start, units, &no_rows, &weights, &state);
        plan.forward(&weights, &inputs, &nothing, &state, &passed, &rates, &outputs);
        (outputs, Memory { weights, passed, rates })
    }

    fn adjoint(
        task: &Task<Self>,
        memory: Memory,
        upstream: FloatTensor<Self>,
    ) -> [Option<FloatTensor<Self>>; 4] {
        let plan = plan(task);
        let Memory { weights, passed, rates } = memory;
        let Cell { units, inputs: channels, .. } = task.cell;
        let (rows, columns) = (task.cell.rows(), task.cell.columns());
        let (trials, steps, padded) = (plan.trials, plan.steps, plan.padded());
        let nothing = plan.upload_indices(&[0]);
        let given = buffer(&upstream, &plan);
        let [deltas, carry] = [plan.deltas(), plan.carry()].map(|count| plan.room(count));
        plan.adjoint(&weights, &passed, &rates, &given, &nothing, &deltas, &carry);

        let [by_matrix, by_start, by_inputs, by_leak] = task.wanted;
        // Some of the carry, as a matrix.
        let part = |from: usize, [rows, columns]: [usize; 2]| {
            let whole = from..from + rows * columns;
            let part = Self::float_slice(carry.clone(), &[whole.into()]);
            Self::float_reshape(part, Shape::from(vec![rows, columns]))
        };
        [
            by_matrix.then(|| {
                let (sums, unused) = (plan.room(plan.sums()), plan.room(1));
                let gradient = plan.shaped([rows, columns]);
                plan.products(&deltas, &passed, &sums);
                plan.collect(&sums, &nothing, &unused, &gradient, &plan.room(1));
                gradient
            }),
            by_start.then(|| {
                let slopes = part(0, [units, padded]);
                let slopes = Self::float_slice(slopes, &[(0..units).into(), (0..trials).into()]);
                Self::float_transpose(slopes)
            }),
            by_inputs.then(|| {
                // ∂L/∂u = Wᵢᵀ δ.
                let shape = Shape::from(vec![rows, (steps + 1) * padded]);
                let errors = Self::float_reshape(deltas.clone(), shape);
                let weights = [(0..rows).into(), (units..units + channels).into()];
                let weights = Self::float_slice(task.matrix.clone(), &weights);
                let slopes = Self::float_matmul(Self::float_transpose(weights), errors);
                let slopes =
                    Self::float_reshape(slopes, Shape::from(vec![channels, steps + 1, padded]));
                let there = [(0..channels).into(), (0..steps).into(), (0..trials).into()];
                Self::float_permute(Self::float_slice(slopes, &there), &[1, 2, 0])
            }),
            by_leak.then(|| {
                let tiles = plan.tiles();
                let by_tile = part(2 * plan.state(), [tiles, 4 * units]);
                let four = Self::float_reshape(
                    Self::float_sum_dim(by_tile, 0),
                    Shape::from(vec![units, 4]),
                );
                Self::float_reshape(Self::float_sum_dim(four, 1), Shape::from(vec![units]))
            }),
        ]
    }
}
