//! The wiring, true and recovered: between recorded units, and all of it.

use super::super::evidence::Evidence;
use super::super::student::Student;
use super::{lettered, listed, matrix, with_hidden};
use crate::analysis::connectivity;
use crate::lab::{Figure, Mark, Panel};

/// The weights between recorded units beside the ring's.
#[must_use]
pub fn wiring(students: &[Student], evidence: &Evidence) -> Figure {
    let mut panels: Vec<Panel> = Vec::new();
    let mut scores = Vec::new();
    if let Some(truth) = &evidence.truth {
        panels.push(matrix(&lettered(0, evidence.name()), truth.weights.view()));
    }
    for student in students {
        let name = student.arm.name();
        panels.push(matrix(&lettered(panels.len(), name), student.direct()));
        if let Some(truth) = &evidence.truth {
            let score = connectivity::correlation(student.direct(), truth.weights.view());
            scores.push(format!("{score:.2} ({name})"));
        }
    }
    let scores = if scores.is_empty() {
        String::new()
    } else {
        format!(" Correlation with the ring’s weights: {}.", listed(&scores))
    };
    let summary = format!(
        "From each neuron (rows) to each neuron (columns), in the order of the ring; each matrix in \
         its own rms, because the scale is not recovered.{scores}"
    );
    let columns = if panels.len() > 2 { 4.min(panels.len()) } else { 2 };
    let figure = Figure::new("wiring", "The wiring, true and recovered", summary).columns(columns);
    panels.into_iter().fold(figure, Figure::with)
}

/// All weights of the students with hidden units, these sorted.
#[must_use]
pub fn network(students: &[Student]) -> Option<Figure> {
    let mut figure = Figure::new(
        "network",
        "The whole network, hidden units sorted",
        "All weights of the students with hidden units. Dashed lines part the recorded units from \
         the hidden ones, and these by the sign of their velocity weight; within each group they \
         follow the heading that they answer to. In the blocks beside the diagonal each group shows a band \
         of its own, moved to its own side: the recorded units tell the hidden ones where the bump \
         is, and these hand it on to the left or to the right.",
    )
    .columns(2);
    for student in with_hidden(students) {
        let (n, order) = (student.observed, student.sorted());
        let sorted = connectivity::reordered(student.network.recurrent.view(), n, &order);
        let positive = student.hidden_input().iter().filter(|weight| **weight > 0.0).count();
        let title = lettered(figure.panels.len(), student.arm.name());
        let mut panel = matrix(&title, sorted.view());
        for at in [n, n + positive].map(|at| at as f64) {
            panel = panel.with(Mark::horizontal("", at)).with(Mark::vertical("", at));
        }
        figure = figure.with(panel);
    }
    (!figure.panels.is_empty()).then_some(figure)
}
