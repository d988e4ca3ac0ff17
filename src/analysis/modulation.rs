//! How many units answer to turning, and whether to the turning that drives them.
//!
//! ```text
//! median and 90 % point of |VMI|      shifters: |VMI| > 0.3
//! agreement: units whose VMI has the sign of their velocity weight
//! ```
//!
//! VMI is the velocity modulation index of [`super::tuning`]. The threshold is this laboratory's;
//! compass and shifter units as such: Cueva, Wang, Chin & Wei, ICLR 2020.
//!
//! ```
//! use attractor_lab::analysis::modulation::Modulation;
//!
//! let units = Modulation::of(&[0.0, 0.1, -0.8, 0.9]);
//! assert!((units.median - 0.45).abs() < 1e-12);
//! assert_eq!(units.shifters, 0.5);
//! ```

use crate::math::stats::quantile;

/// The |VMI| from which on a unit counts as a shifter.
pub const SHIFTER: f64 = 0.3;

/// A population's velocity modulation in numbers; all 0 for no units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Modulation {
    /// Median of |VMI|.
    pub median: f64,
    /// |VMI| that nine of ten units stay below.
    pub high: f64,
    /// Fraction of units with |VMI| above [`SHIFTER`].
    pub shifters: f64,
}

impl Modulation {
    /// Of the velocity modulation indices of some units.
    #[must_use]
    pub fn of(indices: &[f64]) -> Self {
        let sizes = || indices.iter().map(|index| index.abs());
        let above = sizes().filter(|size| *size > SHIFTER).count();
        Self {
            median: quantile(sizes(), 0.5).unwrap_or(0.0),
            high: quantile(sizes(), 0.9).unwrap_or(0.0),
            shifters: above as f64 / indices.len().max(1) as f64,
        }
    }
}

/// The fraction of units whose modulation has the sign of their velocity weight, among those that
/// are modulated at all; 0 if there are none.
///
/// # Panics
/// When the lengths differ.
#[must_use]
pub fn agreement(indices: &[f64], input: &[f64]) -> f64 {
    assert_eq!(indices.len(), input.len(), "every unit has an index and a velocity weight");
    let pairs = indices.iter().zip(input).filter(|(index, _)| **index != 0.0);
    let (mut same, mut all) = (0.0, 0.0_f64);
    for (index, weight) in pairs {
        same += f64::from(u8::from(index * weight > 0.0));
        all += 1.0;
    }
    same / all.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::{Modulation, agreement};

    #[test]
    fn no_units_are_not_modulated() {
        assert_eq!(Modulation::of(&[]), Modulation::default());
        assert!(agreement(&[], &[]).abs() < 1e-15);
    }

    #[test]
    fn silent_units_neither_agree_nor_disagree() {
        let agreement = agreement(&[0.5, -0.5, 0.9, 0.0], &[0.1, -0.1, -0.1, 0.1]);
        assert!((agreement - 2.0 / 3.0).abs() < 1e-15);
    }
}
