//! What a rate unit does with its current, and where its leak sits: the two choices that make a
//! rate network. Training computes the same in single precision, in vectors.
//!
//! ```text
//! Form::Rate:     τ ẋ = −x + f(W x + …)
//! Form::Current:  τ ẋ = −x + W f(x) + …
//! ```
//!
//! ```
//! use attractor_lab::models::activation::Activation;
//!
//! let softplus = Activation::Softplus { sharpness: 5.0 };
//! assert!((softplus.rate(0.0) - std::f64::consts::LN_2 / 5.0).abs() < 1e-16);
//! assert_eq!(softplus.slope(0.0), 0.5);
//! assert_eq!((Activation::Relu.rate(-1.0), Activation::Relu.slope(2.0)), (0.0, 1.0));
//! ```

use serde::{Deserialize, Serialize};

/// Where the leak sits: the two usual equations of a rate network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// The state is a filtered rate: τ ẋ = −x + f(W x + …).
    Rate,
    /// The state is a current, and its rate is passed on: τ ẋ = −x + W f(x) + ….
    Current,
}

/// *f*, from current to rate. The derivative is a function of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Activation {
    /// max(z, 0); f′ = \[r > 0\].
    Relu,
    /// tanh z; f′ = 1 − r².
    Tanh,
    /// max(tanh z, 0); f′ = \[r > 0\] (1 − r²).
    RectifiedTanh,
    /// 1 / (1 + e^(−kz)); f′ = k r (1 − r).
    Sigmoid {
        /// *k*.
        slope: f64,
    },
    /// ln(1 + e^(βz)) / β; f′ = 1 − e^(−βr).
    Softplus {
        /// *β*.
        sharpness: f64,
    },
    /// max(z, 0) up to a ceiling; f′ = \[0 < r < ceiling\].
    ClippedRelu {
        /// The greatest rate.
        ceiling: f64,
    },
    /// ln(1 + eᶻ) up to a ceiling; f′ = \[r < ceiling\] (1 − e^(−r)).
    ClippedSoftplus {
        /// The greatest rate.
        ceiling: f64,
    },
}

impl Activation {
    /// f(z), in double precision.
    #[must_use]
    pub fn rate(self, z: f64) -> f64 {
        match self {
            Self::Relu => z.max(0.0),
            Self::Tanh => libm::tanh(z),
            Self::RectifiedTanh => libm::tanh(z).max(0.0),
            Self::Sigmoid { slope } => logistic(slope * z),
            Self::Softplus { sharpness } => softplus(sharpness * z) / sharpness,
            Self::ClippedRelu { ceiling } => z.max(0.0).min(ceiling),
            Self::ClippedSoftplus { ceiling } => softplus(z).min(ceiling),
        }
    }

    /// f′(z), in double precision; in a kink half-way between its two sides, so that a relu's is ½
    /// at 0.
    #[must_use]
    pub fn slope(self, z: f64) -> f64 {
        match self {
            Self::Relu => step(z),
            Self::Tanh => sech2(z),
            Self::RectifiedTanh => step(z) * sech2(z),
            Self::Sigmoid { slope } => slope * logistic(slope * z) * logistic(-slope * z),
            Self::Softplus { sharpness } => logistic(sharpness * z),
            Self::ClippedRelu { ceiling } => step(z) * step(ceiling - z),
            Self::ClippedSoftplus { ceiling } => logistic(z) * step(ceiling - softplus(z)),
        }
    }

    /// Whether f(−z) = −f(z).
    #[must_use]
    pub fn is_odd(self) -> bool {
        self == Self::Tanh
    }

    /// Whether rates have a greatest and a least value.
    #[must_use]
    pub fn is_bounded(self) -> bool {
        !matches!(self, Self::Relu | Self::Softplus { .. })
    }
}

/// 1 − tanh² z, not rounded to 0 where tanh z is rounded to 1.
fn sech2(z: f64) -> f64 {
    let u = libm::exp(-2.0 * z.abs());
    4.0 * u / ((1.0 + u) * (1.0 + u))
}

/// 1 / (1 + e⁻ˣ).
fn logistic(x: f64) -> f64 {
    let u = libm::exp(-x.abs());
    if x < 0.0 { u / (1.0 + u) } else { 1.0 / (1.0 + u) }
}

/// ln(1 + eˣ).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// 0, ½ and 1 below, at and above 0.
fn step(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x == 0.0 {
        0.5
    } else {
        0.0
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::Activation;

    const ALL: [Activation; 7] = [
        Activation::Relu,
        Activation::Tanh,
        Activation::RectifiedTanh,
        Activation::Sigmoid { slope: 7.5 },
        Activation::Softplus { sharpness: 5.0 },
        Activation::ClippedRelu { ceiling: 1.0 },
        Activation::ClippedSoftplus { ceiling: 1.0 },
    ];

    #[test]
    fn the_slope_is_the_finite_difference_of_the_rate() {
        let h = 1e-6;
        for f in ALL {
            for z in [-3.1, -0.7, -0.01, 0.02, 0.3, 0.9, 2.2] {
                let difference = (f.rate(z + h) - f.rate(z - h)) / (2.0 * h);
                // h² f‴ / 6, f‴ up to 7.5³ / 8, and rounding 10⁻¹⁶ / h.
                assert!((difference - f.slope(z)).abs() < 1e-9, "{f:?} at {z}");
            }
        }
    }

    #[test]
    fn a_kink_has_the_slope_half_way() {
        assert_eq!(Activation::Relu.slope(0.0), 0.5);
        assert_eq!(Activation::RectifiedTanh.slope(0.0), 0.5);
        assert_eq!(Activation::ClippedRelu { ceiling: 2.0 }.slope(2.0), 0.5);
    }

    #[test]
    fn far_out_nothing_overflows_and_a_tail_is_not_lost() {
        for f in ALL {
            for z in [-1e300, -800.0, 800.0, 1e300] {
                assert!(f.rate(z).is_finite() && f.slope(z).is_finite(), "{f:?} at {z}");
            }
        }
        // 4 e⁻⁴⁰
        let tail = Activation::Tanh.slope(20.0);
        assert!((tail / (4.0 * libm::exp(-40.0)) - 1.0).abs() < 1e-14, "{tail}");
    }
}
