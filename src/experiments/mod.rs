//! The experiments: one file each. To add one, write its file and add its line to [`catalogue`].

pub mod compass;
pub mod fixed_points;
pub mod opening;
pub mod recording;
pub mod ring;
pub mod ring_identify;
pub mod ring_measure;
pub mod ring_record;
pub mod source;
pub mod state_space;
pub mod task_train;

use crate::lab::Entry;
use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};

/// Every experiment, in the order the page lists them.
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    vec![
        Entry::of::<ring::Compass>(),
        Entry::of::<ring_measure::Measure>(),
        Entry::of::<ring_record::Record>(),
        Entry::of::<ring_identify::Identify>(),
        Entry::of::<task_train::Train>(),
        Entry::of::<fixed_points::FixedPoints>(),
    ]
}

/// A state as bytes, every bit of every number kept.
fn pack(state: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_allocvec(state)
        .map_err(|error| Error::Write { what: "the checkpoint".into(), why: error.to_string() })
}

/// The state that [`pack`] wrote.
fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).or_else(|_| misfit())
}

/// Refuses a state whose parts do not fit each other or the knobs.
fn sound(fits: bool) -> Result<()> {
    if fits { Ok(()) } else { misfit() }
}

fn misfit<T>() -> Result<T> {
    Err(Error::BadFile {
        what: "the checkpoint".into(),
        why: "its state does not fit its recipe".into(),
    })
}
