//! A rate network of any wiring, in double precision: the twin of every network that is trained
//! on a task, for running it and for looking into it.
//!
//! ```text
//! Form::Rate:     τ ẋ = F(x, u) = −x + f(W x + Wᵢ u + b),   y = Wₒ x
//! Form::Current:  τ ẋ = F(x, u) = −x + W f(x) + Wᵢ u + b,   y = Wₒ f(x)
//!
//! x₀ = start,  xₜ₊₁ = xₜ + α F(xₜ, uₜ),  α = dt/τ
//! ```
//!
//! Weights are `[to, from]`. Noise of size σ enters as √(2/α) σ times a standard normal number in
//! each step, so that σ is the deviation of the noise after the leak has smoothed it, whatever the
//! step. Sussillo & Barak, *Neural Computation* 25:626, 2013; Tolmachev & Engel, *Nature Machine
//! Intelligence* 7:1742, 2025.
//!
//! ```
//! use attractor_lab::models::{activation::{Activation, Form}, rate_network::RateNetwork};
//! use ndarray::{Array2, array};
//!
//! // A unit that holds what it is given: ẋ = −x + tanh 2x rests at ±0.957.
//! let network = RateNetwork {
//!     recurrent: array![[2.0]],
//!     input: array![[1.0]],
//!     output: array![[1.0]],
//!     bias: array![0.0],
//!     start: array![0.0],
//!     form: Form::Rate,
//!     activation: Activation::Tanh,
//!     step: 1.0,
//!     tau: 10.0,
//! };
//! network.check()?;
//! let mut pulse = Array2::zeros((400, 1));
//! pulse[[0, 0]] = -1.0;
//! let states = network.simulate(pulse.view(), None);
//! assert_eq!(states[[1, 0]], 0.1 * libm::tanh(-1.0));
//! assert!((states[[399, 0]] + 0.957_504_024_077).abs() < 1e-9);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

mod exchange;

pub use exchange::Opened;

use super::activation::{Activation, Form};
use crate::rng::Rng;
use crate::{Error, Result};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// Most units of a network that is opened or analysed.
pub const MOST_UNITS: usize = 400;
/// Most input channels, and most outputs.
pub const MOST_CHANNELS: usize = 64;
/// Weights beyond this are no weights, and their products might overflow.
const GREATEST: f64 = 1e6;

/// A rate network.
#[derive(Clone, Debug, PartialEq)]
pub struct RateNetwork {
    /// W, `[unit, unit]`: to, from.
    pub recurrent: Array2<f64>,
    /// Wᵢ, `[unit, channel]`.
    pub input: Array2<f64>,
    /// Wₒ, `[output, unit]`.
    pub output: Array2<f64>,
    /// b, `[unit]`.
    pub bias: Array1<f64>,
    /// x₀, `[unit]`.
    pub start: Array1<f64>,
    /// Where the leak sits.
    pub form: Form,
    /// f.
    pub activation: Activation,
    /// dt, in the unit of τ.
    pub step: f64,
    /// τ.
    pub tau: f64,
}

/// Noise in every step, and the stream it comes from.
#[derive(Clone, Debug)]
pub struct Noise {
    /// σ of each input channel.
    pub input: f64,
    /// σ of each unit.
    pub recurrent: f64,
    /// Whether the units' noise enters inside of f, with the drive, or is added after it. Of
    /// [`Form::Current`] both are the same.
    pub inside: bool,
    /// Where it comes from: in each step first a number for each channel, then for each unit.
    pub rng: Rng,
}

