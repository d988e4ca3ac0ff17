//! Practice: the lesson of a network that learns a task, on the fast kernels.
//!
//! With states xₜ and outputs yₜ = Wₒ xₜ at t = 0 … T − 1,
//!
//! > zₜ = W xₜ + Wᵢ (uₜ + κ σᵢ εₜ) + b
//! > xₜ₊₁ = (1 − α) xₜ + α (f(zₜ) + κ σ ηₜ),  κ = √(2/α),
//!
//! ε and η normal numbers, so that σ is the deviation of the noise after the leak has smoothed it;
//! or with the noise inside, f(zₜ + κ σ ηₜ); or with the leak on the current, τ ẋ = −x + W f(x) + …,
//! where the state's noise is α κ σ η and y = Wₒ f(x). What is made small is
//!
//! ```text
//! L = mean of (yₜ − target)² over outputs, counted steps and trials
//!   + λₒ ‖offdiag B̂ᵀB̂‖
//!   + λᵣ · mean of xₜ² (of f(xₜ)²) over units, all steps and trials
//! ```
//!
//! where B̂ has the columns of Wᵢ, and the rows of Wₒ if they are to be among them, each of unit
//! length. That norm P has the slope 2 B̂ (offdiag B̂ᵀB̂) / P; columns that cannot be negative may
//! become exactly disjoint, P = 0, and so it is divided by max(P, 10⁻⁹). The task, noise, and prices
//! are those of Tolmachev & Engel, *Nature Machine Intelligence* 7:1742, 2025.
//!
//! ```
//! use attractor_lab::learning::beginning::{Beginning, Design};
//! use attractor_lab::learning::practice::{Practice, Run};
//! use attractor_lab::models::activation::{Activation, Form};
//! use attractor_lab::{rng::Rng, tasks::{self, Trials}};
//!
//! let task = tasks::find("flip-flop-3")?;
//! let design = Design {
//!     units: 50, inputs: 3, outputs: 3, tau: 10.0, form: Form::Rate, activation: Activation::Tanh,
//! };
//! let (network, _) = Beginning::default().draw(design, &Rng::stream(7, "network"))?;
//! // A network that has learned nothing says nothing: of targets ±1 the error is 1.
//! let trials = Trials::draw(task, &Rng::stream(7, "trials"), 0, 20);
//! let run = Run::of(design, &design.flatten(&network), &trials.inputs, None);
//! assert!((run.error(&trials) - 1.0).abs() < 0.2);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::beginning::{Design, Tie};
use super::lesson::{Lesson, Part};
use super::scan::{Cell, Drive, MOST_TRIALS, Matrix, Noise, Noisy, Place, Scan};
use crate::error::{Error, Result};
use crate::models::activation::Form;
use crate::rng::Rng;
use crate::tasks::{self, Named, Sheet, Task, Trial, Trials};
use ndarray::Array3;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Least norm that the slope of the orthogonality is divided by.
const LEAST: f64 = 1e-9;

/// A task, and what is made small.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Practice {
    /// What is practised.
    pub task: Named,
    /// The network.
    pub design: Design,
    /// Trials of an update.
    pub batch: usize,
    /// The noise.
    pub disturbance: Disturbance,
    /// The prices beside the error.
    pub prices: Prices,
    /// How the parameters are tied, `[parameter]`.
    pub ties: Vec<Tie>,
    /// What is left to chance: the trials.
    pub trials: Rng,
}

/// Noise, which is drawn anew for every update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disturbance {
    /// σᵢ of the inputs.
    pub inputs: f64,
    /// σ of the units.
    pub units: f64,
    /// Whether the units' noise is inside of f.
    pub inside: bool,
    /// The stream of the units' noise, and that of the inputs'.
    pub streams: [Rng; 2],
}

/// What is paid for beside the error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// λₒ.
    pub orthogonality: f64,
    /// Whether the rows of Wₒ are among those that are to be orthogonal.
    pub outputs_too: bool,
    /// λᵣ.
    pub activity: f64,
}

