//! Memory of an angle, to be given back turned by half a circle.
//!
//! One of 36 angles θ is shown as (2 cos θ, 2 sin θ) for 10 steps that begin anywhere in [0, 140);
//! at 160 a go cue comes on, and (2 cos (θ + π), 2 sin (θ + π)) is wanted from then on. In the
//! original all copies of an angle in a batch begin at the same step; here every trial has its own.
//!
//! ```
//! use attractor_lab::tasks::{Task, memory_anti_angle::MEMORY_ANTI_ANGLE};
//!
//! assert_eq!(MEMORY_ANTI_ANGLE.condition(9), "angle 90°");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::f64::consts::TAU;
use std::ops::Range;

const STEPS: usize = 320;
const SHOWN: usize = 10;
const LATEST: u64 = 140;
const GO: usize = 160;
const ANGLES: usize = 36;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAntiAngle;

/// The task.
pub const MEMORY_ANTI_ANGLE: MemoryAntiAngle = MemoryAntiAngle;

impl Task for MemoryAntiAngle {
    fn id(&self) -> &'static str {
        "memory-anti-angle"
    }
    fn name(&self) -> &'static str {
        "Memory of an angle, turned"
    }
    fn story(&self) -> &'static str {
        "A light flashes somewhere around you. Hold still and remember where; when the signal comes, \
         point in exactly the opposite direction."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["2 cos θ", "2 sin θ", "go"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["−2 cos θ", "−2 sin θ"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[0..160, 180..320]
    }
    fn conditions(&self) -> usize {
        ANGLES
    }
    fn condition(&self, condition: usize) -> String {
        format!("angle {}°", 360 / ANGLES * condition)
    }
    fn score(&self) -> Score {
        Score::Recall { from: 180 }
    }
    fn present(&self, condition: usize, rng: &mut Rng, trial: &mut Trial) {
        let (sin, cos) = libm::sincos(TAU * condition as f64 / ANGLES as f64);
        let onset = rng.below(LATEST) as usize;
        for (channel, part) in [cos, sin].into_iter().enumerate() {
            let value = (2.0 * part) as f32;
            trial.inputs.fill(channel, onset..onset + SHOWN, value);
            trial.targets.fill(channel, GO..STEPS, -value);
        }
        trial.inputs.fill(2, GO..STEPS, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::MEMORY_ANTI_ANGLE;
    use crate::rng::Rng;

    #[test]
    fn the_angle_is_shown_for_ten_steps_and_the_opposite_wanted_after_the_cue() {
        let trials = Trials::draw(&MEMORY_ANTI_ANGLE, &Rng::stream(7, "trials"), 0, 72);
        for trial in 0..72 {
            let theta = f64::from(u32::try_from(trial % 36).unwrap_or(0)) * 10.0;
            let expected = [libm::cos(theta.to_radians()), libm::sin(theta.to_radians())];
            let shown: Vec<usize> = (0..320)
                .filter(|&step| (0..2).any(|c| trials.inputs[[step, trial, c]].abs() > 1e-6))
                .collect();
            assert_eq!(shown, (shown[0]..shown[0] + 10).collect::<Vec<_>>());
            assert!(shown[0] < 140);
            for (channel, expected) in expected.into_iter().enumerate() {
                let value = 2.0 * expected;
                let input = f64::from(trials.inputs[[shown[0], trial, channel]]);
                let [before, after] =
                    [159, 160].map(|step| f64::from(trials.targets[[step, trial, channel]]));
                assert!((input - value).abs() < 1e-6 && before == 0.0);
                assert!((after + value).abs() < 1e-6);
            }
            for step in [0, 159, 160, 319] {
                assert!(trials.inputs[[step, trial, 2]] == f32::from(u8::from(step >= 160)));
            }
        }
    }
}
