//! How fast a run goes and how long it will take.
//!
//! ```
//! use attractor_lab::lab::Meter;
//!
//! let mut meter = Meter::default();
//! meter.mark(0.0, 0);
//! meter.mark(1000.0, 50); // fifty steps in a second
//! assert_eq!(meter.rate(), Some(50.0));
//! assert_eq!(meter.left(150), Some(2.0));
//! ```

/// Steps per second, smoothed over the last seconds of work.
///
/// Time comes from whoever drives the run, in milliseconds, and only differences count: a pause
/// or a clock that jumps loses one measurement, not the estimate.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    last: Option<(f64, u64)>,
    rate: Option<f64>,
    step: u64,
}

impl Meter {
    /// Longest gap, in ms, that counts as work: beyond it the machine slept or the run was paused.
    const GAP: f64 = 5_000.0;
    /// Time, in ms, after which an old measurement counts for half.
    const HALF: f64 = 2_000.0;

    /// Notes that at `now` (ms) `step` steps were done.
    pub fn mark(&mut self, now: f64, step: u64) {
        self.step = step;
        if let Some((then, before)) = self.last.replace((now, step)) {
            let gap = now - then;
            if gap > 0.0 && gap < Self::GAP && step > before {
                let current = (step - before) as f64 / gap * 1e3;
                let keep = libm::exp2(-gap / Self::HALF);
                self.rate =
                    Some(self.rate.map_or(current, |rate| keep * rate + (1.0 - keep) * current));
            }
        }
    }

    /// Forgets when it last looked, as after a pause.
    pub fn rest(&mut self) {
        self.last = None;
    }

    /// Steps per second, once two marks have been made.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// Seconds until `total` steps are done.
    #[must_use]
    pub fn left(&self, total: u64) -> Option<f64> {
        self.rate.map(|rate| total.saturating_sub(self.step) as f64 / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn a_clock_that_jumps_leaves_the_estimate_sane() {
        let mut meter = Meter::default();
        for second in 0..5_u32 {
            meter.mark(f64::from(second) * 1e3, u64::from(second) * 10);
        }
        meter.mark(9e9, 50); // the lid was closed
        meter.mark(1e3, 60); // the clock was set back
        assert!((meter.rate().unwrap() - 10.0).abs() < 1e-9);
    }
}
