//! How fast the compass turns when the fly turns.
//!
//! ```text
//! gain = (decoded turn) / (v · time)
//! ```
//!
//! With few neurons the bump sticks to the lattice: below some velocity it does not follow at
//! all. Noorman, Hulse, Jayaraman, Romani & Hermundstad, *Nat. Neurosci.* 27:2207, 2024.
//!
//! ```
//! use attractor_lab::analysis::gain::gain;
//! use ndarray::array;
//!
//! // Two steps of 25 ms at 2 rad/s, in which the bump went 0.102 rad.
//! assert!((gain(array![0.0, 0.05, 0.102].view(), 2.0) - 1.02).abs() < 1e-12);
//! ```

use crate::models::ring::{STEP, angle};
use ndarray::ArrayView1;

/// Decoded turn over true turn: `path` is the decoded heading without jumps, `[step]`, while the
/// fly turned at `velocity` rad/s. Measure after a second at that velocity, when the bump has
/// taken its moving shape, and over many neurons, since it moves unevenly between them.
///
/// # Panics
/// When the path has fewer than two steps or the velocity is zero: there is no gain then.
#[must_use]
pub fn gain(path: ArrayView1<f64>, velocity: f64) -> f64 {
    assert!(path.len() > 1 && velocity != 0.0, "a gain needs a turn");
    let steps = path.len() - 1;
    (path[steps] - path[0]) / (velocity * STEP * steps as f64)
}

/// Whether the bump stayed between the same two of `neurons` neurons all along the path.
#[must_use]
pub fn pinned(path: ArrayView1<f64>, neurons: usize) -> bool {
    let range = path.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
    range.1 - range.0 < angle(1, neurons)
}

#[cfg(test)]
mod tests {
    use super::pinned;
    use ndarray::array;

    #[test]
    fn a_bump_is_pinned_until_it_has_passed_a_neuron() {
        assert!(pinned(array![0.0, 0.02, -0.03].view(), 100));
        assert!(!pinned(array![0.0, 0.02, 0.07].view(), 100));
    }
}
