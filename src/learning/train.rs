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

use super::device::Device;
#[cfg(feature = "gpu")]
use super::gpu;
use super::imitation::{Imitation, Windows, error};
use super::learner::{Learner, Stride};
use super::optimiser::{Descent, Schedule};
use super::recording::Recording;
use super::weights::{Shape, Weights};
use crate::crew::Crew;
use crate::error::{Error, Result};
use crate::rng::Rng;
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
    /// What is added to the gradient, times the parameters, so that they shrink; 0 for nothing.
    pub decay: f64,
    /// How many different trajectories an update sees.
    pub batch: usize,
    /// How many steps the student predicts.
    pub window: usize,
    /// How many updates there will be, at most.
    pub updates: u64,
    /// Ends early when the mean of the last [`RECENT`] errors is at most this; 0 for never.
    pub goal: f64,
    /// Ends early when so many updates have not improved on the best; 0 for never.
    pub patience: u64,
}

/// So many errors are looked at together: single ones jump.
pub const RECENT: usize = 25;

impl Default for Training {
    /// What shows the wiring clearly and in a short time.
    fn default() -> Self {
        Self {
            rate: 1e-3,
            warm_up: 50,
            end: 0.02,
            clip: 0.05,
            decay: 0.0,
            batch: 20,
            window: 49,
            updates: 2000,
            goal: 0.0,
            patience: 0,
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
            (
                positive(self.decay) || self.decay == 0.0,
                "the weight decay",
                self.decay,
                "at least 0",
            ),
            (
                positive(self.goal) || self.goal == 0.0,
                "the error to stop at",
                self.goal,
                "at least 0",
            ),
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
    engine: Engine,
    /// Updates between two readings.
    every: usize,
    errors: Vec<(u64, f32)>,
    progress: Progress,
    held_out: Option<HeldOut>,
}

/// How the training went so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    /// The last errors, at most [`RECENT`].
    recent: Vec<f32>,
    /// The best there was.
    best: Option<Best>,
    /// Errors on what was held out.
    validation: Vec<(u64, f32)>,
    /// The update after which it ended early, and the updates asked for since.
    ended: Option<(u64, u64)>,
}

/// The student when its error was least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Updates made.
    pub update: u64,
    /// Its error: on what was held out, else the mean of the last ones.
    pub error: f32,
    /// Its parameters then.
    pub weights: Weights,
}

/// What the student is judged by and never learns from.
struct HeldOut {
    recording: Recording,
    /// Updates between two looks.
    every: u64,
}

/// Windows of each trajectory that is held out.
const WINDOWS: usize = 4;

/// Where the windows come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Streams {
    times: Rng,
    trajectories: Rng,
}

