//! The shape of a bump of activity.
//!
//! ```text
//! peak = max r      active = #{r > 0}      sum = Σ r      length = √Σ r²
//! width: arc on which r, joined by straight lines, exceeds half its peak
//! ```
//!
//! Peak rate and firing range are how Taube, Muller & Ranck described head-direction cells
//! (*J. Neurosci.* 10:420, 1990).
//!
//! ```
//! use attractor_lab::{analysis::bump::Shape, models::ring::{Ring, Settings, State}, rng::Rng};
//!
//! let ring = Ring::new(Settings { noise: 0.0, ..Settings::default() })?;
//! let mut state = State::cosine(100, 50.3);
//! ring.run(&mut state, 1000, 0.0, &mut Rng::stream(7, "noise"));
//! let shape = Shape::of(state.rates());
//! assert!((shape.peak - 0.904_196_714).abs() < 1e-8);
//! assert_eq!(shape.active, 40);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::models::ring;

/// A bump in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Highest rate.
    pub peak: f64,
    /// Number of neurons that fire at all.
    pub active: usize,
    /// Number of arcs of firing neurons: 1 for a single bump.
    pub arcs: usize,
    /// Full width at half the peak about the peak, in radians; 2π if it never falls so low, 0 if
    /// nothing fires.
    pub width: f64,
    /// Sum of rates.
    pub sum: f64,
    /// Euclidean length of the rates.
    pub length: f64,
}

impl Shape {
    /// The shape of `rates`, `[neuron]`.
    #[must_use]
    pub fn of(rates: &[f64]) -> Self {
        let n = rates.len();
        let fires = |i: usize| rates[i % n] > 0.0;
        let active = (0..n).filter(|&i| fires(i)).count();
        let starts = (0..n).filter(|&i| !fires(i) && fires(i + 1)).count();
        Self {
            peak: rates.iter().copied().fold(0.0, f64::max),
            active,
            arcs: if active == n && n > 0 { 1 } else { starts },
            width: width(rates),
            sum: rates.iter().sum(),
            length: rates.iter().map(|r| r * r).sum::<f64>().sqrt(),
        }
    }
}

fn width(rates: &[f64]) -> f64 {
    let n = rates.len();
    let Some(top) = (0..n).max_by(|&i, &j| rates[i].total_cmp(&rates[j])) else { return 0.0 };
    let half = rates[top] / 2.0;
    if half <= 0.0 {
        return 0.0;
    }
    // From the peak outwards, in neurons, to where the straight line meets the half.
    let reach = |rate: &dyn Fn(usize) -> f64| {
        (1..n).find(|&d| rate(d) < half).map(|d| {
            let (above, below) = (rate(d - 1), rate(d));
            (d - 1) as f64 + (above - half) / (above - below)
        })
    };
    match (reach(&|d| rates[(top + d) % n]), reach(&|d| rates[(top + n - d) % n])) {
        (Some(up), Some(down)) => ring::angle(1, n) * (up + down),
        _ => std::f64::consts::TAU,
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use std::f64::consts::TAU;

    #[test]
    fn a_triangle_is_half_as_wide_at_half_its_height() {
        let mut rates = [0.0; 20];
        for (d, height) in [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25].into_iter().enumerate() {
            rates[(17 + d) % 20] = height;
        }
        let shape = Shape::of(&rates);
        assert_eq!((shape.active, shape.arcs, shape.peak), (7, 1, 1.0));
        assert!((shape.width - TAU * 4.0 / 20.0).abs() < 1e-12, "{shape:?}");
    }

    #[test]
    fn silence_has_no_width_and_no_arc_and_two_bumps_have_two() {
        let silent = Shape::of(&[0.0; 8]);
        assert_eq!((silent.arcs, silent.width, silent.sum), (0, 0.0, 0.0));
        assert_eq!(Shape::of(&[1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0]).arcs, 2);
        assert_eq!(Shape::of(&[1.0; 8]).arcs, 1);
    }
}
