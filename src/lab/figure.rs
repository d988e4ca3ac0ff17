//! A figure as data: what to show, not how; it can be drawn, checked and written as a table.
//!
//! ```
//! use attractor_lab::lab::{Axis, Figure, Mark, Panel, csv};
//!
//! let speed = vec![(0.0, 0.0), (1.0, 1.02), (2.0, 2.04)];
//! let figure = Figure::new("gain", "Gain", "The bump turns almost as fast as the head.").with(
//!     Panel::new("", Axis::new("turning (rad/s)", (0.0, 2.0)), Axis::new("bump (rad/s)", (0.0, 2.5)))
//!         .with(Mark::line("measured", speed)),
//! );
//! figure.check()?;
//! assert_eq!(csv(&figure).lines().next(), Some("turning (rad/s),measured: bump (rad/s)"));
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A plot as data: small multiples in a grid, `columns` a row.
///
/// The enums inside are tagged from outside (serde's default), so a figure fits in JSON and in
/// formats that do not describe themselves, such as a checkpoint's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Slot on the page, and name of its files: a later figure replaces an earlier one.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What it shows, in a sentence or two: the caption, and what a screen reader says.
    pub summary: String,
    /// Panels a row; a narrow page may show fewer.
    pub columns: usize,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// What is better read than seen; stands in place of panels.
    pub table: Option<Table>,
}

impl Figure {
    /// A figure without panels yet, one column wide.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        summary: impl Into<String>,
    ) -> Self {
        let (id, title, summary) = (id.into(), title.into(), summary.into());
        Self { id, title, summary, columns: 1, panels: Vec::new(), table: None }
    }

    /// A figure that is a table.
    #[must_use]
    pub fn table(
        id: impl Into<String>,
        title: impl Into<String>,
        summary: impl Into<String>,
        table: Table,
    ) -> Self {
        Self { table: Some(table), ..Self::new(id, title, summary) }
    }

    /// The same figure, `columns` panels a row.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    /// The same figure with one more panel.
    #[must_use]
    pub fn with(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// Makes sure that everything in the figure can be shown.
    ///
    /// # Errors
    /// [`Error::BadValue`] names the first number that is not finite, the first axis without
    /// extent, or the first image or table whose values do not fill its rows and columns.
    pub fn check(&self) -> Result<()> {
        if self.columns == 0 {
            let key = format!("columns of figure “{}”", self.id);
            return Err(Error::BadValue { key, value: "0".into(), allowed: "at least 1".into() });
        }
        if let Some(table) = &self.table {
            table.check(&format!("the table of figure “{}”", self.id))?;
        }
        for (place, panel) in self.panels.iter().enumerate() {
            let what = format!("panel {} of figure “{}”", place + 1, self.id);
            panel.x.check(&format!("horizontal range of {what}"))?;
            panel.y.check(&format!("vertical range of {what}"))?;
            for mark in &panel.marks {
                mark.check(&format!("“{}” in {what}", mark.name()))?;
            }
        }
        Ok(())
    }
}

/// Numbers to be read: a row for each quantity, a column for each of the things compared.
///
/// ```
/// use attractor_lab::lab::{Figure, Row, Table, csv};
///
/// let row = Row::new("gain", "", vec![Some(1.018), None], "close to 1");
/// let table = Table::new(["quantity", "ring", "copy", "expected"], vec![row]);
/// let figure = Figure::table("gains", "Gains", "How fast the bump turns.", table);
/// figure.check()?;
/// assert_eq!(csv(&figure), "quantity,unit,ring,copy,expected\r\ngain,,1.018,,close to 1\r\n");
/// # Ok::<(), attractor_lab::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Headings of the names, of each column of numbers, and of the remarks.
    pub head: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
}

/// A row of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is measured.
    pub name: String,
    /// Its unit; empty for pure numbers.
    pub unit: String,
    /// Its values, nothing where there is none.
    pub values: Vec<Option<f64>>,
    /// What is to be said about them; may be empty.
    pub remark: String,
}

