//! What a prediction has to beat: guesses that need no learning.
//!
//! ```text
//! hold   r̂(t₀ + k) = r(t₀)
//! ```
//!
//! A bump that stands still is a good guess for a few steps, so an error means something only
//! beside it. The guess of each neuron's mean has as its error the variance
//! ([`super::statistics`]).
//!
//! ```
//! use attractor_lab::analysis::{baseline::hold, prediction::Prediction};
//! use ndarray::array;
//!
//! let mut held = Prediction::default();
//! hold(array![[0.0], [0.1], [0.3]].view(), 0, 2, &mut held);
//! assert!((held.error() - 0.05).abs() < 1e-12); // (0.1² + 0.3²) / 2
//! ```

use super::prediction::Prediction;
use ndarray::{ArrayView2, s};

/// Where the windows of a test begin in a walk of `steps` steps: every 50 steps, so that a window
/// of 49 ends where the next begins; a short walk has one, from its first step.
pub fn starts(steps: usize, window: usize) -> impl Iterator<Item = usize> {
    let last = steps.saturating_sub(window);
    let first = if last > EVERY { EVERY } else { 0 };
    (first..last).step_by(EVERY)
}

/// Steps from one start to the next.
const EVERY: usize = 50;

/// Adds to `held` the guess that `rates`, `[step, neuron]`, stay as they are at `start` for
/// `window` steps.
///
/// # Panics
/// When the window does not fit.
pub fn hold(rates: ArrayView2<f64>, start: usize, window: usize, held: &mut Prediction) {
    let truth = rates.slice(s![start + 1..=start + window, ..]);
    if let Some(guess) = rates.row(start).broadcast(truth.dim()) {
        held.add(guess, truth);
    }
}

#[cfg(test)]
mod tests {
    use super::starts;

    #[test]
    fn a_walk_of_a_thousand_steps_has_windows_at_50_to_950() {
        let starts: Vec<usize> = starts(1000, 49).collect();
        assert_eq!((starts[0], starts[1], starts.len()), (50, 100, 19));
    }

    #[test]
    fn a_short_walk_has_one_window_and_a_shorter_one_none() {
        assert_eq!(starts(60, 49).collect::<Vec<_>>(), [0]);
        assert_eq!(starts(49, 49).count(), 0);
    }
}
