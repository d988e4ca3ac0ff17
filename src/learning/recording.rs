//! What a student is shown: rates and velocities of a teacher, and the windows cut from them.
//!
//! A student starts from the recorded rates at some time t₀ and has to say the next *T* rate
//! vectors, given the velocities of those same steps.
//!
//! ```
//! use attractor_lab::learning::recording::Recording;
//! use ndarray::{Array2, Array3};
//!
//! let rates = Array3::from_shape_fn((4, 10, 3), |(trajectory, time, neuron)| {
//!     (100 * trajectory + 10 * time + neuron) as f64
//! });
//! let recording = Recording::new(rates.view(), Array2::zeros((4, 10)).view())?;
//! let window = recording.window(5, &[2, 0], 3);
//! assert_eq!(window.start[[0, 1]], 251.0);
//! assert_eq!(window.target[[0, 1, 2]], 62.0); // the first step, trajectory 0, neuron 2
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::error::{Error, Result};
use ndarray::{ArcArray, Array2, Array3, ArrayView2, ArrayView3, Axis, Ix2, Ix3, s};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Trajectories of a teacher, in single precision. Clones share the numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Packed", try_from = "Packed")]
#[allow(
    clippy::unsafe_derive_deserialize,
    reason = "what is unsafe is inside `s!` and checks its bounds"
)]
pub struct Recording {
    /// `[trajectory, time, neuron]`, dimensionless, in [0, 1).
    rates: ArcArray<f32, Ix3>,
    /// `[trajectory, time]`, in rad/s: the velocity that led to the rates of the same index.
    velocity: ArcArray<f32, Ix2>,
}

/// A recording as it crosses to another thread: tens of megabytes, so not number by number.
#[derive(Serialize, Deserialize)]
struct Packed {
    /// Trajectories, times, neurons.
    shape: (usize, usize, usize),
    /// All rates and then all velocities, as they lie, little-endian.
    numbers: ByteBuf,
}

impl From<Recording> for Packed {
    fn from(recording: Recording) -> Self {
        let (rates, velocity) = recording.values();
        let numbers = rates.iter().chain(velocity).flat_map(|number| number.to_le_bytes());
        Self { shape: recording.rates.dim(), numbers: ByteBuf::from(numbers.collect::<Vec<_>>()) }
    }
}

impl TryFrom<Packed> for Recording {
    type Error = Error;
    fn try_from(Packed { shape, numbers }: Packed) -> Result<Self> {
        let misfit = |_| Error::BadFile {
            what: "the recording".into(),
            why: "its numbers do not fit its shape".into(),
        };
        let (numbers, _) = numbers.as_chunks();
        let mut rates: Vec<f32> =
            numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
        let (trajectories, times, neurons) = shape;
        let count = trajectories.checked_mul(times).and_then(|count| count.checked_mul(neurons));
        let velocity = rates.split_off(count.unwrap_or(usize::MAX).min(rates.len()));
        Self::single(
            Array3::from_shape_vec(shape, rates).map_err(misfit)?,
            Array2::from_shape_vec((trajectories, times), velocity).map_err(misfit)?,
        )
    }
}

impl Recording {
    /// From `rates` `[trajectory, time, neuron]` and `velocity` `[trajectory, time]` in rad/s.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the two do not fit each other or one is empty,
    /// [`Error::BadValue`] when a number is not finite.
    pub fn new(rates: ArrayView3<f64>, velocity: ArrayView2<f64>) -> Result<Self> {
        Self::single(rates.mapv(|r| r as f32), velocity.mapv(|v| v as f32))
    }

    /// Like [`Recording::new`], from numbers that are in single precision already.
    ///
    /// # Errors
    /// As [`Recording::new`].
    pub fn single(rates: Array3<f32>, velocity: Array2<f32>) -> Result<Self> {
        let (trajectories, times, _) = rates.dim();
        if velocity.dim() != (trajectories, times) || rates.is_empty() {
            return Err(Error::Conflict {
                why: format!(
                    "a recording needs rates [trajectory, time, neuron] and as many velocities \
                     [trajectory, time]; these are {:?} and {:?}",
                    rates.shape(),
                    velocity.shape()
                ),
            });
        }
        let rates = rates.as_standard_layout().into_owned().into_shared();
        let velocity = velocity.as_standard_layout().into_owned().into_shared();
        let recording = Self { rates, velocity };
        for (key, odd) in [
            ("a recorded rate", recording.rates.iter().find(|r| !r.is_finite())),
            ("a recorded velocity", recording.velocity.iter().find(|v| !v.is_finite())),
        ] {
            if let Some(odd) = odd {
                return Err(Error::BadValue {
                    key: key.into(),
                    value: odd.to_string(),
                    allowed: "a finite number".into(),
                });
            }
        }
        Ok(recording)
    }

    /// These trajectories alone.
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    pub fn only(&self, trajectories: std::ops::Range<usize>) -> Self {
        Self {
            rates: self.rates.slice(s![trajectories.clone(), .., ..]).to_shared(),
            velocity: self.velocity.slice(s![trajectories, ..]).to_shared(),
        }
    }

