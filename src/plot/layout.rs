//! Where everything goes: panels in a grid, each with room for exactly what is written beside it.

use super::shapes::{Point, Rect};
use super::theme::Look;
use super::ticks::{Label, Tick, part, ticks, usable};
use crate::lab::{Axis, Figure, Image, Mark, Panel, Stroke, Ticks, Way};

/// The width of a text at a size, bold or not, in CSS pixels.
pub(super) type Measure<'a> = &'a dyn Fn(&str, f64, bool) -> f64;

/// A figure laid out.
pub(super) struct Sheet {
    pub(super) height: f64,
    /// The legend of all panels, if they share one.
    pub(super) legend: Option<Legend>,
    pub(super) boxes: Vec<PanelBox>,
    /// The one colour bar of all panels, if they share it.
    pub(super) bar: Option<Bar>,
    /// The rectangle around all frames.
    pub(super) grid: Rect,
    /// What the axes of all panels are, where each is bare.
    pub(super) x_label: Vec<String>,
    pub(super) y_label: Vec<String>,
}

/// A panel laid out.
#[derive(Default)]
pub(super) struct PanelBox {
    /// What the data are drawn in.
    pub(super) frame: Rect,
    pub(super) title: Vec<String>,
    /// Where the heading of its row stands.
    pub(super) heading: Point,
    pub(super) legend: Option<Legend>,
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    pub(super) x_label: Vec<String>,
    pub(super) y_label: Vec<String>,
    pub(super) bar: Option<Bar>,
    /// Room left, right, above and below the frame.
    margin: [f64; 4],
}

/// A colour bar laid out.
pub(super) struct Bar {
    pub(super) image: Image,
    pub(super) frame: Rect,
    pub(super) ticks: Vec<Tick>,
    pub(super) name: Vec<String>,
    /// All it needs to the right of the frame it belongs to.
    room: f64,
}

/// What a name stands for, drawn beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) line: Option<Stroke>,
    pub(super) rule: bool,
    pub(super) dots: bool,
    pub(super) band: bool,
    /// From the beginning of its row.
    pub(super) left: f64,
}

/// Names and what they stand for, in rows.
pub(super) struct Legend {
    pub(super) rows: Vec<Vec<Entry>>,
    pub(super) frame: Rect,
}

/// What is drawn once for all panels, and so not beside each.
struct Common {
    bar: bool,
    legend: bool,
}

/// The largest side of a square panel.
const LARGEST: f64 = 440.0;

/// Lays out `figure` over `width`, in its natural height or in the one given.
pub(super) fn arrange(
    figure: &Figure,
    width: f64,
    height: Option<f64>,
    look: &Look,
    measure: Measure,
) -> Sheet {
    let unit = look.scale;
    let border = 6.0 * unit;
    let inner = (width - 2.0 * border).max(1.0);
    let columns = fitting(figure, inner, look);
    let rows = figure.panels.len().div_ceil(columns);
    let gap = if all_bare(figure) { 6.0 * unit } else { 18.0 * unit };

    let legend = shared_legend(figure, inner, look, measure);
    let over = legend.as_ref().map_or(0.0, |legend| legend.frame.height + 6.0 * unit);
    let shared = shared_image(figure);
    let common = Common { bar: shared.is_some(), legend: legend.is_some() };
    let whole = 300.0;
    let (x_label, y_label) = shared_labels(figure, inner, look, measure);
    let line = line_height(look);
    let beside = y_label.len() as f64 * line + if y_label.is_empty() { 0.0 } else { 4.0 * unit };
    let below = x_label.len() as f64 * line + if x_label.is_empty() { 0.0 } else { 4.0 * unit };

    // What is written beside a frame depends on its size, and its size on what is written: the
    // second round settles it.
    let mut plot = (inner / columns as f64 - 60.0 * unit).max(30.0);
    let mut bar = shared.map(|image| color_bar(image, whole, look, measure));
    let (mut boxes, mut left, mut right, mut above, mut under) = <_>::default();
    for _ in 0..3 {
        let tall = natural(figure, columns, plot, look);
        let each = |(place, panel)| {
            let size = (plot, tall[place / columns]);
            describe(panel, size, &common, look, measure)
        };
        boxes = figure.panels.iter().enumerate().map(each).collect::<Vec<PanelBox>>();
        left = most(&boxes, columns, |place| place % columns, 0);
        right = most(&boxes, columns, |place| place % columns, 1);
        above = most(&boxes, rows, |place| place / columns, 2);
        for (above, row) in above.iter_mut().zip(figure.panels.chunks(columns)) {
            *above += headed(row, look);
        }
        under = most(&boxes, rows, |place| place / columns, 3);
        let written = left.iter().chain(&right).sum::<f64>()
            + gap * (columns as f64 - 1.0)
            + beside
            + bar.as_ref().map_or(0.0, |bar| bar.room);
        plot = ((inner - written) / columns as f64).max(8.0);
    }
    let mut tall = natural(figure, columns, plot, look);
    let fixed = 2.0 * border
        + over
        + below
        + above.iter().chain(&under).sum::<f64>()
        + gap * rows.saturating_sub(1) as f64;
    let squeeze = height.map_or(1.0, |height| (height - fixed) / tall.iter().sum::<f64>());
    for tall in &mut tall {
        *tall = (*tall * squeeze).max(8.0);
    }

    let mut top = border + over;
    for (row, line_of) in boxes.chunks_mut(columns).enumerate() {
        let headline = top + headed(panels_of(figure, row, columns), look) - 0.8 * look.title;
        top += above[row];
        let mut at = border + beside;
        for (column, panel) in line_of.iter_mut().enumerate() {
            at += left[column];
            let cell = Rect { left: at, top, width: plot, height: tall[row] };
            panel.heading = (at, headline);
            panel.settle(cell, is_square(&figure.panels[row * columns + column]), look, measure);
            at += plot + right[column] + gap;
        }
        top += tall[row] + under[row] + gap;
    }
    let grid = around(&boxes);
    if let Some(bar) = &mut bar {
        let span = grid.height.min(220.0 * unit);
        let room = bar.room;
        *bar = color_bar(&bar.image, span, look, measure);
        bar.room = room;
        bar.put(grid.right(), grid.middle().1 - span / 2.0, span, look);
    }
    let legend = legend.map(|mut legend| {
        (legend.frame.left, legend.frame.top) = (grid.left, border);
        legend
    });
    let height = fixed + tall.iter().sum::<f64>();
    Sheet { height, legend, boxes, bar, grid, x_label, y_label }
}

