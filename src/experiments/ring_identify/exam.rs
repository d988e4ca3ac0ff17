//! The examination of a trained student on walks it never saw, piece by piece: free runs from the
//! first recorded rates over the whole walk, and windows of 49 steps from starts all along it.

use super::evidence::{BINS, Bearing, Evidence, Walk, window};
use crate::analysis::baseline::starts;
use crate::analysis::heading;
use crate::analysis::prediction::Prediction;
use crate::analysis::statistics::Statistics;
use crate::analysis::tuning::{Bins, Tuning};
use crate::math::circle;
use crate::models::leaky::Leaky;
use ndarray::{Array1, Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Steps of a free run in one piece: a few milliseconds.
const PIECE: usize = 100;

/// What an examination has shown so far; a checkpoint keeps it.
#[allow(clippy::unsafe_derive_deserialize, reason = "the unsafe code is that of ndarray's s![]")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exam {
    /// Pieces done.
    done: usize,
    /// The student's state in the free run under way, `[unit]`.
    state: Vec<f64>,
    /// What its units answer to in free runs.
    pub tuning: Tuning,
    /// Their greatest rates.
    pub activity: Statistics,
    /// Prediction over windows.
    pub windows: Prediction,
    /// Prediction over whole walks.
    pub whole: Prediction,
    /// Heading error at the end of windows.
    pub after_window: MeanSquare,
    /// Heading error after each step of the free runs, `[step]`.
    pub drift: Vec<MeanSquare>,
    /// The heading read from the student's units along the first walk, `[step]`, radians.
    pub example: Vec<f64>,
}

/// A mean square under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanSquare {
    sum: f64,
    count: f64,
}

impl MeanSquare {
    /// Takes in a value.
    pub fn add(&mut self, value: f64) {
        self.sum += value * value;
        self.count += 1.0;
    }

    /// The root of the mean; nothing of nothing.
    #[must_use]
    pub fn root(&self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.sum / self.count).sqrt())
    }

    fn sound(&self) -> bool {
        self.sum.is_finite() && self.count.is_finite() && self.sum >= 0.0
    }
}

impl Exam {
    /// An examination of a student of `units` units on walks of `steps` steps.
    #[must_use]
    pub fn new(units: usize, steps: usize) -> Self {
        Self {
            done: 0,
            state: vec![0.0; units],
            tuning: Tuning::new(units, BINS),
            activity: Statistics::new(units),
            windows: Prediction::default(),
            whole: Prediction::default(),
            after_window: MeanSquare::default(),
            drift: vec![MeanSquare::default(); steps.saturating_sub(1)],
            example: Vec::new(),
        }
    }

    /// Number of pieces for `walks` walks of `steps` steps.
    #[must_use]
    pub fn length(walks: usize, steps: usize) -> usize {
        walks * pieces(steps)
    }

    /// Pieces done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    /// Does the next piece, if any is left.
    pub fn go_on(&mut self, student: &Leaky, evidence: &Evidence) {
        let steps = evidence.steps();
        let (number, piece) = (self.done / pieces(steps).max(1), self.done % pieces(steps).max(1));
        let Some(walk) = evidence.tests.get(number) else { return };
        let first = piece * PIECE;
        let last = (first + PIECE).min(steps - 1);
        if first == 0 {
            self.state = student.start(walk.rates.row(0));
        }
        let rates = student.go_on(&mut self.state, walk.velocity.slice(s![first + 1..=last]));
        self.free_run(walk, number, first, rates.view());
        for start in starts(steps, window(steps)).filter(|start| (first..last).contains(start)) {
            self.window(student, walk, start);
        }
        self.done += 1;
    }

    fn free_run(&mut self, walk: &Walk, number: usize, first: usize, rates: ArrayView2<f64>) {
        let after = s![first + 1..=first + rates.nrows()];
        let observed = rates.slice(s![.., ..walk.rates.ncols()]);
        let truth = walk.rates.slice(s![first + 1..=first + rates.nrows(), ..]);
        self.whole.add(observed, truth);
        self.activity.add(rates);
        let velocity = walk.velocity.slice(after);
        let Some(Bearing { heading, anchor }) = &walk.bearing else {
            // Without headings one column holds them all; the velocities stand.
            self.tuning.add(rates, velocity, Array1::zeros(rates.nrows()).view());
            return;
        };
        let heading = heading.slice(after);
        self.tuning.add(rates, velocity, heading);
        let errors = heading::errors(observed, heading, *anchor);
        for (drift, error) in self.drift[first..].iter_mut().zip(&errors) {
            drift.add(*error);
        }
        if number == 0 {
            self.example.extend(heading.iter().zip(&errors).map(|(heading, e)| heading + e));
        }
    }

