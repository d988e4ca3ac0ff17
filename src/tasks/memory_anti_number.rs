//! Memory of a number, to be given back with its sign turned.
//!
//! One of 32 numbers v, evenly from −2 to 2, is shown for 10 steps that begin anywhere in [0, 140);
//! at 160 a go cue comes on, and −v is wanted from then on. In the original all copies of a number
//! in a batch begin at the same step; here every trial has its own.
//!
//! ```
//! use attractor_lab::tasks::{Task, memory_anti_number::MEMORY_ANTI_NUMBER};
//!
//! assert_eq!(MEMORY_ANTI_NUMBER.condition(31), "number 2.00");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 320;
const SHOWN: usize = 10;
const LATEST: u64 = 140;
const GO: usize = 160;
const NUMBERS: usize = 32;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAntiNumber;

/// The task.
pub const MEMORY_ANTI_NUMBER: MemoryAntiNumber = MemoryAntiNumber;

fn number(condition: usize) -> f64 {
    4.0 * condition as f64 / (NUMBERS - 1) as f64 - 2.0
}

impl Task for MemoryAntiNumber {
    fn id(&self) -> &'static str {
        "memory-anti-number"
    }
    fn name(&self) -> &'static str {
        "Memory of a number, turned"
    }
    fn story(&self) -> &'static str {
        "For a moment a needle points at a number between −2 and 2. Say nothing and remember it; \
         when the light turns green, point at the number on the opposite side of zero."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["number", "go"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["− number"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[0..160, 180..320]
    }
    fn conditions(&self) -> usize {
        NUMBERS
    }
    fn condition(&self, condition: usize) -> String {
        format!("number {:.2}", number(condition))
    }
    fn score(&self) -> Score {
        Score::Recall { from: 180 }
    }
    fn present(&self, condition: usize, rng: &mut Rng, trial: &mut Trial) {
        let value = number(condition) as f32;
        let onset = rng.below(LATEST) as usize;
        trial.inputs.fill(0, onset..onset + SHOWN, value);
        trial.inputs.fill(1, GO..STEPS, 1.0);
        trial.targets.fill(0, GO..STEPS, -value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::MEMORY_ANTI_NUMBER;
    use crate::rng::Rng;

    #[test]
    fn the_number_is_shown_for_ten_steps_and_wanted_back_turned_after_the_cue() {
        let trials = Trials::draw(&MEMORY_ANTI_NUMBER, &Rng::stream(7, "trials"), 0, 3200);
        let mut onsets = [0_u32; 140];
        for trial in 0..3200 {
            let v = (4.0 * (trial % 32) as f64 / 31.0 - 2.0) as f32;
            let shown: Vec<usize> =
                (0..320).filter(|&step| trials.inputs[[step, trial, 0]] != 0.0).collect();
            assert_eq!(shown, (shown[0]..shown[0] + 10).collect::<Vec<_>>());
            assert!(shown.iter().all(|&step| trials.inputs[[step, trial, 0]] == v));
            onsets[shown[0]] += 1;
            for step in 0..320 {
                let on = step >= 160;
                assert!(trials.inputs[[step, trial, 1]] == f32::from(u8::from(on)));
                assert!(trials.targets[[step, trial, 0]] == if on { -v } else { 0.0 });
            }
        }
        // 3200 draws over 140 steps: each about 23 times, 6 standard deviations are 29.
        assert!(onsets.iter().all(|&count| (1..52).contains(&count)), "{onsets:?}");
    }
}
