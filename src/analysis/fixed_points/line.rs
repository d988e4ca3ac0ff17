//! A line along which a network integrates: the slowest points between two ends, one on each of the
//! planes across the way.
//!
//! ```text
//! xₖ = argmin q(x)  with  (x − xₖ₋₁ − d) · d = 0,   d = (x_R − x_L) / (K − 1)
//! ```
//!
//! The ends are where the network goes when a pair of inputs is pulled apart a little, to one side
//! and to the other. Mante, Sussillo, Shenoy & Newsome, *Nature* 503:78, 2013.

use super::FixedPoint;
use super::descent::{Descent, Room, dot};
use crate::Result;
use crate::math::eigen::Mode;
use crate::models::rate_network::{Field, RateNetwork};
use ndarray::{Array1, Array2, Axis};

/// A point of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Where it is, how fast the flow is, and its eigenvalues.
    pub point: FixedPoint,
    /// Its leading mode. The right vector is the direction of the line; the left one is the
    /// selection vector, which says what is integrated. Both are turned so that the right vector
    /// points from the first end to the other.
    pub leading: Mode,
}

/// The two ends: where the network stands after `steps` from its start under `input`, with `nudge`
/// taken from the second channel of the `pair` and given to the first, and the other way round.
///
/// # Panics
/// When the channels are not the network's.
#[must_use]
pub fn ends(
    network: &RateNetwork,
    input: &[f64],
    pair: (usize, usize),
    nudge: f64,
    steps: usize,
) -> [Vec<f64>; 2] {
    [-nudge, nudge].map(|nudge| {
        let mut input = Array1::from(input.to_vec());
        input[pair.0] += nudge;
        input[pair.1] -= nudge;
        let inputs =
            input.broadcast((steps + 1, input.len())).expect("a row is repeated").to_owned();
        network.simulate(inputs.view(), None).row(steps).to_vec()
    })
}

/// The slowest points on `count` planes across the way from the first of the `ends` to the second,
/// at least two.
///
/// # Errors
/// [`Error::NoSpectrum`](crate::Error::NoSpectrum) where a Jacobian is not finite.
///
/// # Panics
/// When the ends are not states of the field.
pub fn trace(field: &Field, ends: &[Vec<f64>; 2], count: usize) -> Result<Vec<Station>> {
    let [first, last] = ends;
    let parts = count.max(2) - 1;
    let stride: Vec<f64> = last.iter().zip(first).map(|(b, a)| (b - a) / parts as f64).collect();
    let length = dot(&stride, &stride).sqrt();
    let along: Vec<f64> = stride.iter().map(|d| d / length).collect();
    // Ends that are one point have no planes between them.
    let across = (length > 0.0).then_some(&along[..]);
    let mut room = Room::new(field.units());
    let mut stations = Vec::with_capacity(parts + 1);
    let mut x = first.clone();
    for _ in 0..=parts {
        let mut way = Descent::from(x);
        while way.advance(field, &mut room, across).is_none() {}
        let point = FixedPoint::at(field, way.x.clone())?;
        let mut modes = point.modes(field, 1)?;
        let mut leading = modes.remove(0);
        let forward: f64 = leading.right.iter().zip(&along).map(|(r, d)| r.re * d).sum();
        if forward < 0.0 {
            leading.right.iter_mut().chain(&mut leading.left).for_each(|z| *z = -*z);
        }
        stations.push(Station { point, leading });
        x = way.x.iter().zip(&stride).map(|(x, d)| x + d).collect();
    }
    Ok(stations)
}

