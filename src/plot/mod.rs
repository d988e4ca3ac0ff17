//! Draws a [`Figure`] on anything plotters can draw on: a canvas in the browser, an SVG file.
//!
//! Every figure has one look: open axes with plain numbers, a faint major grid, names in a legend
//! that covers no data, colours that every eye tells apart (Okabe & Ito 2008; viridis), in a light,
//! a dark and a projector theme. What cannot be drawn, an empty figure or a broken range, is an
//! empty frame that says so, never a panic.
//!
//! ```
//! use attractor_lab::lab::{Axis, Figure, Mark, Panel};
//! use attractor_lab::plot::{Theme, svg};
//!
//! let loss = vec![(0.0, 1.0), (100.0, 0.02), (200.0, 0.003)];
//! let axes = (Axis::new("update", (0.0, 200.0)), Axis::log("loss", (1e-3, 1.0)));
//! let figure = Figure::new("loss", "Loss", "The loss falls two and a half decades.")
//!     .with(Panel::new("", axes.0, axes.1).with(Mark::line("training", loss)));
//! let picture = svg(&figure, Theme::Light);
//! assert!(picture.contains("<title id=\"title\">Loss</title>"));
//! assert!(picture.contains(">0.001</text>"));
//! ```

mod layout;
mod shapes;
mod surface;
mod svg;
mod table;
mod theme;
mod ticks;

pub use surface::{FINE, Place, Surface};
pub use svg::svg;
pub use theme::Theme;

use crate::lab::{Axis, Figure, Image, Mark, Panel, Stroke, Ticks, Way};
use layout::{Bar, Entry, Legend, PanelBox, Sheet};
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::{
    Circle, Color, DrawingArea, DrawingBackend, FontFamily, FontStyle, FontTransform, IntoFont,
    PathElement, Polygon, RGBAColor, ShapeStyle, Text, TextStyle,
};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendCoord, DrawingErrorKind};
use shapes::{Point, Rect};
use table::TableSheet;
use theme::Look;
use ticks::{Label, part, usable};

/// Done, or whatever the surface `S` could not draw.
pub type Drawn<S> = Result<(), DrawingAreaErrorKind<<S as DrawingBackend>::ErrorType>>;

/// Draws `figure` over all of `area`.
///
/// # Errors
/// Whatever the backend could not draw.
pub fn draw<S: Surface>(figure: &Figure, area: &DrawingArea<S, Shift>, theme: Theme) -> Drawn<S> {
    let look = theme.look();
    let pen = Pen { area, look, colours: colours(figure) };
    area.fill(&look.background)?;
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (f64::from(width) / FINE_F, f64::from(height) / FINE_F);
    let measure = |text: &str, size: f64, bold: bool| pen.width(text, size, bold);
    if let Some(table) = &figure.table {
        pen.table(&table::arrange(table, width, &look, &measure), width)?;
        return area.present();
    }
    if figure.panels.is_empty() {
        let margin = 12.0 * look.scale;
        let (inner, below) = (width - 2.0 * margin, height - 2.0 * margin);
        let frame = Rect { left: margin, top: margin, width: inner, height: below };
        pen.border(&frame)?;
        pen.nothing(&frame)?;
        return area.present();
    }
    let sheet = layout::arrange(figure, width, Some(height), &look, &measure);
    pen.sheet(figure, &sheet)?;
    area.present()
}

/// The height, in CSS pixels, that suits `figure` when it is this wide.
#[must_use]
pub fn aspect(figure: &Figure, theme: Theme, width: f64) -> f64 {
    let look = theme.look();
    if let Some(table) = &figure.table {
        return table::arrange(table, width, &look, &layout::estimated).height.ceil();
    }
    if figure.panels.is_empty() {
        return (160.0 * look.scale).round();
    }
    layout::arrange(figure, width, None, &look, &layout::estimated).height.ceil()
}

const FINE_F: f64 = FINE as f64;

/// The names of the series, in the order of their colours: the same name has the same colour in
/// all panels. Reference lines and images have colours of their own.
fn colours(figure: &Figure) -> Vec<&str> {
    let mut names = Vec::new();
    for mark in figure.panels.iter().flat_map(|panel| &panel.marks) {
        let series = !matches!(mark, Mark::Rule { .. } | Mark::Image(_));
        if series && !names.contains(&mark.name()) {
            names.push(mark.name());
        }
    }
    names
}

/// Draws in CSS pixels.
struct Pen<'a, S: Surface> {
    area: &'a DrawingArea<S, Shift>,
    look: Look,
    colours: Vec<&'a str>,
}

/// How a text sits at its point.
#[derive(Clone, Copy)]
struct Setting {
    size: f64,
    bold: bool,
    quiet: bool,
    anchor: (HPos, VPos),
    turned: bool,
}

fn fine((x, y): Point) -> BackendCoord {
    ((x * FINE_F).round() as i32, (y * FINE_F).round() as i32)
}

