//! The eigenvalues of the recurrent weights, at first and now.

use crate::Result;
use crate::lab::{Axis, Figure, Mark, Panel};
use crate::math::eigen;
use crate::models::rate_network::RateNetwork;
use std::f64::consts::TAU;

/// Both sets in the complex plane, with the circle that the first fill.
///
/// # Errors
/// When there are no eigenvalues to be found.
pub fn spectrum(first: &RateNetwork, now: &RateNetwork) -> Result<Figure> {
    let points = |network: &RateNetwork| -> Result<Vec<(f64, f64)>> {
        let values = eigen::values(network.recurrent.view())?;
        Ok(values.into_iter().map(|value| (value.re, value.im)).collect())
    };
    let (before, after) = (points(first)?, points(now)?);
    let radius = before.iter().map(|&(re, im)| libm::hypot(re, im)).fold(0.0, f64::max);
    let circle: Vec<_> = (0..=128)
        .map(|k| libm::sincos(TAU * f64::from(k) / 128.0))
        .map(|(sin, cos)| (radius * cos, radius * sin))
        .collect();
    let all = || before.iter().chain(&after).chain(&circle);
    let x = Axis::around("real part", all().map(|point| point.0));
    let y = Axis::around("imaginary part", all().map(|point| point.1));
    let outside = after.iter().filter(|&&(re, im)| libm::hypot(re, im) > radius).count();
    let summary = format!(
        "The eigenvalues of the weights between units. At first they fill a disc of radius \
         {radius:.2}; now {outside} of {} lie outside it. Training changes the weights in few \
         directions.",
        after.len()
    );
    Ok(Figure::new("spectrum", "The eigenvalues of the weights", summary).with(
        Panel::new("", x, y)
            .with(Mark::dashed("", circle))
            .with(Mark::dots("at first", before))
            .with(Mark::dots("now", after)),
    ))
}
