//! How noise moves a heading that should stand still.
//!
//! ```text
//! D = ⟨(θ(t + τ) − θ(t))²⟩ / 2τ        over windows that do not overlap
//! ```
//!
//! A windowed mean square uses all of a path, and independent windows give the error of the
//! estimate: `D √(2/windows)`. Burak & Fiete, *PNAS* 109:17645, 2012.
//!
//! ```
//! use attractor_lab::analysis::diffusion::diffusion;
//! use ndarray::array;
//!
//! // ±0.1 rad in windows of two steps, 50 ms: 0.01 / 0.1.
//! let path = array![[0.0, 0.07, 0.1, 0.03, 0.0]];
//! assert!((diffusion(path.view(), 2).coefficient - 0.1).abs() < 1e-12);
//! ```

use crate::{math::stats, models::ring::STEP};
use ndarray::ArrayView2;

/// A diffusion coefficient and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diffusion {
    /// `D`, rad²/s.
    pub coefficient: f64,
    /// Its standard error if displacements are normal.
    pub error: f64,
}

/// The diffusion coefficient of `paths`, `[trial, step]`, headings without jumps in radians, from
/// windows of `lag` steps. Short windows add the jitter of the population vector, which does not
/// accumulate; on a ring that pins its bump they also miss the jumps, so take seconds.
///
/// # Panics
/// When the lag is zero or no window fits.
#[must_use]
pub fn diffusion(paths: ArrayView2<f64>, lag: usize) -> Diffusion {
    assert!(lag > 0 && paths.ncols() > lag, "a window of {lag} steps does not fit");
    let windows = paths.rows().into_iter().flat_map(|path| {
        (lag..path.len()).step_by(lag).map(move |end| path[end] - path[end - lag])
    });
    let displacements: Vec<f64> = windows.collect();
    let count = displacements.len() as f64;
    let square = stats::mean(displacements.into_iter().map(|d| d * d));
    let coefficient = square / (2.0 * lag as f64 * STEP);
    Diffusion { coefficient, error: coefficient * (2.0 / count).sqrt() }
}
