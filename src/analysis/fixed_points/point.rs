//! What there is to know about a fixed point: which directions grow, how fast, and what it listens
//! to.
//!
//! ```text
//! J r = λ r    l J = λ l    l · r = 1
//! a disturbance along r changes as exp(λt/τ): time constant τ/|Re λ|, period 2πτ/|Im λ|
//! Euler's steps multiply it by 1 + αλ, and hold it where |1 + αλ| < 1
//! ```

use crate::Result;
use crate::math::eigen::{self, Mode};
use crate::models::activation::Form;
use crate::models::rate_network::Field;
use ndarray::{Array2, ArrayView2};
use num_complex::Complex64;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// |Re λ| up to which a mode neither grows nor shrinks.
pub const MARGIN: f64 = 1e-9;

/// A point at which the network rests, or nearly so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FixedPoint {
    /// x, `[unit]`.
    pub state: Vec<f64>,
    /// q = |F(x)|²; below 10⁻¹² a fixed point, above a slow one.
    pub speed: f64,
    /// The eigenvalues of J, by descending real part.
    #[serde(with = "pairs")]
    pub eigenvalues: Vec<Complex64>,
}

impl FixedPoint {
    /// The point `state` of `field`.
    ///
    /// # Errors
    /// [`Error::NoSpectrum`](crate::Error::NoSpectrum) where the Jacobian is not finite.
    pub fn at(field: &Field, state: Vec<f64>) -> Result<Self> {
        let (speed, jacobian) = linearised(field, &state);
        let eigenvalues = eigen::values(jacobian.view())?;
        Ok(Self { state, speed, eigenvalues })
    }

    /// The mirror image, in a field that is odd: its Jacobian is the same.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self { state: self.state.iter().map(|x| 0.0 - x).collect(), ..self.clone() }
    }

    /// Number of modes that grow: 0 of an attractor.
    #[must_use]
    pub fn unstable(&self) -> usize {
        self.eigenvalues.iter().filter(|value| value.re > MARGIN).count()
    }

    /// Number of modes that neither grow nor shrink.
    #[must_use]
    pub fn marginal(&self) -> usize {
        self.eigenvalues.iter().filter(|value| value.re.abs() <= MARGIN).count()
    }

    /// (−1)^(number of unstable modes); nothing where a mode is marginal.
    #[must_use]
    pub fn index(&self) -> Option<i64> {
        (self.marginal() == 0).then(|| if self.unstable().is_multiple_of(2) { 1 } else { -1 })
    }

    /// The first `count` modes, with their vectors.
    ///
    /// # Errors
    /// As [`FixedPoint::at`].
    pub fn modes(&self, field: &Field, count: usize) -> Result<Vec<Mode>> {
        eigen::modes(linearised(field, &self.state).1.view(), count)
    }

    /// The slowest time constant, in the unit of `tau`; nothing where a mode is marginal.
    #[must_use]
    pub fn slowest(&self, tau: f64) -> Option<f64> {
        let least =
            self.eigenvalues.iter().map(|value| value.re.abs()).fold(f64::INFINITY, f64::min);
        (least > MARGIN).then(|| tau / least)
    }

    /// The period of the leading mode, if it turns, in the unit of `tau`.
    #[must_use]
    pub fn period(&self, tau: f64) -> Option<f64> {
        let turning = self.eigenvalues.first()?.im.abs();
        (turning > MARGIN).then(|| TAU * tau / turning)
    }

    /// What Euler's steps of `leak` = dt/τ multiply each mode by: 1 + αλ.
    #[must_use]
    pub fn multipliers(&self, leak: f64) -> Vec<Complex64> {
        self.eigenvalues.iter().map(|value| value * leak + 1.0).collect()
    }

    /// Whether a simulation with this `leak` = dt/τ stays here: |1 + αλ| < 1 for all λ.
    #[must_use]
    pub fn holds(&self, leak: f64) -> bool {
        self.multipliers(leak).into_iter().all(|multiplier| eigen::size(multiplier) < 1.0)
    }
}

/// ∂F/∂u, `[unit, channel]`: how each input channel pushes the state.
///
/// ```text
/// Form::Rate:  diag(f′(z)) Wᵢ      Form::Current:  Wᵢ
/// ```
#[must_use]
pub fn input_jacobian(field: &Field, state: &[f64]) -> Array2<f64> {
    let network = field.network();
    let mut pushes = network.input.clone();
    if network.form == Form::Rate {
        for (mut row, z) in pushes.rows_mut().into_iter().zip(field.drive(state)) {
            row *= network.activation.slope(z);
        }
    }
    pushes
}

/// How far a pulse of each channel moves the network along its leading mode: l · ∂F/∂u, the
/// *selection* of what is integrated (Mante, Sussillo, Shenoy & Newsome, *Nature* 503:78, 2013). The
/// left vector l is the selection vector.
#[must_use]
pub fn selection(mode: &Mode, pushes: ArrayView2<f64>) -> Vec<Complex64> {
    let along = |column: ndarray::ArrayView1<f64>| {
        mode.left.iter().zip(column).map(|(l, push)| l * push).sum()
    };
    pushes.columns().into_iter().map(along).collect()
}

/// q and J.
pub(super) fn linearised(field: &Field, state: &[f64]) -> (f64, Array2<f64>) {
    let n = field.units();
    let (mut flow, mut jacobian) = (vec![0.0; n], Array2::zeros((n, n)));
    if let Some(room) = jacobian.as_slice_mut() {
        field.linearise(state, &mut flow, room);
    }
    (flow.iter().map(|f| f * f).sum(), jacobian)
}

/// Complex numbers in a checkpoint: pairs of numbers.
mod pairs {
    use num_complex::Complex64;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(values: &[Complex64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(|value| (value.re, value.im)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Complex64>, D::Error> {
        let pairs = Vec::<(f64, f64)>::deserialize(from)?;
        Ok(pairs.into_iter().map(|(re, im)| Complex64::new(re, im)).collect())
    }
}
