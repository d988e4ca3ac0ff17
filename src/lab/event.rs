//! What a run has to say. Plain data, so it crosses to the page as it is.

use super::Figure;
use serde::Serialize;

/// Something a run has to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// How far along the run is.
    Progress {
        /// Steps done.
        done: u64,
        /// Steps in all; nothing where the run has no end.
        total: Option<u64>,
        /// Steps per second.
        rate: Option<f64>,
        /// Seconds left.
        left: Option<f64>,
    },
    /// A number to keep an eye on.
    Metric {
        /// What it measures.
        name: &'static str,
        /// Its unit; empty for pure numbers.
        unit: &'static str,
        /// When it was measured.
        step: u64,
        /// Its value.
        value: f64,
    },
    /// A plot, replacing any earlier one with the same `id`.
    Figure(Figure),
    /// Animation data: what happened since the last frame.
    Frame(Frame),
    /// Something to download, replacing any earlier one with the same name.
    File(File),
    /// One plain sentence about what is happening now.
    Status {
        /// The sentence.
        text: String,
    },
    /// Which device computes, and why.
    Device {
        /// The sentence.
        text: String,
    },
    /// A sentence for the reader.
    Note {
        /// The sentence.
        text: String,
    },
    /// A sentence about something that did not go as asked.
    Warning {
        /// The sentence.
        text: String,
    },
    /// Whether the result is the one the link promised.
    Verdict {
        /// The same, bit for bit or within the stated tolerance.
        same: bool,
        /// The sentence.
        text: String,
    },
}

/// Animation data, to be moved and not copied.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Frame {
    /// Steps done when it was taken.
    pub step: u64,
    /// Named arrays.
    pub channels: Vec<Series>,
}

/// One named array of a [`Frame`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// What it holds.
    pub name: &'static str,
    /// Its shape; the values are in row-major order.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<f64>,
}

/// A file offered for download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// Suggested name, with its extension.
    pub name: String,
    /// MIME type.
    pub mime: &'static str,
    /// Contents.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl From<Figure> for Event {
    fn from(figure: Figure) -> Self {
        Self::Figure(figure)
    }
}

impl From<File> for Event {
    fn from(file: File) -> Self {
        Self::File(file)
    }
}
