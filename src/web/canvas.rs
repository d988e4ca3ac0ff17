//! Figures on a canvas: sharp on any screen, measured without touching the page.
//!
//! Plotters measures text by hanging an element with a `style` attribute into the document, which
//! a strict Content-Security-Policy forbids and which makes the browser lay out the page once a
//! label; here the canvas itself is asked. And plotters counts in the canvas's own pixels; here the
//! canvas is scaled by the screen's pixel ratio, and by the fine grid of a [`Surface`].

use crate::lab::Figure;
use crate::plot::{self, FINE, Place, Surface, Theme};
use crate::{Error, Result};
use plotters::prelude::{DrawingBackend, IntoDrawingArea};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// The largest side of a canvas that every browser still shows, in device pixels.
const LARGEST: f64 = 8192.0;

/// Points a line is stroked at a time: a canvas takes many short lines five times as fast as one
/// long line that runs to and fro over itself.
const PIECE: usize = 64;

/// Draws `figure` over all of `canvas`, `width` × `height` CSS pixels on a screen that has `ratio`
/// device pixels to each; sets the canvas's own size to match.
///
/// # Errors
/// [`Error::BadValue`] if the size is none; [`Error::Write`] if the canvas cannot be drawn on.
pub(super) fn draw(
    canvas: &HtmlCanvasElement,
    figure: &Figure,
    theme: Theme,
    (width, height): (f64, f64),
    ratio: f64,
) -> Result<()> {
    for (key, value) in [("width", width), ("height", height), ("ratio", ratio)] {
        if !(value.is_finite() && value > 0.0) {
            let (key, value) = (format!("the {key} of a figure"), value.to_string());
            return Err(Error::BadValue { key, value, allowed: "a positive number".into() });
        }
    }
    let ratio = ratio.min(LARGEST / width.max(height));
    // Setting its size also wipes a canvas and forgets its state.
    canvas.set_width(((width * ratio).round() as u32).max(1));
    canvas.set_height(((height * ratio).round() as u32).max(1));
    let scale = ratio / f64::from(FINE);
    let surface = Canvas::new(canvas.clone(), (width, height), scale)
        .ok_or_else(|| stopped("this canvas has no 2d context"))?;
    plot::draw(figure, &surface.into_drawing_area(), theme)
        .map_err(|error| stopped(&error.to_string()))
}

fn stopped(why: &str) -> Error {
    Error::Write { what: "the figure".into(), why: why.into() }
}

/// Plotters' canvas, with a size in parts of CSS pixels, text measured by the canvas, and images.
struct Canvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    /// Device pixels in one step of the fine grid.
    scale: f64,
}

impl Canvas {
    fn new(canvas: HtmlCanvasElement, (width, height): (f64, f64), scale: f64) -> Option<Self> {
        let fine = |length: f64| (length * f64::from(FINE)).round() as u32;
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let inner = CanvasBackend::with_canvas_object(canvas)?;
        context.set_line_join("bevel");
        context.scale(scale, scale).ok()?;
        Some(Self { inner, context, size: (fine(width), fine(height)), scale })
    }

    /// The cells at their own size, on a canvas of their own.
    fn cells((columns, rows): (usize, usize), rgb: &[u8]) -> Result<HtmlCanvasElement, JsValue> {
        let opaque: Vec<u8> = rgb.chunks_exact(3).flat_map(|c| [c[0], c[1], c[2], 255]).collect();
        let (columns, rows) = (columns as u32, rows as u32);
        let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&opaque), columns, rows)?;
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.ok_or_else(|| JsValue::from_str("no document"))?;
        let cells: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
        cells.set_width(columns);
        cells.set_height(rows);
        let context = cells.get_context("2d")?.ok_or_else(|| JsValue::from_str("no 2d context"))?;
        context.dyn_into::<CanvasRenderingContext2d>()?.put_image_data(&data, 0.0, 0.0)?;
        Ok(cells)
    }
}

type Kind = <CanvasBackend as DrawingBackend>::ErrorType;
type Drawn<T = ()> = std::result::Result<T, DrawingErrorKind<Kind>>;

impl DrawingBackend for Canvas {
    type ErrorType = Kind;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Drawn {
        self.inner.present()
    }

    fn draw_pixel(&mut self, at: BackendCoord, colour: BackendColor) -> Drawn {
        self.inner.draw_pixel(at, colour)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.inner.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.inner.draw_rect(from, to, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let path: Vec<_> = path.into_iter().collect();
        let mut start = 0;
        while start + 1 < path.len() {
            let end = (start + PIECE).min(path.len());
            // One point further back than the last piece ended, so that the join is drawn.
            self.inner.draw_path(path[start.saturating_sub(1)..end].iter().copied(), style)?;
            start = end - 1;
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.inner.fill_polygon(corners, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        middle: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.inner.draw_circle(middle, radius, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        self.inner.draw_text(text, style, at)
    }

    fn estimate_text_size<S: BackendTextStyle>(&self, text: &str, style: &S) -> Drawn<(u32, u32)> {
        let (weight, family) = (style.style(), style.family());
        self.context.set_font(&format!(
            "{} {}px {}",
            weight.as_str(),
            style.size(),
            family.as_str()
        ));
        let width = self.context.measure_text(text).map_or(0.0, |metrics| metrics.width());
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}

impl Surface for Canvas {
    fn specks<S: BackendStyle>(
        &mut self,
        middles: &[BackendCoord],
        reach: i32,
        style: &S,
    ) -> Drawn {
        // The first one sets the colour, whose text costs more than the square.
        let Some((&(x, y), others)) = middles.split_first() else { return Ok(()) };
        self.inner.draw_rect((x - reach, y - reach), (x + reach, y + reach), style, true)?;
        let (reach, side) = (f64::from(reach), f64::from(2 * reach));
        for &(x, y) in others {
            self.context.fill_rect(f64::from(x) - reach, f64::from(y) - reach, side, side);
        }
        Ok(())
    }

    fn enlarge(
        &mut self,
        (left, top, width, height): Place,
        (columns, rows): (usize, usize),
        rgb: &[u8],
    ) -> Drawn {
        let [x, y] = [left, top].map(f64::from);
        let [w, h] = [width, height].map(f64::from);
        // Cells stay sharp when enlarged; more cells than pixels are averaged.
        let pixels = |length: f64| length * self.scale;
        let dense = columns as f64 > pixels(w) || rows as f64 > pixels(h);
        self.context.set_image_smoothing_enabled(dense);
        // A cell that cannot be drawn leaves a hole, not a figure without its other panels.
        if let Ok(cells) = Self::cells((columns, rows), rgb) {
            let _ =
                self.context.draw_image_with_html_canvas_element_and_dw_and_dh(&cells, x, y, w, h);
        }
        Ok(())
    }
}