    fn window(&mut self, student: &Leaky, walk: &Walk, start: usize) {
        let length = window(walk.rates.nrows());
        let after = s![start + 1..=start + length];
        let mut state = student.start(walk.rates.row(start));
        let rates = student.go_on(&mut state, walk.velocity.slice(after));
        let observed = rates.slice(s![.., ..walk.rates.ncols()]);
        self.windows.add(observed, walk.rates.slice(s![start + 1..=start + length, ..]));
        if let Some(Bearing { heading, anchor }) = &walk.bearing {
            // The student's own error: where the recorded bump stood is where it starts from.
            let decode = |rates: ArrayView2<f64>, at: usize| {
                heading::errors(rates, heading.slice(s![at..=at]), *anchor)[0]
            };
            let before = decode(walk.rates.slice(s![start..=start, ..]), start);
            let after = decode(observed.slice(s![length - 1.., ..]), start + length);
            self.after_window.add(circle::wrap(after - before));
        }
    }

    /// Whether this, as it may come out of a damaged checkpoint, is an examination of so many
    /// units, `done` pieces of it done.
    #[must_use]
    pub fn fits(&self, units: usize, steps: usize, done: usize) -> bool {
        let finite = self.state.iter().chain(&self.example).all(|x| x.is_finite());
        finite
            && self.done == done
            && self.state.len() == units
            && self.tuning.fits(units, BINS)
            && self.activity.fits(units)
            && self.drift.len() == steps.saturating_sub(1)
            && self.example.len() < steps.max(1)
            && self.drift.iter().chain([&self.after_window]).all(MeanSquare::sound)
    }
}

fn pieces(steps: usize) -> usize {
    steps.saturating_sub(1).div_ceil(PIECE)
}

/// Pieces of recent free runs kept for a look at the tuning while training goes on.
const RECENT: usize = 12;
/// Steps in which hidden units find their rates, having started silent.
const SETTLE: usize = 10;
/// Bins of the maps while training goes on.
const COARSE: Bins = Bins { velocities: 12, headings: 18, fastest: 5.0 };

/// A glimpse of what a student in training answers to: short free runs of the student as it was at
/// the last few looks, each along another stretch of the test walks.
#[derive(Default)]
pub struct Glimpse {
    recent: VecDeque<Stretch>,
    looks: usize,
}

/// A short free run.
struct Stretch {
    /// `[step, unit]`.
    rates: Array2<f64>,
    /// `[step]`.
    velocity: Array1<f64>,
    /// `[step]`.
    heading: Array1<f64>,
}

impl Glimpse {
    /// Lets the student run along the next stretch.
    pub fn look(&mut self, student: &Leaky, evidence: &Evidence) {
        let stretches = pieces(evidence.steps());
        if stretches == 0 || evidence.tests.is_empty() {
            return;
        }
        let walk = &evidence.tests[self.looks % evidence.tests.len()];
        let first = self.looks / evidence.tests.len() % stretches * PIECE;
        let last = (first + PIECE).min(evidence.steps() - 1);
        self.looks += 1;
        let Some(bearing) = &walk.bearing else { return };
        let mut state = student.start(walk.rates.row(first));
        let rates = student.go_on(&mut state, walk.velocity.slice(s![first + 1..=last]));
        let settled = SETTLE.min(rates.nrows());
        let after = s![first + 1 + settled..=last];
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Stretch {
            rates: rates.slice(s![settled.., ..]).to_owned(),
            velocity: walk.velocity.slice(after).to_owned(),
            heading: bearing.heading.slice(after).to_owned(),
        });
    }

    /// The tuning over the recent looks, of a student of `units` units.
    #[must_use]
    pub fn tuning(&self, units: usize) -> Option<Tuning> {
        let mut tuning = Tuning::new(units, COARSE);
        for Stretch { rates, velocity, heading } in &self.recent {
            tuning.add(rates.view(), velocity.view(), heading.view());
        }
        (!self.recent.is_empty()).then_some(tuning)
    }
}
