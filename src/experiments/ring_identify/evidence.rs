//! What there is to identify, and to judge by: walks to learn from, walks for testing, and, where
//! it is known, the truth.
//!
//! Only rates and velocity are needed. A recording from elsewhere may lack the heading, and its
//! wiring is not known: what rests on them is then left out.

use crate::Result;
use crate::analysis::baseline::{hold, starts};
use crate::analysis::prediction::Prediction;
use crate::analysis::statistics::Statistics;
use crate::analysis::tuning::{Bins, Tuning};
use crate::experiments::source::Source;
use crate::learning::recording::Recording;
use crate::models::ring::{Anchor, Input, Ring, STEP, Settings, State, Trajectory};
use crate::rng::Rng;
use ndarray::{Array1, Array2, s};

/// Steps that are predicted in a test window.
pub const WINDOW: usize = 49;

/// Bins of the tuning maps at the end.
pub const BINS: Bins = Bins { velocities: 20, headings: 31, fastest: 5.0 };

/// Walks to learn from, walks for testing, and the truth.
#[derive(Default)]
pub struct Evidence {
    /// What the students learn from, once it is complete.
    pub training: Option<Recording>,
    /// What they never see: all of one length.
    pub tests: Vec<Walk>,
    /// The wiring behind the recording.
    pub truth: Option<Truth>,
    /// Length of a step in seconds, if it is known.
    pub step: Option<f64>,
    /// What the tests are like, [`WINDOW`] steps at a time.
    pub baselines: Baselines,
    /// Rates of the tests as a whole.
    statistics: Option<Statistics>,
    /// What the recorded neurons themselves answer to.
    tuning: Option<Tuning>,
}

/// A recorded walk.
pub struct Walk {
    /// Rates, `[step, neuron]`.
    pub rates: Array2<f64>,
    /// Velocity that led to the rates of the same step, `[step]`, rad/s.
    pub velocity: Array1<f64>,
    /// Where it went, if that was recorded.
    pub bearing: Option<Bearing>,
}

/// Where a walk went.
pub struct Bearing {
    /// True heading, `[step]`, radians.
    pub heading: Array1<f64>,
    /// What turns the phase of the bump into a heading.
    pub anchor: Anchor,
}

/// The wiring behind a recording, `[from, to]`.
pub struct Truth {
    /// What holds the bump.
    pub weights: Array2<f64>,
    /// What moves it, for a velocity of 1 rad/s.
    pub turning: Array2<f64>,
    /// The ring without noise: the best that a student can hope for.
    quiet: Option<Ring>,
}

/// Errors that need no learning, and the one that no learning beats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Baselines {
    /// Of holding the last recorded rates.
    pub hold: Prediction,
    /// Of the ring itself, without its noise; nothing where the ring is not known.
    pub floor: Option<Prediction>,
}

impl From<Trajectory> for Walk {
    fn from(walk: Trajectory) -> Self {
        let bearing = Bearing { heading: walk.heading, anchor: walk.anchor };
        Self { rates: walk.rates, velocity: walk.velocity, bearing: Some(bearing) }
    }
}

impl Truth {
    /// The wiring of a ring.
    #[must_use]
    pub fn of(ring: &Ring) -> Self {
        let settings = Settings { noise: 0.0, ..*ring.settings() };
        Self {
            weights: ring.weights().reversed_axes().as_standard_layout().into_owned(),
            turning: ring.turning_weights().reversed_axes().as_standard_layout().into_owned(),
            quiet: Ring::new(settings).ok(),
        }
    }

    /// What the ring would do without noise from `start` on.
    fn run(ring: &Ring, start: &[f64], velocity: impl Iterator<Item = f64>) -> Vec<f64> {
        // A ring without noise draws nothing.
        let (mut state, mut never) = (State::new(start.to_vec()), Rng::stream(0, "never drawn"));
        velocity
            .flat_map(|velocity| {
                ring.step(&mut state, &Input { velocity, ..Input::default() }, &mut never);
                state.rates().to_vec()
            })
            .collect()
    }
}

impl Evidence {
    /// Nothing recorded yet of a ring with this wiring.
    #[must_use]
    pub fn of(truth: Truth) -> Self {
        Self { truth: Some(truth), step: Some(STEP), ..Self::default() }
    }

    /// A visitor's recording, for students that predict `window` steps.
    ///
    /// # Errors
    /// [`Error::BadValue`](crate::Error::BadValue) when it is too short for that.
    pub fn brought(source: &Source, window: usize) -> Result<Self> {
        let training = Some(source.training(window)?);
        let mut evidence = Self { training, step: source.step(), ..Self::default() };
        source.tests().into_iter().for_each(|walk| evidence.add_test(Walk::from(walk)));
        Ok(evidence)
    }

    /// What was recorded, in a word or two.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.truth.is_some() { "the ring" } else { "the recording" }
    }

    /// Number of recorded neurons; 0 before the first test walk.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.tests.first().map_or(0, |walk| walk.rates.ncols())
    }

    /// Adds a walk for testing.
    pub fn add_test(&mut self, walk: Walk) {
        let (steps, neurons) = walk.rates.dim();
        self.statistics.get_or_insert_with(|| Statistics::new(neurons)).add(walk.rates.view());
        let ring = self.truth.as_ref().and_then(|truth| truth.quiet.as_ref());
        for start in starts(steps, window(steps)) {
            let after = s![start + 1..=start + window(steps)];
            hold(walk.rates.view(), start, window(steps), &mut self.baselines.hold);
            // Only where the state is the rates can the ring start from what was recorded.
            if let Some(ring) = ring.filter(|ring| ring.settings().leak >= 1.0) {
                let from = walk.rates.row(start).to_vec();
                let velocity = walk.velocity.slice(after);
                let rates = Truth::run(ring, &from, velocity.iter().copied());
                if let Ok(rates) = Array2::from_shape_vec((velocity.len(), neurons), rates) {
                    let truth = walk.rates.slice(s![start + 1..=start + window(steps), ..]);
                    self.baselines.floor.get_or_insert_default().add(rates.view(), truth);
                }
            }
        }
        if let Some(bearing) = &walk.bearing {
            let tuning = self.tuning.get_or_insert_with(|| Tuning::new(neurons, BINS));
            tuning.add(walk.rates.view(), walk.velocity.view(), bearing.heading.view());
        }
        self.tests.push(walk);
    }

    /// The error of guessing each neuron's mean.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.statistics.as_ref().map_or(0.0, Statistics::variance)
    }

    /// What the recorded neurons answer to, if the heading is known.
    #[must_use]
    pub fn tuning(&self) -> Option<&Tuning> {
        self.tuning.as_ref()
    }

    /// Steps of a test walk; 0 if there is none.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.tests.first().map_or(0, |walk| walk.rates.nrows())
    }
}

/// The length of a test window in a walk of `steps` steps.
#[must_use]
pub fn window(steps: usize) -> usize {
    WINDOW.min(steps.saturating_sub(1))
}
