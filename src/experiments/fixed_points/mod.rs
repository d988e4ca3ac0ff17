//! Where can a network rest? The fixed points of a network, found while one turns its knobs.
//!
//! Either a few units that excite themselves and each other,
//!
//! ```text
//! τ ẋ = −x + tanh(W x + u),   W = g on the diagonal, ε elsewhere
//! ```
//!
//! or a network that the visitor opened. Every step goes on with the search of
//! [`analysis::fixed_points`](crate::analysis::fixed_points), and a crowd of states flows by, so
//! that one sees what the points do to the states between them.

mod figures;
mod sweep;

use super::state_space::{Picture, View, growing};
use crate::analysis::fixed_points::{Census, FixedPoint, Search, Settings};
use crate::lab::{Bench, Event, Experiment, Finding, Frame, Material, Next, Of, Preset, Series};
use crate::models::activation::{Activation, Form};
use crate::models::rate_network::{Field, MOST_CHANNELS, Opened, RateNetwork};
use crate::rng::Rng;
use crate::{Error, Result, params};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use sweep::Sweep;

/// What the page calls the material of this experiment.
pub const KIND: &str = "network";

params! {
    /// What may be turned.
    pub struct Params {
        "The network" {
            /// A network of your own, as JSON or npz, in place of the coupled units below.
            network: Material = Material::None, in Of(KIND);
            /// Number of units. Each has its own input and its own output.
            units: usize = 3, in 2..=5;
            /// How strongly each unit excites itself. Above 1 a unit that is left alone holds a bit.
            gain: f64 = 2.0, in 0.0..=4.0, live;
            /// How strongly each unit excites every other; below 0 it inhibits them.
            coupling: f64 = 0.0, in -1.0..=1.0, live;
        }
        "The input" {
            /// A constant input.
            input: f64 = 0.0, in -2.0..=2.0, live;
            /// Which channel gets it; 0 is all of them.
            channel: usize = 1, in 0..=MOST_CHANNELS;
        }
        "The search" {
            /// Number of ways downhill from states that the network visits.
            starts: usize = 200, in 1..=2000;
            /// How far from those states the ways begin, as the deviation along each axis.
            spread: f64 = 0.5, in 0.0..=5.0;
            /// Number of ways from midway between points that are known, in each of two rounds.
            hunts: usize = 100, in 0..=1000;
            /// Squared speed below which a place where the flow is slowest around is kept as a slow
            /// point; 0 keeps none.
            slow: f64 = 0.0, in 0.0..=0.1;
        }
        "The crowd" {
            /// Number of states that flow by.
            crowd: usize = 40, in 0..=200;
            /// Random kicks to them: the deviation of the noise after the leak has smoothed it.
            noise: f64 = 0.03, in 0.0..=1.0, live;
        }
    }
}

/// The network, the search in it, and the crowd.
pub struct FixedPoints {
    network: RateNetwork,
    work: Work,
}

/// What a checkpoint keeps.
#[derive(Serialize, Deserialize)]
struct Work {
    /// The gain, the coupling and the input that the search is for.
    sought: [f64; 3],
    search: Search,
    view: View,
    /// Of each point, directions that grow, `[direction][unit]`; of the last ones not yet.
    growing: Vec<Vec<Vec<f64>>>,
    sweep: Sweep,
    walkers: Vec<Walker>,
    ways: Rng,
    noise: Rng,
}

/// A state that flows, and where it came by.
#[derive(Serialize, Deserialize)]
struct Walker {
    /// Steps until it begins anew.
    left: usize,
    trail: VecDeque<Vec<f64>>,
}

/// Multiplications of a step's share of the search: a few milliseconds.
const SHARE: usize = 8_000_000;
/// dt/τ of the coupled units.
const LEAK: f64 = 0.1;
/// Noise-free runs from which the search starts, their length, and every which state is taken.
const RUNS: usize = 24;
const RUN: usize = 60;
const STRIDE: usize = 4;
/// How far from its start state a network is released, as the deviation along each axis.
const REACH: f64 = 1.2;
/// Steps of a walker's trail, and of its life.
const TRAIL: usize = 25;
const LIFE: usize = 120;

impl Params {
    fn sought(&self) -> [f64; 3] {
        [self.gain, self.coupling, self.input]
    }

    fn settings(&self) -> Settings {
        let Self { starts, spread, hunts, slow, .. } = *self;
        Settings { starts, spread, hunts, rounds: 2, slow }
    }

