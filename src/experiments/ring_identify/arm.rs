//! The arms of the comparison: three students that differ in which units there are and which of
//! them receive the velocity.

use crate::choices;
use crate::learning::weights::Shape;
use serde::{Deserialize, Serialize};

choices! {
    /// Which students are trained.
    pub enum Arms {
        /// All three, side by side.
        All = "all",
        /// Only the separated one.
        Separated = "separated",
        /// Only the one without hidden units.
        Plain = "plain",
        /// Only the control.
        Everywhere = "everywhere",
    }
}

impl Arms {
    /// The students, in the order in which they take turns and are shown.
    #[must_use]
    pub fn chosen(self) -> &'static [Arm] {
        match self {
            Self::All => &Arm::ALL,
            Self::Separated => &[Arm::Separated],
            Self::Plain => &[Arm::Plain],
            Self::Everywhere => &[Arm::Everywhere],
        }
    }
}

/// A student.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arm {
    /// Recorded units without velocity, hidden units with it.
    Separated,
    /// Recorded units alone, all with velocity.
    Plain,
    /// Recorded and hidden units, all with velocity: as large as the separated student, so what it
    /// does as well is not owed to the separation.
    Everywhere,
}

impl Arm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Separated, Self::Plain, Self::Everywhere];

    /// Its name in figures and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Separated => "separated",
            Self::Plain => "not separated",
            Self::Everywhere => "control",
        }
    }

    /// Its name in files and random streams.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Separated => "separated",
            Self::Plain => "plain",
            Self::Everywhere => "everywhere",
        }
    }

    /// The network of this arm, for `observed` recorded units.
    #[must_use]
    pub fn shape(self, observed: usize, hidden: usize, leak: f64) -> Shape {
        match self {
            Self::Separated => Shape::separated(observed, hidden, leak),
            Self::Plain => Shape::plain(observed, leak),
            Self::Everywhere => Shape::driven_everywhere(observed, hidden, leak),
        }
    }
}
