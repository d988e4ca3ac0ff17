//! How well a network predicts a recording.
//!
//! ```text
//! R² = 1 − ⟨(predicted − observed)²⟩ / variance
//! ```
//!
//! The variance is that of the whole recording about each neuron's mean
//! ([`super::statistics`]), not of the window, so windows in which little happens weigh fairly.
//!
//! ```
//! use attractor_lab::analysis::prediction::Prediction;
//! use ndarray::array;
//!
//! let mut prediction = Prediction::default();
//! prediction.add(array![[0.5, 0.1]].view(), array![[0.3, 0.1]].view());
//! assert!((prediction.r_squared(0.1) - 0.8).abs() < 1e-12);
//! ```

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// Collects the squared errors of predictions, window by window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    squares: f64,
    count: f64,
}

impl Prediction {
    /// Takes in a window, both `[step, neuron]`.
    ///
    /// # Panics
    /// When the shapes differ.
    pub fn add(&mut self, predicted: ArrayView2<f64>, observed: ArrayView2<f64>) {
        assert_eq!(
            predicted.dim(),
            observed.dim(),
            "a prediction has the shape of what it predicts"
        );
        self.squares += predicted.iter().zip(observed).map(|(p, o)| (p - o) * (p - o)).sum::<f64>();
        self.count += predicted.len() as f64;
    }

    /// Mean squared error; 0 before anything was predicted.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.squares / self.count.max(1.0)
    }

    /// Fraction of `variance` explained: 1 is perfect, 0 no better than each neuron's mean.
    ///
    /// # Panics
    /// When the variance is not positive: there is nothing to explain.
    #[must_use]
    pub fn r_squared(&self, variance: f64) -> f64 {
        assert!(variance > 0.0, "a variance of {variance} leaves nothing to explain");
        1.0 - self.error() / variance
    }
}
