//! The kernels against the reference: outputs and every gradient, for whatever a scan can be.

use super::{
    Activation, Cell, Form, Noise, Noisy, Place, Readout, reference, scan, scan_in_slices,
};
use crate::rng::Rng;
use burn::tensor::{Device, Tensor, TensorData};

const ACTIVATIONS: [Activation; 7] = [
    Activation::Relu,
    Activation::Tanh,
    Activation::RectifiedTanh,
    Activation::Sigmoid { slope: 7.5 },
    Activation::Softplus { sharpness: 5.0 },
    Activation::ClippedRelu { ceiling: 0.6 },
    Activation::ClippedSoftplus { ceiling: 0.9 },
];
const FORMS: [Form; 2] = [Form::Rate, Form::Current];

/// A network, a batch, and a loss: Σ weight · output.
#[derive(Clone, Debug)]
struct Example {
    cell: Cell,
    noise: Option<Noisy>,
    trials: usize,
    steps: usize,
}

/// What comes of an example: the outputs, and the gradients of matrix, start, inputs and leak.
type Found = [Vec<f32>; 5];

/// Who computes it.
#[derive(Clone, Copy, Debug)]
enum By {
    Reference,
    /// Slices of so many steps.
    Kernels(usize),
    /// Without the gradient of the inputs.
    FewerKernels,
}

impl Example {
    fn found(&self, on: &Device, by: By) -> Found {
        let Self { cell, noise, trials, steps } = *self;
        let on = on.clone().autodiff();
        let rng = Rng::stream(3, "scan example");
        let draw = |lane, count: usize, scale: f64, middle: f64| -> Vec<f32> {
            let mut rng = rng.lane(lane);
            (0..count).map(|_| (middle + scale * rng.normal()) as f32).collect()
        };
        let scale = 1.0 / (cell.columns() as f64).sqrt();
        let (rows, columns) = (cell.rows(), cell.columns());
        let matrix = TensorData::new(draw(0, rows * columns, scale, 0.0), [rows, columns]);
        let start = TensorData::new(draw(1, trials * cell.units, 0.5, 0.2), [trials, cell.units]);
        let inputs = draw(2, steps * trials * cell.inputs, 1.0, 0.0);
        let inputs = TensorData::new(inputs, [steps, trials, cell.inputs]);
        let leak = draw(3, cell.units, 0.1, 0.5).iter().map(|a| a.clamp(0.05, 1.0)).collect();
        let leak = TensorData::new(leak, [cell.units]);

        let few = matches!(by, By::FewerKernels);
        let matrix = Tensor::<2>::from_data(matrix, &on).require_grad();
        let start = Tensor::<2>::from_data(start, &on).require_grad();
        let inputs = Tensor::<3>::from_data(inputs, &on).set_require_grad(!few);
        let leak = Tensor::<1>::from_data(leak, &on).require_grad();
        let (m, s, u, l) = (matrix.clone(), start.clone(), inputs.clone(), leak.clone());
        let outputs = match by {
            By::Reference => reference::scan(&cell, noise, m, s, u, l),
            By::Kernels(at_once) => scan_in_slices(&cell, noise, m, s, u, l, at_once),
            By::FewerKernels => scan(&cell, noise, m, s, u, l),
        };
        let weights = draw(4, outputs.shape().num_elements(), 1.0, 0.0);
        let weights = Tensor::<3>::from_data(TensorData::new(weights, outputs.shape()), &on);
        let mut gradients = (outputs.clone() * weights).sum().backward();
        [
            numbers(outputs.inner().into_data()),
            slope(matrix.grad_remove(&mut gradients), &matrix),
            slope(start.grad_remove(&mut gradients), &start),
            slope(inputs.grad_remove(&mut gradients), &inputs),
            slope(leak.grad_remove(&mut gradients), &leak),
        ]
    }
}

fn numbers(data: TensorData) -> Vec<f32> {
    data.try_into_vec::<f32>().expect("single precision")
}

/// What has no part in the outputs has a gradient of zero.
fn slope<const D: usize>(found: Option<Tensor<D>>, of: &Tensor<D>) -> Vec<f32> {
    found.map_or_else(|| vec![0.0; of.shape().num_elements()], |it| numbers(it.into_data()))
}

/// How far two findings are apart in each kind of number, as parts of the largest.
fn apart(found: &Found, expected: &Found) -> [f32; 5] {
    std::array::from_fn(|kind| {
        let (found, expected) = (&found[kind], &expected[kind]);
        assert_eq!(found.len(), expected.len());
        let largest = expected.iter().fold(f32::MIN_POSITIVE, |max, x| max.max(x.abs()));
        let mut most = 0.0_f32;
        for (found, expected) in found.iter().zip(expected) {
            let off = (found - expected).abs() / largest;
            // f32::max would forget a NaN.
            most = if off > most || off.is_nan() { off } else { most };
        }
        most
    })
}

fn within(apart: [f32; 5], tolerance: f32) -> bool {
    apart.iter().all(|&apart| apart <= tolerance)
}

fn readouts(units: usize) -> [Readout; 2] {
    [Readout::Linear { outputs: 2 }, Readout::Rates { observed: units.div_ceil(2) }]
}

fn noisy(place: Place) -> Noisy {
    let field = Noise::new(&Rng::stream(5, "noise"), 3);
    Noisy { field, first: 2, size: 0.1, place }
}

