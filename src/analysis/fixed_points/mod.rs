//! The fixed points of a network: where it can rest, and the saddles between.
//!
//! ```text
//! F(x, u) = 0   for a constant input u,   q(x) = |F(x)|²
//! ```
//!
//! Ways downhill on q lead from many starts to zeros of F: from the origin, from states that the
//! network visits, and from midway between points that are known already, where saddles lie. If F
//! is odd every point has a mirror image. Sussillo & Barak, *Neural Computation* 25:626, 2013.
//!
//! **Is the set complete?** Where rates are bounded, F points inwards on every large sphere, so by
//! the theorem of Poincaré and Hopf
//!
//! > Σ over all fixed points of (−1)^(number of unstable modes) = 1,
//!
//! and another sum says that points are missing ([`Census`]).
//!
//! ```
//! use attractor_lab::analysis::fixed_points::{Census, Search, Settings};
//! use attractor_lab::models::{activation::{Activation, Form}, rate_network::RateNetwork};
//! use attractor_lab::rng::Rng;
//! use ndarray::{Array1, Array2};
//!
//! // Three units, each of which holds one bit: the eight corners of a cube, and 19 saddles.
//! let network = RateNetwork {
//!     recurrent: 2.0 * Array2::<f64>::eye(3),
//!     input: Array2::zeros((3, 0)),
//!     output: Array2::zeros((0, 3)),
//!     bias: Array1::zeros(3),
//!     start: Array1::zeros(3),
//!     form: Form::Rate,
//!     activation: Activation::Tanh,
//!     step: 1.0,
//!     tau: 10.0,
//! };
//! let field = network.field(&[]);
//! let settings = Settings { starts: 60, spread: 1.0, ..Settings::default() };
//! let mut search = Search::new(settings, Array2::zeros((0, 3)), &Rng::stream(7, "search"));
//! search.finish(&field)?;
//! let census = Census::of(search.points(), &field);
//! assert_eq!(census.by_unstable, [8, 12, 6, 1]);
//! assert_eq!(census.index_sum, Some(1));
//! let corner = search.points().iter().find(|point| point.unstable() == 0).expect("a corner");
//! assert!((corner.state[0].abs() - 0.957_504_024_077).abs() < 1e-12);
//! assert!((corner.eigenvalues[0].re + 0.833_627_912_248).abs() < 1e-11);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

mod descent;
pub mod line;
mod normal;
mod point;

pub use point::{FixedPoint, MARGIN, input_jacobian, selection};

use crate::math::eigen;
use crate::models::rate_network::Field;
use crate::rng::Rng;
use crate::{Error, Result};
use descent::{Bottom, Descent, Room};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// q below which a point is fixed.
pub const FIXED: f64 = 1e-12;
/// Points closer than this are one.
pub const APART: f64 = 1e-4;
/// Slow points closer than this are one; and fixed points of which some |λ| is below [`FLAT`], because
/// a way ends somewhere on the flat ground around them.
const SLOW_APART: f64 = 1e-2;
/// Two points that are about to merge are about this far apart when their |λ| is this small.
const FLAT: f64 = 1e-5;
/// How far from midway a hunt for saddles starts, as the deviation along each axis.
const JITTER: f64 = 0.05;
/// Most points that are kept: more than these are a line or a cloud, not points.
pub const MOST_POINTS: usize = 1000;

/// How to search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Ways from the origin and from visited states.
    pub starts: usize,
    /// Deviation, along each axis, of the noise that is added to visited states.
    pub spread: f64,
    /// Ways from midway between known points, in each round.
    pub hunts: usize,
    /// Rounds of hunting.
    pub rounds: usize,
    /// q below which a place where the flow is slowest around is kept as a slow point; 0 keeps none.
    pub slow: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { starts: 400, spread: 0.5, hunts: 300, rounds: 2, slow: 0.0 }
    }
}

/// A search under way: stepped as finely as one likes, saved and gone on with bit for bit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Search {
    settings: Settings,
    /// Visited states, `[state, unit]`.
    visited: Array2<f64>,
    rng: Rng,
    /// Ways that have ended.
    done: usize,
    /// Number of points that were known when this round of hunting began.
    known: usize,
    way: Option<Descent>,
    points: Vec<FixedPoint>,
    slow: Vec<FixedPoint>,
    /// Ways that ended in a point.
    arrived: usize,
    #[serde(skip)]
    room: Option<Box<Room>>,
}