impl Disturbance {
    /// The noise on the units in update `update`, from trial `first` on.
    fn on_units(&self, design: &Design, update: u64, first: usize) -> Option<Noisy> {
        let kick = (2.0 * design.tau).sqrt();
        let size = match (design.form, self.inside) {
            (Form::Current, false) => kick * self.units / design.tau,
            _ => kick * self.units,
        };
        let place = if self.inside { Place::Inside } else { Place::Outside };
        let field = Noise::new(&self.streams[0], update as u32);
        (self.units > 0.0).then_some(Noisy { field, first: first as u32, size: size as f32, place })
    }

    /// Adds the noise of update `update` to inputs `[step][input][lane]` of the first `trials`.
    fn join_inputs(
        &self,
        design: &Design,
        update: u64,
        (first, trials, width): (usize, usize, usize),
        row: &mut [f32],
        inputs: &mut [f32],
    ) {
        if self.inputs == 0.0 {
            return;
        }
        let size = ((2.0 * design.tau).sqrt() * self.inputs) as f32;
        let field = Noise::new(&self.streams[1], update as u32);
        for (step, inputs) in inputs.chunks_exact_mut(row.len()).enumerate() {
            field.fill(step as u32 + 1, first as u32, width, row);
            for (inputs, noise) in inputs.chunks_exact_mut(width).zip(row.chunks_exact(width)) {
                for (input, noise) in inputs[..trials].iter_mut().zip(noise) {
                    *input += size * noise;
                }
            }
        }
    }
}

impl Practice {
    /// Refuses what is no lesson.
    ///
    /// # Errors
    /// [`Error::Conflict`] saying what does not fit.
    pub fn check(&self) -> Result<()> {
        let (task, design) = (self.task.task(), &self.design);
        let fits = task.inputs().len() == design.inputs
            && task.outputs().len() == design.outputs
            && self.ties.len() == design.parameters()
            && design.tau >= 1.0
            && self.batch > 0;
        if fits {
            return Ok(());
        }
        Err(Error::Conflict {
            why: format!(
                "a network of {} inputs and {} outputs cannot practise {} {} times at once",
                design.inputs,
                design.outputs,
                task.id(),
                self.batch
            ),
        })
    }

    /// The norm P for these parameters, and λₒ ∂P/∂θ added to `gradient`.
    fn orthogonality(&self, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let Prices { orthogonality: price, outputs_too, .. } = self.prices;
        let Design { units, inputs, outputs, .. } = self.design;
        let columns = self.design.cell().columns();
        let count = if outputs_too { inputs + outputs } else { inputs };
        // Where the k-th column's entry for a unit lies.
        let place = |k: usize, unit: usize| match k.checked_sub(inputs) {
            None => unit * columns + units + k,
            Some(output) => (units + output) * columns + unit,
        };
        let value = |k: usize, unit: usize| f64::from(parameters[place(k, unit)]);
        let lengths: Vec<f64> = (0..count)
            .map(|k| (0..units).map(|unit| value(k, unit) * value(k, unit)).sum::<f64>().sqrt())
            .collect();
        let hat = |k: usize, unit: usize| {
            if lengths[k] > 0.0 { value(k, unit) / lengths[k] } else { 0.0 }
        };
        let mut gram = vec![0.0; count * count];
        let mut squares = 0.0;
        for k in 0..count {
            for l in 0..k {
                let product: f64 = (0..units).map(|unit| hat(k, unit) * hat(l, unit)).sum();
                (gram[k * count + l], gram[l * count + k]) = (product, product);
                squares += 2.0 * product * product;
            }
        }
        let norm = squares.sqrt();
        let scale = 2.0 * price / norm.max(LEAST);
        for k in (0..count).filter(|&k| lengths[k] > 0.0) {
            let slope = |unit: usize| {
                (0..count).map(|l| hat(l, unit) * gram[l * count + k]).sum::<f64>() * scale
            };
            let along: f64 = (0..units).map(|unit| slope(unit) * hat(k, unit)).sum();
            for unit in 0..units {
                let across = (slope(unit) - along * hat(k, unit)) / lengths[k];
                gradient[place(k, unit)] += across as f32;
            }
        }
        norm
    }
}

