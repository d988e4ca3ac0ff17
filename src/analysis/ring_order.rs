//! Where on a ring each recorded neuron sits: read from what it answers to, or from activity alone.
//!
//! ```text
//! by heading:   φᵢ = arg Σ_b r̄ᵢ(b) exp(iθ_b),   r̄ᵢ(b): mean rate of neuron i in heading bin b
//! by activity:  φᵢ = arg (vᵢ + i wᵢ),           v, w: the first two principal components
//! ```
//!
//! When one bump moves round a ring, the covariance of the rates depends on the neurons' distance
//! alone; its first two components are then a cosine and a sine of their place. They tell the
//! places up to a turn and a mirror. The idea is that of Chaudhuri, Gerçek, Pandey, Peyrache &
//! Fiete, *Nature Neuroscience* 22:1512, 2019, in its simplest, linear form.
//!
//! ```
//! use attractor_lab::{analysis::ring_order, math::circle};
//! use ndarray::Array2;
//! use std::f64::consts::TAU;
//!
//! // A cosine that visits all of a ring of eight neurons.
//! let place = |i: usize| TAU * i as f64 / 8.0;
//! let rates = Array2::from_shape_fn((100, 8), |(t, i)| 1.0 + libm::cos(place(i) - 0.7 * t as f64));
//! let found = ring_order::by_activity(rates.view());
//! let step = circle::wrap(found.angles[1] - found.angles[0]);
//! assert!((step.abs() - TAU / 8.0).abs() < 1e-3);
//! assert!(found.explained > 0.999);
//! ```

use crate::math::circle;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use std::f64::consts::TAU;

/// Bins of the heading.
const BINS: usize = 36;
/// Multiplications that finding the components may take.
const BUDGET: usize = 150_000_000;
/// Rounds of the power iteration: what lies behind the first two components by a tenth is then
/// below 10⁻¹².
const ROUNDS: usize = 300;

/// Where neurons sit on a ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// The angle of each neuron, in (−π, π].
    pub angles: Array1<f64>,
    /// How much of the variance of the rates lies in the first two components (by activity), or
    /// of a neuron's variance across headings in its first harmonic (by heading), 0 to 1. On a
    /// ring with one smooth bump it is large.
    pub explained: f64,
}

impl Places {
    /// The neurons in the order of their angles.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.angles.len()).collect();
        order.sort_by(|&i, &j| self.angles[i].total_cmp(&self.angles[j]));
        order
    }

    /// The phase of the bump, in (−π, π], when the neurons fire at these rates.
    #[must_use]
    pub fn phase(&self, rates: ArrayView1<f64>) -> f64 {
        let (x, y) = self.angles.iter().zip(rates).fold((0.0, 0.0), |(x, y), (&angle, &rate)| {
            (x + rate * libm::cos(angle), y + rate * libm::sin(angle))
        });
        libm::atan2(y, x)
    }
}

/// Places neurons by the heading they prefer: `rates` `[step, neuron]`, `heading` `[step]`,
/// radians.
#[must_use]
pub fn by_heading(rates: ArrayView2<f64>, heading: ArrayView1<f64>) -> Places {
    let n = rates.ncols();
    let (mut sums, mut visits) = (Array2::<f64>::zeros((BINS, n)), [0.0; BINS]);
    for (row, &theta) in rates.rows().into_iter().zip(heading) {
        let bin = ((theta.rem_euclid(TAU) / TAU * BINS as f64) as usize).min(BINS - 1);
        visits[bin] += 1.0;
        sums.row_mut(bin).zip_mut_with(&row, |sum, &rate| *sum += rate);
    }
    let visited: Vec<usize> = (0..BINS).filter(|&bin| visits[bin] > 0.0).collect();
    let count = visited.len().max(1) as f64;
    let (mut all, mut harmonic) = (0.0, 0.0);
    let angles = (0..n)
        .map(|i| {
            let tuned = |bin: usize| sums[[bin, i]] / visits[bin];
            let mean = visited.iter().map(|&bin| tuned(bin)).sum::<f64>() / count;
            let (mut x, mut y) = (0.0, 0.0);
            for &bin in &visited {
                let (theta, rate) = (TAU * (bin as f64 + 0.5) / BINS as f64, tuned(bin) - mean);
                x += rate * libm::cos(theta);
                y += rate * libm::sin(theta);
                all += rate * rate;
            }
            harmonic += 2.0 * (x * x + y * y) / count;
            libm::atan2(y, x)
        })
        .collect();
    Places { angles, explained: if all > 0.0 { (harmonic / all).min(1.0) } else { 0.0 } }
}

