//! Figures as SVG files: sub-pixel places, images as PNG within, title and description for readers.
//!
//! Plotters' own SVG backend knows only whole pixels, has no images on wasm, and no place for a
//! title; a backend is a page of code.

use super::surface::{FINE, Place, Surface};
use super::theme::FAMILY;
use super::{Theme, aspect, draw, layout};
use crate::lab::Figure;
use base64::{Engine, prelude::BASE64_STANDARD};
use miniz_oxide::deflate::compress_to_vec_zlib;
use plotters::prelude::{DrawingBackend, IntoDrawingArea};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
    FontTransform,
};
use std::convert::Infallible;
use std::fmt::{Display, Write};

/// The figure as an SVG document that looks right on its own: its background is filled, and its
/// title and summary are in it for whoever cannot see it.
#[must_use]
pub fn svg(figure: &Figure, theme: Theme) -> String {
    let scale = theme.look().scale;
    let wide = figure.columns.min(figure.panels.len()) > 2 || figure.table.is_some();
    let width = (if wide { 960.0 } else { 640.0 }) * scale;
    let height = aspect(figure, theme, width);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title summary\" \
         font-family=\"{FAMILY}\" stroke-linejoin=\"round\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"summary\">{}</desc>\n",
        escaped(&figure.title),
        escaped(&figure.summary)
    );
    let size = ((width * f64::from(FINE)) as u32, (height * f64::from(FINE)) as u32);
    let drawn = draw(figure, &Svg { text: &mut text, size }.into_drawing_area(), theme);
    debug_assert!(drawn.is_ok(), "nothing can go wrong when writing into a string");
    text.push_str("</svg>\n");
    text
}

/// Writes what is drawn into a string.
struct Svg<'a> {
    text: &'a mut String,
    size: (u32, u32),
}

/// A length in [`FINE`] parts, written in pixels.
struct Pixels(i64);

impl Display for Pixels {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fine = i64::from(FINE);
        let (sign, whole) = (if self.0 < 0 { "-" } else { "" }, self.0.abs() / fine);
        match self.0.abs() % fine {
            0 => write!(out, "{sign}{whole}"),
            part => write!(out, "{sign}{whole}.{part}"),
        }
    }
}

fn px(length: impl Into<i64>) -> Pixels {
    Pixels(length.into())
}

/// What XML needs escaped, and without what XML does not allow at all.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => safe.push(other),
        }
    }
    safe
}

/// ` fill="#0072b2"`, with its opacity if it has one.
fn paint(what: &str, colour: BackendColor) -> String {
    let (r, g, b) = colour.rgb;
    let mut text = format!(" {what}=\"#{r:02x}{g:02x}{b:02x}\"");
    if colour.alpha < 1.0 {
        let _ = write!(text, " {what}-opacity=\"{:.2}\"", colour.alpha);
    }
    text
}

fn ink<S: BackendStyle>(style: &S, fill: bool) -> String {
    if fill {
        return paint("fill", style.color());
    }
    let width = px(style.stroke_width());
    format!(" fill=\"none\"{} stroke-width=\"{width}\"", paint("stroke", style.color()))
}

type Written = Result<(), DrawingErrorKind<Infallible>>;

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    path.into_iter().fold(String::new(), |mut points, (x, y)| {
        let space = if points.is_empty() { "" } else { " " };
        let _ = write!(points, "{space}{},{}", px(x), px(y));
        points
    })
}

impl DrawingBackend for Svg<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Written {
        Ok(())
    }

    fn present(&mut self) -> Written {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Written {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Written {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Written {
        let (x, y, width, height) = (px(left), px(top), px(right - left), px(bottom - top));
        let ink = ink(style, fill);
        let _ = writeln!(
            self.text,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{ink}/>"
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Written {
        let _ = writeln!(self.text, "<polyline points=\"{}\"{}/>", points(path), ink(style, false));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Written {
        let _ =
            writeln!(self.text, "<polygon points=\"{}\"{}/>", points(corners), ink(style, true));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Written {
        let (x, y, r, ink) = (px(x), px(y), px(radius), ink(style, fill));
        let _ = writeln!(self.text, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{ink}/>");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Written {
        let size = style.size() / f64::from(FINE);
        // Where a canvas would put the baseline: the middle of a line is a third above it.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.9,
            VPos::Center => 0.35,
            VPos::Bottom => -0.21,
        } * size;
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let weight = match style.style() {
            FontStyle::Bold => " font-weight=\"bold\"",
            _ => "",
        };
        let (x, y) = (px(x), px(y));
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {x} {y})\""),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {x} {y})\""),
            FontTransform::Rotate270 => format!(" transform=\"rotate(-90 {x} {y})\""),
        };
        let (ink, text) = (paint("fill", style.color()), escaped(text));
        let _ = writeln!(
            self.text,
            "<text x=\"{x}\" y=\"{y}\" dy=\"{down:.1}\" font-size=\"{size}\" \
             text-anchor=\"{anchor}\"{weight}{turn}{ink}>{text}</text>"
        );
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        Ok((layout::estimated(text, style.size(), bold) as u32, style.size() as u32))
    }
}

impl Surface for Svg<'_> {
    fn dash<S: BackendStyle>(
        &mut self,
        path: &[BackendCoord],
        style: &S,
        (on, off): (u32, u32),
    ) -> Written {
        let (points, ink) = (points(path.iter().copied()), ink(style, false));
        let (on, off) = (px(on), px(off));
        let _ = writeln!(
            self.text,
            "<polyline points=\"{points}\"{ink} stroke-dasharray=\"{on} {off}\"/>"
        );
        Ok(())
    }

    fn enlarge(
        &mut self,
        (left, top, width, height): Place,
        (columns, rows): (usize, usize),
        rgb: &[u8],
    ) -> Written {
        let (x, y, width, height) = (px(left), px(top), px(width), px(height));
        let data = BASE64_STANDARD.encode(png(columns as u32, rows as u32, rgb));
        let _ = writeln!(
            self.text,
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
             preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{data}\"/>"
        );
        Ok(())
    }
}

