//! A way downhill from a start to a fixed point, or to where the flow is slowest around.
//!
//! ```text
//! q(x) = |F(x)|²,   (JᵀJ + µI) s = −JᵀF,   x ← x + s where q falls, else a larger µ
//! ```
//!
//! Levenberg, *Q. Appl. Math.* 2:164, 1944; Marquardt, *J. SIAM* 11:431, 1963. With little damping a
//! step is Newton's, which finds saddles as well as attractors; the damping takes it downhill from
//! where Newton's would leap away.

use super::normal::Normal;
use crate::models::rate_network::Field;
use serde::{Deserialize, Serialize};

/// µ at the start, and what becomes of it where q falls and where it does not.
const DAMPING: f64 = 1e-2;
const EASED: f64 = 1.0 / 5.0;
const RAISED: f64 = 4.0;
/// Where no damping below this makes q fall, rounding alone is left.
const GREATEST_DAMPING: f64 = 1e12;
/// q from which one more step reaches all the precision there is.
const LEAST: f64 = 1e-24;
/// Steps after which a way is given up.
const MOST_STEPS: u32 = 400;
/// Steps in a row that gained less than a thousandth: this is a least value of q, not a zero.
const MOST_IDLE: u32 = 8;

/// A way under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Descent {
    /// Where it stands.
    pub(super) x: Vec<f64>,
    damping: f64,
    steps: u32,
    idle: u32,
}

/// Where a way has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bottom {
    /// q there.
    pub(super) speed: f64,
    /// Whether q is at its least around.
    pub(super) settled: bool,
}

impl Descent {
    /// The way from `x`.
    pub(super) fn from(x: Vec<f64>) -> Self {
        Self { x, damping: DAMPING, steps: 0, idle: 0 }
    }

    /// Goes one step; at the end says where it is. With an `along` of length 1 the way stays in the
    /// plane across it.
    pub(super) fn advance(
        &mut self,
        field: &Field,
        room: &mut Room,
        along: Option<&[f64]>,
    ) -> Option<Bottom> {
        let Room { normal, step, across, there, flow } = room;
        let speed = normal.form(|flow, jacobian| field.linearise(&self.x, flow, jacobian));
        if !speed.is_finite() {
            return Some(Bottom { speed: f64::INFINITY, settled: false });
        }
        if self.steps >= MOST_STEPS || self.idle >= MOST_IDLE {
            return Some(Bottom { speed, settled: self.steps < MOST_STEPS });
        }
        let last = speed < LEAST;
        self.steps += 1;
        while self.damping < GREATEST_DAMPING {
            if normal.factor(self.damping) {
                step.iter_mut().zip(normal.gradient()).for_each(|(s, g)| *s = -g);
                normal.solve(step);
                if let Some(along) = along {
                    across.copy_from_slice(along);
                    normal.solve(across);
                    let back = dot(along, step) / dot(along, across);
                    step.iter_mut().zip(across.iter()).for_each(|(s, t)| *s -= back * t);
                }
                there
                    .iter_mut()
                    .zip(self.x.iter().zip(step.iter()))
                    .for_each(|(t, (x, s))| *t = x + s);
                field.flow(there, flow);
                let reached: f64 = flow.iter().map(|f| f * f).sum();
                if reached < speed {
                    self.x.copy_from_slice(there);
                    self.damping *= EASED;
                    self.idle = if reached > 0.999 * speed { self.idle + 1 } else { 0 };
                    return last.then_some(Bottom { speed: reached, settled: true });
                }
            }
            if last {
                break;
            }
            self.damping *= RAISED;
        }
        Some(Bottom { speed, settled: true })
    }
}

/// Room for the numbers of a step.
#[derive(Clone, Debug)]
pub(super) struct Room {
    normal: Normal,
    step: Vec<f64>,
    across: Vec<f64>,
    there: Vec<f64>,
    flow: Vec<f64>,
}

impl Room {
    /// Room for states of `n` units.
    pub(super) fn new(n: usize) -> Self {
        let row = || vec![0.0; n];
        Self { normal: Normal::new(n), step: row(), across: row(), there: row(), flow: row() }
    }
}

/// The inner product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
