//! Half an adder: the last digit of the sum of two bits.
//!
//! The bits are shown all the time; (a + b) mod 2 is wanted in [30, 120), and nothing after it. The
//! end, too, is counted: the network has to know when it is over.
//!
//! ```
//! use attractor_lab::tasks::{Task, half_adder::HALF_ADDER};
//!
//! assert_eq!(HALF_ADDER.condition(3), "1 + 1");
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 150;
const DECISION: Range<usize> = 30..120;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfAdder;

/// The task.
pub const HALF_ADDER: HalfAdder = HalfAdder;

impl Task for HalfAdder {
    fn id(&self) -> &'static str {
        "half-adder"
    }
    fn name(&self) -> &'static str {
        "Half an adder"
    }
    fn story(&self) -> &'static str {
        "Add two binary digits and say the last digit of the sum: 0 + 0 is 0, 0 + 1 is 1, and 1 + 1 \
         is 0 again, with one to carry that nobody asks for. Say it for a while, then be silent."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["first digit", "second digit"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["last digit of the sum"]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[30..150]
    }
    fn conditions(&self) -> usize {
        4
    }
    fn condition(&self, condition: usize) -> String {
        format!("{} + {}", condition / 2, condition % 2)
    }
    fn score(&self) -> Score {
        Score::Course
    }
    fn present(&self, condition: usize, _: &mut Rng, trial: &mut Trial) {
        let bits = [condition / 2, condition % 2];
        for (channel, bit) in bits.into_iter().enumerate() {
            trial.inputs.fill(channel, 0..STEPS, bit as f32);
        }
        trial.targets.fill(0, DECISION, ((bits[0] + bits[1]) % 2) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::HALF_ADDER;
    use crate::rng::Rng;

    #[test]
    fn the_sum_is_wanted_for_ninety_steps() {
        let trials = Trials::draw(&HALF_ADDER, &Rng::stream(7, ""), 0, 4);
        for (trial, bits, sum) in
            [(0, [0.0, 0.0], 0.0), (1, [0.0, 1.0], 1.0), (2, [1.0, 0.0], 1.0), (3, [1.0; 2], 0.0)]
        {
            for step in 0..150 {
                assert!([0, 1].map(|c| trials.inputs[[step, trial, c]]) == bits);
                let wanted = if (30..120).contains(&step) { sum } else { 0.0 };
                assert!(trials.targets[[step, trial, 0]] == wanted);
            }
        }
    }
}