/// A PNG of 8 bits a colour (ISO/IEC 15948).
fn png(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(rgb.len() + height as usize);
    for line in rgb.chunks(3 * width.max(1) as usize) {
        // Every line begins with how it was filtered: not at all.
        lines.push(0);
        lines.extend_from_slice(line);
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // Eight bits, true colour, and the only compression, filtering and interlacing to speak of.
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in
        [(b"IHDR", header), (b"IDAT", compress_to_vec_zlib(&lines, 6)), (b"IEND", Vec::new())]
    {
        file.extend((data.len() as u32).to_be_bytes());
        let start = file.len();
        file.extend(name);
        file.extend(data);
        let sum = crc32fast::hash(&file[start..]);
        file.extend(sum.to_be_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Axis, Image, Mark, Panel};

    fn figure() -> Figure {
        let axis = |label: &str| Axis::new(label, (0.0, 2.0));
        let image = Image::new("w <&> \"w\"", 2, 2, vec![0.0, 1.0, 2.0, 3.0]).bar();
        Figure::new("f", "a < b & \"c\"", "It\u{1} says\n<b>so</b>.")
            .with(Panel::new("p & q", axis("x < y"), axis("']]>")).with(image))
            .with(
                Panel::new("", axis(""), axis(""))
                    .with(Mark::line("", vec![(0.0, 1.0), (2.0, 0.5)])),
            )
    }

    /// Every tag closes, in order, and nothing else is between angle brackets.
    fn well_formed(text: &str) -> bool {
        let mut open = Vec::new();
        for tag in text.split('<').skip(1) {
            let Some((tag, content)) = tag.split_once('>') else { return false };
            let balanced = tag.matches('"').count() % 2 == 0 && !content.contains('>');
            let name = tag.split([' ', '/']).next().unwrap_or("");
            match tag.strip_prefix('/') {
                Some(name) if open.pop() == Some(name) => {}
                Some(_) => return false,
                None if tag.ends_with('/') => {}
                None => open.push(name),
            }
            if !balanced {
                return false;
            }
        }
        open.is_empty()
    }

    #[test]
    fn the_document_is_well_formed_whatever_the_titles_are() {
        for theme in [Theme::Light, Theme::Dark, Theme::Projector] {
            let text = svg(&figure(), theme);
            assert!(well_formed(&text), "{text}");
            assert!(text.contains("<title id=\"title\">a &lt; b &amp; &quot;c&quot;</title>"));
            assert!(text.contains("<desc id=\"summary\">It says &lt;b&gt;so&lt;/b&gt;.</desc>"));
            assert!(text.contains("viewBox=\"0 0 "));
        }
        assert!(!well_formed("<svg><g></svg>") && !well_formed("<svg a=\"></svg>"));
    }

    #[test]
    fn a_matrix_is_one_image_and_lines_keep_their_fractions() {
        let text = svg(&figure(), Theme::Light);
        // The matrix and its colour bar.
        assert_eq!(text.matches("<image ").count(), 2);
        let line = text.split("<polyline points=\"").find(|line| line.contains("#0072b2"));
        assert!(line.is_some_and(|line| line.split('"').next().unwrap_or("").contains('.')));
    }

    #[test]
    fn a_png_holds_its_pixels() {
        let rgb = [255, 0, 0, 0, 255, 0];
        let file = png(2, 1, &rgb);
        let at = file.windows(4).position(|name| name == b"IDAT").unwrap();
        let length = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
        let data = &file[at + 4..at + 4 + length];
        let lines = miniz_oxide::inflate::decompress_to_vec_zlib(data).unwrap();
        assert_eq!(lines, [&[0], &rgb[..]].concat());
        assert!(file.ends_with(b"IEND\xae\x42\x60\x82"));
    }

    #[test]
    fn lengths_are_written_in_pixels() {
        let texts = [0, 5, 10, -15, 12345].map(|length: i32| px(length).to_string());
        assert_eq!(texts, ["0", "0.5", "1", "-1.5", "1234.5"]);
    }
}
