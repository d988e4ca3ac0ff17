//! Delayed match to sample: were the two stimuli the same?
//!
//! One of two channels is 1 during the sample, [15, 45), and one during the test, [60, 90); from
//! then on the first output is wanted for the same channel, the second for the other.
//!
//! ```
//! use attractor_lab::tasks::{Task, dmts::DMTS};
//!
//! assert_eq!(DMTS.condition(1), "sample A, test B");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 120;
const SAMPLE: Range<usize> = 15..45;
const TEST: Range<usize> = 60..90;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dmts;

/// The task.
pub const DMTS: Dmts = Dmts;

impl Task for Dmts {
    fn id(&self) -> &'static str {
        "dmts"
    }
    fn name(&self) -> &'static str {
        "Delayed match to sample"
    }
    fn story(&self) -> &'static str {
        "A picture is shown and taken away. After a pause comes another one. Was it the same? There \
         is nothing to look at in between: whoever answers must have kept the first in mind."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["A", "B"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["same", "different"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[0..60, 90..STEPS]
    }
    fn conditions(&self) -> usize {
        4
    }
    fn condition(&self, condition: usize) -> String {
        let [sample, test] = [condition / 2, condition % 2].map(|channel| ["A", "B"][channel]);
        format!("sample {sample}, test {test}")
    }
    fn score(&self) -> Score {
        Score::Choice
    }
    fn present(&self, condition: usize, _: &mut Rng, trial: &mut Trial) {
        let (sample, test) = (condition / 2, condition % 2);
        trial.inputs.fill(sample, SAMPLE, 1.0);
        trial.inputs.fill(test, TEST, 1.0);
        trial.targets.fill(usize::from(sample != test), TEST.end..STEPS, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::DMTS;
    use crate::rng::Rng;

    #[test]
    fn the_same_and_the_other_are_told_apart_at_the_right_time() {
        let trials = Trials::draw(&DMTS, &Rng::stream(7, ""), 0, 4);
        for (trial, (sample, test)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
            for step in 0..120 {
                for channel in 0..2 {
                    let shown = (channel == sample && (15..45).contains(&step))
                        || (channel == test && (60..90).contains(&step));
                    let wanted = step >= 90 && (channel == 1) == (sample != test);
                    let one = |yes: bool| f32::from(u8::from(yes));
                    assert!(trials.inputs[[step, trial, channel]] == one(shown));
                    assert!(trials.targets[[step, trial, channel]] == one(wanted));
                }
            }
        }
    }
}
