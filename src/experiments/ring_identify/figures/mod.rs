//! The figures of the identification, a file for each.
//!
//! In every figure the students come in the same order, so that each keeps its colour; matrices
//! are divided by their rms and share one colour scale, because only their shape can be compared.

mod compass;
mod error;
mod profile;
mod shifters;
mod table;
mod tuning;
mod way;
mod wiring;

pub use compass::compass;
pub use error::error;
pub use profile::profile;
pub use shifters::shifters;
pub use table::table;
pub use tuning::tuning;
pub use way::way;
pub use wiring::{network, wiring};

use super::arm::Arm;
use super::evidence::Evidence;
use super::student::Student;
use crate::analysis::connectivity;
use crate::lab::{Axis, Colours, Image, Mark, Panel};
use crate::math::stats::root_mean_square;
use ndarray::ArrayView2;

/// The panel, told all names that any figure may show, so that each has its colour everywhere.
fn coloured(panel: Panel, evidence: &Evidence) -> Panel {
    let names = Arm::ALL.map(Arm::name).into_iter().chain([evidence.name()]);
    names.fold(panel, |panel, name| panel.with(Mark::line(name, Vec::new())))
}

/// Values at the ends of the colours, in rms.
const REACH: f64 = 2.5;

/// A title with the letter of its panel.
fn lettered(place: usize, title: &str) -> String {
    let letter = char::from(b'a' + (place % 26) as u8);
    format!("{letter}  {title}")
}

/// A matrix, `[from, to]`, as a panel: row 0 on top, in its rms, colours symmetric about zero.
fn matrix(title: &str, values: ArrayView2<f64>) -> Panel {
    let (rows, columns) = values.dim();
    let rms = root_mean_square(values.iter().copied());
    let unit = if rms > 0.0 { rms } else { 1.0 };
    let image = Image {
        name: "weight (in each matrix’s rms)".into(),
        rows,
        columns,
        values: values.iter().map(|weight| weight / unit).collect(),
        x: (0.0, columns as f64),
        y: (0.0, rows as f64),
        range: (-REACH, REACH),
        colours: Colours::Diverging,
        bar: true,
    };
    Panel::new(
        title,
        Axis::new("to unit", (0.0, columns as f64)),
        Axis::new("from unit", (rows as f64, 0.0)),
    )
    .with(image)
}

/// The mean weight by distance from half round the ring on one side to half round on the other:
/// (degrees, weight).
fn by_distance(matrix: ArrayView2<f64>) -> Vec<(f64, f64)> {
    let profile = connectivity::profile(matrix);
    let n = profile.len();
    let half = n / 2;
    let point = |k: usize| {
        let angle = (k as f64 - half as f64) * 360.0 / n as f64;
        (angle, profile[(k + n - half) % n])
    };
    (0..=2 * half).map(point).collect()
}

/// The same curve about its mean, in its standard deviation.
fn standardised(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let count = curve.len().max(1) as f64;
    let mean = curve.iter().map(|point| point.1).sum::<f64>() / count;
    let spread = root_mean_square(curve.iter().map(|point| point.1 - mean));
    let unit = if spread > 0.0 { spread } else { 1.0 };
    curve.iter().map(|&(x, y)| (x, (y - mean) / unit)).collect()
}

/// Those of the students that have hidden units.
fn with_hidden<'a, 'b>(students: &'a [Student<'b>]) -> impl Iterator<Item = &'a Student<'b>> {
    students.iter().filter(|student| student.hidden() > 0)
}

/// “the separated, the not separated and the control student”, as far as there are several.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}
