//! How long a network takes to come to rest.
//!
//! ```text
//! settled at the first t from which on  max_i |r_i(t') − r_i(end)| < tolerance
//! ```
//!
//! At rest, a network obeys `r = [tanh(W r)]₊`: it has reached a fixed point (Hopfield, *PNAS*
//! 81:3088, 1984). A tolerance of 10⁻³ is a tenth of a percent of the highest possible rate.
//!
//! ```
//! use attractor_lab::analysis::settling::settled;
//! use ndarray::array;
//!
//! assert_eq!(settled(array![[0.5], [0.9], [0.89], [0.9]].view(), 0.02), Some(1));
//! ```

use ndarray::ArrayView2;

/// The first step from which on `rates`, `[step, neuron]`, stay within `tolerance` of the last
/// ones; `None` if that is only the last step itself, or there are none.
#[must_use]
pub fn settled(rates: ArrayView2<f64>, tolerance: f64) -> Option<usize> {
    let end = rates.nrows().checked_sub(1)?;
    let far = |t: &usize| {
        let mut pairs = rates.row(*t).into_iter().zip(rates.row(end));
        pairs.any(|(r, last)| (r - last).abs() >= tolerance)
    };
    let since = (0..end).rev().find(far).map_or(0, |t| t + 1);
    (since < end).then_some(since)
}

#[cfg(test)]
mod tests {
    use super::settled;
    use ndarray::{Array2, array};

    #[test]
    fn coming_near_once_is_not_settling() {
        assert_eq!(settled(array![[0.5], [0.9], [0.5], [0.9], [0.9]].view(), 0.1), Some(3));
    }

    #[test]
    fn what_still_moves_at_the_end_has_not_settled() {
        assert_eq!(settled(array![[0.1], [0.2], [0.3]].view(), 0.05), None);
        assert_eq!(settled(Array2::zeros((0, 3)).view(), 0.1), None);
    }
}
