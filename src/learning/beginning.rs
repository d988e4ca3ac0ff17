//! How a network for tasks begins, and what of it is held where it is.
//!
//! Two beginnings are offered, for N units:
//!
//! ```text
//! Uneven:   W ~ N(0, 1/N²),  Wᵢ and Wₒ ~ N(1/√N, 1/N²)
//!           under Dale's law W > 0 from excitatory units, |N(1/√N, 1/N²)|, and < 0 from
//!           inhibitory ones, |N(g/√N, 1/N²)|, with g times as many of the former; Wᵢ, Wₒ > 0
//! Centred:  W, Wᵢ and Wₒ ~ N(0, 1/N)
//! ```
//!
//! Then the diagonal of W is cleared, a part of its connections is left out, and W is scaled to a
//! spectral radius ρ. The first is what `engellab/trainRNNbrain` began with (Tolmachev & Engel,
//! *Nature Machine Intelligence* 7:1742, 2025); its columns of Wᵢ and rows of Wₒ are nearly
//! parallel, and the orthogonality that the [lesson](super::practice) asks for is far. Dale's law
//! there means that a unit's weights keep their sign: Song, Yang & Wang, *PLOS Comput. Biol.*
//! 12:e1004792, 2016.
//!
//! ```
//! use attractor_lab::learning::beginning::{Beginning, Design};
//! use attractor_lab::math::eigen::spectral_radius;
//! use attractor_lab::models::activation::{Activation, Form};
//! use attractor_lab::rng::Rng;
//!
//! let design = Design {
//!     units: 50, inputs: 3, outputs: 3, tau: 10.0, form: Form::Rate, activation: Activation::Tanh,
//! };
//! let (network, _) = Beginning::default().draw(design, &Rng::stream(7, "network"))?;
//! assert!((spectral_radius(network.recurrent.view())? - 1.2).abs() < 1e-9);
//! assert_eq!(network.recurrent[[4, 4]], 0.0);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::scan::{Cell, Readout};
use crate::error::Result;
use crate::math::eigen::spectral_radius;
use crate::models::activation::{Activation, Form};
use crate::models::rate_network::RateNetwork;
use crate::rng::Rng;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// A network but for its numbers; a step is the unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// *N*.
    pub units: usize,
    /// Number of input channels.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// τ in steps, at least 1.
    pub tau: f64,
    /// Where the leak sits.
    pub form: Form,
    /// f.
    pub activation: Activation,
}

impl Design {
    /// The network as a [cell](super::scan).
    #[must_use]
    pub fn cell(&self) -> Cell {
        let Self { units, inputs, outputs, form, activation, .. } = *self;
        Cell { units, inputs, readout: Readout::Linear { outputs }, form, activation }
    }

    /// Number of parameters: the cell's matrix *A*, row by row, then x₀.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let cell = self.cell();
        cell.rows() * cell.columns() + self.units
    }

    /// The parameters of a network of this design.
    ///
    /// # Panics
    /// When the network is of another design.
    #[must_use]
    pub fn flatten(&self, network: &RateNetwork) -> Vec<f32> {
        let Self { units, inputs, outputs, .. } = *self;
        assert_eq!((network.units(), network.channels()), (units, inputs), "of this design");
        let mut values = Vec::with_capacity(self.parameters());
        for unit in 0..units {
            values.extend(network.recurrent.row(unit).iter().map(|&w| w as f32));
            values.extend(network.input.row(unit).iter().map(|&w| w as f32));
            values.push(network.bias[unit] as f32);
        }
        for output in 0..outputs {
            values.extend(network.output.row(output).iter().map(|&w| w as f32));
            values.extend(std::iter::repeat_n(0.0, inputs + 1));
        }
        values.extend(network.start.iter().map(|&x| x as f32));
        values
    }

    /// The network with these parameters.
    ///
    /// # Panics
    /// When there are not as many as [`Design::parameters`] says.
    #[must_use]
    pub fn network(&self, parameters: &[f32]) -> RateNetwork {
        let Self { units, inputs, outputs, form, activation, tau } = *self;
        assert_eq!(parameters.len(), self.parameters(), "of this design");
        let columns = self.cell().columns();
        let at = |row: usize, column: usize| f64::from(parameters[row * columns + column]);
        let start = parameters.len() - units;
        RateNetwork {
            recurrent: Array2::from_shape_fn((units, units), |(to, from)| at(to, from)),
            input: Array2::from_shape_fn((units, inputs), |(to, from)| at(to, units + from)),
            output: Array2::from_shape_fn((outputs, units), |(to, from)| at(units + to, from)),
            bias: Array1::from_shape_fn(units, |unit| at(unit, units + inputs)),
            start: parameters[start..].iter().map(|&x| f64::from(x)).collect(),
            form,
            activation,
            step: 1.0,
            tau,
        }
    }
}

/// Which distributions the weights are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Input and output weights nearly the same for all units.
    Uneven,
    /// All weights around zero; without Dale's law only.
    Centred,
}