/// The memory of a thread.
pub(super) struct Desk {
    cell: Cell,
    matrix: Matrix,
    start: Vec<f32>,
    leak: Vec<f32>,
    gradient: Vec<f32>,
    counted: Vec<bool>,
    /// One for each number of trials.
    runs: BTreeMap<usize, Shard>,
}

/// The memory of a shard.
struct Shard {
    scan: Scan,
    /// `[unit][lane]`.
    start: Vec<f32>,
    /// `[step][input][lane]` of all T steps.
    inputs: Vec<f32>,
    /// `[step][output][lane]`.
    targets: Vec<f32>,
    /// Noise on the inputs of one step.
    noise: Vec<f32>,
}

impl Desk {
    fn new(design: &Design, counted: Vec<bool>) -> Self {
        let cell = design.cell();
        Self {
            cell,
            matrix: Matrix::new(cell),
            start: vec![0.0; design.units],
            leak: vec![(1.0 / design.tau) as f32; design.units],
            gradient: vec![0.0; cell.rows() * cell.columns()],
            counted,
            runs: BTreeMap::new(),
        }
    }

    fn prepare(&mut self, parameters: &[f32]) {
        let (matrix, start) = parameters.split_at(self.gradient.len());
        self.matrix.pack(matrix);
        self.start.copy_from_slice(start);
    }
}

impl Shard {
    fn new(cell: Cell, trials: usize, steps: usize, states: bool) -> Self {
        let mut scan = Scan::new(cell, trials, steps - 1);
        if states {
            scan = scan.keeping_states();
        }
        let zeros = |rows: usize| vec![0.0; rows * scan.width()];
        Self {
            start: zeros(cell.units),
            inputs: zeros(steps * cell.inputs),
            targets: zeros(steps * cell.outputs()),
            noise: zeros(cell.inputs),
            scan,
        }
    }

    fn begin(&mut self, start: &[f32]) {
        let (trials, width) = (self.scan.trials(), self.scan.width());
        for (row, &x) in self.start.chunks_exact_mut(width).zip(start) {
            row[..trials].fill(x);
        }
    }

    /// Writes the trials from number `first` on.
    fn write(&mut self, task: &dyn Task, rng: &Rng, first: u64) {
        let width = self.scan.width();
        let strides = |channels: usize| (channels * width, width);
        let (inputs, outputs) = (task.inputs().len(), task.outputs().len());
        self.inputs.fill(0.0);
        self.targets.fill(0.0);
        for place in 0..self.scan.trials() {
            let mut trial = Trial {
                inputs: Sheet::new(&mut self.inputs[place..], strides(inputs)),
                targets: Sheet::new(&mut self.targets[place..], strides(outputs)),
            };
            tasks::present(task, first + place as u64, rng, &mut trial);
        }
    }

    /// What drives the scan: all inputs but the last, which nothing answers any more.
    fn parts<'a>(&'a mut self, leak: &'a [f32], noise: Option<Noisy>) -> (&'a mut Scan, Drive<'a>) {
        let used = self.scan.steps() * self.noise.len();
        let drive = Drive { leak, start: &self.start, inputs: &self.inputs[..used], noise };
        (&mut self.scan, drive)
    }

    /// Σ q² over units, steps and trials.
    fn activity(&self, cell: &Cell) -> f64 {
        let (trials, width) = (self.scan.trials(), self.scan.width());
        let mut sum = 0.0;
        for step in 0..=self.scan.steps() {
            let rows = match cell.form {
                Form::Rate => self.scan.states(step),
                Form::Current => self.scan.rates(step),
            };
            let mut squares = [0.0_f32; MOST_TRIALS];
            for row in rows.chunks_exact(width) {
                for (sum, q) in squares.iter_mut().zip(&row[..trials]) {
                    *sum += q * q;
                }
            }
            sum += squares.iter().map(|&square| f64::from(square)).sum::<f64>();
        }
        sum
    }
}

impl Lesson for Practice {
    const TRADE: &'static str = "practice";
    const LEARNER: &'static str = "the network";
    /// The number of the update.
    type Draw = u64;
    type Desk = Desk;

