//! The leaky rate network that learns the compass, in double precision: for looking at it after
//! training.
//!
//! ```text
//! z ← u W + b + [0 ; v w + c]      r = max(0, tanh z)      u ← (1 − α) u + α r
//! ```
//!
//! Row vectors: `W` is `[from, to]`. The last `k` units receive the velocity `v`. The student of
//! the compass-ring system identification (nsi, 2022); the same equation is trained in single
//! precision elsewhere.
//!
//! ```
//! use attractor_lab::models::leaky::Leaky;
//! use ndarray::array;
//!
//! let network = Leaky {
//!     recurrent: array![[0.0, 0.5], [0.0, 0.0]],
//!     bias: array![0.1, 0.0],
//!     input: array![1.0],
//!     input_bias: array![0.0],
//!     leak: 0.2,
//! };
//! let rates = network.run(&[1.0], &[0.3]);
//! assert_eq!(rates[[0, 0]], libm::tanh(0.1));
//! assert_eq!(rates[[0, 1]], libm::tanh(0.5 + 0.3));
//! ```

use ndarray::{Array1, Array2};

/// The network's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaky {
    /// Recurrent weights `W`, `[from, to]`.
    pub recurrent: Array2<f64>,
    /// Bias `b`, `[unit]`.
    pub bias: Array1<f64>,
    /// Velocity weights `w` of the last units, `[driven]`, per rad/s.
    pub input: Array1<f64>,
    /// Bias `c` that comes with the velocity, `[driven]`.
    pub input_bias: Array1<f64>,
    /// Fraction `α` of the state replaced in each step.
    pub leak: f64,
}

impl Leaky {
    /// Number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.bias.len()
    }

    /// The state `u`, `[unit]`, with the first units at these `rates` and the others silent.
    ///
    /// # Panics
    /// When there are more rates than units.
    pub fn start<'a>(&self, rates: impl IntoIterator<Item = &'a f64>) -> Vec<f64> {
        let mut u: Vec<f64> = rates.into_iter().copied().collect();
        assert!(u.len() <= self.units(), "a network starts from the rates of its own units");
        u.resize(self.units(), 0.0);
        u
    }

    /// Rates `[step, unit]` while the velocity (rad/s, `[step]`) drives the network, from the
    /// rates `start` of the first units, the others silent.
    ///
    /// # Panics
    /// When there are more rates than units.
    #[must_use]
    pub fn run(&self, start: &[f64], velocity: &[f64]) -> Array2<f64> {
        self.go_on(&mut self.start(start), velocity)
    }

    /// Like [`Leaky::run`], from the state `u` and to the state after the last step: many short
    /// runs are one long one.
    ///
    /// # Panics
    /// When the state is not one of this network.
    #[must_use]
    pub fn go_on<'a>(
        &self,
        u: &mut [f64],
        velocity: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>,
    ) -> Array2<f64> {
        let (n, velocity) = (self.units(), velocity.into_iter());
        assert_eq!(u.len(), n, "a state has a number for every unit");
        let (silent, alpha) = (n - self.input.len(), self.leak);
        let mut z = vec![0.0; n];
        let mut rates = Array2::zeros((velocity.len(), n));
        for (mut row, &v) in rates.rows_mut().into_iter().zip(velocity) {
            z.iter_mut().zip(&self.bias).for_each(|(z, b)| *z = *b);
            for ((z, w), c) in z[silent..].iter_mut().zip(&self.input).zip(&self.input_bias) {
                *z += v * w + c;
            }
            // Row by row of W: contiguous, and the same order of additions everywhere.
            for (&u, weights) in u.iter().zip(self.recurrent.rows()) {
                if u != 0.0 {
                    z.iter_mut().zip(weights).for_each(|(z, w)| *z += u * w);
                }
            }
            for ((r, &z), u) in row.iter_mut().zip(&z).zip(u.iter_mut()) {
                *r = if z > 0.0 { libm::tanh(z) } else { 0.0 };
                *u = (1.0 - alpha) * *u + alpha * *r;
            }
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::Leaky;
    use ndarray::{Array1, Array2, array};

    #[test]
    fn many_short_runs_are_one_long_one() {
        let network = Leaky {
            recurrent: Array2::from_shape_fn((3, 3), |(i, j)| libm::sin((2 * i + j) as f64)),
            bias: array![0.1, 0.2, 0.0],
            input: array![0.5],
            input_bias: array![-0.1],
            leak: 0.3,
        };
        let velocity = [1.0, -0.5, 2.0, 0.3, -1.0];
        let whole = network.run(&[0.4, 0.2], &velocity);
        let mut state = network.start(&[0.4, 0.2]);
        let (first, then) = velocity.split_at(2);
        let pieces = [network.go_on(&mut state, first), network.go_on(&mut state, then)];
        let pieces: Vec<f64> = pieces.iter().flatten().copied().collect();
        assert_eq!(whole.into_raw_vec_and_offset().0, pieces);
    }

    /// The specification's gradient test: last rates of both trajectories.
    #[test]
    fn the_golden_network_ends_in_the_golden_rates() {
        let network = Leaky {
            recurrent: Array2::from_shape_fn((6, 6), |(i, j)| {
                0.5 * libm::sin(1.3 * i as f64 + 0.7 * j as f64 + 0.2)
            }),
            bias: Array1::from_shape_fn(6, |i| 0.05 + 0.02 * i as f64),
            input: array![0.3, -0.4, 0.5],
            input_bias: array![0.05, 0.1, 0.15],
            leak: 0.2,
        };
        for (start, velocity, golden) in [
            (
                [0.2, 0.5, 0.8],
                [1.0, 0.5, -0.75, 0.0],
                [
                    0.332_776_985_6,
                    0.292_869_387_4,
                    0.147_401_399_6,
                    0.017_756_795_1,
                    0.0,
                    0.019_942_664,
                ],
            ),
            (
                [0.6, 0.1, 0.4],
                [-1.0, 0.25, 2.0, 1.5],
                [
                    0.172_560_465_1,
                    0.237_641_378_4,
                    0.225_286_682,
                    0.572_132_666_5,
                    0.0,
                    0.712_162_542_7,
                ],
            ),
        ] {
            let rates = network.run(&start, &velocity);
            for (rate, golden) in rates.row(3).iter().zip(golden) {
                assert!((rate - golden).abs() < 1e-9, "{rate} should be {golden}");
            }
        }
    }
}
