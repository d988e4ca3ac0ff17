//! A network's state space as the page's live view shows it: three axes, ways of states, and fixed
//! points with the directions that lead out of them. `www/stage-space.js` says what each channel is.

use crate::Result;
use crate::analysis::fixed_points::{Census, FixedPoint};
use crate::lab::Series;
use crate::math::eigen::Mode;
use crate::math::pca::Pca;
use crate::models::rate_network::{Field, RateNetwork};
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// Growing directions of a point that are shown.
const SHOWN: usize = 3;

/// From states to the three axes of the picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct View {
    mean: Vec<f64>,
    /// `[axis][unit]`; of fewer than three units the last are zero.
    axes: Vec<Vec<f64>>,
    /// Share of the variance along each; nothing where the axes are the units.
    explained: Option<Vec<f64>>,
}

impl View {
    /// The units themselves, three at most.
    #[must_use]
    pub fn of_units(n: usize) -> Self {
        let axis = |k: usize| (0..n).map(|i| f64::from(u8::from(i == k))).collect();
        Self { mean: vec![0.0; n], axes: (0..3).map(axis).collect(), explained: None }
    }

    /// The first three principal components of states, `[state, unit]`.
    #[must_use]
    pub fn of(states: &Array2<f64>) -> Self {
        let pca = Pca::of(states.view(), 3);
        let mut axes: Vec<_> = pca.components.rows().into_iter().map(|row| row.to_vec()).collect();
        axes.resize(3, vec![0.0; states.ncols()]);
        let mut explained = pca.explained.to_vec();
        explained.resize(3, 0.0);
        Self { mean: pca.mean.to_vec(), axes, explained: Some(explained) }
    }

    /// Puts the axes in the order and direction in which they resemble those before most, so that
    /// the picture neither flips nor jumps where two components change their places.
    pub fn turn_towards(&mut self, before: &Self) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for place in 0..3 {
            let like = |k: usize| dot(&self.axes[k], &before.axes[place]);
            // The first of those that resemble it alike stays first.
            let most = (place..3).rev().max_by(|&a, &b| like(a).abs().total_cmp(&like(b).abs()));
            let most = most.unwrap_or(place);
            let turned = like(most) < 0.0;
            self.axes.swap(place, most);
            if let Some(explained) = &mut self.explained {
                explained.swap(place, most);
            }
            if turned {
                for a in &mut self.axes[place] {
                    *a = -*a;
                }
            }
        }
    }

    /// Where a state lies.
    #[must_use]
    pub fn place(&self, state: ArrayView1<f64>) -> [f64; 3] {
        std::array::from_fn(|k| {
            let apart = state.iter().zip(&self.mean).map(|(x, m)| x - m);
            apart.zip(&self.axes[k]).map(|(x, a)| x * a).sum()
        })
    }

    /// How far a direction goes along each axis.
    fn along(&self, direction: &[f64]) -> [f64; 3] {
        std::array::from_fn(|k| direction.iter().zip(&self.axes[k]).map(|(x, a)| x * a).sum())
    }

    /// What the `k`-th axis is called.
    #[must_use]
    pub fn name(&self, k: usize) -> String {
        match &self.explained {
            None => format!("unit {}", k + 1),
            Some(shares) => {
                format!("component {} ({:.0} % of the variance)", self.number(k), 100.0 * shares[k])
            }
        }
    }

    /// The number of the `k`-th axis: of components by their share of the variance, whatever place
    /// [`turn_towards`](Self::turn_towards) has given them.
    fn number(&self, k: usize) -> usize {
        let Some(shares) = &self.explained else { return k + 1 };
        let before = |j: usize| shares[j] > shares[k] || (shares[j] >= shares[k] && j < k);
        1 + (0..3).filter(|&j| j != k && before(j)).count()
    }

    /// Whether this, as it may come out of a damaged checkpoint, is a view of `n` units.
    #[must_use]
    pub fn fits(&self, n: usize) -> bool {
        self.mean.len() == n
            && self.axes.len() == 3
            && self.axes.iter().all(|axis| axis.len() == n)
            && self.explained.as_ref().is_none_or(|explained| explained.len() == 3)
    }
}

/// The directions in which a point repels, up to three of length 1; a pair that turns has two.
///
/// # Errors
/// Where the Jacobian has no eigenvalues that can be found.
pub fn growing(point: &FixedPoint, field: &Field) -> Result<Vec<Vec<f64>>> {
    let count = point.unstable().min(SHOWN);
    if count == 0 {
        return Ok(Vec::new());
    }
    let direction = |mode: Mode| {
        // The lower one of a pair has the same real part, and the other imaginary part.
        let below = mode.value.im < 0.0;
        let mut part: Vec<f64> =
            mode.right.iter().map(|r| if below { r.im } else { r.re }).collect();
        let length = part.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > 0.0 {
            for x in &mut part {
                *x /= length;
            }
        }
        part
    };
    Ok(point.modes(field, count)?.into_iter().map(direction).collect())
}