impl Table {
    /// A table under these headings.
    #[must_use]
    pub fn new<H: Into<String>>(head: impl IntoIterator<Item = H>, rows: Vec<Row>) -> Self {
        Self { head: head.into_iter().map(Into::into).collect(), rows }
    }

    fn check(&self, key: &str) -> Result<()> {
        for row in &self.rows {
            finite(key, row.values.iter().flatten().copied())?;
            if row.values.len() + 2 != self.head.len() {
                let value = format!("{} values in “{}”", row.values.len(), row.name);
                let allowed = format!(
                    "as many as headings between the first and the last of {}",
                    self.head.len()
                );
                return Err(Error::BadValue { key: key.into(), value, allowed });
            }
        }
        Ok(())
    }
}

impl Row {
    /// A row of these values.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        unit: impl Into<String>,
        values: Vec<Option<f64>>,
        remark: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), unit: unit.into(), values, remark: remark.into() }
    }
}

/// One pair of axes and what is drawn on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Heading of the row that begins with this panel; mostly empty.
    pub heading: String,
    /// Heading of the panel; may be empty.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// What is on it, back to front.
    pub marks: Vec<Mark>,
}

impl Panel {
    /// A panel with nothing on it yet.
    #[must_use]
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { heading: String::new(), title: title.into(), x, y, marks: Vec::new() }
    }

    /// The same panel as the first of a row with a heading of its own.
    #[must_use]
    pub fn under(mut self, heading: impl Into<String>) -> Self {
        self.heading = heading.into();
        self
    }

    /// The same panel with one more mark, in front of the others.
    #[must_use]
    pub fn with(mut self, mark: impl Into<Mark>) -> Self {
        self.marks.push(mark.into());
        self
    }
}

/// An axis: its label with the unit, and what it spans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// `"time (s)"`.
    pub label: String,
    /// From left to right, or from bottom to top; may descend, so that row 0 can be on top.
    pub range: (f64, f64),
    /// How values are spread along it.
    pub scale: Scale,
    /// Whether it is written out.
    pub ticks: Ticks,
}

impl Axis {
    /// A linear axis over exactly `range`.
    #[must_use]
    pub fn new(label: impl Into<String>, range: (f64, f64)) -> Self {
        Self { label: label.into(), range, scale: Scale::Linear, ticks: Ticks::Shown }
    }

    /// A linear axis that holds all `values` with a little room around them; a side that ends at
    /// zero ends there exactly. What is not finite is left out.
    #[must_use]
    pub fn around(label: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let Some((low, high)) = extent(values.into_iter()) else {
            return Self::new(label, (0.0, 1.0));
        };
        if low >= high {
            let room = if low == 0.0 { 1.0 } else { 0.5 * low.abs() };
            return Self::new(label, (low - room, high + room));
        }
        let room = 0.05 * (high - low);
        let least = if low == 0.0 { 0.0 } else { low - room };
        let greatest = if high == 0.0 { 0.0 } else { high + room };
        Self::new(label, (least, greatest))
    }

    /// A logarithmic axis over exactly `range`.
    #[must_use]
    pub fn log(label: impl Into<String>, range: (f64, f64)) -> Self {
        Self { scale: Scale::Log, ..Self::new(label, range) }
    }

    /// A logarithmic axis that holds all positive `values` with a little room around them.
    #[must_use]
    pub fn log_around(label: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&value| value > 0.0);
        let Some((low, high)) = extent(positive) else {
            return Self::log(label, (0.1, 10.0));
        };
        // A flat line shows about one decade around itself.
        let room = if low < high { libm::pow(high / low, 0.05) } else { 3.0 };
        let range = ((low / room).max(f64::MIN_POSITIVE), (high * room).min(f64::MAX));
        Self::log(label, range)
    }

    /// The same axis without ticks or label: for small multiples that share what they mean.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.ticks = Ticks::Bare;
        self
    }

    /// The same axis running the other way.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.range = (self.range.1, self.range.0);
        self
    }

    fn check(&self, key: &str) -> Result<()> {
        let (from, to) = self.range;
        let allowed = match self.scale {
            Scale::Linear => "two different finite numbers",
            Scale::Log => "two different positive numbers",
        };
        if apart(self.range) && (self.scale == Scale::Linear || from.min(to) > 0.0) {
            return Ok(());
        }
        let value = format!("{from} to {to}");
        Err(Error::BadValue { key: key.into(), value, allowed: allowed.into() })
    }
}

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Every decade takes the same room.
    Log,
}