impl Search {
    /// A search from the origin and around `visited` states, `[state, unit]`; with none, around the
    /// origin. Each way has a lane of `rng` of its own.
    #[must_use]
    pub fn new(settings: Settings, visited: Array2<f64>, rng: &Rng) -> Self {
        Self {
            settings,
            visited,
            rng: rng.clone(),
            done: 0,
            known: 0,
            way: None,
            points: Vec::new(),
            slow: Vec::new(),
            arrived: 0,
            room: None,
        }
    }

    /// The fixed points that are known, in the order in which they were found.
    #[must_use]
    pub fn points(&self) -> &[FixedPoint] {
        &self.points
    }

    /// The slow points that are known.
    #[must_use]
    pub fn slow(&self) -> &[FixedPoint] {
        &self.slow
    }

    /// Ways that have ended, and ways in all.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.ways())
    }

    /// The part of the ways that ended in a fixed point; 1 before the first has ended.
    #[must_use]
    pub fn arrived(&self) -> f64 {
        if self.done == 0 { 1.0 } else { self.arrived as f64 / self.done as f64 }
    }

    /// Whether all ways have ended, or there are too many points to be points.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.done >= self.ways() || self.is_full()
    }

    /// Whether it was given up because it found [`MOST_POINTS`]: a line of points, or a cloud.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.points.len() >= MOST_POINTS
    }

    /// Goes to the end.
    ///
    /// # Errors
    /// As [`Search::advance`].
    pub fn finish(&mut self, field: &Field) -> Result<()> {
        while !self.is_over() {
            self.advance(field)?;
        }
        Ok(())
    }

    /// Goes one step of one way: about N³ multiplications.
    ///
    /// # Errors
    /// [`Error::NoSpectrum`] where a Jacobian is not finite.
    ///
    /// # Panics
    /// When the field's states are not those of the search.
    pub fn advance(&mut self, field: &Field) -> Result<()> {
        let n = field.units();
        assert_eq!(self.visited.ncols(), n, "a search keeps to the states of one network");
        if self.is_over() {
            return Ok(());
        }
        if self.done == self.round_begins() {
            self.known = self.points.len();
        }
        let next = self.way.take().or_else(|| self.next_start().map(Descent::from));
        let Some(mut way) = next else {
            // There are no two points to go midway between.
            self.done = self.ways();
            return Ok(());
        };
        let room = self.room.get_or_insert_with(|| Box::new(Room::new(n)));
        match way.advance(field, room, None) {
            None => self.way = Some(way),
            Some(bottom) => {
                self.done += 1;
                self.arrive(field, way.x, bottom)?;
            }
        }
        Ok(())
    }

    /// Makes sure that a state that was read from a file is one of a search among `n` units.
    ///
    /// # Errors
    /// [`Error::BadFile`].
    pub fn check(&self, n: usize) -> Result<()> {
        let whole = |point: &FixedPoint| point.state.len() == n && point.eigenvalues.len() == n;
        let fits = self.visited.ncols() == n
            && self.known <= self.points.len()
            && self.points.len() <= 2 * MOST_POINTS
            && self.settings.starts.max(self.settings.hunts).max(self.settings.rounds) <= 1_000_000
            && self.way.as_ref().is_none_or(|way| way.x.len() == n)
            && self.points.iter().chain(&self.slow).all(whole);
        if fits {
            return Ok(());
        }
        let why = "it is not that of a search in this network".into();
        Err(Error::BadFile { what: "the state of the search".into(), why })
    }

    fn ways(&self) -> usize {
        self.settings.starts + self.settings.hunts * self.settings.rounds
    }

    /// The number of ways at which the present round of hunting began.
    fn round_begins(&self) -> usize {
        let Settings { starts, hunts, .. } = self.settings;
        match self.done.checked_sub(starts) {
            Some(hunted) if hunts > 0 => starts + hunted / hunts * hunts,
            _ => usize::MAX,
        }
    }

    /// Where the next way begins.
    fn next_start(&self) -> Option<Vec<f64>> {
        let n = self.visited.ncols();
        if let Some(hunt) = self.done.checked_sub(self.settings.starts) {
            if self.known < 2 {
                return None;
            }
            let mut rng = self.rng.lane(2 * hunt as u64 + 1);
            let first = rng.below(self.known as u64) as usize;
            let other = rng.below(self.known as u64 - 1) as usize;
            let second = if other < first { other } else { other + 1 };
            let ends = self.points[first].state.iter().zip(&self.points[second].state);
            return Some(ends.map(|(a, b)| 0.5 * (a + b) + JITTER * rng.normal()).collect());
        }
        if self.done == 0 {
            return Some(vec![0.0; n]);
        }
        let mut rng = self.rng.lane(2 * self.done as u64);
        let mut start = match self.visited.nrows() {
            0 => vec![0.0; n],
            rows => self.visited.row((self.done - 1) % rows).to_vec(),
        };
        for x in &mut start {
            *x += self.settings.spread * rng.normal();
        }
        Some(start)
    }

    /// Keeps what a way has led to, if it is new.
    fn arrive(&mut self, field: &Field, x: Vec<f64>, bottom: Bottom) -> Result<()> {
        if bottom.speed < FIXED {
            self.arrived += 1;
            if is_new(&self.points, &x, APART) {
                let point = FixedPoint::at(field, x)?;
                let flat = point.eigenvalues.iter().any(|value| eigen::size(*value) < FLAT);
                let apart = if flat { SLOW_APART } else { APART };
                let image = field.is_odd().then(|| point.mirrored());
                for point in [Some(point), image].into_iter().flatten() {
                    if is_new(&self.points, &point.state, apart) {
                        self.points.push(point);
                    }
                }
            }
        } else if bottom.settled
            && bottom.speed < self.settings.slow
            && self.slow.len() < MOST_POINTS
            && is_new(&self.slow, &x, SLOW_APART)
        {
            self.slow.push(FixedPoint::at(field, x)?);
        }
        Ok(())
    }
}

