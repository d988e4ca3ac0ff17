//! The exercise: one and the same training update for every program that is compared with ours.
//!
//! A leaky network of *N* rectified units, three inputs and two linear outputs, from rest,
//!
//! > hₜ = hₜ₋₁ + α (max(hₜ₋₁ W + uₜ Wᵢ + b, 0) − hₜ₋₁),  yₜ = hₜ Wₒ,  α = 0.1,
//!
//! learns from *T* steps of *B* trials: the mean of (yₜ − target)², its gradient through time, and
//! one step of Adam at a rate of 0.001. That is one update, of 6 *B N² T* operations by the usual
//! count. `benches/` holds the same in other languages, and the race between them.
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
//! use attractor_lab::{crew::Crew, learning::exercise::{Exercise, Size}};
//!
//! let size = Size { units: 100, steps: 20, trials: 64 };
//! let mut exercise = wait(Exercise::new(size, &Crew::default()))?;
//! // What PyTorch, JAX, TensorFlow.js and jax-js find.
//! for expected in [1.177_823, 1.123_907, 1.080_791, 1.048_125] {
//!     let error = wait(exercise.update())?;
//!     assert!((error - expected).abs() < 5e-6);
//! }
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::device::Device;
#[cfg(feature = "gpu")]
use super::gpu;
use super::lesson::{Lesson, Part, Team};
use super::optimiser::Descent;
use super::scan::{Activation, Cell, Drive, Form, MOST_TRIALS, Matrix, Readout, Scan};
use crate::crew::Crew;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of inputs and of outputs.
pub const CHANNELS: (usize, usize) = (3, 2);
const LEAK: f32 = 0.1;
const RATE: f64 = 1e-3;
/// Most units, and most numbers that the history of the units may have.
const MOST_UNITS: usize = 4096;
const MOST: usize = 1 << 29;

/// How much an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// *N*.
    pub units: usize,
    /// *T*.
    pub steps: usize,
    /// *B*.
    pub trials: usize,
}

impl Size {
    /// The network as a [cell](super::scan).
    #[must_use]
    pub fn cell(self) -> Cell {
        let (inputs, outputs) = CHANNELS;
        Cell {
            units: self.units,
            inputs,
            readout: Readout::Linear { outputs },
            form: Form::Rate,
            activation: Activation::Relu,
        }
    }

    /// Numbers that are averaged in the error.
    fn outputs(self) -> usize {
        self.steps * self.trials * CHANNELS.1
    }

    /// Refuses what is nothing or too much.
    fn allowed(self) -> Result<()> {
        let Self { units, steps, trials } = self;
        let numbers = (units.checked_mul(steps)).and_then(|all| all.checked_mul(trials));
        if units <= MOST_UNITS && numbers.is_some_and(|numbers| (1..=MOST).contains(&numbers)) {
            return Ok(());
        }
        Err(Error::BadValue {
            key: "the size of the exercise".into(),
            value: format!("{units} units, {steps} steps, {trials} trials"),
            allowed: format!("up to {MOST_UNITS} units, and 1 to {MOST} numbers in all"),
        })
    }
}

/// A training that is under way.
pub struct Exercise {
    size: Size,
    engine: Engine,
}

/// What makes the updates.
#[cfg_attr(feature = "gpu", allow(clippy::large_enum_variant, reason = "an exercise has one"))]
enum Engine {
    Cpu(Kernels),
    #[cfg(feature = "gpu")]
    Gpu(gpu::Exercise),
}

/// The CPU's.
struct Kernels {
    team: Team<Size>,
    /// *A*, see [`Cell`], row by row.
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    adam: Descent,
}

impl Exercise {
    /// The exercise at its beginning, with the help of `crew`: the same bits for any.
    ///
    /// # Errors
    /// [`Error::BadValue`] when `size` is nothing or too much.
    pub async fn new(size: Size, crew: &Crew) -> Result<Self> {
        size.allowed()?;
        let parameters = parameters(&size.cell());
        let kernels = Kernels {
            team: Team::new(size, crew).await?,
            gradient: vec![0.0; parameters.len()],
            adam: Descent::new(parameters.len()),
            parameters,
        };
        Ok(Self { size, engine: Engine::Cpu(kernels) })
    }