/// Whether an axis is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ticks {
    /// With ticks, numbers and its label.
    Shown,
    /// Only the frame.
    Bare,
}

/// One layer of a panel. Marks of the same name have the same colour in all panels, given in the
/// order in which the figure names them first; an empty name, or nothing to show, keeps a mark out
/// of the legend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// A line through points.
    Line {
        /// Name in the legend.
        name: String,
        /// The points, in order.
        points: Vec<(f64, f64)>,
        /// How it is stroked.
        style: Stroke,
    },
    /// Separate dots: a raster, a cloud of fixed points.
    Dots {
        /// Name in the legend.
        name: String,
        /// Where they are.
        points: Vec<(f64, f64)>,
    },
    /// A shaded band: a spread around a mean.
    Band {
        /// Name in the legend.
        name: String,
        /// `(x, low, high)`, in order of `x`.
        points: Vec<(f64, f64, f64)>,
    },
    /// A dashed reference line across the panel.
    Rule {
        /// Name in the legend.
        name: String,
        /// Where it crosses the other axis.
        at: f64,
        /// Which way it runs.
        way: Way,
    },
    /// A matrix of values shown as colours.
    Image(Image),
}

impl Mark {
    /// A solid line through `points`.
    #[must_use]
    pub fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self::Line { name: name.into(), points, style: Stroke::Solid }
    }

    /// A dashed line through `points`.
    #[must_use]
    pub fn dashed(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self::Line { name: name.into(), points, style: Stroke::Dashed }
    }

    /// Dots at `points`.
    #[must_use]
    pub fn dots(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self::Dots { name: name.into(), points }
    }

    /// A shaded band; each point is `(x, low, high)`.
    #[must_use]
    pub fn band(name: impl Into<String>, points: Vec<(f64, f64, f64)>) -> Self {
        Self::Band { name: name.into(), points }
    }

    /// A reference line from left to right at `y = at`.
    #[must_use]
    pub fn horizontal(name: impl Into<String>, at: f64) -> Self {
        Self::Rule { name: name.into(), at, way: Way::Horizontal }
    }

    /// A reference line from bottom to top at `x = at`.
    #[must_use]
    pub fn vertical(name: impl Into<String>, at: f64) -> Self {
        Self::Rule { name: name.into(), at, way: Way::Vertical }
    }

    /// Its name: in the legend, or beside the colour bar.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Line { name, .. }
            | Self::Dots { name, .. }
            | Self::Band { name, .. }
            | Self::Rule { name, .. }
            | Self::Image(Image { name, .. }) => name,
        }
    }

    /// Whether there is nothing to see of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Line { points, .. } | Self::Dots { points, .. } => points.is_empty(),
            Self::Band { points, .. } => points.is_empty(),
            Self::Rule { .. } => false,
            Self::Image(image) => image.values.is_empty(),
        }
    }

    fn check(&self, key: &str) -> Result<()> {
        match self {
            Self::Line { points, .. } | Self::Dots { points, .. } => {
                finite(key, points.iter().flat_map(|&(x, y)| [x, y]))
            }
            Self::Band { points, .. } => {
                finite(key, points.iter().flat_map(|&(x, low, high)| [x, low, high]))
            }
            Self::Rule { at, .. } => finite(key, [*at]),
            Self::Image(image) => image.check(key),
        }
    }
}

impl From<Image> for Mark {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

/// How a line is stroked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stroke {
    /// Without gaps.
    Solid,
    /// With gaps.
    Dashed,
}

