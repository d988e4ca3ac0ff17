//! Angles: the shorter way round, continuous paths, means.
//!
//! ```text
//! mean = arg Σ exp(iθ)        resultant length R = |Σ exp(iθ)| / count
//! ```
//!
//! Mardia & Jupp, *Directional Statistics*, 2000.
//!
//! ```
//! use attractor_lab::math::circle;
//!
//! let (mean, length) = circle::mean([6.1, 0.1]);
//! assert!((circle::wrap(mean) - -0.041_592_653_6).abs() < 1e-10 && length > 0.98);
//! ```

use std::f64::consts::{PI, TAU};

/// The same angle in [−π, π): a difference of angles becomes the shorter way round.
#[must_use]
pub fn wrap(angle: f64) -> f64 {
    (angle + PI).rem_euclid(TAU) - PI
}

/// A path without jumps: every step goes the shorter way round. It starts at 0.
pub fn unwrap(angles: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut before = None;
    let mut total = 0.0;
    let walk = |angle| {
        total += wrap(angle - before.unwrap_or(angle));
        before = Some(angle);
        total
    };
    angles.into_iter().map(walk).collect()
}

/// The mean direction in [0, 2π), and the resultant length: 1 when all agree, 0 when they cancel
/// or there are none.
pub fn mean(angles: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (mut x, mut y, mut count) = (0.0, 0.0, 0.0_f64);
    for angle in angles {
        let (sin, cos) = libm::sincos(angle);
        x += cos;
        y += sin;
        count += 1.0;
    }
    (libm::atan2(y, x).rem_euclid(TAU), (x * x + y * y).sqrt() / count.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::{unwrap, wrap};
    use std::f64::consts::PI;

    #[test]
    fn the_shorter_way_round_is_never_more_than_half_a_turn() {
        for turns in -30..30 {
            let angle = wrap(0.37 * f64::from(turns));
            assert!((-PI..PI).contains(&angle), "{angle}");
        }
        assert!((wrap(0.1 - 6.2) - 0.183_185_307_18).abs() < 1e-10);
    }

    #[test]
    fn a_path_goes_on_through_north() {
        let path = unwrap([6.0, 6.2, 0.1, 0.3]);
        assert!((path[3] - (0.3 + 2.0 * PI - 6.0)).abs() < 1e-12, "{path:?}");
        assert!(unwrap([]).is_empty());
    }
}
