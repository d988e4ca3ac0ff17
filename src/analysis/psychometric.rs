//! A psychometric curve: how often a choice is made, by the strength of a stimulus.
//!
//! > P(right | x) = 1 / (1 + e^(−k (x − m)))
//!
//! with the slope *k* and the bias *m*, the strength at which both choices are equally likely. The
//! fit is that of the greatest likelihood, by Newton's method (Wichmann & Hill, *Percept.
//! Psychophys.* 63:1293, 2001, without lapses). Where every choice is right no finite slope is the
//! likeliest; a normal prior of deviation 200 on the slope then makes it large and not infinite, and
//! is not felt otherwise.
//!
//! ```
//! use attractor_lab::analysis::psychometric::Logistic;
//!
//! // ln 3 on either side of 0.1: three to one, and one to three.
//! let points = [(0.0, 0.25 * 40.0, 40.0), (0.2, 0.75 * 40.0, 40.0)];
//! let fit = Logistic::through(&points).expect("a slope");
//! assert!((fit.slope - 3.0_f64.ln() / 0.1).abs() < 0.02);
//! assert!((fit.bias - 0.1).abs() < 1e-9);
//! ```

use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Deviation of the prior on the slope.
const WIDTH: f64 = 200.0;

/// A logistic curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// *k*, per unit of strength.
    pub slope: f64,
    /// *m*.
    pub bias: f64,
}

impl Logistic {
    /// The likeliest curve for points (strength, choices of “right”, of so many); halves of choices
    /// are allowed. Nothing where the strengths are all the same or the choices do not depend on
    /// them.
    #[must_use]
    pub fn through(points: &[(f64, f64, f64)]) -> Option<Self> {
        let (mut slope, mut offset) = (0.0, 0.0);
        let mut likelihood = log_likelihood(points, slope, offset);
        for _ in 0..200 {
            let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
            for &(x, right, of) in points {
                let p = logistic(slope * x + offset);
                let (off, weight) = (right - of * p, of * p * (1.0 - p));
                g = [g[0] + off * x, g[1] + off];
                h = [h[0] + weight * x * x, h[1] + weight * x, h[2] + weight];
            }
            g[0] -= slope / (WIDTH * WIDTH);
            h[0] += 1.0 / (WIDTH * WIDTH);
            // Far out on the curve the choices weigh nothing: then steps would be boundless.
            h[2] += 1e-9;
            let determinant = h[0] * h[2] - h[1] * h[1];
            if determinant <= 0.0 {
                return None;
            }
            let mut step = [
                (h[2] * g[0] - h[1] * g[1]) / determinant,
                (h[0] * g[1] - h[1] * g[0]) / determinant,
            ];
            let mut next = log_likelihood(points, slope + step[0], offset + step[1]);
            let mut halvings = 0;
            while (next < likelihood || next.is_nan()) && halvings < 60 {
                step = step.map(|step| step / 2.0);
                next = log_likelihood(points, slope + step[0], offset + step[1]);
                halvings += 1;
            }
            (slope, offset) = (slope + step[0], offset + step[1]);
            let gained = next - likelihood;
            likelihood = next;
            if gained.abs() <= 1e-12 * likelihood.abs().max(1.0) {
                break;
            }
        }
        let bias = -offset / slope;
        (slope.is_finite() && bias.is_finite() && slope.abs() > 1e-9)
            .then_some(Self { slope, bias })
    }

    /// P(right) at strength `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        logistic(self.slope * (x - self.bias))
    }
}

fn log_likelihood(points: &[(f64, f64, f64)], slope: f64, offset: f64) -> f64 {
    let of = |&(x, right, of): &(f64, f64, f64)| {
        let z = slope * x + offset;
        right * ln_logistic(z) + (of - right) * ln_logistic(-z)
    };
    points.iter().map(of).sum::<f64>() - 0.5 * (slope / WIDTH) * (slope / WIDTH)
}

fn logistic(z: f64) -> f64 {
    let u = libm::exp(-z.abs());
    if z < 0.0 { u / (1.0 + u) } else { 1.0 / (1.0 + u) }
}

/// ln of [`logistic`].
fn ln_logistic(z: f64) -> f64 {
    z.min(0.0) - libm::log1p(libm::exp(-z.abs()))
}

