//! How well a task is done: from outputs and targets, `[step, trial, channel]`, to a number.
//!
//! Of the counted steps only, as the targets of others are not asked for:
//!
//! > MSE = mean of (y − target)²
//! > R² = 1 − MSE / mean of (target − its mean)²
//!
//! both over channels, steps and trials together. R² of each trial, averaged, is another number: a
//! trial whose target hardly varies weighs as much as any other there, and one whose target is
//! constant has none. Neither says whether a memory is right: the sign of an output, long after the
//! last pulse, does.
//!
//! ```
//! use attractor_lab::analysis::performance::{mean_squared_error, r_squared};
//! use ndarray::Array3;
//!
//! let targets = Array3::from_shape_fn((4, 1, 1), |(step, ..)| step as f32);
//! let outputs = Array3::from_elem((4, 1, 1), 2.0);
//! let last_two = [false, false, true, true];
//! assert_eq!(mean_squared_error(outputs.view(), targets.view(), &last_two), 0.5);
//! // The mean of 2 and 3 would have been better.
//! assert_eq!(r_squared(outputs.view(), targets.view(), &last_two), Some(-1.0));
//! ```

use ndarray::{ArrayView1, ArrayView3};

/// The mean squared error; 0 where no step is counted.
#[must_use]
pub fn mean_squared_error(
    outputs: ArrayView3<f32>,
    targets: ArrayView3<f32>,
    counted: &[bool],
) -> f64 {
    let (sum, count) = squares(outputs, targets, counted);
    sum / count.max(1.0)
}

fn squares(outputs: ArrayView3<f32>, targets: ArrayView3<f32>, counted: &[bool]) -> (f64, f64) {
    let (mut sum, mut count) = (0.0, 0.0);
    let steps = outputs.outer_iter().zip(targets.outer_iter()).zip(counted);
    for ((found, wanted), _) in steps.filter(|(_, counted)| **counted) {
        for (found, wanted) in found.iter().zip(&wanted) {
            let off = f64::from(*found) - f64::from(*wanted);
            sum += off * off;
            count += 1.0;
        }
    }
    (sum, count)
}

/// R², all counted numbers together; nothing where the targets do not vary.
#[must_use]
pub fn r_squared(
    outputs: ArrayView3<f32>,
    targets: ArrayView3<f32>,
    counted: &[bool],
) -> Option<f64> {
    let (errors, count) = squares(outputs, targets, counted);
    let steps = || {
        let steps = targets.outer_iter().zip(counted);
        steps.filter(|(_, counted)| **counted).map(|(step, _)| step)
    };
    let sum = |of: &dyn Fn(f64) -> f64| {
        let step =
            |step: ndarray::ArrayView2<f32>| step.iter().map(|&y| of(f64::from(y))).sum::<f64>();
        steps().map(step).sum::<f64>()
    };
    let mean = sum(&|y| y) / count.max(1.0);
    let varied = sum(&|y| (y - mean) * (y - mean));
    (varied > 0.0).then(|| 1.0 - errors / varied)
}

/// R² of each trial, averaged over those whose targets vary; nothing where there is none.
#[must_use]
pub fn mean_r_squared(
    outputs: ArrayView3<f32>,
    targets: ArrayView3<f32>,
    counted: &[bool],
) -> Option<f64> {
    let trials = outputs.dim().1;
    let of = |trial: usize| {
        let one = ndarray::s![.., trial..=trial, ..];
        r_squared(outputs.slice(one), targets.slice(one), counted)
    };
    average((0..trials).filter_map(of))
}

/// The part of counted steps on which an output has the sign of its target, of those where the last
/// pulse on the input of the same number began at least `after` steps ago. A pulse begins where the
/// input becomes another number than 0 and than before. Nothing where there is no such step.
///
/// # Panics
/// When there are fewer inputs than outputs.
#[must_use]
pub fn settled_accuracy(
    inputs: ArrayView3<f32>,
    outputs: ArrayView3<f32>,
    targets: ArrayView3<f32>,
    counted: &[bool],
    after: usize,
) -> Option<f64> {
    let (steps, trials, channels) = outputs.dim();
    let (mut right, mut all) = (0_u64, 0_u64);
    for trial in 0..trials {
        for channel in 0..channels {
            let mut last = None;
            let mut before = 0.0;
            for step in 0..steps {
                let input = inputs[[step, trial, channel]];
                if input != 0.0 && (input - before).abs() > 0.0 {
                    last = Some(step);
                }
                before = input;
                let settled = last.is_some_and(|last| step >= last + after);
                if counted[step] && settled {
                    let (y, target) =
                        (outputs[[step, trial, channel]], targets[[step, trial, channel]]);
                    all += 1;
                    right += u64::from(y * target > 0.0);
                }
            }
        }
    }
    (all > 0).then(|| right as f64 / all as f64)
}

