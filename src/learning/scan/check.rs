//! Does a device scan as the equations say? Outputs and all gradients, for whatever a scan can be,
//! beside those of the plain form on the CPU, see [`reference`].
//!
//! Tests of the CPU's and of the graphics processor's kernels ask this, natively and in a browser.

use super::{
    Activation, Cell, Conditions, Form, Noise, Noisy, Place, Readout, reference, scan_under,
};
use crate::error::Result;
use crate::learning::device::{Device, read};
use crate::rng::Rng;
use burn::tensor::{self, Tensor, TensorData};

/// How far two devices may be apart, as a part of the largest number of its kind: sums in other
/// orders, and other exponentials.
pub const TOLERANCE: f32 = 2e-5;

/// Every activation.
pub(crate) const ACTIVATIONS: [Activation; 7] = [
    Activation::Relu,
    Activation::Tanh,
    Activation::RectifiedTanh,
    Activation::Sigmoid { slope: 7.5 },
    Activation::Softplus { sharpness: 5.0 },
    Activation::ClippedRelu { ceiling: 0.6 },
    Activation::ClippedSoftplus { ceiling: 0.9 },
];
pub(crate) const FORMS: [Form; 2] = [Form::Rate, Form::Current];

/// A network, a batch, and a loss: Σ weight · output, and what activity costs.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    pub(crate) cell: Cell,
    pub(crate) conditions: Conditions,
    pub(crate) wiring: Wiring,
    pub(crate) trials: usize,
    pub(crate) steps: usize,
}

/// What the matrix is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wiring {
    /// Itself.
    Free,
    /// A = mask ∘ sign ∘ |θ|: connections that there are not, and units that only excite or only
    /// inhibit (Dale), by ordinary operations around the scan.
    Dale,
}

/// What comes of an example: the outputs, and the gradients of matrix, start, inputs and leak.
pub(crate) type Found = [Vec<f32>; 5];

/// Who computes it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Reference,
    Kernels,
    /// Without the gradient of the inputs.
    #[cfg(test)]
    FewerKernels,
}

/// Every activation, form, readout and place of noise, seven units; then prices and wirings; then
/// sizes that are multiples of nothing, in one go and in several. The first with the kernels for
/// hardware, the others with both kinds.
#[must_use]
pub fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    let mut both = Vec::new();
    for activation in ACTIVATIONS {
        for form in FORMS {
            for readout in readouts(7) {
                for noise in [None, Some(noisy(Place::Inside)), Some(noisy(Place::Outside))] {
                    let cell = Cell { units: 7, inputs: 2, readout, form, activation };
                    let conditions =
                        Conditions { noise, as_hardware: true, ..Conditions::default() };
                    examples.push(Example::new(cell, conditions, 5, 6));
                }
            }
        }
    }
    let activation = Activation::Tanh;
    for form in FORMS {
        for readout in readouts(6) {
            let cell = Cell { units: 6, inputs: 1, readout, form, activation };
            let conditions = Conditions { price: 0.7, at_once: 3, ..Conditions::default() };
            let example = Example::new(cell, conditions, 5, 7);
            both.push(example);
            both.push(Example { wiring: Wiring::Dale, ..example });
        }
    }
    for (units, trials, steps, at_once) in
        [(1, 1, 1, 0), (31, 9, 3, 1), (33, 3, 5, 2), (70, 17, 4, 5), (100, 9, 3, 0), (257, 4, 2, 0)]
    {
        let [readout, _] = readouts(units);
        let cell = Cell { units, inputs: 3, readout, form: Form::Rate, activation };
        let conditions = Conditions { at_once, ..Conditions::default() };
        both.push(Example::new(cell, conditions, trials, steps));
    }
    for example in both {
        let conditions = Conditions { as_hardware: true, ..example.conditions };
        examples.extend([example, Example { conditions, ..example }]);
    }
    examples
}

/// Both readouts of so many units.
pub(crate) fn readouts(units: usize) -> [Readout; 2] {
    [Readout::Linear { outputs: 2 }, Readout::Rates { observed: units.div_ceil(2) }]
}

pub(crate) fn noisy(place: Place) -> Noisy {
    let field = Noise::new(&Rng::stream(5, "noise"), 3);
    Noisy { field, first: 2, size: 0.1, place }
}

impl Example {
    pub(crate) fn new(cell: Cell, conditions: Conditions, trials: usize, steps: usize) -> Self {
        Self { cell, conditions, wiring: Wiring::Free, trials, steps }
    }

