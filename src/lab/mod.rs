//! The vocabulary of the laboratory; it knows no neuroscience.
//!
//! ```text
//! link ──► Recipe ──► Run ──► Event, Event, Event …
//!          what       doing   Progress · Metric · Figure · Frame · File · Note · Warning
//! ```
//!
//! An [`Experiment`] declares its knobs with [`params!`](crate::params!) and its procedure as a
//! state that is stepped. From that one file the page gets its form, the link its grammar, the
//! run its checkpoints, and the tests their laws.

mod bench;
mod event;
mod experiment;
mod figure;
mod material;
mod meter;
mod params;
mod recipe;
mod run;
mod shelf;
mod surroundings;

pub use bench::Bench;
pub use event::{Event, File, Frame, Series};
pub use experiment::{Entry, Experiment, Finding, Next, Preset};
pub use figure::{
    Axis, Colours, Figure, Image, Mark, Panel, Row, Scale, Stroke, Table, Ticks, Way, csv,
};
pub use material::{Material, Need, Of};
pub use meter::Meter;
pub use params::{Choice, Domain, Kind, Knob, Params, Values, label, refuse};
pub use recipe::{Fingerprint, NUMERICS, Recipe, Steer};
pub use run::{Run, Slice};
pub use shelf::Shelf;
pub use surroundings::Surroundings;
