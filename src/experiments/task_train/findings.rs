//! The numbers a run comes to: while it trains those of the last look, then those of the exam.

use super::Look;
use super::exam::{Exam, strengths};
use super::inside::Count;
use crate::analysis::psychometric::{Choices, Logistic};
use crate::lab::Finding;
use crate::learning::apprentice::Best;
use crate::tasks::Task;

/// In a fixed order.
#[must_use]
pub fn findings(
    task: &dyn Task,
    looks: &[Look],
    best: Option<&Best>,
    exam: &Exam,
    points: Option<&Count>,
) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut say = |name: &'static str, value: f64| all.push(Finding { name, unit: "", value });
    if let Some(best) = best {
        say("least loss without noise", best.loss);
        say("updates to the least loss", best.update as f64);
    }
    let scores = exam.clean.or(looks.last().map(|look| look.scores));
    if let Some(scores) = scores {
        say("mean squared error", scores.error);
        if let Some(value) = scores.r_squared {
            say("R²", value);
        }
        if let Some(value) = scores.mean_r_squared {
            say("R² of a trial, mean", value);
        }
        if let Some((name, value)) = scores.skill(task) {
            say(name, value);
        }
    }
    if let Some(scores) = exam.noisy {
        say("mean squared error with noise", scores.error);
        if let Some(value) = scores.r_squared {
            say("R² with noise", value);
        }
    }
    if let Some([motion, colour]) = &exam.choices {
        for (names, choices, axis) in [
            (["slope by motion", "bias by motion"], motion, 0),
            (["slope by colour", "bias by colour"], colour, 1),
        ] {
            if let Some(Logistic { slope, bias }) = fit(choices, axis) {
                say(names[0], slope);
                say(names[1], bias);
            }
        }
        say("pull of the colour when motion counts", pull(motion, 1));
        say("pull of the motion when colour counts", pull(colour, 0));
    }
    if let Some(Count { by_unstable, index_sum, .. }) = points {
        say("fixed points", by_unstable.iter().sum::<usize>() as f64);
        let names = ["attractors", "with one way out", "with two ways out", "with three ways out"];
        for (name, &count) in names.into_iter().zip(by_unstable) {
            say(name, count as f64);
        }
        if let Some(sum) = index_sum {
            say("sum of their indices", *sum as f64);
        }
    }
    all
}

/// The curve along one of the stimuli.
#[must_use]
pub fn fit(choices: &Choices, axis: usize) -> Option<Logistic> {
    let points: Vec<_> = strengths(choices.levels())
        .into_iter()
        .zip(choices.marginal(axis))
        .map(|(strength, (right, of))| (strength, right, of))
        .collect();
    Logistic::through(&points)
}

/// How far from one half the choices come along a stimulus that does not count.
#[must_use]
pub fn pull(choices: &Choices, axis: usize) -> f64 {
    let off = |(right, of): (f64, f64)| (right / of.max(1.0) - 0.5).abs();
    choices.marginal(axis).into_iter().map(off).fold(0.0, f64::max)
}