impl RateNetwork {
    /// Number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.recurrent.nrows()
    }

    /// Number of input channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.input.ncols()
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.output.nrows()
    }

    /// α, the part of the state that is replaced in a step.
    #[must_use]
    pub fn leak(&self) -> f64 {
        self.step / self.tau
    }

    /// Makes sure that the parts fit each other and every number can be computed with.
    ///
    /// # Errors
    /// [`Error::BadValue`] names the first field that does not fit, by its name in files.
    pub fn check(&self) -> Result<()> {
        let n = self.units();
        let bad = |key: &str, value: String, allowed: String| {
            Err(Error::BadValue { key: key.into(), value, allowed })
        };
        if !(1..=MOST_UNITS).contains(&n) {
            return bad("N", n.to_string(), format!("a whole number from 1 to {MOST_UNITS}"));
        }
        for (key, most, count) in
            [("inputs", MOST_CHANNELS, self.channels()), ("outputs", MOST_CHANNELS, self.outputs())]
        {
            if count > most {
                return bad(
                    &format!("the number of {key}"),
                    count.to_string(),
                    format!("at most {most}"),
                );
            }
        }
        let (c, o) = (self.channels(), self.outputs());
        for (key, shape, wanted) in [
            ("W_rec", self.recurrent.shape(), &[n, n][..]),
            ("W_inp", self.input.shape(), &[n, c]),
            ("W_out", self.output.shape(), &[o, n]),
            ("bias_rec", self.bias.shape(), &[n]),
            ("y_init", self.start.shape(), &[n]),
        ] {
            if shape != wanted {
                return bad(
                    &format!("the shape of {key}"),
                    format!("{shape:?}"),
                    format!("{wanted:?}"),
                );
            }
        }
        let parts = [
            ("W_rec", self.recurrent.as_slice_memory_order()),
            ("W_inp", self.input.as_slice_memory_order()),
            ("W_out", self.output.as_slice_memory_order()),
            ("bias_rec", self.bias.as_slice_memory_order()),
            ("y_init", self.start.as_slice_memory_order()),
        ];
        for (key, values) in parts {
            let values = values.unwrap_or_default();
            let sound = |x: &f64| x.is_finite() && x.abs() <= GREATEST;
            if let Some(odd) = values.iter().find(|x| !sound(x)) {
                let allowed = format!("a number from −{GREATEST} to {GREATEST}");
                return bad(&format!("a number of {key}"), odd.to_string(), allowed);
            }
        }
        if !(self.tau > 0.0 && self.tau <= GREATEST) {
            return bad("tau", self.tau.to_string(), format!("above 0 and at most {GREATEST}"));
        }
        if !(self.step > 0.0 && self.step <= self.tau) {
            return bad(
                "dt",
                self.step.to_string(),
                format!("above 0 and at most tau, {}", self.tau),
            );
        }
        Ok(())
    }

    /// F(·, u) for a constant input u, `[channel]`.
    ///
    /// # Panics
    /// When there is not one number for each channel.
    #[must_use]
    pub fn field(&self, input: &[f64]) -> Field<'_> {
        assert_eq!(input.len(), self.channels(), "an input has a number for every channel");
        let mut constant = self.bias.to_vec();
        add_product(&self.input, input, &mut constant);
        Field { network: self, constant }
    }

    /// States `[step, unit]` from the start, under `inputs` `[step, channel]`: as many states as
    /// inputs, and the last input is not used.
    ///
    /// # Panics
    /// When there is not one number for each channel.
    #[must_use]
    pub fn simulate(&self, inputs: ArrayView2<f64>, noise: Option<&mut Noise>) -> Array2<f64> {
        self.simulate_from(self.start.view(), inputs, noise)
    }

    /// As [`RateNetwork::simulate`], from another start, `[unit]`.
    ///
    /// # Panics
    /// When there is not one number for each channel and each unit.
    #[must_use]
    pub fn simulate_from(
        &self,
        start: ArrayView1<f64>,
        inputs: ArrayView2<f64>,
        mut noise: Option<&mut Noise>,
    ) -> Array2<f64> {
        let (n, alpha) = (self.units(), self.leak());
        let kick = (2.0 / alpha).sqrt();
        let mut states = Array2::zeros((inputs.nrows(), n));
        let mut x = start.to_vec();
        let (mut u, mut flow) = (vec![0.0; self.channels()], vec![0.0; n]);
        let [mut inside, mut outside] = [vec![0.0; n], vec![0.0; n]];
        let mut field = self.field(&u);
        for (t, mut state) in states.rows_mut().into_iter().enumerate() {
            if t > 0 {
                u.iter_mut().zip(inputs.row(t - 1)).for_each(|(u, now)| *u = *now);
                if let Some(noise) = noise.as_deref_mut() {
                    for u in &mut u {
                        *u += kick * noise.input * noise.rng.normal();
                    }
                    let into = if noise.inside { &mut inside } else { &mut outside };
                    for e in into {
                        *e = kick * noise.recurrent * noise.rng.normal();
                    }
                }
                for (c, (b, e)) in field.constant.iter_mut().zip(self.bias.iter().zip(&inside)) {
                    *c = b + e;
                }
                add_product(&self.input, &u, &mut field.constant);
                field.flow(&x, &mut flow);
                for (x, (flow, e)) in x.iter_mut().zip(flow.iter().zip(&outside)) {
                    *x += alpha * (flow + e);
                }
            }
            state.iter_mut().zip(&x).for_each(|(state, x)| *state = *x);
        }
        states
    }

    /// The outputs y, `[output]`, of a state.
    #[must_use]
    pub fn read(&self, state: ArrayView1<f64>) -> Vec<f64> {
        let passed: Vec<f64> = match self.form {
            Form::Rate => state.to_vec(),
            Form::Current => state.iter().map(|&x| self.activation.rate(x)).collect(),
        };
        let mut outputs = vec![0.0; self.outputs()];
        add_product(&self.output, &passed, &mut outputs);
        outputs
    }
}

