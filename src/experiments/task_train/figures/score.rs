//! How well the task is done, as training goes on.

use super::super::Look;
use crate::lab::{Axis, Figure, Mark, Panel};
use crate::tasks::Task;
use std::fmt::Write as _;

/// R² and what tells success in this task, without noise.
#[must_use]
pub fn score(task: &dyn Task, looks: &[Look]) -> Figure {
    let updates = || looks.iter().map(|look| look.update as f64);
    let end = updates().fold(10.0, f64::max);
    let r_squared: Vec<_> = updates()
        .zip(looks.iter().map(|look| look.scores.r_squared))
        .filter_map(|(update, value)| Some((update, value?)))
        .collect();
    let skill: Vec<_> = updates()
        .zip(looks.iter().map(|look| look.scores.skill(task)))
        .filter_map(|(update, skill)| Some((update, skill?.1)))
        .collect();
    let name = looks.iter().find_map(|look| look.scores.skill(task)).map_or("", |skill| skill.0);
    let now = |points: &[(f64, f64)]| points.last().map_or(0.0, |point| point.1);
    let mut summary = format!(
        "On trials that are never trained on, without noise. R² is now {:.3}: the part of the \
         targets’ variance that the outputs explain.",
        now(&r_squared)
    );
    if !skill.is_empty() {
        let _ = write!(summary, " The {name}: {:.3}.", now(&skill));
    }
    // Of a network that has learned nothing R² is far below zero, and tells nothing there.
    let shown: Vec<_> =
        r_squared.iter().map(|&(update, value)| (update, value.max(-0.5))).collect();
    let most = skill.iter().map(|point| point.1).fold(1.0, f64::max);
    let least = shown.iter().map(|point| point.1).fold(0.0, f64::min);
    let y = Axis::new("score", (least * 1.05, most * 1.05));
    let panel = Panel::new("", Axis::new("update", (0.0, end)), y)
        .with(Mark::line("R²", shown))
        .with(Mark::line(name, skill));
    Figure::new("score", "How well it does", summary).with(panel)
}
