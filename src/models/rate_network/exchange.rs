//! Networks in files: the fields that Tolmachev & Engel's pipeline saves, as JSON or npz, so that a
//! network trained elsewhere can be opened here and one trained here elsewhere.
//!
//! ```text
//! N · dt · tau                              one number each
//! W_rec [N, N]
//! W_inp [N, inputs] · W_out [outputs, N]    no inputs, no outputs where they are left out
//! bias_rec [N] · y_init [N]                 zeros where they are left out
//! activation                                relu, tanh, sigmoid, softplus, rectified_tanh,
//!                                           clipped_relu or clipped_softplus; tanh where left out
//! activation_slope                          k of the sigmoid, β of the softplus (which is divided
//!                                           by β), the ceiling of what is clipped
//! equation                                  s: Form::Rate, where left out; h: Form::Current
//! ```
//!
//! What else is in a file is not looked at.

use super::{Activation, Form, MOST_UNITS, RateNetwork};
use crate::files::{arrays, npz::Npz};
use crate::{Error, Result};
use ndarray::{Array1, Array2, ArrayD, arr0};
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// A network from a file, and what had to be supposed about it.
///
/// ```
/// use attractor_lab::models::{activation::Activation, rate_network::Opened};
///
/// let text = br#"{"N": 1, "dt": 1, "tau": 10, "activation": "tanh", "W_rec": [[2]],
///                 "W_inp": [[1]], "W_out": [[1]], "bias_rec": [0], "y_init": [0]}"#;
/// let Opened { network, supposed } = Opened::read("one.json", text.to_vec())?;
/// assert_eq!((network.units(), network.leak(), network.activation), (1, 0.1, Activation::Tanh));
/// assert!(supposed.is_empty());
///
/// let again = Opened::read("one.npz", network.npz()?)?;
/// assert_eq!(again.network, network);
/// # Ok::<(), attractor_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The network.
    pub network: RateNetwork,
    /// What the file left out and what was taken instead, a sentence each.
    pub supposed: Vec<String>,
}

/// A file's fields, whatever its format.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Fields {
    #[serde(rename = "N")]
    units: Option<Number>,
    dt: Option<f64>,
    tau: Option<f64>,
    #[serde(alias = "activation_name")]
    activation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation_slope: Option<f64>,
    equation: Option<String>,
    #[serde(rename = "W_rec")]
    recurrent: Option<Vec<Vec<f64>>>,
    #[serde(rename = "W_inp")]
    input: Option<Vec<Vec<f64>>>,
    #[serde(rename = "W_out")]
    output: Option<Vec<Vec<f64>>>,
    bias_rec: Option<Vec<f64>>,
    y_init: Option<Vec<f64>>,
}

impl Opened {
    /// Reads the file called `what`, JSON or npz, which anybody may have written.
    ///
    /// # Errors
    /// [`Error::BadFile`] when it is no such file, [`Error::BadValue`] for the first field that is
    /// not sound.
    pub fn read(what: &str, bytes: Vec<u8>) -> Result<Self> {
        arrays::admit(what, bytes.len() as u64)?;
        let bad = |why: String| Error::BadFile { what: what.into(), why };
        let fields = if bytes.trim_ascii_start().starts_with(b"{") {
            serde_json::from_slice(&bytes)
                .map_err(|error| bad(format!("it is no network: {error}")))?
        } else {
            Fields::of(arrays::open(vec![(what.into(), bytes)])?)?
        };
        fields.network(what)
    }
}

impl RateNetwork {
    /// The network as JSON.
    ///
    /// # Panics
    /// Never: a network is plain numbers.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string(&Fields::from(self)).expect("plain numbers");
        text.push('\n');
        text
    }

    /// The network as npz.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn npz(&self) -> Result<Vec<u8>> {
        let (name, slope) = name_of(self.activation);
        let mut npz = Npz::default()
            .with("N", &arr0(self.units() as u32))?
            .with("dt", &arr0(self.step))?
            .with("tau", &arr0(self.tau))?
            .with_text("activation", name);
        if let Some(slope) = slope {
            npz = npz.with("activation_slope", &arr0(slope))?;
        }
        npz = npz.with_text("equation", equation_of(self.form)).with("W_rec", &self.recurrent)?;
        for (name, matrix) in [("W_inp", &self.input), ("W_out", &self.output)] {
            if !matrix.is_empty() {
                npz = npz.with(name, matrix)?;
            }
        }
        npz.with("bias_rec", &self.bias)?.with("y_init", &self.start)?.pack()
    }
}