/// Choices for two stimuli, of which one counts: sums over repeats, by the level of either.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    /// Choices of “right”, `[first, second]`; a tie counts one half.
    right: Array2<f64>,
    /// Sums of the mean squared error, `[first, second]`.
    error: Array2<f64>,
    /// How often each pair was shown.
    repeats: usize,
}

impl Choices {
    /// None yet, for so many levels of either stimulus.
    #[must_use]
    pub fn new(levels: usize) -> Self {
        let none = Array2::zeros((levels, levels));
        Self { right: none.clone(), error: none, repeats: 0 }
    }

    /// Adds one repeat: of each pair of levels the evidence, positive for “right”, and the error.
    pub fn add(&mut self, of: impl Fn(usize, usize) -> (f64, f64)) {
        for ((first, second), right) in self.right.indexed_iter_mut() {
            let (evidence, error) = of(first, second);
            *right += match evidence {
                evidence if evidence > 0.0 => 1.0,
                evidence if evidence < 0.0 => 0.0,
                _ => 0.5,
            };
            self.error[[first, second]] += error;
        }
        self.repeats += 1;
    }

    /// Number of levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.right.nrows()
    }

    /// How often each pair was shown.
    #[must_use]
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// The part of “right”, `[first, second]`.
    #[must_use]
    pub fn right(&self) -> Array2<f64> {
        &self.right / self.repeats.max(1) as f64
    }

    /// The mean squared error, `[first, second]`.
    #[must_use]
    pub fn error(&self) -> Array2<f64> {
        &self.error / self.repeats.max(1) as f64
    }

    /// For each level of the first stimulus (`axis` 0) or the second (1) the choices of “right” and
    /// how many there were, whatever the other was.
    #[must_use]
    pub fn marginal(&self, axis: usize) -> Vec<(f64, f64)> {
        let shown = (self.levels() * self.repeats) as f64;
        self.right.sum_axis(ndarray::Axis(1 - axis)).iter().map(|&sum| (sum, shown)).collect()
    }

    /// Whether this is finite and of so many levels and repeats.
    #[must_use]
    pub fn fits(&self, levels: usize, repeats: usize) -> bool {
        let shape = [levels, levels];
        self.right.shape() == shape
            && self.error.shape() == shape
            && self.repeats == repeats
            && self.right.iter().all(|right| (0.0..=repeats as f64).contains(right))
            && self.error.iter().all(|error| error.is_finite())
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::{Choices, Logistic};

    #[test]
    fn a_curve_is_found_again_from_its_own_probabilities() {
        for (slope, bias) in [(30.0, -0.01), (2.0, 0.3), (-5.0, 0.0)] {
            let curve = Logistic { slope, bias };
            let points: Vec<_> = (-6..=6)
                .map(|x| f64::from(x) / 6.0)
                .map(|x| (x, 400.0 * curve.at(x), 400.0))
                .collect();
            let found = Logistic::through(&points).unwrap();
            // The prior takes at most a thousandth.
            assert!((found.slope / slope - 1.0).abs() < 2e-3, "{found:?}");
            assert!((found.bias - bias).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn choices_that_are_all_right_have_a_large_and_finite_slope() {
        let points: Vec<_> = (-6..=6)
            .map(|x: i32| (f64::from(x) / 6.0, 15.5 * f64::from(1 + x.signum()), 31.0))
            .collect();
        let found = Logistic::through(&points).unwrap();
        assert!(found.slope > 30.0 && found.slope < 1000.0 && found.bias.abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn choices_that_depend_on_nothing_have_no_curve() {
        assert_eq!(Logistic::through(&[]), None);
        assert_eq!(Logistic::through(&[(-1.0, 5.0, 10.0), (1.0, 5.0, 10.0)]), None);
    }

    #[test]
    fn a_tie_is_half_a_choice_and_margins_add_up() {
        let mut choices = Choices::new(3);
        for _ in 0..2 {
            choices.add(|first, second| (first as f64 - 1.0, second as f64));
        }
        assert_eq!(choices.right().row(1).to_vec(), [0.5; 3]);
        assert_eq!(choices.marginal(0), [(0.0, 6.0), (3.0, 6.0), (6.0, 6.0)]);
        assert_eq!(choices.marginal(1), [(3.0, 6.0); 3]);
        assert_eq!(choices.error().column(2).to_vec(), [2.0; 3]);
        assert!(choices.fits(3, 2) && !choices.fits(3, 3));
    }
}
