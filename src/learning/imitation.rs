//! Imitation: the lesson of a [student](super::student), on the fast kernels.
//!
//! From the recorded rates at a time t₀ the student runs for *T* steps under the recorded
//! velocities; the error is the mean of (rₜ − recorded rate)² over steps, trajectories and observed
//! units. As a [cell](super::scan::Cell) of the scan it is
//!
//! > A = \[Wᵀ  (0 ; w)  b + (0 ; c)\],  f = relu ∘ tanh,  rates seen of the first units.

use super::lesson::{Lesson, Part};
use super::recording::{Recording, Window};
use super::scan::{Activation, Cell, Drive, Form, MOST_TRIALS, Matrix, Readout, Scan};
use super::weights::{Shape, Weights};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A student before a recording.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Imitation {
    pub(super) shape: Shape,
    pub(super) recording: Recording,
    /// Trajectories in an update.
    pub(super) batch: usize,
    /// Steps predicted.
    pub(super) steps: usize,
}

/// Which windows an update sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Windows {
    /// t₀.
    pub(super) start: usize,
    pub(super) trajectories: Vec<usize>,
}

/// The memory of a thread.
pub(super) struct Desk {
    matrix: Vec<f32>,
    packed: Matrix,
    leak: Vec<f32>,
    /// One for each number of trials and steps.
    runs: BTreeMap<(usize, usize), Run>,
    gradient: Vec<f32>,
}

/// The memory of a shard.
struct Run {
    scan: Scan,
    start: Vec<f32>,
    inputs: Vec<f32>,
}

/// The student as a cell of the scan.
pub(super) fn cell(shape: Shape) -> Cell {
    Cell {
        units: shape.units,
        inputs: 1,
        readout: Readout::Rates { observed: shape.observed },
        form: Form::Rate,
        activation: Activation::RectifiedTanh,
    }
}

/// Trials of a shard: a quarter of the batch in whole quartets, so that four threads have
/// something to do, but at most what a scan takes.
fn per_shard(batch: usize) -> usize {
    batch.div_ceil(4).next_multiple_of(4).min(MOST_TRIALS)
}

impl Lesson for Imitation {
    const TRADE: &'static str = "imitation";
    const LEARNER: &'static str = "the student";
    type Draw = Windows;
    type Desk = Desk;

    fn desk(&self) -> Desk {
        desk(self.shape)
    }

    fn parameters(&self) -> usize {
        self.shape.parameters()
    }

    fn shards(&self) -> usize {
        self.batch.div_ceil(per_shard(self.batch))
    }

    fn check(&self, draw: &Windows) -> Result<()> {
        let known = |&trajectory: &usize| trajectory < self.recording.trajectories();
        if draw.trajectories.len() == self.batch
            && draw.trajectories.iter().all(known)
            && draw.start.saturating_add(self.steps) < self.recording.times()
        {
            return Ok(());
        }
        Err(Error::Conflict { why: "the recording has no such windows".into() })
    }

    fn prepare(&self, desk: &mut Desk, parameters: &[f32]) {
        prepare(desk, self.shape, parameters);
    }

    fn learn(&self, desk: &mut Desk, draw: &Windows, shard: usize, gradient: &mut [f32]) -> Part {
        let size = per_shard(self.batch);
        let first = shard * size;
        let trajectories = &draw.trajectories[first..self.batch.min(first + size)];
        let Self { shape, recording, steps, batch, .. } = self;
        let at = |trial: usize, step: usize| (trajectories[trial], draw.start + step);
        let seen = Seen {
            trials: trajectories.len(),
            steps: *steps,
            start: |trial: usize| {
                let (trajectory, time) = at(trial, 0);
                recording.rates_at(trajectory, time)
            },
            velocity: |trial: usize, step: usize| {
                let (trajectory, time) = at(trial, step);
                recording.velocity_at(trajectory, time)
            },
            target: |trial: usize, step: usize| {
                let (trajectory, time) = at(trial, step);
                recording.rates_at(trajectory, time)
            },
        };
        Part::error(learn(desk, *shape, &seen, *batch, gradient))
    }
}