/// Directions in state space in which decisions are seen, as rows of length 1: what the first of two
/// outputs reads against the second, what the first of two context channels pushes against the
/// second, and what all sensory channels push together.
///
/// The sensory direction is the sum of the channels' columns of Wᵢ, as it was meant; the original
/// sums all entries to one number, which is no direction.
///
/// # Panics
/// When the outputs and channels are not the network's.
#[must_use]
pub fn axes(
    network: &RateNetwork,
    outputs: (usize, usize),
    contexts: (usize, usize),
    sensory: &[usize],
) -> Array2<f64> {
    let choice = &network.output.row(outputs.0) - &network.output.row(outputs.1);
    let context = &network.input.column(contexts.0) - &network.input.column(contexts.1);
    let sensory = network.input.select(Axis(1), sensory).sum_axis(Axis(1));
    let mut axes = Array2::zeros((3, network.units()));
    for (mut row, axis) in axes.rows_mut().into_iter().zip([choice, context, sensory]) {
        let length = axis.dot(&axis).sqrt();
        if length > 0.0 {
            row.assign(&(axis / length));
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::{axes, ends, trace};
    use crate::models::activation::{Activation, Form};
    use crate::models::rate_network::RateNetwork;
    use ndarray::{Array1, array};

    /// ẋ₁ = −x₁ + tanh(x₁ + u₁ − u₂) hardly moves near 0; the other unit follows it.
    fn integrator() -> RateNetwork {
        RateNetwork {
            recurrent: array![[1.0, 0.0], [0.5, 0.0]],
            input: array![[1.0, -1.0], [0.0, 0.0]],
            output: array![[1.0, 0.0], [0.0, 1.0]],
            bias: Array1::zeros(2),
            start: Array1::zeros(2),
            form: Form::Rate,
            activation: Activation::Tanh,
            step: 1.0,
            tau: 10.0,
        }
    }

    #[test]
    fn the_slowest_points_of_an_integrator_are_where_arithmetic_says() {
        let network = integrator();
        let field = network.field(&[0.5, 0.5]);
        let found = ends(&network, &[0.5, 0.5], (0, 1), 0.05, 200);
        assert!(found[0][0] < -0.5 && found[1][0] > 0.5, "{found:?}");
        // Planes across the way between the ends, which is nearly (1, ½) here.
        let line = trace(&field, &found, 31).unwrap();
        assert_eq!(line.len(), 31);
        for (k, station) in line.iter().enumerate() {
            let [x, y] = station.point.state[..] else { panic!("two units") };
            let place = found[0][0] + (found[1][0] - found[0][0]) * k as f64 / 30.0;
            assert!((x - place).abs() < 0.02, "{k}: {x} near {place}");
            let q = |x: f64, y: f64| {
                let (a, b) = (libm::tanh(x) - x, libm::tanh(0.5 * x) - y);
                a * a + b * b
            };
            assert!((station.point.speed - q(x, y)).abs() < 1e-15);
            // Along the plane q is least: a step across the way makes it larger.
            let d = [found[1][0] - found[0][0], found[1][1] - found[0][1]];
            for h in [-1e-4, 1e-4] {
                assert!(q(x - h * d[1], y + h * d[0]) > station.point.speed, "{k}");
            }
            let right = &station.leading.right;
            assert!(right[0].re > 0.0 && right[0].im == 0.0);
            // λ = sech² x − 1, and l = (1, 0): only the first unit's inputs are integrated.
            let slope = Activation::Tanh.slope(x) - 1.0;
            assert!((station.leading.value.re - slope).abs() < 1e-12);
            assert!(station.leading.left[1].re.abs() < 1e-12);
        }
        let middle = &line[15].point;
        assert!(middle.speed < 1e-20 && middle.state[0].abs() < 1e-6, "{middle:?}");
    }

    #[test]
    fn the_sensory_axis_is_a_direction() {
        let network = RateNetwork {
            input: array![[1.0, 0.0, 3.0, 0.0], [0.0, 1.0, 0.0, 4.0]],
            ..integrator()
        };
        let axes = axes(&network, (0, 1), (0, 1), &[2, 3]);
        let root = 0.5_f64.sqrt();
        let expected = array![[root, -root], [root, -root], [0.6, 0.8]];
        assert!((axes - expected).iter().all(|gap| gap.abs() < 1e-15));
    }
}