/// Places neurons by activity alone: `rates` `[step, neuron]`. Of a long recording a part is used,
/// spread over all of it.
#[must_use]
pub fn by_activity(rates: ArrayView2<f64>) -> Places {
    let n = rates.ncols();
    let stride = (rates.nrows() * n * n).div_ceil(BUDGET).max(1);
    let covariance = covariance(rates.slice(ndarray::s![..;stride, ..]));
    // Any two vectors will do to begin with, unless they are at right angles to what is sought.
    let mut first: Vec<f64> = (0..n).map(|i| libm::cos(2.4 * i as f64)).collect();
    let mut second: Vec<f64> = (0..n).map(|i| libm::sin(2.4 * i as f64 + 0.5)).collect();
    let mut variances = (0.0, 0.0);
    for _ in 0..ROUNDS {
        first = times(&covariance, &first);
        second = times(&covariance, &second);
        variances.0 = normalise(&mut first);
        let along = dot(&first, &second);
        second.iter_mut().zip(&first).for_each(|(y, x)| *y -= along * x);
        variances.1 = normalise(&mut second);
    }
    let total = covariance.diag().sum();
    let angles = first.iter().zip(&second).map(|(&x, &y)| libm::atan2(y, x)).collect();
    let explained = if total > 0.0 { (variances.0 + variances.1) / total } else { 0.0 };
    Places { angles, explained }
}

/// How a bump moves with the velocity: the phase it gains in a step, radians, as a straight line
/// through the velocity of that step, and their correlation. Both are negative for a bump that
/// moves towards smaller angles.
#[must_use]
pub fn turning(phases: ArrayView1<f64>, velocity: ArrayView1<f64>) -> (f64, f64) {
    let gained = (1..phases.len()).map(|t| circle::wrap(phases[t] - phases[t - 1]));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (gained, &v) in gained.zip(velocity.iter().skip(1)) {
        xx += v * v;
        xy += v * gained;
        yy += gained * gained;
    }
    if xx * yy > 0.0 { (xy / xx, xy / libm::sqrt(xx * yy)) } else { (0.0, 0.0) }
}