/// The part of trials that end in the right answer, of those that have one: with several outputs
/// the greatest must be the one whose target is greatest, a single one must lie beyond ½ where its
/// target does.
#[must_use]
pub fn choice_accuracy(outputs: ArrayView3<f32>, targets: ArrayView3<f32>) -> Option<f64> {
    let (steps, trials, channels) = outputs.dim();
    let last = steps.checked_sub(1)?;
    let right = |trial: usize| {
        let row = |of: &ArrayView3<f32>| of.slice(ndarray::s![last, trial, ..]).to_vec();
        let (found, wanted) = (row(&outputs), row(&targets));
        if channels == 1 {
            return Some((found[0] > 0.5) == (wanted[0] > 0.5));
        }
        let answer = greatest(ArrayView1::from(&wanted))?;
        Some(greatest(ArrayView1::from(&found)) == Some(answer))
    };
    average((0..trials).filter_map(right).map(|right| f64::from(u8::from(right))))
}

/// Where the greatest number is; nothing where two share that place.
fn greatest(values: ArrayView1<f32>) -> Option<usize> {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut places = values.iter().enumerate().filter(|(_, value)| **value >= most);
    let first = places.next()?.0;
    places.next().is_none().then_some(first)
}

/// The root of the mean squared error from step `from` on; nothing where there is no such step.
#[must_use]
pub fn recall_error(
    outputs: ArrayView3<f32>,
    targets: ArrayView3<f32>,
    from: usize,
) -> Option<f64> {
    let late: Vec<bool> = (0..outputs.dim().0).map(|step| step >= from).collect();
    let (sum, count) = squares(outputs, targets, &late);
    (count > 0.0).then(|| (sum / count).sqrt())
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn column(values: &[f32]) -> Array3<f32> {
        Array3::from_shape_fn((values.len(), 1, 1), |(step, ..)| values[step])
    }

    #[test]
    fn a_flat_trial_counts_in_the_pooled_r_squared_and_not_in_the_mean() {
        // Trial 0 varies and is met half-way, trial 1 is constant and met exactly.
        let targets =
            Array3::from_shape_fn(
                (2, 2, 1),
                |(step, trial, _)| {
                    if trial == 0 { [-1.0, 1.0][step] } else { 0.0 }
                },
            );
        let outputs = &targets * 0.5;
        let all = [true, true];
        let pooled = r_squared(outputs.view(), targets.view(), &all).unwrap();
        assert_eq!(pooled, 1.0 - 0.5 / 2.0);
        assert_eq!(mean_r_squared(outputs.view(), targets.view(), &all), Some(0.75));
        let flat = targets.slice(ndarray::s![.., 1..2, ..]);
        assert_eq!(r_squared(flat, flat, &all), None);
    }

    #[test]
    fn only_what_is_long_after_the_last_pulse_is_settled() {
        let inputs = column(&[1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0]);
        let targets = column(&[1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
        // Wrong just after each pulse, and once more at the end.
        let outputs = column(&[0.0, -1.0, 0.2, 0.2, 1.0, 1.0, -0.3, 0.1]);
        let of = |counted: &[bool], after: usize| {
            settled_accuracy(inputs.view(), outputs.view(), targets.view(), counted, after)
        };
        assert_eq!(of(&[true; 8], 2), Some(0.75));
        assert_eq!(of(&[true; 8], 3), Some(0.5));
        assert_eq!(of(&[true; 8], 4), None);
        let but_the_last = [true, true, true, true, true, true, true, false];
        assert_eq!(of(&but_the_last, 2), Some(1.0));
    }

    #[test]
    fn a_repeated_pulse_begins_anew() {
        let inputs = column(&[1.0, 0.0, 1.0, 0.0]);
        let ones = column(&[1.0; 4]);
        let found = settled_accuracy(inputs.view(), ones.view(), ones.view(), &[true; 4], 2);
        assert_eq!(found, None);
    }

    #[test]
    fn a_choice_is_made_at_the_last_step_and_trials_without_an_answer_do_not_count() {
        let targets = Array3::from_shape_fn((2, 3, 2), |(step, trial, channel)| {
            f32::from(u8::from(step == 1 && trial == channel))
        });
        let mut outputs = Array3::zeros((2, 3, 2));
        outputs[[1, 0, 0]] = 0.2;
        outputs[[1, 1, 0]] = 0.3;
        outputs[[0, 1, 1]] = 9.0;
        assert_eq!(choice_accuracy(outputs.view(), targets.view()), Some(0.5));
        // Nothing said is no answer.
        let silence = Array3::zeros((2, 3, 2));
        assert_eq!(choice_accuracy(silence.view(), targets.view()), Some(0.0));
        let go = column(&[0.0, 1.0]);
        assert_eq!(choice_accuracy(column(&[0.0, 0.6]).view(), go.view()), Some(1.0));
        assert_eq!(choice_accuracy(column(&[0.0, 0.4]).view(), go.view()), Some(0.0));
    }

    #[test]
    fn recall_is_measured_from_its_beginning_on() {
        let (outputs, targets) = (column(&[9.0, 9.0, 3.0, 4.0]), column(&[0.0; 4]));
        assert_eq!(recall_error(outputs.view(), targets.view(), 2), Some(12.5_f64.sqrt()));
        assert_eq!(recall_error(outputs.view(), targets.view(), 4), None);
    }
}
