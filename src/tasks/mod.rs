//! Tasks: what a network may be asked to do, one file each. To add one, write its file and add its
//! line to [`CATALOGUE`].
//!
//! A trial is a time course of inputs, and the time course of outputs that is wanted. All ranges of
//! steps are half-open, [a, b); only the *counted* steps enter the loss and the scores, so that a
//! network has time to make up its mind. The tasks and their timing are those of
//! `engellab/trainRNNbrain` (Tolmachev & Engel, *Nature Machine Intelligence* 7:1742, 2025), where a
//! file does not say otherwise.
//!
//! ```
//! use attractor_lab::{rng::Rng, tasks::{self, Trials}};
//!
//! let task = tasks::find("flip-flop-3")?;
//! let trials = Trials::draw(task, &Rng::stream(7, "trials"), 0, 4);
//! assert_eq!(trials.inputs.dim(), (200, 4, 3)); // step, trial, channel
//! // Every bit is set by its first pulse, which begins at once, and is held from then on.
//! assert_eq!(trials.targets[[0, 0, 0]], trials.inputs[[0, 0, 0]]);
//! assert_eq!(trials.counted.iter().filter(|counted| !**counted).count(), 10);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

#![allow(
    clippy::single_range_in_vec_init,
    reason = "a task counts ranges of steps, and may count one"
)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "what is shown and wanted is exact"))]

pub mod angle_addition;
pub mod angle_integration;
pub mod cddm;
pub mod dmts;
pub mod flip_flop;
pub mod go_no_go;
pub mod half_adder;
pub mod integration;
pub mod memory_angle;
pub mod memory_anti_angle;
pub mod memory_anti_number;
pub mod memory_number;
mod tent;
mod trial;
pub mod xor;

pub use trial::{Sheet, Trial, Trials};

use crate::error::{Error, Result};
use crate::rng::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::ops::Range;

/// Every task there is, in the order of the menu.
pub const CATALOGUE: &[&dyn Task] = &[
    &flip_flop::THREE,
    &flip_flop::ONE,
    &flip_flop::TWO,
    &flip_flop::FOUR,
    &flip_flop::ORIGINAL_TWO,
    &flip_flop::ORIGINAL_THREE,
    &cddm::SHORT,
    &cddm::LONG,
    &dmts::DMTS,
    &memory_anti_number::MEMORY_ANTI_NUMBER,
    &memory_anti_angle::MEMORY_ANTI_ANGLE,
    &memory_number::MEMORY_NUMBER,
    &memory_angle::MEMORY_ANGLE,
    &go_no_go::GO_NO_GO,
    &xor::XOR,
    &half_adder::HALF_ADDER,
    &angle_integration::ANGLE_INTEGRATION,
    &angle_addition::ANGLE_ADDITION,
    &integration::INTEGRATION,
];

/// What a network is asked to do.
pub trait Task: Sync {
    /// Name in links: lower-case, hyphens, never reused.
    fn id(&self) -> &'static str;
    /// Name in words.
    fn name(&self) -> &'static str;
    /// What the subject sees and has to do, in plain language.
    fn story(&self) -> &'static str;
    /// Names of the input channels.
    fn inputs(&self) -> &'static [&'static str];
    /// Names of the output channels.
    fn outputs(&self) -> &'static [&'static str];
    /// *T*, the number of steps of a trial.
    fn steps(&self) -> usize;
    /// The steps that enter the loss and the scores.
    fn counted(&self) -> &'static [Range<usize>];
    /// How many kinds of trial there are, beside what is left to chance.
    fn conditions(&self) -> usize;
    /// A condition in words.
    fn condition(&self, condition: usize) -> String;
    /// How well it is done is measured by this, beside the error.
    fn score(&self) -> Score;
    /// Writes a trial of `condition`; what is left to chance is drawn from `rng`, of which every
    /// trial has its own.
    fn present(&self, condition: usize, rng: &mut Rng, trial: &mut Trial);
    /// The inputs `[channel]` while the network holds what it knows: under these its fixed points
    /// are looked at.
    fn rest(&self) -> Vec<f64> {
        vec![0.0; self.inputs().len()]
    }
    /// The task as a decision between two stimuli, if it is one.
    fn decision(&self) -> Option<&cddm::Cddm> {
        None
    }
}

