//! The way through the hidden units beside the ring's turning weights: plain, where left and right
//! shifters cancel, and weighted by what velocity gives each hidden unit.

use super::super::evidence::Evidence;
use super::super::student::Student;
use super::{by_distance, coloured, lettered, matrix, standardised, with_hidden};
use crate::analysis::connectivity::correlation;
use crate::lab::{Axis, Figure, Mark, Panel};

/// Both products of each student with hidden units, and their profiles.
#[must_use]
pub fn way(students: &[Student], evidence: &Evidence) -> Option<Figure> {
    with_hidden(students).next()?;
    let profiles = Panel::new(
        "",
        Axis::new("distance on the ring (°)", (-180.0, 180.0)),
        Axis::new("mean weight (in its deviation)", (-2.5, 2.5)),
    )
    .with(Mark::horizontal("", 0.0));
    let mut profiles = coloured(profiles, evidence);
    let (mut panels, mut curves, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for (place, student) in with_hidden(students).enumerate() {
        let name = student.arm.name();
        let (plain, weighted) = (student.product(), student.weighted_product());
        match &evidence.truth {
            Some(truth) if place == 0 => {
                panels.push(matrix("the ring’s turning weights", truth.turning.view()));
            }
            // The second row begins with the curves.
            _ if place == 1 => panels.push(profiles.clone()),
            _ => {}
        }
        panels.push(matrix(&format!("{name}: plain product"), plain.view()));
        panels.push(matrix(&format!("{name}: weighted product"), weighted.view()));
        curves.push(Mark::line(name, standardised(&by_distance(weighted.view()))));
        if let Some(truth) = &evidence.truth {
            let with_truth =
                |product: &ndarray::Array2<f64>| correlation(product.view(), truth.turning.view());
            scores.push(format!(
                "{name} {:.2} and {:.2}",
                with_truth(&plain),
                with_truth(&weighted)
            ));
        }
    }
    if let Some(truth) = &evidence.truth {
        let curve = standardised(&by_distance(truth.turning.view()));
        curves.push(Mark::dashed(evidence.name(), curve));
    }
    profiles = curves.into_iter().fold(profiles, Panel::with);
    "weighted products by distance".clone_into(&mut profiles.title);
    match panels.iter().position(|panel: &Panel| panel.title.is_empty()) {
        Some(place) => panels[place] = profiles,
        None => panels.push(profiles),
    }
    for (place, panel) in panels.iter_mut().enumerate() {
        panel.title = lettered(place, &panel.title);
    }
    let scores = if scores.is_empty() {
        String::new()
    } else {
        let scores = scores.join("; ");
        format!(" Correlation with the ring’s turning weights, plain and weighted: {scores}.")
    };
    let summary = format!(
        "From recorded units through the hidden ones and back. The plain product averages left and \
         right shifters, which cancel but for a chance surplus of one kind; weighted by each hidden unit’s velocity weight it shows what \
         a turn does.{scores}"
    );
    let figure = Figure::new("hidden-way", "The way through the hidden units", summary);
    let columns = if panels.len() > 4 { 3 } else { 2 };
    Some(panels.into_iter().fold(figure.columns(columns), Figure::with))
}