/// Written out, so that it has the same bits on every machine.
fn covariance(rates: ArrayView2<f64>) -> Array2<f64> {
    let (steps, n) = rates.dim();
    let mean: Vec<f64> = rates
        .columns()
        .into_iter()
        .map(|column| column.iter().sum::<f64>() / steps as f64)
        .collect();
    let mut sums = Array2::<f64>::zeros((n, n));
    let mut centred = vec![0.0; n];
    for row in rates.rows() {
        centred.iter_mut().zip(row).zip(&mean).for_each(|((x, &rate), mean)| *x = rate - mean);
        for (mut line, &x) in sums.rows_mut().into_iter().zip(&centred) {
            line.iter_mut().zip(&centred).for_each(|(sum, y)| *sum += x * y);
        }
    }
    sums / steps.max(1) as f64
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn times(matrix: &Array2<f64>, vector: &[f64]) -> Vec<f64> {
    let row = |row: ArrayView1<f64>| row.iter().zip(vector).map(|(x, y)| x * y).sum();
    matrix.rows().into_iter().map(row).collect()
}

/// Makes a vector one long and tells how long it was.
fn normalise(vector: &mut [f64]) -> f64 {
    let length = libm::sqrt(dot(vector, vector));
    if length > 0.0 {
        for x in vector {
            *x /= length;
        }
    }
    length
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::{by_activity, by_heading, turning};
    use crate::{math::circle, rng::Rng};
    use ndarray::{Array1, Array2};
    use std::f64::consts::TAU;

    /// The distance of two neighbours on the ring of thirty.
    const NEIGHBOUR: f64 = TAU / 30.0;

    /// A narrow bump on a shuffled ring that follows a random heading, with noise.
    fn recording() -> (Array2<f64>, Array1<f64>, Vec<f64>, Array1<f64>) {
        let mut rng = Rng::stream(7, "a ring");
        let (steps, n) = (4000, 30);
        // Neuron i sits at place 7i of 30: every place once, far from its neighbours by number.
        let places: Vec<f64> = (0..n).map(|i| TAU * ((7 * i) % n) as f64 / n as f64).collect();
        let (mut heading, mut velocity) = (Array1::zeros(steps), Array1::zeros(steps));
        let mut now = 1.0;
        for t in 0..steps {
            velocity[t] = rng.normal();
            now += 0.2 * velocity[t];
            heading[t] = now;
        }
        let rates = Array2::from_shape_fn((steps, n), |(t, i)| {
            let bump = libm::exp(3.0 * (libm::cos(places[i] - heading[t]) - 1.0));
            (bump + 0.2 * rng.normal()).max(0.0)
        });
        (rates, heading, places, velocity)
    }

    /// The largest distance between found and true places, up to a turn and a mirror.
    fn worst(found: &Array1<f64>, truth: &[f64], mirror: f64) -> f64 {
        let offset = mirror * found[0] - truth[0];
        let error = |(&f, &t): (&f64, &f64)| circle::wrap(mirror * f - t - offset).abs();
        found.iter().zip(truth).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn a_preferred_heading_is_found_under_noise() {
        let (rates, heading, places, _) = recording();
        let found = by_heading(rates.view(), heading.view());
        let error = |(&f, &t): (&f64, &f64)| circle::wrap(f - t).abs();
        let worst = found.angles.iter().zip(&places).map(error).fold(0.0, f64::max);
        assert!(worst < NEIGHBOUR / 2.0, "{worst} rad");
        // Of a bump of this width, I₁²/ΣIₖ² (k ≥ 1, at 3) = 0.72 is in the first harmonic, and noise
        // takes some of it.
        assert!((0.6..0.72).contains(&found.explained), "{}", found.explained);
    }

    #[test]
    fn activity_alone_tells_the_places_up_to_a_turn_and_a_mirror() {
        let (rates, _, places, _) = recording();
        let found = by_activity(rates.view());
        let worst = worst(&found.angles, &places, 1.0).min(worst(&found.angles, &places, -1.0));
        assert!(worst < NEIGHBOUR, "{worst} rad");
        assert!(found.explained > 0.5, "{}", found.explained);
    }

    #[test]
    fn noise_without_a_ring_is_told_by_how_little_is_explained() {
        let mut rng = Rng::stream(7, "no ring");
        let rates = Array2::from_shape_fn((4000, 30), |_| rng.normal());
        assert!(by_activity(rates.view()).explained < 0.1);
        assert_eq!(by_activity(Array2::zeros((10, 5)).view()).explained, 0.0);
    }

    #[test]
    fn the_bump_gains_what_the_velocity_says() {
        let (rates, heading, _, velocity) = recording();
        let places = by_heading(rates.view(), heading.view());
        let phases = rates.rows().into_iter().map(|row| places.phase(row)).collect::<Array1<_>>();
        let (gain, correlation) = turning(phases.view(), velocity.view());
        assert!((gain - 0.2).abs() < 0.005 && correlation > 0.7, "{gain}, {correlation}");
        assert_eq!(turning(phases.view(), Array1::zeros(4000).view()), (0.0, 0.0));
    }
}
