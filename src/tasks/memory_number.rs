//! Memory of a number between 0 and 1.
//!
//! The number is shown for 10 steps that begin 20 ± 20 steps into the trial, in [0, 40); at 60 it
//! is asked for, and wanted from then on. A third channel is always 1.
//!
//! ```
//! use attractor_lab::tasks::{Task, memory_number::MEMORY_NUMBER};
//!
//! assert_eq!(MEMORY_NUMBER.condition(255), "number 1.00");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 120;
const SHOWN: usize = 10;
const LATEST: u64 = 40;
const RECALL: usize = 60;
const NUMBERS: usize = 256;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryNumber;

/// The task.
pub const MEMORY_NUMBER: MemoryNumber = MemoryNumber;

fn number(condition: usize) -> f64 {
    condition as f64 / (NUMBERS - 1) as f64
}

impl Task for MemoryNumber {
    fn id(&self) -> &'static str {
        "memory-number"
    }
    fn name(&self) -> &'static str {
        "Memory of a number"
    }
    fn story(&self) -> &'static str {
        "A dial shows a level between empty and full, for an instant. A little later you are asked \
         to set another dial to the same level, from memory."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["number", "recall", "always 1"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["number"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[0..60, 80..120]
    }
    fn conditions(&self) -> usize {
        NUMBERS
    }
    fn condition(&self, condition: usize) -> String {
        format!("number {:.2}", number(condition))
    }
    fn rest(&self) -> Vec<f64> {
        vec![0.0, 0.0, 1.0]
    }
    fn score(&self) -> Score {
        Score::Recall { from: 80 }
    }
    fn present(&self, condition: usize, rng: &mut Rng, trial: &mut Trial) {
        let value = number(condition) as f32;
        let onset = rng.below(LATEST) as usize;
        trial.inputs.fill(0, onset..onset + SHOWN, value);
        trial.inputs.fill(1, RECALL..STEPS, 1.0);
        trial.inputs.fill(2, 0..STEPS, 1.0);
        trial.targets.fill(0, RECALL..STEPS, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::MEMORY_NUMBER;
    use crate::rng::Rng;

    #[test]
    fn the_number_is_shown_early_and_wanted_from_step_60_on() {
        let trials = Trials::draw(&MEMORY_NUMBER, &Rng::stream(7, "trials"), 0, 256);
        for trial in 1..256 {
            let v = (trial as f64 / 255.0) as f32;
            let shown: Vec<usize> =
                (0..120).filter(|&step| trials.inputs[[step, trial, 0]] != 0.0).collect();
            assert_eq!(shown, (shown[0]..shown[0] + 10).collect::<Vec<_>>());
            assert!(shown[0] < 40 && trials.inputs[[shown[0], trial, 0]] == v);
            for step in 0..120 {
                let on = step >= 60;
                assert!(trials.inputs[[step, trial, 1]] == f32::from(u8::from(on)));
                assert!(trials.inputs[[step, trial, 2]] == 1.0);
                assert!(trials.targets[[step, trial, 0]] == if on { v } else { 0.0 });
            }
        }
    }
}
