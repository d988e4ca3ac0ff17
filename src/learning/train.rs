//! Training: draw a window, see the error, step down its gradient; save and go on at any time.
//!
//! Each update draws one time t₀, the same for its whole batch of different trajectories, and lets
//! the student predict the steps after it. On the CPU a saved training goes on with the same bits.
//!
//! ```
//! # use std::{pin::pin, task::{Context, Poll, Waker}};
//! # fn wait<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             return it;
//! #         }
//! #     }
//! # }
//! use attractor_lab::learning::device::Device;
//! use attractor_lab::learning::recording::Recording;
//! use attractor_lab::learning::train::{Trainer, Training};
//! use attractor_lab::learning::weights::{Init, Shape, Weights};
//! use attractor_lab::rng::Rng;
//! use ndarray::{Array2, Array3};
//!
//! // Three neurons that never change; the student has to learn to leave them alone.
//! let recording = Recording::new(
//!     Array3::from_elem((4, 30, 3), 0.5).view(), Array2::zeros((4, 30)).view(),
//! )?;
//! let init = Init { scale: 0.1, bias: 0.1 };
//! let weights = Weights::draw(Shape::plain(3, 0.2), init, &Rng::stream(7, "student"))?;
//! let training = Training { rate: 0.01, batch: 4, window: 10, updates: 200, ..Training::default() };
//! let mut trainer =
//!     Trainer::new(&Device::cpu(), &weights, training, 20, &Rng::stream(7, "windows"))?;
//! while trainer.done() < 200 {
//!     wait(trainer.update(&recording))?;
//! }
//! let errors = trainer.take_errors();
//! assert_eq!(errors.len(), 200);
//! assert!(errors[199].1 < errors[0].1 / 100.0);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::device::{Device, read};
use super::optimiser::{Adam, Schedule, clipped};
use super::recording::{Recording, Window};
use super::student::{learn, parameters, tensor};
use super::weights::{Shape, Weights};
use crate::error::{Error, Result};
use crate::rng::Rng;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How many errors may wait on the device.
const MOST_UNREAD: usize = 1 << 20;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Adam's learning rate at its highest.
    pub rate: f64,
    /// In this many updates it rises there; 0 to begin there.
    pub warm_up: u64,
    /// What is left of it after the last update, in [0, 1]; 1 for a constant rate.
    pub end: f64,
    /// The longest a gradient may be; 0 for any length.
    pub clip: f64,
    /// How many different trajectories an update sees.
    pub batch: usize,
    /// How many steps the student predicts.
    pub window: usize,
    /// How many updates there will be.
    pub updates: u64,
}

impl Default for Training {
    /// What shows the wiring clearly and in a short time.
    fn default() -> Self {
        Self {
            rate: 1e-3,
            warm_up: 50,
            end: 0.02,
            clip: 0.05,
            batch: 20,
            window: 49,
            updates: 2000,
        }
    }
}

impl Training {
    /// Refuses what is no training.
    ///
    /// # Errors
    /// [`Error::BadValue`] naming the first field that is out of range.
    pub fn check(&self) -> Result<()> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        for (fine, key, value, allowed) in [
            (positive(self.rate), "the learning rate", self.rate, "above 0"),
            ((0.0..=1.0).contains(&self.end), "the end of the learning rate", self.end, "0 to 1"),
            (positive(self.clip) || self.clip == 0.0, "the clipping", self.clip, "at least 0"),
            (self.batch > 0, "the batch", self.batch as f64, "at least 1"),
            (self.window > 0, "the window", self.window as f64, "at least 1"),
            (self.updates > 0, "the number of updates", self.updates as f64, "at least 1"),
        ] {
            if !fine {
                return Err(Error::BadValue {
                    key: key.into(),
                    value: value.to_string(),
                    allowed: allowed.into(),
                });
            }
        }
        Ok(())
    }

    /// The course of the learning rate.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        let Self { rate: peak, warm_up, end, updates, .. } = *self;
        Schedule { peak, warm_up, end, updates }
    }
}