    fn desk(&self) -> Desk {
        Desk::new(&self.design, tasks::counted(self.task.task()))
    }

    fn parameters(&self) -> usize {
        self.design.parameters()
    }

    fn shards(&self) -> usize {
        self.batch.div_ceil(MOST_TRIALS)
    }

    fn check(&self, _: &u64) -> Result<()> {
        Practice::check(self)
    }

    fn prepare(&self, desk: &mut Desk, parameters: &[f32]) {
        desk.prepare(parameters);
    }

    fn learn(&self, desk: &mut Desk, update: &u64, shard: usize, gradient: &mut [f32]) -> Part {
        let Self { design, batch, disturbance, prices, .. } = self;
        let task = self.task.task();
        let first = shard * MOST_TRIALS;
        let trials = MOST_TRIALS.min(batch - first);
        let Desk { cell, matrix, leak, start, counted, runs, gradient: by_matrix } = desk;
        let (steps, outputs) = (counted.len(), cell.outputs());
        let pays = prices.activity > 0.0;
        let run = runs.entry(trials).or_insert_with(|| Shard::new(*cell, trials, steps, pays));
        let width = run.scan.width();
        run.begin(start);
        run.write(task, &self.trials, update * *batch as u64 + first as u64);
        let size = (first, trials, width);
        let Shard { noise, inputs, .. } = run;
        disturbance.join_inputs(design, *update, size, noise, inputs);

        let noise = disturbance.on_units(design, *update, first);
        let (scan, drive) = run.parts(leak, noise);
        scan.forward(matrix, &drive);
        let count = (counted.iter().filter(|step| **step).count() * outputs * batch) as f64;
        let slope = (2.0 / count) as f32;
        let mut squares = 0.0;
        for (step, targets) in run.targets.chunks_exact(outputs * width).enumerate() {
            let (found, upstream) = run.scan.output_and_upstream(step);
            if !counted[step] {
                upstream.fill(0.0);
                continue;
            }
            let mut sum = [0.0_f32; MOST_TRIALS];
            let rows = found.chunks_exact(width).zip(targets.chunks_exact(width));
            for ((found, targets), upstream) in rows.zip(upstream.chunks_exact_mut(width)) {
                let lanes = found.iter().zip(targets).zip(upstream).zip(&mut sum);
                for (((found, target), upstream), sum) in lanes.take(trials) {
                    let off = found - target;
                    *sum += off * off;
                    *upstream = slope * off;
                }
            }
            squares += sum.iter().map(|&sum| f64::from(sum)).sum::<f64>();
        }
        let numbers = (design.units * steps * batch) as f64;
        let activity = if pays { run.activity(cell) / numbers } else { 0.0 };

        by_matrix.fill(0.0);
        let price = (2.0 * prices.activity / numbers) as f32;
        let (scan, drive) = run.parts(leak, noise);
        scan.backward(matrix, &drive, price, by_matrix);
        let (sums, start) = gradient.split_at_mut(by_matrix.len());
        sums.iter_mut().zip(by_matrix).for_each(|(sum, g)| *sum += *g);
        for (sum, row) in start.iter_mut().zip(scan.start_gradient().chunks_exact(width)) {
            *sum += row[..trials].iter().sum::<f32>();
        }
        Part { error: squares / count, activity }
    }

    fn price(&self, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let norm = if self.prices.orthogonality > 0.0 {
            self.orthogonality(parameters, gradient)
        } else {
            0.0
        };
        let fixed = self.ties.iter().map(|tie| *tie == Tie::Fixed);
        gradient.iter_mut().zip(fixed).filter(|(_, fixed)| *fixed).for_each(|(g, _)| *g = 0.0);
        norm
    }

    fn hold(&self, parameters: &mut [f32]) {
        parameters.iter_mut().zip(&self.ties).for_each(|(value, tie)| *value = tie.hold(*value));
    }
}