/// How a network begins, and what it may become.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beginning {
    /// Which distributions.
    pub kind: Kind,
    /// ρ.
    pub radius: f64,
    /// Dale's law: the part of units that is excitatory, in (0, 1); the others are inhibitory.
    pub excitatory: Option<f64>,
    /// Whether input and output weights may not be negative; under Dale's law they never may.
    pub positive: bool,
    /// The part of recurrent connections that exist.
    pub density: f64,
    /// Whether biases are trained; they begin at zero and stay between −1 and 1.
    pub bias: bool,
    /// Whether the state before the first step is trained; it begins at zero.
    pub start: bool,
}

impl Default for Beginning {
    /// The original's, without Dale's law.
    fn default() -> Self {
        Self {
            kind: Kind::Uneven,
            radius: 1.2,
            excitatory: None,
            positive: false,
            density: 1.0,
            bias: false,
            start: false,
        }
    }
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tie {
    /// Anything.
    Free,
    /// What it is.
    Fixed,
    /// Not negative.
    Positive,
    /// Not positive.
    Negative,
    /// Between −1 and 1.
    Small,
}

impl Tie {
    /// The nearest number that is allowed.
    #[must_use]
    pub fn hold(self, value: f32) -> f32 {
        match self {
            Self::Free | Self::Fixed => value,
            Self::Positive => value.max(0.0),
            Self::Negative => value.min(0.0),
            Self::Small => value.clamp(-1.0, 1.0),
        }
    }
}

impl Beginning {
    /// A network of this `design`, and how its parameters are tied, `[parameter]`.
    ///
    /// # Errors
    /// [`Error::NoSpectrum`](crate::Error::NoSpectrum) when the weights have no eigenvalues that
    /// can be found.
    pub fn draw(&self, design: Design, rng: &Rng) -> Result<(RateNetwork, Vec<Tie>)> {
        let Design { units, inputs, outputs, form, activation, tau } = design;
        let n = units as f64;
        let root = n.sqrt();
        let excited = self.excited(units);
        let dale = excited.is_some();
        let ratio = self.excitatory.map_or(1.0, |part| part / (1.0 - part));

        let mut draw = rng.lane(0);
        let mut recurrent = Array2::zeros((units, units));
        for ((_, from), weight) in recurrent.indexed_iter_mut() {
            *weight = match (excited, self.kind) {
                (Some(excited), _) if from < excited => (1.0 / root + draw.normal() / n).abs(),
                (Some(_), _) => -(ratio / root + draw.normal() / n).abs(),
                (None, Kind::Uneven) => draw.normal() / n,
                (None, Kind::Centred) => draw.normal() / root,
            };
        }
        let missing = (((1.0 - self.density) * n).ceil() as usize).min(units);
        let mut choose = rng.lane(3);
        let mut absent = vec![false; units * units];
        for from in 0..units {
            let mut all: Vec<usize> = (0..units).collect();
            for place in 0..missing {
                let other = place + choose.below((units - place) as u64) as usize;
                all.swap(place, other);
                recurrent[[all[place], from]] = 0.0;
                absent[all[place] * units + from] = true;
            }
        }
        recurrent.diag_mut().fill(0.0);
        let radius = spectral_radius(recurrent.view())?;
        if radius > 0.0 {
            recurrent *= self.radius / radius;
        }

        let side = |lane: u64, rows: usize, columns: usize| {
            let mut draw = rng.lane(lane);
            let weight = || match (dale, self.kind) {
                (true, _) => (1.0 / root + draw.normal() / n).abs(),
                (false, Kind::Uneven) => 1.0 / root + draw.normal() / n,
                (false, Kind::Centred) => draw.normal() / root,
            };
            let mut weights = Array2::from_shape_simple_fn((rows, columns), weight);
            if self.positive {
                weights.mapv_inplace(f64::abs);
            }
            weights
        };
        let network = RateNetwork {
            input: side(1, units, inputs),
            output: side(2, outputs, units),
            bias: Array1::zeros(units),
            start: Array1::zeros(units),
            recurrent,
            form,
            activation,
            step: 1.0,
            tau,
        };
        Ok((network, self.ties(design, &absent)))
    }

    /// How many units are excitatory under Dale's law: the first ones.
    #[must_use]
    pub fn excited(&self, units: usize) -> Option<usize> {
        self.excitatory.map(|part| ((part * units as f64) as usize).min(units))
    }

