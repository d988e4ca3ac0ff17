//! The scan step by step in plain tensors, its gradient by Burn's own automatic differentiation:
//! one tensor operation for each symbol of the equations. The kernels are tested against it.
//!
//! ```
//! use attractor_lab::learning::scan::{Activation, Cell, Form, Readout, reference};
//! use burn::tensor::{Device, Tensor};
//!
//! // One unit that excites itself: r = 2 × 0.5, x = ½ 0.5 + ½ r.
//! let cell = Cell {
//!     units: 1,
//!     inputs: 0,
//!     readout: Readout::Linear { outputs: 1 },
//!     form: Form::Rate,
//!     activation: Activation::Relu,
//! };
//! let on = Device::flex();
//! let matrix = Tensor::from_floats([[2.0, 0.0], [1.0, 0.0]], &on);
//! let [start, leak] = [Tensor::from_floats([[0.5]], &on), Tensor::from_floats([[0.5]], &on)];
//! let nothing = Tensor::zeros([1, 1, 0], &on);
//! let outputs =
//!     reference::scan(&cell, None, matrix, start, nothing, leak.reshape([1]));
//! assert_eq!(outputs.into_data().to_vec::<f32>().unwrap(), [0.5, 0.75]);
//! ```

use super::{Activation, Cell, Form, Noisy, Place, Readout};
use burn::tensor::{Tensor, TensorData, activation};

/// Runs the network from `start` `[trial, unit]` under `inputs` `[step, trial, input]`, with
/// *A* = `matrix` `[row, column]` and the leaks `leak` `[unit]`. What comes out is
/// `[step, trial, output]`: y of *s* = 0 … *S*, or the rates of *s* = 1 … *S*.
///
/// # Panics
/// When the tensors are not of these sizes.
#[must_use]
pub fn scan(
    cell: &Cell,
    noise: Option<Noisy>,
    matrix: Tensor<2>,
    start: Tensor<2>,
    inputs: Tensor<3>,
    leak: Tensor<1>,
) -> Tensor<3> {
    scan_and_squares(cell, noise, matrix, start, inputs, leak).0
}

/// The same, with Σ qₛ² over units, trials and *s* = 0 … *S*.
///
/// # Panics
/// When the tensors are not of these sizes.
#[must_use]
pub fn scan_and_squares(
    cell: &Cell,
    noise: Option<Noisy>,
    matrix: Tensor<2>,
    start: Tensor<2>,
    inputs: Tensor<3>,
    leak: Tensor<1>,
) -> (Tensor<3>, Tensor<1>) {
    let [trials, units] = start.dims();
    let [steps, _, channels] = inputs.dims();
    let on = start.device();
    let f = |z: Tensor<2>| rate(cell.activation, z);
    let leak = leak.reshape([1, units]);
    let keep = leak.clone().neg() + 1.0;

    // [p ; y] = A [q ; u ; 1], for all trials as rows.
    let product = |q: Tensor<2>, u: Option<Tensor<2>>| {
        let mut column = vec![q];
        column.extend(u);
        column.push(Tensor::ones([trials, 1], &on));
        Tensor::cat(column, 1).matmul(matrix.clone().transpose())
    };
    let read = |product: Tensor<2>| product.narrow(1, units, cell.outputs());
    let passed = |x: &Tensor<2>| match cell.form {
        Form::Rate => x.clone(),
        Form::Current => f(x.clone()),
    };
    // ξ or η of a step; the other is zero.
    let kick = |place: Place, step: usize| {
        let mut values = vec![0.0; units * trials];
        if let Some(noise) = noise.filter(|noise| noise.place == place) {
            noise.field.fill(step as u32 + 1, noise.first, trials, &mut values);
            for value in &mut values {
                *value *= noise.size;
            }
        }
        Tensor::<2>::from_data(TensorData::new(values, [units, trials]), &on).transpose()
    };

    let linear = matches!(cell.readout, Readout::Linear { .. });
    let mut outputs = Vec::with_capacity(steps + 1);
    let mut x = start;
    let mut squares = passed(&x).square().sum();
    for step in 0..steps {
        let u =
            (channels > 0).then(|| inputs.clone().narrow(0, step, 1).reshape([trials, channels]));
        let product = product(passed(&x), u);
        let (xi, eta) = (kick(Place::Inside, step), kick(Place::Outside, step));
        let p = product.clone().narrow(1, 0, units) + xi;
        let r = match cell.form {
            Form::Rate => {
                let r = f(p);
                x = keep.clone() * x + leak.clone() * (r.clone() + eta);
                r
            }
            Form::Current => {
                x = keep.clone() * x + leak.clone() * p + eta;
                f(x.clone())
            }
        };
        squares = squares + passed(&x).square().sum();
        outputs.push(if linear { read(product) } else { r.narrow(1, 0, cell.outputs()) });
    }
    if linear {
        let silence = (channels > 0).then(|| Tensor::zeros([trials, channels], &on));
        outputs.push(read(product(passed(&x), silence)));
    }
    (Tensor::stack(outputs, 0), squares)
}

/// f(z).
fn rate(kind: Activation, z: Tensor<2>) -> Tensor<2> {
    match kind {
        Activation::Relu => activation::relu(z),
        Activation::Tanh => z.tanh(),
        Activation::RectifiedTanh => activation::relu(z.tanh()),
        Activation::Sigmoid { slope } => activation::sigmoid(z * slope),
        Activation::Softplus { sharpness } => activation::softplus(z, sharpness),
        Activation::ClippedRelu { ceiling } => activation::relu(z).clamp_max(ceiling),
        Activation::ClippedSoftplus { ceiling } => activation::softplus(z, 1.0).clamp_max(ceiling),
    }
}