/// The vector field of a network under a constant input.
///
/// ```
/// use attractor_lab::models::{activation::{Activation, Form}, rate_network::RateNetwork};
/// use ndarray::{Array1, Array2, array};
///
/// let network = RateNetwork {
///     recurrent: array![[0.0, 1.0], [3.0, 0.0]],
///     input: Array2::zeros((2, 0)),
///     output: Array2::zeros((0, 2)),
///     bias: Array1::zeros(2),
///     start: Array1::zeros(2),
///     form: Form::Rate,
///     activation: Activation::Relu,
///     step: 1.0,
///     tau: 10.0,
/// };
/// let (mut flow, mut jacobian) = ([0.0; 2], [0.0; 4]);
/// network.field(&[]).linearise(&[0.5, 0.0], &mut flow, &mut jacobian);
/// // The first unit stands in the kink, where the slope is ½.
/// assert_eq!((flow, jacobian), ([-0.5, 1.5], [-1.0, 0.5, 3.0, -1.0]));
/// ```
#[derive(Clone, Debug)]
pub struct Field<'a> {
    network: &'a RateNetwork,
    /// Wᵢ u + b.
    constant: Vec<f64>,
}

impl Field<'_> {
    /// Number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.constant.len()
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &RateNetwork {
        self.network
    }

    /// z = W q + Wᵢ u + b, `[unit]`: what drives each unit, q being what the state passes on.
    ///
    /// # Panics
    /// When there is not one number for each unit.
    #[must_use]
    pub fn drive(&self, x: &[f64]) -> Vec<f64> {
        let mut drive = self.constant.clone();
        let RateNetwork { recurrent, form, activation, .. } = self.network;
        match form {
            Form::Rate => add_product(recurrent, x, &mut drive),
            Form::Current => {
                let rates: Vec<f64> = x.iter().map(|&x| activation.rate(x)).collect();
                add_product(recurrent, &rates, &mut drive);
            }
        }
        drive
    }

    /// F(x), `[unit]`, into `flow`.
    ///
    /// # Panics
    /// When there is not one number for each unit.
    pub fn flow(&self, x: &[f64], flow: &mut [f64]) {
        let RateNetwork { recurrent, form, activation, .. } = self.network;
        flow.copy_from_slice(&self.constant);
        match form {
            Form::Rate => {
                add_product(recurrent, x, flow);
                for z in flow.iter_mut() {
                    *z = activation.rate(*z);
                }
            }
            Form::Current => {
                let rates: Vec<f64> = x.iter().map(|&x| activation.rate(x)).collect();
                add_product(recurrent, &rates, flow);
            }
        }
        flow.iter_mut().zip(x).for_each(|(flow, x)| *flow -= x);
    }

    /// F(x), `[unit]`, and the Jacobian ∂F/∂x, `[unit, unit]` row by row.
    ///
    /// ```text
    /// Form::Rate:     J = −I + diag(f′(z)) W
    /// Form::Current:  J = −I + W diag(f′(x))
    /// ```
    ///
    /// # Panics
    /// When there is not one number for each unit, and for each pair of them.
    pub fn linearise(&self, x: &[f64], flow: &mut [f64], jacobian: &mut [f64]) {
        let RateNetwork { recurrent, form, activation, .. } = self.network;
        let n = self.units();
        assert_eq!(jacobian.len(), n * n, "a Jacobian has a number for every pair of units");
        let rows = jacobian.chunks_exact_mut(n).zip(recurrent.rows());
        match form {
            Form::Rate => {
                flow.copy_from_slice(&self.constant);
                add_product(recurrent, x, flow);
                for ((row, weights), z) in rows.zip(flow.iter_mut()) {
                    let slope = activation.slope(*z);
                    row.iter_mut().zip(weights).for_each(|(j, w)| *j = slope * w);
                    *z = activation.rate(*z);
                }
                flow.iter_mut().zip(x).for_each(|(flow, x)| *flow -= x);
            }
            Form::Current => {
                let slopes: Vec<f64> = x.iter().map(|&x| activation.slope(x)).collect();
                for (row, weights) in rows {
                    let each = row.iter_mut().zip(weights).zip(&slopes);
                    each.for_each(|((j, w), slope)| *j = w * slope);
                }
                self.flow(x, flow);
            }
        }
        jacobian.iter_mut().step_by(n + 1).for_each(|j| *j -= 1.0);
    }

    /// Whether F(−x) = −F(x), so that the fixed points come in mirror images.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        self.network.activation.is_odd() && self.constant.iter().all(|&c| c == 0.0)
    }
}

