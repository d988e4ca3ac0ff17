//! A student as plain numbers: where tensors (f32, any device), analyses (f64) and files meet.
//!
//! A student has *N* units. The first are observed, the last are driven by the velocity; how the
//! two groups overlap is what tells the arms of the experiment apart. Its parameters are
//! *W* (row: presynaptic, column: postsynaptic), *b*, and, for the driven units, *w* and *c*:
//!
//! > z = u W + b + \[0 ; v w + c\]
//!
//! The weights begin uniform within ±√(6 / (fan in + fan out)): Glorot & Bengio, “Understanding
//! the difficulty of training deep feedforward neural networks”, AISTATS 2010. The file format is
//! safetensors, which NumPy, PyTorch and JAX read.
//!
//! ```
//! use attractor_lab::{learning::weights::{Init, Shape, Weights}, rng::Rng};
//!
//! let shape = Shape::separated(100, 100, 0.2);
//! assert_eq!(shape.parameters(), 200 * 200 + 200 + 100 + 100);
//!
//! let weights = Weights::draw(shape, Init { scale: 0.1, bias: 0.1 }, &Rng::stream(7, "student"))?;
//! let largest = weights.recurrent().iter().fold(0.0_f64, |max, w| max.max(w.abs()));
//! assert!((largest - 0.1 * (6.0_f64 / 400.0).sqrt()).abs() < 1e-4);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::tensors;
use crate::error::{Error, Result};
use crate::rng::Rng;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many units a student may have: its matrix then fills 64 MiB.
const MOST_UNITS: usize = 4096;

/// How many units there are, which are seen, which are driven, and how fast they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Number of units, *N*.
    pub units: usize,
    /// How many are compared with the recording: the first ones.
    pub observed: usize,
    /// How many receive the velocity: the last ones.
    pub driven: usize,
    /// The part of a unit's state that is renewed in each step, α = dt/τ, in (0, 1].
    pub leak: f64,
}

impl Shape {
    /// Observed units that receive no velocity, and as many `hidden` ones as you like that do.
    #[must_use]
    pub fn separated(observed: usize, hidden: usize, leak: f64) -> Self {
        Self { units: observed.saturating_add(hidden), observed, driven: hidden, leak }
    }

    /// No hidden units: every unit is observed and receives the velocity.
    #[must_use]
    pub fn plain(observed: usize, leak: f64) -> Self {
        Self { units: observed, observed, driven: observed, leak }
    }

    /// As many units as in [`Shape::separated`], but all of them receive the velocity: tells
    /// what the separation does from what the larger number of units does.
    #[must_use]
    pub fn driven_everywhere(observed: usize, hidden: usize, leak: f64) -> Self {
        let units = observed.saturating_add(hidden);
        Self { units, observed, driven: units, leak }
    }

    /// Number of parameters: N² + N + 2 × driven.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.input_biases().end
    }

    /// Refuses a shape that is not a network.
    ///
    /// # Errors
    /// [`Error::BadValue`] naming the first field that is out of range.
    pub fn check(&self) -> Result<()> {
        let count = |key: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::BadValue {
                key: key.into(),
                value: value.to_string(),
                allowed: format!("between 1 and {most}"),
            })
        };
        count("the number of units", self.units, MOST_UNITS)?;
        count("the number of observed units", self.observed, self.units)?;
        count("the number of driven units", self.driven, self.units)?;
        if self.leak > 0.0 && self.leak <= 1.0 {
            return Ok(());
        }
        Err(Error::BadValue {
            key: "the leak".into(),
            value: self.leak.to_string(),
            allowed: "above 0 and at most 1".into(),
        })
    }

    /// Where *W* lies among the parameters, row after row.
    fn recurrent(&self) -> Range<usize> {
        0..self.units * self.units
    }

    /// Where *b* lies among the parameters.
    fn biases(&self) -> Range<usize> {
        let start = self.recurrent().end;
        start..start + self.units
    }

    /// Where *w* lies among the parameters.
    fn input(&self) -> Range<usize> {
        let start = self.biases().end;
        start..start + self.driven
    }

    /// Where *c* lies among the parameters.
    fn input_biases(&self) -> Range<usize> {
        let start = self.input().end;
        start..start + self.driven
    }

    /// Name, place and dimensions of the four parts, in the order in which they lie.
    pub(super) fn parts(&self) -> [(&'static str, Range<usize>, Vec<usize>); 4] {
        [
            ("recurrent", self.recurrent(), vec![self.units, self.units]),
            ("bias", self.biases(), vec![self.units]),
            ("input", self.input(), vec![self.driven]),
            ("input_bias", self.input_biases(), vec![self.driven]),
        ]
    }
}

/// How a student begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Init {
    /// Times Glorot's range: small, and what was learned is not buried in what was drawn.
    pub scale: f64,
    /// Bias of the observed units: above zero, none of them begins silent and stays so.
    pub bias: f64,
}

/// All parameters of a student, in single precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    shape: Shape,
    /// *W* row after row, *b*, *w*, *c*.
    values: Vec<f32>,
}

