//! A recording that a visitor brings: what it must hold, how it is found in the arrays of a file,
//! and the bytes by which links know it.
//!
//! ```
//! use attractor_lab::experiments::recording::{Mapping, Recording};
//! use attractor_lab::files::{arrays, npz::Npz};
//! use ndarray::{Array2, Array3};
//!
//! let rates = Array3::<f32>::from_elem((5, 60, 8), 12.5);
//! let npz = Npz::default().with("firing", &rates)?.with("omega", &Array2::<f64>::ones((5, 60)))?;
//! let found = arrays::open(vec![("mine.npz".into(), npz.pack()?)])?;
//!
//! let recording = Recording::take(&found.arrays, &Mapping::guess(&found.arrays)?)?;
//! assert_eq!(recording.rates().dim(), (5, 60, 8));
//! let bytes = recording.bytes();
//! assert_eq!(Recording::open(&bytes)?, recording);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::files::{arrays::Array, npz::Npz};
use crate::{Error, Result};
use ndarray::{Array0, Array2, Array3, ArrayD, ArrayView2, ArrayView3, Axis, Ix3};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What kind of material it is.
pub const KIND: &str = "recording";
/// First bytes of its own form.
const MAGIC: &[u8; 8] = b"ATREC\0\0\x01";
/// Neurons of a ring that can be identified.
const NEURONS: std::ops::RangeInclusive<usize> = 8..=512;
/// Fewest steps of a trajectory.
const FEWEST_STEPS: usize = 50;
/// Allowed sampling steps, ms.
const STEPS: std::ops::RangeInclusive<f64> = 0.01..=10_000.0;

/// Rates and velocity of a ring of neurons, as they were recorded.
///
/// The velocity of a step is the one that led to the rates of the same index.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// `[trajectory, step, neuron]`, from 0, in the visitor's unit.
    rates: Array3<f32>,
    /// `[trajectory, step]`, in the visitor's unit.
    velocity: Array2<f32>,
    /// `[trajectory, step]`, radians.
    heading: Option<Array2<f32>>,
    /// Time between two steps, ms.
    step: Option<f64>,
}

/// The numbers of a recording, as its own form keeps them.
#[derive(Serialize, Deserialize)]
struct Written {
    shape: [u32; 3],
    rates: Vec<f32>,
    velocity: Vec<f32>,
    heading: Option<Vec<f32>>,
    step: Option<f64>,
}

impl Recording {
    /// A recording with these numbers, if they are one.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the shapes do not fit each other, [`Error::BadValue`] when one is
    /// outside its limits or a rate is negative.
    fn new(
        rates: Array3<f32>,
        velocity: Array2<f32>,
        heading: Option<Array2<f32>>,
        step: Option<f64>,
    ) -> Result<Self> {
        let (trajectories, steps, neurons) = rates.dim();
        let fits = |name: &str, other: &Array2<f32>| {
            let (b, t) = other.dim();
            if (b, t) == (trajectories, steps) {
                return Ok(());
            }
            Err(Error::Conflict {
                why: format!(
                    "the {name} has {b} × {t} trajectories and steps, and the rates have \
                     {trajectories} × {steps}: they must be as many"
                ),
            })
        };
        fits("velocity", &velocity)?;
        heading.iter().try_for_each(|heading| fits("heading", heading))?;
        let limit = |key: &str, value: String, fits: bool, allowed: String| {
            let bad = || Error::BadValue { key: key.into(), value, allowed };
            if fits { Ok(()) } else { Err(bad()) }
        };
        let (fewest, most) = (NEURONS.start(), NEURONS.end());
        limit(
            "the number of neurons",
            neurons.to_string(),
            NEURONS.contains(&neurons),
            format!("a number from {fewest} to {most}; are the axes in the right order?"),
        )?;
        limit(
            "the number of steps",
            steps.to_string(),
            steps >= FEWEST_STEPS,
            format!("at least {FEWEST_STEPS}; are the axes in the right order?"),
        )?;
        if let Some(step) = step {
            let allowed = format!("a number from {} to {} ms", STEPS.start(), STEPS.end());
            limit("the sampling step", step.to_string(), STEPS.contains(&step), allowed)?;
        }
        if let Some((place, rate)) = rates.indexed_iter().find(|(_, rate)| **rate < 0.0) {
            return Err(Error::BadValue {
                key: format!("the rate at [trajectory, step, neuron] {place:?}"),
                value: rate.to_string(),
                allowed: "0 or more: take the baseline off first".into(),
            });
        }
        if rates.iter().all(|&rate| rate == 0.0) {
            return Err(Error::Conflict { why: "every rate is 0: no neuron ever fires".into() });
        }
        if velocity.iter().all(|&velocity| velocity == 0.0) {
            return Err(Error::Conflict {
                why: "every velocity is 0: what turns the ring cannot be learnt from rest".into(),
            });
        }
        Ok(Self { rates, velocity, heading, step })
    }

