//! Flip-flops: each bit remembers the sign of the last pulse on its own channel.
//!
//! On every channel, independently, pulses of *w* = 10 steps begin at
//!
//! > t ← t + w + ⌊E⌋,  E exponential with mean T/µ,  µ = 6,
//!
//! each +1 or −1 with probability ½, and the target has the sign of the latest pulse from its first
//! step on. In the original task t begins at 0, so that a bit is *unset*, its target 0, until its
//! first pulse: a state that the network must also hold. In the canonical task every bit is set by
//! a pulse at t = 0 and counting begins when that is over, which leaves 2ⁿ states and no others.
//!
//! Sussillo & Barak, *Neural Comput.* 25:626, 2013.
//!
//! ```
//! use attractor_lab::{rng::Rng, tasks::{Trials, flip_flop}};
//!
//! // Of 6000 streams 0.21 of all steps come before the first pulse.
//! let trials = Trials::draw(&flip_flop::ORIGINAL_THREE, &Rng::stream(7, "trials"), 0, 2000);
//! let unset = trials.targets.iter().filter(|&&target| target == 0.0).count() as f64;
//! assert!((unset / trials.targets.len() as f64 - 0.214).abs() < 0.01);
//! ```

use super::{Score, Task, Trial, wait};
use crate::rng::Rng;
use std::ops::Range;

const STEPS: usize = 200;
/// *w*.
const PULSE: usize = 10;
/// *T*/µ.
const WAIT: f64 = STEPS as f64 / 6.0;
const INPUTS: [&str; 4] = ["pulse 1", "pulse 2", "pulse 3", "pulse 4"];
const OUTPUTS: [&str; 4] = ["bit 1", "bit 2", "bit 3", "bit 4"];

/// Some bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlipFlop {
    id: &'static str,
    name: &'static str,
    bits: usize,
    /// Whether bits begin unset.
    unset: bool,
}

/// One bit, set from the beginning.
pub const ONE: FlipFlop =
    FlipFlop { id: "flip-flop-1", name: "Flip-flop, 1 bit", bits: 1, unset: false };
/// Two bits, set from the beginning.
pub const TWO: FlipFlop =
    FlipFlop { id: "flip-flop-2", name: "Flip-flop, 2 bits", bits: 2, unset: false };
/// Three bits, set from the beginning.
pub const THREE: FlipFlop =
    FlipFlop { id: "flip-flop-3", name: "Flip-flop, 3 bits", bits: 3, unset: false };
/// Four bits, set from the beginning.
pub const FOUR: FlipFlop =
    FlipFlop { id: "flip-flop-4", name: "Flip-flop, 4 bits", bits: 4, unset: false };
/// Two bits that begin unset.
pub const ORIGINAL_TWO: FlipFlop = FlipFlop {
    id: "flip-flop-2-original",
    name: "Flip-flop, 2 bits, unset at first",
    bits: 2,
    unset: true,
};
/// Three bits that begin unset.
pub const ORIGINAL_THREE: FlipFlop = FlipFlop {
    id: "flip-flop-3-original",
    name: "Flip-flop, 3 bits, unset at first",
    bits: 3,
    unset: true,
};

