//! Training on a graphics processor, where everything stays: what is shown, parameters, Adam's
//! memory, histories. An update sends six dispatches and, where it draws windows of a recording,
//! the numbers of its trajectories; the errors of many updates come back at once.

use super::imitation::Windows;
use super::optimiser::{EPSILON, MEAN_DECAY, SQUARE_DECAY};
use super::recording::{Recording, Window};
use super::scan::cube::{Descent, Moments, Plan, Purpose};
use super::scan::{Activation, Cell, Form, Readout};
use super::train::Training;
use super::weights::{Shape, Weights};
use crate::error::{Error, Result};
use burn_cubecl::{CubeDevice, tensor::CubeTensor};

/// Says that an element of the matrix has no (second) parameter.
const NOWHERE: u32 = u32::MAX;

/// The student as a cell of the scan.
fn cell(shape: Shape) -> Cell {
    Cell {
        units: shape.units,
        inputs: 1,
        readout: Readout::Rates { observed: shape.observed },
        form: Form::Rate,
        activation: Activation::RectifiedTanh,
    }
}

/// The tables of a student, see [`Network`].
fn tables(shape: Shape) -> (Vec<u32>, Vec<u32>) {
    let Shape { units, driven, .. } = shape;
    let columns = cell(shape).columns();
    let [recurrent, bias, input, input_bias] = shape.parts().map(|(_, range, _)| range.start);
    let mut sources = vec![NOWHERE; 2 * units * columns];
    let mut places = vec![0; shape.parameters()];
    let mut put = |row: usize, column: usize, parameter: usize| {
        let place = row * columns + column;
        let second = usize::from(sources[2 * place] != NOWHERE);
        sources[2 * place + second] = parameter as u32;
        places[parameter] = place as u32;
    };
    for post in 0..units {
        for pre in 0..units {
            put(post, pre, recurrent + pre * units + post);
        }
        put(post, units + 1, bias + post);
    }
    for unit in 0..driven {
        let row = units - driven + unit;
        put(row, units, input + unit);
        put(row, units + 1, input_bias + unit);
    }
    (sources, places)
}

/// What an update did: the error before it, and how long the gradient and all parameters were.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Outcome {
    error: f32,
    gradient: f32,
    parameters: f32,
}

/// A network whose parameters are trained.
struct Network {
    pub(super) cell: Cell,
    /// `[unit]`.
    pub(super) leak: Vec<f32>,
    /// Which parameters each element of the matrix is the sum of, two by two.
    pub(super) sources: Vec<u32>,
    /// Where in the matrix each parameter is.
    pub(super) places: Vec<u32>,
}

impl Network {
    fn student(shape: Shape) -> Self {
        let (sources, places) = tables(shape);
        Self { cell: cell(shape), leak: vec![shape.leak as f32; shape.units], sources, places }
    }

    /// A network whose parameters are the elements of its matrix, but for what a readout would take
    /// from inputs and bias.
    fn plain(cell: Cell, leak: f32) -> Self {
        let columns = cell.columns();
        let trained = |place: &usize| place / columns < cell.units || place % columns < cell.units;
        let places: Vec<usize> = (0..cell.rows() * columns).filter(trained).collect();
        let mut sources = vec![NOWHERE; 2 * cell.rows() * columns];
        for (parameter, &place) in places.iter().enumerate() {
            sources[2 * place] = parameter as u32;
        }
        let places = places.into_iter().map(|place| place as u32).collect();
        Self { cell, leak: vec![leak; cell.units], sources, places }
    }
}

/// What a network is shown.
struct Shown<'a> {
    /// Of x₀, the first units, `[trial, unit]`; the others begin at zero.
    pub(super) start: (&'a [f32], usize),
    /// `[step, trial, input]`.
    pub(super) inputs: &'a [f32],
    /// `[step, trial, output]`, of *s* = 1 … *S*.
    pub(super) targets: &'a [f32],
}

/// The same on the device; or a recording, of which each trial is a row and the steps after it.
struct Data {
    start: CubeTensor,
    seen: usize,
    inputs: CubeTensor,
    targets: CubeTensor,
}

