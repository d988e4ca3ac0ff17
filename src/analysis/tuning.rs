//! What each unit of a compass answers to: mean rate by velocity and heading.
//!
//! ```text
//! map[v, θ] = mean rate while the velocity was in bin v and the heading in bin θ
//! VMI = (A − B)/(A + B),  A, B: mean over headings at 2 < v < 4 and −4 < v < −2 rad/s
//! ```
//!
//! A compass unit answers to heading alone (VMI near 0), a shifter only while turning its way
//! (|VMI| above 0.3). The terms are those of Cueva, Wang, Chin & Wei, ICLR 2020.
//!
//! ```
//! use attractor_lab::analysis::tuning::{Bins, Tuning};
//! use ndarray::array;
//!
//! // One unit that fires three times as much when turning left.
//! let mut tuning = Tuning::new(1, Bins::default());
//! tuning.add(array![[0.9], [0.3]].view(), array![3.0, -3.0].view(), array![1.0, 1.0].view());
//! assert!((tuning.modulation()[0] - 0.5).abs() < 1e-12);
//! ```

use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// The grid of a tuning map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Rows: velocities from `−fastest` (first) to `fastest` (last).
    pub velocities: usize,
    /// Columns: headings from 0 to 2π.
    pub headings: usize,
    /// End of the velocity axis, rad/s; what is faster counts in the outermost row.
    pub fastest: f64,
}

impl Default for Bins {
    fn default() -> Self {
        Self { velocities: 40, headings: 62, fastest: 5.0 }
    }
}

impl Bins {
    /// The row and column of a velocity (rad/s) and a heading (radians, any turn).
    #[must_use]
    pub fn place(&self, velocity: f64, heading: f64) -> (usize, usize) {
        // The cast stops at 0 below; the last bin takes what lies above.
        let bin = |fraction: f64, bins: usize| ((fraction * bins as f64) as usize).min(bins - 1);
        let row = bin(f64::midpoint(velocity / self.fastest, 1.0), self.velocities);
        (row, bin(heading.rem_euclid(TAU) / TAU, self.headings))
    }

    /// The velocity in the middle of a row, rad/s.
    #[must_use]
    pub fn velocity(&self, row: usize) -> f64 {
        self.fastest * ((2 * row + 1) as f64 / self.velocities as f64 - 1.0)
    }

    /// The heading in the middle of a column, radians.
    #[must_use]
    pub fn heading(&self, column: usize) -> f64 {
        TAU * (column as f64 + 0.5) / self.headings as f64
    }
}

/// Collects tuning maps trajectory by trajectory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    bins: Bins,
    /// Steps spent in each bin, `[velocity, heading]`.
    visits: Array2<f64>,
    /// Rates summed in each bin, `[velocity, heading, unit]`: a step adds to one stretch.
    sums: Array3<f64>,
}

impl Tuning {
    /// Nothing seen yet of `units` units.
    #[must_use]
    pub fn new(units: usize, bins: Bins) -> Self {
        Self {
            bins,
            visits: Array2::zeros((bins.velocities, bins.headings)),
            sums: Array3::zeros((bins.velocities, bins.headings, units)),
        }
    }