impl PanelBox {
    /// Takes its place in a cell, and puts what belongs to it around.
    fn settle(&mut self, cell: Rect, square: bool, look: &Look, measure: Measure) {
        self.frame = cell;
        if square {
            let side = cell.width.min(cell.height);
            self.frame.width = side;
            self.frame.height = side;
            self.frame.left += ((cell.width - side) / 2.0).floor();
            self.frame.top += ((cell.height - side) / 2.0).floor();
        }
        // On whole pixels, frames and images have sharp edges.
        let (right, bottom) = (self.frame.right().round(), self.frame.bottom().round());
        (self.frame.left, self.frame.top) = (self.frame.left.round(), self.frame.top.round());
        self.frame.width = (right - self.frame.left).max(1.0);
        self.frame.height = (bottom - self.frame.top).max(1.0);
        let frame = self.frame;
        if let Some(legend) = &mut self.legend {
            let above = 0.6 * look.text;
            legend.frame.left = frame.left;
            legend.frame.top = frame.top - above - legend.frame.height;
        }
        if let Some(bar) = &mut self.bar {
            *bar = color_bar(&bar.image, frame.height, look, measure);
            bar.put(frame.right(), frame.top, frame.height, look);
        }
    }
}

impl Bar {
    fn put(&mut self, right: f64, top: f64, height: f64, look: &Look) {
        let (left, width) = ((right + 10.0 * look.scale).round(), (10.0 * look.scale).round());
        self.frame = Rect { left, top: top.round(), width, height: height.round() };
    }
}

/// The panels of a row.
fn panels_of(figure: &Figure, row: usize, columns: usize) -> &[Panel] {
    let rest = figure.panels.get(row * columns..).unwrap_or_default();
    &rest[..columns.min(rest.len())]
}

/// The room for a heading over these panels, if one of them brings it.
fn headed(row: &[Panel], look: &Look) -> f64 {
    if row.iter().any(|panel| !panel.heading.is_empty()) { 2.0 * look.title } else { 0.0 }
}

/// The height of a line of ordinary text.
pub(super) fn line_height(look: &Look) -> f64 {
    1.25 * look.text
}

/// The length of a tick.
pub(super) fn tick_length(look: &Look) -> f64 {
    4.0 * look.scale
}

/// The room for the sample beside a name in a legend.
pub(super) fn sample(look: &Look) -> f64 {
    22.0 * look.scale
}

/// The width of a label with its raised power.
pub(super) fn label_width(label: &Label, look: &Look, measure: Measure) -> f64 {
    let power =
        if label.power.is_empty() { 0.0 } else { measure(&label.power, RAISED * look.text, false) };
    measure(&label.base, look.text, false) + power
}

