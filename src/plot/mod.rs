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
    PathElement, Polygon, RGBAColor, Text, TextStyle,
};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendCoord, DrawingErrorKind};
use shapes::{Point, Rect};
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
                    self.stroke(&piece, colour, look.line, *style)?;
                }
            }
            Mark::Dots { name, points } => {
                let dots = shapes::spots(points.iter().map(place), frame);
                let radius = look.scale
                    * match dots.len() {
                        0..=60 => 3.0,
                        61..=400 => 2.0,
                        401..=2000 => 1.4,
                        _ => 1.0,
                    };
                if over_image {
                    for &dot in &dots {
                        self.dot(dot, radius + look.scale, edge)?;
                    }
                }
                for &dot in &dots {
                    self.dot(dot, radius, self.colour(name))?;
                }
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
            }
            Mark::Image(image) => self.image(panel, image, frame)?,
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
        let unit = self.look.scale;
        for dash in shapes::dashes(line, 5.0 * unit, 3.5 * unit) {
            self.line(&dash, colour, width)?;
        }
        Ok(())
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

/// A matrix of colours, as an element that plotters can draw on a [`Surface`].
struct Pixels {
    at: BackendCoord,
    size: (u32, u32),
    cells: (usize, usize),
    rgb: Vec<u8>,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Pixels {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Once<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<S: Surface> Drawable<S> for Pixels {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        surface: &mut S,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<S::ErrorType>> {
        for (left, top) in points {
            let place = (left, top, self.size.0, self.size.1);
            surface.enlarge(place, self.cells, &self.rgb)?;
        }
        Ok(())
    }
}