fn desk(shape: Shape) -> Desk {
    let cell = cell(shape);
    let zeros = vec![0.0; cell.rows() * cell.columns()];
    Desk {
        matrix: zeros.clone(),
        packed: Matrix::new(cell),
        leak: vec![shape.leak as f32; shape.units],
        runs: BTreeMap::new(),
        gradient: zeros,
    }
}

/// Puts the parameters into the matrix, see [`Weights`] for their order.
fn prepare(desk: &mut Desk, shape: Shape, parameters: &[f32]) {
    let Shape { units, driven, .. } = shape;
    let [recurrent, bias, input, input_bias] =
        shape.parts().map(|(_, range, _)| &parameters[range]);
    let rows = desk.matrix.chunks_exact_mut(units + 2).zip(bias).enumerate();
    for (post, (row, &bias)) in rows {
        for (to, &from) in row.iter_mut().zip(recurrent.iter().skip(post).step_by(units)) {
            *to = from;
        }
        (row[units], row[units + 1]) = match (post + driven).checked_sub(units) {
            Some(place) => (input[place], bias + input_bias[place]),
            None => (0.0, bias),
        };
    }
    desk.packed.pack(&desk.matrix);
}

/// What a shard sees, by trial and step; rows are `[observed]`.
struct Seen<S, V, T> {
    trials: usize,
    steps: usize,
    start: S,
    velocity: V,
    target: T,
}

/// Adds the gradient of these trials, of a batch of `batch`, and returns their part of the error.
fn learn<'a>(
    desk: &mut Desk,
    shape: Shape,
    seen: &Seen<
        impl Fn(usize) -> &'a [f32],
        impl Fn(usize, usize) -> f32,
        impl Fn(usize, usize) -> &'a [f32],
    >,
    batch: usize,
    gradient: &mut [f32],
) -> f64 {
    let error = run(desk, shape, seen, batch);
    let Some(Run { scan, start, inputs }) = desk.runs.get_mut(&(seen.trials, seen.steps)) else {
        unreachable!("it was just run")
    };
    let drive = Drive { leak: &desk.leak, start, inputs, noise: None };
    desk.gradient.fill(0.0);
    scan.backward(&desk.packed, &drive, 0.0, &mut desk.gradient);
    add(shape, &desk.gradient, gradient);
    error
}

/// Runs these trials, of a batch of `batch`, and returns their part of the error, whose slope is
/// left for going back.
fn run<'a>(
    desk: &mut Desk,
    shape: Shape,
    seen: &Seen<
        impl Fn(usize) -> &'a [f32],
        impl Fn(usize, usize) -> f32,
        impl Fn(usize, usize) -> &'a [f32],
    >,
    batch: usize,
) -> f64 {
    let Seen { trials, steps, .. } = *seen;
    let run = desk.runs.entry((trials, steps)).or_insert_with(|| {
        let scan = Scan::new(cell(shape), trials, steps);
        let zeros = |rows: usize| vec![0.0; rows * scan.width()];
        Run { start: zeros(shape.units), inputs: zeros(steps), scan }
    });
    let width = run.scan.width();
    for trial in 0..trials {
        let rows = run.start.chunks_exact_mut(width);
        rows.zip((seen.start)(trial)).for_each(|(row, &rate)| row[trial] = rate);
        for (step, row) in run.inputs.chunks_exact_mut(width).enumerate() {
            row[trial] = (seen.velocity)(trial, step + 1);
        }
    }
    let drive = Drive { leak: &desk.leak, start: &run.start, inputs: &run.inputs, noise: None };
    run.scan.forward(&desk.packed, &drive);
    let count = (batch * steps * shape.observed) as f64;
    let slope = (2.0 / count) as f32;
    let mut squares = 0.0;
    for step in 1..=steps {
        let (rates, upstream) = run.scan.output_and_upstream(step);
        let mut sum = 0.0_f32;
        for trial in 0..trials {
            let target = (seen.target)(trial, step);
            let rows = rates.chunks_exact(width).zip(upstream.chunks_exact_mut(width));
            for ((rates, upstream), target) in rows.zip(target) {
                let apart = rates[trial] - target;
                sum += apart * apart;
                upstream[trial] = slope * apart;
            }
        }
        squares += f64::from(sum);
    }
    squares / count
}