    /// The constant input, `[channel]`.
    fn constant(&self, channels: usize) -> Vec<f64> {
        let gets = |c: usize| self.channel == 0 || self.channel == c + 1;
        (0..channels).map(|c| if gets(c) { self.input } else { 0.0 }).collect()
    }

    /// The units, coupled.
    fn coupled(&self) -> RateNetwork {
        let n = self.units;
        let weight = |(i, j)| if i == j { self.gain } else { self.coupling };
        RateNetwork {
            recurrent: Array2::from_shape_fn((n, n), weight),
            input: Array2::eye(n),
            output: Array2::eye(n),
            bias: Array1::zeros(n),
            start: Array1::zeros(n),
            form: Form::Rate,
            activation: Activation::Tanh,
            step: LEAK,
            tau: 1.0,
        }
    }

    /// The network that is looked into.
    fn open(&self, bench: &Bench) -> Result<RateNetwork> {
        let network = if self.network.is_opened() {
            let bytes = bench.material(self.network, KIND)?;
            Opened::read("the network", bytes.to_vec())?.network
        } else {
            self.coupled()
        };
        let channels = network.channels();
        if self.channel > channels {
            return Err(Error::BadValue {
                key: "channel".into(),
                value: self.channel.to_string(),
                allowed: format!("a whole number from 0 to {channels}, the network's channels"),
            });
        }
        Ok(network)
    }
}

impl Work {
    fn new(params: &Params, network: &RateNetwork, bench: &Bench) -> Self {
        let ways = bench.rng("fixed points/search");
        let visited = visited(params, network, &ways);
        let view = view(params, &visited);
        Self {
            sought: params.sought(),
            search: Search::new(params.settings(), visited, &ways),
            view,
            growing: Vec::new(),
            sweep: Sweep::default(),
            walkers: Vec::new(),
            ways,
            noise: bench.rng("fixed points/crowd"),
        }
    }

    /// Begins the search anew, for other knobs.
    fn restart(&mut self, params: &Params, network: &RateNetwork) {
        let visited = visited(params, network, &self.ways);
        let mut view = view(params, &visited);
        view.turn_towards(&self.view);
        self.view = view;
        self.search = Search::new(params.settings(), visited, &self.ways);
        self.growing.clear();
        self.sought = params.sought();
    }

    fn seek(&mut self, params: &Params, network: &RateNetwork) -> Result<()> {
        let n = network.units();
        let field = network.field(&params.constant(network.channels()));
        let mut share = SHARE;
        go_on(&mut self.search, &field, &mut share)?;
        // What eigenvectors take: some thirty times N³.
        while share > 0 && self.growing.len() < self.search.points().len() {
            let point = &self.search.points()[self.growing.len()];
            self.growing.push(growing(point, &field)?);
            share = share.saturating_sub(30 * n * n * n + 1000);
        }
        self.sweep.go_on(params, &self.ways, &mut share)
    }

    fn flow(&mut self, params: &Params, network: &RateNetwork, step: u64) -> Result<()> {
        let field = network.field(&params.constant(network.channels()));
        let alpha = network.leak();
        let kick = alpha * params.noise * (2.0 / alpha).sqrt();
        let mut flow = vec![0.0; network.units()];
        while self.walkers.len() < params.crowd {
            // They do not all begin anew at once.
            let left = 1 + self.noise.below(LIFE as u64) as usize;
            let trail = [release(network, &mut self.noise)].into();
            self.walkers.push(Walker { left, trail });
        }
        for walker in &mut self.walkers {
            walker.left -= 1;
            if walker.left == 0 {
                let trail = [release(network, &mut self.noise)].into();
                *walker = Walker { left: LIFE, trail };
                continue;
            }
            let mut x = walker.trail.back().cloned().unwrap_or_default();
            field.flow(&x, &mut flow);
            for (x, flow) in x.iter_mut().zip(&flow) {
                *x += alpha * flow + kick * self.noise.normal();
            }
            if x.iter().any(|x| !x.is_finite()) {
                return Err(Error::Diverged { what: "the network".into(), step });
            }
            if walker.trail.len() == TRAIL {
                walker.trail.pop_front();
            }
            walker.trail.push_back(x);
        }
        Ok(())
    }

    fn is_sound(&self, n: usize) -> bool {
        self.search.check(n).is_ok()
            && self.view.fits(n)
            && self.growing.len() <= self.search.points().len()
            && self.growing.iter().flatten().all(|direction| direction.len() == n)
            && self.sweep.is_sound(n)
            && self.walkers.iter().all(|walker| {
                walker.left > 0
                    && !walker.trail.is_empty()
                    && walker.trail.len() <= TRAIL
                    && walker.trail.iter().all(|state| state.len() == n)
            })
    }
}

