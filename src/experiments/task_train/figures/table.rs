//! What the run came to, in numbers.

use crate::lab::{Figure, Finding, Row, Table};

/// All findings.
#[must_use]
pub fn table(findings: &[Finding]) -> Figure {
    let rows = findings
        .iter()
        .map(|Finding { name, unit, value }| Row::new(*name, *unit, vec![Some(*value)], ""));
    Figure::table(
        "findings",
        "The network in numbers",
        "The network at its best, on new trials; without noise where nothing else is said.",
        Table::new(["quantity", "value", ""], rows.collect()),
    )
}