    /// Takes the recording out of `arrays` as `mapping` says.
    ///
    /// # Errors
    /// [`Error::BadValue`] or [`Error::Conflict`] with the array, what it holds and what is allowed.
    pub fn take(arrays: &[Array], mapping: &Mapping) -> Result<Self> {
        let rates = mapping.rates.take(Role::Rates, arrays)?;
        let plane = |pick: &Pick, role| -> Result<Array2<f32>> {
            let cube = pick.take(role, arrays)?;
            let channels = cube.len_of(Axis(2));
            if pick.channel >= channels {
                return Err(Error::BadValue {
                    key: format!("the channel of “{}”", pick.array),
                    value: pick.channel.to_string(),
                    allowed: format!("a whole number from 0 to {}", channels - 1),
                });
            }
            Ok(cube.index_axis_move(Axis(2), pick.channel).as_standard_layout().into_owned())
        };
        let velocity = plane(&mapping.velocity, Role::Velocity)?;
        let heading =
            mapping.heading.as_ref().map(|pick| plane(pick, Role::Heading)).transpose()?;
        let unit = if mapping.degrees { std::f32::consts::PI / 180.0 } else { 1.0 };
        Self::new(rates, velocity, heading.map(|heading| heading * unit), mapping.step)
    }

    /// Reads the bytes that [`bytes`](Self::bytes) wrote.
    ///
    /// # Errors
    /// [`Error::BadFile`] when they are not such bytes.
    pub fn open(bytes: &[u8]) -> Result<Self> {
        let bad = |why: String| Error::BadFile { what: "the recording".into(), why };
        let content = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| bad("this laboratory did not write it".into()))?;
        let written: Written = postcard::from_bytes(content)
            .map_err(|_| bad("its contents are not a recording".into()))?;
        let [b, t, n] = written.shape.map(|length| length as usize);
        let odd = |_| bad("its shape is not that of its numbers".into());
        let plane = |values| Array2::from_shape_vec((b, t), values).map_err(odd);
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let all = [Some(&written.rates), Some(&written.velocity), written.heading.as_ref()];
        if !all.into_iter().flatten().all(|values| finite(values)) {
            return Err(bad("it holds what is no finite number".into()));
        }
        let rates = Array3::from_shape_vec((b, t, n), written.rates).map_err(odd)?;
        let heading = written.heading.map(plane).transpose()?;
        Self::new(rates, plane(written.velocity)?, heading, written.step)
    }

    /// Its own form, which the fingerprint in a link is that of. It knows nothing of the file it
    /// came from: the same numbers are the same recording.
    ///
    /// # Panics
    /// Never: plain numbers always serialise.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let (b, t, n) = self.rates.dim();
        let written = Written {
            shape: [b as u32, t as u32, n as u32],
            rates: self.rates.iter().copied().collect(),
            velocity: self.velocity.iter().copied().collect(),
            heading: self.heading.as_ref().map(|heading| heading.iter().copied().collect()),
            step: self.step,
        };
        postcard::to_extend(&written, MAGIC.to_vec()).expect("a Vec takes whatever it is given")
    }

    /// The recording for NumPy; opened again, it is the same recording.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn npz(&self) -> Result<Vec<u8>> {
        let mut npz =
            Npz::default().with("rates", &self.rates)?.with("velocity", &self.velocity)?;
        if let Some(heading) = &self.heading {
            npz = npz.with("heading", heading)?;
        }
        if let Some(step) = self.step {
            npz = npz.with("step_ms", &Array0::from_elem((), step))?;
        }
        npz.pack()
    }

    /// Rates, `[trajectory, step, neuron]`, from 0, in the visitor's unit.
    #[must_use]
    pub fn rates(&self) -> ArrayView3<'_, f32> {
        self.rates.view()
    }

    /// Velocity, `[trajectory, step]`, in the visitor's unit.
    #[must_use]
    pub fn velocity(&self) -> ArrayView2<'_, f32> {
        self.velocity.view()
    }

    /// Heading, `[trajectory, step]`, radians.
    #[must_use]
    pub fn heading(&self) -> Option<ArrayView2<'_, f32>> {
        self.heading.as_ref().map(|heading| heading.view())
    }

    /// Time between two steps, ms.
    #[must_use]
    pub fn step(&self) -> Option<f64> {
        self.step
    }

    /// What it is, in a few words: “60 neurons, 40 trajectories of 1000 steps of 25 ms”.
    #[must_use]
    pub fn about(&self) -> String {
        let (b, t, n) = self.rates.dim();
        let trajectories =
            if b == 1 { "one trajectory".into() } else { format!("{b} trajectories") };
        let step = self.step.map(|step| format!(" of {step} ms")).unwrap_or_default();
        format!("{n} neurons, {trajectories} of {t} steps{step}")
    }
}