impl Weights {
    /// Puts a student together from *W* `[presynaptic, postsynaptic]`, *b* `[unit]`,
    /// *w* `[driven]` and *c* `[driven]`.
    ///
    /// # Errors
    /// [`Error::BadValue`] when `shape` is none, [`Error::Conflict`] when an array does not fit it.
    pub fn new(
        shape: Shape,
        recurrent: ArrayView2<f64>,
        bias: ArrayView1<f64>,
        input: ArrayView1<f64>,
        input_bias: ArrayView1<f64>,
    ) -> Result<Self> {
        shape.check()?;
        let found = [recurrent.shape(), bias.shape(), input.shape(), input_bias.shape()];
        for ((name, _, expected), found) in shape.parts().into_iter().zip(found) {
            if found != expected {
                return Err(Error::Conflict {
                    why: format!(
                        "the weights “{name}” are {found:?}, the student needs {expected:?}"
                    ),
                });
            }
        }
        let values = recurrent.iter().chain(bias).chain(input).chain(input_bias);
        Ok(Self { shape, values: values.map(|&value| value as f32).collect() })
    }

    /// Draws a beginning: *W* and *w* uniform in Glorot's range (*W* times the scale), *b* as
    /// given on the observed units, everything else zero.
    ///
    /// # Errors
    /// [`Error::BadValue`] when `shape` is none.
    pub fn draw(shape: Shape, init: Init, rng: &Rng) -> Result<Self> {
        shape.check()?;
        let uniform = |lane, range: f64| {
            let mut rng = rng.lane(lane);
            std::iter::repeat_with(move || ((2.0 * rng.uniform() - 1.0) * range) as f32)
        };
        let mut values = vec![0.0; shape.parameters()];
        let recurrent = uniform(0, init.scale * (6.0 / (2 * shape.units) as f64).sqrt());
        values[shape.recurrent()].iter_mut().zip(recurrent).for_each(|(to, from)| *to = from);
        let input = uniform(1, (6.0 / (1 + shape.driven) as f64).sqrt());
        values[shape.input()].iter_mut().zip(input).for_each(|(to, from)| *to = from);
        values[shape.biases()][..shape.observed].fill(init.bias as f32);
        Ok(Self { shape, values })
    }

    /// From the parameters as they lie on a device.
    pub(super) fn from_values(shape: Shape, values: Vec<f32>) -> Self {
        debug_assert_eq!(values.len(), shape.parameters());
        Self { shape, values }
    }

    /// The parameters as they lie on a device.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Which network this is.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// *W* `[presynaptic, postsynaptic]`.
    #[must_use]
    pub fn recurrent(&self) -> Array2<f64> {
        let units = self.shape.units;
        let rows = &self.values[self.shape.recurrent()];
        Array2::from_shape_fn((units, units), |(pre, post)| f64::from(rows[pre * units + post]))
    }

    /// *b* `[unit]`.
    #[must_use]
    pub fn bias(&self) -> Array1<f64> {
        self.values[self.shape.biases()].iter().map(|&value| f64::from(value)).collect()
    }

    /// *w* `[driven]`, per rad/s; the driven units are the last ones.
    #[must_use]
    pub fn input(&self) -> Array1<f64> {
        self.values[self.shape.input()].iter().map(|&value| f64::from(value)).collect()
    }

    /// *c* `[driven]`.
    #[must_use]
    pub fn input_bias(&self) -> Array1<f64> {
        self.values[self.shape.input_biases()].iter().map(|&value| f64::from(value)).collect()
    }

    /// Refuses weights, as they may come out of a damaged checkpoint, that are no student.
    ///
    /// # Errors
    /// [`Error::BadFile`] saying what does not fit.
    pub fn check(&self) -> Result<()> {
        self.shape.check().map_err(|error| damaged(error.to_string()))?;
        let (found, expected) = (self.values.len(), self.shape.parameters());
        if found != expected {
            return Err(damaged(format!("it holds {found} parameters instead of {expected}")));
        }
        match self.values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(damaged(format!("parameter {at} is {}", self.values[at]))),
            None => Ok(()),
        }
    }

    /// A safetensors file of `recurrent`, `bias`, `input` and `input_bias`; `about`, for example
    /// the link that made them, goes into its metadata. The same weights give the same bytes.
    #[must_use]
    pub fn to_safetensors(&self, about: &BTreeMap<String, String>) -> Vec<u8> {
        let mut about = about.clone();
        about.insert("observed".into(), self.shape.observed.to_string());
        about.insert("leak".into(), self.shape.leak.to_string());
        let parts = self.shape.parts().map(|(name, range, shape)| tensors::Part {
            name,
            shape,
            values: &self.values[range],
        });
        tensors::file(&parts, &about)
    }

    /// Reads what [`Weights::to_safetensors`] wrote, and all of its metadata.
    ///
    /// # Errors
    /// [`Error::BadFile`] saying what is missing or does not fit.
    pub fn from_safetensors(bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>)> {
        let unreadable = |error| damaged(format!("{error}"));
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let about: BTreeMap<_, _> = header.metadata().clone().into_iter().flatten().collect();
        let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let length = |name: &str| match file.tensor(name) {
            Ok(tensor) => Ok(tensor.shape().first().copied().unwrap_or(0)),
            Err(_) => Err(damaged(format!("it has no tensor “{name}”"))),
        };
        let shape = Shape {
            units: length("recurrent")?,
            observed: number(&about, "observed")?,
            driven: length("input")?,
            leak: number(&about, "leak")?,
        };
        shape.check().map_err(|error| damaged(error.to_string()))?;
        let mut values = Vec::with_capacity(shape.parameters());
        for (name, _, dimensions) in shape.parts() {
            length(name)?;
            let tensor = file.tensor(name).map_err(unreadable)?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != dimensions {
                let (kind, found) = (tensor.dtype(), tensor.shape());
                return Err(damaged(format!(
                    "“{name}” is {kind:?} {found:?} instead of F32 {dimensions:?}"
                )));
            }
            let (numbers, _) = tensor.data().as_chunks();
            values.extend(numbers.iter().map(|&number| f32::from_le_bytes(number)));
        }
        let weights = Self { shape, values };
        weights.check()?;
        Ok((weights, about))
    }
}