/// The loss and its gradient for one update, for comparison with other forms: the error, the mean
/// square of the activity, P, and ∂L/∂θ `[parameter]`, zero where a parameter is fixed.
///
/// # Errors
/// [`Error::Conflict`] when it is no lesson.
pub fn loss_and_gradient(
    practice: &Practice,
    parameters: &[f32],
    update: u64,
) -> Result<([f64; 3], Vec<f32>)> {
    practice.check()?;
    let mut desk = practice.desk();
    desk.prepare(parameters);
    let mut gradient = vec![0.0; parameters.len()];
    let mut sum = Part::default();
    for shard in 0..practice.shards() {
        let part = practice.learn(&mut desk, &update, shard, &mut gradient);
        sum.error += part.error;
        sum.activity += part.activity;
    }
    let norm = practice.price(parameters, &mut gradient);
    Ok(([sum.error, sum.activity, norm], gradient))
}

/// A network run on trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// y, `[step, trial, output]`.
    pub outputs: Array3<f32>,
    /// The mean of q² over units, steps and trials: x², or f(x)² where that is passed on.
    pub activity: f64,
}

impl Run {
    /// Runs the network with these `parameters` under `inputs` `[step, trial, input]`, with the
    /// noise of an update of that number, if any.
    ///
    /// # Panics
    /// When parameters or inputs do not fit the design, or there are fewer than two steps.
    #[must_use]
    pub fn of(
        design: Design,
        parameters: &[f32],
        inputs: &Array3<f32>,
        noise: Option<(&Disturbance, u64)>,
    ) -> Self {
        let (steps, count, channels) = inputs.dim();
        assert_eq!(channels, design.inputs, "as many channels as the network has inputs");
        let mut desk = Desk::new(&design, Vec::new());
        desk.prepare(parameters);
        let mut outputs = Array3::zeros((steps, count, design.outputs));
        let mut squares = 0.0;
        for first in (0..count).step_by(MOST_TRIALS) {
            let trials = MOST_TRIALS.min(count - first);
            let Desk { cell, matrix, leak, start, runs, .. } = &mut desk;
            let run = runs.entry(trials).or_insert_with(|| Shard::new(*cell, trials, steps, true));
            let width = run.scan.width();
            run.begin(start);
            for (place, row) in run.inputs.chunks_exact_mut(width).enumerate() {
                let (step, channel) = (place / channels, place % channels);
                for (trial, to) in row[..trials].iter_mut().enumerate() {
                    *to = inputs[[step, first + trial, channel]];
                }
            }
            let units = noise.and_then(|(noise, update)| {
                let size = (first, trials, width);
                noise.join_inputs(&design, update, size, &mut run.noise, &mut run.inputs);
                noise.on_units(&design, update, first)
            });
            let (scan, drive) = run.parts(leak, units);
            scan.forward(matrix, &drive);
            for step in 0..steps {
                let rows = run.scan.output(step).chunks_exact(width);
                for (output, row) in rows.enumerate() {
                    for (trial, &y) in row[..trials].iter().enumerate() {
                        outputs[[step, first + trial, output]] = y;
                    }
                }
            }
            squares += run.activity(cell);
        }
        Self { outputs, activity: squares / (design.units * steps * count).max(1) as f64 }
    }

    /// The mean of (y − target)² over outputs, counted steps and trials.
    #[must_use]
    pub fn error(&self, trials: &Trials) -> f64 {
        let (mut sum, mut count) = (0.0, 0_usize);
        let steps = self.outputs.outer_iter().zip(trials.targets.outer_iter());
        for ((found, wanted), _) in steps.zip(&trials.counted).filter(|(_, counted)| **counted) {
            for (found, wanted) in found.iter().zip(&wanted) {
                sum += f64::from((found - wanted) * (found - wanted));
            }
            count += found.len();
        }
        sum / count.max(1) as f64
    }
}

/// P of these parameters, or 0 where orthogonality has no price.
#[must_use]
pub fn orthogonality(practice: &Practice, parameters: &[f32]) -> f64 {
    if practice.prices.orthogonality == 0.0 {
        return 0.0;
    }
    practice.orthogonality(parameters, &mut vec![0.0; parameters.len()])
}
