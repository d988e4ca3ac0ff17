//! Choices and errors by the strengths of two stimuli, of which the context says which counts.

use super::super::exam::strengths;
use super::super::findings::fit;
use crate::analysis::psychometric::Choices;
use crate::lab::{Axis, Colours, Figure, Image, Mark, Panel};
use crate::tasks::cddm::Cddm;
use ndarray::Array2;

const CONTEXTS: [&str; 2] = ["motion counts", "colour counts"];

/// The part of right choices and the error, in either context.
#[must_use]
pub fn psychometric(cddm: &Cddm, choices: &[Choices; 2]) -> Figure {
    let half = 1.0 / (cddm.coherences().len().max(2) - 1) as f64;
    let ends = (-1.0 - half, 1.0 + half);
    let map =
        |title: &str, name: &str, values: Array2<f64>, range: (f64, f64), colours: Colours| {
            // Rows are colours from bottom to top, columns motions.
            let image = Image {
                name: name.into(),
                rows: values.ncols(),
                columns: values.nrows(),
                values: values.t().iter().copied().collect(),
                x: ends,
                y: ends,
                range,
                colours,
                bar: true,
            };
            let [x, y] =
                ["motion coherence", "colour coherence"].map(|label| Axis::new(label, ends));
            Panel::new(title, x, y).with(image)
        };
    let greatest = choices
        .iter()
        .flat_map(|of| of.error().into_iter().collect::<Vec<_>>())
        .fold(0.0, f64::max);
    let mut figure = Figure::new(
        "psychometric",
        "Choices",
        format!(
            "Each pair of strengths was shown {} times, with noise. Above, how often the answer was \
             right or red rather than left or green; below, the squared error, summed over both \
             outputs. A straight border, at right angles to the stimulus that counts, is a network \
             that ignores the other.",
            choices[0].repeats()
        ),
    )
    .columns(2);
    for (title, of) in CONTEXTS.into_iter().zip(choices) {
        let name = "right or red";
        figure = figure.with(map(title, name, of.right(), (0.0, 1.0), Colours::Diverging));
    }
    for (title, of) in CONTEXTS.into_iter().zip(choices) {
        let range = (0.0, greatest.max(1e-6));
        figure = figure.with(map(title, "error", of.error(), range, Colours::Sequential));
    }
    figure
}

/// Choices along each stimulus, whatever the other is, with the curve through those that count.
#[must_use]
pub fn curves(cddm: &Cddm, choices: &[Choices; 2]) -> Figure {
    let levels = strengths(cddm.coherences().len());
    let mut figure = Figure::new("curves", "Psychometric curves", String::new()).columns(2);
    let mut words = Vec::new();
    for (context, (title, of)) in CONTEXTS.into_iter().zip(choices).enumerate() {
        let x = Axis::new("coherence", (-1.05, 1.05));
        let mut panel = Panel::new(title, x, Axis::new("right or red", (-0.03, 1.03)))
            .with(Mark::horizontal("", 0.5));
        for (axis, name) in ["motion", "colour"].into_iter().enumerate() {
            let part = |(right, of): (f64, f64)| right / of.max(1.0);
            let points = levels.iter().copied().zip(of.marginal(axis).into_iter().map(part));
            panel = panel.with(Mark::dots(name, points.collect()));
        }
        if let Some(curve) = fit(of, context) {
            let name = ["motion", "colour"][context];
            let points = (-100..=100).map(|x| f64::from(x) / 100.0).map(|x| (x, curve.at(x)));
            panel = panel.with(Mark::line(name, points.collect()));
            words.push(format!("when {title}, {:.1} at {:+.3}", curve.slope, curve.bias));
        }
        figure = figure.with(panel);
    }
    figure.summary = format!(
        "How often the answer was right or red along each stimulus, averaged over the other; of the \
         one that counts with a logistic curve. Slopes, and where they cross one half: {}.",
        words.join("; ")
    );
    figure
}
