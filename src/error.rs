//! The one error of the laboratory: every variant carries the values, every message is a sentence.
//!
//! ```
//! use attractor_lab::Error;
//!
//! let error = Error::Diverged { what: "the ring".into(), step: 12 };
//! assert_eq!(error.to_string(), "the ring stopped being finite at step 12");
//! ```

use thiserror::Error;

/// What can go wrong, said so that a reader of the page can act on it.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The link names an experiment this laboratory does not have.
    #[error("there is no experiment called “{id}”; there are {known}")]
    UnknownExperiment {
        /// The name as written in the link, shortened if it is long.
        id: String,
        /// The names that would have been understood.
        known: String,
    },
    /// A knob is not one of this experiment's.
    #[error("“{experiment}” has no knob called “{key}”; it has {known}")]
    UnknownKnob {
        /// The experiment.
        experiment: String,
        /// The name as written.
        key: String,
        /// The names that would have been understood.
        known: String,
    },
    /// A value is outside its limits, or of the wrong kind.
    #[error("{key} cannot be “{value}”: it must be {allowed}")]
    BadValue {
        /// The knob or field.
        key: String,
        /// The value as written.
        value: String,
        /// What it would have to be.
        allowed: String,
    },
    /// Two knobs are each within their limits but not together.
    #[error("{why}")]
    Conflict {
        /// What does not fit, with names, values and the allowed range.
        why: String,
    },
    /// The link is not one this laboratory wrote.
    #[error("the link cannot be read: {why}")]
    BadLink {
        /// What was found, and what was expected.
        why: String,
    },
    /// A checkpoint or an opened file is damaged or was never ours.
    #[error("{what} cannot be opened: {why}")]
    BadFile {
        /// Which file.
        what: String,
        /// What was found, and what was expected.
        why: String,
    },
    /// A run needs a file that the visitor has not opened here.
    #[error("this run needs the {of} {fingerprint}, which is not open here: open its file first")]
    NotOpen {
        /// What kind of thing it is.
        of: String,
        /// The fingerprint of its contents.
        fingerprint: String,
    },
    /// A computation left the finite numbers.
    #[error("{what} stopped being finite at step {step}")]
    Diverged {
        /// The quantity that diverged.
        what: String,
        /// When, in steps of the run.
        step: u64,
    },
    /// A matrix whose eigenvalues cannot be found.
    #[error("no eigenvalues can be found: {why}")]
    NoSpectrum {
        /// What is wrong with the matrix.
        why: String,
    },
    /// A training has nothing left to follow.
    #[error(
        "{what} vanished at step {step}: every unit is silent or at its greatest rate, so nothing \
         more is learned"
    )]
    Vanished {
        /// The gradient of what.
        what: String,
        /// When, in steps of the run.
        step: u64,
    },
    /// The graphics processor could not be used, or stopped answering.
    #[error("the graphics processor cannot be used: {why}")]
    Gpu {
        /// What it said.
        why: String,
    },
    /// Another thread that was to help did not.
    #[error("a helping thread failed: {why}")]
    Hand {
        /// What became of it.
        why: String,
    },
    /// A file could not be written.
    #[error("{what} cannot be written: {why}")]
    Write {
        /// Which file.
        what: String,
        /// What stood in the way.
        why: String,
    },
}

/// [`std::result::Result`] with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