    /// The same on `device`; a graphics processor needs no `crew`.
    ///
    /// # Errors
    /// As [`Exercise::new`], and [`Error::Gpu`] when it is larger than the device takes.
    pub async fn on(device: &Device, size: Size, crew: &Crew) -> Result<Self> {
        #[cfg(feature = "gpu")]
        if let Some(graphics) = device.graphics() {
            size.allowed()?;
            let (cell, shown) = (size.cell(), Shown::new(size));
            let shown = (&shown.inputs[..], &shown.targets[..]);
            let amount = (size.trials, size.steps);
            let engine =
                gpu::Exercise::new(graphics, (cell, LEAK), &parameters(&cell), amount, shown)?;
            return Ok(Self { size, engine: Engine::Gpu(engine) });
        }
        let _ = device;
        Self::new(size, crew).await
    }

    /// One update; returns the error before it.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stops answering. None on the CPU: a lost thread's share is
    /// done by this one.
    pub async fn update(&mut self) -> Result<f32> {
        match &mut self.engine {
            Engine::Cpu(kernels) => kernels.update(self.size).await,
            #[cfg(feature = "gpu")]
            Engine::Gpu(engine) => engine.update(RATE).await,
        }
    }

    /// Number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        match &self.engine {
            Engine::Cpu(kernels) => kernels.team.threads(),
            #[cfg(feature = "gpu")]
            Engine::Gpu(_) => 1,
        }
    }
}

impl Kernels {
    async fn update(&mut self, size: Size) -> Result<f32> {
        let Self { team, parameters, gradient, adam } = self;
        let squares = team.gradient(parameters, (), gradient).await?.error;
        // The exercise's outputs have no biases, and the matrix has room for them.
        for row in gradient.chunks_exact_mut(size.cell().columns()).skip(size.units) {
            row[size.units..].fill(0.0);
        }
        adam.step(parameters, gradient, RATE, 0.0);
        Ok((squares / size.outputs() as f64) as f32)
    }
}

impl fmt::Debug for Exercise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Exercise({:?})", self.size)
    }
}

impl Lesson for Size {
    const TRADE: &'static str = "exercise";
    const LEARNER: &'static str = "the exercise";
    type Draw = ();
    type Desk = Desk;

    fn desk(&self) -> Desk {
        let shown = self.allowed().map(|()| Shown::new(*self));
        Desk {
            matrix: Matrix::new(self.cell()),
            leak: vec![LEAK; self.units],
            shown: shown.unwrap_or_default(),
            runs: vec![None; self.shards()],
        }
    }

    fn parameters(&self) -> usize {
        let cell = self.cell();
        cell.rows() * cell.columns()
    }

    fn shards(&self) -> usize {
        self.trials.div_ceil(MOST_TRIALS)
    }

    fn check(&self, (): &()) -> Result<()> {
        self.allowed()
    }

    fn prepare(&self, desk: &mut Desk, parameters: &[f32]) {
        desk.matrix.pack(parameters);
    }

    /// Runs the network, and back; the part of the error is a sum of squares.
    fn learn(&self, desk: &mut Desk, (): &(), shard: usize, gradient: &mut [f32]) -> Part {
        let Desk { matrix, leak, shown, runs } = desk;
        let run = runs[shard].get_or_insert_with(|| Run::new(*self, shard, shown));
        let Run { scan, start, inputs, targets } = run;
        let drive = Drive { leak, start, inputs, noise: None };
        scan.forward(matrix, &drive);
        let scale = 2.0 / self.outputs() as f32;
        let (width, trials) = (scan.width(), scan.trials());
        let mut squares = 0.0;
        for (step, targets) in targets.chunks_exact(CHANNELS.1 * width).enumerate() {
            let (outputs, upstream) = scan.output_and_upstream(step + 1);
            let channels = outputs.chunks_exact(width).zip(targets.chunks_exact(width));
            for ((outputs, targets), upstream) in channels.zip(upstream.chunks_exact_mut(width)) {
                let lanes = outputs.iter().zip(targets).zip(upstream);
                for ((output, target), upstream) in lanes.take(trials) {
                    let off = output - target;
                    squares += f64::from(off * off);
                    *upstream = scale * off;
                }
            }
        }
        scan.backward(matrix, &drive, 0.0, gradient);
        Part::error(squares)
    }
}

/// The memory of a thread.
pub(super) struct Desk {
    matrix: Matrix,
    leak: Vec<f32>,
    shown: Shown,
    /// One for each shard that was asked for.
    runs: Vec<Option<Run>>,
}

/// What the network is shown, `[step, trial, channel]`.
#[derive(Default)]
struct Shown {
    inputs: Vec<f32>,
    targets: Vec<f32>,
}

impl Shown {
    fn new(size: Size) -> Self {
        let all = size.steps * size.trials;
        let spread = libm::sqrt(3.0);
        Self {
            inputs: numbers(4, all * CHANNELS.0, spread),
            targets: numbers(5, all * CHANNELS.1, spread),
        }
    }
}