/// Which way a reference line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From left to right.
    Horizontal,
    /// From bottom to top.
    Vertical,
}

/// A matrix of values shown as colours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// What the colour shows, with its unit: `"rate (Hz)"`.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The values, row after row.
    pub values: Vec<f64>,
    /// Where the first column starts and the last one ends.
    pub x: (f64, f64),
    /// Where the first row starts and the last one ends.
    pub y: (f64, f64),
    /// The values at the two ends of the colours; what lies beyond shows as the end.
    pub range: (f64, f64),
    /// The colours.
    pub colours: Colours,
    /// Whether a colour bar stands beside it.
    pub bar: bool,
}

impl Image {
    /// A matrix on the axes `0..columns` and `0..rows`, its colours from the least to the
    /// greatest value, without a colour bar.
    #[must_use]
    pub fn new(name: impl Into<String>, rows: usize, columns: usize, values: Vec<f64>) -> Self {
        let range = match extent(values.iter().copied()) {
            Some((low, high)) if low < high => (low, high),
            Some((low, _)) => (low, low + 1.0),
            None => (0.0, 1.0),
        };
        // Not even an empty matrix lies on nothing.
        let (x, y) = ((0.0, columns.max(1) as f64), (0.0, rows.max(1) as f64));
        let (name, colours) = (name.into(), Colours::Sequential);
        Self { name, rows, columns, values, x, y, range, colours, bar: false }
    }

    /// The same image laid over `x` and `y`.
    #[must_use]
    pub fn over(mut self, x: (f64, f64), y: (f64, f64)) -> Self {
        (self.x, self.y) = (x, y);
        self
    }

    /// The same image with its colours between these values, so that panels can be compared.
    #[must_use]
    pub fn between(mut self, low: f64, high: f64) -> Self {
        self.range = (low, high);
        self
    }

    /// The same image in two hues that meet at zero, as far to each side as the values go.
    #[must_use]
    pub fn diverging(mut self) -> Self {
        let reach =
            self.values.iter().filter(|v| v.is_finite()).fold(0.0, |r: f64, v| r.max(v.abs()));
        let reach = if reach > 0.0 { reach } else { 1.0 };
        (self.colours, self.range) = (Colours::Diverging, (-reach, reach));
        self
    }

    /// The same image with a colour bar.
    #[must_use]
    pub fn bar(mut self) -> Self {
        self.bar = true;
        self
    }

    fn check(&self, key: &str) -> Result<()> {
        if self.rows.checked_mul(self.columns) != Some(self.values.len()) {
            let value = format!("{} values", self.values.len());
            let allowed = format!("{} rows of {} columns", self.rows, self.columns);
            return Err(Error::BadValue { key: key.into(), value, allowed });
        }
        for (what, ends) in [("x", self.x), ("y", self.y), ("colours", self.range)] {
            if !apart(ends) {
                let (key, value) =
                    (format!("{what} of {key}"), format!("{} to {}", ends.0, ends.1));
                let allowed = "two different finite numbers".into();
                return Err(Error::BadValue { key, value, allowed });
            }
        }
        finite(key, self.values.iter().copied())
    }
}

/// The colours of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colours {
    /// From little to much.
    Sequential,
    /// Two hues that meet in the middle of the range.
    Diverging,
}

/// The figure's numbers as comma-separated values (RFC 4180), one table a panel and one an image,
/// an empty line between tables; a figure that is a table is that.
///
/// A panel's table has a row of labels with units; marks that share their `x` share its column. An
/// image is a matrix: its first row holds the middles of the columns, its first column the middles
/// of the rows. Where there is more than one table, or a panel has a title, a row with the title
/// comes first. Every number reads back as the same bits.
#[must_use]
pub fn csv(figure: &Figure) -> String {
    let mut tables: Vec<String> = figure.table.iter().map(listed).collect();
    for panel in &figure.panels {
        if let Some(table) = series(panel) {
            tables.push(headline(&panel.heading) + &table);
        }
        for mark in &panel.marks {
            if let Mark::Image(image) = mark {
                tables.push(matrix(panel, image));
            }
        }
    }
    tables.join("\r\n")
}

