//! The scan: a leaky recurrent network run through time, and the adjoint run back, each as one
//! operation. Every trainable rate network of the laboratory is an instance.
//!
//! With units *i*, steps *s* = 1 … *S*, leak αᵢ = dt/τᵢ and the drive
//! pₛ = W qₛ₋₁ + Wᵢ uₛ + b, the two forms of the equation are
//!
//! > [`Form::Rate`]:    rₛ = f(pₛ + ξₛ),  xₛ = (1 − α) xₛ₋₁ + α (rₛ + ηₛ),  qₛ = xₛ
//! > [`Form::Current`]: xₛ = (1 − α) xₛ₋₁ + α pₛ + ηₛ,  rₛ = f(xₛ),  qₛ = rₛ
//!
//! and what comes out is either a linear readout yₛ = Wₒ qₛ + bₒ of *s* = 0 … *S*, or the
//! rates rₛ of the first units of *s* = 1 … *S*.
//!
//! Everything linear is one matrix, [`Cell::rows`] × [`Cell::columns`], presynaptic along a row:
//!
//! > A = ⎡ W      Wᵢ  b     ⎤ ,   ⎡ pₛ   ⎤ = A ⎡ qₛ₋₁ ⎤
//! >     ⎣ Wₒ  0     bₒ ⎦     ⎣ yₛ₋₁ ⎦     ⎢ uₛ   ⎥
//! >                                             ⎣ 1    ⎦
//!
//! so that one product a step runs the network, and one product after the steps has all weight
//! gradients. With the errors eₛ = ∂L/∂yₛ (or ∂L/∂rₛ, as gʳₛ below), backwards:
//!
//! > [`Form::Rate`]:    δₛ = f′(·) (α λₛ + gʳₛ),  λₛ₋₁ = (1 − α) λₛ + Wᵀ δₛ + Wₒᵀ eₛ₋₁
//! > [`Form::Current`]: λₛ = f′(xₛ) (Wᵀ δₛ₊₁ + Wₒᵀ eₛ + gʳₛ) + (1 − α) λₛ₊₁,  δₛ = α λₛ
//! > ∂L/∂A = Σₛ [δₛ ; eₛ₋₁] [qₛ₋₁ ; uₛ ; 1]ᵀ
//!
//! with λₛ = ∂L/∂xₛ. Backpropagation through time: Werbos, *Proc. IEEE* 78:1550, 1990. The
//! derivative f′ follows from the rate alone, so the rates and the states are all that is kept.
//!
//! ```
//! use attractor_lab::learning::scan::{Activation, Cell, Form, Readout};
//!
//! let cell = Cell {
//!     units: 100,
//!     inputs: 3,
//!     readout: Readout::Linear { outputs: 2 },
//!     form: Form::Rate,
//!     activation: Activation::Relu,
//! };
//! assert_eq!((cell.rows(), cell.columns()), (102, 104));
//! assert_eq!(cell.outputs(), 2);
//! ```

mod activation;
#[cfg(any(test, feature = "gpu"))]
pub mod check;
mod cpu;
#[cfg(feature = "gpu")]
pub(super) mod cube;
mod flex;
mod noise;
mod operation;
mod peak;
pub mod reference;
mod simd;
#[cfg(test)]
mod tests;

pub use crate::models::activation::{Activation, Form};
pub use cpu::{Drive, MOST_TRIALS, Matrix, Noisy, Place, Scan};
pub use noise::Noise;
pub use operation::{Conditions, scan, scan_under};
pub use peak::peak;
pub use simd::Lanes;

use serde::{Deserialize, Serialize};

/// A leaky recurrent network, but for its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// *N*, the number of units.
    pub units: usize,
    /// *I*, the number of input channels; may be 0.
    pub inputs: usize,
    /// What comes out.
    pub readout: Readout,
    /// Which of the two equations.
    pub form: Form,
    /// *f*.
    pub activation: Activation,
}

impl Cell {
    /// Rows of the matrix *A*: the units, then the linear outputs.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self.readout {
            Readout::Linear { outputs } => self.units + outputs,
            Readout::Rates { .. } => self.units,
        }
    }

    /// Columns of the matrix *A*: the units, the inputs, and the bias.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.units + self.inputs + 1
    }

    /// Number of output channels.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self.readout {
            Readout::Linear { outputs } => outputs,
            Readout::Rates { observed } => observed,
        }
    }
}

/// What comes out of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readout {
    /// yₛ = Wₒ qₛ + bₒ, for *s* = 0 … *S*.
    Linear {
        /// Number of outputs.
        outputs: usize,
    },
    /// The rates rₛ of the first units, for *s* = 1 … *S*.
    Rates {
        /// How many units are seen.
        observed: usize,
    },
}
