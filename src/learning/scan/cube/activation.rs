//! The activations inside a kernel, of four trials at once. The formulas avoid overflow: shading
//! languages promise nothing about infinities.

use super::{Curve, Four};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// f(z); `shape` is the slope, sharpness or ceiling of those that have one.
#[cube]
pub(super) fn rate(z: Four, shape: f32, #[comptime] curve: Curve) -> Four {
    let zero = Four::new(0.0f32);
    if comptime!(curve == Curve::Relu) {
        z.max(zero)
    } else if comptime!(curve == Curve::ClippedRelu) {
        z.max(zero).min(Four::new(shape))
    } else if comptime!(curve == Curve::Tanh) {
        let size = tanh(z.abs());
        select_many(z.less_than(&zero), zero - size, size)
    } else if comptime!(curve == Curve::RectifiedTanh) {
        tanh(z.max(zero))
    } else if comptime!(curve == Curve::Sigmoid) {
        let minus = Four::new(-shape) * z;
        let one = Four::new(1.0f32);
        one / (one + minus.max(Four::new(-80.0f32)).min(Four::new(80.0f32)).exp())
    } else if comptime!(curve == Curve::Softplus) {
        softplus(z * Four::new(shape)) / Four::new(shape)
    } else {
        softplus(z).min(Four::new(shape))
    }
}

/// f′(z) from the rate r = f(z).
#[cube]
pub(super) fn slope(rate: Four, shape: f32, #[comptime] curve: Curve) -> Four {
    let zero = Four::new(0.0f32);
    let one = Four::new(1.0f32);
    if comptime!(curve == Curve::Relu) {
        select_many(rate.greater_than(&zero), one, zero)
    } else if comptime!(curve == Curve::ClippedRelu) {
        let inside = rate.less_than(&Four::new(shape)).vec_and(rate.greater_than(&zero));
        select_many(inside, one, zero)
    } else if comptime!(curve == Curve::Tanh) {
        one - rate * rate
    } else if comptime!(curve == Curve::RectifiedTanh) {
        select_many(rate.greater_than(&zero), one - rate * rate, zero)
    } else if comptime!(curve == Curve::Sigmoid) {
        Four::new(shape) * rate * (one - rate)
    } else if comptime!(curve == Curve::Softplus) {
        one - (Four::new(-shape) * rate).max(Four::new(-80.0f32)).exp()
    } else {
        let slope = one - (zero - rate).max(Four::new(-80.0f32)).exp();
        select_many(rate.less_than(&Four::new(shape)), slope, zero)
    }
}

/// tanh z for z ≥ 0.
#[cube]
fn tanh(z: Four) -> Four {
    let e = (Four::new(-2.0f32) * z).max(Four::new(-80.0f32)).exp();
    let one = Four::new(1.0f32);
    (one - e) / (one + e)
}

/// ln(1 + eᶻ).
#[cube]
fn softplus(z: Four) -> Four {
    let zero = Four::new(0.0f32);
    let e = (zero - z.abs()).max(Four::new(-80.0f32)).exp();
    z.max(zero) + (Four::new(1.0f32) + e).ln()
}