/// How an update goes.
#[derive(Clone, Copy, Debug)]
struct Stride {
    pub(super) rate: f64,
    /// The longest a gradient may be; 0 for any length.
    pub(super) clip: f64,
    /// What is taken off the parameters, times the rate.
    pub(super) decay: f64,
    /// Number of this update, counted from 1.
    pub(super) taken: u64,
    /// Where its outcome is recorded.
    pub(super) slot: usize,
}

/// A training on the device.
struct Engine {
    plan: Plan,
    sources: CubeTensor,
    places: CubeTensor,
    leak: CubeTensor,
    parameters: CubeTensor,
    mean: CubeTensor,
    square: CubeTensor,
    record: CubeTensor,
    weights: CubeTensor,
    state: CubeTensor,
    passed: CubeTensor,
    rates: CubeTensor,
    deltas: CubeTensor,
    carry: CubeTensor,
    sums: CubeTensor,
    gradient: CubeTensor,
    lengths: CubeTensor,
    nothing: CubeTensor,
    no_rows: CubeTensor,
}

impl Engine {
    /// A network with these parameters and Adam's two memories of them, whose updates see `trials`
    /// trials for `steps` steps; the outcomes of `every` updates are remembered. With `gathers`
    /// trials are rows of a recording.
    ///
    /// # Errors
    /// [`Error::Gpu`] when it is larger than the device takes.
    pub(super) fn new(
        device: &CubeDevice,
        network: &Network,
        [parameters, mean, square]: [&[f32]; 3],
        (trials, steps): (usize, usize),
        every: usize,
        gathers: bool,
    ) -> Result<Self> {
        let purpose = Purpose { gathers, compares: true, places: true, ..Purpose::default() };
        let plan = Plan::new(device, &network.cell, None, trials, steps, purpose)?;
        let count = parameters.len();
        Ok(Self {
            sources: plan.upload_indices(&network.sources),
            places: plan.upload_indices(&network.places),
            leak: plan.upload(&network.leak),
            parameters: plan.upload(parameters),
            mean: plan.upload(mean),
            square: plan.upload(square),
            record: plan.room(3 * every),
            weights: plan.room(plan.weights()),
            state: plan.room(plan.state()),
            passed: plan.room(plan.history()),
            rates: plan.room(plan.rates()),
            deltas: plan.room(plan.deltas()),
            carry: plan.room(plan.carry()),
            sums: plan.room(plan.sums()),
            gradient: plan.room(count),
            lengths: plan.room(2 * Plan::groups(count)),
            nothing: plan.room(1),
            no_rows: plan.upload_indices(&[0]),
            plan,
        })
    }

    fn show(&self, shown: &Shown<'_>) -> Data {
        Data {
            start: self.plan.upload(shown.start.0),
            seen: shown.start.1,
            inputs: self.plan.upload(shown.inputs),
            targets: self.plan.upload(shown.targets),
        }
    }

    /// One update, which is not waited for. `rows` are those of a recording that is gathered from.
    fn update(&self, data: &Data, rows: Option<&CubeTensor>, stride: Stride) {
        let Self { plan, weights, state, passed, rates, deltas, gradient, lengths, .. } = self;
        let rows = rows.unwrap_or(&self.no_rows);
        let Data { start, seen, inputs, targets } = data;
        plan.prepare(
            &self.parameters,
            &self.sources,
            &self.leak,
            start,
            *seen,
            rows,
            weights,
            state,
        );
        let outputs = if plan.linear() { deltas } else { &self.nothing };
        plan.forward(weights, inputs, rows, state, passed, rates, outputs);
        plan.adjoint(weights, passed, rates, targets, rows, deltas, &self.carry);
        plan.products(deltas, passed, &self.sums);
        plan.collect(&self.sums, &self.places, &self.parameters, gradient, lengths);
        let moments = Moments {
            parameters: &self.parameters,
            mean: &self.mean,
            square: &self.square,
            gradient,
            lengths,
            carry: &self.carry,
            record: &self.record,
        };
        let bias = |decay: f64| (1.0 - libm::pow(decay, stride.taken as f64)) as f32;
        let descent = Descent {
            slot: stride.slot,
            clip: stride.clip as f32,
            rate: stride.rate as f32,
            decay: stride.decay as f32,
            mean_decay: MEAN_DECAY as f32,
            square_decay: SQUARE_DECAY as f32,
            mean_bias: bias(MEAN_DECAY),
            square_bias: bias(SQUARE_DECAY),
            epsilon: EPSILON as f32,
        };
        plan.descend(&moments, descent);
    }

