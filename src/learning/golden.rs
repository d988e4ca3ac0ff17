//! Is this device right? Numbers from an independent implementation, asked of any device.
//!
//! Six units, three of them observed, three driven, four steps, two trajectories; every parameter
//! follows from a sine, so that nothing has to be loaded. The expected numbers come from a
//! separate program in double precision whose analytic gradient agrees with finite differences
//! to 3 × 10⁻¹¹.
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
//! use attractor_lab::learning::{device::Device, golden};
//!
//! let report = wait(golden::check(&Device::cpu()))?;
//! assert!(report.max_error < golden::TOLERANCE, "{report:?}");
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::device::{Device, read};
use super::imitation;
use super::optimiser::{Adam, Descent};
use super::recording::Window;
use super::student::{error_and_gradient, learn, parameters, run};
use super::weights::{Shape, Weights};
use crate::error::Result;
use ndarray::{Array1, Array2, Array3, arr1, arr2, s};

/// How exact single precision has to be here; the numbers compared are below one.
pub const TOLERANCE: f64 = 1e-5;

/// The mean squared error before any learning.
const ERROR: f64 = 0.174_965_551_11;
/// How it changes with the weights from unit 0.
const FROM_UNIT_0: [f64; 6] = [
    -0.082_854_788_7,
    -0.056_522_256_8,
    -0.087_682_122_6,
    0.010_592_448_1,
    0.002_487_202_4,
    -0.008_861_408_2,
];
/// How it changes with the weights from unit 4.
const FROM_UNIT_4: [f64; 6] = [
    -0.003_915_701_2,
    -0.008_811_041_1,
    -0.004_342_378_9,
    0.000_896_721_7,
    0.000_176_316,
    -0.000_720_835_3,
];
/// How it changes with the biases; the last three are also those of the inputs.
const BIAS: [f64; 6] = [
    -0.206_116_130_9,
    -0.147_985_420_2,
    -0.235_202_429_3,
    0.035_152_717_5,
    0.004_035_493_8,
    -0.029_492_353_1,
];
/// How it changes with the input weights.
const INPUT: [f64; 3] = [0.026_474_743_9, -0.001_813_384_1, -0.020_457_551_4];
/// Rates after the last step, trajectory by trajectory.
const LAST_RATES: [f64; 12] = [
    0.332_776_985_6,
    0.292_869_387_4,
    0.147_401_399_6,
    0.017_756_795_1,
    0.0,
    0.019_942_664,
    0.172_560_465_1,
    0.237_641_378_4,
    0.225_286_682,
    0.572_132_666_5,
    0.0,
    0.712_162_542_7,
];
/// The error after one and after two steps of Adam at a rate of 10⁻³.
const ERROR_AFTER: [f64; 2] = [0.173_361_278_84, 0.171_775_620_12];

/// How far a device is from the expected numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The largest difference; infinite where a number is not one.
    pub max_error: f64,
    /// Where it was found.
    pub worst: &'static str,
    /// How many numbers were compared.
    pub compared: usize,
}

impl Report {
    /// Takes an error and its gradient into account.
    fn compare_gradient(&mut self, error: f64, gradient: &Weights) {
        self.compare("the error", &[error], &[ERROR]);
        self.compare("the gradient from unit 0", gradient.recurrent().row(0), &FROM_UNIT_0);
        self.compare("the gradient from unit 4", gradient.recurrent().row(4), &FROM_UNIT_4);
        self.compare("the gradient of the biases", &gradient.bias(), &BIAS);
        self.compare("the gradient of the input weights", &gradient.input(), &INPUT);
        self.compare("the gradient of the input biases", &gradient.input_bias(), &BIAS[3..]);
    }

    /// Takes these numbers into account.
    fn compare<'a>(
        &mut self,
        what: &'static str,
        found: impl IntoIterator<Item = &'a f64>,
        expected: &[f64],
    ) {
        let mut found = found.into_iter();
        for expected in expected {
            let error = found.next().map_or(f64::INFINITY, |found| (found - expected).abs());
            let error = if error.is_nan() { f64::INFINITY } else { error };
            if error > self.max_error {
                (self.max_error, self.worst) = (error, what);
            }
            self.compared += 1;
        }
    }
}

