//! The examination of a trained network on new trials, in pieces: without noise, with it, and, for
//! a decision between two stimuli, on a grid of their strengths.

use super::enough;
use super::scores::Scores;
use crate::analysis::psychometric::Choices;
use crate::learning::beginning::Design;
use crate::learning::practice::{Disturbance, Run};
use crate::rng::Rng;
use crate::tasks::{Task, Trials};
use serde::{Deserialize, Serialize};

/// Trials of a test, or all conditions once if they are more.
const TRIALS: usize = 512;
/// How often each pair of strengths is shown.
const REPEATS: usize = 31;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exam {
    /// Scores without noise.
    pub clean: Option<Scores>,
    /// Scores with the noise of the training, on other trials.
    pub noisy: Option<Scores>,
    /// Choices by the strengths, in either context.
    pub choices: Option<[Choices; 2]>,
}

/// Who is examined.
pub struct Subject<'a> {
    /// The network but for its numbers.
    pub design: Design,
    /// Its numbers.
    pub parameters: &'a [f32],
    /// Its noise.
    pub disturbance: Disturbance,
}

impl Exam {
    /// Trials that are run at once, at most.
    #[must_use]
    pub fn trials(task: &dyn Task) -> usize {
        enough(task, TRIALS)
    }

    /// How many pieces an examination has.
    #[must_use]
    pub fn pieces(task: &dyn Task) -> u64 {
        2 + task.decision().map_or(0, |_| REPEATS as u64)
    }

    /// Does piece number `piece`; its trials are drawn from `rng`.
    pub fn go_on(&mut self, task: &dyn Task, subject: &Subject, piece: u64, rng: &Rng) {
        let Subject { design, parameters, disturbance } = subject;
        let noise = (piece > 0).then_some((disturbance, piece));
        if piece < 2 {
            let count = Self::trials(task);
            let trials = Trials::draw(task, rng, piece * count as u64, count);
            let run = Run::of(*design, parameters, &trials.inputs, noise);
            let scores = Scores::of(task, &trials, run.outputs.view());
            *(if piece == 0 { &mut self.clean } else { &mut self.noisy }) = Some(scores);
            return;
        }
        let Some(cddm) = task.decision() else { return };
        let levels = strengths(cddm.coherences().len());
        let n = levels.len();
        let trials = Trials::made(task, 2 * n * n, |place, trial| {
            let (context, rest) = (place / (n * n), place % (n * n));
            cddm.show(context, levels[rest / n], levels[rest % n], trial);
            place
        });
        let run = Run::of(*design, parameters, &trials.inputs, noise);
        let last = task.steps() - 1;
        let counted: Vec<usize> = (0..=last).filter(|&step| trials.counted[step]).collect();
        let choices = self.choices.get_or_insert_with(|| [Choices::new(n), Choices::new(n)]);
        for (context, choices) in choices.iter_mut().enumerate() {
            choices.add(|motion, colour| {
                let place = (context * n + motion) * n + colour;
                let y = |step: usize, output: usize| f64::from(run.outputs[[step, place, output]]);
                let off = |step: usize, output: usize| {
                    y(step, output) - f64::from(trials.targets[[step, place, output]])
                };
                let error =
                    |&step: &usize| off(step, 0) * off(step, 0) + off(step, 1) * off(step, 1);
                let error = counted.iter().map(error).sum::<f64>() / counted.len().max(1) as f64;
                (y(last, 0) - y(last, 1), error)
            });
        }
    }

    /// Whether this is what so many pieces may have come to.
    #[must_use]
    pub fn fits(&self, task: &dyn Task, pieces: u64) -> bool {
        let sound = |scores: &Option<Scores>, due: bool| {
            scores.is_some() == due && scores.is_none_or(|scores| scores.is_finite())
        };
        let repeats = pieces.saturating_sub(2) as usize;
        let choices = match (&self.choices, task.decision()) {
            (Some(choices), Some(cddm)) => {
                let levels = cddm.coherences().len();
                repeats > 0 && choices.iter().all(|it| it.fits(levels, repeats))
            }
            (None, decision) => repeats == 0 || decision.is_none(),
            (Some(_), None) => false,
        };
        sound(&self.clean, pieces > 0) && sound(&self.noisy, pieces > 1) && choices
    }
}

/// So many strengths, evenly from −1 to 1.
#[must_use]
pub fn strengths(levels: usize) -> Vec<f64> {
    (0..levels).map(|level| 2.0 * level as f64 / (levels.max(2) - 1) as f64 - 1.0).collect()
}