    /// The outcomes that are remembered, by their slots.
    async fn outcomes(&self) -> Result<Vec<Outcome>> {
        let [record] = self.read([&self.record]).await?;
        let outcome = |it: &[f32]| Outcome { error: it[0], gradient: it[1], parameters: it[2] };
        Ok(record.chunks_exact(3).map(outcome).collect())
    }

    async fn read<const K: usize>(&self, tensors: [&CubeTensor; K]) -> Result<[Vec<f32>; K]> {
        let mut found = self.plan.read(&tensors).await?.into_iter();
        Ok(std::array::from_fn(|_| found.next().unwrap_or_default()))
    }
}

/// A student that learns from windows of a recording.
pub(super) struct Student {
    engine: Engine,
    observed: usize,
    /// The recording that is on the device.
    shown: Option<(Recording, Data)>,
    /// Updates made.
    pub(super) taken: u64,
    /// How many outcomes were not read yet; the first of them are here, from before a break.
    pub(super) unread: usize,
    before: Vec<f32>,
}

impl Student {
    /// A student of this `shape` after `taken` updates, whose last errors, not read yet, were
    /// `before`; the rest is as in [`Engine::new`].
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub(super) fn new(
        device: &CubeDevice,
        shape: Shape,
        numbers: [&[f32]; 3],
        (taken, before): (u64, Vec<f32>),
        (batch, window): (usize, usize),
        every: usize,
    ) -> Result<Self> {
        let network = Network::student(shape);
        let engine = Engine::new(device, &network, numbers, (batch, window), every, true)?;
        let (observed, unread) = (shape.observed, before.len());
        Ok(Self { engine, observed, shown: None, taken, unread, before })
    }

    /// One update on the steps after time `start` of these trajectories of `recording`. It is not
    /// waited for.
    pub(super) fn update(
        &mut self,
        recording: &Recording,
        Windows { start, trajectories }: &Windows,
        training: &Training,
        rate: f64,
    ) {
        let plan = &self.engine.plan;
        let shown = self.shown.take().filter(|(shown, _)| shown.is(recording));
        let (_, data) = self.shown.insert(shown.unwrap_or_else(|| {
            let (rates, velocity) = recording.values();
            let rates = plan.upload(rates);
            let data = Data {
                start: rates.clone(),
                seen: self.observed,
                inputs: plan.upload(velocity),
                targets: rates,
            };
            (recording.clone(), data)
        }));
        let row = |trajectory| (trajectory * recording.times() + start) as u32;
        let rows: Vec<u32> = trajectories.iter().copied().map(row).collect();
        let rows = plan.upload_indices(&rows);
        self.taken += 1;
        let &Training { clip, decay, .. } = training;
        let stride = Stride { rate, clip, decay, taken: self.taken, slot: self.unread };
        self.engine.update(data, Some(&rows), stride);
        self.unread += 1;
    }

    /// Brings the errors back that were not read yet, of the updates since the `taken` − `unread`th,
    /// and looks at them.
    ///
    /// # Errors
    /// [`Error::Diverged`] when something is not finite, [`Error::Vanished`] when there is nothing
    /// to follow, [`Error::Gpu`] when the device stopped answering.
    pub(super) async fn read_errors(&mut self, errors: &mut Vec<(u64, f32)>) -> Result<()> {
        let first = self.taken - self.unread as u64;
        let outcomes = self.engine.outcomes().await?;
        let unread = std::mem::take(&mut self.unread);
        let before = std::mem::take(&mut self.before);
        let fresh = outcomes.get(before.len()..unread).unwrap_or(&[]);
        // An error alone could miss it: a graphics processor may take relu(NaN) for 0.
        let odd = |what: &str, step| Error::Diverged { what: what.into(), step };
        errors.extend((first..).zip(before.iter().copied()));
        for (update, outcome) in (first + before.len() as u64..).zip(fresh) {
            if !outcome.error.is_finite() {
                return Err(odd("the student's error", update));
            }
            if !outcome.gradient.is_finite() || !outcome.parameters.is_finite() {
                return Err(odd("the student's weights", update));
            }
            if outcome.gradient == 0.0 {
                let what = "the student's gradient".into();
                return Err(Error::Vanished { what, step: update });
            }
            errors.push((update, outcome.error));
        }
        Ok(())
    }

