//! A student as it is looked at: its weights laid open, and what it was seen to do.

use super::arm::Arm;
use super::exam::Exam;
use crate::analysis::connectivity;
use crate::analysis::tuning::{Tuning, order};
use crate::learning::weights::Weights;
use crate::models::leaky::Leaky;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, s};

/// The network of some weights, in double precision.
#[must_use]
pub fn network(weights: &Weights) -> Leaky {
    Leaky {
        recurrent: weights.recurrent(),
        bias: weights.bias(),
        input: weights.input(),
        input_bias: weights.input_bias(),
        leak: weights.shape().leak,
    }
}

/// A student, and what is known of it now.
pub struct Student<'a> {
    /// Which one.
    pub arm: Arm,
    /// Its network.
    pub network: Leaky,
    /// Number of recorded units: the first ones.
    pub observed: usize,
    /// (update, mean squared error before it).
    pub errors: &'a [(u64, f32)],
    /// What its units answer to, as far as that was looked at.
    pub tuning: Option<Tuning>,
    /// The finished examination.
    pub exam: Option<&'a Exam>,
}

impl Student<'_> {
    /// Number of hidden units.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.network.units() - self.observed
    }

    /// Weights between recorded units, `[from, to]`.
    #[must_use]
    pub fn direct(&self) -> ArrayView2<'_, f64> {
        self.network.recurrent.slice(s![..self.observed, ..self.observed])
    }

    /// Weights from recorded to hidden units, `[from, to]`.
    #[must_use]
    pub fn to_hidden(&self) -> ArrayView2<'_, f64> {
        self.network.recurrent.slice(s![..self.observed, self.observed..])
    }

    /// Weights from hidden to recorded units, `[from, to]`.
    #[must_use]
    pub fn from_hidden(&self) -> ArrayView2<'_, f64> {
        self.network.recurrent.slice(s![self.observed.., ..self.observed])
    }

    /// Velocity weights of the hidden units, `[hidden]`: they are the last of the driven ones.
    #[must_use]
    pub fn hidden_input(&self) -> ArrayView1<'_, f64> {
        let driven = self.network.input.len();
        self.network.input.slice(s![driven - self.hidden()..])
    }

    /// Velocity weights of the recorded units; none where those receive no velocity.
    #[must_use]
    pub fn observed_input(&self) -> ArrayView1<'_, f64> {
        let driven = self.network.input.len();
        self.network.input.slice(s![..driven - self.hidden()])
    }

    /// The way through the hidden units, unweighted, `[from, to]`.
    #[must_use]
    pub fn product(&self) -> Array2<f64> {
        connectivity::product(self.to_hidden(), self.from_hidden())
    }

    /// The way through the hidden units, each weighted by what velocity gives it, `[from, to]`.
    #[must_use]
    pub fn weighted_product(&self) -> Array2<f64> {
        let (to, from) = (self.to_hidden(), self.from_hidden());
        connectivity::weighted_product(to, self.hidden_input(), from)
    }

    /// How far each hidden unit hands the bump on, `[hidden]`, radians.
    #[must_use]
    pub fn shifts(&self) -> Array1<f64> {
        connectivity::shifts(self.to_hidden(), self.from_hidden())
    }

    /// The hidden units in the order in which their wiring is seen best: by the sign of their
    /// velocity weight, then along the ring by what they answer to, or, where that is not known,
    /// by whom they listen to.
    #[must_use]
    pub fn sorted(&self) -> Vec<usize> {
        let falling = match &self.tuning {
            Some(tuning) => tuning.preferred().slice(s![self.observed..]).to_owned(),
            // The preferred heading falls along the ring.
            None => -connectivity::listening(self.to_hidden()),
        };
        order(self.hidden_input(), falling.view())
    }
}