    /// Takes in `rates`, `[step, unit]`, with velocity (rad/s) and heading (radians), `[step]`.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn add(
        &mut self,
        rates: ArrayView2<f64>,
        velocity: ArrayView1<f64>,
        heading: ArrayView1<f64>,
    ) {
        let steps = rates.nrows();
        assert!(
            velocity.len() == steps && heading.len() == steps,
            "{steps} steps of rates need as many velocities and headings"
        );
        for ((row, &v), &theta) in rates.rows().into_iter().zip(velocity).zip(heading) {
            let (i, j) = self.bins.place(v, theta);
            self.visits[[i, j]] += 1.0;
            let mut bin = self.sums.index_axis_mut(Axis(0), i);
            bin.row_mut(j).zip_mut_with(&row, |sum, r| *sum += r);
        }
    }

    /// The grid.
    #[must_use]
    pub fn bins(&self) -> Bins {
        self.bins
    }

    /// Number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.sums.len_of(Axis(2))
    }

    /// Whether this, as it may come out of a damaged checkpoint, is a tuning of so many units.
    #[must_use]
    pub fn fits(&self, units: usize, bins: Bins) -> bool {
        let grid = (bins.velocities, bins.headings);
        let numbers = self.visits.iter().chain(&self.sums);
        self.bins == bins
            && self.visits.dim() == grid
            && self.sums.dim() == (grid.0, grid.1, units)
            && numbers.into_iter().all(|x| x.is_finite() && *x >= 0.0)
    }

    /// Steps spent in each bin, `[velocity, heading]`.
    #[must_use]
    pub fn visits(&self) -> ArrayView2<'_, f64> {
        self.visits.view()
    }

    /// The tuning map of one unit, `[velocity, heading]`; 0 where [`Tuning::visits`] is 0.
    #[must_use]
    pub fn map(&self, unit: usize) -> Array2<f64> {
        let sums = self.sums.index_axis(Axis(2), unit);
        &sums / &self.visits.mapv(|visits| visits.max(1.0))
    }

    /// Velocity modulation index of each unit, `[unit]`, −1 to 1; 0 for the silent. Rows count by
    /// their middle, headings only where both directions were seen, so that an uneven sample
    /// does not look like modulation.
    #[must_use]
    pub fn modulation(&self) -> Array1<f64> {
        let towards = |sign: f64| {
            let turning = move |&row: &usize| {
                let v = sign * self.bins.velocity(row);
                2.0 < v && v < 4.0
            };
            let rows: Vec<usize> = (0..self.bins.velocities).filter(turning).collect();
            (
                self.visits.select(Axis(0), &rows).sum_axis(Axis(0)),
                self.sums.select(Axis(0), &rows).sum_axis(Axis(0)),
            )
        };
        let ((left_visits, left), (right_visits, right)) = (towards(1.0), towards(-1.0));
        let units = self.units();
        let (mut a, mut b) = (Array1::<f64>::zeros(units), Array1::<f64>::zeros(units));
        for j in 0..self.bins.headings {
            if left_visits[j] > 0.0 && right_visits[j] > 0.0 {
                a.scaled_add(1.0 / left_visits[j], &left.row(j));
                b.scaled_add(1.0 / right_visits[j], &right.row(j));
            }
        }
        let index = |(a, b): (f64, f64)| if a + b > 0.0 { (a - b) / (a + b) } else { 0.0 };
        a.into_iter().zip(b).map(index).collect()
    }

    /// Preferred heading of each unit, `[unit]`, in [0, 2π): the direction of its map summed over
    /// velocity. (The published analysis takes the column of the maximum; the direction is not
    /// tied to the columns and agrees on a symmetric hill.)
    #[must_use]
    pub fn preferred(&self) -> Array1<f64> {
        let directions: Vec<_> =
            (0..self.bins.headings).map(|j| libm::sincos(self.bins.heading(j))).collect();
        let preferred = |unit: usize| {
            let (mut x, mut y) = (0.0, 0.0);
            for row in self.map(unit).rows() {
                for (rate, (sin, cos)) in row.iter().zip(&directions) {
                    x += rate * cos;
                    y += rate * sin;
                }
            }
            libm::atan2(y, x).rem_euclid(TAU)
        };
        (0..self.units()).map(preferred).collect()
    }
}

/// The map from 0 at its least to 1 at its greatest value; all 0 if it is flat.
#[must_use]
pub fn scaled(map: ArrayView2<f64>) -> Array2<f64> {
    let (low, high) =
        map.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
    let range = if high > low { high - low } else { 1.0 };
    map.mapv(|x| (x - low) / range)
}

