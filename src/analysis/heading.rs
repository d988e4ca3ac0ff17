//! From rates to headings: what a downstream reader of the compass would believe.
//!
//! ```text
//! φ = arg Σ rᵢ exp(2πi·i/n)        θ̂ = θ₀ − (φ − φ₀)
//! ```
//!
//! Positive velocity moves the bump towards lower indices, hence the minus. Population vector:
//! Georgopoulos, Schwartz & Kettner, *Science* 233:1416, 1986.
//!
//! ```
//! use attractor_lab::{analysis::heading, models::ring::{Ring, Settings, State}, rng::Rng};
//!
//! let ring = Ring::new(Settings { noise: 0.0, ..Settings::default() })?;
//! let (mut state, mut noise) = (State::cosine(100, 50.0), Rng::stream(7, "noise"));
//! ring.run(&mut state, 500, 0.0, &mut noise);
//! let turned = heading::path(ring.watch(&mut state, 101, 2.0, &mut noise).view());
//! // 100 steps of 25 ms at 2 rad/s, and a gain of 1.018.
//! assert!((turned[100] - 5.09).abs() < 0.01);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::{
    math::{circle, stats::Line},
    models::ring::{Anchor, Compass},
};
use ndarray::{Array1, ArrayView1, ArrayView2};

/// The phase of the bump at each step, in [0, 2π), from rates `[step, neuron]`.
#[must_use]
pub fn phases(rates: ArrayView2<f64>) -> Array1<f64> {
    let compass = Compass::new(rates.ncols());
    rates.rows().into_iter().map(|row| compass.bump(row).phase).collect()
}

/// How far the decoded heading has turned since the first step, without jumps, in radians.
#[must_use]
pub fn path(rates: ArrayView2<f64>) -> Array1<f64> {
    circle::unwrap(phases(rates).into_iter().map(|phase| -phase)).into()
}

/// Decoded minus true heading at each step, in [−π, π).
#[must_use]
pub fn errors(rates: ArrayView2<f64>, heading: ArrayView1<f64>, anchor: Anchor) -> Array1<f64> {
    let decoded = phases(rates).into_iter().map(|phase| anchor.decode(phase));
    decoded.zip(heading).map(|(decoded, heading)| circle::wrap(decoded - heading)).collect()
}

/// Displacement of the decoded heading against displacement of the true one, step by step.
#[must_use]
pub fn steps(rates: ArrayView2<f64>, heading: ArrayView1<f64>) -> Line {
    let (decoded, truth) = (path(rates), circle::unwrap(heading.into_iter().copied()));
    let displacements = |path: &[f64]| path.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>();
    let (truth, decoded) = (displacements(&truth), displacements(&decoded.to_vec()));
    Line::through(truth.into_iter().zip(decoded))
}

#[cfg(test)]
mod tests {
    use super::{errors, phases, steps};
    use crate::models::ring::{Anchor, State};
    use ndarray::{Array2, array};

    /// A cosine that moves by −0.7 and +1.2 neurons.
    fn moving() -> Array2<f64> {
        let rows: Vec<f64> = [2.0, 1.3, 2.5]
            .iter()
            .flat_map(|&i| State::cosine(64, i).potentials().to_vec())
            .collect();
        Array2::from_shape_vec((3, 64), rows).unwrap()
    }

    const NEURON: f64 = std::f64::consts::TAU / 64.0;

    #[test]
    fn the_decoded_heading_rises_when_the_bump_moves_down() {
        let anchor = Anchor { phase: 2.0 * NEURON, heading: 1.0 };
        let truth = array![1.0, 1.0 + 0.7 * NEURON, 1.0];
        let errors = errors(moving().view(), truth.view(), anchor);
        // A half-wave rectified cosine between two neurons is off by its kinks: a few 10⁻⁵.
        assert!(errors[0].abs() < 1e-4 && errors[1].abs() < 1e-4, "{errors}");
        assert!((errors[2] + 0.5 * NEURON).abs() < 1e-4, "{errors}");
    }

    #[test]
    fn a_bump_that_moves_twice_as_far_has_slope_two() {
        let heading = phases(moving().view()).mapv(|phase| 3.0 - phase / 2.0);
        let line = steps(moving().view(), heading.view());
        assert!((line.slope - 2.0).abs() < 1e-9 && (line.correlation - 1.0).abs() < 1e-9);
    }
}
