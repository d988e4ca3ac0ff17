//! What is inside while it learns: the fixed points of the network, sought again and again.
//!
//! A search looks into a copy of the network, goes on a little with every update, and when it is
//! done the next one begins with the network as it is then, from the points that were found and from
//! states that trials visit. Its share of an update is bounded, so training hardly notices it.

use super::super::state_space::{Picture, View, growing};
use crate::Result;
use crate::analysis::fixed_points::{Census, FixedPoint, Search, Settings};
use crate::lab::{Bench, Frame, Series};
use crate::learning::beginning::Design;
use crate::models::rate_network::{Field, RateNetwork};
use crate::tasks::Trials;
use ndarray::{Array2, Axis, concatenate, s};
use serde::{Deserialize, Serialize};

/// Multiplications of an update's share of the search: some milliseconds.
const SHARE: usize = 16_000_000;
/// Trials whose states are visited and shown, and every which state the search starts from.
const TRIALS: usize = 8;
const STRIDE: usize = 8;
/// Ways from visited states, and from midway between points in each of two rounds.
const WAYS: usize = 24;
const HUNTS: usize = 20;
/// Most units of a network that is searched.
pub const MOST_UNITS: usize = 128;
/// Pieces of the last search, and ways downhill of each.
pub const PIECES: u64 = 100;
const WAYS_A_PIECE: usize = 10;

/// The searches of a training; part of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inside {
    seek: Option<Seek>,
    found: Option<Found>,
    /// What each search found.
    pub counts: Vec<Count>,
    /// Whether the picture has not been shown yet.
    #[serde(skip)]
    fresh: bool,
}

/// A search under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Seek {
    /// Updates made when it began.
    update: u64,
    parameters: Vec<f32>,
    search: Search,
    /// Of each point, directions that grow, `[direction][unit]`; of the last ones not yet.
    growing: Vec<Vec<Vec<f64>>>,
}

/// What the last search found.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Found {
    update: u64,
    parameters: Vec<f32>,
    points: Vec<FixedPoint>,
    growing: Vec<Vec<Vec<f64>>>,
    view: View,
}

/// How many points there were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// After so many updates.
    pub update: u64,
    /// With 0, 1, 2, … unstable modes.
    pub by_unstable: Vec<usize>,
    /// Σ (−1)^(unstable modes), if every point has such a sign.
    pub index_sum: Option<i64>,
}

impl Inside {
    /// Goes on with the search in the network, which now has these `parameters` after `update`
    /// updates; or begins one, if the last is done.
    ///
    /// # Errors
    /// Where a Jacobian has no eigenvalues that can be found.
    pub fn go_on(
        &mut self,
        design: Design,
        (update, parameters): (u64, &[f32]),
        trials: &Trials,
        rest: &[f64],
        bench: &Bench,
    ) -> Result<()> {
        let mut seek = if let Some(seek) = self.seek.take() {
            seek
        } else {
            let network = design.network(parameters);
            let known = self.found.as_ref().map_or(&[][..], |found| &found.points);
            let visited = starts(known, &network, trials);
            let starts = 1 + known.len() + WAYS;
            let settings = Settings { starts, hunts: HUNTS, ..Settings::default() };
            let rng = bench.rng(&format!("search/{update}"));
            let search = Search::new(settings, visited, &rng);
            Seek { update, parameters: parameters.to_vec(), search, growing: Vec::new() }
        };
        let network = design.network(&seek.parameters);
        let field = network.field(rest);
        if seek.advance(&field)? {
            self.seek = Some(seek);
        } else {
            self.keep(seek, &network, trials, rest);
        }
        Ok(())
    }

    /// Piece number `piece` of the last search, in the network with these `parameters`, which are
    /// those after `update` updates: many more ways than while it learned.
    ///
    /// # Errors
    /// As [`Inside::go_on`].
    pub fn finish(
        &mut self,
        design: Design,
        (update, parameters): (u64, &[f32]),
        trials: &Trials,
        rest: &[f64],
        piece: u64,
        bench: &Bench,
    ) -> Result<()> {
        let network = design.network(parameters);
        let mut seek = match self.seek.take() {
            Some(seek) if piece > 0 => seek,
            _ => {
                let visited = starts(&[], &network, trials);
                let search = Search::new(Settings::default(), visited, &bench.rng("search/last"));
                Seek { update, parameters: parameters.to_vec(), search, growing: Vec::new() }
            }
        };
        let field = network.field(rest);
        let due = (piece as usize + 1) * WAYS_A_PIECE;
        while seek.search.progress().0 < due && !seek.search.is_over() {
            seek.search.advance(&field)?;
        }
        while seek.growing.len() < seek.search.points().len() {
            let point = &seek.search.points()[seek.growing.len()];
            seek.growing.push(growing(point, &field)?);
        }
        if piece + 1 == PIECES {
            self.keep(seek, &network, trials, rest);
        } else {
            self.seek = Some(seek);
        }
        Ok(())
    }

    /// Keeps what a search has found.
    fn keep(&mut self, seek: Seek, network: &RateNetwork, trials: &Trials, rest: &[f64]) {
        let census = Census::of(seek.search.points(), &network.field(rest));
        self.counts.push(Count {
            update: seek.update,
            by_unstable: census.by_unstable,
            index_sum: census.index_sum,
        });
        let mut view = View::of(&visited(network, trials));
        if let Some(before) = &self.found {
            view.turn_towards(&before.view);
        }
        let points = seek.search.points().to_vec();
        let Seek { update, parameters, growing, .. } = seek;
        self.found = Some(Found { update, parameters, points, growing, view });
        self.fresh = true;
    }