/// What tells whether a trial went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Each output has the sign of its target wherever the last pulse on the input of the same
    /// number began at least so many steps ago.
    Settled {
        /// The steps.
        after: usize,
    },
    /// At the last step the greatest output is the one whose target is greatest; a single output
    /// is beyond the middle of 0 and 1 where its target is. Trials without an answer do not count.
    Choice,
    /// The root of the mean squared error from this step on.
    Recall {
        /// The first step.
        from: usize,
    },
    /// Nothing but the error: the whole time course matters.
    Course,
}

/// The task called `id`.
///
/// # Errors
/// [`Error::BadValue`] naming the tasks there are.
pub fn find(id: &str) -> Result<&'static dyn Task> {
    CATALOGUE.iter().copied().find(|task| task.id() == id).ok_or_else(|| Error::BadValue {
        key: "task".into(),
        value: id.chars().take(40).collect(),
        allowed: format!(
            "one of {}",
            CATALOGUE.iter().map(|task| task.id()).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Whether each step is counted, `[step]`.
#[must_use]
pub fn counted(task: &dyn Task) -> Vec<bool> {
    let mut counted = vec![false; task.steps()];
    for range in task.counted() {
        counted[range.clone()].fill(true);
    }
    counted
}

/// Writes trial number `number`: its condition follows from the number, its chance from the lane
/// of `rng` with that number. So any trial can be made anywhere, alone.
pub fn present(task: &dyn Task, number: u64, rng: &Rng, trial: &mut Trial) -> usize {
    let condition = (number % task.conditions() as u64) as usize;
    task.present(condition, &mut rng.lane(number), trial);
    condition
}

/// ⌊E⌋ steps, E exponential with this `mean`.
fn wait(mean: f64, rng: &mut Rng) -> usize {
    (-mean * libm::log(1.0 - rng.uniform())) as usize
}

/// A task that is written by its id.
#[derive(Clone, Copy)]
pub struct Named(&'static dyn Task);

impl Named {
    /// This task.
    #[must_use]
    pub fn of(task: &'static dyn Task) -> Self {
        Self(task)
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> &'static dyn Task {
        self.0
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.id().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        find(&String::deserialize(from)?).map(Self).map_err(de::Error::custom)
    }
}

impl fmt::Debug for dyn Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::{CATALOGUE, Trials, counted, find};
    use crate::rng::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn every_task_has_a_name_a_story_and_trials_of_its_size() {
        let ids: BTreeSet<_> = CATALOGUE.iter().map(|task| task.id()).collect();
        assert_eq!(ids.len(), CATALOGUE.len(), "two tasks share an id");
        for &task in CATALOGUE {
            let id = task.id();
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            assert!(task.story().len() > 60 && task.story().ends_with('.'), "{id} has no story");
            let all = task.conditions().max(8);
            let trials = Trials::draw(task, &Rng::stream(7, "trials"), 0, all);
            let (steps, count, channels) = trials.inputs.dim();
            assert_eq!((steps, count, channels), (task.steps(), all, task.inputs().len()), "{id}");
            assert_eq!(trials.targets.dim(), (steps, count, task.outputs().len()), "{id}");
            assert!(counted(task).iter().any(|&step| step), "{id} counts no step");
            let targets = || trials.targets.iter();
            assert!(targets().all(|y| y.is_finite() && y.abs() < 20.0), "{id}");
            assert!(targets().any(|&y| y != 0.0), "{id} asks for nothing");
            for condition in 0..task.conditions().min(20) {
                let words = task.condition(condition);
                assert_eq!(words.is_empty(), task.conditions() == 1, "{id}: {words}");
            }
        }
    }

    #[test]
    fn a_trial_is_the_same_in_any_company() {
        let rng = Rng::stream(7, "trials");
        for &task in CATALOGUE {
            let many = Trials::draw(task, &rng, 3, 5);
            let one = Trials::draw(task, &rng, 6, 1);
            for step in 0..task.steps() {
                for channel in 0..task.inputs().len() {
                    let found = one.inputs[[step, 0, channel]];
                    assert!(found == many.inputs[[step, 3, channel]], "{}", task.id());
                }
                for output in 0..task.outputs().len() {
                    let found = one.targets[[step, 0, output]];
                    assert!(found == many.targets[[step, 3, output]], "{}", task.id());
                }
            }
            assert_eq!(one.conditions[0], many.conditions[3]);
        }
    }

    #[test]
    fn an_unknown_task_is_refused_with_the_known_ones() {
        let why = find("juggling").expect_err("no task").to_string();
        assert!(why.contains("“juggling”") && why.contains("flip-flop-3"), "{why}");
    }
}
