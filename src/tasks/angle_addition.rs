//! The sum of two angles.
//!
//! Two of 15 angles each are shown all the time, in two codes of six channels of which the two
//! nearest share the angle; from step 20 on their sum is wanted in such a code, and counted from
//! step 30 on. In the original the target is there only *until* step 20, where it is not counted,
//! so that nothing is asked for: this is mended here.
//!
//! ```
//! use attractor_lab::tasks::{Task, angle_addition::ANGLE_ADDITION};
//!
//! assert_eq!(ANGLE_ADDITION.condition(16), "24° + 24°");
//! ```

use super::{Score, Task, Trial, tent};
use crate::rng::Rng;
use std::f64::consts::TAU;
use std::ops::Range;

const STEPS: usize = 120;
const DECISION: usize = 20;
const ANGLES: usize = 15;
const CHANNELS: usize = 6;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AngleAddition;

/// The task.
pub const ANGLE_ADDITION: AngleAddition = AngleAddition;

impl Task for AngleAddition {
    fn id(&self) -> &'static str {
        "angle-addition"
    }
    fn name(&self) -> &'static str {
        "Addition of angles"
    }
    fn story(&self) -> &'static str {
        "Two clock hands are shown on two dials. Set a third one to where the first would stand if \
         it went on by as much as the second shows, once round and further if need be."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &[
            "first near 0°",
            "first near 60°",
            "first near 120°",
            "first near 180°",
            "first near 240°",
            "first near 300°",
            "second near 0°",
            "second near 60°",
            "second near 120°",
            "second near 180°",
            "second near 240°",
            "second near 300°",
        ]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["near 0°", "near 60°", "near 120°", "near 180°", "near 240°", "near 300°"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[30..120]
    }
    fn conditions(&self) -> usize {
        ANGLES * ANGLES
    }
    fn condition(&self, condition: usize) -> String {
        let degrees = |angle: usize| 360 / ANGLES * angle;
        format!("{}° + {}°", degrees(condition / ANGLES), degrees(condition % ANGLES))
    }
    fn score(&self) -> Score {
        Score::Recall { from: 30 }
    }
    fn present(&self, condition: usize, _: &mut Rng, trial: &mut Trial) {
        let (first, second) = (condition / ANGLES, condition % ANGLES);
        let angle = |steps: usize| TAU * (steps % ANGLES) as f64 / ANGLES as f64;
        tent::write(&mut trial.inputs, 0, CHANNELS, 0..STEPS, angle(first));
        tent::write(&mut trial.inputs, CHANNELS, CHANNELS, 0..STEPS, angle(second));
        tent::write(&mut trial.targets, 0, CHANNELS, DECISION..STEPS, angle(first + second));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::ANGLE_ADDITION;
    use crate::rng::Rng;

    #[test]
    fn the_sum_goes_once_round() {
        let trials = Trials::draw(&ANGLE_ADDITION, &Rng::stream(7, ""), 0, 225);
        // 10 · 24° = 240° is the fifth channel; twice that, 480°, is 120°, the third.
        let row = |of: &ndarray::Array3<f32>, step: usize, trial: usize, first: usize| {
            [0, 1, 2, 3, 4, 5].map(|c| of[[step, trial, first + c]])
        };
        let trial = 10 * 15 + 10;
        let close = |found: [f32; 6], expected: [f32; 6]| {
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5)
        };
        for step in [0, 19, 20, 119] {
            let fifth = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
            assert!(close(row(&trials.inputs, step, trial, 0), fifth));
            assert!(close(row(&trials.inputs, step, trial, 6), fifth));
            let third = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
            let expected = if step < 20 { [0.0; 6] } else { third };
            assert!(close(row(&trials.targets, step, trial, 0), expected), "step {step}");
        }
        // 0° + 24°: four tenths of the way from the first channel to the second.
        let found = row(&trials.targets, 60, 1, 0);
        assert!(close(found, [0.6, 0.4, 0.0, 0.0, 0.0, 0.0]), "{found:?}");
    }
}