/// The size of a power, as a part of that of its base.
pub(super) const RAISED: f64 = 0.75;

/// Whether a panel shows a matrix on two axes of the same length, or one of many small ones.
fn is_square(panel: &Panel) -> bool {
    let length = |axis: &Axis| (axis.range.1 - axis.range.0).abs();
    let (x, y) = (length(&panel.x), length(&panel.y));
    let image = panel.marks.iter().any(|mark| matches!(mark, Mark::Image(_)));
    let bare = panel.x.ticks == Ticks::Bare && panel.y.ticks == Ticks::Bare;
    bare || image && (x - y).abs() < 1e-9 * x
}

fn all_bare(figure: &Figure) -> bool {
    let bare = |axis: &Axis| axis.ticks == Ticks::Bare;
    !figure.panels.is_empty() && figure.panels.iter().all(|panel| bare(&panel.x) && bare(&panel.y))
}

/// As many columns as asked for, or as can be read at this width.
fn fitting(figure: &Figure, inner: f64, look: &Look) -> usize {
    let barred = |mark: &Mark| matches!(mark, Mark::Image(image) if image.bar);
    let alone = shared_image(figure).is_none();
    let needs = |panel: &Panel| {
        let bar = if alone && panel.marks.iter().any(barred) { 50.0 } else { 0.0 };
        let bare = panel.y.ticks == Ticks::Bare && panel.x.ticks == Ticks::Bare;
        // A longer title of a small panel goes on in the next line.
        let title = estimated(&panel.title, look.title / look.scale, true).clamp(22.0, 72.0);
        bar + if bare { title } else { 190.0 }
    };
    let need = figure.panels.iter().map(needs).fold(22.0, f64::max) * look.scale;
    let count = figure.panels.len().max(1);
    let asked = figure.columns.clamp(1, count);
    let fit = ((inner / need) as usize).clamp(1, asked);
    // Fewer than asked for: as even as possible.
    if fit < asked { count.div_ceil(count.div_ceil(fit)) } else { asked }
}

/// The heights of the rows of frames when frames are this wide.
fn natural(figure: &Figure, columns: usize, plot: f64, look: &Look) -> Vec<f64> {
    let rows = figure.panels.len().div_ceil(columns);
    let one = |panel: &Panel| {
        if is_square(panel) {
            plot.min(LARGEST * look.scale)
        } else if columns == 1 && rows > 1 && figure.columns == 1 {
            (0.3 * plot).clamp(120.0 * look.scale, 220.0 * look.scale)
        } else {
            (0.58 * plot).clamp(120.0 * look.scale, 380.0 * look.scale)
        }
    };
    let row = |row: &[Panel]| row.iter().map(one).fold(8.0, f64::max);
    figure.panels.chunks(columns).map(row).collect()
}

/// The greatest margin of one side in each row or column of the grid.
fn most(boxes: &[PanelBox], count: usize, of: impl Fn(usize) -> usize, side: usize) -> Vec<f64> {
    let mut most = vec![0.0_f64; count];
    for (place, panel) in boxes.iter().enumerate() {
        most[of(place)] = most[of(place)].max(panel.margin[side]);
    }
    most
}

/// All that is written around a frame of this size.
fn describe(
    panel: &Panel,
    (width, height): (f64, f64),
    common: &Common,
    look: &Look,
    measure: Measure,
) -> PanelBox {
    let mut it = PanelBox::default();
    let (unit, line) = (look.scale, line_height(look));
    let (mut left, mut right, mut above, mut below) = (0.0, 0.0_f64, 0.0, 0.0);
    let drawn = usable(&panel.x) && usable(&panel.y);
    let widest = |ticks: &[Tick]| {
        ticks.iter().map(|tick| label_width(&tick.label, look, measure)).fold(0.0, f64::max)
    };
    if panel.x.ticks == Ticks::Shown {
        it.x_ticks = if drawn { spread(&panel.x, width, look, measure) } else { Vec::new() };
        it.x_label = wrapped(&panel.x.label, look.text, false, width + 40.0 * unit, measure);
        below = tick_length(look) + 2.0 * unit + line * (1 + it.x_label.len()) as f64;
        right = it.x_ticks.iter().fold(0.0, |so_far, tick| {
            let end = width * part(&panel.x, tick.at) - width;
            so_far.max(end + label_width(&tick.label, look, measure) / 2.0)
        });
    }
    if panel.y.ticks == Ticks::Shown {
        let most = ((height / (2.6 * look.text)) as usize).clamp(2, 8);
        it.y_ticks = if drawn { ticks(&panel.y, most) } else { Vec::new() };
        it.y_label = wrapped(&panel.y.label, look.text, false, height + 30.0 * unit, measure);
        left = tick_length(look) + 3.0 * unit + widest(&it.y_ticks);
        left += it.y_label.len() as f64 * line + 5.0 * unit;
        above = 0.6 * look.text;
        below = f64::max(below, above);
    }
    let barred = panel.marks.iter().find_map(|mark| match mark {
        Mark::Image(image) if image.bar && !common.bar => Some(image),
        _ => None,
    });
    if let Some(image) = barred {
        let bar = color_bar(image, height, look, measure);
        right = right.max(bar.room);
        it.bar = Some(bar);
    }
    // What stands above may reach as far as what stands at the right.
    let room = width + right;
    if !common.legend {
        it.legend = legend(entries([panel].into_iter()), room, look, measure);
        if let Some(legend) = &it.legend {
            above = 0.6 * look.text + legend.frame.height + 2.0 * unit;
        }
    }
    if !panel.title.is_empty() {
        let bare = panel.y.ticks == Ticks::Bare;
        it.title = wrapped(&panel.title, look.title, true, room, measure);
        above = f64::max(above, if bare { 3.0 * unit } else { 5.0 * unit });
        above += it.title.len() as f64 * 1.25 * look.title;
    }
    it.margin = [left, right, above, below];
    it
}

