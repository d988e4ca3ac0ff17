//! How good a compass each student is when it runs freely.

use super::super::evidence::Evidence;
use super::super::student::Student;
use super::{coloured, lettered};
use crate::analysis::heading;
use crate::lab::{Axis, Figure, Mark, Panel};
use crate::math::stats::root_mean_square;
use std::f64::consts::TAU;

/// Points of a curve over time.
const POINTS: usize = 250;

/// The heading along the first test walk, and the heading error over all of them, after the
/// examination; nothing where no heading was recorded.
#[must_use]
pub fn compass(students: &[Student], evidence: &Evidence) -> Option<Figure> {
    let bearing = evidence.tests.first()?.bearing.as_ref()?;
    students.iter().find(|student| student.exam.is_some())?;
    let steps = evidence.steps();
    let (unit, label) = evidence.step.map_or((1.0, "step"), |step| (step, "time (s)"));
    let end = steps as f64 * unit;
    let stride = steps.div_ceil(POINTS).max(1);
    let time = |step: usize| (step + 1) as f64 * unit;
    let mut path = Panel::new(
        lettered(0, "one walk"),
        Axis::new(label, (0.0, end)),
        Axis::new("heading (°)", (0.0, 360.0)),
    );
    path = coloured(path, evidence);
    let truth = bearing.heading.iter().enumerate().step_by(stride);
    let truth = truth.map(|(at, heading)| (time(at), heading.to_degrees())).collect();
    path = path.with(Mark::dots("true", truth));
    let mut curves = Vec::new();
    for student in students {
        let Some(exam) = student.exam else { continue };
        let name = student.arm.name();
        // The free run starts from the first recorded rates: its first step is the second.
        let dots = exam.example.iter().enumerate().step_by(stride);
        let dots = dots.map(|(at, h)| (time(at + 1), h.rem_euclid(TAU).to_degrees())).collect();
        path = path.with(Mark::dots(name, dots));
        let drift = exam.drift.iter().enumerate().step_by(stride);
        let drift =
            drift.filter_map(|(at, error)| Some((time(at + 1), error.root()?.to_degrees())));
        curves.push(Mark::line(name, drift.collect()));
    }
    let own: Vec<_> = evidence
        .tests
        .iter()
        .filter_map(|walk| {
            let bearing = walk.bearing.as_ref()?;
            Some(heading::errors(walk.rates.view(), bearing.heading.view(), bearing.anchor))
        })
        .collect();
    let own = (0..steps)
        .step_by(stride)
        .map(|at| (time(at), root_mean_square(own.iter().map(|errors| errors[at])).to_degrees()));
    curves.push(Mark::dashed(evidence.name(), own.collect()));
    let highest = curves.iter().flat_map(|mark| match mark {
        Mark::Line { points, .. } => points.iter().map(|point| point.1).collect(),
        _ => Vec::new(),
    });
    let most = highest.fold(1.0, f64::max);
    let drift = Panel::new(
        lettered(1, "all test walks"),
        Axis::new(label, (0.0, end)),
        Axis::new("heading error (°, rms)", (0.0, 1.08 * most)),
    );
    Some(
        Figure::new(
            "compass",
            "The students as compasses",
            "Each student starts from the first recorded rates and then sees only the velocity. The \
             heading read from its recorded units along one test walk (a), and its error over all of \
             them (b), beside that of what was recorded. A heading once lost is not found again.",
        )
        .columns(2)
        .with(path)
        .with(curves.into_iter().fold(coloured(drift, evidence), Panel::with)),
    )
}
