//! What single units answer to: a map of heading and velocity each.

use super::super::evidence::Evidence;
use super::super::student::Student;
use crate::analysis::tuning::Tuning;
use crate::experiments::ring_record::tuning_panel;
use crate::lab::Figure;

/// Panels in a row.
const ROW: usize = 10;

/// A row of the ring's neurons, and of each student a row of its recorded and one of its hidden
/// units; nothing where no heading was recorded.
#[must_use]
pub fn tuning(students: &[Student], evidence: &Evidence) -> Option<Figure> {
    let mut figure = Figure::new(
        "tuning",
        "What single units answer to",
        "One panel a unit: rate by heading (across, 0 to 360°) and angular velocity (upwards, −5 to \
         5 rad/s), each from its least (dark) to its greatest (bright). Upright bars are compass \
         units, triangles that are active only while turning one way are shifters, wedges a mixture \
         of both. Hidden units are sorted by the sign of their velocity weight.",
    )
    .columns(ROW);
    let truth = evidence.tuning()?;
    let neurons: Vec<usize> = spread(truth.units());
    figure = row(figure, evidence.name(), truth, &neurons, 0);
    for student in students {
        let Some(tuning) = &student.tuning else { continue };
        let (name, n) = (student.arm.name(), student.observed);
        figure = row(figure, &format!("{name}: recorded units"), tuning, &spread(n), 0);
        let sorted = student.sorted();
        let hidden: Vec<usize> =
            spread(sorted.len()).into_iter().map(|at| n + sorted[at]).collect();
        figure = row(figure, &format!("{name}: hidden units"), tuning, &hidden, n);
    }
    Some(figure)
}

/// A row's worth of places among `count`, evenly.
fn spread(count: usize) -> Vec<usize> {
    let shown = count.min(ROW);
    (0..shown).map(|place| place * count / shown).collect()
}

/// The figure with one more row under a heading; panels are numbered from `first`.
fn row(figure: Figure, heading: &str, tuning: &Tuning, units: &[usize], first: usize) -> Figure {
    units.iter().enumerate().fold(figure, |figure, (place, &unit)| {
        let panel = tuning_panel(tuning, unit, &format!("{}", unit - first));
        figure.with(if place == 0 { panel.under(heading) } else { panel })
    })
}