/// The memory of a shard.
#[derive(Clone)]
struct Run {
    scan: Scan,
    /// `[unit][lane]`, all zero.
    start: Vec<f32>,
    /// `[step][input][lane]`.
    inputs: Vec<f32>,
    /// `[step][output][lane]`.
    targets: Vec<f32>,
}

impl Run {
    fn new(size: Size, shard: usize, shown: &Shown) -> Self {
        let cell = size.cell();
        let first = shard * MOST_TRIALS;
        let trials = MOST_TRIALS.min(size.trials - first);
        let scan = Scan::new(cell, trials, size.steps);
        let width = scan.width();
        let spread = |all: &[f32], channels: usize| {
            let mut lanes = vec![0.0; size.steps * channels * width];
            for (step, to) in lanes.chunks_exact_mut(channels * width).enumerate() {
                for lane in 0..trials {
                    for channel in 0..channels {
                        let from = (step * size.trials + first + lane) * channels + channel;
                        to[channel * width + lane] = all[from];
                    }
                }
            }
            lanes
        };
        Self {
            inputs: spread(&shown.inputs, cell.inputs),
            targets: spread(&shown.targets, cell.outputs()),
            start: vec![0.0; cell.units * width],
            scan,
        }
    }
}

/// *A* as it begins: the exercise's W, `Wᵢ` and `Wₒ` are `[from, to]`, and *A* is `[to, from]`.
fn parameters(cell: &Cell) -> Vec<f32> {
    let (units, (inputs, outputs)) = (cell.units, CHANNELS);
    let spread = libm::sqrt(3.0 / units as f64);
    let recurrent = numbers(1, units * units, 1.2 * spread);
    let input = numbers(2, inputs * units, 1.0);
    let output = numbers(3, units * outputs, spread);
    let mut matrix = vec![0.0; cell.rows() * cell.columns()];
    for (row, to) in matrix.chunks_exact_mut(cell.columns()).enumerate() {
        for (column, to) in to.iter_mut().enumerate() {
            *to = match (row.checked_sub(units), column.checked_sub(units)) {
                (None, None) => recurrent[column * units + row],
                (None, Some(channel)) if channel < inputs => input[channel * units + row],
                (Some(channel), None) => output[column * outputs + channel],
                _ => 0.0,
            };
        }
    }
    matrix
}

/// `count` numbers in [−spread, spread) that are the same in every language: the bits of a mixed
/// counter (Wellons' “lowbias32”).
fn numbers(stream: u32, count: usize, spread: f64) -> Vec<f32> {
    let number = |index: usize| {
        let mut word = (index as u32).wrapping_add(stream.wrapping_mul(0x9E37_79B9));
        word = (word ^ (word >> 16)).wrapping_mul(0x7FEB_352D);
        word = (word ^ (word >> 15)).wrapping_mul(0x846C_A68B);
        word ^= word >> 16;
        (spread * (f64::from(word >> 8) / f64::from(1 << 23) - 1.0)) as f32
    };
    (0..count).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::super::trades;
    use super::{Engine, Exercise, Size};
    use crate::crew::Crew;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// Waits for what threads are doing.
    fn wait<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(it) = poll {
                return it;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() -> crate::Result<()> {
        fn parameters(exercise: &Exercise) -> &[f32] {
            match &exercise.engine {
                Engine::Cpu(kernels) => &kernels.parameters,
                #[cfg(feature = "gpu")]
                Engine::Gpu(_) => unreachable!("a crew computes on the CPU"),
            }
        }

        // A last shard that is not full, and fewer shards than threads.
        let size = Size { units: 13, steps: 7, trials: 37 };
        for hands in [1, 4] {
            let mut alone = wait(Exercise::new(size, &Crew::default()))?;
            let mut together = wait(Exercise::new(size, &Crew::threads(hands, trades())))?;
            assert_eq!(together.threads(), 3.min(hands + 1));
            for _ in 0..3 {
                let errors = (wait(alone.update())?, wait(together.update())?);
                assert_eq!(errors.0.to_bits(), errors.1.to_bits());
            }
            assert_eq!(parameters(&alone), parameters(&together));
        }
        Ok(())
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        for (units, steps) in [(0, 1), (usize::MAX, 2), (1 << 20, 1 << 20), (1 << 20, 1)] {
            let size = Size { units, steps, trials: 1 };
            assert!(wait(Exercise::new(size, &Crew::default())).is_err());
        }
    }
}