    /// The errors that were not read yet, which stay where they are.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stopped answering.
    pub(super) async fn pending(&self) -> Result<Vec<f32>> {
        let outcomes = self.engine.outcomes().await?;
        let fresh = outcomes.get(self.before.len()..self.unread).unwrap_or(&[]);
        let fresh = fresh.iter().map(|outcome| outcome.error);
        Ok(self.before.iter().copied().chain(fresh).collect())
    }

    /// The parameters, and Adam's two memories of their gradients.
    ///
    /// # Errors
    /// As [`Student::pending`].
    pub(super) async fn numbers(&self) -> Result<[Vec<f32>; 3]> {
        let Engine { parameters, mean, square, .. } = &self.engine;
        self.engine.read([parameters, mean, square]).await
    }

    /// The parameters alone.
    ///
    /// # Errors
    /// As [`Student::pending`].
    pub(super) async fn parameters(&self) -> Result<Vec<f32>> {
        let [parameters] = self.engine.read([&self.engine.parameters]).await?;
        Ok(parameters)
    }
}

/// The [exercise](super::exercise) on the device.
pub(super) struct Exercise {
    engine: Engine,
    data: Data,
    taken: u64,
}

impl Exercise {
    /// The network `cell` with the matrix `matrix` at rest, which is shown `inputs`
    /// `[step, trial, input]` and `targets` `[step, trial, output]`.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub(super) fn new(
        device: &CubeDevice,
        (cell, leak): (Cell, f32),
        matrix: &[f32],
        size: (usize, usize),
        (inputs, targets): (&[f32], &[f32]),
    ) -> Result<Self> {
        let network = Network::plain(cell, leak);
        let value = |&place: &u32| matrix[place as usize];
        let parameters: Vec<f32> = network.places.iter().map(value).collect();
        let zeros = vec![0.0; parameters.len()];
        let engine = Engine::new(device, &network, [&parameters, &zeros, &zeros], size, 1, false)?;
        let data = engine.show(&Shown { start: (&[0.0], 0), inputs, targets });
        Ok(Self { engine, data, taken: 0 })
    }

    /// One update at this rate; the error before it.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stops answering.
    pub(super) async fn update(&mut self, rate: f64) -> Result<f32> {
        self.taken += 1;
        let stride = Stride { rate, clip: 0.0, decay: 0.0, taken: self.taken, slot: 0 };
        self.engine.update(&self.data, None, stride);
        Ok(self.engine.outcomes().await?[0].error)
    }
}

/// The error in `window`, and how it changes with each parameter.
///
/// # Errors
/// [`Error::Gpu`] when it is too large for the device, or that stops answering.
pub(super) async fn error_and_gradient(
    device: &CubeDevice,
    weights: &Weights,
    window: &Window,
) -> Result<(f64, Weights)> {
    let shape = weights.shape();
    let (steps, trials, _) = window.target.dim();
    let zeros = vec![0.0; shape.parameters()];
    let numbers = [weights.values(), &zeros, &zeros];
    let network = Network::student(shape);
    let engine = Engine::new(device, &network, numbers, (trials, steps), 1, false)?;
    let [start, inputs, targets] = [
        window.start.iter().copied().collect::<Vec<_>>(),
        window.velocity.iter().copied().collect(),
        window.target.iter().copied().collect(),
    ];
    let start = (&start[..], shape.observed);
    let data = engine.show(&Shown { start, inputs: &inputs, targets: &targets });
    // To stand still is a step, too.
    engine.update(&data, None, Stride { rate: 0.0, clip: 0.0, decay: 0.0, taken: 1, slot: 0 });
    let [record, gradient] = engine.read([&engine.record, &engine.gradient]).await?;
    Ok((f64::from(record[0]), Weights::from_values(shape, gradient)))
}

#[cfg(test)]
mod tests {
    use crate::crew::Crew;
    use crate::learning::device::{Device, disagreement, graphics_for_tests, wait_for_tests};
    use crate::learning::exercise::{Exercise, Size};
    use crate::learning::golden;
    use crate::learning::recording::Recording;
    use crate::learning::train::{Trainer, TrainerState, Training};
    use crate::learning::weights::{Init, Shape, Weights};
    use crate::rng::Rng;
    use ndarray::{Array2, Array3};