/// Ticks as dense as their labels allow.
fn spread(axis: &Axis, width: f64, look: &Look, measure: Measure) -> Vec<Tick> {
    let clear = |ticks: &[Tick]| {
        let mut spans: Vec<(f64, f64)> = ticks
            .iter()
            .map(|tick| {
                let half = label_width(&tick.label, look, measure) / 2.0;
                let at = width * part(axis, tick.at);
                (at - half, at + half)
            })
            .collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        spans.windows(2).all(|pair| pair[1].0 - pair[0].1 > 0.9 * look.text)
    };
    let densest = ((width / (3.5 * look.text)) as usize).clamp(2, 8);
    let found = (2..=densest).rev().map(|most| ticks(axis, most)).find(|ticks| clear(ticks));
    found.unwrap_or_else(|| {
        // Not even two fit: the first one alone.
        let mut few = ticks(axis, 2);
        few.truncate(1);
        few
    })
}

/// A colour bar of this height; [`Bar::put`] places it.
fn color_bar(image: &Image, height: f64, look: &Look, measure: Measure) -> Bar {
    let unit = look.scale;
    let axis = Axis::new("", image.range);
    let most = ((height / (2.6 * look.text)) as usize).clamp(2, 5);
    let ticks = if usable(&axis) { ticks(&axis, most) } else { Vec::new() };
    let name = wrapped(&image.name, look.text, false, height + 20.0 * unit, measure);
    let widest =
        ticks.iter().map(|tick| label_width(&tick.label, look, measure)).fold(0.0, f64::max);
    let room = (10.0 + 10.0 + 4.0 + 6.0) * unit + widest + name.len() as f64 * line_height(look);
    let image = Image { values: Vec::new(), ..image.clone() };
    Bar { image, frame: Rect::default(), ticks, name, room }
}

/// The image whose colour bar stands for all, if several panels show the same quantity.
fn shared_image(figure: &Figure) -> Option<&Image> {
    let mut images = figure
        .panels
        .iter()
        .flat_map(|panel| &panel.marks)
        .filter_map(|mark| if let Mark::Image(image) = mark { Some(image) } else { None });
    let first = images.next()?;
    let same = |image: &&Image| {
        (&image.name, image.colours) == (&first.name, first.colours)
            && (image.range.0 - first.range.0).abs() + (image.range.1 - first.range.1).abs() <= 0.0
    };
    let others: Vec<_> = images.collect();
    let any = first.bar || others.iter().any(|image| image.bar);
    (any && !others.is_empty() && others.iter().all(same)).then_some(first)
}

/// The labels of bare axes, said once for all panels.
fn shared_labels(
    figure: &Figure,
    inner: f64,
    look: &Look,
    measure: Measure,
) -> (Vec<String>, Vec<String>) {
    let Some(first) = figure.panels.first().filter(|_| all_bare(figure)) else {
        return (Vec::new(), Vec::new());
    };
    let (x, y) = (&first.x.label, &first.y.label);
    if figure.panels.iter().any(|panel| &panel.x.label != x || &panel.y.label != y) {
        return (Vec::new(), Vec::new());
    }
    let lines = |label: &str, room| wrapped(label, look.text, false, room, measure);
    (lines(x, inner), lines(y, 0.4 * inner))
}

