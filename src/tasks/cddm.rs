//! Context-dependent decision making: which of two stimuli counts is said by a cue.
//!
//! Dots move right or left with a *coherence* c between −1 and 1, and are mostly of one colour or
//! of the other with another coherence; each stimulus has two channels, (1 + c)/2 and (1 − c)/2.
//! One of two cues says whether to report the motion or the colour: the first output for a positive
//! coherence, the second for a negative one, none for zero.
//!
//! The stimulus comes on one step before the time it is named by, and so does the decision: this is
//! how the original's code has it. Mante, Sussillo, Shenoy & Newsome, *Nature* 503:78, 2013.
//!
//! ```
//! use attractor_lab::tasks::{Task, cddm};
//!
//! assert_eq!(cddm::LONG.conditions(), 2 * 11 * 11);
//! assert_eq!(cddm::SHORT.conditions(), 2 * 13 * 13);
//! ```

use super::{Score, Task, Trial};
use crate::rng::Rng;
use std::ops::Range;

/// The task with its timing.
#[derive(Clone, Debug, PartialEq)]
pub struct Cddm {
    id: &'static str,
    name: &'static str,
    steps: usize,
    stimulus: usize,
    decision: usize,
    counted: &'static [Range<usize>],
    /// In ascending order.
    coherences: &'static [f64],
}

/// As the original trains it.
pub const LONG: Cddm = Cddm {
    id: "cddm-750",
    name: "Context-dependent decision, 750 steps",
    steps: 750,
    stimulus: 249,
    decision: 499,
    counted: &[0..250, 500..750],
    coherences: &[-0.8, -0.4, -0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.4, 0.8],
};

/// As its tutorial does, in a short time.
pub const SHORT: Cddm = Cddm {
    id: "cddm-60",
    name: "Context-dependent decision, 60 steps",
    steps: 60,
    stimulus: 19,
    decision: 39,
    counted: &[0..20, 40..60],
    coherences: &[-1.0, -0.5, -0.2, -0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0],
};

impl Cddm {
    /// The coherences of either stimulus, in ascending order.
    #[must_use]
    pub fn coherences(&self) -> &'static [f64] {
        self.coherences
    }

    /// Context (0: motion, 1: colour) and the coherences of motion and colour in a condition.
    #[must_use]
    pub fn parts(&self, condition: usize) -> (usize, f64, f64) {
        let levels = self.coherences.len();
        let (context, rest) = (condition / (levels * levels), condition % (levels * levels));
        (context, self.coherences[rest / levels], self.coherences[rest % levels])
    }

    /// Writes a trial with any coherences.
    pub fn show(&self, context: usize, motion: f64, colour: f64, trial: &mut Trial) {
        trial.inputs.fill(context, 0..self.steps, 1.0);
        for (first, coherence) in [(2, motion), (4, colour)] {
            let on = self.stimulus..self.steps;
            trial.inputs.fill(first, on.clone(), f64::midpoint(1.0, coherence) as f32);
            trial.inputs.fill(first + 1, on, f64::midpoint(1.0, -coherence) as f32);
        }
        let relevant = if context == 0 { motion } else { colour };
        if relevant != 0.0 {
            let answer = usize::from(relevant < 0.0);
            trial.targets.fill(answer, self.decision..self.steps, 1.0);
        }
    }
}

impl Task for Cddm {
    fn id(&self) -> &'static str {
        self.id
    }
    fn name(&self) -> &'static str {
        self.name
    }
    fn story(&self) -> &'static str {
        "A cloud of coloured dots drifts across a screen. A cue says what matters now: the way they \
         move, or their colour. Report that one and ignore the other, though it is always there and \
         often says the opposite."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["attend motion", "attend colour", "right", "left", "red", "green"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["right or red", "left or green"]
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn counted(&self) -> &'static [Range<usize>] {
        self.counted
    }
    fn conditions(&self) -> usize {
        2 * self.coherences.len() * self.coherences.len()
    }
    fn condition(&self, condition: usize) -> String {
        let (context, motion, colour) = self.parts(condition);
        let cue = ["motion", "colour"][context];
        format!("attend {cue}; motion {motion:+}, colour {colour:+}")
    }
    fn rest(&self) -> Vec<f64> {
        vec![1.0, 0.0, 0.5, 0.5, 0.5, 0.5]
    }
    fn score(&self) -> Score {
        Score::Choice
    }
    fn present(&self, condition: usize, _: &mut Rng, trial: &mut Trial) {
        let (context, motion, colour) = self.parts(condition);
        self.show(context, motion, colour, trial);
    }
    fn decision(&self) -> Option<&Cddm> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trials;
    use super::{LONG, SHORT};
    use crate::rng::Rng;

    #[test]
    fn the_conditions_come_in_the_order_context_motion_colour() {
        assert_eq!(LONG.parts(0), (0, -0.8, -0.8));
        assert_eq!(LONG.parts(1), (0, -0.8, -0.4));
        assert_eq!(LONG.parts(11), (0, -0.4, -0.8));
        assert_eq!(LONG.parts(121 + 5 * 11 + 6), (1, 0.0, 0.05));
        assert_eq!(SHORT.parts(337), (1, 1.0, 1.0));
    }

    #[test]
    fn stimulus_and_answer_come_when_they_should() {
        for (task, condition, motion, colour, onset, answer) in [
            // Motion context, motion −0.8: the second output answers.
            (LONG, 0, [0.1, 0.9], [0.1, 0.9], (249, 499), Some(1)),
            // Colour context, motion 0.8, colour −0.8.
            (LONG, 121 + 110, [0.9, 0.1], [0.1, 0.9], (249, 499), Some(1)),
            // Motion context, motion 1, colour −1.
            (SHORT, 12 * 13, [1.0, 0.0], [0.0, 1.0], (19, 39), Some(0)),
            // Colour context, motion 1, colour 0: nothing to report.
            (SHORT, 169 + 12 * 13 + 6, [1.0, 0.0], [0.5, 0.5], (19, 39), None),
        ] {
            let trials = Trials::draw(&task, &Rng::stream(7, ""), condition as u64, 1);
            assert_eq!(trials.conditions, [condition]);
            let context = task.parts(condition).0;
            for step in 0..task.steps {
                let cue: [f32; 2] = if context == 0 { [1.0, 0.0] } else { [0.0, 1.0] };
                let on = if step >= onset.0 { 1.0 } else { 0.0 };
                let expected = [
                    cue[0],
                    cue[1],
                    on * motion[0],
                    on * motion[1],
                    on * colour[0],
                    on * colour[1],
                ];
                for (channel, expected) in expected.into_iter().enumerate() {
                    let found = trials.inputs[[step, 0, channel]];
                    assert!((found - expected).abs() < 1e-6, "{step}, {channel}: {found}");
                }
                for output in 0..2 {
                    let expected = answer == Some(output) && step >= onset.1;
                    assert!(trials.targets[[step, 0, output]] == f32::from(u8::from(expected)));
                }
            }
        }
    }
}
