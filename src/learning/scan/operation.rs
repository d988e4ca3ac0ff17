//! The scan as one operation of Burn: one node of its graph, with a backward pass of its own, so
//! that any of Burn's losses, modules and optimisers can be put around it.
//!
//! ```
//! use attractor_lab::learning::scan::{Activation, Cell, Form, Readout, scan};
//! use burn::tensor::{Device, Tensor};
//!
//! // One unit that excites itself, α = ½, and twice its state is read: y₁ = 2 (½ x₀ + ½ w x₀).
//! let cell = Cell {
//!     units: 1,
//!     inputs: 0,
//!     readout: Readout::Linear { outputs: 1 },
//!     form: Form::Rate,
//!     activation: Activation::Relu,
//! };
//! let on = Device::flex().autodiff();
//! let matrix = Tensor::<2>::from_floats([[3.0, 0.0], [2.0, 0.0]], &on).require_grad();
//! let start = Tensor::from_floats([[1.0]], &on);
//! let leak = Tensor::from_floats([0.5], &on);
//! let nothing = Tensor::zeros([1, 1, 0], &on);
//! let outputs = scan(&cell, None, matrix.clone(), start, nothing, leak);
//! let gradients = outputs.narrow(0, 1, 1).sum().backward();
//! let slope = matrix.grad(&gradients).unwrap().into_data();
//! assert_eq!(slope.to_vec::<f32>().unwrap(), [1.0, 1.0, 2.0, 1.0]);
//! ```

use super::{Cell, Noisy};
use burn::backend::autodiff::{
    Autodiff,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Backend, Dispatch, Flex, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// Runs a network, as [`reference::scan`](super::reference::scan) does, in the kernels of the
/// device on which the tensors are.
///
/// # Panics
/// When the tensors are not of the sizes that `cell` says.
#[must_use]
pub fn scan(
    cell: &Cell,
    noise: Option<Noisy>,
    matrix: Tensor<2>,
    start: Tensor<2>,
    inputs: Tensor<3>,
    leak: Tensor<1>,
) -> Tensor<3> {
    let conditions = Conditions { noise, ..Conditions::default() };
    scan_under(cell, conditions, matrix, start, inputs, leak)
}

/// What a scan is run under, beside its numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions {
    /// Noise, and where it enters.
    pub noise: Option<Noisy>,
    /// What activity costs: the gradients are those of a loss that has this times ½ Σ qₛ² more,
    /// over units, trials and *s* = 0 … *S*.
    pub price: f32,
    /// At most so many steps in one go of a device; 0 for what is safe. The CPU knows no such goes.
    pub at_once: usize,
    /// Where software imitates a graphics processor, the kernels for a real one all the same: they
    /// are slower there, but can be tested.
    pub as_hardware: bool,
}

/// [`scan`], under any conditions.
///
/// # Panics
/// As [`scan`].
#[must_use]
pub fn scan_under(
    cell: &Cell,
    conditions: Conditions,
    matrix: Tensor<2>,
    start: Tensor<2>,
    inputs: Tensor<3>,
    leak: Tensor<1>,
) -> Tensor<3> {
    let [trials, units] = start.dims();
    let [_, same, channels] = inputs.dims();
    assert_eq!(matrix.dims(), [cell.rows(), cell.columns()], "the matrix is that of the cell");
    assert_eq!((units, channels, leak.dims()), (cell.units, cell.inputs, [units]), "of the cell");
    assert_eq!(same, trials, "there are inputs for each trial");
    Tensor::from_dispatch(<Dispatch as ScanBackend>::scan(
        matrix.into_dispatch(),
        start.into_dispatch(),
        inputs.into_dispatch(),
        leak.into_dispatch(),
        *cell,
        conditions,
    ))
}