/// Adds M v to `sums`, each sum in the order of its row.
fn add_product(matrix: &Array2<f64>, vector: &[f64], sums: &mut [f64]) {
    assert_eq!((matrix.nrows(), matrix.ncols()), (sums.len(), vector.len()), "sizes fit");
    for (sum, row) in sums.iter_mut().zip(matrix.rows()) {
        *sum = row.iter().zip(vector).fold(*sum, |sum, (m, v)| sum + m * v);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Noise, RateNetwork};
    use crate::models::activation::{Activation, Form};
    use crate::rng::Rng;
    use ndarray::{Array1, Array2, array};

    /// A network of random weights.
    pub(crate) fn random(n: usize, form: Form, activation: Activation, seed: u64) -> RateNetwork {
        let mut rng = Rng::stream(seed, "network");
        let mut draw = |rows, columns, size: f64| {
            Array2::from_shape_simple_fn((rows, columns), || size * rng.normal())
        };
        RateNetwork {
            recurrent: draw(n, n, 1.5 / (n as f64).sqrt()),
            input: draw(n, 2, 1.0),
            output: draw(3, n, 1.0),
            bias: draw(1, n, 0.3).row(0).to_owned(),
            start: draw(1, n, 0.5).row(0).to_owned(),
            form,
            activation,
            step: 1.0,
            tau: 10.0,
        }
    }

    const KINDS: [Activation; 4] = [
        Activation::Tanh,
        Activation::Sigmoid { slope: 7.5 },
        Activation::Softplus { sharpness: 5.0 },
        Activation::Relu,
    ];

    #[test]
    fn the_jacobian_is_the_finite_difference_of_the_flow() {
        let (n, h) = (6, 1e-6);
        for form in [Form::Rate, Form::Current] {
            for activation in KINDS {
                let network = random(n, form, activation, 1);
                let field = network.field(&[0.4, -0.7]);
                let x: Vec<f64> = (0..n).map(|i| libm::sin(i as f64 + 0.5)).collect();
                let (mut flow, mut jacobian) = (vec![0.0; n], vec![0.0; n * n]);
                field.linearise(&x, &mut flow, &mut jacobian);
                let at = |j: usize, h: f64| {
                    let (mut x, mut flow) = (x.clone(), vec![0.0; n]);
                    x[j] += h;
                    field.flow(&x, &mut flow);
                    flow
                };
                assert_eq!(at(0, 0.0), flow);
                for j in 0..n {
                    for (i, (up, down)) in at(j, h).iter().zip(at(j, -h)).enumerate() {
                        let gap = (up - down) / (2.0 * h) - jacobian[i * n + j];
                        assert!(gap.abs() < 1e-8, "{form:?} {activation:?} {i} {j}: {gap}");
                    }
                }
            }
        }
    }

    /// The specification's golden test, which another implementation in double precision wrote: states
    /// and outputs after five steps.
    #[test]
    fn the_golden_network_ends_where_it_should() {
        let goldens = [
            (
                Activation::Tanh,
                [0.083_260_807_373, 0.073_879_539_304, 0.152_789_941_487, 0.228_587_305_657],
                [0.350_562_587_514, 0.190_490_616_979],
            ),
            (
                Activation::Relu,
                [0.113_525_488_129, 0.161_225_587_728, 0.187_491_991_651, 0.290_363_833_341],
                [0.462_742_727_192, 0.289_890_902_451],
            ),
        ];
        for (activation, state, output) in goldens {
            let network = RateNetwork {
                recurrent: Array2::from_shape_fn((4, 4), |(i, j)| {
                    if i == j { 0.0 } else { 0.9 * libm::sin((1 + 3 * i + 5 * j) as f64) }
                }),
                input: Array2::from_shape_fn((4, 2), |(i, k)| {
                    0.5 + 0.4 * libm::cos((1 + 2 * i + 3 * k) as f64)
                }),
                output: Array2::from_shape_fn((2, 4), |(o, i)| {
                    0.5 + 0.4 * libm::sin((2 + 3 * o + 2 * i) as f64)
                }),
                bias: Array1::from_shape_fn(4, |i| 0.05 * (i as f64 - 1.5)),
                start: Array1::zeros(4),
                form: Form::Rate,
                activation,
                step: 1.0,
                tau: 10.0,
            };
            let inputs =
                Array2::from_shape_fn((6, 2), |(t, k)| libm::sin(0.7 * t as f64 + 1.3 * k as f64));
            let states = network.simulate(inputs.view(), None);
            let last = states.row(5);
            let outputs = network.read(last);
            for (found, golden) in last.iter().chain(&outputs).zip(state.iter().chain(&output)) {
                assert!((found - golden).abs() < 1e-12, "{activation:?}: {found}, not {golden}");
            }
        }
    }

    /// Without weights the state is the smoothed noise: its variance is σ² · 2 / (2 − α).
    #[test]
    fn noise_has_the_deviation_that_is_asked_for_whatever_the_step() {
        for (step, inside, form) in
            [(1.0, false, Form::Rate), (0.2, false, Form::Rate), (1.0, true, Form::Current)]
        {
            let network = RateNetwork {
                recurrent: Array2::zeros((50, 50)),
                input: Array2::zeros((50, 1)),
                output: Array2::zeros((0, 50)),
                bias: Array1::zeros(50),
                start: Array1::zeros(50),
                form,
                activation: Activation::Tanh,
                step,
                tau: 10.0,
            };
            let rng = Rng::stream(5, "noise");
            let mut noise = Noise { input: 0.5, recurrent: 1.0, inside, rng };
            let states = network.simulate(Array2::zeros((20_000, 1)).view(), Some(&mut noise));
            let late = states.slice(ndarray::s![500.., ..]);
            let deviation = late.mapv(|x| x * x).mean().unwrap().sqrt();
            let expected = (2.0 / (2.0 - network.leak())).sqrt();
            // States are independent about every 2/α steps: four standard errors are 0.013 for
            // α = 0.1 and 0.029 for 0.02.
            let error = 4.0 / (50.0 * 19_500.0 * network.leak()).sqrt();
            assert!((deviation - expected).abs() < error, "{step}: {deviation}, not {expected}");
        }
    }

    #[test]
    fn where_the_noise_enters_makes_a_difference_only_beside_an_activation() {
        let states = |form, inside| {
            let network = random(4, form, Activation::Tanh, 2);
            let mut noise = Noise { input: 0.1, recurrent: 0.1, inside, rng: Rng::stream(1, "n") };
            network.simulate(Array2::ones((20, 2)).view(), Some(&mut noise))
        };
        assert_ne!(states(Form::Rate, true), states(Form::Rate, false));
        let gap = states(Form::Current, true) - states(Form::Current, false);
        assert!(gap.iter().all(|gap| gap.abs() < 1e-14));
    }

    #[test]
    fn the_two_forms_rest_at_points_that_correspond() {
        // h = W x + b, so x = f(h): the fixed points of one are those of the other.
        let network = random(5, Form::Rate, Activation::Sigmoid { slope: 2.0 }, 3);
        let twin = RateNetwork { form: Form::Current, ..network.clone() };
        let silence = Array2::zeros((3000, 2));
        let x = network.simulate(silence.view(), None).row(2999).to_owned();
        let h = twin.simulate(silence.view(), None).row(2999).to_owned();
        for (x, h) in x.iter().zip(&h) {
            assert!((x - network.activation.rate(*h)).abs() < 1e-9, "{x} and f({h})");
        }
        for (y, same) in network.read(x.view()).iter().zip(twin.read(h.view())) {
            assert!((y - same).abs() < 1e-9);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_in_a_sentence() {
        let sound = random(3, Form::Rate, Activation::Tanh, 1);
        sound.check().unwrap();
        let refusal = |change: &dyn Fn(&mut RateNetwork)| {
            let mut network = sound.clone();
            change(&mut network);
            network.check().unwrap_err().to_string()
        };
        let why = refusal(&|network| network.bias = array![0.0]);
        assert_eq!(why, "the shape of bias_rec cannot be “[1]”: it must be [3]");
        assert!(refusal(&|network| network.recurrent[[0, 1]] = f64::NAN).contains("W_rec"));
        assert!(refusal(&|network| network.input = Array2::zeros((3, 65))).contains("inputs"));
        assert!(refusal(&|network| network.step = 20.0).contains("at most tau, 10"));
        assert!(refusal(&|network| network.tau = 0.0).contains("tau"));
        assert!(refusal(&|network| network.recurrent = Array2::zeros((0, 0))).starts_with("N "));
    }
}