/// A number among the metadata of a file.
fn number<T: std::str::FromStr>(about: &BTreeMap<String, String>, key: &str) -> Result<T> {
    let text = about.get(key).ok_or_else(|| damaged(format!("its metadata has no “{key}”")))?;
    text.parse().map_err(|_| damaged(format!("“{key}” in its metadata is not a number")))
}

/// The weights cannot be opened, and why.
fn damaged(why: String) -> Error {
    Error::BadFile { what: "the student's weights".into(), why }
}

#[cfg(test)]
mod tests {
    use super::{Init, Shape, Weights};
    use crate::{Error, rng::Rng};
    use std::collections::BTreeMap;

    fn student() -> Weights {
        let shape = Shape::separated(3, 4, 0.2);
        Weights::draw(shape, Init { scale: 0.5, bias: 0.1 }, &Rng::stream(7, "student"))
            .expect("a student of seven units")
    }

    #[test]
    fn weights_survive_their_file_and_the_same_weights_give_the_same_bytes() {
        let weights = student();
        let about = BTreeMap::from([("recipe".to_string(), "a-link?seed=7".to_string())]);
        let file = weights.to_safetensors(&about);
        assert_eq!(file, weights.to_safetensors(&about));
        let (read, metadata) = Weights::from_safetensors(&file).expect("our own file");
        assert_eq!(read, weights);
        assert_eq!(metadata["recipe"], "a-link?seed=7");
    }

    #[test]
    fn a_damaged_file_is_refused_with_a_sentence_wherever_it_is_damaged() {
        let file = student().to_safetensors(&BTreeMap::new());
        for length in 0..file.len() {
            let refusal = Weights::from_safetensors(&file[..length]);
            assert!(matches!(refusal, Err(Error::BadFile { .. })), "cut to {length} bytes");
        }
        for at in 0..file.len() {
            let mut file = file.clone();
            file[at] ^= 0x20;
            // Many changes are harmless to the format; none may panic.
            let _ = Weights::from_safetensors(&file);
        }
        let mut file = file.clone();
        let last = file.len() - 4;
        file[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        let refusal = Weights::from_safetensors(&file).expect_err("a NaN");
        assert!(refusal.to_string().ends_with("parameter 63 is NaN"), "{refusal}");
    }

    #[test]
    fn a_shape_out_of_range_is_refused_by_name() {
        for (shape, complaint) in [
            (Shape::separated(3, 0, 0.2), "the number of driven units cannot be “0”"),
            (Shape::plain(usize::MAX, 0.2), "the number of units cannot be"),
            (Shape { observed: 8, ..Shape::plain(7, 0.2) }, "the number of observed units"),
            (Shape::plain(7, f64::NAN), "the leak cannot be “NaN”"),
        ] {
            let refusal = shape.check().expect_err("no network").to_string();
            assert!(refusal.starts_with(complaint), "{refusal}");
        }
    }

    #[test]
    fn the_beginning_fills_each_part_as_said() {
        let weights = student();
        assert_eq!(
            weights.bias().map(|b| (b * 1e6).round() / 1e6).to_vec(),
            [0.1, 0.1, 0.1, 0.0, 0.0, 0.0, 0.0]
        );
        assert!(weights.input_bias().iter().all(|&c| c == 0.0));
        let spread = |values: &[f64]| values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        // Glorot's ranges: half of √(6/14), and √(6/5).
        let recurrent = spread(&weights.recurrent().into_raw_vec_and_offset().0);
        let input = spread(&weights.input().to_vec());
        assert!((0.25..=0.3274).contains(&recurrent), "{recurrent}");
        assert!((0.5..=1.0955).contains(&input), "{input}");
    }
}