/// What an array is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Firing rates.
    Rates,
    /// What turns the ring.
    Velocity,
    /// Where the animal faces.
    Heading,
}

impl Role {
    /// The ways in which an array of this rank can be laid out, the likeliest first. A layout names
    /// the axes in the array's order: t(rajectory), s(tep), and n(euron) or c(hannel).
    #[must_use]
    pub fn layouts(self, rank: usize) -> &'static [&'static str] {
        match (self, rank) {
            (Self::Rates, 3) => &["tsn", "tns", "stn", "snt", "nts", "nst"],
            (Self::Rates, 2) => &["sn", "ns"],
            (Self::Velocity | Self::Heading, 3) => &["tsc", "tcs", "stc", "sct", "cts", "cst"],
            (Self::Velocity | Self::Heading, 2) => &["ts", "st", "sc", "cs"],
            (Self::Velocity | Self::Heading, 1) => &["s"],
            _ => &[],
        }
    }

    /// Its name, and the ranks it may have, for sentences.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Rates => ("rates", "3 axes (trajectory, step, neuron) or 2 (step, neuron)"),
            Self::Velocity => ("velocity", "1 to 3 axes (trajectory, step, channel)"),
            Self::Heading => ("heading", "1 to 3 axes (trajectory, step, channel)"),
        }
    }

    /// Words in the names of arrays that play this role, the likeliest first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Rates => {
                &["rates", "rate", "firing", "activity", "spike", "response", "dff", "fr", "r"]
            }
            Self::Velocity => {
                &["velocity", "velocities", "angular", "omega", "vel", "input", "speed", "v", "u"]
            }
            Self::Heading => {
                &["heading", "headings", "head", "theta", "direction", "angle", "hd", "phi"]
            }
        }
    }

    /// How likely an array of this name plays this role; 0 is likeliest.
    fn likelihood(self, name: &str) -> usize {
        let name = name.to_lowercase();
        let found = self.names().iter().position(|word| {
            // A word of a letter or two is a name only by itself.
            if word.len() > 2 { name.contains(word) } else { name == *word }
        });
        found.unwrap_or(usize::MAX)
    }
}