/// Every activation, form, readout and place of noise.
fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for activation in ACTIVATIONS {
        for form in FORMS {
            for readout in readouts(7) {
                for noise in [None, Some(noisy(Place::Inside)), Some(noisy(Place::Outside))] {
                    let cell = Cell { units: 7, inputs: 2, readout, form, activation };
                    examples.push(Example { cell, noise, trials: 5, steps: 6 });
                }
            }
        }
    }
    examples
}

#[test]
fn the_operation_on_the_cpu_is_the_reference_in_outputs_and_gradients() {
    let on = Device::flex();
    for example in examples() {
        let mut expected = example.found(&on, By::Reference);
        for by in [By::Kernels(0), By::FewerKernels] {
            let found = example.found(&on, by);
            if matches!(by, By::FewerKernels) {
                expected[3].fill(0.0);
            }
            let apart = apart(&found, &expected);
            assert!(within(apart, 1e-5), "{example:?}, {by:?}: {apart:?}");
        }
    }
}

#[test]
fn trials_of_several_shards_keep_their_order() {
    let cell = Cell {
        units: 9,
        inputs: 1,
        readout: Readout::Linear { outputs: 3 },
        form: Form::Rate,
        activation: Activation::Tanh,
    };
    let example = Example { cell, noise: None, trials: 35, steps: 4 };
    let on = Device::flex();
    let mut expected = example.found(&on, By::Reference);
    expected[3].fill(0.0);
    assert!(within(apart(&example.found(&on, By::FewerKernels), &expected), 1e-5));
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::{ACTIVATIONS, By, Example, FORMS, apart, examples, noisy, readouts, within};
    use crate::learning::device::graphics_for_tests;
    use crate::learning::scan::{Activation, Cell, Form, Place, Readout};
    use burn::tensor::Device;
    use proptest::prelude::*;

    fn graphics() -> Device {
        graphics_for_tests().plain()
    }

    /// Rounding differs: other orders of sums, other exponentials.
    const TOLERANCE: f32 = 2e-5;

    fn check(example: &Example, at_once: usize) {
        let expected = example.found(&Device::flex(), By::Reference);
        let found = example.found(&graphics(), By::Kernels(at_once));
        let apart = apart(&found, &expected);
        assert!(within(apart, TOLERANCE), "{example:?}, slices of {at_once}: {apart:?}");
    }

    #[test]
    fn every_activation_form_readout_and_noise_is_that_of_the_cpu() {
        // Each kind of kernel is compiled anew, which takes seconds: each choice is seen with two
        // of every other, and not with all.
        for (k, example) in examples().into_iter().enumerate() {
            if (k + k / 12) % 6 == 0 {
                check(&example, 0);
            }
        }
    }

    #[test]
    fn sizes_need_be_multiples_of_nothing() {
        for units in [1, 31, 33, 70, 100, 257] {
            for (trials, steps) in [(1, 1), (9, 3)] {
                let cell = Cell {
                    units,
                    inputs: 3,
                    readout: Readout::Linear { outputs: 2 },
                    form: Form::Rate,
                    activation: Activation::Tanh,
                };
                check(&Example { cell, noise: None, trials, steps }, 0);
            }
        }
    }

    #[test]
    fn nothing_is_lost_between_slices_and_nothing_changes() {
        for form in FORMS {
            for readout in readouts(10) {
                let activation = Activation::RectifiedTanh;
                let cell = Cell { units: 10, inputs: 0, readout, form, activation };
                let example =
                    Example { cell, noise: Some(noisy(Place::Outside)), trials: 3, steps: 7 };
                let whole = example.found(&graphics(), By::Kernels(0));
                for at_once in [1, 3, 7, 8] {
                    check(&example, at_once);
                    let cut = example.found(&graphics(), By::Kernels(at_once));
                    assert_eq!(cut[0], whole[0], "outputs in slices of {at_once}");
                }
            }
        }
    }

    #[test]
    fn the_same_run_gives_the_same_bits() {
        let cell = Cell {
            units: 70,
            inputs: 2,
            readout: Readout::Rates { observed: 33 },
            form: Form::Current,
            activation: Activation::Softplus { sharpness: 2.0 },
        };
        let example = Example { cell, noise: Some(noisy(Place::Outside)), trials: 40, steps: 30 };
        let found = || example.found(&graphics(), By::Kernels(0));
        assert_eq!(found(), found());
    }

    proptest! {
        // Each case compiles five kernels.
        #![proptest_config(ProptestConfig {
            cases: 12,
            max_shrink_iters: 0,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_network_of_any_size(
            units in 1_usize..90,
            inputs in 0_usize..4,
            seen in 1_usize..90,
            linear: bool,
            current: bool,
            which in 0_usize..7,
            trials in 1_usize..20,
            steps in 1_usize..9,
            at_once in 0_usize..9,
        ) {
            let readout = if linear {
                Readout::Linear { outputs: seen }
            } else {
                Readout::Rates { observed: seen.min(units) }
            };
            let form = if current { Form::Current } else { Form::Rate };
            let cell = Cell { units, inputs, readout, form, activation: ACTIVATIONS[which] };
            check(&Example { cell, noise: None, trials, steps }, at_once);
        }
    }
}