/// Goes on with a search until it is over or its share of multiplications is used up.
fn go_on(search: &mut Search, field: &Field, share: &mut usize) -> Result<()> {
    let n = field.units();
    let step = 4 * n * n * n / 3 + 30 * n * n + 300;
    while *share > 0 && !search.is_over() {
        search.advance(field)?;
        *share = share.saturating_sub(step);
    }
    Ok(())
}

/// A state to begin from.
fn release(network: &RateNetwork, rng: &mut Rng) -> Vec<f64> {
    network.start.iter().map(|x| x + REACH * rng.normal()).collect()
}

/// States that the network visits by itself under the constant input, `[state, unit]`.
fn visited(params: &Params, network: &RateNetwork, rng: &Rng) -> Array2<f64> {
    // Lanes that the search leaves free.
    let mut rng = rng.lane(u64::MAX);
    let constant = Array1::from(params.constant(network.channels()));
    let inputs = Array2::from_shape_fn((RUN, constant.len()), |(_, c)| constant[c]);
    let rows = RUN.div_ceil(STRIDE);
    let mut visited = Array2::zeros((RUNS * rows, network.units()));
    for mut part in visited.axis_chunks_iter_mut(Axis(0), rows) {
        let start = Array1::from(release(network, &mut rng));
        let states = network.simulate_from(start.view(), inputs.view(), None);
        for (mut row, state) in
            part.rows_mut().into_iter().zip(states.rows().into_iter().step_by(STRIDE))
        {
            row.assign(&state);
        }
    }
    // A network that runs away has no states worth starting from.
    visited.mapv_inplace(|x| if x.is_finite() { x.clamp(-1e6, 1e6) } else { 0.0 });
    visited
}

/// Units as axes where there are three at most, else the first principal components.
fn view(params: &Params, visited: &Array2<f64>) -> View {
    match visited.ncols() {
        n if n <= 3 && !params.network.is_opened() => View::of_units(n),
        _ => View::of(visited),
    }
}

impl FixedPoints {
    fn census(&self, params: &Params) -> Census {
        Census::of(self.work.search.points(), &self.network.field(&self.constant(params)))
    }

    fn constant(&self, params: &Params) -> Vec<f64> {
        params.constant(self.network.channels())
    }

    /// Fixed points, then slow ones.
    fn all(&self) -> impl Iterator<Item = &FixedPoint> {
        self.work.search.points().iter().chain(self.work.search.slow())
    }

    /// The outputs at each point, and below what size they count as nothing.
    fn outputs(&self) -> (Vec<Vec<f64>>, f64) {
        let outputs: Vec<_> =
            self.all().map(|point| self.network.read(ArrayView1::from(&point.state))).collect();
        let greatest = outputs.iter().flatten().fold(0.0_f64, |most, y| most.max(y.abs()));
        (outputs, 0.2 * greatest)
    }
}