    fn ties(&self, design: Design, absent: &[bool]) -> Vec<Tie> {
        let Design { units, inputs, outputs, .. } = design;
        let excited = self.excited(units);
        let side = if self.positive || excited.is_some() { Tie::Positive } else { Tie::Free };
        let mut ties = Vec::with_capacity(design.parameters());
        for to in 0..units {
            ties.extend((0..units).map(|from| match excited {
                _ if absent[to * units + from] => Tie::Fixed,
                Some(_) if to == from => Tie::Fixed,
                Some(excited) if from < excited => Tie::Positive,
                Some(_) => Tie::Negative,
                None => Tie::Free,
            }));
            ties.extend(std::iter::repeat_n(side, inputs));
            ties.push(if self.bias { Tie::Small } else { Tie::Fixed });
        }
        for _ in 0..outputs {
            ties.extend(std::iter::repeat_n(side, units));
            ties.extend(std::iter::repeat_n(Tie::Fixed, inputs + 1));
        }
        let start = if self.start { Tie::Free } else { Tie::Fixed };
        ties.extend(std::iter::repeat_n(start, units));
        ties
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::{Beginning, Design, Kind, Tie};
    use crate::math::eigen::spectral_radius;
    use crate::models::activation::{Activation, Form};
    use crate::rng::Rng;
    use ndarray::Array2;

    fn design(units: usize) -> Design {
        let (form, activation) = (Form::Rate, Activation::Relu);
        Design { units, inputs: 6, outputs: 2, tau: 10.0, form, activation }
    }

    fn moments(values: &Array2<f64>) -> (f64, f64) {
        let mean = values.mean().unwrap_or(0.0);
        (mean, values.std(0.0))
    }

    #[test]
    fn the_original_begins_with_nearly_equal_input_and_output_weights() {
        let beginning = Beginning::default();
        let (network, ties) = beginning.draw(design(100), &Rng::stream(7, "n")).expect("a network");
        for weights in [&network.input, &network.output] {
            let (mean, spread) = moments(weights);
            // Of 200 numbers or more, five standard errors.
            assert!((mean - 0.1).abs() < 0.0036 && (spread - 0.01).abs() < 0.0026);
        }
        let radius = spectral_radius(network.recurrent.view()).expect("a spectrum");
        assert!((radius - 1.2).abs() < 1e-9);
        assert_eq!(ties.len(), design(100).parameters());
        let free = ties.iter().filter(|&&tie| tie == Tie::Free).count();
        assert_eq!(free, 100 * 100 + 8 * 100);
    }

    #[test]
    fn under_dales_law_excitation_and_inhibition_balance_and_keep_their_signs() {
        let beginning = Beginning { excitatory: Some(0.8), ..Beginning::default() };
        let (network, ties) = beginning.draw(design(100), &Rng::stream(7, "n")).expect("a network");
        for ((to, from), &weight) in network.recurrent.indexed_iter() {
            assert!(if from < 80 { weight >= 0.0 } else { weight <= 0.0 });
            assert_eq!(weight == 0.0, to == from);
            let tie = ties[to * 107 + from];
            let expected = match from {
                _ if to == from => Tie::Fixed,
                0..80 => Tie::Positive,
                _ => Tie::Negative,
            };
            assert_eq!(tie, expected);
        }
        assert!(network.input.iter().chain(&network.output).all(|&w| w > 0.0));
        let row = network.recurrent.row(3);
        let (plus, minus): (f64, f64) =
            row.iter().fold((0.0, 0.0), |(p, m), &w| (p + w.max(0.0), m + w.min(0.0)));
        assert!((plus / -minus - 1.0).abs() < 0.1, "{plus} against {minus}");
    }

    #[test]
    fn connections_that_are_left_out_stay_out() {
        let beginning =
            Beginning { density: 0.3, kind: Kind::Centred, bias: true, ..Beginning::default() };
        let (network, ties) = beginning.draw(design(20), &Rng::stream(7, "n")).expect("a network");
        for from in 0..20 {
            let fixed = (0..20).filter(|to| ties[to * 27 + from] == Tie::Fixed);
            assert!(fixed.clone().all(|to| network.recurrent[[to, from]] == 0.0));
            assert_eq!(fixed.count(), 14);
        }
        assert_eq!(ties[26], Tie::Small);
    }

    #[test]
    fn parameters_and_network_are_two_ways_to_say_the_same() {
        let design = design(7);
        let (network, _) =
            Beginning::default().draw(design, &Rng::stream(7, "n")).expect("a network");
        let parameters = design.flatten(&network);
        assert_eq!(parameters.len(), design.parameters());
        let again = design.network(&parameters);
        assert_eq!(design.flatten(&again), parameters);
        assert!((&again.recurrent - &network.recurrent).iter().all(|off| off.abs() < 1e-7));
        assert_eq!(again.form, network.form);
    }

    #[test]
    fn a_tie_gives_the_nearest_number_that_is_allowed() {
        for (tie, expected) in [
            (Tie::Free, [-2.0, 2.0]),
            (Tie::Fixed, [-2.0, 2.0]),
            (Tie::Positive, [0.0, 2.0]),
            (Tie::Negative, [-2.0, 0.0]),
            (Tie::Small, [-1.0, 1.0]),
        ] {
            assert_eq!([-2.0, 2.0].map(|value| tie.hold(value)), expected);
        }
    }
}
