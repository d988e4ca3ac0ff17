//! A place from speed: the position on a line is the sum of the velocities so far.
//!
//! The velocity is constant over blocks that last 10 + ⌊E⌋ steps, E exponential with mean T/µ,
//! µ = 10, and is drawn evenly from −1 to 1 for each; positive velocities have one channel,
//! negative ones another, and a third channel is always 1. The position moves by 0.02 a step at
//! velocity 1; its size is wanted on one output where it is positive and on the other where it is
//! negative. The length of 350 steps and the gain are this laboratory's choice.
//!
//! ```
//! use attractor_lab::tasks::{Task, integration::INTEGRATION};
//!
//! assert_eq!((INTEGRATION.steps(), INTEGRATION.outputs().len()), (350, 2));
//! ```

use super::{Score, Task, Trial, wait};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 350;
const SHORTEST: usize = 10;
/// *T*/µ.
const WAIT: f64 = STEPS as f64 / 10.0;
const GAIN: f64 = 0.02;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integration;

/// The task.
pub const INTEGRATION: Integration = Integration;

impl Task for Integration {
    fn id(&self) -> &'static str {
        "integration"
    }
    fn name(&self) -> &'static str {
        "Integration on a line"
    }
    fn story(&self) -> &'static str {
        "A trolley rolls along a dark tunnel, forwards and backwards. Say at every moment how far \
         it is from where it began, and on which side, from its speed alone."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["forwards", "backwards", "always 1"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["ahead", "behind"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[10..350]
    }
    fn conditions(&self) -> usize {
        1
    }
    fn condition(&self, _: usize) -> String {
        String::new()
    }
    fn rest(&self) -> Vec<f64> {
        vec![0.0, 0.0, 1.0]
    }
    fn score(&self) -> Score {
        Score::Course
    }
    fn present(&self, _: usize, rng: &mut Rng, trial: &mut Trial) {
        trial.inputs.fill(2, 0..STEPS, 1.0);
        let mut place = 0.0;
        let mut start = 0;
        while start < STEPS {
            let velocity = 2.0 * rng.uniform() - 1.0;
            let end = STEPS.min(start + SHORTEST + wait(WAIT, rng));
            trial.inputs.fill(usize::from(velocity < 0.0), start..end, velocity.abs() as f32);
            for step in start..end {
                place += GAIN * velocity;
                trial.targets.set(usize::from(place <= 0.0), step, place.abs() as f32);
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::INTEGRATION;
    use crate::rng::Rng;

    #[test]
    fn the_target_is_the_sum_of_the_velocities_so_far_on_its_own_side() {
        let trials = Trials::draw(&INTEGRATION, &Rng::stream(7, "trials"), 0, 20);
        for trial in 0..20 {
            let mut place = 0.0_f64;
            for step in 0..350 {
                let [ahead, behind] = [0, 1].map(|c| f64::from(trials.inputs[[step, trial, c]]));
                assert!(ahead * behind == 0.0 && trials.inputs[[step, trial, 2]] == 1.0);
                place += 0.02 * (ahead - behind);
                let [ahead, behind] = [0, 1].map(|c| f64::from(trials.targets[[step, trial, c]]));
                assert!((ahead - place.max(0.0)).abs() < 1e-5, "step {step}");
                assert!((behind - (-place).max(0.0)).abs() < 1e-5, "step {step}");
            }
        }
    }
}