/// The words of a layout: “trajectory, step, neuron”.
#[must_use]
pub fn layout_words(layout: &str) -> String {
    let words = layout.chars().map(|axis| match axis {
        't' => "trajectory",
        's' => "step",
        'n' => "neuron",
        _ => "channel",
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Which array is what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The rates.
    pub rates: Pick,
    /// The velocity.
    pub velocity: Pick,
    /// The heading, where it was recorded.
    pub heading: Option<Pick>,
    /// Whether the heading counts in degrees instead of radians.
    pub degrees: bool,
    /// Time between two steps, ms.
    pub step: Option<f64>,
}

/// An array and how it is laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// The name of the array.
    pub array: String,
    /// One of [`Role::layouts`].
    pub layout: String,
    /// Which channel counts, where the layout has channels.
    pub channel: usize,
}

impl Pick {
    fn new(array: &Array, layout: &str) -> Self {
        Self { array: array.name.clone(), layout: layout.into(), channel: 0 }
    }

    /// The numbers as `[trajectory, step, neuron or channel]`, `layout` being one of the role's.
    fn take(&self, role: Role, arrays: &[Array]) -> Result<Array3<f32>> {
        let (name, ranks) = role.words();
        let array = arrays.iter().find(|array| array.name == self.array).ok_or_else(|| {
            let known: Vec<_> = arrays.iter().map(|array| array.name.as_str()).collect();
            Error::BadValue {
                key: format!("the array for {name}"),
                value: self.array.clone(),
                allowed: format!("one of {}", known.join(", ")),
            }
        })?;
        let layouts = role.layouts(array.shape().len());
        if layouts.is_empty() {
            return Err(Error::BadValue {
                key: format!("the shape of {name}, “{}”,", self.array),
                value: format!("{:?}", array.shape()),
                allowed: ranks.into(),
            });
        }
        if !layouts.contains(&self.layout.as_str()) {
            return Err(Error::BadValue {
                key: format!("the layout of “{}”", self.array),
                value: self.layout.clone(),
                allowed: format!("one of {}", layouts.join(", ")),
            });
        }
        Ok(arranged(array.values()?, &self.layout))
    }
}

/// Where each of trajectory, step, and neuron or channel stands in a layout.
fn axes(layout: &str) -> [Option<usize>; 3] {
    ["t", "s", "nc"].map(|letters| layout.find(|letter| letters.contains(letter)))
}

fn arranged(mut values: ArrayD<f32>, layout: &str) -> Array3<f32> {
    // An axis that is not there is one long, and comes last until the axes are put in order.
    let mut rank = layout.len();
    let order = axes(layout).map(|axis| {
        axis.unwrap_or_else(|| {
            values.insert_axis_inplace(Axis(rank));
            rank += 1;
            rank - 1
        })
    });
    let cube = values.into_dimensionality::<Ix3>().expect("a layout names every axis");
    cube.permuted_axes(order).as_standard_layout().into_owned()
}

/// Trajectories and steps of an array with this layout.
fn extent(shape: &[usize], layout: &str) -> (usize, usize) {
    let [trajectory, step, _] = axes(layout);
    let length = |axis: Option<usize>| axis.map_or(1, |axis| shape[axis]);
    (length(trajectory), length(step))
}

impl Mapping {
    /// The likeliest mapping, by names and shapes.
    ///
    /// # Errors
    /// [`Error::Conflict`] when no two arrays can be rates and the velocity that goes with them.
    pub fn guess(arrays: &[Array]) -> Result<Self> {
        let likeliest = |role: Role, least: usize| {
            let mut found: Vec<&Array> = arrays
                .iter()
                .filter(|array| !role.layouts(array.shape().len()).is_empty())
                .filter(|array| array.shape().iter().product::<usize>() >= least)
                .collect();
            found.sort_by_key(|array| {
                let size = array.shape().iter().product::<usize>();
                (role.likelihood(&array.name), usize::MAX - size)
            });
            found
        };
        let fitting = |role: Role, taken: &[&str], extents: (usize, usize)| {
            likeliest(role, FEWEST_STEPS).into_iter().find_map(|array| {
                let fits = |layout: &&&str| {
                    !taken.contains(&array.name.as_str())
                        && extent(array.shape(), layout) == extents
                };
                let layout = role.layouts(array.shape().len()).iter().find(fits)?;
                Some(Pick::new(array, layout))
            })
        };
        for array in likeliest(Role::Rates, FEWEST_STEPS * NEURONS.start()) {
            for layout in Role::Rates.layouts(array.shape().len()) {
                let extents = extent(array.shape(), layout);
                if extents.1 < FEWEST_STEPS {
                    continue;
                }
                let Some(velocity) = fitting(Role::Velocity, &[&array.name], extents) else {
                    continue;
                };
                // A heading is optional: only an array that is called one is taken for one.
                let heading = fitting(Role::Heading, &[&array.name, &velocity.array], extents)
                    .filter(|pick| Role::Heading.likelihood(&pick.array) < usize::MAX);
                let degrees = heading.as_ref().is_some_and(|pick| counts_degrees(pick, arrays));
                return Ok(Self {
                    rates: Pick::new(array, layout),
                    velocity,
                    heading,
                    degrees,
                    step: sampling_step(arrays),
                });
            }
        }
        let held: Vec<_> =
            arrays.iter().map(|array| format!("{} {:?}", array.name, array.shape())).collect();
        Err(Error::Conflict {
            why: format!(
                "there are no rates [trajectory, step, neuron] of {} or more neurons with a \
                 velocity [trajectory, step] for each of {FEWEST_STEPS} or more steps in {}",
                NEURONS.start(),
                held.join(", ")
            ),
        })
    }
}

/// As `--map` takes it: `rates=firing:tsn,velocity=omega:tsc:1,heading=hd:ts,degrees=true,step=25`.
impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rates={},velocity={}", self.rates, self.velocity)?;
        if let Some(heading) = &self.heading {
            write!(f, ",heading={heading},degrees={}", self.degrees)?;
        }
        self.step.map_or(Ok(()), |step| write!(f, ",step={step}"))
    }
}

