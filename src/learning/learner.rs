//! A learner: parameters on their way down the gradient of a lesson, on all threads there are.

use super::lesson::{Lesson, Part, Team};
use super::optimiser::{Descent, clip};
use crate::crew::Crew;
use crate::error::{Error, Result};

/// Parameters, and the memory of how they moved.
pub(super) struct Learner<L: Lesson> {
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    descent: Descent,
    crew: Crew,
    team: Option<Team<L>>,
}

/// How far an update goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stride {
    /// Adam's learning rate.
    pub(super) rate: f64,
    /// The longest a gradient may be; 0 for any length.
    pub(super) clip: f64,
    /// What is added to the gradient, times the parameters.
    pub(super) decay: f64,
}

/// What was found before an update.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The mean squared error.
    pub(super) error: f64,
    /// The mean square of the activity.
    pub(super) activity: f64,
    /// What the parameters themselves cost.
    pub(super) price: f64,
}

impl<L: Lesson> Learner<L> {
    /// These parameters, which have moved as `descent` remembers.
    pub(super) fn new(parameters: Vec<f32>, descent: Descent) -> Self {
        let gradient = vec![0.0; parameters.len()];
        Self { parameters, gradient, descent, crew: Crew::default(), team: None }
    }

    /// Lets a crew help; no result depends on it.
    pub(super) fn help(&mut self, crew: &Crew) {
        self.crew = crew.clone();
    }

    pub(super) fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    pub(super) fn descent(&self) -> &Descent {
        &self.descent
    }

    /// Updates made.
    pub(super) fn taken(&self) -> u64 {
        self.descent.taken
    }

    /// Number of threads that computed the last update.
    pub(super) fn threads(&self) -> usize {
        self.team.as_ref().map_or(1, Team::threads)
    }

    /// Makes one update and returns what was found before it. After an error the parameters are
    /// what they were. `lesson` makes the lesson for the first update; it is the same in all.
    pub(super) async fn update(
        &mut self,
        lesson: impl FnOnce() -> L,
        draw: L::Draw,
        stride: Stride,
    ) -> Result<Found> {
        let team = match &mut self.team {
            Some(team) => team,
            none => none.insert(Team::new(lesson(), &self.crew).await?),
        };
        let Part { error, activity } =
            team.gradient(&self.parameters, draw, &mut self.gradient).await?;
        let price = team.lesson().price(&self.parameters, &mut self.gradient);
        let length = clip(&mut self.gradient, stride.clip);
        let step = self.descent.taken;
        if !(error + activity + price).is_finite() || !length.is_finite() {
            return Err(Error::Diverged { what: format!("{}'s error", L::LEARNER), step });
        }
        if length == 0.0 {
            return Err(Error::Vanished { what: format!("{}'s gradient", L::LEARNER), step });
        }
        self.descent.step(&mut self.parameters, &self.gradient, stride.rate, stride.decay);
        team.lesson().hold(&mut self.parameters);
        Ok(Found { error, activity, price })
    }
}
