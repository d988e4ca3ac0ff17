//! How the students learn, between what needs no learning and what none can beat.

use super::super::evidence::Evidence;
use super::super::student::Student;
use super::{coloured, listed};
use crate::lab::{Axis, Figure, Mark, Panel};

/// Updates over which a curve is averaged.
const SMOOTH: usize = 25;

/// The error of each student over the updates, its last 25 averaged.
#[must_use]
pub fn error(students: &[Student], evidence: &Evidence) -> Option<Figure> {
    let curves: Vec<_> = students.iter().map(|student| smooth(student.errors)).collect();
    let last = curves.iter().filter_map(|curve| curve.last()).map(|point| point.0);
    let last = last.reduce(f64::max)?;
    let mut rules = vec![("predict each neuron’s mean", evidence.variance())];
    rules.push(("hold the last rates", evidence.baselines.hold.error()));
    if let Some(floor) = &evidence.baselines.floor {
        rules.push(("the ring itself, without noise", floor.error()));
    }
    rules.retain(|rule| rule.1 > 0.0);
    let values = || {
        let curves = curves.iter().flatten().map(|point| point.1);
        curves.chain(rules.iter().map(|rule| rule.1)).filter(|value| *value > 0.0)
    };
    let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
    if high <= 0.0 {
        return None;
    }
    let mut panel = Panel::new(
        "",
        Axis::new("update", (0.0, last.max(10.0))),
        Axis::log("mean squared error", (low * 0.6, high * 1.6)),
    );
    panel = coloured(panel, evidence);
    for (name, at) in rules {
        panel = panel.with(Mark::horizontal(name, at));
    }
    let mut now = Vec::new();
    for (student, curve) in students.iter().zip(curves) {
        if let Some(point) = curve.last() {
            now.push(format!("{} {:.2e}", student.arm.name(), point.1));
        }
        panel = panel.with(Mark::line(student.arm.name(), curve));
    }
    let summary = format!(
        "Mean squared error of the predicted rates, averaged over {SMOOTH} updates, between guesses \
         that need no learning and the ring itself without its noise. After {last:.0} updates: {}.",
        listed(&now)
    );
    Some(Figure::new("error", "Learning to predict the rates", summary).with(panel))
}

/// The trailing mean of the errors: (updates done, error).
fn smooth(errors: &[(u64, f32)]) -> Vec<(f64, f64)> {
    let mut sum = 0.0;
    let mean = |at: usize| {
        sum += f64::from(errors[at].1);
        if at >= SMOOTH {
            sum -= f64::from(errors[at - SMOOTH].1);
        }
        (errors[at].0 as f64 + 1.0, sum / (at + 1).min(SMOOTH) as f64)
    };
    (0..errors.len()).map(mean).collect()
}