/// The error of `weights` over windows of `steps` steps of all trajectories of `recording`, from
/// `windows` starts evenly over its length.
pub(super) fn error(
    weights: &Weights,
    recording: &Recording,
    steps: usize,
    windows: usize,
) -> Result<f64> {
    let shape = weights.shape();
    let room = recording.times().saturating_sub(steps);
    if recording.neurons() != shape.observed || room == 0 || windows == 0 {
        return Err(Error::Conflict {
            why: format!(
                "a recording of {} neurons and {} steps has no window of {steps} steps for a \
                 student of {} observed units",
                recording.neurons(),
                recording.times(),
                shape.observed
            ),
        });
    }
    let mut desk = desk(shape);
    prepare(&mut desk, shape, weights.values());
    let trajectories: Vec<usize> = (0..recording.trajectories()).collect();
    let batch = windows * trajectories.len();
    let mut sum = 0.0;
    for window in 0..windows {
        let start = window * room / windows;
        for shard in trajectories.chunks(MOST_TRIALS) {
            let seen = Seen {
                trials: shard.len(),
                steps,
                start: |trial: usize| recording.rates_at(shard[trial], start),
                velocity: |trial: usize, step| recording.velocity_at(shard[trial], start + step),
                target: |trial: usize, step| recording.rates_at(shard[trial], start + step),
            };
            sum += run(&mut desk, shape, &seen, batch);
        }
    }
    Ok(sum)
}

/// Adds the gradient of the matrix to that of the parameters.
fn add(shape: Shape, matrix: &[f32], gradient: &mut [f32]) {
    let Shape { units, driven, .. } = shape;
    let [recurrent, bias, input, input_bias] = shape.parts().map(|(_, range, _)| range);
    for (pre, row) in gradient[recurrent].chunks_exact_mut(units).enumerate() {
        for (to, from) in row.iter_mut().zip(matrix.iter().skip(pre).step_by(units + 2)) {
            *to += from;
        }
    }
    let mut column = |range: std::ops::Range<usize>, first: usize, column: usize| {
        let rows = matrix.chunks_exact(units + 2).skip(first);
        gradient[range].iter_mut().zip(rows).for_each(|(to, row)| *to += row[column]);
    };
    column(bias, 0, units + 1);
    column(input, units - driven, units);
    column(input_bias, units - driven, units + 1);
}

/// The error in one window and its gradient, for comparison with the plain form.
///
/// # Errors
/// [`Error::Conflict`] when the window is larger than a shard, or none of this student's.
pub fn error_and_gradient(weights: &Weights, window: &Window) -> Result<(f64, Weights)> {
    let shape = weights.shape();
    let (steps, trials, neurons) = window.target.dim();
    let fits = neurons == shape.observed
        && window.start.dim() == (trials, neurons)
        && window.velocity.dim() == (steps, trials)
        && (1..=MOST_TRIALS).contains(&trials)
        && steps > 0;
    if !fits {
        return Err(Error::Conflict {
            why: format!(
                "a window of {trials} trajectories, {steps} steps and {neurons} neurons is not one \
                 shard of this student"
            ),
        });
    }
    let (Some(start), Some(target)) = (window.start.as_slice(), window.target.as_slice()) else {
        return Err(Error::Conflict { why: "the window does not lie in rows".into() });
    };
    let mut desk = desk(shape);
    prepare(&mut desk, shape, weights.values());
    let mut gradient = vec![0.0; shape.parameters()];
    let seen = Seen {
        trials,
        steps,
        start: |trial: usize| &start[trial * neurons..(trial + 1) * neurons],
        velocity: |trial: usize, step: usize| window.velocity[[step - 1, trial]],
        target: |trial: usize, step: usize| {
            let place = ((step - 1) * trials + trial) * neurons;
            &target[place..place + neurons]
        },
    };
    let error = learn(&mut desk, shape, &seen, trials, &mut gradient);
    Ok((error, Weights::from_values(shape, gradient)))
}