    #[test]
    fn a_student_on_the_graphics_processor_is_that_of_the_cpu_and_of_the_specification() {
        let device = graphics_for_tests();
        let apart = wait_for_tests(disagreement(&device, &Device::cpu())).expect("both answer");
        assert!(apart <= 2e-5, "{apart:.1e}");
        let report = wait_for_tests(golden::check(&device)).expect("it answers");
        assert!(report.max_error <= golden::TOLERANCE, "{report:?}");
    }

    #[test]
    fn the_exercise_on_the_graphics_processor_is_that_of_the_cpu() {
        let size = Size { units: 37, steps: 11, trials: 21 };
        let begin = |device: &Device| {
            wait_for_tests(Exercise::on(device, size, &Crew::default())).expect("an exercise")
        };
        let mut cpu = begin(&Device::cpu());
        let mut graphics = begin(&graphics_for_tests());
        for _ in 0..5 {
            let [found, expected] =
                [&mut graphics, &mut cpu].map(|it| wait_for_tests(it.update()).expect("an error"));
            assert!((found - expected).abs() <= 1e-5 * expected, "{found}, {expected}");
        }
    }

    #[test]
    fn a_training_on_the_graphics_processor_is_that_of_the_cpu_and_goes_on_where_it_was_saved() {
        let mut rng = Rng::stream(4, "recording");
        let rates = Array3::from_shape_simple_fn((7, 20, 6), || rng.uniform());
        let velocity = Array2::from_shape_simple_fn((7, 20), || rng.normal());
        let recording = Recording::new(rates.view(), velocity.view()).expect("a recording");
        let weights = Weights::draw(
            Shape::separated(6, 5, 0.3),
            Init { scale: 1.0, bias: 0.1 },
            &Rng::stream(4, "student"),
        )
        .expect("a student");
        let training = Training {
            rate: 1e-3,
            warm_up: 2,
            clip: 0.05,
            decay: 1e-3,
            batch: 5,
            window: 9,
            updates: 8,
            ..Training::default()
        };
        let windows = Rng::stream(4, "windows");
        let begin = |device: &Device| {
            Trainer::new(device, &weights, training, 3, &windows).expect("a training")
        };
        let train = |trainer: &mut Trainer, updates| {
            for _ in 0..updates {
                wait_for_tests(trainer.update(&recording)).expect("an update");
            }
        };
        let mut cpu = begin(&Device::cpu());
        train(&mut cpu, 8);
        let expected = cpu.take_errors();

        // Saved between two readings, to a file and back.
        let device = graphics_for_tests();
        let mut first = begin(&device);
        train(&mut first, 5);
        let state = wait_for_tests(first.save()).expect("it answers");
        let file = postcard::to_allocvec(&state).expect("bytes");
        let state: TrainerState = postcard::from_bytes(&file).expect("our own bytes");
        let mut second = Trainer::load(&device, state.clone()).expect("our own state");
        let mut elsewhere = Trainer::load(&Device::cpu(), state).expect("our own state");
        for trainer in [&mut first, &mut second, &mut elsewhere] {
            train(trainer, 3);
            let found = trainer.take_errors();
            assert_eq!(found.len(), expected.len());
            for ((at, found), (same, expected)) in found.iter().zip(&expected) {
                assert_eq!(at, same);
                assert!((found - expected).abs() <= 1e-5 * expected, "{at}: {found}, {expected}");
            }
            let reached = wait_for_tests(trainer.weights()).expect("it answers");
            let cpu = wait_for_tests(cpu.weights()).expect("it answers");
            for (found, expected) in reached.values().iter().zip(cpu.values()) {
                // A gradient near zero may be of either sign, and Adam steps as far all the same.
                assert!((found - expected).abs() <= 2e-4, "{found}, {expected}");
            }
        }
        let weights = |trainer: &Trainer| wait_for_tests(trainer.weights()).expect("it answers");
        assert_eq!(
            weights(&first),
            weights(&second),
            "a saved training goes on with the same bits"
        );
    }
}
