//! What a recording is like as a whole: the numbers a prediction is measured against.
//!
//! ```text
//! variance = ⟨(r_i − ⟨r_i⟩)²⟩        about each neuron's own mean, over neurons and steps
//! ```
//!
//! It is the error of the best constant guess, so 1 − error/variance is a fraction explained.
//!
//! ```
//! use attractor_lab::analysis::statistics::Statistics;
//! use ndarray::array;
//!
//! let mut statistics = Statistics::new(2);
//! statistics.add(array![[0.0, 0.5], [1.0, 0.5]].view());
//! assert_eq!((statistics.mean(), statistics.variance(), statistics.active()), (0.5, 0.125, 0.75));
//! ```

use ndarray::{Array1, ArrayView2};
use serde::{Deserialize, Serialize};

/// Collects a recording trajectory by trajectory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    sums: Array1<f64>,
    squares: Array1<f64>,
    peaks: Array1<f64>,
    active: f64,
    steps: f64,
}

impl Statistics {
    /// Nothing seen yet of `neurons` neurons.
    #[must_use]
    pub fn new(neurons: usize) -> Self {
        let zeros = Array1::zeros(neurons);
        Self { sums: zeros.clone(), squares: zeros.clone(), peaks: zeros, active: 0.0, steps: 0.0 }
    }

    /// Whether this, as it may come out of a damaged checkpoint, is about so many neurons.
    #[must_use]
    pub fn fits(&self, neurons: usize) -> bool {
        let parts = [&self.sums, &self.squares, &self.peaks];
        parts.iter().all(|part| part.len() == neurons && part.iter().all(|x| x.is_finite()))
    }

    /// Takes in `rates`, `[step, neuron]`.
    ///
    /// # Panics
    /// When the number of neurons differs.
    pub fn add(&mut self, rates: ArrayView2<f64>) {
        for row in rates.rows() {
            self.sums += &row;
            self.squares += &(&row * &row);
            self.peaks.zip_mut_with(&row, |peak, &r| *peak = peak.max(r));
            self.active += row.iter().filter(|r| **r > 0.0).count() as f64;
        }
        self.steps += rates.nrows() as f64;
    }

    /// Mean rate over neurons and steps; 0 of nothing.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sums.iter().sum::<f64>() / self.samples()
    }

    /// Fraction of rates above zero; 0 of nothing.
    #[must_use]
    pub fn active(&self) -> f64 {
        self.active / self.samples()
    }

    /// Mean square of the rates about each neuron's mean; 0 of nothing.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let steps = self.steps.max(1.0);
        let about_mean = |(square, sum): (&f64, &f64)| square - sum * sum / steps;
        self.squares.iter().zip(&self.sums).map(about_mean).sum::<f64>() / self.samples()
    }

    /// The neurons whose rate never reached `least`: 0.05 marks the dead.
    #[must_use]
    pub fn dead(&self, least: f64) -> Vec<usize> {
        (0..self.peaks.len()).filter(|&i| self.peaks[i] < least).collect()
    }

    fn samples(&self) -> f64 {
        (self.steps * self.sums.len() as f64).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Statistics;
    use ndarray::{array, s};

    #[test]
    fn slices_add_up_to_the_whole() {
        let rates = array![[0.0, 0.5, 0.01], [1.0, 0.25, 0.0], [0.0, 0.75, 0.04]];
        let (mut whole, mut slices) = (Statistics::new(3), Statistics::new(3));
        whole.add(rates.view());
        slices.add(rates.slice(s![..1, ..]));
        slices.add(rates.slice(s![1.., ..]));
        assert_eq!(whole, slices);
        assert_eq!(whole.dead(0.05), [2]);
    }
}