/// The middle of the pixel, where a thin line is sharp.
fn sharp(value: f64) -> f64 {
    value.floor() + 0.5
}

impl<S: Surface> Pen<'_, S> {
    fn sheet(&self, figure: &Figure, sheet: &Sheet) -> Drawn<S> {
        if let Some(legend) = &sheet.legend {
            self.legend(legend)?;
        }
        for (panel, it) in figure.panels.iter().zip(&sheet.boxes) {
            self.panel(panel, it)?;
        }
        if let Some(bar) = &sheet.bar {
            self.bar(bar)?;
        }
        let (line, unit) = (layout::line_height(&self.look), self.look.scale);
        let (middle, below) = (sheet.grid.middle(), sheet.grid.bottom() + 4.0 * unit);
        for (row, text) in sheet.x_label.iter().enumerate() {
            let at = (middle.0, below + (row as f64 + 0.5) * line);
            self.text(text, at, self.plain((HPos::Center, VPos::Center)))?;
        }
        self.turned(&sheet.y_label, sheet.grid.left - 4.0 * unit, middle.1)
    }

    fn table(&self, sheet: &TableSheet, width: f64) -> Drawn<S> {
        let edge = table::border(&self.look);
        for &(y, strong) in &sheet.lines {
            let thick = if strong { 1.5 * self.look.hair } else { self.look.hair };
            let ends = [(edge, sharp(y)), (width - edge, sharp(y))];
            self.line(&ends, self.look.axis.to_rgba(), thick)?;
        }
        for word in &sheet.words {
            let side = if word.right { HPos::Right } else { HPos::Left };
            let setting =
                Setting { bold: word.bold, quiet: word.quiet, ..self.plain((side, VPos::Center)) };
            self.text(&word.text, (word.x, word.y), setting)?;
        }
        Ok(())
    }

    fn panel(&self, panel: &Panel, it: &PanelBox) -> Drawn<S> {
        let images = panel.marks.iter().any(|mark| matches!(mark, Mark::Image(_)));
        let drawn = usable(&panel.x) && usable(&panel.y);
        let empty =
            panel.marks.iter().all(|mark| mark.is_empty() || matches!(mark, Mark::Rule { .. }));
        if drawn && !images {
            self.grid(panel, it)?;
        }
        if drawn && !empty {
            for mark in &panel.marks {
                self.mark(panel, mark, &it.frame, images)?;
            }
        }
        let open = !images && panel.x.ticks == Ticks::Shown && panel.y.ticks == Ticks::Shown;
        let around = if open { self.axes(&it.frame) } else { self.border(&it.frame) };
        around?;
        self.ticks(panel, it)?;
        if empty || !drawn {
            self.nothing(&it.frame)?;
        }
        if let Some(bar) = &it.bar {
            self.bar(bar)?;
        }
        if let Some(legend) = &it.legend {
            self.legend(legend)?;
        }
        self.title(panel, it)
    }

    fn title(&self, panel: &Panel, it: &PanelBox) -> Drawn<S> {
        let line = 1.25 * self.look.title;
        let bare = panel.y.ticks == Ticks::Bare;
        let base = match &it.legend {
            Some(legend) => legend.frame.top - 2.0 * self.look.scale,
            None if bare => it.frame.top - 3.0 * self.look.scale,
            None => it.frame.top - f64::max(0.6 * self.look.text, 5.0 * self.look.scale),
        };
        let (size, anchor) = (self.look.title, (HPos::Left, VPos::Center));
        if !panel.heading.is_empty() {
            let setting = Setting { size, bold: true, quiet: false, anchor, turned: false };
            self.text(&panel.heading, it.heading, setting)?;
        }
        for (row, text) in it.title.iter().rev().enumerate() {
            let at = (it.frame.left, base - (row as f64 + 0.5) * line);
            self.text(text, at, Setting { size, bold: true, quiet: false, anchor, turned: false })?;
        }
        Ok(())
    }

    fn grid(&self, panel: &Panel, it: &PanelBox) -> Drawn<S> {
        let (frame, colour) = (it.frame, self.look.grid.to_rgba());
        for tick in &it.x_ticks {
            let x = sharp(across(panel, &frame, tick.at));
            self.line(&[(x, frame.top), (x, frame.bottom())], colour, self.look.hair)?;
        }
        for tick in &it.y_ticks {
            let y = sharp(up(panel, &frame, tick.at));
            self.line(&[(frame.left, y), (frame.right(), y)], colour, self.look.hair)?;
        }
        Ok(())
    }

    /// Only the two sides that are read, as in a good paper.
    fn axes(&self, frame: &Rect) -> Drawn<S> {
        let (left, bottom) = (sharp(frame.left), sharp(frame.bottom()));
        let corner = [(left, frame.top), (left, bottom), (frame.right(), bottom)];
        self.line(&corner, self.look.axis.to_rgba(), self.look.hair)
    }

    fn border(&self, frame: &Rect) -> Drawn<S> {
        let (left, top) = (sharp(frame.left), sharp(frame.top));
        let (right, bottom) = (sharp(frame.right() - 0.5), sharp(frame.bottom() - 0.5));
        let round = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.line(&round, self.look.axis.to_rgba(), self.look.hair)
    }

    /// Ticks, their labels, and the labels of the axes.
    fn ticks(&self, panel: &Panel, it: &PanelBox) -> Drawn<S> {
        let (look, frame) = (&self.look, it.frame);
        let (long, line) = (layout::tick_length(look), layout::line_height(look));
        let (colour, unit) = (look.axis.to_rgba(), look.scale);
        let small = |axis: &Axis| {
            let shown = axis.ticks == Ticks::Shown && usable(axis);
            if shown { ticks::between(axis) } else { Vec::new() }
        };
        for (at, long) in with_length(&it.x_ticks, &small(&panel.x), long) {
            let x = sharp(across(panel, &frame, at));
            self.line(&[(x, frame.bottom()), (x, frame.bottom() + long)], colour, look.hair)?;
        }
        for (at, long) in with_length(&it.y_ticks, &small(&panel.y), long) {
            let y = sharp(up(panel, &frame, at));
            self.line(&[(frame.left - long, y), (frame.left, y)], colour, look.hair)?;
        }
        let mut below = frame.bottom() + long + 2.0 * unit + line / 2.0;
        for tick in &it.x_ticks {
            self.label(&tick.label, (across(panel, &frame, tick.at), below), HPos::Center)?;
        }
        for text in &it.x_label {
            below += line;
            self.text(text, (frame.middle().0, below), self.plain((HPos::Center, VPos::Center)))?;
        }
        let mut left = frame.left - long - 3.0 * unit;
        for tick in &it.y_ticks {
            self.label(&tick.label, (left, up(panel, &frame, tick.at)), HPos::Right)?;
        }
        left -= it.y_ticks.iter().map(|tick| self.label_width(&tick.label)).fold(0.0, f64::max);
        self.turned(&it.y_label, left - 4.0 * unit, frame.middle().1)
    }

    /// Lines of text that read upwards, the last one ending at `right`.
    fn turned(&self, lines: &[String], right: f64, middle: f64) -> Drawn<S> {
        let line = layout::line_height(&self.look);
        for (row, text) in lines.iter().rev().enumerate() {
            let at = (right - (row as f64 + 0.5) * line, middle);
            let setting = self.plain((HPos::Center, VPos::Center));
            self.text(text, at, Setting { turned: true, ..setting })?;
        }
        Ok(())
    }

    fn mark(&self, panel: &Panel, mark: &Mark, frame: &Rect, over_image: bool) -> Drawn<S> {
        let look = &self.look;
        let place = |&(x, y): &(f64, f64)| (across(panel, frame, x), up(panel, frame, y));
        // Over an image a line needs an edge to be seen everywhere.
        let edge = look.background.mix(0.85);
        match mark {
            Mark::Line { name, points, style } => {
                let colour = self.colour(name);
                for piece in shapes::pieces(points.iter().map(place), frame) {
                    if over_image {
                        self.line(&piece, edge, look.line + 2.0 * look.scale)?;
                    }
                    // Too wound for dashes, it is told apart by being faint.
                    if *style == Stroke::Dashed && shapes::winds(&piece, frame) {
                        self.line(&piece, colour.mix(0.5), look.line)?;
                    } else {
                        self.stroke(&piece, colour, look.line, *style)?;
                    }
                }
            }
            Mark::Dots { name, points } => {
                let dots = shapes::spots(points.iter().map(place), frame);
                let edge = over_image.then_some(edge);
                self.dots(&dots, self.colour(name), edge)?;
            }
            Mark::Band { name, points } => {
                let sides = points.iter().map(|&(x, low, high)| {
                    (across(panel, frame, x), up(panel, frame, low), up(panel, frame, high))
                });
                self.polygon(&shapes::within(shapes::outline(sides), frame), self.band(name))?;
            }
            Mark::Rule { at, way, .. } => {
                let ends = match way {
                    Way::Horizontal => {
                        let y = sharp(up(panel, frame, *at));
                        [(frame.left, y), (frame.right(), y)]
                    }
                    Way::Vertical => {
                        let x = sharp(across(panel, frame, *at));
                        [(x, frame.bottom()), (x, frame.top)]
                    }
                };
                for piece in shapes::pieces(ends.into_iter(), frame) {
                    if over_image {
                        self.line(&piece, edge, look.hair + 2.0 * look.scale)?;
                    }
                    self.stroke(&piece, look.quiet.to_rgba(), look.hair, Stroke::Dashed)?;
                }
                if *way == Way::Horizontal && layout::bears_names(panel) {
                    self.rule_name(mark.name(), up(panel, frame, *at), frame)?;
                }
            }
            Mark::Image(image) => self.image(panel, image, frame)?,
        }
        Ok(())
    }

    /// The name of a reference line at its right end: above it, or below where there is no room.
    fn rule_name(&self, name: &str, y: f64, frame: &Rect) -> Drawn<S> {
        let away = 0.65 * self.look.text;
        let y = if y - 2.0 * away < frame.top { y + away } else { y - away };
        if !frame.holds((frame.left, y)) {
            return Ok(());
        }
        let at = (frame.right() - 4.0 * self.look.scale, y);
        self.text(name, at, self.plain((HPos::Right, VPos::Center)))
    }

    /// The more dots there are, the smaller; the smallest are squares, which cost little.
    fn dots(&self, dots: &[Point], colour: RGBAColor, edge: Option<RGBAColor>) -> Drawn<S> {
        let unit = self.look.scale;
        let radius = match dots.len() {
            0..=60 => 3.0,
            61..=400 => 2.0,
            401..=2000 => 1.25,
            _ => 1.0,
        } * unit;
        let colours = edge.map(|edge| (edge, radius + unit)).into_iter().chain([(colour, radius)]);
        for (colour, radius) in colours {
            if dots.len() > 400 {
                let at = dots.iter().copied().map(fine).collect();
                let reach = (radius * FINE_F) as i32;
                self.area.draw(&Specks { at, reach, style: colour.filled() })?;
                continue;
            }
            for &at in dots {
                self.dot(at, radius, colour)?;
            }
        }
        Ok(())
    }

    /// An image takes one stroke of the surface, however many values it has.
    fn image(&self, panel: &Panel, image: &Image, frame: &Rect) -> Drawn<S> {
        let (from, to) = (across(panel, frame, image.x.0), across(panel, frame, image.x.1));
        let (first, last) = (up(panel, frame, image.y.0), up(panel, frame, image.y.1));
        let (left, top) = (from.min(to), first.min(last));
        let (width, height) = ((to - from).abs(), (last - first).abs());
        let whole = Rect { left, top, width, height };
        if image.rows.checked_mul(image.columns) != Some(image.values.len()) {
            return Ok(());
        }
        let Some(seen) = whole.shared(frame).filter(|_| width.is_finite() && height.is_finite())
        else {
            return Ok(());
        };
        // Where the frame cuts through cells, the part that is seen is sampled finely.
        let cut = seen.width < width - 1e-6 || seen.height < height - 1e-6;
        let (columns, rows) = if cut {
            ((2.0 * seen.width).ceil() as usize, (2.0 * seen.height).ceil() as usize)
        } else {
            (image.columns, image.rows)
        };
        let pick =
            |place: usize, count: usize, at: f64, length: f64, start: f64, end: f64, of: usize| {
                let middle = at + length * (place as f64 + 0.5) / count as f64;
                (((middle - start) / (end - start) * of as f64) as usize).min(of - 1)
            };
        let mut rgb = Vec::with_capacity(3 * rows * columns);
        let across: Vec<usize> = (0..columns)
            .map(|column| pick(column, columns, seen.left, seen.width, from, to, image.columns))
            .collect();
        let (low, high) = image.range;
        let shades: Vec<_> =
            (0..=255).map(|n| self.look.colour(image.colours, f64::from(n) / 255.0)).collect();
        for row in 0..rows {
            let row = pick(row, rows, seen.top, seen.height, first, last, image.rows);
            for &column in &across {
                let value = (image.values[row * image.columns + column] - low) / (high - low);
                let shade = if value.is_nan() {
                    self.look.background
                } else {
                    shades[(255.0 * value.clamp(0.0, 1.0)).round() as usize]
                };
                rgb.extend([shade.0, shade.1, shade.2]);
            }
        }
        self.pixels(&seen, (columns, rows), rgb)
    }

    fn bar(&self, bar: &Bar) -> Drawn<S> {
        let (look, frame) = (&self.look, bar.frame);
        let shade = |n: usize| look.colour(bar.image.colours, 1.0 - n as f64 / 255.0);
        let rgb = (0..256).map(shade).flat_map(|shade| [shade.0, shade.1, shade.2]).collect();
        self.pixels(&frame, (1, 256), rgb)?;
        self.border(&frame)?;
        let axis = Axis::new("", bar.image.range);
        let right = frame.right();
        let mut widest = 0.0_f64;
        for tick in &bar.ticks {
            let y = frame.bottom() - frame.height * part(&axis, tick.at);
            let edge = sharp(y.min(frame.bottom() - 0.5));
            let long = 3.0 * look.scale;
            self.line(&[(right, edge), (right + long, edge)], look.axis.to_rgba(), look.hair)?;
            self.label(&tick.label, (right + long + 3.0 * look.scale, y), HPos::Left)?;
            widest = widest.max(self.label_width(&tick.label));
        }
        let lines = bar.name.len() as f64 * layout::line_height(look);
        self.turned(&bar.name, right + 8.0 * look.scale + widest + lines, frame.middle().1)
    }

    fn legend(&self, legend: &Legend) -> Drawn<S> {
        let line = 1.4 * self.look.text;
        for (row, entries) in legend.rows.iter().enumerate() {
            let y = legend.frame.top + (row as f64 + 0.5) * line;
            for entry in entries {
                self.entry(entry, (legend.frame.left + entry.left, y))?;
            }
        }
        Ok(())
    }

    fn entry(&self, entry: &Entry, (x, y): Point) -> Drawn<S> {
        let (look, colour) = (&self.look, self.colour(&entry.name));
        let wide = layout::sample(look);
        if entry.band {
            let half = 0.35 * look.text;
            let corners =
                [(x, y - half), (x + wide, y - half), (x + wide, y + half), (x, y + half)];
            self.polygon(&corners, self.band(&entry.name))?;
        }
        let ends = [(x, sharp(y)), (x + wide, sharp(y))];
        if entry.rule {
            self.stroke(&ends, look.quiet.to_rgba(), look.hair, Stroke::Dashed)?;
        }
        if let Some(style) = entry.line {
            self.stroke(&ends, colour, look.line, style)?;
        }
        if entry.dots {
            self.dot((x + wide / 2.0, y), 3.0 * look.scale, colour)?;
        }
        let setting = self.plain((HPos::Left, VPos::Center));
        let at = (x + wide + 6.0 * look.scale, y);
        self.text(&entry.name, at, Setting { quiet: false, ..setting })
    }

    fn nothing(&self, frame: &Rect) -> Drawn<S> {
        let words = "no data yet";
        if self.width(words, self.look.text, false) > frame.width {
            return Ok(());
        }
        self.text(words, frame.middle(), self.plain((HPos::Center, VPos::Center)))
    }

    fn colour(&self, name: &str) -> RGBAColor {
        let place = self.colours.iter().position(|known| *known == name).unwrap_or(0);
        self.look.series[place % self.look.series.len()].to_rgba()
    }

    fn band(&self, name: &str) -> RGBAColor {
        self.colour(name).mix(0.22)
    }

    fn plain(&self, anchor: (HPos, VPos)) -> Setting {
        Setting { size: self.look.text, bold: false, quiet: true, anchor, turned: false }
    }

    fn style(&self, setting: Setting) -> TextStyle<'static> {
        let colour = if setting.quiet { self.look.quiet } else { self.look.ink };
        let weight = if setting.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = (FontFamily::Name(theme::FAMILY), setting.size * FINE_F, weight).into_font();
        let turn = if setting.turned { FontTransform::Rotate270 } else { FontTransform::None };
        let (across, up) = setting.anchor;
        let color = colour.to_backend_color();
        TextStyle { font: font.transform(turn), color, pos: Pos::new(across, up) }
    }

    fn width(&self, text: &str, size: f64, bold: bool) -> f64 {
        let anchor = (HPos::Left, VPos::Center);
        let style = self.style(Setting { size, bold, quiet: true, anchor, turned: false });
        let measured = self.area.estimate_text_size(text, &style);
        measured.map_or_else(
            |_| layout::estimated(text, size, bold),
            |(width, _)| f64::from(width) / FINE_F,
        )
    }

    fn label_width(&self, label: &Label) -> f64 {
        layout::label_width(label, &self.look, &|text, size, bold| self.width(text, size, bold))
    }

    /// A tick's label, its power raised.
    fn label(&self, label: &Label, (x, y): Point, side: HPos) -> Drawn<S> {
        if label.power.is_empty() {
            return self.text(&label.base, (x, y), self.plain((side, VPos::Center)));
        }
        let left = x - match side {
            HPos::Left => 0.0,
            HPos::Center => self.label_width(label) / 2.0,
            HPos::Right => self.label_width(label),
        };
        // Both parts meet at one point, so that they never overlap, however wide the font is.
        let seam = left + self.width(&label.base, self.look.text, false);
        let (base, power) = ((HPos::Right, VPos::Center), (HPos::Left, VPos::Center));
        self.text(&label.base, (seam, y), self.plain(base))?;
        let size = layout::RAISED * self.look.text;
        self.text(
            &label.power,
            (seam, y - 0.4 * self.look.text),
            Setting { size, ..self.plain(power) },
        )
    }

    fn text(&self, text: &str, at: Point, setting: Setting) -> Drawn<S> {
        self.area.draw(&Text::new(text, fine(at), self.style(setting)))
    }

    fn line(&self, points: &[Point], colour: RGBAColor, width: f64) -> Drawn<S> {
        let style = colour.stroke_width((width * FINE_F).round() as u32);
        let points: Vec<_> = points.iter().copied().map(fine).collect();
        self.area.draw(&PathElement::new(points, style))
    }

    fn stroke(&self, line: &[Point], colour: RGBAColor, width: f64, style: Stroke) -> Drawn<S> {
        if style == Stroke::Solid {
            return self.line(line, colour, width);
        }
        let points = line.iter().copied().map(fine).collect();
        let style = colour.stroke_width((width * FINE_F).round() as u32);
        let dash = [5.0, 3.5].map(|length| (length * self.look.scale * FINE_F) as u32);
        self.area.draw(&Dashed { points, style, dash: (dash[0], dash[1]) })
    }

    fn dot(&self, at: Point, radius: f64, colour: RGBAColor) -> Drawn<S> {
        self.area.draw(&Circle::new(fine(at), (radius * FINE_F) as i32, colour.filled()))
    }

    fn polygon(&self, corners: &[Point], colour: RGBAColor) -> Drawn<S> {
        let corners: Vec<_> = corners.iter().copied().map(fine).collect();
        if corners.len() < 3 {
            return Ok(());
        }
        self.area.draw(&Polygon::new(corners, colour.filled()))
    }

    fn pixels(&self, place: &Rect, cells: (usize, usize), rgb: Vec<u8>) -> Drawn<S> {
        let (from, to) = (fine((place.left, place.top)), fine((place.right(), place.bottom())));
        let size = ((to.0 - from.0) as u32, (to.1 - from.1) as u32);
        self.area.draw(&Pixels { at: from, size, cells, rgb })
    }
}