impl From<&RateNetwork> for Fields {
    fn from(network: &RateNetwork) -> Self {
        let rows =
            |matrix: &Array2<f64>| matrix.rows().into_iter().map(|row| row.to_vec()).collect();
        let (name, slope) = name_of(network.activation);
        Self {
            units: Some(network.units().into()),
            dt: Some(network.step),
            tau: Some(network.tau),
            activation: Some(name.into()),
            activation_slope: slope,
            equation: Some(equation_of(network.form).into()),
            recurrent: Some(rows(&network.recurrent)),
            input: Some(rows(&network.input)),
            output: Some(rows(&network.output)),
            bias_rec: Some(network.bias.to_vec()),
            y_init: Some(network.start.to_vec()),
        }
    }
}

impl Fields {
    /// The fields among the arrays of an npz file.
    fn of(found: arrays::Found) -> Result<Self> {
        let mut fields = Self::default();
        for array in &found.arrays {
            let one = || number(&array.name, array.doubles()?);
            let row = || line(&array.name, array.doubles()?);
            let rows = || matrix(&array.name, array.doubles()?);
            match array.name.as_str() {
                "N" => fields.units = Number::from_f64(one()?),
                "dt" => fields.dt = Some(one()?),
                "tau" => fields.tau = Some(one()?),
                "activation_slope" => fields.activation_slope = Some(one()?),
                "W_rec" => fields.recurrent = Some(rows()?),
                "W_inp" => fields.input = Some(rows()?),
                "W_out" => fields.output = Some(rows()?),
                "bias_rec" => fields.bias_rec = Some(row()?),
                "y_init" => fields.y_init = Some(row()?),
                _ => {}
            }
        }
        for (name, text) in found.texts {
            match name.as_str() {
                "activation" | "activation_name" => fields.activation = Some(text),
                "equation" => fields.equation = Some(text),
                _ => {}
            }
        }
        Ok(fields)
    }

    fn network(self, what: &str) -> Result<Opened> {
        let lacking = |field: &str| Error::BadFile {
            what: what.into(),
            why: format!("it has no field {field}, and a network needs one"),
        };
        let mut supposed = Vec::new();
        let recurrent = table("W_rec", self.recurrent.ok_or_else(|| lacking("W_rec"))?, 0)?;
        let n = recurrent.nrows();
        if let Some(count) = self.units.filter(|count| count.as_f64() != Some(n as f64)) {
            return Err(Error::BadValue {
                key: "N".into(),
                value: count.to_string(),
                allowed: format!("{n}, the number of rows of W_rec"),
            });
        }
        // Before anything else is as large.
        if n > MOST_UNITS {
            return Err(Error::BadValue {
                key: "N".into(),
                value: n.to_string(),
                allowed: format!("a whole number from 1 to {MOST_UNITS}"),
            });
        }
        let mut zeros = |field: &str, values: Option<Vec<f64>>| {
            Array1::from(values.unwrap_or_else(|| {
                supposed.push(format!("The file has no {field}: zeros are taken."));
                vec![0.0; n]
            }))
        };
        let bias = zeros("bias_rec", self.bias_rec);
        let start = zeros("y_init", self.y_init);
        let input = if let Some(rows) = self.input {
            table("W_inp", rows, 0)?
        } else {
            supposed.push("The file has no W_inp: the network gets no input.".into());
            Array2::zeros((n, 0))
        };
        let output = if let Some(rows) = self.output {
            table("W_out", rows, n)?
        } else {
            supposed.push("The file has no W_out: the network has no output.".into());
            Array2::zeros((0, n))
        };
        let activation = if let Some(name) = self.activation {
            activation_of(&name, self.activation_slope)?
        } else {
            let otherwise = "A field “activation” would say otherwise.";
            supposed.push(format!("The file names no activation: tanh is taken. {otherwise}"));
            Activation::Tanh
        };
        let form = match self.equation.as_deref() {
            None | Some("s") => Form::Rate,
            Some("h") => Form::Current,
            Some(other) => return Err(odd("equation", other, "s or h")),
        };
        let network = RateNetwork {
            recurrent,
            input,
            output,
            bias,
            start,
            form,
            activation,
            step: self.dt.ok_or_else(|| lacking("dt"))?,
            tau: self.tau.ok_or_else(|| lacking("tau"))?,
        };
        network.check()?;
        Ok(Opened { network, supposed })
    }
}