/// Computes on `device` what an independent implementation has computed, and compares.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) when the device stops answering.
pub async fn check(device: &Device) -> Result<Report> {
    let (weights, window) = (student()?, window());
    let mut report = Report { max_error: 0.0, worst: "nothing", compared: 0 };

    let (error, gradient) = error_and_gradient(device, &weights, &window).await?;
    report.compare_gradient(error, &gradient);

    let start = window.start.mapv(f64::from);
    let velocity = window.velocity.t().mapv(f64::from);
    let rates = run(device, &weights, start.view(), velocity.view()).await?;
    report.compare("the last rates", rates.slice(s![.., 3, ..]).iter(), &LAST_RATES);

    let mut parameters = parameters(&weights, &device.plain());
    let mut adam = Adam::new(&parameters);
    for expected in ERROR_AFTER {
        let (_, gradient) = learn(weights.shape(), parameters.clone(), &window);
        parameters = adam.step(parameters, gradient, 1e-3);
        let (error, _) = learn(weights.shape(), parameters.clone(), &window);
        let error = f64::from(read(error).await?[0]);
        report.compare("the error after a step of Adam", &[error], &[expected]);
    }
    if !device.is_gpu() {
        kernels(&weights, &window, &mut report)?;
    }
    Ok(report)
}

/// The same, asked of the CPU's fast kernels.
fn kernels(weights: &Weights, window: &Window, report: &mut Report) -> Result<()> {
    let (error, gradient) = imitation::error_and_gradient(weights, window)?;
    report.compare_gradient(error, &gradient);
    let mut parameters = weights.values().to_vec();
    let mut descent = Descent::new(parameters.len());
    for expected in ERROR_AFTER {
        let now = Weights::from_values(weights.shape(), parameters.clone());
        let (_, gradient) = imitation::error_and_gradient(&now, window)?;
        descent.step(&mut parameters, gradient.values(), 1e-3, 0.0);
        let next = Weights::from_values(weights.shape(), parameters.clone());
        let (error, _) = imitation::error_and_gradient(&next, window)?;
        report.compare("the error after a step of Adam", &[error], &[expected]);
    }
    Ok(())
}

/// The student that is asked.
fn student() -> Result<Weights> {
    let shape = Shape { units: 6, observed: 3, driven: 3, leak: 0.2 };
    Weights::new(
        shape,
        Array2::from_shape_fn((6, 6), |(i, j)| {
            0.5 * libm::sin(1.3 * i as f64 + 0.7 * j as f64 + 0.2)
        })
        .view(),
        Array1::from_shape_fn(6, |i| 0.05 + 0.02 * i as f64).view(),
        arr1(&[0.3, -0.4, 0.5]).view(),
        arr1(&[0.05, 0.1, 0.15]).view(),
    )
}

/// What it is shown.
fn window() -> Window {
    Window {
        start: arr2(&[[0.2, 0.5, 0.8], [0.6, 0.1, 0.4]]),
        velocity: arr2(&[[1.0, -1.0], [0.5, 0.25], [-0.75, 2.0], [0.0, 1.5]]),
        target: Array3::from_shape_fn((4, 2, 3), |(t, b, j)| {
            (0.5 + 0.4 * libm::sin((t + 2 * b + 3 * j) as f64)) as f32
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn a_wrong_number_a_missing_one_and_nan_are_all_noticed() {
        let empty = Report { max_error: 0.0, worst: "nothing", compared: 0 };
        for (found, error) in [
            (vec![1.0, 2.5], 0.5),
            (vec![1.0], f64::INFINITY),
            (vec![f64::NAN, 2.0], f64::INFINITY),
        ] {
            let mut report = empty.clone();
            report.compare("it", &found, &[1.0, 2.0]);
            assert_eq!(report, Report { max_error: error, worst: "it", compared: 2 });
        }
    }
}