fn listed(table: &Table) -> String {
    let mut head: Vec<String> = table.head.iter().map(|text| quoted(text)).collect();
    head.insert(head.len().min(1), "unit".into());
    let mut text = head.join(",") + "\r\n";
    for row in &table.rows {
        let values = row.values.iter().map(|value| value.map(number).unwrap_or_default());
        let mut cells = vec![quoted(&row.name), quoted(&row.unit)];
        cells.extend(values.chain([quoted(&row.remark)]));
        text += &(cells.join(",") + "\r\n");
    }
    text
}

/// A column: its heading and its cells.
struct Column {
    head: String,
    cells: Vec<f64>,
}

fn series(panel: &Panel) -> Option<String> {
    let mut columns: Vec<Column> = Vec::new();
    let mut shared: Vec<f64> = Vec::new();
    let headed = |name: &str, label: &str| match (name.is_empty(), label.is_empty()) {
        (false, false) => format!("{name}: {label}"),
        (true, _) => label.to_owned(),
        (_, true) => name.to_owned(),
    };
    for mark in panel.marks.iter().filter(|mark| !mark.is_empty()) {
        let (x, mut rest): (Vec<f64>, Vec<Column>) = match mark {
            Mark::Line { name, points, .. } | Mark::Dots { name, points } => {
                let (x, y) = points.iter().copied().unzip();
                (x, vec![Column { head: headed(name, &panel.y.label), cells: y }])
            }
            Mark::Band { name, points } => {
                let bound = |which: &str| headed(format!("{name} {which}").trim(), &panel.y.label);
                let low = points.iter().map(|point| point.1).collect();
                let high = points.iter().map(|point| point.2).collect();
                let columns = vec![
                    Column { head: bound("low"), cells: low },
                    Column { head: bound("high"), cells: high },
                ];
                (points.iter().map(|point| point.0).collect(), columns)
            }
            Mark::Rule { name, at, way } => {
                let axis = if *way == Way::Vertical { &panel.x } else { &panel.y };
                columns.push(Column { head: headed(name, &axis.label), cells: vec![*at] });
                continue;
            }
            Mark::Image(_) => continue,
        };
        if shared.is_empty() || x != shared {
            columns.push(Column { head: panel.x.label.clone(), cells: x.clone() });
            shared = x;
        }
        columns.append(&mut rest);
    }
    if columns.is_empty() {
        return None;
    }
    let mut text = headline(&panel.title);
    let heads: Vec<_> = columns.iter().map(|column| quoted(&column.head)).collect();
    text += &heads.join(",");
    text += "\r\n";
    let longest = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in 0..longest {
        for (place, column) in columns.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let cell = column.cells.get(row).map(|&cell| number(cell)).unwrap_or_default();
            let _ = write!(text, "{comma}{cell}");
        }
        text += "\r\n";
    }
    Some(text)
}

fn matrix(panel: &Panel, image: &Image) -> String {
    let middle = |(from, to): (f64, f64), place: usize, count: usize| {
        number(from + (to - from) * (place as f64 + 0.5) / count as f64)
    };
    let mut text = headline(&panel.title);
    text += &headline(&image.name);
    text += &quoted(&format!("{} \\ {}", panel.y.label, panel.x.label));
    for column in 0..image.columns {
        let _ = write!(text, ",{}", middle(image.x, column, image.columns));
    }
    text += "\r\n";
    for (row, values) in image.values.chunks(image.columns.max(1)).enumerate() {
        text += &middle(image.y, row, image.rows);
        for &value in values {
            let _ = write!(text, ",{}", number(value));
        }
        text += "\r\n";
    }
    text
}