    /// How far `device` is from the plain form on the CPU: the largest difference of any kind of
    /// number, as a part of the largest of its kind. Not a number where one is not.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) when the device does not answer.
    pub async fn apart(&self, device: &Device) -> Result<f32> {
        let expected = self.found(&Device::cpu().plain(), By::Reference).await?;
        let found = self.found(&device.plain(), By::Kernels).await?;
        Ok(apart(&found, &expected))
    }

    pub(crate) async fn found(&self, on: &tensor::Device, by: By) -> Result<Found> {
        let Self { cell, conditions, wiring, trials, steps } = *self;
        let on = on.clone().autodiff();
        let rng = Rng::stream(3, "scan example");
        let draw = |lane, count: usize, scale: f64, middle: f64| -> Vec<f32> {
            let mut rng = rng.lane(lane);
            (0..count).map(|_| (middle + scale * rng.normal()) as f32).collect()
        };
        let scale = 1.0 / (cell.columns() as f64).sqrt();
        let size = [cell.rows(), cell.columns()];
        let matrix = TensorData::new(draw(0, size[0] * size[1], scale, 0.0), size);
        let start = TensorData::new(draw(1, trials * cell.units, 0.5, 0.2), [trials, cell.units]);
        let inputs = draw(2, steps * trials * cell.inputs, 1.0, 0.0);
        let inputs = TensorData::new(inputs, [steps, trials, cell.inputs]);
        let leak = draw(3, cell.units, 0.1, 0.5).iter().map(|a| a.clamp(0.05, 1.0)).collect();
        let leak = TensorData::new(leak, [cell.units]);

        let few = !matches!(by, By::Reference | By::Kernels);
        let matrix = Tensor::<2>::from_data(matrix, &on).require_grad();
        let start = Tensor::<2>::from_data(start, &on).require_grad();
        let inputs = Tensor::<3>::from_data(inputs, &on).set_require_grad(!few);
        let leak = Tensor::<1>::from_data(leak, &on).require_grad();
        let wired = match wiring {
            Wiring::Free => matrix.clone(),
            Wiring::Dale => {
                // Every third unit inhibits, every fifth connection is not there.
                let sign = |place: usize| match place % size[1] % 3 {
                    _ if place % 5 == 4 => 0.0,
                    2 => -1.0,
                    _ => 1.0,
                };
                let signs: Vec<f32> = (0..size[0] * size[1]).map(sign).collect();
                matrix.clone().abs() * Tensor::from_data(TensorData::new(signs, size), &on)
            }
        };
        let (s, u, l) = (start.clone(), inputs.clone(), leak.clone());
        let (outputs, costs) = if matches!(by, By::Reference) {
            let (outputs, squares) =
                reference::scan_and_squares(&cell, conditions.noise, wired, s, u, l);
            (outputs, Some(squares * (conditions.price / 2.0)))
        } else {
            (scan_under(&cell, conditions, wired, s, u, l), None)
        };
        let weights = draw(4, outputs.shape().num_elements(), 1.0, 0.0);
        let weights = Tensor::<3>::from_data(TensorData::new(weights, outputs.shape()), &on);
        let mut loss = (outputs.clone() * weights).sum();
        if let Some(costs) = costs {
            loss = loss + costs;
        }
        let mut gradients = loss.backward();
        Ok([
            read(outputs.inner()).await?,
            slope(matrix.grad_remove(&mut gradients), &matrix).await?,
            slope(start.grad_remove(&mut gradients), &start).await?,
            slope(inputs.grad_remove(&mut gradients), &inputs).await?,
            slope(leak.grad_remove(&mut gradients), &leak).await?,
        ])
    }
}

/// What has no part in the outputs has a gradient of zero.
async fn slope<const D: usize>(found: Option<Tensor<D>>, of: &Tensor<D>) -> Result<Vec<f32>> {
    match found {
        Some(found) => read(found).await,
        None => Ok(vec![0.0; of.shape().num_elements()]),
    }
}

/// How far two findings are apart, as a part of the largest number of its kind.
pub(crate) fn apart(found: &Found, expected: &Found) -> f32 {
    let mut most = 0.0_f32;
    for (found, expected) in found.iter().zip(expected) {
        if found.len() != expected.len() {
            return f32::INFINITY;
        }
        let largest = expected.iter().fold(f32::MIN_POSITIVE, |max, x| max.max(x.abs()));
        for (found, expected) in found.iter().zip(expected) {
            let off = (found - expected).abs() / largest;
            // f32::max would forget a NaN.
            most = if off > most || off.is_nan() { off } else { most };
        }
    }
    most
}