/// What makes the updates.
#[cfg_attr(feature = "gpu", allow(clippy::large_enum_variant, reason = "a training has one"))]
enum Engine {
    Cpu(Learner<Imitation>),
    #[cfg(feature = "gpu")]
    Gpu(gpu::Student),
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
        let descent = Descent::new(weights.values().len());
        let engine = Engine::new(device, weights, training, descent, Vec::new(), every)?;
        Ok(Self {
            training,
            shape: weights.shape(),
            streams: Streams { times: rng.lane(0), trajectories: rng.lane(1) },
            engine,
            every,
            errors: Vec::new(),
            progress: Progress::default(),
            held_out: None,
        })
    }

    /// Judges the student every `every` updates by a recording that it never learns from; the best
    /// is chosen, and patience lost, by that.
    #[must_use]
    pub fn held_out(mut self, recording: Recording, every: u64) -> Self {
        self.held_out = Some(HeldOut { recording, every: every.max(1) });
        self
    }

    /// Lets a crew help; no result depends on it.
    #[must_use]
    pub fn with_crew(mut self, crew: &Crew) -> Self {
        match &mut self.engine {
            Engine::Cpu(learner) => learner.help(crew),
            #[cfg(feature = "gpu")]
            Engine::Gpu(_) => {}
        }
        self
    }

    /// How many updates have been made, or were asked for after the training had ended early.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.taken() + self.progress.ended.map_or(0, |(_, idle)| idle)
    }

    /// After how many updates the training ended before its time, if it did.
    #[must_use]
    pub fn ended_early(&self) -> Option<u64> {
        self.progress.ended.map(|(update, _)| update)
    }

    /// The student when its error was least, if there were errors enough to tell.
    #[must_use]
    pub fn best(&self) -> Option<&Best> {
        self.progress.best.as_ref()
    }

    /// The errors on what was held out: updates made, and mean squared error.
    #[must_use]
    pub fn validation(&self) -> &[(u64, f32)] {
        &self.progress.validation
    }

    fn taken(&self) -> u64 {
        match &self.engine {
            Engine::Cpu(learner) => learner.taken(),
            #[cfg(feature = "gpu")]
            Engine::Gpu(student) => student.taken,
        }
    }

    /// Number of threads that computed the last update.
    #[must_use]
    pub fn threads(&self) -> usize {
        match &self.engine {
            Engine::Cpu(learner) => learner.threads(),
            #[cfg(feature = "gpu")]
            Engine::Gpu(_) => 1,
        }
    }

    /// Goes on with another greatest learning rate.
    ///
    /// # Errors
    /// [`Error::BadValue`] when it is out of range.
    pub fn set_rate(&mut self, rate: f64) -> Result<()> {
        let training = Training { rate, ..self.training };
        training.check()?;
        self.training = training;
        Ok(())
    }

    /// Learns from one window of `recording`, the same in all updates.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the recording is too small or of other neurons,
    /// [`Error::Diverged`] when the error was found not to be finite, [`Error::Vanished`] when
    /// there is nothing to follow, [`Error::Gpu`] when the device stops answering. After an error
    /// the training stands where it stood before the update.
    pub async fn update(&mut self, recording: &Recording) -> Result<()> {
        if let Some((_, idle)) = &mut self.progress.ended {
            *idle += 1;
            return Ok(());
        }
        let streams = self.streams.clone();
        let windows = self.draw(recording)?;
        let done = self.taken();
        let known = self.errors.len();
        let rate = self.training.schedule().rate(done);
        let outcome = match &mut self.engine {
            Engine::Cpu(learner) => {
                let Training { batch, window: steps, clip, decay, .. } = self.training;
                let shape = self.shape;
                let lesson = || Imitation { shape, recording: recording.clone(), batch, steps };
                let stride = Stride { rate, clip, decay };
                let outcome = learner.update(lesson, windows, stride).await;
                outcome.map(|part| self.errors.push((done, part.error as f32)))
            }
            #[cfg(feature = "gpu")]
            Engine::Gpu(student) => {
                student.update(recording, &windows, &self.training, rate);
                if student.unread == self.every || done + 1 == self.training.updates {
                    student.read_errors(&mut self.errors).await
                } else {
                    Ok(())
                }
            }
        };
        if outcome.is_err() {
            self.streams = streams;
            return outcome;
        }
        self.judge(known).await
    }

    /// Looks at the errors from `known` on and at what is held out: is this the best student yet,
    /// and is it time to stop?
    async fn judge(&mut self, known: usize) -> Result<()> {
        let taken = self.taken();
        let recent = &mut self.progress.recent;
        recent.extend(self.errors[known..].iter().map(|error| error.1));
        recent.drain(..recent.len().saturating_sub(RECENT));
        let mean = recent.iter().sum::<f32>() / recent.len().max(1) as f32;
        let full = recent.len() == RECENT;
        let reached = full && f64::from(mean) <= self.training.goal;

        let candidate = match &self.held_out {
            Some(HeldOut { recording, every }) if taken.is_multiple_of(*every) || reached => {
                let weights = self.weights().await?;
                let error = error(&weights, recording, self.training.window, WINDOWS)? as f32;
                self.progress.validation.push((taken, error));
                Some(error)
            }
            Some(_) => None,
            None => (full && taken.is_multiple_of(RECENT as u64)).then_some(mean),
        };
        if let Some(error) = candidate
            && self.progress.best.as_ref().is_none_or(|best| error < best.error)
        {
            let weights = self.weights().await?;
            self.progress.best = Some(Best { update: taken, error, weights });
        }
        let best = self.progress.best.as_ref().map_or(taken, |best| best.update);
        let Training { patience, updates, .. } = self.training;
        let impatient = patience > 0 && taken - best >= patience;
        if (reached || impatient) && taken < updates {
            self.progress.ended = Some((taken, 0));
        }
        Ok(())
    }

    /// Draws the windows of the next update.
    fn draw(&mut self, recording: &Recording) -> Result<Windows> {
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
            let trajectories =
                without_replacement(batch, trajectories, &mut self.streams.trajectories);
            return Ok(Windows { start, trajectories });
        };
        Err(Error::Conflict { why: conflict })
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
    #[cfg_attr(not(feature = "gpu"), expect(clippy::unused_async, reason = "a device is awaited"))]
    pub async fn weights(&self) -> Result<Weights> {
        let values = match &self.engine {
            Engine::Cpu(learner) => learner.parameters().to_vec(),
            #[cfg(feature = "gpu")]
            Engine::Gpu(student) => student.parameters().await?,
        };
        Ok(Weights::from_values(self.shape, values))
    }

    /// All that is needed to go on later; this training is not disturbed.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stops answering.
    #[cfg_attr(not(feature = "gpu"), expect(clippy::unused_async, reason = "a device is awaited"))]
    pub async fn save(&self) -> Result<TrainerState> {
        let ([values, mean, square], pending) = match &self.engine {
            Engine::Cpu(learner) => {
                let Descent { mean, square, .. } = learner.descent();
                let values = [learner.parameters(), mean, square];
                (values.map(<[f32]>::to_vec), Vec::new())
            }
            #[cfg(feature = "gpu")]
            Engine::Gpu(student) => (student.numbers().await?, student.pending().await?),
        };
        Ok(TrainerState {
            training: self.training,
            weights: Weights::from_values(self.shape, values),
            mean,
            square,
            done: self.taken(),
            progress: self.progress.clone(),
            streams: self.streams.clone(),
            every: self.every,
            pending,
            errors: self.errors.clone(),
        })
    }

    /// Goes on where `state` was saved, on this or another device.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the state is not one that [`Trainer::save`] could have made.
    pub fn load(device: &Device, state: TrainerState) -> Result<Self> {
        state.check()?;
        let TrainerState {
            training, weights, mean, square, done, streams, every, progress, ..
        } = state;
        let mut errors = state.errors;
        let mut pending = state.pending;
        if !device.is_gpu() {
            // What another device had not read yet.
            let first = done - pending.len() as u64;
            errors.extend((first..).zip(pending.drain(..)));
        }
        let descent = Descent { mean, square, taken: done };
        let engine = Engine::new(device, &weights, training, descent, pending, every)?;
        let shape = weights.shape();
        Ok(Self { training, shape, streams, engine, every, errors, progress, held_out: None })
    }
}

