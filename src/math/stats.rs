//! Summaries of numbers, in plain order of summation.
//!
//! ```text
//! slope = Σ (x − x̄)(y − ȳ) / Σ (x − x̄)²
//! correlation = Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² Σ (y − ȳ)²)
//! ```
//!
//! Pearson, *Proc. R. Soc. Lond.* 58:240, 1895.
//!
//! ```
//! use attractor_lab::math::stats::Line;
//!
//! let line = Line::through([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
//! assert_eq!((line.slope, line.correlation), (2.0, 1.0));
//! ```

/// The straight line of least squares through points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Rise per unit of `x`; 0 when `x` never varies.
    pub slope: f64,
    /// Pearson's correlation; 0 when either never varies.
    pub correlation: f64,
}

impl Line {
    /// The line through `(x, y)` points.
    pub fn through(points: impl IntoIterator<Item = (f64, f64), IntoIter: Clone>) -> Self {
        let points = points.into_iter();
        let (x_mean, y_mean) =
            (mean(points.clone().map(|p| p.0)), mean(points.clone().map(|p| p.1)));
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in points {
            let (x, y) = (x - x_mean, y - y_mean);
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        let ratio = |over: f64| if over > 0.0 { xy / over } else { 0.0 };
        Self { slope: ratio(xx), correlation: ratio((xx * yy).sqrt()) }
    }
}

/// The mean; 0 of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) =
        values.into_iter().fold((0.0, 0.0_f64), |(sum, count), x| (sum + x, count + 1.0));
    sum / count.max(1.0)
}

/// The root of the mean square; 0 of nothing.
pub fn root_mean_square(values: impl IntoIterator<Item = f64>) -> f64 {
    mean(values.into_iter().map(|x| x * x)).sqrt()
}

/// The median: of an even number, half-way between the two in the middle. `None` of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value that a `part` (0 to 1) of the values lies below, on straight lines between the sorted
/// values: definition 7 of Hyndman & Fan, *Am. Stat.* 50:361, 1996. `None` of nothing.
pub fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let place = part.clamp(0.0, 1.0) * values.len().checked_sub(1)? as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::{Line, median, quantile, root_mean_square};

    #[test]
    fn what_never_varies_correlates_with_nothing() {
        let line = Line::through([(1.0, 2.0), (1.0, 3.0)]);
        assert_eq!(line, Line { slope: 0.0, correlation: 0.0 });
    }

    #[test]
    fn half_of_the_values_lie_on_either_side_of_the_median() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
    }

    #[test]
    fn a_quantile_lies_on_the_line_between_its_neighbours() {
        let values = [10.0, 0.0, 40.0, 20.0, 30.0];
        for (part, value) in [(0.0, 0.0), (0.25, 10.0), (0.9, 36.0), (1.0, 40.0)] {
            assert!((quantile(values, part).unwrap_or(f64::NAN) - value).abs() < 1e-12, "{part}");
        }
    }

    #[test]
    fn the_root_mean_square_of_a_sign_is_one() {
        assert!((root_mean_square([1.0, -1.0, 1.0]) - 1.0).abs() < 1e-15);
    }
}
