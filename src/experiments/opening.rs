//! The way from files to a recording: what is in them, what each array may be used for, what comes
//! of a choice. The page's dialog and the program without a browser go it together.
//!
//! ```
//! use attractor_lab::experiments::opening::Opening;
//!
//! let table: String = (0..300).map(|t| format!("{},1,2,3,4,5,6,7,{}\n", t % 3, t % 9)).collect();
//! let text = format!("velocity,a,b,c,d,e,f,g,h\n{table}");
//! let opening = Opening::read(vec![("ring.csv".into(), text.into_bytes())])?;
//! let listing = opening.listing();
//! assert_eq!(listing.arrays[1].shape, [1, 300, 8]);
//!
//! let taken = opening.take(&listing.guess.expect("a velocity and rates"))?;
//! assert_eq!(taken.about, "8 neurons, one trajectory of 300 steps");
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::recording::{Mapping, Recording, Role, layout_words};
use super::source::Source;
use crate::Result;
use crate::files::arrays::{self, Found};
use crate::lab::{Figure, Material};
use serde::Serialize;

/// Files that a visitor opened, not yet a recording.
#[derive(Clone, Debug)]
pub struct Opening(Found);

/// What is in the files.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// The arrays.
    pub arrays: Vec<Listed>,
    /// What cannot be used, a clause each.
    pub left_out: Vec<String>,
    /// The likeliest choice.
    pub guess: Option<Mapping>,
    /// Why there is none.
    pub why_not: String,
}

/// An array as the visitor chooses it.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its number format.
    pub number: &'static str,
    /// How it may be laid out as rates.
    pub rates: Vec<Layout>,
    /// How it may be laid out as velocity or heading.
    pub inputs: Vec<Layout>,
}

/// A way to read the axes of an array.
#[derive(Clone, Debug, Serialize)]
pub struct Layout {
    /// As in a [`Mapping`].
    pub id: &'static str,
    /// In words, with the lengths: “trajectory (20), step (1000), neuron (60)”.
    pub words: String,
    /// Number of channels to choose from.
    pub channels: usize,
}

/// A recording that is ready to be used.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its name in links.
    pub material: Material,
    /// The bytes that the name stands for.
    pub bytes: Vec<u8>,
    /// What it is, in a few words.
    pub about: String,
    /// What will be made of it, a sentence each.
    pub facts: Vec<String>,
    /// What it looks like.
    pub figure: Figure,
}

impl Opening {
    /// Opens `files` (name, contents) together.
    ///
    /// # Errors
    /// As [`arrays::open`].
    pub fn read(files: Vec<(String, Vec<u8>)>) -> Result<Self> {
        arrays::open(files).map(Self)
    }

    /// Refuses files of so many bytes in all, which are called `what`.
    ///
    /// # Errors
    /// As [`arrays::admit`].
    pub fn admit(what: &str, bytes: u64) -> Result<()> {
        arrays::admit(what, bytes)
    }

    /// What is in the files.
    #[must_use]
    pub fn listing(&self) -> Listing {
        let guess = Mapping::guess(&self.0.arrays);
        Listing {
            arrays: self.0.arrays.iter().map(Listed::of).collect(),
            left_out: self.0.left_out.iter().map(|it| format!("{}: {}", it.what, it.why)).collect(),
            why_not: guess.as_ref().map_or_else(ToString::to_string, |_| String::new()),
            guess: guess.ok(),
        }
    }

    /// The likeliest choice.
    ///
    /// # Errors
    /// As [`Mapping::guess`].
    pub fn guess(&self) -> Result<Mapping> {
        Mapping::guess(&self.0.arrays)
    }

    /// The recording that a choice makes of the files.
    ///
    /// # Errors
    /// As [`Recording::take`] and [`Source::new`].
    pub fn take(&self, mapping: &Mapping) -> Result<Taken> {
        let recording = Recording::take(&self.0.arrays, mapping)?;
        let source = Source::new(&recording)?;
        let bytes = recording.bytes();
        Ok(Taken {
            material: Material::of(&bytes),
            bytes,
            about: recording.about(),
            facts: source.facts(),
            figure: source.figure(),
        })
    }
}

impl Listed {
    fn of(array: &arrays::Array) -> Self {
        let shape = array.shape();
        let layouts = |role: Role| {
            role.layouts(shape.len()).iter().map(|layout| Layout::of(layout, shape)).collect()
        };
        Self {
            name: array.name.clone(),
            shape: shape.to_vec(),
            number: array.number(),
            rates: layouts(Role::Rates),
            inputs: layouts(Role::Velocity),
        }
    }
}

impl Layout {
    fn of(id: &'static str, shape: &[usize]) -> Self {
        let words = layout_words(id);
        let words = words.split(", ").zip(shape).map(|(axis, length)| format!("{axis} ({length})"));
        let channels = id.find('c').map_or(1, |axis| shape[axis]);
        Self { id, words: words.collect::<Vec<_>>().join(", "), channels }
    }
}