/// Whether no point is this near.
fn is_new(points: &[FixedPoint], x: &[f64], apart: f64) -> bool {
    points.iter().all(|point| {
        let square: f64 = point.state.iter().zip(x).map(|(a, b)| (a - b) * (a - b)).sum();
        square >= apart * apart
    })
}

/// The points counted, and what the count says of their being all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// Number of points with 0, 1, 2, … unstable modes.
    pub by_unstable: Vec<usize>,
    /// Number of points with a mode that neither grows nor shrinks.
    pub marginal: usize,
    /// Σ (−1)^(unstable modes); nothing where a point is marginal, which has no such sign.
    pub index_sum: Option<i64>,
    /// Whether the sum has to be 1, because rates are bounded.
    pub bounded: bool,
}

impl Census {
    /// Counts the points of a field.
    #[must_use]
    pub fn of(points: &[FixedPoint], field: &Field) -> Self {
        let most = points.iter().map(FixedPoint::unstable).max();
        let mut by_unstable = vec![0; most.map_or(0, |most| most + 1)];
        for point in points {
            by_unstable[point.unstable()] += 1;
        }
        Self {
            by_unstable,
            marginal: points.iter().filter(|point| point.marginal() > 0).count(),
            index_sum: points.iter().map(FixedPoint::index).sum(),
            bounded: field.network().activation.is_bounded(),
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        match self.index_sum {
            None => format!(
                "{} of the points neither attract nor repel along some direction, so no sign can \
                 be given to them and nothing is known about missing points.",
                self.marginal
            ),
            Some(sum) if !self.bounded => format!(
                "The signs of the points add up to {sum}; with unbounded rates that says nothing \
                 about missing points."
            ),
            Some(1) => "The signs of the points add up to 1, as those of all points must: none is \
                        missing alone. An attractor and a saddle missing together would not show."
                .into(),
            Some(sum) => format!(
                "The signs of the points add up to {sum}, and those of all points to 1: {} missing.",
                match (1 - sum).abs() {
                    1 => "at least one is".into(),
                    least => format!("at least {least} are"),
                }
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Census, FIXED, FixedPoint, MOST_POINTS, Search, Settings, input_jacobian, selection,
    };
    use crate::models::activation::{Activation, Form};
    use crate::models::rate_network::{Field, RateNetwork, tests::random};
    use crate::rng::Rng;
    use ndarray::{Array1, Array2, array};

    fn alone(recurrent: Array2<f64>, activation: Activation, form: Form) -> RateNetwork {
        let n = recurrent.nrows();
        RateNetwork {
            recurrent,
            input: Array2::zeros((n, 0)),
            output: Array2::zeros((0, n)),
            bias: Array1::zeros(n),
            start: Array1::zeros(n),
            form,
            activation,
            step: 1.0,
            tau: 10.0,
        }
    }

    fn search(field: &Field, settings: Settings, seed: u64) -> Search {
        let visited = Array2::zeros((0, field.units()));
        let mut search = Search::new(settings, visited, &Rng::stream(seed, "search"));
        search.finish(field).unwrap();
        search
    }

    fn wide() -> Settings {
        Settings { spread: 1.5, ..Settings::default() }
    }

    /// Acceptance A5: the points, their eigenvalues and the sum of their indices are exact.
    #[test]
    fn three_bits_have_27_points() {
        let network = alone(2.0 * Array2::<f64>::eye(3), Activation::Tanh, Form::Rate);
        let field = network.field(&[]);
        for seed in 0..5 {
            let search = search(&field, wide(), seed);
            let census = Census::of(search.points(), &field);
            assert_eq!(census.by_unstable, [8, 12, 6, 1], "seed {seed}");
            assert_eq!((census.index_sum, census.marginal), (Some(1), 0));
            for point in search.points() {
                assert!(point.speed < 1e-24);
                assert_eq!(point.eigenvalues.len(), 3);
                for x in &point.state {
                    let size = x.abs();
                    assert!(size < 1e-12 || (size - 0.957_504_024_077).abs() < 1e-12, "{x}");
                }
                for value in &point.eigenvalues {
                    let [up, down] = [1.0, -0.833_627_912_248].map(|v| (value.re - v).abs());
                    assert!(up.min(down) < 1e-11 && value.im == 0.0, "{value}");
                }
                let zeros = point.state.iter().filter(|x| x.abs() < 1e-12).count();
                assert_eq!(point.unstable(), zeros);
            }
        }
    }

    #[test]
    fn a_search_in_pieces_saved_between_is_the_search_in_one() {
        let network = random(6, Form::Rate, Activation::Tanh, 1);
        let field = network.field(&[0.1, 0.2]);
        let settings = Settings { starts: 30, hunts: 10, slow: 1e-2, ..wide() };
        let visited = Array2::from_shape_fn((7, 6), |(i, j)| libm::sin((3 * i + j) as f64));
        let fresh = || Search::new(settings.clone(), visited.clone(), &Rng::stream(2, "search"));
        let mut whole = fresh();
        whole.finish(&field).unwrap();
        let mut pieces = fresh();
        while !pieces.is_over() {
            for _ in 0..7 {
                pieces.advance(&field).unwrap();
            }
            let saved = postcard::to_allocvec(&pieces).unwrap();
            pieces = postcard::from_bytes(&saved).unwrap();
            pieces.check(6).unwrap();
            assert!(pieces.check(7).is_err());
        }
        let bytes = |search| postcard::to_allocvec(search).unwrap();
        assert!(!whole.points().is_empty());
        assert_eq!(bytes(&pieces), bytes(&whole));
    }

    #[test]
    fn the_indices_of_bounded_networks_add_up_to_one() {
        for (seed, activation) in [
            (1, Activation::Tanh),
            (2, Activation::Sigmoid { slope: 4.0 }),
            (3, Activation::ClippedSoftplus { ceiling: 2.0 }),
        ] {
            for form in [Form::Rate, Form::Current] {
                let network = random(7, form, activation, seed);
                let field = network.field(&[0.2, 0.1]);
                let census = Census::of(search(&field, wide(), 1).points(), &field);
                assert_eq!(census.index_sum, Some(1), "{activation:?} {form:?} {census:?}");
                assert!(census.bounded && census.verdict().contains("none is missing alone"));
            }
        }
    }

    #[test]
    fn a_missing_point_is_noticed() {
        let network = alone(2.0 * Array2::<f64>::eye(3), Activation::Tanh, Form::Rate);
        let field = network.field(&[]);
        let found = search(&field, wide(), 0);
        let known: Vec<FixedPoint> =
            found.points().iter().filter(|point| point.unstable() < 3).cloned().collect();
        let census = Census::of(&known, &field);
        assert_eq!(census.index_sum, Some(2));
        assert!(census.verdict().ends_with("at least one is missing."), "{}", census.verdict());
    }

    #[test]
    fn the_hunt_finds_saddles_that_starts_near_attractors_miss() {
        let network = alone(2.0 * Array2::<f64>::eye(3), Activation::Tanh, Form::Rate);
        let field = network.field(&[]);
        // Starts at two corners only; symmetry gives two more.
        let visited = array![[0.95, 0.95, 0.95], [0.95, -0.95, 0.95]];
        let found = |rounds| {
            let settings = Settings { starts: 3, spread: 0.01, hunts: 300, rounds, slow: 0.0 };
            let mut search = Search::new(settings, visited.clone(), &Rng::stream(1, "hunt"));
            search.finish(&field).unwrap();
            search.points().len()
        };
        assert_eq!(found(0), 5);
        assert!(found(2) > 5, "{}", found(2));
    }

    /// ẋ = −x + 2 tanh x + u: at u = 0.54 the left fold, at x = −arcosh √2, is just past.
    #[test]
    fn where_a_point_has_just_vanished_the_flow_is_slow() {
        let network = RateNetwork {
            bias: array![0.54],
            ..alone(array![[2.0]], Activation::Tanh, Form::Current)
        };
        let field = network.field(&[]);
        let found = search(&field, Settings { slow: 1e-3, ..wide() }, 1);
        assert_eq!(found.points().len(), 1);
        let [slow] = found.slow() else { panic!("{:?}", found.slow()) };
        assert!((slow.state[0] + 0.881_373_587).abs() < 1e-4, "{}", slow.state[0]);
        // √2 − arcosh √2 = 0.532840
        let speed = 0.54 - 0.532_839_975_353_55;
        assert!((slow.speed - speed * speed).abs() < 1e-9 && slow.speed > FIXED);
        assert!(search(&field, wide(), 1).slow().is_empty());
    }

    /// At a gain of 1 the flow around the origin is −x³/3, so that ways end in a small ball.
    #[test]
    fn a_point_about_to_split_is_one_point() {
        let network = alone(Array2::eye(3), Activation::Tanh, Form::Rate);
        let field = network.field(&[]);
        let found = search(&field, wide(), 1);
        assert_eq!(found.points().len(), 1);
        assert_eq!(Census::of(found.points(), &field).index_sum, None);
    }

    /// −x + max(x, 0) is 0 for every x ≥ 0.
    #[test]
    fn a_line_of_points_is_given_up() {
        let network = alone(array![[1.0]], Activation::Relu, Form::Rate);
        let field = network.field(&[]);
        let found = search(&field, Settings { starts: 100_000, spread: 10.0, ..wide() }, 1);
        assert!(found.is_full() && found.is_over());
        assert_eq!(found.points().len(), MOST_POINTS);
        let census = Census::of(found.points(), &field);
        assert!(census.index_sum.is_none() && census.marginal > 0);
    }

    /// Two units that chase each other: λ = −1 + w ± iw at the origin.
    #[test]
    fn a_point_that_turns_has_a_period_and_may_outrun_eulers_steps() {
        let w = 0.9;
        let turning = alone(array![[w, -w], [w, w]], Activation::Tanh, Form::Rate);
        let field = turning.field(&[]);
        let origin = FixedPoint::at(&field, vec![0.0, 0.0]).unwrap();
        assert_eq!(origin.unstable(), 0);
        assert!((origin.eigenvalues[0].re + 0.1).abs() < 1e-15);
        assert!((origin.slowest(10.0).unwrap() - 100.0).abs() < 1e-9);
        let period = origin.period(10.0).unwrap();
        assert!((period - std::f64::consts::TAU * 10.0 / 0.9).abs() < 1e-9);
        // |1 + α(−0.1 + 0.9i)|² = 1 − 0.2α + 0.82α²: at most 1 up to α = 0.2439.
        assert!(origin.holds(0.24) && !origin.holds(0.25));
    }

    #[test]
    fn the_selection_vector_says_what_a_small_push_does_in_the_long_run() {
        let network = random(5, Form::Rate, Activation::Tanh, 4);
        let field = network.field(&[0.0, 0.0]);
        let found = search(&field, wide(), 1);
        let point = found.points().iter().find(|p| p.eigenvalues[0].im == 0.0).unwrap();
        let mode = &point.modes(&field, 1).unwrap()[0];
        let pushes = input_jacobian(&field, &point.state);
        let selected = selection(mode, pushes.view());
        // ∂F/∂u by finite differences, projected on the left vector.
        for channel in 0..2 {
            let h = 1e-6;
            let at = |h: f64| {
                let mut input = [0.0, 0.0];
                input[channel] = h;
                let mut flow = vec![0.0; 5];
                network.field(&input).flow(&point.state, &mut flow);
                flow
            };
            let change: f64 = at(h)
                .iter()
                .zip(at(-h))
                .zip(&mode.left)
                .map(|((up, down), l)| l.re * (up - down) / (2.0 * h))
                .sum();
            assert!((selected[channel].re - change).abs() < 1e-8);
        }
    }
}