impl FromStr for Mapping {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = |key: &str, value: &str, allowed: &str| Error::BadValue {
            key: key.into(),
            value: value.into(),
            allowed: allowed.into(),
        };
        let (mut rates, mut velocity, mut heading) = (None, None, None);
        let (mut degrees, mut step) = (false, None);
        for part in text.split(',') {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.trim() {
                "rates" => rates = Some(value.parse()?),
                "velocity" => velocity = Some(value.parse()?),
                "heading" => heading = Some(value.parse()?),
                "degrees" => {
                    degrees = value.parse().map_err(|_| bad(key, value, "true or false"))?;
                }
                "step" => {
                    step = Some(value.parse().map_err(|_| bad(key, value, "a number of ms"))?);
                }
                _ => {
                    let keys = "one of rates, velocity, heading, degrees, step";
                    return Err(bad("the mapping", part, keys));
                }
            }
        }
        match (rates, velocity) {
            (Some(rates), Some(velocity)) => Ok(Self { rates, velocity, heading, degrees, step }),
            _ => Err(bad("the mapping", text, "such as rates=firing:tsn,velocity=omega:ts")),
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.array, self.layout)?;
        if self.channel > 0 { write!(f, ":{}", self.channel) } else { Ok(()) }
    }
}

impl FromStr for Pick {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(':');
        let mut part = || parts.next().unwrap_or("");
        let (array, layout, channel) = (part(), part(), part());
        let channel = if channel.is_empty() { Ok(0) } else { channel.parse() };
        match (channel, parts.next()) {
            (Ok(channel), None) if !array.is_empty() && !layout.is_empty() => {
                Ok(Self { array: array.into(), layout: layout.into(), channel })
            }
            _ => Err(Error::BadValue {
                key: "an array in the mapping".into(),
                value: text.into(),
                allowed: "name:layout or name:layout:channel, such as omega:tsc:1".into(),
            }),
        }
    }
}

/// Whether a heading goes further than radians would in sixteen turns, and no further than degrees
/// do in one.
fn counts_degrees(pick: &Pick, arrays: &[Array]) -> bool {
    let Ok(values) = pick.take(Role::Heading, arrays) else { return false };
    let within = values.iter().all(|value| (-361.0..=361.0).contains(value));
    within && values.iter().any(|value| value.abs() > 100.0)
}

