//! The activations inside a kernel. The formulas avoid overflow: shading languages promise nothing
//! about infinities.

use super::Curve;
use cubecl::prelude::*;
use cubecl::{self, cube};

/// f(z); `shape` is the slope, sharpness or ceiling of those that have one.
#[cube]
pub(super) fn rate(z: f32, shape: f32, #[comptime] curve: Curve) -> f32 {
    if comptime!(curve == Curve::Relu) {
        z.max(0.0f32)
    } else if comptime!(curve == Curve::ClippedRelu) {
        z.max(0.0f32).min(shape)
    } else if comptime!(curve == Curve::Tanh) {
        let size = tanh(z.abs());
        select(z < 0.0f32, -size, size)
    } else if comptime!(curve == Curve::RectifiedTanh) {
        tanh(z.max(0.0f32))
    } else if comptime!(curve == Curve::Sigmoid) {
        1.0f32 / (1.0f32 + f32::exp((-shape * z).max(-80.0f32).min(80.0f32)))
    } else if comptime!(curve == Curve::Softplus) {
        softplus(z * shape) / shape
    } else {
        softplus(z).min(shape)
    }
}

/// f′(z) from the rate r = f(z).
#[cube]
pub(super) fn slope(rate: f32, shape: f32, #[comptime] curve: Curve) -> f32 {
    if comptime!(curve == Curve::Relu) {
        select(rate > 0.0f32, 1.0f32, 0.0f32)
    } else if comptime!(curve == Curve::ClippedRelu) {
        select(rate > 0.0f32 && rate < shape, 1.0f32, 0.0f32)
    } else if comptime!(curve == Curve::Tanh) {
        1.0f32 - rate * rate
    } else if comptime!(curve == Curve::RectifiedTanh) {
        select(rate > 0.0f32, 1.0f32 - rate * rate, 0.0f32)
    } else if comptime!(curve == Curve::Sigmoid) {
        shape * rate * (1.0f32 - rate)
    } else if comptime!(curve == Curve::Softplus) {
        1.0f32 - f32::exp((-shape * rate).max(-80.0f32))
    } else {
        select(rate < shape, 1.0f32 - f32::exp((-rate).max(-80.0f32)), 0.0f32)
    }
}

/// tanh z for z ≥ 0.
#[cube]
fn tanh(z: f32) -> f32 {
    let e = f32::exp((-2.0f32 * z).max(-80.0f32));
    (1.0f32 - e) / (1.0f32 + e)
}

/// ln(1 + eᶻ).
#[cube]
fn softplus(z: f32) -> f32 {
    z.max(0.0f32) + f32::ln(1.0f32 + f32::exp((-z.abs()).max(-80.0f32)))
}