/// Whether reference lines bear their names themselves: several would look alike in a legend.
pub(super) fn bears_names(panel: &Panel) -> bool {
    let named = |mark: &&Mark| matches!(mark, Mark::Rule { name, way: Way::Horizontal, .. } if !name.is_empty());
    panel.marks.iter().filter(named).count() > 1
}

/// What is named in the legend of these panels, each name once.
fn entries<'a>(panels: impl Iterator<Item = &'a Panel>) -> Vec<Entry> {
    let (mut entries, mut image) = (Vec::<Entry>::new(), false);
    let named = panels.flat_map(|panel| {
        let rules = !bears_names(panel);
        panel.marks.iter().filter(move |mark| rules || !matches!(mark, Mark::Rule { .. }))
    });
    for mark in named {
        image |= matches!(mark, Mark::Image(_));
        if matches!(mark, Mark::Image(_)) || mark.name().is_empty() || mark.is_empty() {
            continue;
        }
        let name = mark.name().to_owned();
        let known = entries.iter().position(|entry| entry.name == name);
        let place = known.unwrap_or_else(|| {
            let (line, left) = (None, 0.0);
            entries.push(Entry { name, line, rule: false, dots: false, band: false, left });
            entries.len() - 1
        });
        let entry = &mut entries[place];
        match mark {
            Mark::Line { style, .. } => entry.line = Some(*style),
            Mark::Dots { .. } => entry.dots = true,
            Mark::Band { .. } => entry.band = true,
            Mark::Rule { .. } => entry.rule = true,
            Mark::Image(_) => {}
        }
    }
    // One name on an empty background is the axis label again.
    if entries.len() > 1 || image { entries } else { Vec::new() }
}

/// One legend for a figure whose panels have the same names.
fn shared_legend(figure: &Figure, room: f64, look: &Look, measure: Measure) -> Option<Legend> {
    let of = |panel| entries([panel].into_iter());
    let named: Vec<_> = figure.panels.iter().map(of).filter(|names| !names.is_empty()).collect();
    let same = named.len() > 1 && named.windows(2).all(|pair| pair[0] == pair[1]);
    if same { legend(named.into_iter().next()?, room, look, measure) } else { None }
}

/// Entries side by side, in as many rows as it takes.
fn legend(entries: Vec<Entry>, room: f64, look: &Look, measure: Measure) -> Option<Legend> {
    if entries.is_empty() {
        return None;
    }
    let (mut rows, mut at) = (vec![Vec::new()], 0.0);
    for mut entry in entries {
        let width = sample(look) + 6.0 * look.scale + measure(&entry.name, look.text, false);
        if at > 0.0 && at + width > room {
            rows.push(Vec::new());
            at = 0.0;
        }
        entry.left = at;
        at += width + 16.0 * look.scale;
        if let Some(row) = rows.last_mut() {
            row.push(entry);
        }
    }
    let height = rows.len() as f64 * 1.4 * look.text;
    Some(Legend { rows, frame: Rect { width: room, height, ..Rect::default() } })
}

/// A text in lines no longer than `room` where its spaces allow it, three at most.
pub(super) fn wrapped(
    text: &str,
    size: f64,
    bold: bool,
    room: f64,
    measure: Measure,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure(&format!("{line} {word}"), size, bold) <= room => {
                *line += " ";
                *line += word;
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > 3 {
        let rest = lines.split_off(2).join(" ");
        lines.push(rest);
    }
    lines
}

fn around(boxes: &[PanelBox]) -> Rect {
    let ends = |end: fn(&Rect) -> f64, pick: fn(f64, f64) -> f64| {
        boxes.iter().map(|panel| end(&panel.frame)).reduce(pick).unwrap_or(0.0)
    };
    let (left, top) = (ends(|r| r.left, f64::min), ends(|r| r.top, f64::min));
    let width = ends(Rect::right, f64::max) - left;
    Rect { left, top, width, height: ends(Rect::bottom, f64::max) - top }
}

/// The width of a text in Helvetica, a little generously: for what has no font at hand.
pub(super) fn estimated(text: &str, size: f64, bold: bool) -> f64 {
    /// Widths of the characters from the space to the tilde, in thousandths of the size.
    #[rustfmt::skip]
    const WIDTHS: [u16; 95] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
        611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
        667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
        222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ];
    let of = |letter: char| {
        let place = (letter as usize).wrapping_sub(32);
        f64::from(WIDTHS.get(place).copied().unwrap_or(584))
    };
    let generous = if bold { 1.18 } else { 1.1 };
    generous * size * text.chars().map(of).sum::<f64>() / 1000.0
}