/// A student in training, on a device.
pub struct Trainer {
    training: Training,
    shape: Shape,
    /// Which updates' times are drawn, and which trajectories.
    streams: Streams,
    parameters: Tensor<1>,
    adam: Adam,
    /// The errors since the last reading, `[every]`; only the first `unread` mean something.
    pending: Tensor<1>,
    unread: usize,
    errors: Vec<(u64, f32)>,
}

/// Where the windows come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Streams {
    times: Rng,
    trajectories: Rng,
}

impl Trainer {
    /// Begins to train `weights` on `device`. The errors are read back after `every` updates at
    /// once, because to read is to wait. The windows are drawn from `rng`.
    ///
    /// # Errors
    /// [`Error::BadValue`] when `training` or `every` is out of range.
    pub fn new(
        device: &Device,
        weights: &Weights,
        training: Training,
        every: usize,
        rng: &Rng,
    ) -> Result<Self> {
        training.check()?;
        if !(1..=MOST_UNREAD).contains(&every) {
            return Err(Error::BadValue {
                key: "the number of updates between readings".into(),
                value: every.to_string(),
                allowed: format!("between 1 and {MOST_UNREAD}"),
            });
        }
        let parameters = parameters(weights, &device.plain());
        Ok(Self {
            training,
            shape: weights.shape(),
            streams: Streams { times: rng.lane(0), trajectories: rng.lane(1) },
            adam: Adam::new(&parameters),
            pending: Tensor::zeros([every], &device.plain()),
            parameters,
            unread: 0,
            errors: Vec::new(),
        })
    }

    /// How many updates have been made.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.adam.taken
    }

    /// Learns from one window of `recording`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the recording is too small or of other neurons,
    /// [`Error::Diverged`] when the error was found not to be finite, [`Error::Gpu`] when the
    /// device stops answering.
    pub async fn update(&mut self, recording: &Recording) -> Result<()> {
        let window = self.draw(recording)?;
        let (error, gradient) = learn(self.shape, self.parameters.clone(), &window);
        let gradient = clipped(gradient, self.training.clip);
        let rate = self.training.schedule().rate(self.done());
        self.parameters = self.adam.step(self.parameters.clone(), gradient, rate);

        let place = self.unread..self.unread + 1;
        self.pending = self.pending.clone().slice_assign(place, error);
        self.unread += 1;
        let full = self.unread == self.pending.dims()[0];
        if full || self.done() == self.training.updates { self.read_errors().await } else { Ok(()) }
    }

    /// Draws the window of the next update.
    fn draw(&mut self, recording: &Recording) -> Result<Window> {
        let Training { batch, window: steps, .. } = self.training;
        let (trajectories, times) = (recording.trajectories(), recording.times());
        let conflict = if recording.neurons() != self.shape.observed {
            let (neurons, observed) = (recording.neurons(), self.shape.observed);
            format!("{neurons} neurons were recorded, but the student has {observed} to compare")
        } else if trajectories < batch {
            format!("a batch of {batch} needs more than the {trajectories} recorded trajectories")
        } else if times <= steps {
            format!("a window of {steps} steps needs more than the {times} recorded ones")
        } else {
            let start = self.streams.times.below((times - steps) as u64) as usize;
            let chosen = without_replacement(batch, trajectories, &mut self.streams.trajectories);
            return Ok(recording.window(start, &chosen, steps));
        };
        Err(Error::Conflict { why: conflict })
    }

    /// Brings the pending errors back and looks at them.
    async fn read_errors(&mut self) -> Result<()> {
        let first = self.done() - self.unread as u64;
        let pending = self.pending.clone().narrow(0, 0, self.unread);
        // The error alone could miss it: a graphics processor may take relu(NaN) for 0.
        let length = self.parameters.clone().square().sum();
        let mut values = read(Tensor::cat(vec![pending, length], 0)).await?;
        self.unread = 0;
        let length = values.pop();
        for (update, error) in (first..).zip(values) {
            if !error.is_finite() {
                return Err(Error::Diverged { what: "the student's error".into(), step: update });
            }
            self.errors.push((update, error));
        }
        match length {
            Some(length) if length.is_finite() => Ok(()),
            _ => Err(Error::Diverged { what: "the student's weights".into(), step: self.done() }),
        }
    }

    /// The errors read since this was last asked: number of the update, counted from 0, and mean
    /// squared error before it.
    pub fn take_errors(&mut self) -> Vec<(u64, f32)> {
        std::mem::take(&mut self.errors)
    }

    /// The student as it is now.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stops answering.
    pub async fn weights(&self) -> Result<Weights> {
        Ok(Weights::from_values(self.shape, read(self.parameters.clone()).await?))
    }

    /// All that is needed to go on later; this training is not disturbed.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stops answering.
    pub async fn save(&self) -> Result<TrainerState> {
        let Adam { mean, square, taken } = &self.adam;
        let mut pending = read(self.pending.clone()).await?;
        let every = pending.len();
        pending.truncate(self.unread);
        Ok(TrainerState {
            training: self.training,
            weights: self.weights().await?,
            mean: read(mean.clone()).await?,
            square: read(square.clone()).await?,
            done: *taken,
            streams: self.streams.clone(),
            every,
            pending,
            errors: self.errors.clone(),
        })
    }

    /// Goes on where `state` was saved.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the state is not one that [`Trainer::save`] could have made.
    pub fn load(device: &Device, state: TrainerState) -> Result<Self> {
        state.check()?;
        let on = device.plain();
        let parameters = parameters(&state.weights, &on);
        let count = state.mean.len();
        let unread = state.pending.len();
        let mut pending = state.pending;
        pending.resize(state.every, 0.0);
        Ok(Self {
            training: state.training,
            shape: state.weights.shape(),
            streams: state.streams,
            parameters,
            adam: Adam {
                mean: tensor(state.mean, [count], &on),
                square: tensor(state.square, [count], &on),
                taken: state.done,
            },
            pending: tensor(pending, [state.every], &on),
            unread,
            errors: state.errors,
        })
    }
}

