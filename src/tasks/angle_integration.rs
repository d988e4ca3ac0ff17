//! A heading from turning: the angle is the sum of the velocities so far.
//!
//! The velocity is constant over blocks that last 10 + ⌊E⌋ steps, E exponential with mean T/µ,
//! µ = 10, and is drawn evenly from −1 to 1 for each; positive velocities have one channel,
//! negative ones another, and a third channel is always 1. The angle moves by 0.15 rad a step at
//! velocity 1, and is wanted in the code of three channels of which the two nearest share it.
//!
//! ```
//! use attractor_lab::tasks::{Task, angle_integration::ANGLE_INTEGRATION};
//!
//! assert_eq!((ANGLE_INTEGRATION.steps(), ANGLE_INTEGRATION.outputs().len()), (220, 3));
//! ```

use super::{Score, Task, Trial, tent, wait};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 220;
const SHORTEST: usize = 10;
/// *T*/µ.
const WAIT: f64 = STEPS as f64 / 10.0;
/// Radians a step.
const GAIN: f64 = 0.15;
const CHANNELS: usize = 3;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AngleIntegration;

/// The task.
pub const ANGLE_INTEGRATION: AngleIntegration = AngleIntegration;

impl Task for AngleIntegration {
    fn id(&self) -> &'static str {
        "angle-integration"
    }
    fn name(&self) -> &'static str {
        "Integration of an angle"
    }
    fn story(&self) -> &'static str {
        "You sit blindfolded on a chair that is turned, now this way, now that. Say at every moment \
         which way you face: all there is to go by is how fast you are being turned."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["turning left", "turning right", "always 1"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["near 0°", "near 120°", "near 240°"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[10..220]
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
        let mut angle = 0.0;
        let mut start = 0;
        while start < STEPS {
            let velocity = 2.0 * rng.uniform() - 1.0;
            let end = STEPS.min(start + SHORTEST + wait(WAIT, rng));
            trial.inputs.fill(usize::from(velocity < 0.0), start..end, velocity.abs() as f32);
            for step in start..end {
                angle += GAIN * velocity;
                tent::write(&mut trial.targets, 0, CHANNELS, step..step + 1, angle);
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::ANGLE_INTEGRATION;
    use crate::rng::Rng;
    use std::f64::consts::TAU;

    #[test]
    fn the_target_codes_the_sum_of_the_velocities_so_far() {
        let trials = Trials::draw(&ANGLE_INTEGRATION, &Rng::stream(7, "trials"), 0, 20);
        for trial in 0..20 {
            let mut angle = 0.0_f64;
            let mut since = 0;
            for step in 0..220 {
                let shown = |at: usize| {
                    let [left, right] = [0, 1].map(|c| f64::from(trials.inputs[[at, trial, c]]));
                    assert!(left * right == 0.0 && (0.0..=1.0).contains(&(left + right)));
                    left - right
                };
                if step > 0 && shown(step) != shown(step - 1) {
                    assert!(since >= 10, "a block of {since} steps");
                    since = 0;
                }
                since += 1;
                angle += 0.15 * shown(step);
                // What the code says, read back: between the two channels that are not zero.
                let code = [0, 1, 2].map(|c| f64::from(trials.targets[[step, trial, c]]));
                assert!((code.iter().sum::<f64>() - 1.0).abs() < 1e-6);
                let silent = (0..3).min_by(|&a, &b| code[a].total_cmp(&code[b])).unwrap_or(0);
                let found = ((silent + 1) % 3) as f64 + code[(silent + 2) % 3];
                let apart = (found / 3.0 * TAU - angle).rem_euclid(TAU);
                assert!(apart.min(TAU - apart) < 1e-4, "step {step}: {apart}");
            }
        }
    }
}
