//! An angle as the activity of a few channels, of which the two nearest share it.

use super::Sheet;
use std::f64::consts::TAU;
use std::ops::Range;

/// Writes `angle` into `channels` from `first` on: with their centres at 2πk/K, an angle between
/// two of them, v of the way, gives (1 − v, v).
pub(super) fn write(
    sheet: &mut Sheet,
    first: usize,
    channels: usize,
    steps: Range<usize>,
    angle: f64,
) {
    let place = angle.rem_euclid(TAU) / TAU * channels as f64;
    // Just below a whole turn the quotient can round up to it.
    let centre = place.floor();
    let part = (place - centre) as f32;
    let centre = centre as usize % channels;
    sheet.fill(first + centre, steps.clone(), 1.0 - part);
    sheet.fill(first + (centre + 1) % channels, steps, part);
}