/// The map, `[velocity, heading]`, under a 3 × 3 Gaussian of deviation one bin. Heading goes
/// round; the first and the last velocity continue outwards.
#[must_use]
pub fn blurred(map: ArrayView2<f64>) -> Array2<f64> {
    let (rows, columns) = map.dim();
    let side = libm::exp(-0.5);
    let [side, middle] = [side / (1.0 + 2.0 * side), 1.0 / (1.0 + 2.0 * side)];
    let across = Array2::from_shape_fn((rows, columns), |(i, j)| {
        middle * map[[i, j]]
            + side * (map[[i, (j + columns - 1) % columns]] + map[[i, (j + 1) % columns]])
    });
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        middle * across[[i, j]]
            + side * (across[[i.saturating_sub(1), j]] + across[[(i + 1).min(rows - 1), j]])
    })
}

/// The order in which hidden units show their wiring: those driven by positive velocity first
/// (`input`: their velocity weights), each group by falling preferred heading, as along the ring.
///
/// # Panics
/// When the lengths differ.
#[must_use]
pub fn order(input: ArrayView1<f64>, preferred: ArrayView1<f64>) -> Vec<usize> {
    assert_eq!(input.len(), preferred.len(), "every unit has an input weight and a preference");
    let mut order: Vec<usize> = (0..input.len()).collect();
    order.sort_by(|&i, &j| {
        let negative = |unit: usize| input[unit] <= 0.0;
        negative(i).cmp(&negative(j)).then(preferred[j].total_cmp(&preferred[i]))
    });
    order
}

#[cfg(test)]
mod tests {
    use super::{Bins, Tuning, blurred, order, scaled};
    use ndarray::{Array2, array};

    #[test]
    fn what_is_too_fast_counts_in_the_outermost_row() {
        let bins = Bins::default();
        assert_eq!(bins.place(-99.0, 0.0), (0, 0));
        assert_eq!(bins.place(99.0, -1e-9), (39, 61));
        assert_eq!(bins.place(bins.velocity(7), bins.heading(13)), (7, 13));
    }

    #[test]
    fn a_map_holds_the_mean_of_each_bin() {
        let mut tuning = Tuning::new(2, Bins { velocities: 2, headings: 4, fastest: 5.0 });
        let rates = array![[0.2, 1.0], [0.4, 1.0], [0.9, 0.0]];
        tuning.add(rates.view(), array![1.0, 2.0, -1.0].view(), array![0.1, 0.2, 6.0].view());
        assert!((tuning.map(0)[[1, 0]] - 0.3).abs() < 1e-12);
        assert_eq!(tuning.map(1), array![[0.0; 4], [1.0, 0.0, 0.0, 0.0]]);
        assert_eq!(tuning.visits(), array![[0.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 0.0]]);
        assert!((tuning.preferred()[1] - std::f64::consts::FRAC_PI_4).abs() < 1e-12);
    }

    #[test]
    fn blurring_keeps_a_flat_map_flat_and_goes_round_in_heading() {
        let flat = blurred(Array2::from_elem((5, 6), 0.7).view());
        assert!(flat.iter().all(|x| (x - 0.7_f64).abs() < 1e-12));
        let mut point = Array2::zeros((5, 6));
        point[[2, 0]] = 1.0;
        let point = blurred(point.view());
        assert_eq!(point.column(1), point.column(5));
        assert!((point.sum() - 1.0_f64).abs() < 1e-12);
    }

    #[test]
    fn scaling_spans_zero_to_one_unless_flat() {
        assert_eq!(scaled(array![[1.0, 3.0], [2.0, 1.0]].view()), array![[0.0, 1.0], [0.5, 0.0]]);
        assert_eq!(scaled(array![[4.0, 4.0]].view()), array![[0.0, 0.0]]);
    }

    #[test]
    fn units_are_ordered_by_direction_then_by_falling_preference() {
        let order = order(array![-0.1, 0.2, 0.1, -0.3].view(), array![1.0, 2.0, 3.0, 4.0].view());
        assert_eq!(order, [2, 1, 3, 0]);
    }
}