    /// Whether there was no search.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seek.is_none() && self.found.is_none() && self.counts.is_empty()
    }

    /// The picture of what the last search found, if it has not been shown.
    pub fn frame(&mut self, design: Design, trials: &Trials, rest: &[f64]) -> Option<Frame> {
        if !std::mem::take(&mut self.fresh) {
            return None;
        }
        let found = self.found.as_ref()?;
        Some(found.frame(&design.network(&found.parameters), trials, rest))
    }

    /// Shows the picture once more: the page may have lost it.
    pub fn refresh(&mut self) {
        self.fresh = true;
    }

    /// Whether this, as it may come out of a damaged checkpoint, is what so many updates, and so many
    /// pieces of the last search, may have come to.
    #[must_use]
    pub fn fits(&self, design: &Design, updates: u64, pieces: u64) -> bool {
        let n = design.units;
        let whole = |parameters: &[f32], growing: &[Vec<Vec<f64>>], points: &[FixedPoint]| {
            parameters.len() == design.parameters()
                && growing.len() <= points.len()
                && growing.iter().flatten().all(|direction| direction.len() == n)
                && points.iter().all(|it| it.state.len() == n && it.eigenvalues.len() == n)
        };
        let seek = self.seek.as_ref().is_none_or(|seek| {
            seek.update <= updates
                && seek.search.check(n).is_ok()
                && whole(&seek.parameters, &seek.growing, seek.search.points())
        });
        let found = self.found.as_ref().is_none_or(|found| {
            whole(&found.parameters, &found.growing, &found.points) && found.view.fits(n)
        });
        let counts = self.counts.iter().all(|count| count.update <= updates);
        // The last search is under way from its first piece to its last but one.
        let last = self.seek.is_some() || !(1..PIECES).contains(&pieces);
        seek && found && counts && last && self.found.is_some() != self.counts.is_empty()
    }
}

impl Seek {
    /// Goes on for an update's share; says whether there is more to do.
    fn advance(&mut self, field: &Field) -> Result<bool> {
        let n = field.units();
        let mut share = SHARE;
        while share > 0 && !self.search.is_over() {
            self.search.advance(field)?;
            share = share.saturating_sub(4 * n * n * n / 3 + 30 * n * n + 300);
        }
        // What eigenvectors take: some thirty times N³.
        while share > 0 && self.growing.len() < self.search.points().len() {
            let point = &self.search.points()[self.growing.len()];
            let directions = growing(point, field)?;
            if !directions.is_empty() {
                share = share.saturating_sub(30 * n * n * n + 1000);
            }
            self.growing.push(directions);
        }
        Ok(!self.search.is_over() || self.growing.len() < self.search.points().len())
    }
}

/// Where a search starts: from known points, then from states that trials visit, `[state, unit]`.
fn starts(known: &[FixedPoint], network: &RateNetwork, trials: &Trials) -> Array2<f64> {
    let n = network.units();
    let points = Array2::from_shape_fn((known.len(), n), |(point, unit)| known[point].state[unit]);
    let visited = visited(network, trials);
    // A state every so often, taken all over the trials and not one trial after another.
    let rows = visited.nrows();
    let order: Vec<usize> = (0..rows / STRIDE).map(|k| k * STRIDE * 37 % rows.max(1)).collect();
    let some = visited.select(Axis(0), &order);
    concatenate(Axis(0), &[points.view(), some.view()])
        .unwrap_or_else(|_| unreachable!("both have a column for each unit"))
}

/// States of the first trials without noise, one trial after another, `[state, unit]`.
fn visited(network: &RateNetwork, trials: &Trials) -> Array2<f64> {
    let (steps, count, _) = trials.inputs.dim();
    let count = count.min(TRIALS);
    let mut visited = Array2::zeros((count * steps, network.units()));
    for trial in 0..count {
        let inputs = trials.inputs.index_axis(Axis(1), trial).mapv(f64::from);
        let states = network.simulate(inputs.view(), None);
        visited.slice_mut(s![trial * steps..(trial + 1) * steps, ..]).assign(&states);
    }
    // A network that runs away has no states worth starting from.
    visited.mapv_inplace(|x| if x.is_finite() { x.clamp(-1e6, 1e6) } else { 0.0 });
    visited
}

impl Found {
    fn frame(&self, network: &RateNetwork, trials: &Trials, rest: &[f64]) -> Frame {
        let Self { update, points, growing, view, .. } = self;
        let steps = trials.inputs.dim().0;
        let states = visited(network, trials);
        let ways = states.rows().into_iter().flat_map(|state| view.place(state)).collect();
        let shape = vec![states.nrows() / steps, steps, 3];
        let mut channels = vec![
            Series { name: "trajectories", shape, values: ways },
            Series { name: "step", shape: vec![1], values: vec![*update as f64] },
        ];
        let picture =
            Picture { network, input: rest, view, points, slow: &[], growing, over: true };
        channels.extend(picture.channels());
        Frame { step: *update, channels }
    }
}