/// Long ticks where numbers stand, short ones between.
fn with_length<'a>(
    labelled: &'a [ticks::Tick],
    between: &'a [f64],
    long: f64,
) -> impl Iterator<Item = (f64, f64)> + 'a {
    let labelled = labelled.iter().map(move |tick| (tick.at, long));
    labelled.chain(between.iter().map(move |&at| (at, 0.55 * long)))
}

fn across(panel: &Panel, frame: &Rect, value: f64) -> f64 {
    frame.left + frame.width * part(&panel.x, value)
}

fn up(panel: &Panel, frame: &Rect, value: f64) -> f64 {
    frame.bottom() - frame.height * part(&panel.y, value)
}

/// What plotters has no elements for.
struct Dashed {
    points: Vec<BackendCoord>,
    style: ShapeStyle,
    dash: (u32, u32),
}

struct Specks {
    at: Vec<BackendCoord>,
    reach: i32,
    style: ShapeStyle,
}

/// A matrix of colours.
struct Pixels {
    at: BackendCoord,
    size: (u32, u32),
    cells: (usize, usize),
    rgb: Vec<u8>,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Dashed {
    type Point = &'a BackendCoord;
    type IntoIter = &'a [BackendCoord];

    fn point_iter(self) -> Self::IntoIter {
        &self.points
    }
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Specks {
    type Point = &'a BackendCoord;
    type IntoIter = &'a [BackendCoord];

    fn point_iter(self) -> Self::IntoIter {
        &self.at
    }
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Pixels {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Once<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

type Outcome<S> = Result<(), DrawingErrorKind<<S as DrawingBackend>::ErrorType>>;

impl<S: Surface> Drawable<S> for Dashed {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        surface: &mut S,
        _: (u32, u32),
    ) -> Outcome<S> {
        let points: Vec<_> = points.collect();
        surface.dash(&points, &self.style, self.dash)
    }
}

impl<S: Surface> Drawable<S> for Specks {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        surface: &mut S,
        _: (u32, u32),
    ) -> Outcome<S> {
        let points: Vec<_> = points.collect();
        surface.specks(&points, self.reach, &self.style)
    }
}

impl<S: Surface> Drawable<S> for Pixels {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut points: I,
        surface: &mut S,
        _: (u32, u32),
    ) -> Outcome<S> {
        let Some((left, top)) = points.next() else { return Ok(()) };
        surface.enlarge((left, top, self.size.0, self.size.1), self.cells, &self.rgb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Remembers where ink fell, and draws nothing.
    #[derive(Default)]
    struct Sheet {
        size: (u32, u32),
        words: Vec<(String, BackendCoord)>,
        rects: usize,
        reach: Vec<BackendCoord>,
    }

    impl DrawingBackend for &mut Sheet {
        type ErrorType = Infallible;

        fn get_size(&self) -> (u32, u32) {
            self.size
        }

        fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Infallible>> {
            Ok(())
        }

        fn present(&mut self) -> Result<(), DrawingErrorKind<Infallible>> {
            Ok(())
        }

        fn draw_pixel(
            &mut self,
            at: BackendCoord,
            _: plotters_backend::BackendColor,
        ) -> Result<(), DrawingErrorKind<Infallible>> {
            self.reach.push(at);
            Ok(())
        }

        fn draw_rect<T: plotters_backend::BackendStyle>(
            &mut self,
            from: BackendCoord,
            to: BackendCoord,
            _: &T,
            _: bool,
        ) -> Result<(), DrawingErrorKind<Infallible>> {
            self.rects += 1;
            self.reach.extend([from, to]);
            Ok(())
        }

        fn draw_path<T: plotters_backend::BackendStyle, I: IntoIterator<Item = BackendCoord>>(
            &mut self,
            path: I,
            _: &T,
        ) -> Result<(), DrawingErrorKind<Infallible>> {
            self.reach.extend(path);
            Ok(())
        }

        fn fill_polygon<T: plotters_backend::BackendStyle, I: IntoIterator<Item = BackendCoord>>(
            &mut self,
            corners: I,
            _: &T,
        ) -> Result<(), DrawingErrorKind<Infallible>> {
            self.reach.extend(corners);
            Ok(())
        }

        fn draw_circle<T: plotters_backend::BackendStyle>(
            &mut self,
            at: BackendCoord,
            _: u32,
            _: &T,
            _: bool,
        ) -> Result<(), DrawingErrorKind<Infallible>> {
            self.reach.push(at);
            Ok(())
        }

        fn draw_text<T: plotters_backend::BackendTextStyle>(
            &mut self,
            text: &str,
            _: &T,
            at: BackendCoord,
        ) -> Result<(), DrawingErrorKind<Infallible>> {
            self.words.push((text.to_owned(), at));
            Ok(())
        }

        fn estimate_text_size<T: plotters_backend::BackendTextStyle>(
            &self,
            text: &str,
            style: &T,
        ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
            Ok((layout::estimated(text, style.size(), false) as u32, style.size() as u32))
        }
    }

    impl Surface for &mut Sheet {}

    fn drawn_at(figure: &Figure, theme: Theme, width: f64, height: f64) -> Sheet {
        let size = ((width * FINE_F) as u32, (height * FINE_F) as u32);
        let mut sheet = Sheet { size, ..Sheet::default() };
        draw(figure, &plotters::prelude::IntoDrawingArea::into_drawing_area(&mut sheet), theme)
            .expect("a sheet takes everything");
        sheet
    }

    fn drawn(figure: &Figure) -> Sheet {
        let height = aspect(figure, Theme::Light, 600.0);
        drawn_at(figure, Theme::Light, 600.0, height)
    }

    impl Sheet {
        fn says(&self, word: &str) -> bool {
            self.words.iter().any(|(text, _)| text == word)
        }
    }

    fn unit() -> Axis {
        Axis::new("x (s)", (0.0, 1.0))
    }

    fn one(panel: Panel) -> Figure {
        Figure::new("f", "F", "").with(panel)
    }

    #[test]
    fn what_is_empty_or_broken_is_an_empty_frame_that_says_so() {
        let line = || Mark::line("a", vec![(0.0, 0.0), (1.0, 1.0)]);
        let broken = |range| Panel::new("", Axis::new("", range), unit()).with(line());
        for figure in [
            Figure::new("f", "", ""),
            Figure::new("f", "", "").columns(0),
            one(Panel::new("", unit(), unit())),
            one(Panel::new("", unit(), unit()).with(Mark::line("a", vec![]))),
            one(Panel::new("", unit(), unit()).with(Image::new("", 0, 0, vec![]).bar())),
            one(broken((f64::NAN, 1.0))),
            one(broken((1.0, 1.0))),
            one(broken((f64::NEG_INFINITY, f64::INFINITY))),
            one(broken((f64::MIN, f64::MAX))),
            one(Panel::new("", Axis::log("", (0.0, 1.0)), unit()).with(line())),
        ] {
            assert!(drawn(&figure).says("no data yet"), "{figure:?}");
        }
    }

    #[test]
    fn no_value_and_no_size_makes_it_panic() {
        let odd = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 5e-324, -0.0, 1.0];
        let points: Vec<_> = odd.iter().flat_map(|&x| odd.map(|y| (x, y))).collect();
        let bands = points.iter().map(|&(x, y)| (x, y, -y)).collect();
        let mut image = Image::new("w", 7, 7, points.iter().map(|point| point.1).collect()).bar();
        let mut panel = Panel::new("title", unit(), Axis::log("y", (1e-300, 1e300)).descending())
            .with(Mark::band("b", bands))
            .with(Mark::line("l", points.clone()))
            .with(Mark::dashed("d", points.clone()))
            .with(Mark::dots("o", points))
            .with(Mark::horizontal("h", f64::NAN))
            .with(Mark::vertical("v", 0.5));
        for ends in [(0.0, 7.0), (0.0, f64::NAN), (f64::MIN, f64::MAX), (0.3, 0.3)] {
            (image.x, image.range) = (ends, ends);
            panel = panel.with(image.clone());
        }
        image.rows = usize::MAX;
        panel = panel.with(image);
        let figure = one(panel.clone()).columns(3).with(panel.clone()).with(panel);
        for theme in [Theme::Light, Theme::Dark, Theme::Projector] {
            for (width, height) in [(1.0, 1.0), (40.0, 900.0), (360.0, 20.0), (2000.0, 500.0)] {
                let _ = drawn_at(&figure, theme, width, height);
                assert!(aspect(&figure, theme, width).is_finite());
            }
        }
    }

    #[test]
    fn a_descending_axis_puts_its_beginning_at_the_top() {
        let axis = Axis::new("row", (0.0, 10.0)).descending();
        let sheet =
            drawn(&one(Panel::new("", unit(), axis).with(Mark::dots("", vec![(0.5, 0.0)]))));
        let height = |word: &str| sheet.words.iter().find(|(text, _)| text == word).unwrap().1.1;
        assert!(height("10") > height("2"));
    }

    #[test]
    fn the_first_row_of_an_image_is_on_top_of_a_descending_axis() {
        let image = Image::new("w", 2, 1, vec![0.0, 1.0]);
        let panel =
            Panel::new("", Axis::new("", (0.0, 1.0)), Axis::new("", (2.0, 0.0))).with(image);
        let text = svg(&one(panel), Theme::Light);
        let data = text.split("base64,").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let file = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).unwrap();
        let at = file.windows(4).position(|name| name == b"IDAT").unwrap();
        let lines = miniz_oxide::inflate::decompress_to_vec_zlib(&file[at + 4..]).unwrap();
        // Viridis runs from dark violet to yellow.
        assert_eq!(lines, [0, 0x44, 0x01, 0x54, 0, 0xFD, 0xE7, 0x25]);
    }

    #[test]
    fn a_legend_appears_when_there_is_something_to_tell_apart() {
        let line = |name: &str| Mark::line(name, vec![(0.0, 0.0), (1.0, 1.0)]);
        let alone = Panel::new("", unit(), unit()).with(line("rate"));
        assert!(!drawn(&one(alone.clone())).says("rate"));
        assert!(drawn(&one(alone.clone().with(line("truth")))).says("rate"));
        let spread = Mark::band("rate", vec![(0.0, 0.0, 1.0), (1.0, 0.0, 1.0)]);
        assert!(!drawn(&one(alone.with(spread))).says("rate"));
    }

    #[test]
    fn panels_with_the_same_names_share_one_legend() {
        let panel = || {
            let line = |name: &str| Mark::line(name, vec![(0.0, 0.0), (1.0, 1.0)]);
            Panel::new("", unit(), unit()).with(line("model")).with(line("truth"))
        };
        let sheet = drawn(&one(panel()).columns(2).with(panel()));
        assert_eq!(sheet.words.iter().filter(|(text, _)| text == "truth").count(), 1);
    }

    #[test]
    fn panels_of_the_same_quantity_share_one_colour_bar() {
        let panel = |high| {
            let image = Image::new("rate (Hz)", 1, 2, vec![0.0, 1.0]).between(0.0, high).bar();
            Panel::new("", unit(), unit()).with(image)
        };
        let bars = |figure: &Figure| {
            drawn(figure).words.iter().filter(|(text, _)| text == "rate (Hz)").count()
        };
        assert_eq!(bars(&one(panel(1.0)).columns(2).with(panel(1.0))), 1);
        assert_eq!(bars(&one(panel(1.0)).columns(2).with(panel(2.0))), 2);
    }

    #[test]
    fn nothing_is_drawn_beyond_the_sheet() {
        let line = (0..200).map(|n| (f64::from(n) / 50.0 - 1.0, f64::from(n % 7) - 3.0)).collect();
        let figure = one(Panel::new("a", unit(), unit()).with(Mark::line("", line)));
        for width in [200.0, 360.0, 1200.0] {
            let height = aspect(&figure, Theme::Light, width);
            let sheet = drawn_at(&figure, Theme::Light, width, height);
            let (right, bottom) = ((width * FINE_F) as i32, (height * FINE_F) as i32);
            let inside =
                |&(x, y): &BackendCoord| (0..=right).contains(&x) && (0..=bottom).contains(&y);
            assert!(sheet.reach.iter().all(inside));
            assert!(sheet.words.iter().all(|(_, at)| inside(at)), "{:?}", sheet.words);
        }
    }

    #[test]
    fn a_matrix_of_neurons_is_square() {
        let image = Image::new("w", 50, 50, vec![0.0; 2500]);
        let axis = || Axis::new("neuron", (0.0, 50.0));
        let figure = one(Panel::new("", axis(), axis().descending()).with(image));
        let look = Theme::Light.look();
        let sheet = layout::arrange(&figure, 500.0, None, &look, &layout::estimated);
        let frame = sheet.boxes[0].frame;
        assert!((frame.width - frame.height).abs() <= 1.0 && frame.width > 300.0, "{frame:?}");
    }
}