impl Experiment for FixedPoints {
    const ID: &'static str = "fixed-points";
    const QUESTION: &'static str = "Where can a network rest?";
    const ABOUT: &'static str = include_str!("about.html");
    const UNIT: &'static str = "step";
    const PACE: Option<f64> = Some(40.0);
    const STAGE: Option<&'static str> = Some("space");
    const REPORT_EVERY: u64 = 20;
    const NEXT: &'static [Next] = &[];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        let default = Params::default;
        vec![
            Preset {
                name: "Three bits",
                about: "Eight memories at the corners of a cube, and 19 saddles between them.",
                params: default(),
            },
            Preset {
                name: "Before they are born",
                about: "A gain of 0.9: one point of rest. Raise it above 1.",
                params: Params { gain: 0.9, ..default() },
            },
            Preset {
                name: "One of three",
                about: "Units that inhibit each other compete.",
                params: Params { gain: 1.6, coupling: -0.5, ..default() },
            },
            Preset {
                name: "All together",
                about: "Units that excite each other agree: two memories are left.",
                params: Params { gain: 1.0, coupling: 0.4, ..default() },
            },
            Preset {
                name: "A pushed bit",
                about: "An input to the first unit folds half of the cube away.",
                params: Params { input: 0.5, ..default() },
            },
            Preset {
                name: "Five bits",
                about: "32 memories and 211 saddles, in five dimensions.",
                params: Params { units: 5, starts: 1000, hunts: 500, ..default() },
            },
        ]
    }

    fn quick() -> Params {
        Params { starts: 60, hunts: 20, crowd: 4, ..Params::default() }
    }

    fn idle(params: &Params) -> Vec<&'static str> {
        if params.network.is_opened() { vec!["units", "gain", "coupling"] } else { Vec::new() }
    }

    fn check(params: &Params) -> Result<()> {
        if !params.network.is_opened() && params.channel > params.units {
            return Err(Error::Conflict {
                why: format!(
                    "channel cannot be {}: each unit has one channel, so it must be from 0 to \
                     units, {}",
                    params.channel, params.units
                ),
            });
        }
        Ok(())
    }

    fn length(_: &Params) -> Option<u64> {
        None
    }

    async fn begin(params: &Params, bench: &mut Bench) -> Result<Self> {
        let network = params.open(bench)?;
        if params.network.is_opened() {
            bench.report(Event::Note { text: figures::about(&network) });
        }
        let work = Work::new(params, &network, bench);
        Ok(Self { network, work })
    }

    async fn step(&mut self, params: &Params, bench: &mut Bench) -> Result<()> {
        if self.work.sought.map(f64::to_bits) != params.sought().map(f64::to_bits) {
            if !params.network.is_opened() {
                self.network = params.coupled();
            }
            self.work.restart(params, &self.network);
        }
        self.work.seek(params, &self.network)?;
        self.work.flow(params, &self.network, bench.step())
    }

    async fn report(&self, params: &Params, bench: &mut Bench, over: bool) -> Result<()> {
        let census = self.census(params);
        bench.say(figures::status(&self.work.search, &census));
        bench.measure("fixed points", "", self.work.search.points().len() as f64);
        bench.measure("attractors", "", census.by_unstable.first().copied().unwrap_or(0) as f64);
        if let Some(sum) = census.index_sum {
            bench.measure("index sum", "", sum as f64);
        }
        self.figures(params, &census).into_iter().for_each(|figure| bench.show(figure));
        if over {
            bench.offer("fixed-points.npz", "application/zip", self.npz(params)?);
            bench.offer("fixed-points.json", "application/json", self.json(params));
            bench.offer("network.json", "application/json", self.network.json().into_bytes());
            bench.offer("network.npz", "application/zip", self.network.npz()?);
        }
        Ok(())
    }

    fn frame(&mut self, params: &Params) -> Option<Frame> {
        let Work { search, view, growing, walkers, .. } = &self.work;
        let mut trails = Vec::with_capacity(walkers.len() * TRAIL * 3);
        for walker in walkers {
            let places = walker.trail.iter().map(|state| view.place(ArrayView1::from(state)));
            trails.extend(places.flatten());
            trails.extend(std::iter::repeat_n(f64::NAN, 3 * (TRAIL - walker.trail.len())));
        }
        let picture = Picture {
            network: &self.network,
            input: &self.constant(params),
            view,
            points: search.points(),
            slow: search.slow(),
            growing,
            over: search.is_over(),
        };
        let shape = vec![walkers.len(), TRAIL, 3];
        let mut channels = vec![Series { name: "trajectories", shape, values: trails }];
        channels.extend(picture.channels());
        Some(Frame { step: 0, channels })
    }

    fn findings(&self, params: &Params) -> Vec<Finding> {
        let census = self.census(params);
        let finding = |name, unit, value| Finding { name, unit, value };
        let count = |unstable: usize| census.by_unstable.get(unstable).copied().unwrap_or(0) as f64;
        let points = self.work.search.points();
        let mut findings = vec![
            finding("fixed points", "", points.len() as f64),
            finding("attractors", "", count(0)),
            finding("points with one unstable mode", "", count(1)),
        ];
        if let Some(sum) = census.index_sum {
            findings.push(finding("index sum", "", sum as f64));
        }
        let attractors = points.iter().filter(|point| point.unstable() == 0);
        let slowest = attractors.filter_map(|point| point.slowest(1.0)).fold(0.0, f64::max);
        if slowest > 0.0 {
            findings.push(finding("slowest time constant of an attractor", "τ", slowest));
        }
        findings
    }

    async fn save(&self) -> Result<Vec<u8>> {
        super::pack(&self.work)
    }

    async fn load(params: &Params, bytes: &[u8], bench: &mut Bench) -> Result<Self> {
        let network = params.open(bench)?;
        let work: Work = super::unpack(bytes)?;
        super::sound(work.is_sound(network.units()))?;
        Ok(Self { network, work })
    }
}