fn headline(title: &str) -> String {
    if title.is_empty() { String::new() } else { quoted(title) + "\r\n" }
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Least and greatest of the finite values.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |so_far, value| {
        let (low, high) = so_far.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

/// Whether two ends are finite and leave room between them.
fn apart((from, to): (f64, f64)) -> bool {
    let distance = (to - from).abs();
    distance.is_finite() && distance > 0.0
}

fn finite(key: &str, values: impl IntoIterator<Item = f64>) -> Result<()> {
    match values.into_iter().find(|value| !value.is_finite()) {
        None => Ok(()),
        Some(value) => Err(Error::BadValue {
            key: format!("a value of {key}"),
            value: value.to_string(),
            allowed: "finite".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(mark: impl Into<Mark>) -> Figure {
        let axis = || Axis::new("a (s)", (0.0, 1.0));
        Figure::new("one", "One", "").with(Panel::new("", axis(), axis()).with(mark))
    }

    #[test]
    fn a_figure_that_can_be_shown_passes() {
        let figure = one(Mark::line("rate", vec![(0.0, 1.0)]))
            .with(Panel::new("", Axis::new("", (3.0, 0.0)), Axis::log("", (1e-3, 1.0))))
            .with(one(Image::new("w", 2, 3, vec![0.0; 6])).panels.remove(0))
            .with(one(Image::new("w", 0, 0, vec![])).panels.remove(0));
        figure.check().unwrap();
    }

    #[test]
    fn what_is_not_finite_is_named_in_a_sentence() {
        let error = one(Mark::dots("rate", vec![(0.0, 1.0), (1.0, f64::NAN)])).check().unwrap_err();
        let sentence =
            "a value of “rate” in panel 1 of figure “one” cannot be “NaN”: it must be finite";
        assert_eq!(error.to_string(), sentence);
        for mark in [
            Mark::line("", vec![(f64::INFINITY, 0.0)]),
            Mark::band("", vec![(0.0, f64::NAN, 1.0)]),
            Mark::horizontal("", f64::NEG_INFINITY),
            Image::new("", 1, 2, vec![0.0, f64::NAN]).into(),
            Image::new("", 1, 2, vec![0.0, 1.0]).between(1.0, 1.0).into(),
            Image::new("", 1, 2, vec![0.0, 1.0]).over((0.0, f64::NAN), (0.0, 1.0)).into(),
        ] {
            assert!(one(mark.clone()).check().is_err(), "{mark:?}");
        }
    }

    #[test]
    fn an_image_must_fill_its_rows_and_columns() {
        let error = one(Image::new("w", 2, 3, vec![0.0; 5])).check().unwrap_err();
        assert!(
            error.to_string().contains("“5 values”: it must be 2 rows of 3 columns"),
            "{error}"
        );
        assert!(one(Image::new("w", usize::MAX, 3, vec![0.0; 5])).check().is_err());
    }

    #[test]
    fn an_axis_must_have_extent_and_a_log_axis_must_be_positive() {
        let panel = |x| Figure::new("f", "", "").with(Panel::new("", x, Axis::new("", (0.0, 1.0))));
        for axis in [
            Axis::new("", (1.0, 1.0)),
            Axis::new("", (0.0, f64::NAN)),
            Axis::new("", (f64::INFINITY, 0.0)),
            Axis::new("", (f64::MIN, f64::MAX)),
            Axis::log("", (0.0, 1.0)),
            Axis::log("", (1.0, -1.0)),
        ] {
            assert!(panel(axis.clone()).check().is_err(), "{axis:?}");
        }
        assert!(panel(Axis::new("", (0.0, 1.0))).columns(0).check().is_err());
    }

    #[test]
    fn an_axis_around_values_holds_them_with_room_and_ends_at_zero() {
        assert_eq!(Axis::around("", [0.0, 10.0, f64::NAN]).range, (0.0, 10.5));
        assert_eq!(Axis::around("", [-10.0, 10.0]).range, (-11.0, 11.0));
        assert_eq!(Axis::around("", []).range, (0.0, 1.0));
        assert_eq!(Axis::around("", [4.0]).range, (2.0, 6.0));
        let (low, high) = Axis::log_around("", [0.0, 1e-4, 1.0]).range;
        assert!(low > 5e-5 && low < 1e-4 && high > 1.0 && high < 2.0, "{low} to {high}");
        for values in [vec![], vec![0.0], vec![3.0], vec![f64::MIN_POSITIVE, f64::MAX]] {
            assert!(Axis::log_around("", values).check("").is_ok());
        }
    }

    #[test]
    fn a_diverging_image_reaches_as_far_to_both_sides() {
        assert_eq!(Image::new("", 1, 2, vec![-3.0, 1.0]).diverging().range, (-3.0, 3.0));
        assert_eq!(Image::new("", 1, 1, vec![0.0]).diverging().range, (-1.0, 1.0));
    }

    #[test]
    fn marks_that_share_their_x_share_a_column() {
        let axis = |label| Axis::new(label, (0.0, 1.0));
        let figure = Figure::new("loss", "Loss", "").with(
            Panel::new("", axis("update"), axis("loss"))
                .with(Mark::line("train", vec![(0.0, 0.1), (1.0, 1e-300)]))
                .with(Mark::dashed("test", vec![(0.0, 2.5), (1.0, -0.0)]))
                .with(Mark::dots("", vec![(0.5, 7.0)]))
                .with(Mark::horizontal("floor", 0.01)),
        );
        let table = "update,train: loss,test: loss,update,loss,floor: loss\r\n\
                     0,0.1,2.5,0.5,7,0.01\r\n1,1e-300,-0,,,\r\n";
        assert_eq!(csv(&figure), table);
    }

    #[test]
    fn an_image_becomes_a_matrix_with_its_coordinates() {
        let image =
            Image::new("w, true", 2, 2, vec![1.0, 2.0, 3.0, 4.0]).over((0.0, 4.0), (10.0, 8.0));
        let mut figure = one(image);
        figure.panels[0].title = "say \"W\"".into();
        figure.panels[0].marks.push(Mark::band("spread", vec![(0.0, 1.0, 2.0)]));
        let text = "\"say \"\"W\"\"\"\r\na (s),spread low: a (s),spread high: a (s)\r\n0,1,2\r\n\r\n\
                    \"say \"\"W\"\"\"\r\n\"w, true\"\r\na (s) \\ a (s),1,3\r\n9.5,1,2\r\n8.5,3,4\r\n";
        assert_eq!(csv(&figure), text);
    }

    #[test]
    fn every_number_reads_back_as_the_same_bits() {
        for value in [0.1, -0.0, 1e300, 5e-324, f64::MAX, 1.0 / 3.0, 1e15, 1e16, 123_456_789.0] {
            let back: f64 = number(value).parse().unwrap();
            assert_eq!(back.to_bits(), value.to_bits(), "{value:?}");
        }
    }

    #[test]
    fn a_table_must_have_a_value_under_every_heading_and_be_finite() {
        let figure = |values: Vec<Option<f64>>| {
            let rows = vec![Row::new("R, \"whole\"", "°", values, "")];
            Figure::table("t", "", "", Table::new(["", "a", "b", ""], rows))
        };
        let whole = figure(vec![Some(0.1), None]);
        whole.check().unwrap();
        assert_eq!(csv(&whole), ",unit,a,b,\r\n\"R, \"\"whole\"\"\",°,0.1,,\r\n");
        assert!(figure(vec![Some(f64::NAN), None]).check().is_err());
        let refusal = figure(vec![None]).check().unwrap_err().to_string();
        assert!(refusal.contains("the table of figure “t” cannot be “1 values"), "{refusal}");
    }

    #[test]
    fn a_figure_survives_json() {
        let figure = one(Mark::vertical("cue", 0.5))
            .with(one(Image::new("w", 1, 1, vec![0.1]).diverging().bar()).panels.remove(0));
        let json = serde_json::to_string(&figure).unwrap();
        assert!(json.contains(r#"{"rule":{"name":"cue","at":0.5,"way":"vertical"}}"#), "{json}");
        assert_eq!(serde_json::from_str::<Figure>(&json).unwrap(), figure);
    }
}
