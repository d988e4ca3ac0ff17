//! Memory of an angle, coded by three channels of which the two nearest share it.
//!
//! One of 70 angles is shown for 10 steps that begin 10 ± 10 steps into the trial, in [0, 20); at
//! 90 it is asked for, and wanted in the same code from then on. A fourth channel is always 1, the
//! fifth asks.
//!
//! ```
//! use attractor_lab::tasks::{Task, memory_angle::MEMORY_ANGLE};
//!
//! assert_eq!(MEMORY_ANGLE.condition(35), "angle 180.0°");
//! ```

use super::{Score, Task, Trial, tent};
use crate::rng::Rng;
use std::f64::consts::TAU;
use std::ops::Range;

const STEPS: usize = 120;
const SHOWN: usize = 10;
const LATEST: u64 = 20;
const RECALL: usize = 90;
const ANGLES: usize = 70;
const CHANNELS: usize = 3;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAngle;

/// The task.
pub const MEMORY_ANGLE: MemoryAngle = MemoryAngle;

impl Task for MemoryAngle {
    fn id(&self) -> &'static str {
        "memory-angle"
    }
    fn name(&self) -> &'static str {
        "Memory of an angle"
    }
    fn story(&self) -> &'static str {
        "A light flashes somewhere around you and is gone. When the signal comes, point to where it \
         was: there are many directions, and nothing is left but what you kept."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["angle near 0°", "angle near 120°", "angle near 240°", "always 1", "recall"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["near 0°", "near 120°", "near 240°"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[0..90, 100..120]
    }
    fn conditions(&self) -> usize {
        ANGLES
    }
    fn condition(&self, condition: usize) -> String {
        format!("angle {:.1}°", 360.0 * condition as f64 / ANGLES as f64)
    }
    fn rest(&self) -> Vec<f64> {
        vec![0.0, 0.0, 0.0, 1.0, 0.0]
    }
    fn score(&self) -> Score {
        Score::Recall { from: 100 }
    }
    fn present(&self, condition: usize, rng: &mut Rng, trial: &mut Trial) {
        let angle = TAU * condition as f64 / ANGLES as f64;
        let onset = rng.below(LATEST) as usize;
        tent::write(&mut trial.inputs, 0, CHANNELS, onset..onset + SHOWN, angle);
        trial.inputs.fill(3, 0..STEPS, 1.0);
        trial.inputs.fill(4, RECALL..STEPS, 1.0);
        tent::write(&mut trial.targets, 0, CHANNELS, RECALL..STEPS, angle);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::MEMORY_ANGLE;
    use crate::rng::Rng;

    #[test]
    fn the_two_nearest_channels_share_the_angle() {
        let trials = Trials::draw(&MEMORY_ANGLE, &Rng::stream(7, "trials"), 0, 70);
        for (trial, expected) in [
            (0, [1.0, 0.0, 0.0]),
            // 180° is half-way from 120° to 240°.
            (35, [0.0, 0.5, 0.5]),
            // 360 · 14/70 = 72°, six tenths of the way.
            (14, [0.4, 0.6, 0.0]),
            // 288°, four tenths of the way from 240° back to 0°.
            (56, [0.4, 0.0, 0.6]),
        ] {
            for (channel, expected) in expected.into_iter().enumerate() {
                for step in [0, 89, 90, 119] {
                    let wanted = if step >= 90 { expected } else { 0.0 };
                    let found = trials.targets[[step, trial, channel]];
                    assert!((found - wanted).abs() < 1e-6, "{trial}, {channel}: {found}");
                }
                let shown: f32 = (0..120).map(|step| trials.inputs[[step, trial, channel]]).sum();
                assert!((shown - 10.0 * expected).abs() < 1e-5, "{trial}, {channel}: {shown}");
            }
        }
        assert!((30..90).all(|step| (0..3).all(|c| trials.inputs[[step, 9, c]] == 0.0)));
    }
}
