//! The way from files to a recording: what is in them, what each array may be used for, what comes
//! of a choice; and the shorter way to a network. The page's dialog and the program without a browser
//! go it together.
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
use crate::lab::{Axis, Figure, Image, Material, Panel};
use crate::models::rate_network::Opened;
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

/// A recording or a network that is ready to be used.
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

/// The network in the file called `what`, JSON or npz. Its name stands for its own JSON, so the same
/// network has the same name in whatever file it comes.
///
/// ```
/// use attractor_lab::experiments::opening;
///
/// let text = r#"{"W_rec": [[0, 1], [1, 0]], "dt": 1, "tau": 10, "activation": "tanh"}"#;
/// let taken = opening::network("two.json", text.into())?;
/// assert_eq!(taken.about, "2 units, no inputs, no outputs");
/// assert_eq!(opening::network("again.json", taken.bytes)?.material, taken.material);
/// # Ok::<(), attractor_lab::Error>(())
/// ```
///
/// # Errors
/// As [`Opened::read`].
pub fn network(what: &str, bytes: Vec<u8>) -> Result<Taken> {
    let Opened { network, supposed } = Opened::read(what, bytes)?;
    let bytes = network.json().into_bytes();
    let count = |number: usize, one: &str| match number {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    };
    let (units, inputs) = (count(network.units(), "unit"), count(network.channels(), "input"));
    let n = network.units();
    let weights = Image::new("weight", n, n, network.recurrent.iter().copied().collect());
    let weights = weights.diverging().bar();
    let axis = |label| Axis::new(label, (0.0, n as f64));
    let panel = Panel::new("", axis("from unit"), axis("to unit").descending()).with(weights);
    let summary = "The recurrent weights, as they stand in the file.";
    Ok(Taken {
        material: Material::of(&bytes),
        bytes,
        about: format!("{units}, {inputs}, {}", count(network.outputs(), "output")),
        facts: supposed,
        figure: Figure::new("network", "Your network", summary).with(panel),
    })
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
