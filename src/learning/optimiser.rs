//! How a gradient becomes a change: clipped in length, then Adam, at a rate that has a course.
//!
//! > m ← β₁ m + (1 − β₁) g,  s ← β₂ s + (1 − β₂) g²
//! > θ ← θ − η · m/(1 − β₁ᵏ) / (√(s/(1 − β₂ᵏ)) + ε),  β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸
//!
//! Kingma & Ba, “Adam: a method for stochastic optimization”, ICLR 2015. The clipping is that of
//! Pascanu, Mikolov & Bengio, “On the difficulty of training recurrent neural networks”, ICML
//! 2013; the cosine that of Loshchilov & Hutter, “SGDR”, ICLR 2017.
//!
//! ```
//! use attractor_lab::learning::optimiser::Schedule;
//!
//! let course = Schedule { peak: 1e-3, warm_up: 50, end: 0.02, updates: 2000 };
//! assert_eq!(course.rate(0), 1e-3 / 50.0);
//! assert_eq!(course.rate(50), 1e-3);
//! assert!((course.rate(1025) - 0.51e-3).abs() < 1e-12); // half-way down
//! assert!((course.rate(2000) - 0.02e-3).abs() < 1e-12);
//!
//! let constant = Schedule { peak: 1e-4, warm_up: 0, end: 1.0, updates: 10_000 };
//! assert_eq!(constant.rate(0), constant.rate(9_999));
//! ```

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

pub(super) const MEAN_DECAY: f64 = 0.9;
pub(super) const SQUARE_DECAY: f64 = 0.999;
pub(super) const EPSILON: f64 = 1e-8;

/// The course of the learning rate: up a line, then down a cosine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The highest learning rate.
    pub peak: f64,
    /// In this many updates the rate rises to its peak; 0 to begin there.
    pub warm_up: u64,
    /// What is left of the peak after the last update; 1 to stay there.
    pub end: f64,
    /// After how many updates the end is reached.
    pub updates: u64,
}

impl Schedule {
    /// The learning rate of the update after `done` others.
    #[must_use]
    pub fn rate(&self, done: u64) -> f64 {
        if done < self.warm_up {
            return self.peak * (done + 1) as f64 / self.warm_up as f64;
        }
        let falling = self.updates.saturating_sub(self.warm_up).max(1);
        let progress = ((done - self.warm_up) as f64 / falling as f64).min(1.0);
        let cosine = 0.5 + 0.5 * libm::cos(PI * progress);
        self.peak * (self.end + (1.0 - self.end) * cosine)
    }
}

/// Shortens `gradient` to the length `limit` where it is longer, 0 for no limit, and returns the
/// length it had.
pub(super) fn clip(gradient: &mut [f32], limit: f64) -> f64 {
    let length = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
    if limit > 0.0 && length > limit {
        let part = (limit / length) as f32;
        for g in gradient {
            *g *= part;
        }
    }
    length
}

/// Adam's memory of past gradients, as plain numbers.
#[derive(Clone, Debug)]
pub(super) struct Descent {
    /// m, `[parameter]`.
    pub(super) mean: Vec<f32>,
    /// s, `[parameter]`.
    pub(super) square: Vec<f32>,
    /// k, the number of steps taken.
    pub(super) taken: u64,
}

impl Descent {
    /// No memory yet of the gradients of so many parameters.
    pub(super) fn new(parameters: usize) -> Self {
        Self { mean: vec![0.0; parameters], square: vec![0.0; parameters], taken: 0 }
    }

    /// Takes the `parameters` one step down the `gradient`, to which `decay` times the parameters
    /// are added first.
    pub(super) fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f64, decay: f64) {
        self.taken += 1;
        let unbiased = |decay| 1.0 / (1.0 - libm::pow(decay, self.taken as f64));
        let stride = (rate * unbiased(MEAN_DECAY)) as f32;
        let spread = unbiased(SQUARE_DECAY) as f32;
        let [keep, take] = [MEAN_DECAY as f32, (1.0 - MEAN_DECAY) as f32];
        let [keep_square, take_square] = [SQUARE_DECAY as f32, (1.0 - SQUARE_DECAY) as f32];
        let (epsilon, decay) = (EPSILON as f32, decay as f32);
        let memory = self.mean.iter_mut().zip(&mut self.square);
        for ((parameter, gradient), (m, s)) in parameters.iter_mut().zip(gradient).zip(memory) {
            let g = gradient + decay * *parameter;
            *m = keep * *m + take * g;
            *s = keep_square * *s + take_square * (g * g);
            *parameter -= stride * *m / ((*s * spread).sqrt() + epsilon);
        }
    }
}

/// Adam's memory of past gradients, on a device.
pub(super) struct Adam {
    /// m, `[parameter]`.
    pub(super) mean: Tensor<1>,
    /// s, `[parameter]`.
    pub(super) square: Tensor<1>,
    /// k, the number of steps taken.
    pub(super) taken: u64,
}

impl Adam {
    /// No memory yet of the gradients of `parameters`.
    pub(super) fn new(parameters: &Tensor<1>) -> Self {
        Self { mean: parameters.zeros_like(), square: parameters.zeros_like(), taken: 0 }
    }

    /// The `parameters` after one step down the `gradient`.
    pub(super) fn step(
        &mut self,
        parameters: Tensor<1>,
        gradient: Tensor<1>,
        rate: f64,
    ) -> Tensor<1> {
        self.taken += 1;
        self.mean = self.mean.clone() * MEAN_DECAY + gradient.clone() * (1.0 - MEAN_DECAY);
        self.square = self.square.clone() * SQUARE_DECAY + gradient.square() * (1.0 - SQUARE_DECAY);

        // Both memories began at zero; without this the first steps would be too short.
        let unbiased = |decay| 1.0 - libm::pow(decay, self.taken as f64);
        let mean = self.mean.clone() / unbiased(MEAN_DECAY);
        let spread = (self.square.clone() / unbiased(SQUARE_DECAY)).sqrt();
        parameters - mean / (spread + EPSILON) * rate
    }
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn a_gradient_is_clipped_in_length_and_never_in_direction() {
        for (gradient, limit, expected) in [
            ([3.0_f32, 4.0], 1.0, [0.6, 0.8]),
            ([0.3, 0.4], 1.0, [0.3, 0.4]),
            ([3.0, 4.0], 0.0, [3.0, 4.0]),
            ([0.0, 0.0], 1.0, [0.0, 0.0]),
        ] {
            let mut found = gradient;
            let length = clip(&mut found, limit);
            let squares: f32 = gradient.iter().map(|x| x * x).sum();
            assert!((length - f64::from(squares).sqrt()).abs() < 1e-6, "{gradient:?}: {length}");
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{gradient:?} at {limit}: {found}");
            }
        }
    }
}
