//! Which units are compass and which are shifters, and which way these push.

use super::super::evidence::Evidence;
use super::super::student::Student;
use super::{coloured, lettered, with_hidden};
use crate::analysis::modulation::SHIFTER;
use crate::lab::{Axis, Figure, Mark, Panel};

/// Least |VMI| that is told apart.
const LEAST: f64 = 1e-3;

/// Velocity modulation of all units, and the shift of the hidden ones, after the examination.
#[must_use]
pub fn shifters(students: &[Student], evidence: &Evidence) -> Option<Figure> {
    students.iter().find(|student| student.exam.is_some())?;
    let axis = Axis::log("velocity modulation |VMI|", (LEAST, 1.0));
    let mut recorded = Panel::new(
        lettered(0, "recorded units"),
        axis.clone(),
        Axis::new("fraction of units below", (0.0, 1.0)),
    )
    .with(Mark::vertical("", SHIFTER));
    let mut hidden = Panel::new(
        lettered(1, "hidden units"),
        axis,
        Axis::new("fraction of units below", (0.0, 1.0)),
    )
    .with(Mark::vertical("", SHIFTER));
    let widest = with_hidden(students)
        .flat_map(|student| student.hidden_input().to_vec())
        .fold(0.1, |most: f64, weight| most.max(weight.abs()));
    let input = || Axis::new("velocity weight (s/rad)", (-1.05 * widest, 1.05 * widest));
    let mut side = Panel::new(
        lettered(2, "turning that excites them"),
        input(),
        Axis::new("VMI", (-1.05, 1.05)),
    )
    .with(Mark::horizontal("", 0.0))
    .with(Mark::vertical("", 0.0));
    let mut shift = Panel::new(
        lettered(3, "how far they move the bump"),
        input(),
        Axis::new("shift on the ring (°)", (-180.0, 180.0)),
    )
    .with(Mark::horizontal("", 0.0))
    .with(Mark::vertical("", 0.0));
    [recorded, hidden, side, shift] =
        [recorded, hidden, side, shift].map(|panel| coloured(panel, evidence));
    for student in students {
        let name = student.arm.name();
        let Some(exam) = student.exam else { continue };
        let modulation = exam.tuning.modulation().to_vec();
        let (seen, unseen) = modulation.split_at(student.observed);
        recorded = recorded.with(Mark::line(name, below(seen)));
        hidden = hidden.with(Mark::line(name, below(unseen)));
        let weights = student.hidden_input();
        let dots = |values: &mut dyn Iterator<Item = f64>| {
            weights.iter().copied().zip(values).collect::<Vec<_>>()
        };
        side = side.with(Mark::dots(name, dots(&mut unseen.iter().copied())));
        let shifts = if student.hidden() > 0 { student.shifts().to_vec() } else { Vec::new() };
        shift = shift.with(Mark::dots(name, dots(&mut shifts.iter().map(|it| it.to_degrees()))));
    }
    if let Some(tuning) = evidence.tuning() {
        recorded =
            recorded.with(Mark::dashed(evidence.name(), below(&tuning.modulation().to_vec())));
    }
    let figure = Figure::new(
        "shifters",
        "Compass units and shifters",
        "Which part of the units has a velocity modulation below a value (a, b): compass units lie \
         at the left, shifters right of the dashed line at 0.3. Hidden units answer to the turning \
         that their velocity weight favours (c) and project to one side of where they listen (d): \
         those with positive weights to one, those with negative weights to the other.",
    )
    .columns(2)
    .with(recorded);
    if with_hidden(students).next().is_none() {
        return Some(figure.columns(1));
    }
    Some(figure.with(hidden).with(side).with(shift))
}

/// The part of the units whose |VMI| is below each of theirs, as a staircase.
fn below(indices: &[f64]) -> Vec<(f64, f64)> {
    let mut sizes: Vec<f64> = indices.iter().map(|index| index.abs().max(LEAST)).collect();
    sizes.sort_by(f64::total_cmp);
    let count = sizes.len().max(1) as f64;
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for (place, &size) in sizes.iter().enumerate() {
        steps.push((size, place as f64 / count));
        steps.push((size, (place + 1) as f64 / count));
    }
    if !steps.is_empty() {
        steps.insert(0, (LEAST, 0.0));
        steps.push((1.0, 1.0));
    }
    steps
}