/// `count` different whole numbers below `of`, in random order (Fisher & Yates).
fn without_replacement(count: usize, of: usize, rng: &mut Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..of).collect();
    for place in 0..count {
        let from = place + rng.below((of - place) as u64) as usize;
        all.swap(place, from);
    }
    all.truncate(count);
    all
}

/// A training at rest: as a checkpoint holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainerState {
    training: Training,
    weights: Weights,
    /// Adam's memories, `[parameter]`.
    mean: Vec<f32>,
    square: Vec<f32>,
    /// Updates made.
    done: u64,
    streams: Streams,
    /// Updates between two readings.
    every: usize,
    /// Errors of the last updates, not yet read.
    pending: Vec<f32>,
    /// Errors read, not yet taken.
    errors: Vec<(u64, f32)>,
}

impl TrainerState {
    /// The student at rest.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// How it is trained.
    #[must_use]
    pub fn training(&self) -> Training {
        self.training
    }

    /// How many updates have been made.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Refuses a state, as it may come out of a damaged checkpoint, from which no training can
    /// go on.
    ///
    /// # Errors
    /// [`Error::BadFile`] saying what does not fit.
    pub fn check(&self) -> Result<()> {
        let damaged = |why: String| Error::BadFile { what: "the saved training".into(), why };
        self.training.check().map_err(|error| damaged(error.to_string()))?;
        self.weights.check()?;
        let expected = self.weights.shape().parameters();
        for memory in [&self.mean, &self.square] {
            let found = memory.len();
            if found != expected {
                return Err(damaged(format!(
                    "Adam remembers {found} parameters, the student has {expected}"
                )));
            }
            if let Some(odd) = memory.iter().find(|value| !value.is_finite()) {
                return Err(damaged(format!("Adam remembers a gradient of {odd}")));
            }
        }
        if self.square.iter().any(|&value| value < 0.0) {
            return Err(damaged("Adam remembers a negative square".into()));
        }
        let waiting = self.pending.len();
        let every_fits = (1..=MOST_UNREAD).contains(&self.every) && waiting < self.every;
        if !every_fits || waiting as u64 > self.done {
            let (every, done) = (self.every, self.done);
            return Err(damaged(format!(
                "{waiting} errors wait to be read, every {every} updates, after {done} of them"
            )));
        }
        Ok(())
    }
}
