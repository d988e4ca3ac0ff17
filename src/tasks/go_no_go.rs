//! Go or no go: is the value above one half?
//!
//! A value between 0 and 1 is shown all the time, a cue from step 30 on; then 1 is wanted for a
//! value above ½, 0 for others. A third channel is always 1.
//!
//! ```
//! use attractor_lab::tasks::{Task, go_no_go::GO_NO_GO};
//!
//! assert_eq!(GO_NO_GO.condition(0), "value 0.000");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 60;
const CUE: usize = 30;
const VALUES: usize = 256;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoNoGo;

/// The task.
pub const GO_NO_GO: GoNoGo = GoNoGo;

fn value(condition: usize) -> f64 {
    condition as f64 / (VALUES - 1) as f64
}

impl Task for GoNoGo {
    fn id(&self) -> &'static str {
        "go-no-go"
    }
    fn name(&self) -> &'static str {
        "Go or no go"
    }
    fn story(&self) -> &'static str {
        "A tone is loud or soft. When the lamp lights up, press the button if it is louder than \
         half, and keep your hand still if it is not."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["value", "cue", "always 1"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["go"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[10..30, 40..60]
    }
    fn conditions(&self) -> usize {
        VALUES
    }
    fn condition(&self, condition: usize) -> String {
        format!("value {:.3}", value(condition))
    }
    fn rest(&self) -> Vec<f64> {
        vec![0.5, 0.0, 1.0]
    }
    fn score(&self) -> Score {
        Score::Choice
    }
    fn present(&self, condition: usize, _: &mut Rng, trial: &mut Trial) {
        let value = value(condition);
        trial.inputs.fill(0, 0..STEPS, value as f32);
        trial.inputs.fill(1, CUE..STEPS, 1.0);
        trial.inputs.fill(2, 0..STEPS, 1.0);
        if value > 0.5 {
            trial.targets.fill(0, CUE..STEPS, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::GO_NO_GO;
    use crate::rng::Rng;

    #[test]
    fn the_upper_half_goes_when_the_cue_is_on() {
        let trials = Trials::draw(&GO_NO_GO, &Rng::stream(7, ""), 0, 256);
        for (trial, value, goes) in
            [(0, 0.0, 0.0), (127, 127.0 / 255.0, 0.0), (128, 128.0 / 255.0, 1.0), (255, 1.0, 1.0)]
        {
            for step in 0..60 {
                let cue = f32::from(u8::from(step >= 30));
                let inputs = [0, 1, 2].map(|channel| trials.inputs[[step, trial, channel]]);
                assert!(inputs == [value, cue, 1.0]);
                assert!(trials.targets[[step, trial, 0]] == goes * cue);
            }
        }
    }
}
