//! How well the task is done, in numbers that do not know the network.

use crate::analysis::performance::{
    choice_accuracy, mean_r_squared, mean_squared_error, r_squared, recall_error, settled_accuracy,
};
use crate::tasks::{Score, Task, Trials};
use ndarray::ArrayView3;
use serde::{Deserialize, Serialize};

/// Scores on some trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The mean squared error over counted steps.
    pub error: f64,
    /// R² of all counted numbers together, if the targets vary.
    pub r_squared: Option<f64>,
    /// The mean of each trial's R², over trials whose targets vary.
    pub mean_r_squared: Option<f64>,
    /// What the task says tells success, see [`Score`].
    pub special: Option<f64>,
}

impl Scores {
    /// The scores of `outputs`, `[step, trial, output]`.
    #[must_use]
    pub fn of(task: &dyn Task, trials: &Trials, outputs: ArrayView3<f32>) -> Self {
        let (targets, counted) = (trials.targets.view(), &trials.counted[..]);
        let special = match task.score() {
            Score::Settled { after } => {
                settled_accuracy(trials.inputs.view(), outputs, targets, counted, after)
            }
            Score::Choice => choice_accuracy(outputs, targets),
            Score::Recall { from } => recall_error(outputs, targets, from),
            Score::Course => None,
        };
        Self {
            error: mean_squared_error(outputs, targets, counted),
            r_squared: r_squared(outputs, targets, counted),
            mean_r_squared: mean_r_squared(outputs, targets, counted),
            special,
        }
    }

    /// What tells success in this task: its name and value.
    #[must_use]
    pub fn skill(&self, task: &dyn Task) -> Option<(&'static str, f64)> {
        let name = match task.score() {
            Score::Recall { .. } => "error of recall",
            _ => self.accuracy_name(task)?,
        };
        self.special.map(|value| (name, value))
    }

    /// The name of the part that is right, in tasks with right answers.
    #[must_use]
    pub fn accuracy_name(&self, task: &dyn Task) -> Option<&'static str> {
        match task.score() {
            Score::Settled { .. } => Some("bits that are right"),
            Score::Choice => Some("choices that are right"),
            Score::Recall { .. } | Score::Course => None,
        }
    }

    /// The part that is right, in tasks with right answers.
    #[must_use]
    pub fn accuracy(&self, task: &dyn Task) -> Option<f64> {
        self.accuracy_name(task).and(self.special)
    }

    /// Whether these are numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let rest = [self.r_squared, self.mean_r_squared, self.special];
        self.error.is_finite() && rest.into_iter().flatten().all(f64::is_finite)
    }
}