fn odd(key: &str, value: &str, allowed: &str) -> Error {
    let value = value.chars().take(40).collect();
    Error::BadValue { key: key.into(), value, allowed: allowed.into() }
}

/// The rows as a matrix; with `columns` columns if there is no row.
fn table(key: &str, rows: Vec<Vec<f64>>, columns: usize) -> Result<Array2<f64>> {
    let columns = rows.first().map_or(columns, Vec::len);
    if let Some((at, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != columns) {
        return Err(Error::BadValue {
            key: format!("the length of row {at} of {key}"),
            value: row.len().to_string(),
            allowed: format!("{columns}, as of row 0"),
        });
    }
    Ok(Array2::from_shape_fn((rows.len(), columns), |(i, j)| rows[i][j]))
}

fn number(key: &str, values: ArrayD<f64>) -> Result<f64> {
    let mut all = values.iter();
    match (all.next(), all.next()) {
        (Some(&one), None) => Ok(one),
        _ => {
            Err(odd(&format!("the shape of {key}"), &format!("{:?}", values.shape()), "one number"))
        }
    }
}

fn line(key: &str, values: ArrayD<f64>) -> Result<Vec<f64>> {
    if values.ndim() == 1 {
        return Ok(values.into_iter().collect());
    }
    Err(odd(&format!("the shape of {key}"), &format!("{:?}", values.shape()), "one axis"))
}

fn matrix(key: &str, values: ArrayD<f64>) -> Result<Vec<Vec<f64>>> {
    if values.ndim() == 2 {
        return Ok(values.outer_iter().map(|row| row.iter().copied().collect()).collect());
    }
    Err(odd(&format!("the shape of {key}"), &format!("{:?}", values.shape()), "two axes"))
}

fn equation_of(form: Form) -> &'static str {
    match form {
        Form::Rate => "s",
        Form::Current => "h",
    }
}

fn name_of(activation: Activation) -> (&'static str, Option<f64>) {
    match activation {
        Activation::Relu => ("relu", None),
        Activation::Tanh => ("tanh", None),
        Activation::RectifiedTanh => ("rectified_tanh", None),
        Activation::Sigmoid { slope } => ("sigmoid", Some(slope)),
        Activation::Softplus { sharpness } => ("softplus", Some(sharpness)),
        Activation::ClippedRelu { ceiling } => ("clipped_relu", Some(ceiling)),
        Activation::ClippedSoftplus { ceiling } => ("clipped_softplus", Some(ceiling)),
    }
}

