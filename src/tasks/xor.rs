//! Exclusive or: do two bits differ?
//!
//! Each bit has two channels, one for 0 and one for 1, that are on all the time; from step 15 on
//! the first output is wanted if the bits differ, the second if they are the same.
//!
//! ```
//! use attractor_lab::tasks::{Task, xor::XOR};
//!
//! assert_eq!(XOR.condition(2), "1 and 0");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 150;
const DECISION: usize = 15;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xor;

/// The task.
pub const XOR: Xor = Xor;

impl Task for Xor {
    fn id(&self) -> &'static str {
        "xor"
    }
    fn name(&self) -> &'static str {
        "Exclusive or"
    }
    fn story(&self) -> &'static str {
        "Two coins lie on the table. Do they show different sides? No single coin tells: the answer \
         is in the pair, and no straight line parts the two kinds of pair."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["first is 0", "first is 1", "second is 0", "second is 1"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["different", "same"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[15..150]
    }
    fn conditions(&self) -> usize {
        4
    }
    fn condition(&self, condition: usize) -> String {
        format!("{} and {}", condition / 2, condition % 2)
    }
    fn score(&self) -> Score {
        Score::Choice
    }
    fn present(&self, condition: usize, _: &mut Rng, trial: &mut Trial) {
        let (first, second) = (condition / 2, condition % 2);
        trial.inputs.fill(first, 0..STEPS, 1.0);
        trial.inputs.fill(2 + second, 0..STEPS, 1.0);
        trial.targets.fill(usize::from(first == second), DECISION..STEPS, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::XOR;
    use crate::rng::Rng;

    #[test]
    fn different_and_same_are_told_by_the_pair() {
        let trials = Trials::draw(&XOR, &Rng::stream(7, ""), 0, 4);
        for (trial, shown, wanted) in [
            (0, [1.0, 0.0, 1.0, 0.0], [0.0, 1.0]),
            (1, [1.0, 0.0, 0.0, 1.0], [1.0, 0.0]),
            (2, [0.0, 1.0, 1.0, 0.0], [1.0, 0.0]),
            (3, [0.0, 1.0, 0.0, 1.0], [0.0, 1.0]),
        ] {
            for step in 0..150 {
                assert!([0, 1, 2, 3].map(|c| trials.inputs[[step, trial, c]]) == shown);
                let found = [0, 1].map(|c| trials.targets[[step, trial, c]]);
                assert!(found == if step < 15 { [0.0, 0.0] } else { wanted });
            }
        }
    }
}
