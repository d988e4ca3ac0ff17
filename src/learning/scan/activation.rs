//! The activations and their derivatives, in vectors.
//!
//! Exponentials are one polynomial (see [`simd`](super::simd)), the logarithm of the softplus is
//!
//! > ln(1 + u) = 2 artanh(u / (2 + u)) = 2 (s + s³/3 + s⁵/5 + …),  s = u / (2 + u) ≤ ⅓.
//!
//! In single precision all are within 4 units of the last place of 1 of the true value.

#![allow(clippy::inline_always, reason = "instructions must reach the function that enables them")]

use super::simd::Vector;

/// An activation as the kernels take it: known when they are compiled.
pub(crate) trait Activate: Copy {
    /// f(z).
    fn rate<V: Vector>(self, z: V) -> V;
    /// f′(z) · `times`, from the rate r = f(z).
    fn slope<V: Vector>(self, rate: V, times: V) -> V;
}

#[derive(Clone, Copy)]
pub(crate) struct Relu;
#[derive(Clone, Copy)]
pub(crate) struct Tanh;
#[derive(Clone, Copy)]
pub(crate) struct RectifiedTanh;
#[derive(Clone, Copy)]
pub(crate) struct Sigmoid(pub(super) f64);
#[derive(Clone, Copy)]
pub(crate) struct Softplus(pub(super) f64);
#[derive(Clone, Copy)]
pub(crate) struct ClippedRelu(pub(super) f64);
#[derive(Clone, Copy)]
pub(crate) struct ClippedSoftplus(pub(super) f64);

impl Activate for Relu {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        z.max(V::zero())
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        times.where_positive(rate)
    }
}

impl Activate for Tanh {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        let size = z.max(V::zero().sub(z));
        tanh_of_positive(size).with_sign_of(z)
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        times.mul(V::one().sub(rate.mul(rate)))
    }
}

impl Activate for RectifiedTanh {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        tanh_of_positive(z.max(V::zero()))
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        times.mul(V::one().sub(rate.mul(rate))).where_positive(rate)
    }
}

impl Activate for Sigmoid {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        let minus = z.mul(V::number(-self.0)).max(V::number(-80.0)).min(V::number(80.0));
        V::one().div(minus.expm1().add(V::number(2.0)))
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        times.mul(V::number(self.0).mul(rate)).mul(V::one().sub(rate))
    }
}

impl Activate for Softplus {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        let size = z.max(V::zero().sub(z));
        let minus = size.mul(V::number(-self.0)).max(V::number(-80.0));
        let curved = ln_1p_of_unit(minus.expm1().add(V::one()));
        z.max(V::zero()).add(curved.mul(V::number(1.0 / self.0)))
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        let minus = rate.mul(V::number(-self.0)).max(V::number(-80.0));
        times.mul(V::zero().sub(minus.expm1()))
    }
}

impl Activate for ClippedRelu {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        z.max(V::zero()).min(V::number(self.0))
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        times.where_positive(rate).where_positive(V::number(self.0).sub(rate))
    }
}

impl Activate for ClippedSoftplus {
    #[inline(always)]
    fn rate<V: Vector>(self, z: V) -> V {
        Softplus(1.0).rate(z).min(V::number(self.0))
    }
    #[inline(always)]
    fn slope<V: Vector>(self, rate: V, times: V) -> V {
        Softplus(1.0).slope(rate, times).where_positive(V::number(self.0).sub(rate))
    }
}

/// tanh x for x ≥ 0, as e / (e + 2) with e = e²ˣ − 1.
#[inline(always)]
fn tanh_of_positive<V: Vector>(x: V) -> V {
    // From 9.02 on tanh is 1 in single precision; in double precision from 19.
    let doubled = x.min(V::number(20.0)).add(x.min(V::number(20.0)));
    let e = doubled.expm1();
    e.div(e.add(V::number(2.0)))
}

/// ln(1 + u) for u in [0, 1].
#[inline(always)]
fn ln_1p_of_unit<V: Vector>(u: V) -> V {
    // (⅓)¹⁷ / 17 < 10⁻⁹ for single precision; three times as many terms serve double precision.
    let terms = if size_of::<V::Scalar>() == 4 { 8 } else { 18 };
    let s = u.div(u.add(V::number(2.0)));
    let square = s.mul(s);
    let mut sum = V::number(1.0 / f64::from(2 * terms + 1));
    for term in (0..terms).rev() {
        sum = sum.mul(square).add(V::number(1.0 / f64::from(2 * term + 1)));
    }
    sum.mul(s).mul(V::number(2.0))
}

/// Calls `$body` with the activation as a type of its own.
macro_rules! with_activation {
    ($activation:expr, |$name:ident| $body:expr) => {{
        use crate::learning::scan::{Activation, activation as kinds};
        match $activation {
            Activation::Relu => {
                let $name = kinds::Relu;
                $body
            }
            Activation::Tanh => {
                let $name = kinds::Tanh;
                $body
            }
            Activation::RectifiedTanh => {
                let $name = kinds::RectifiedTanh;
                $body
            }
            Activation::Sigmoid { slope } => {
                let $name = kinds::Sigmoid(slope);
                $body
            }
            Activation::Softplus { sharpness } => {
                let $name = kinds::Softplus(sharpness);
                $body
            }
            Activation::ClippedRelu { ceiling } => {
                let $name = kinds::ClippedRelu(ceiling);
                $body
            }
            Activation::ClippedSoftplus { ceiling } => {
                let $name = kinds::ClippedSoftplus(ceiling);
                $body
            }
        }
    }};
}
pub(super) use with_activation;