fn activation_of(name: &str, slope: Option<f64>) -> Result<Activation> {
    let needed = || {
        let text = slope.map_or("missing".into(), |slope| slope.to_string());
        let allowed = format!("a number above 0 and up to 1000 for {name}");
        let sound = slope.filter(|slope| *slope > 0.0 && *slope <= 1000.0);
        sound.ok_or_else(|| odd("activation_slope", &text, &allowed))
    };
    let plain = |activation| match slope {
        None => Ok(activation),
        Some(slope) if slope.to_bits() == 1.0_f64.to_bits() => Ok(activation),
        Some(slope) => Err(odd("activation_slope", &slope.to_string(), &format!("1 for {name}"))),
    };
    match name {
        "relu" => plain(Activation::Relu),
        "tanh" => plain(Activation::Tanh),
        "rectified_tanh" => plain(Activation::RectifiedTanh),
        "sigmoid" => Ok(Activation::Sigmoid { slope: needed()? }),
        "softplus" => Ok(Activation::Softplus { sharpness: needed()? }),
        "clipped_relu" => Ok(Activation::ClippedRelu { ceiling: needed()? }),
        "clipped_softplus" => Ok(Activation::ClippedSoftplus { ceiling: needed()? }),
        _ => Err(odd(
            "activation",
            name,
            "one of relu, tanh, sigmoid, softplus, rectified_tanh, clipped_relu, clipped_softplus",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::random;
    use super::{Activation, Form, Opened};
    use crate::files::npz::Npz;
    use ndarray::{Array2, arr1};

    const ALL: [Activation; 7] = [
        Activation::Relu,
        Activation::Tanh,
        Activation::RectifiedTanh,
        Activation::Sigmoid { slope: 7.5 },
        Activation::Softplus { sharpness: 5.0 },
        Activation::ClippedRelu { ceiling: 1.5 },
        Activation::ClippedSoftplus { ceiling: 2.0 },
    ];

    #[test]
    fn a_network_survives_either_file_bit_for_bit() {
        for form in [Form::Rate, Form::Current] {
            for activation in ALL {
                let network = random(5, form, activation, 4);
                for bytes in [network.json().into_bytes(), network.npz().unwrap()] {
                    let Opened { network: back, supposed } = Opened::read("it", bytes).unwrap();
                    assert_eq!(back, network);
                    assert!(supposed.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_network_without_inputs_or_outputs_survives_too() {
        let mut network = random(3, Form::Rate, Activation::Tanh, 4);
        network.input = Array2::zeros((3, 0));
        network.output = Array2::zeros((0, 3));
        for bytes in [network.json().into_bytes(), network.npz().unwrap()] {
            assert_eq!(Opened::read("it", bytes).unwrap().network, network);
        }
    }

    /// What the original saves has no equation, and may lack a bias.
    #[test]
    fn what_a_file_leaves_out_is_said() {
        let text = r#"{"N": 2, "dt": 1, "tau": 10, "W_inp": [[1], [0]], "W_rec": [[0, 1], [1, 0]],
                       "W_out": [[1, 1]], "bias_rec": null, "y_init": [0.5, 0], "score": [1, {}]}"#;
        let opened = Opened::read("net.json", text.into()).unwrap();
        assert_eq!(opened.network.form, Form::Rate);
        assert_eq!(opened.network.activation, Activation::Tanh);
        assert_eq!(opened.network.start, ndarray::array![0.5, 0.0]);
        assert_eq!(opened.supposed.len(), 2);
        assert!(opened.supposed[0].contains("bias_rec") && opened.supposed[1].contains("tanh"));
    }

    fn refusal(what: &str, bytes: impl Into<Vec<u8>>) -> String {
        Opened::read(what, bytes.into()).expect_err("a bad file").to_string()
    }

    #[test]
    fn every_bad_file_gets_a_sentence_with_the_field_in_it() {
        let sound = random(2, Form::Rate, Activation::Sigmoid { slope: 7.5 }, 4).json();
        let with = |from: &str, to: &str| {
            assert!(sound.contains(from), "{from} in {sound}");
            refusal("net.json", sound.replacen(from, to, 1))
        };
        assert!(with("\"N\":2", "\"N\":3").contains("N cannot be “3”: it must be 2"));
        assert!(with("\"sigmoid\"", "\"sine\"").contains("activation cannot be “sine”"));
        assert!(with("7.5", "-1").contains("activation_slope cannot be “-1”"));
        assert!(with("7.5", "1e999").contains("net.json cannot be opened"));
        assert!(with("\"s\"", "\"z\"").contains("equation cannot be “z”: it must be s or h"));
        assert!(with("\"dt\":1.0", "\"dt\":11").contains("dt cannot be “11”"));
        assert!(with("\"dt\":1.0", "\"dt\":null").contains("no field dt"));
        assert!(with("W_rec", "W_reck").contains("no field W_rec"));
        assert!(with("[[", "[[1,").contains("row 1 of W_rec"));
        assert!(refusal("a.json", "{").starts_with("a.json cannot be opened: it is no network"));
        assert!(refusal("a.json", "[1]").contains("a.json cannot be opened"));
        assert!(refusal("a.npz", "PK\u{3}\u{4}").contains("a.npz"));
        let lacking = Npz::default().with("dt", &arr1(&[1.0])).unwrap().pack().unwrap();
        assert!(refusal("a.npz", lacking).contains("no field W_rec"));
        let flat = Npz::default().with("W_rec", &arr1(&[1.0])).unwrap().pack().unwrap();
        assert!(refusal("a.npz", flat).contains("the shape of W_rec cannot be “[1]”"));
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_is_refused() {
        let network = random(2, Form::Current, Activation::Tanh, 4);
        for bytes in [network.json().trim_end().as_bytes().to_vec(), network.npz().unwrap()] {
            for end in 0..bytes.len() {
                refusal("it", &bytes[..end]);
            }
        }
    }
}