/// The sampling step in ms, if an array of one number is called so. A `dt` below 1 is in seconds.
fn sampling_step(arrays: &[Array]) -> Option<f64> {
    let called = |names: &[&str]| {
        arrays.iter().find(|array| {
            array.shape().iter().product::<usize>() == 1
                && names.contains(&array.name.to_lowercase().as_str())
        })
    };
    let number = |array: &Array| array.values().ok()?.first().map(|&x| f64::from(x));
    let seconds = |x: f64| if x < 1.0 { x * 1000.0 } else { x };
    // Single precision would make 25.000000372529 of 0.025 s.
    let rounded = |x: f64| libm::round(x * 1e4) / 1e4;
    let step = match called(&["step_ms", "dt_ms", "bin_ms"]) {
        Some(array) => number(array)?,
        None => seconds(number(called(&["dt", "step", "bin", "bin_size", "sampling_step"])?)?),
    };
    Some(rounded(step)).filter(|step| STEPS.contains(step))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::{KIND, Mapping, Pick, Recording};
    use crate::files::{
        arrays::{Array, open},
        npz::Npz,
    };
    use ndarray::{Array1, Array2, Array3, arr1};
    use std::f32::consts::PI;

    fn rates(b: usize, t: usize, n: usize) -> Array3<f32> {
        Array3::from_shape_fn((b, t, n), |(b, t, n)| (10_000 * b + 100 * t + n) as f32)
    }

    fn velocity(b: usize, t: usize) -> Array2<f32> {
        Array2::from_shape_fn((b, t), |(b, t)| b as f32 - t as f32)
    }

    fn opened(npz: &Npz) -> Vec<Array> {
        open(vec![("a.npz".into(), npz.pack().unwrap())]).unwrap().arrays
    }

    fn pick(array: &str, layout: &str) -> Pick {
        Pick { array: array.into(), layout: layout.into(), channel: 0 }
    }

    #[test]
    fn whatever_the_order_of_the_axes_the_same_recording_comes_out() {
        let (whole, turns) = (rates(3, 60, 8), velocity(3, 60));
        let plain = Npz::default().with("rates", &whole).unwrap().with("v", &turns).unwrap();
        let arrays = opened(&plain);
        let wanted = Recording::take(&arrays, &Mapping::guess(&arrays).unwrap()).unwrap();
        assert_eq!((wanted.rates(), wanted.velocity()), (whole.view(), turns.view()));
        for (layout, order) in [
            ("tns", [0, 2, 1]),
            ("stn", [1, 0, 2]),
            ("snt", [1, 2, 0]),
            ("nts", [2, 0, 1]),
            ("nst", [2, 1, 0]),
        ] {
            let moved = whole.clone().permuted_axes(order);
            let npz = Npz::default().with("rates", &moved).unwrap();
            let arrays = opened(&npz.with("v", &turns.t().to_owned()).unwrap());
            let guess = Mapping::guess(&arrays).unwrap();
            let mapping =
                Mapping { rates: pick("rates", layout), velocity: pick("v", "st"), ..guess };
            assert_eq!(Recording::take(&arrays, &mapping).unwrap(), wanted, "{layout}");
        }
    }

    #[test]
    fn one_trajectory_and_a_channel_among_others_are_found() {
        let whole = rates(1, 70, 9).index_axis_move(ndarray::Axis(0), 0);
        let channels = Array2::from_shape_fn((70, 3), |(t, c)| (t * (c + 1)) as f32);
        let arrays =
            opened(&Npz::default().with("fr", &whole).unwrap().with("inputs", &channels).unwrap());
        let mut mapping = Mapping::guess(&arrays).unwrap();
        assert_eq!((mapping.rates.layout.as_str(), mapping.velocity.layout.as_str()), ("sn", "sc"));
        mapping.velocity.channel = 2;
        let recording = Recording::take(&arrays, &mapping).unwrap();
        assert_eq!(recording.velocity()[[0, 5]], 15.0);
        mapping.velocity.channel = 3;
        let why = Recording::take(&arrays, &mapping).unwrap_err().to_string();
        assert_eq!(
            why,
            "the channel of “inputs” cannot be “3”: it must be a whole number from 0 to 2"
        );
    }

    #[test]
    fn a_guess_goes_by_names_first_and_by_shapes_then() {
        let npz = Npz::default()
            .with("position", &velocity(4, 90))
            .unwrap()
            .with("omega", &velocity(4, 90))
            .unwrap()
            .with("hd", &velocity(4, 90).mapv(|x| x.rem_euclid(360.0)))
            .unwrap()
            .with("weights", &Array2::<f32>::zeros((60, 60)))
            .unwrap()
            .with("neural", &rates(4, 90, 60))
            .unwrap()
            .with("dt", &arr1(&[0.025]))
            .unwrap();
        let mapping = Mapping::guess(&opened(&npz)).unwrap();
        assert_eq!(mapping.rates, pick("neural", "tsn"));
        assert_eq!(mapping.velocity, pick("omega", "ts"));
        assert_eq!(mapping.heading, Some(pick("hd", "ts")));
        assert!(mapping.degrees);
        assert_eq!(mapping.step, Some(25.0));
    }

    #[test]
    fn a_mapping_is_read_as_it_is_written() {
        for text in [
            "rates=firing:tsn,velocity=omega:ts",
            "rates=a/b:ns,velocity=omega:tsc:1,heading=hd:ts,degrees=true,step=12.5",
        ] {
            assert_eq!(text.parse::<Mapping>().unwrap().to_string(), text);
        }
        for text in ["", "rates=a:tsn", "rates=a,velocity=b:ts", "rates=a:tsn,velocity=b:ts,x=1"] {
            assert!(text.parse::<Mapping>().is_err(), "{text}");
        }
    }

    #[test]
    fn degrees_become_radians() {
        let npz = Npz::default().with("rates", &rates(1, 60, 8)).unwrap();
        let npz = npz.with("v", &velocity(1, 60)).unwrap();
        let npz = npz.with("heading", &Array2::from_elem((1, 60), 180.0)).unwrap();
        let arrays = opened(&npz);
        let recording = Recording::take(&arrays, &Mapping::guess(&arrays).unwrap()).unwrap();
        assert_eq!(recording.heading().unwrap()[[0, 0]], PI);
    }

    #[test]
    fn its_own_file_opened_again_is_the_same_recording() {
        let npz = Npz::default().with("rates", &rates(2, 60, 8)).unwrap();
        let npz = npz.with("v", &velocity(2, 60)).unwrap();
        let npz = npz.with("heading", &velocity(2, 60).mapv(|x| x % 3.0)).unwrap();
        let arrays = opened(&npz.with("dt", &arr1(&[0.025])).unwrap());
        let first = Recording::take(&arrays, &Mapping::guess(&arrays).unwrap()).unwrap();
        assert_eq!(first.about(), "8 neurons, 2 trajectories of 60 steps of 25 ms");
        let again = open(vec![("b.npz".into(), first.npz().unwrap())]).unwrap().arrays;
        let again = Recording::take(&again, &Mapping::guess(&again).unwrap()).unwrap();
        assert_eq!(again.bytes(), first.bytes());
        assert_eq!(Recording::open(&first.bytes()).unwrap(), first);
    }

    #[test]
    fn what_does_not_fit_is_said_with_numbers() {
        let refused = |rates: Array3<f32>, velocity: Array2<f32>| {
            Recording::new(rates, velocity, None, None).unwrap_err().to_string()
        };
        let why = refused(rates(2, 60, 8), velocity(2, 59));
        assert!(why.contains("the velocity has 2 × 59") && why.contains("have 2 × 60"), "{why}");
        assert!(refused(rates(2, 60, 7), velocity(2, 60)).contains("neurons cannot be “7”"));
        assert!(refused(rates(2, 40, 8), velocity(2, 40)).contains("steps cannot be “40”"));
        let mut negative = rates(2, 60, 8);
        negative[[1, 2, 3]] = -0.5;
        let why = refused(negative, velocity(2, 60));
        assert!(why.contains("[trajectory, step, neuron] (1, 2, 3) cannot be “-0.5”"), "{why}");
        assert!(refused(Array3::zeros((2, 60, 8)), velocity(2, 60)).contains("ever fires"));
        assert!(refused(rates(2, 60, 8), Array2::zeros((2, 60))).contains("rest"));
        let why = Recording::new(rates(2, 60, 8), velocity(2, 60), None, Some(0.0)).unwrap_err();
        assert!(why.to_string().contains("the sampling step cannot be “0”"), "{why}");
    }

    #[test]
    fn wrong_ranks_and_unknown_arrays_are_named() {
        let npz = Npz::default().with("rates", &Array1::<f32>::zeros(600)).unwrap();
        let arrays = opened(&npz.with("v", &velocity(1, 60)).unwrap());
        let why = Mapping::guess(&arrays).unwrap_err().to_string();
        assert!(why.contains("rates [600], v [1, 60]"), "{why}");
        let mapping = |rates, velocity| Mapping {
            rates,
            velocity,
            heading: None,
            degrees: false,
            step: None,
        };
        let why = |mapping| Recording::take(&arrays, &mapping).unwrap_err().to_string();
        let rank = why(mapping(pick("rates", "tsn"), pick("v", "ts")));
        assert_eq!(
            rank,
            "the shape of rates, “rates”, cannot be “[600]”: it must be 3 axes (trajectory, step, \
             neuron) or 2 (step, neuron)"
        );
        assert!(why(mapping(pick("x", "tsn"), pick("v", "ts"))).contains("one of rates, v"));
        assert!(why(mapping(pick("v", "tsn"), pick("v", "ts"))).contains("one of sn, ns"));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let npz = Npz::default().with("rates", &rates(1, 60, 8)).unwrap();
        let arrays = opened(&npz.with("v", &velocity(1, 60)).unwrap());
        let whole = Recording::take(&arrays, &Mapping::guess(&arrays).unwrap()).unwrap().bytes();
        for end in (0..whole.len()).step_by(37) {
            assert!(Recording::open(&whole[..end]).is_err());
        }
        for at in (0..40).chain((40..whole.len()).step_by(61)) {
            let mut torn = whole.clone();
            torn[at] ^= 0xff;
            let _ = Recording::open(&torn);
        }
        assert_eq!(KIND, "recording");
    }
}
