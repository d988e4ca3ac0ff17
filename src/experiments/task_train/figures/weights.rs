//! The weights at the beginning and now, units sorted.

use crate::lab::{Axis, Colours, Figure, Image, Mark, Panel};
use crate::math::stats::root_mean_square;
use crate::models::rate_network::RateNetwork;
use ndarray::Array2;

/// Values at the ends of the colours, in rms.
const REACH: f64 = 2.5;

/// Recurrent, input and output weights of `now`, and the recurrent ones of `first`; units in the
/// order of what they contribute to, and `excited` excitatory ones before the others.
#[must_use]
pub fn weights(first: &RateNetwork, now: &RateNetwork, excited: Option<usize>) -> Figure {
    let order = sorted(now, excited);
    let square = |matrix: &Array2<f64>| {
        Array2::from_shape_fn(matrix.dim(), |(to, from)| matrix[[order[to], order[from]]])
    };
    let mut figure = Figure::new(
        "weights",
        "The weights",
        format!(
            "To each row from each column, each matrix in its own rms. Units are sorted by the \
             output that they contribute most to, and by how much{}.",
            if excited.is_some() { "; excitatory ones come before inhibitory ones" } else { "" }
        ),
    )
    .columns(2);
    for (title, matrix) in
        [("between units, at first", &first.recurrent), ("between units, now", &now.recurrent)]
    {
        let mut panel = panel(title, "from unit", "to unit", square(matrix));
        if let Some(excited) = excited {
            panel = panel.with(Mark::vertical("", excited as f64));
            panel = panel.with(Mark::horizontal("", excited as f64));
        }
        figure = figure.with(panel);
    }
    let (units, channels) = now.input.dim();
    let input = Array2::from_shape_fn((channels, units), |(from, to)| now.input[[order[to], from]]);
    let output =
        Array2::from_shape_fn(now.output.dim(), |(to, from)| now.output[[to, order[from]]]);
    figure.with(panel("from inputs", "to unit", "from input", input)).with(panel(
        "to outputs",
        "from unit",
        "to output",
        output,
    ))
}

fn panel(title: &str, x: &str, y: &str, values: Array2<f64>) -> Panel {
    let (rows, columns) = values.dim();
    let rms = root_mean_square(values.iter().copied());
    let unit = if rms > 0.0 { rms } else { 1.0 };
    let image = Image {
        name: "weight (in each matrix’s rms)".into(),
        rows,
        columns,
        values: values.iter().map(|weight| weight / unit).collect(),
        x: (0.0, columns.max(1) as f64),
        y: (0.0, rows.max(1) as f64),
        range: (-REACH, REACH),
        colours: Colours::Diverging,
        bar: true,
    };
    let (width, height) = (columns.max(1) as f64, rows.max(1) as f64);
    Panel::new(title, Axis::new(x, (0.0, width)), Axis::new(y, (height, 0.0))).with(image)
}

/// Units by kind, by the output they contribute most to, and by their weight to it.
fn sorted(network: &RateNetwork, excited: Option<usize>) -> Vec<usize> {
    let best = |unit: usize| {
        let column = network.output.column(unit);
        let most = column.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        most.map_or((0, 0.0), |(output, &weight)| (output, weight))
    };
    let mut order: Vec<usize> = (0..network.units()).collect();
    order.sort_by(|&a, &b| {
        let kind = |unit: usize| excited.is_some_and(|excited| unit >= excited);
        let (of_a, of_b) = (best(a), best(b));
        kind(a).cmp(&kind(b)).then(of_a.0.cmp(&of_b.0)).then(of_b.1.total_cmp(&of_a.1))
    });
    order
}