impl Task for FlipFlop {
    fn id(&self) -> &'static str {
        self.id
    }
    fn name(&self) -> &'static str {
        self.name
    }
    fn story(&self) -> &'static str {
        "A row of light switches, worked by short pushes: a push up switches a light on, a push \
         down switches it off, and each lamp must stay as it was last put, for as long as nobody \
         touches it."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &INPUTS[..self.bits]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &OUTPUTS[..self.bits]
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn counted(&self) -> &'static [Range<usize>] {
        if self.unset { &[0..STEPS] } else { &[PULSE..STEPS] }
    }
    fn conditions(&self) -> usize {
        1
    }
    fn condition(&self, _: usize) -> String {
        String::new()
    }
    fn score(&self) -> Score {
        Score::Settled { after: 20 }
    }

    fn present(&self, _: usize, rng: &mut Rng, trial: &mut Trial) {
        for bit in 0..self.bits {
            let mut start = if self.unset { PULSE + wait(WAIT, rng) } else { 0 };
            while start < STEPS {
                let sign = if rng.chance(0.5) { 1.0 } else { -1.0 };
                let next = start + PULSE + wait(WAIT, rng);
                trial.inputs.fill(bit, start..STEPS.min(start + PULSE), sign);
                trial.targets.fill(bit, start..STEPS.min(next), sign);
                start = next;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Score, Task, Trials};
    use super::{ORIGINAL_THREE, THREE};
    use crate::rng::Rng;

    /// The steps at which the sign of an input appears.
    fn pulses(trials: &Trials, trial: usize, bit: usize) -> Vec<usize> {
        let value = |step: usize| trials.inputs[[step, trial, bit]];
        (0..200)
            .filter(|&step| value(step) != 0.0 && (step == 0 || value(step) != value(step - 1)))
            .collect()
    }

    #[test]
    fn the_original_has_the_statistics_that_were_measured() {
        let trials = Trials::draw(&ORIGINAL_THREE, &Rng::stream(11, "trials"), 0, 2000);
        // Two adjacent pulses of one sign look like one long pulse: count what they last. The pulse
        // that the end of the trial cuts short is left out; with it there are 4.46.
        let mut events = 0;
        for trial in 0..2000 {
            for bit in 0..3 {
                let shown = |step: &usize| trials.inputs[[*step, trial, bit]] != 0.0;
                events += (0..200).filter(shown).count() / 10;
            }
        }
        let events = f64::from(events as u32) / 6000.0;
        let n = trials.targets.len() as f64;
        let unset = trials.targets.iter().filter(|&&y| y == 0.0).count() as f64 / n;
        let mean = trials.targets.iter().map(|&y| f64::from(y)).sum::<f64>() / n;
        let variance =
            trials.targets.iter().map(|&y| f64::from(y).powi(2)).sum::<f64>() / n - mean * mean;
        assert!((events - 4.23).abs() < 0.1, "{events} whole pulses a channel");
        assert!((unset - 0.214).abs() < 0.01, "P(0) = {unset}");
        assert!((variance - 0.786).abs() < 0.01, "variance {variance}");
    }

    #[test]
    fn a_target_is_the_sign_of_the_latest_pulse_from_its_first_step_on() {
        for task in [THREE, ORIGINAL_THREE] {
            let trials = Trials::draw(&task, &Rng::stream(7, "trials"), 0, 50);
            for trial in 0..50 {
                for bit in 0..3 {
                    let mut last = 0.0;
                    for step in 0..200 {
                        let shown = trials.inputs[[step, trial, bit]];
                        if shown != 0.0 {
                            last = shown;
                        }
                        assert!(trials.targets[[step, trial, bit]] == last);
                    }
                    let first = pulses(&trials, trial, bit).first().copied();
                    if task.unset {
                        assert!(first.is_none_or(|first| first >= 10));
                    } else {
                        assert_eq!(first, Some(0));
                    }
                }
            }
        }
    }

    #[test]
    fn pulses_last_ten_steps_and_counting_begins_when_the_first_is_over() {
        let trials = Trials::draw(&THREE, &Rng::stream(7, "trials"), 0, 50);
        for trial in 0..50 {
            for bit in 0..3 {
                let starts = pulses(&trials, trial, bit);
                assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 10));
                assert!((0..10).all(|step| trials.inputs[[step, trial, bit]] != 0.0));
            }
        }
        assert_eq!(THREE.counted(), &[10..200]);
        assert_eq!(ORIGINAL_THREE.counted(), &[0..200]);
        assert_eq!(THREE.score(), Score::Settled { after: 20 });
    }
}