    /// Number of trajectories.
    #[must_use]
    pub fn trajectories(&self) -> usize {
        self.rates.len_of(Axis(0))
    }

    /// Number of recorded steps of each trajectory.
    #[must_use]
    pub fn times(&self) -> usize {
        self.rates.len_of(Axis(1))
    }

    /// Number of recorded neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.rates.len_of(Axis(2))
    }

    /// Whether this is the same recording, and not only an equal one.
    #[cfg(feature = "gpu")]
    pub(super) fn is(&self, other: &Self) -> bool {
        self.rates.as_ptr() == other.rates.as_ptr() && self.rates.dim() == other.rates.dim()
    }

    /// All rates and all velocities as they lie, trajectory after trajectory.
    pub(super) fn values(&self) -> (&[f32], &[f32]) {
        const ORDER: &str = "a recording lies in rows: it was made so";
        (self.rates.as_slice().expect(ORDER), self.velocity.as_slice().expect(ORDER))
    }

    /// The rates of one trajectory at one time, `[neuron]`.
    pub(super) fn rates_at(&self, trajectory: usize, time: usize) -> &[f32] {
        let row = self.rates.slice(s![trajectory, time, ..]).to_slice();
        row.expect("a recording lies in rows: it was made so")
    }

    /// The velocity of one trajectory that led to one time, in rad/s.
    pub(super) fn velocity_at(&self, trajectory: usize, time: usize) -> f32 {
        self.velocity[[trajectory, time]]
    }

    /// The `steps` steps after time index `start` of these trajectories.
    ///
    /// # Panics
    /// When the recording has no such time or trajectory.
    #[must_use]
    pub fn window(&self, start: usize, trajectories: &[usize], steps: usize) -> Window {
        let batch = trajectories.len();
        let mut window = Window {
            start: Array2::zeros((batch, self.neurons())),
            velocity: Array2::zeros((steps, batch)),
            target: Array3::zeros((steps, batch, self.neurons())),
        };
        let after = start + 1..start + 1 + steps;
        for (b, &trajectory) in trajectories.iter().enumerate() {
            window.start.row_mut(b).assign(&self.rates.slice(s![trajectory, start, ..]));
            let velocity = self.velocity.slice(s![trajectory, after.clone()]);
            window.velocity.column_mut(b).assign(&velocity);
            let target = self.rates.slice(s![trajectory, after.clone(), ..]);
            window.target.slice_mut(s![.., b, ..]).assign(&target);
        }
        window
    }
}

/// One thing to learn from: where to start, what drives, and what should come out. Time comes
/// first, because a network takes one step of all trajectories at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Rates before the first step, `[trajectory, observed]`.
    pub start: Array2<f32>,
    /// Velocity in each step, `[time, trajectory]`, rad/s.
    pub velocity: Array2<f32>,
    /// Rates after each step, `[time, trajectory, observed]`.
    pub target: Array3<f32>,
}

#[cfg(test)]
mod tests {
    use super::Recording;
    use crate::Error;
    use ndarray::{Array2, Array3};

    #[test]
    fn a_recording_arrives_in_another_thread_as_it_was() {
        let rates = Array3::from_shape_fn((3, 5, 2), |(k, t, n)| (100 * k + 10 * t + n) as f64);
        let velocity = Array2::from_shape_fn((3, 5), |(k, t)| (k + t) as f64 / 7.0);
        let recording = Recording::new(rates.view(), velocity.view()).expect("a recording");
        let sent = postcard::to_allocvec(&recording.only(1..3)).expect("it can be sent");
        let arrived: Recording = postcard::from_bytes(&sent).expect("it is one");
        assert_eq!(arrived.values(), recording.only(1..3).values());
        assert_eq!((arrived.trajectories(), arrived.times(), arrived.neurons()), (2, 5, 2));
        let torn = postcard::from_bytes::<Recording>(&sent[..sent.len() - 4]);
        assert!(torn.is_err(), "a part of it is missing");
    }

    #[test]
    fn a_recording_that_does_not_fit_itself_is_refused() {
        let refused = |rates: Array3<f64>, velocity: Array2<f64>| {
            Recording::new(rates.view(), velocity.view()).expect_err("no recording")
        };
        let conflict = refused(Array3::zeros((2, 5, 3)), Array2::zeros((2, 4)));
        assert!(conflict.to_string().ends_with("these are [2, 5, 3] and [2, 4]"), "{conflict}");
        let empty = refused(Array3::zeros((2, 0, 3)), Array2::zeros((2, 0)));
        assert!(matches!(empty, Error::Conflict { .. }));
        let odd = refused(Array3::zeros((2, 5, 3)), Array2::from_elem((2, 5), f64::NAN));
        assert!(odd.to_string().starts_with("a recorded velocity cannot be “NaN”"), "{odd}");
    }
}
