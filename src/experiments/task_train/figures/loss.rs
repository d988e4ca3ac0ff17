//! What is made small, in all and in its parts.

use super::super::Look;
use crate::lab::{Axis, Figure, Mark, Panel};
use crate::learning::apprentice::Loss;

/// The loss over the updates, on a logarithmic axis.
#[must_use]
pub fn loss(losses: &[Loss], looks: &[Look]) -> Figure {
    let trained: Vec<_> = (0_u32..).map(f64::from).zip(losses.iter().map(Loss::total)).collect();
    let part = |of: fn(&Loss) -> f64| -> Vec<(f64, f64)> {
        let points = looks.iter().map(|look| (look.update as f64, of(&look.loss)));
        // A logarithm has no zero: what is not paid for is not shown.
        points.filter(|point| point.1 > 0.0).collect()
    };
    let curves = [
        ("in training, with noise", trained),
        ("without noise", part(Loss::total)),
        ("error", part(|loss| loss.error)),
        ("price of overlap", part(|loss| loss.orthogonality)),
        ("price of activity", part(|loss| loss.activity)),
    ];
    let values = curves.iter().flat_map(|curve| curve.1.iter().map(|point| point.1));
    let y = Axis::log_around("loss", values);
    let end = (losses.len() as f64).max(10.0);
    let panel = curves.iter().enumerate().fold(
        Panel::new("", Axis::new("update", (0.0, end)), y),
        |panel, (place, (name, points))| {
            let points = points.clone();
            // The whole is solid, its parts are dashed.
            panel.with(if place < 2 {
                Mark::line(*name, points)
            } else {
                Mark::dashed(*name, points)
            })
        },
    );
    let now = looks.last().map_or(String::new(), |look| {
        format!(
            " After {} updates it is {:.3}, of which the error is {:.4}.",
            look.update,
            look.loss.total(),
            look.loss.error
        )
    });
    let summary = format!(
        "The loss in training, and without noise on trials that are never trained on, which is lower; \
         dashed, the parts of the latter: the mean squared error, and the prices of input and output \
         weights that overlap and of activity.{now}"
    );
    Figure::new("loss", "Learning", summary).with(panel)
}