impl Engine {
    /// What makes the updates on `device`; `pending` are the last errors, if they were not read.
    #[cfg_attr(
        not(feature = "gpu"),
        allow(unused_variables, clippy::unnecessary_wraps, reason = "only a GPU needs them")
    )]
    fn new(
        device: &Device,
        weights: &Weights,
        training: Training,
        descent: Descent,
        pending: Vec<f32>,
        every: usize,
    ) -> Result<Self> {
        #[cfg(feature = "gpu")]
        if let Some(graphics) = device.graphics() {
            let numbers = [weights.values(), &descent.mean, &descent.square];
            let so_far = (descent.taken, pending);
            let size = (training.batch, training.window);
            let student =
                gpu::Student::new(graphics, weights.shape(), numbers, so_far, size, every)?;
            return Ok(Self::Gpu(student));
        }
        Ok(Self::Cpu(Learner::new(weights.values().to_vec(), descent)))
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
    progress: Progress,
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

    /// How many updates have been made, or were asked for.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done + self.progress.ended.map_or(0, |(_, idle)| idle)
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
        let Progress { recent, best, ended, .. } = &self.progress;
        if recent.len() > RECENT || ended.is_some_and(|(update, _)| update != self.done) {
            return Err(damaged("its progress is not that of a training".into()));
        }
        if let Some(Best { weights, .. }) = best {
            weights.check()?;
            if weights.shape() != self.weights.shape() {
                return Err(damaged("its best student is another one".into()));
            }
        }
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