/// A backend of Burn that can scan.
#[backend_extension(Cube: cfg(feature = "gpu"), Flex, Autodiff)]
pub(super) trait ScanBackend: Backend {
    /// See [`scan_under`].
    fn scan(
        matrix: FloatTensor<Self>,
        start: FloatTensor<Self>,
        inputs: FloatTensor<Self>,
        leak: FloatTensor<Self>,
        cell: Cell,
        conditions: Conditions,
    ) -> FloatTensor<Self>;
}

/// What goes into a scan.
#[derive(Clone, Debug)]
pub(super) struct Task<B: Backend> {
    pub(super) cell: Cell,
    pub(super) conditions: Conditions,
    /// `[row, column]`.
    pub(super) matrix: FloatTensor<B>,
    /// `[trial, unit]`.
    pub(super) start: FloatTensor<B>,
    /// `[step, trial, input]`.
    pub(super) inputs: FloatTensor<B>,
    /// `[unit]`.
    pub(super) leak: FloatTensor<B>,
    /// What has a gradient, in the order of the tensors above.
    pub(super) wanted: [bool; 4],
}

/// A backend without a graph, and its two kernels.
pub(super) trait Kernels: Backend {
    /// What the forward kernel leaves for the other.
    type Memory: Clone + Send + std::fmt::Debug + 'static;

    /// What comes out, `[step, trial, output]`.
    fn forward(task: &Task<Self>) -> (FloatTensor<Self>, Self::Memory);

    /// The gradients that are wanted, from that of what came out.
    fn adjoint(
        task: &Task<Self>,
        memory: Self::Memory,
        upstream: FloatTensor<Self>,
    ) -> [Option<FloatTensor<Self>>; 4];
}

/// The one node.
#[derive(Debug)]
struct Node;

impl<B: Kernels> Backward<B, 4> for Node {
    type State = (Task<B>, B::Memory);

    fn backward(self, ops: Ops<Self::State, 4>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let upstream = gradients.consume::<B>(&ops.node);
        let (task, memory) = ops.state;
        let found = B::adjoint(&task, memory, upstream);
        for (parent, gradient) in ops.parents.into_iter().zip(found) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                gradients.register::<B>(parent.id, gradient);
            }
        }
    }
}

impl<B: Kernels, C: CheckpointStrategy> ScanBackend for Autodiff<B, C> {
    fn scan(
        matrix: FloatTensor<Self>,
        start: FloatTensor<Self>,
        inputs: FloatTensor<Self>,
        leak: FloatTensor<Self>,
        cell: Cell,
        conditions: Conditions,
    ) -> FloatTensor<Self> {
        let nodes = [matrix.node(), start.node(), inputs.node(), leak.node()];
        #[allow(clippy::redundant_closure_for_method_calls, reason = "its type has no short name")]
        let wanted = [&matrix, &start, &inputs, &leak].map(|it| it.is_tracked());
        let task = Task {
            cell,
            conditions,
            matrix: matrix.into_primitive(),
            start: start.into_primitive(),
            inputs: inputs.into_primitive(),
            leak: leak.into_primitive(),
            wanted,
        };
        let (outputs, memory) = B::forward(&task);
        match Node.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((task, memory), outputs),
            OpsKind::UnTracked(prepared) => prepared.finish(outputs),
        }
    }
}

/// Where there is no graph, there is nothing to remember.
macro_rules! without_a_graph {
    ($backend:ty) => {
        impl ScanBackend for $backend {
            fn scan(
                matrix: FloatTensor<Self>,
                start: FloatTensor<Self>,
                inputs: FloatTensor<Self>,
                leak: FloatTensor<Self>,
                cell: Cell,
                conditions: Conditions,
            ) -> FloatTensor<Self> {
                let wanted = [false; 4];
                Self::forward(&Task { cell, conditions, matrix, start, inputs, leak, wanted }).0
            }
        }
    };
}
without_a_graph!(Flex);
#[cfg(feature = "gpu")]
without_a_graph!(burn_cubecl::CubeBackend);