/// What is shown.
pub struct Picture<'a> {
    /// The network.
    pub network: &'a RateNetwork,
    /// The constant input, `[channel]`.
    pub input: &'a [f64],
    /// The axes.
    pub view: &'a View,
    /// Fixed points.
    pub points: &'a [FixedPoint],
    /// Slow points.
    pub slow: &'a [FixedPoint],
    /// Of each fixed point, its [`growing`] directions; of the last ones not yet.
    pub growing: &'a [Vec<Vec<f64>>],
    /// Whether these are all points that will be found.
    pub over: bool,
}

impl Picture<'_> {
    /// The frame's channels, but for the ways of states.
    #[must_use]
    pub fn channels(&self) -> Vec<Series> {
        let Self { network, view, .. } = self;
        let points: Vec<_> = self.points.iter().chain(self.slow).collect();
        let (n, count, outputs) = (network.units(), points.len(), network.outputs());
        let each =
            |value: fn(&FixedPoint) -> f64| points.iter().map(|point| value(point)).collect();
        let places: Vec<_> =
            points.iter().map(|point| view.place(ArrayView1::from(&point.state))).collect();
        let far = places.iter().flatten().fold(0.0_f64, |most, x| most.max(x.abs()));
        let length = 0.2 * if far > 0.0 { far } else { 1.0 };
        let mut modes = vec![f64::NAN; count * SHOWN * 3];
        for (point, directions) in self.growing.iter().enumerate() {
            for (k, direction) in directions.iter().enumerate() {
                let at = (point * SHOWN + k) * 3;
                modes[at..at + 3].copy_from_slice(&view.along(direction).map(|x| length * x));
            }
        }
        let fixed = self.points.len();
        let unstable = |(k, point): (usize, &&FixedPoint)| {
            if k < fixed { point.unstable() as f64 } else { f64::NAN }
        };
        let said: Vec<_> =
            points.iter().map(|point| network.read(ArrayView1::from(&point.state))).collect();
        let loudest = said.iter().flatten().fold(0.0_f64, |most, y| most.max(y.abs()));
        let sign = |y: &f64| if y.abs() <= 0.2 * loudest { 0.0 } else { y.signum() };
        let census = Census::of(self.points, &network.field(self.input));
        let sum = census.index_sum.map_or(f64::NAN, |sum| sum as f64);
        let must = if census.bounded && self.over { 1.0 } else { f64::NAN };
        let kind = if view.explained.is_some() { 0.0 } else { 3.0 };
        let eigenvalues = points.iter().flat_map(|point| &point.eigenvalues);
        let series = |name, shape: &[usize], values: Vec<f64>| Series {
            name,
            shape: shape.to_vec(),
            values,
        };
        let mut channels = vec![
            series("points", &[count, 3], places.concat()),
            series("unstable", &[count], points.iter().enumerate().map(unstable).collect()),
            series("speed", &[count], each(|point| libm::log10(point.speed.max(1e-40)))),
            series("modes", &[count, SHOWN, 3], modes),
            series(
                "eigenvalues",
                &[count, n, 2],
                eigenvalues.flat_map(|value| [value.re, value.im]).collect(),
            ),
            series("slowest", &[count], each(|point| point.slowest(1.0).unwrap_or(f64::INFINITY))),
            series("alpha", &[1], vec![network.leak()]),
            series("index", &[2], vec![sum, must]),
            series("axes", &[3, 2], (0..3).flat_map(|k| [kind, view.number(k) as f64]).collect()),
            series("variance", &[3], view.explained.clone().unwrap_or(vec![f64::NAN; 3])),
        ];
        if outputs > 0 {
            channels.push(series(
                "signs",
                &[count, outputs],
                said.iter().flatten().map(sign).collect(),
            ));
            channels.push(series("outputs", &[count, outputs], said.concat()));
        }
        channels
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::View;
    use ndarray::{Array1, Array2};

    #[test]
    fn axes_that_swap_or_flip_are_put_back() {
        let mut view = View::of_units(3);
        let before = view.clone();
        view.axes = vec![vec![0.0, -1.0, 0.0], vec![1.0, 0.0, 0.0], vec![0.0, 0.0, -1.0]];
        view.explained = Some(vec![0.5, 0.3, 0.2]);
        view.turn_towards(&before);
        assert_eq!(view.axes, before.axes);
        assert_eq!(view.explained, Some(vec![0.3, 0.5, 0.2]));
        // The first component is still called so, wherever it stands.
        assert_eq!([0, 1, 2].map(|k| view.number(k)), [2, 1, 3]);
    }

    #[test]
    fn a_state_is_seen_along_the_components() {
        let states =
            Array2::from_shape_fn((9, 4), |(k, unit)| if unit == 2 { k as f64 } else { 0.0 });
        let view = View::of(&states);
        assert!(view.fits(4) && !view.fits(3));
        let [x, y, z] = view.place(Array1::from(vec![0.0, 0.0, 6.0, 0.0]).view());
        assert!((x - 2.0).abs() < 1e-12 && y.abs() < 1e-12 && z.abs() < 1e-12);
    }
}
