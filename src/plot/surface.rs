//! What figures are drawn on: a plotters backend with a fine grid, asked for a few things more.

use super::shapes::dashes;
use plotters::prelude::{DrawingBackend, RGBColor};
use plotters::style::Color;
use plotters_backend::{BackendCoord, BackendStyle, DrawingErrorKind};

/// Steps of a backend's whole-number coordinates in one CSS pixel.
///
/// Plotters places everything on whole numbers. Were they pixels, a slow curve would climb in
/// stairs; so a surface reports its size in tenths of a pixel and scales what it is given.
pub const FINE: i32 = 10;

/// A rectangle in a surface's coordinates: left, top, width, height.
pub type Place = (i32, i32, u32, u32);

/// A plotters backend on which a figure can be drawn; its size is in [`FINE`] parts of a pixel.
///
/// What it provides works on any backend; one that knows dashes or images does better.
pub trait Surface: DrawingBackend {
    /// Strokes `path` in dashes `on` long and `off` apart.
    ///
    /// # Errors
    /// Whatever the backend could not draw.
    fn dash<S: BackendStyle>(
        &mut self,
        path: &[BackendCoord],
        style: &S,
        (on, off): (u32, u32),
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let path: Vec<_> = path.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
        for dash in dashes(&path, f64::from(on), f64::from(off)) {
            let dash = dash.into_iter().map(|(x, y)| (x.round() as i32, y.round() as i32));
            self.draw_path(dash, style)?;
        }
        Ok(())
    }

    /// Fills a small square around each of `middles`, `reach` to every side.
    ///
    /// # Errors
    /// Whatever the backend could not draw.
    fn specks<S: BackendStyle>(
        &mut self,
        middles: &[BackendCoord],
        reach: i32,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        for &(x, y) in middles {
            self.draw_rect((x - reach, y - reach), (x + reach, y + reach), style, true)?;
        }
        Ok(())
    }

    /// Fills `place` with `rows` × `columns` even cells, given as red, green, blue, row by row.
    ///
    /// Plotters' own `blit_bitmap` cannot enlarge. This does so with a rectangle a cell.
    ///
    /// # Errors
    /// Whatever the backend could not draw.
    fn enlarge(
        &mut self,
        place: Place,
        (columns, rows): (usize, usize),
        rgb: &[u8],
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let (left, top, width, height) = place;
        let edge = |length: u32, cell: usize, count: usize| {
            (f64::from(length) * cell as f64 / count as f64).round() as i32
        };
        for (cell, colour) in rgb.chunks_exact(3).take(columns * rows).enumerate() {
            let (row, column) = (cell / columns, cell % columns);
            let from = (left + edge(width, column, columns), top + edge(height, row, rows));
            let to = (left + edge(width, column + 1, columns), top + edge(height, row + 1, rows));
            let colour = RGBColor(colour[0], colour[1], colour[2]).filled();
            self.draw_rect(from, to, &colour, true)?;
        }
        Ok(())
    }
}
