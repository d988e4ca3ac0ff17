//! The comparison of the students, in numbers.

use super::super::findings::QUANTITIES;
use super::super::student::Student;
use crate::lab::{Figure, Row, Table};

/// A row for each quantity, a column for each student, whose `values` are those of
/// [`measure`](super::super::findings::measure).
#[must_use]
pub fn table(students: &[Student], values: &[Vec<Option<f64>>]) -> Figure {
    let rows = QUANTITIES.iter().enumerate().filter_map(|(place, quantity)| {
        let values: Vec<_> = values.iter().map(|of| of[place]).collect();
        let known = values.iter().any(Option::is_some);
        known.then(|| Row::new(quantity.name, quantity.unit, values, quantity.expected))
    });
    let names = students.iter().map(|student| student.arm.name());
    let head = ["quantity"].into_iter().chain(names).chain(["what earlier work lets one expect"]);
    Figure::table(
        "findings",
        "The students compared",
        "Measured on walks that were not trained on. The last column says what the original work \
         and its repetitions lead one to expect at the full-size settings; smaller and shorter \
         trainings fall short of it.",
        Table::new(head, rows.collect()),
    )
}
