//! Can the compass's wiring be read from its activity? A network is trained to predict the
//! recorded rates, and its weights are laid beside the ring's.
//!
//! The arms: *separated* (the recorded neurons and a hidden population that alone receives the
//! velocity), *plain* (the recorded neurons alone, all receiving it), and *everywhere* (the
//! separated network's size, but all receive it: the control that the published comparison lacks).

use super::compass::{DataSet, Kernel, Recorder, fits, settings};
use super::ring_record::tuning_panel;
use crate::analysis::{
    connectivity, heading,
    prediction::Prediction,
    statistics::Statistics,
    tuning::{Bins, Tuning, order},
};
use crate::files::npz::Npz;
use crate::lab::{
    Axis, Bench, Colours, Event, Experiment, Figure, Finding, Image, Mark, Next, Panel, Preset,
};
use crate::learning::{
    device::{self, Device, Wish},
    recording::Recording,
    train::{Trainer, TrainerState, Training},
    weights::{Init, Shape, Weights},
};
use crate::models::{leaky::Leaky, ring::Trajectory};
use crate::{Error, Result, choices, params};
use ndarray::{Array1, Array2, ArrayView2, ArrayView3, s};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

choices! {
    /// Which student is trained.
    pub enum Arm {
        /// Recorded units without velocity, hidden units with it.
        Separated = "separated",
        /// Recorded units alone, all with velocity.
        Plain = "plain",
        /// Recorded and hidden units, all with velocity.
        Everywhere = "everywhere",
    }
}

choices! {
    /// Where the training runs.
    pub enum Where {
        /// On the graphics processor if there is one.
        Auto = "auto",
        /// On the CPU.
        Cpu = "cpu",
        /// On the graphics processor, be it software.
        WebGpu = "webgpu",
    }
}

params! {
    /// What may be turned.
    pub struct Params {
        "The student" {
            /// Which units receive the velocity: only the hidden ones (separated), all of a network
            /// without hidden units (plain), or all of a network with them (everywhere).
            arm: Arm = Arm::Separated, in Arm::ALL;
            /// Number of hidden units; the plain network has none.
            hidden: usize = 40, in 1..=256;
            /// Fraction of a unit's state that is replaced in each step of 25 ms.
            leak: f64 = 0.2, in 0.05..=1.0;
            /// Size of the first recurrent weights, in Glorot's. What training does not change stays
            /// as noise in the picture, so small is clear.
            start: f64 = 0.1, in 0.0..=2.0;
            /// First bias of the recorded units; above zero, none of them falls silent for good.
            bias: f64 = 0.1, in -1.0..=1.0;
        }
        "Training" {
            /// Number of updates.
            updates: usize = 400, in 10..=20_000;
            /// Trajectories seen in each update.
            batch: usize = 8, in 1..=100;
            /// Steps predicted in each update.
            window: usize = 49, in 2..=200, "steps";
            /// Greatest learning rate of Adam.
            rate: f64 = 0.004, in 0.00001..=1.0;
            /// Updates in which the learning rate rises to its greatest.
            warm_up: usize = 20, in 0..=1000;
            /// What is left of the learning rate at the end, falling along a cosine.
            end: f64 = 0.02, in 0.0..=1.0;
            /// Longest gradient that is followed in full; 0 for no limit.
            clip: f64 = 0.05, in 0.0..=100.0;
            /// Where it runs: on the graphics processor if there is one, or as you say.
            device: Where = Where::Auto, in Where::ALL;
        }
        "The recording" {
            /// Number of trajectories recorded for training.
            trajectories: usize = 20, in 1..=400;
            /// Length of each trajectory in steps of 25 ms.
            length: usize = 1000, in 50..=10_000, "steps";
        }
        "The ring" {
            /// Number of compass neurons, all of them recorded.
            neurons: usize = 40, in 20..=200;
            /// Random kicks to the neurons: the length of the noise vector added in each step.
            noise: f64 = 0.1, in 0.0..=2.0;
            /// How strongly turning pushes the bump; 1 is the published value, 2 % too fast.
            gain: f64 = 1.0, in 0.0..=3.0;
            /// Which weights turn the bump: the published ones, or the true derivative of the
            /// symmetric weights.
            kernel: Kernel = Kernel::Original, in Kernel::ALL;
        }
    }
}

impl Params {
    fn shape(&self) -> Shape {
        match self.arm {
            Arm::Separated => Shape::separated(self.neurons, self.hidden, self.leak),
            Arm::Plain => Shape::plain(self.neurons, self.leak),
            Arm::Everywhere => Shape::driven_everywhere(self.neurons, self.hidden, self.leak),
        }
    }

    fn training(&self) -> Training {
        Training {
            rate: self.rate,
            warm_up: self.warm_up as u64,
            end: self.end,
            clip: self.clip,
            batch: self.batch,
            window: self.window,
            updates: self.updates as u64,
        }
    }

    fn wish(&self) -> Wish {
        match self.device {
            Where::Auto => Wish::Auto,
            Where::Cpu => Wish::Cpu,
            Where::WebGpu => Wish::WebGpu,
        }
    }
}

/// The recording, the student in training, and what it came to.
pub struct Identify {
    recorder: Recorder,
    device: Device,
    data: DataSet,
    shelved: Option<DataSet>,
    recording: Option<Recording>,
    trainer: Option<Trainer>,
    record: Progress,
    /// Trajectories that training never sees.
    test: Vec<Trajectory>,
}

/// What training came to so far; part of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// (update, mean squared error).
    errors: Vec<(u64, f32)>,
    /// The weights as last looked at.
    weights: Option<Weights>,
}

/// The whole state; the recording follows from the recipe.
#[derive(Serialize, Deserialize)]
struct Saved {
    trajectories: usize,
    record: Progress,
    trainer: Option<TrainerState>,
}

/// Updates between two looks at the weights and the errors.
const LOOK_EVERY: u64 = 10;
/// Trajectories for testing, and their numbers: far from those for training.
const TESTS: usize = 4;
const FIRST_TEST: usize = 1_000_000;
/// Least rate that counts as alive.
const ALIVE: f64 = 0.05;
/// Units of each kind whose tuning is shown.
const SHOWN: usize = 20;

impl Identify {
    async fn open(params: &Params, bench: &mut Bench) -> Result<Self> {
        let wanted = settings(params.neurons, params.noise, params.gain, params.kernel);
        let recorder = Recorder::new(wanted, params.length, bench)?;
        let (device, because) = device::open(params.wish(), bench.gpu_obstacle()).await;
        bench.report(Event::Device { text: because });
        let test = (0..TESTS).map(|k| recorder.record(FIRST_TEST + k)).collect();
        Ok(Self {
            shelved: recorder.shelved(params.trajectories, bench),
            recorder,
            device,
            data: DataSet::default(),
            recording: None,
            trainer: None,
            record: Progress::default(),
            test,
        })
    }

    /// Records one more trajectory, or takes the whole recording from the shelf.
    fn observe(&mut self, params: &Params) -> Result<()> {
        if self.data.trajectories() < params.trajectories {
            match self.shelved.take() {
                Some(data) => self.data = data,
                None => self.data.add(&self.recorder.record(self.data.trajectories())),
            }
        }
        if self.data.trajectories() == params.trajectories && self.recording.is_none() {
            let (b, t, n) = (params.trajectories, params.length, params.neurons);
            let odd = |_| Error::BadFile {
                what: "the recording".into(),
                why: "its shape is not that of the recipe".into(),
            };
            let rates = ArrayView3::from_shape((b, t, n), &self.data.rates).map_err(odd)?;
            let velocity = ArrayView2::from_shape((b, t), &self.data.velocity).map_err(odd)?;
            self.recording = Some(Recording::new(
                rates.mapv(f64::from).view(),
                velocity.mapv(f64::from).view(),
            )?);
        }
        Ok(())
    }

    async fn learn(&mut self, params: &Params, bench: &Bench) -> Result<()> {
        let Some(recording) = &self.recording else {
            return Err(Error::Conflict { why: "there is no recording to learn from".into() });
        };
        if self.trainer.is_none() {
            let init = Init { scale: params.start, bias: params.bias };
            let weights = Weights::draw(params.shape(), init, &bench.rng("student/start"))?;
            self.trainer = Some(Trainer::new(
                &self.device,
                &weights,
                params.training(),
                LOOK_EVERY as usize,
                &bench.rng("student/windows"),
            )?);
        }
        let Some(trainer) = &mut self.trainer else { return Ok(()) };
        trainer.update(recording).await?;
        let done = trainer.done();
        if done.is_multiple_of(LOOK_EVERY) || done == params.updates as u64 {
            self.record.errors.extend(trainer.take_errors());
            self.record.weights = Some(trainer.weights().await?);
        }
        Ok(())
    }

    fn student(&self) -> Option<Leaky> {
        let weights = self.record.weights.as_ref()?;
        Some(Leaky {
            recurrent: weights.recurrent(),
            bias: weights.bias(),
            input: weights.input(),
            input_bias: weights.input_bias(),
            leak: weights.shape().leak,
        })
    }

    fn error_figure(&self) -> Option<Figure> {
        let last = self.record.errors.last()?.0 as f64 + 1.0;
        let raw: Vec<_> =
            self.record.errors.iter().map(|&(at, e)| (at as f64 + 1.0, f64::from(e))).collect();
        let smooth: Vec<_> = (0..raw.len())
            .map(|at| {
                let recent = &raw[at.saturating_sub(24)..=at];
                (raw[at].0, recent.iter().map(|point| point.1).sum::<f64>() / recent.len() as f64)
            })
            .collect();
        let guess = self.guess();
        let low = raw.iter().map(|point| point.1).fold(guess, f64::min).max(1e-9);
        let high = raw.iter().map(|point| point.1).fold(guess, f64::max);
        let now = smooth.last().map_or(0.0, |point| point.1);
        let first = raw[0].1;
        let panel = Panel::new(
            "",
            Axis::new("update", (0.0, last.max(10.0) * 1.02)),
            Axis::log("mean squared error", (low * 0.7, high * 1.4)),
        )
        .with(Mark::horizontal("best constant guess", guess))
        .with(Mark::line("each update", raw))
        .with(Mark::line("mean of the last 25", smooth));
        Some(
            Figure::new(
                "error",
                "Learning to predict the rates",
                format!(
                    "After {last:.0} updates the error is {now:.2e}, {:.0} times less than at the \
                     start.",
                    first / now
                ),
            )
            .with(panel),
        )
    }

    /// The error of guessing each neuron's mean.
    fn guess(&self) -> f64 {
        let mut statistics = Statistics::new(self.recorder.ring().neurons());
        self.test.iter().for_each(|walk| statistics.add(walk.rates.view()));
        statistics.variance()
    }

    fn wiring_figure(&self, student: &Leaky, params: &Params, tuning: &Tuning) -> Figure {
        let n = params.neurons;
        let ring = self.recorder.ring();
        let truth = ring.weights();
        let observed = student.recurrent.slice(s![..n, ..n]);
        let score = connectivity::correlation(observed, truth.t());
        let mut figure = Figure::new(
            "wiring",
            "The wiring, true and recovered",
            format!(
                "From each neuron (rows) to each neuron (columns). The student's weights between \
                 recorded units correlate {score:.2} with the ring's."
            ),
        )
        .columns(2)
        .with(matrix("the ring's weights", truth.t()))
        .with(matrix("the student's", observed));
        if student.units() > n {
            let hidden = student.units() - n;
            let driven = student.input.len();
            let velocity = student.input.slice(s![driven - hidden..]);
            let to = student.recurrent.slice(s![..n, n..]);
            let from = student.recurrent.slice(s![n.., ..n]);
            let product = connectivity::weighted_product(to, velocity, from);
            let preferred = tuning.preferred();
            let sorted = connectivity::reordered(
                student.recurrent.view(),
                n,
                &order(velocity, preferred.slice(s![n..])),
            );
            figure = figure
                .with(matrix("the ring's, for turning", ring.turning_weights().t()))
                .with(matrix("through its hidden units", product.view()))
                .with(matrix("all of it, hidden sorted", sorted.view()));
        }
        figure
    }

    fn profile_figure(&self, student: &Leaky, params: &Params) -> Figure {
        let n = params.neurons;
        let curve = |matrix: ArrayView2<f64>| {
            let profile = connectivity::profile(matrix);
            let mean = profile.mean().unwrap_or(0.0);
            let edges = |(low, high): (f64, f64), &x: &f64| (low.min(x), high.max(x));
            let (low, high) = profile.iter().fold((f64::MAX, f64::MIN), edges);
            let range = if high > low { high - low } else { 1.0 };
            let half = n / 2;
            // From half round the ring on one side to half round on the other.
            let at = |k: usize| (profile[(k + n - half) % n] - mean) / range;
            let angle = |k: usize| (k as f64 - half as f64) * 360.0 / n as f64;
            (0..=2 * half).map(|k| (angle(k), at(k))).collect::<Vec<_>>()
        };
        let truth = self.recorder.ring().weights();
        let panel = Panel::new(
            "",
            Axis::new("distance on the ring (°)", (-180.0, 180.0)),
            Axis::new("mean weight (range = 1)", (-0.8, 0.8)),
        )
        .with(Mark::horizontal("", 0.0))
        .with(Mark::line("the ring", curve(truth.t())))
        .with(Mark::line("the student", curve(student.recurrent.slice(s![..n, ..n]))));
        Figure::new(
            "profile",
            "Weight by distance",
            "The mean weight between neurons by their distance on the ring. Each curve is shown \
             about its mean and scaled to its range: the shape can be recovered, the scale cannot.",
        )
        .with(panel)
    }

    /// What the student's units answer to in free runs over the test trajectories.
    fn tuning(&self, student: &Leaky) -> Tuning {
        let bins = Bins { velocities: 14, headings: 24, fastest: 5.0 };
        let mut tuning = Tuning::new(student.units(), bins);
        for walk in &self.test {
            let velocity = walk.velocity.slice(s![1..]);
            let rates = student.run(&walk.rates.row(0).to_vec(), &velocity.to_vec());
            tuning.add(rates.view(), velocity, walk.heading.slice(s![1..]));
        }
        tuning
    }

    fn tuning_figure(tuning: &Tuning, params: &Params, units: usize) -> Figure {
        let n = params.neurons;
        let mut figure = Figure::new(
            "tuning",
            "What each unit of the student answers to",
            "One panel a unit: rate by heading (across) and velocity (upwards). Upright bars are \
             compass units; triangles, active only while turning one way, are shifters.",
        )
        .columns(10);
        let spread = |first: usize, count: usize| {
            let shown = count.min(SHOWN);
            (0..shown).map(move |k| first + k * count / shown.max(1))
        };
        for unit in spread(0, n) {
            figure = figure.with(tuning_panel(tuning, unit, &format!("recorded {unit}")));
        }
        for unit in spread(n, units - n) {
            figure = figure.with(tuning_panel(tuning, unit, &format!("hidden {}", unit - n)));
        }
        figure
    }

    /// The error over a window of 49 steps from starts all over the test trajectories, as a
    /// fraction of variance explained, and the heading error at their ends, rms, rad.
    fn predict(&self, student: &Leaky, params: &Params) -> (f64, f64) {
        let n = params.neurons;
        let window = 49.min(params.length - 1);
        let (mut prediction, mut squares, mut count) = (Prediction::default(), 0.0, 0.0);
        for walk in &self.test {
            for start in (0..params.length - window).step_by(50.max(params.length / 20)) {
                let steps = s![start + 1..=start + window];
                let rates = student
                    .run(&walk.rates.row(start).to_vec(), &walk.velocity.slice(steps).to_vec());
                let predicted = rates.slice(s![.., ..n]);
                prediction.add(predicted, walk.rates.slice(s![start + 1..=start + window, ..]));
                let truth = walk.heading.slice(steps);
                let errors = heading::errors(predicted, truth, walk.anchor);
                squares += errors[window - 1] * errors[window - 1];
                count += 1.0;
            }
        }
        (prediction.r_squared(self.guess()), libm::sqrt(squares / count))
    }

    fn file(&self, student: &Leaky, params: &Params) -> Result<Vec<u8>> {
        let ring = self.recorder.ring();
        let errors: Array1<f32> = self.record.errors.iter().map(|error| error.1).collect();
        let test: Vec<f64> = self.test.iter().flat_map(|walk| walk.rates.iter().copied()).collect();
        let shape = (self.test.len(), params.length, params.neurons);
        let test = ndarray::Array3::from_shape_vec(shape, test).map_err(|_| Error::Write {
            what: "identification.npz".into(),
            why: "the test trajectories are of different lengths".into(),
        })?;
        Npz::default()
            .with("recurrent", &student.recurrent)?
            .with("bias", &student.bias)?
            .with("input", &student.input)?
            .with("input_bias", &student.input_bias)?
            .with("ring_weights", &ring.weights().t().to_owned())?
            .with("ring_turning_weights", &ring.turning_weights().t().to_owned())?
            .with("errors", &errors)?
            .with("test_rates", &test)?
            .pack()
    }
}

/// A matrix as a panel: row 0 on top, colours symmetric about zero.
fn matrix(title: &str, values: ArrayView2<f64>) -> Panel {
    let (rows, columns) = values.dim();
    // The few greatest weights would pale all others: the range holds 99 of 100.
    let mut sizes: Vec<f64> = values.iter().map(|x| x.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let most = sizes.get(sizes.len() * 99 / 100).copied().unwrap_or(1.0).max(1e-9);
    let image = Image {
        name: "weight".into(),
        rows,
        columns,
        values: values.iter().copied().collect(),
        x: (0.0, columns as f64),
        y: (0.0, rows as f64),
        range: (-most, most),
        colours: Colours::Diverging,
        bar: true,
    };
    Panel::new(
        title,
        Axis::new("to unit", (0.0, columns as f64)),
        Axis::new("from unit", (rows as f64, 0.0)),
    )
    .with(image)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

impl Experiment for Identify {
    const ID: &'static str = "ring-identify";
    const QUESTION: &'static str = "Can the compass’s wiring be read from its activity?";
    const ABOUT: &'static str = include_str!("ring_identify.html");
    const UNIT: &'static str = "update";
    const TRAINS: bool = true;
    const REPORT_EVERY: u64 = 20;
    const NEXT: &'static [Next] = &[
        Next { label: "Watch this ring", experiment: "ring" },
        Next { label: "Record it", experiment: "ring-record" },
    ];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        let default = Params::default;
        let lab = || Params {
            neurons: 100,
            hidden: 100,
            batch: 20,
            trajectories: 100,
            updates: 2000,
            rate: 1e-3,
            warm_up: 50,
            ..default()
        };
        vec![
            Preset {
                name: "A small one",
                about: "Forty recorded and forty hidden units: a minute or two.",
                params: default(),
            },
            Preset {
                name: "Small, not separated",
                about: "No hidden units: every recorded unit receives the velocity.",
                params: Params { arm: Arm::Plain, ..default() },
            },
            Preset {
                name: "Full size, separated",
                about: "A hundred recorded and a hundred hidden units, 2000 updates.",
                params: lab(),
            },
            Preset {
                name: "Full size, not separated",
                about: "A hundred recorded units that all receive the velocity.",
                params: Params { arm: Arm::Plain, ..lab() },
            },
            Preset {
                name: "Full size, control",
                about: "As large as the separated network, but all receive the velocity.",
                params: Params { arm: Arm::Everywhere, ..lab() },
            },
            Preset {
                name: "As published",
                about: "The original’s settings: Glorot start, constant small rate, 10 000 updates.",
                params: Params {
                    start: 1.0,
                    bias: 0.0,
                    batch: 100,
                    rate: 1e-4,
                    warm_up: 0,
                    end: 1.0,
                    clip: 0.0,
                    updates: 10_000,
                    ..lab()
                },
            },
        ]
    }

    fn quick() -> Params {
        Params {
            neurons: 20,
            hidden: 10,
            trajectories: 3,
            length: 60,
            batch: 2,
            window: 5,
            updates: 25,
            device: Where::Cpu,
            ..Params::default()
        }
    }

    fn check(params: &Params) -> Result<()> {
        fits(params.trajectories, params.length, params.neurons)?;
        if params.batch > params.trajectories {
            return Err(Error::BadValue {
                key: "batch".into(),
                value: params.batch.to_string(),
                allowed: format!("at most the number of trajectories, {}", params.trajectories),
            });
        }
        if params.window >= params.length {
            return Err(Error::BadValue {
                key: "window".into(),
                value: params.window.to_string(),
                allowed: format!("less than the length of a trajectory, {}", params.length),
            });
        }
        Ok(())
    }

    fn length(params: &Params) -> Option<u64> {
        Some((params.trajectories + params.updates) as u64)
    }

    async fn begin(params: &Params, bench: &mut Bench) -> Result<Self> {
        Self::open(params, bench).await
    }

    async fn step(&mut self, params: &Params, bench: &mut Bench) -> Result<()> {
        if bench.step() < params.trajectories as u64 {
            self.observe(params)
        } else {
            self.learn(params, bench).await
        }
    }

    async fn report(&self, params: &Params, bench: &mut Bench, over: bool) -> Result<()> {
        let Some(student) = self.student() else {
            bench.say(format!(
                "{} of {} trajectories recorded.",
                self.data.trajectories(),
                params.trajectories
            ));
            return Ok(());
        };
        let tuning = self.tuning(&student);
        if let Some(figure) = self.error_figure() {
            bench.say(figure.summary.clone());
            bench.show(figure);
        }
        if let Some(&(_, error)) = self.record.errors.last() {
            bench.measure("mean squared error", "", f64::from(error));
        }
        bench.show(self.wiring_figure(&student, params, &tuning));
        bench.show(self.profile_figure(&student, params));
        bench.show(Self::tuning_figure(&tuning, params, student.units()));
        if over {
            for finding in self.findings(params) {
                bench.measure(finding.name, finding.unit, finding.value);
            }
            if let Some(weights) = &self.record.weights {
                let about = BTreeMap::from([
                    (
                        "made_by".to_owned(),
                        concat!("Attractor Lab ", env!("CARGO_PKG_VERSION")).into(),
                    ),
                    ("link".to_owned(), bench.link().to_owned()),
                ]);
                let bytes = weights.to_safetensors(&about);
                bench.offer("student.safetensors", "application/octet-stream", bytes);
            }
            bench.offer("identification.npz", "application/zip", self.file(&student, params)?);
        }
        Ok(())
    }

    fn findings(&self, params: &Params) -> Vec<Finding> {
        let Some(student) = self.student() else { return Vec::new() };
        let n = params.neurons;
        let mut findings = Vec::new();
        let mut add = |name, unit, value| findings.push(Finding { name, unit, value });
        let recent = &self.record.errors[self.record.errors.len().saturating_sub(25)..];
        let error = recent.iter().map(|e| f64::from(e.1)).sum::<f64>() / recent.len().max(1) as f64;
        add("mean squared error", "", error);
        let (explained, lost) = self.predict(&student, params);
        add("variance explained over 49 steps", "", explained);
        add("heading error after 49 steps", "°", lost.to_degrees());
        let ring = self.recorder.ring();
        let (truth, observed) = (ring.weights(), student.recurrent.slice(s![..n, ..n]));
        add(
            "correlation with the ring’s weights",
            "",
            connectivity::correlation(observed, truth.t()),
        );
        let profiles = [connectivity::profile(observed), connectivity::profile(truth.t())];
        let alike = connectivity::profile_correlation(profiles[0].view(), profiles[1].view());
        add("correlation of the profiles", "", alike);
        add("circulant part", "", connectivity::circulant_fraction(observed));
        let tuning = self.tuning(&student);
        let modulation = tuning.modulation();
        let (seen, unseen) =
            modulation.as_slice().map_or((&[][..], &[][..]), |all| all.split_at(n));
        add("velocity modulation of recorded units", "", median(seen.iter().map(|x| x.abs())));
        if student.units() > n {
            let hidden = student.units() - n;
            let velocity = student.input.slice(s![student.input.len() - hidden..]);
            let to = student.recurrent.slice(s![..n, n..]);
            let from = student.recurrent.slice(s![n.., ..n]);
            let product: Array2<f64> = connectivity::weighted_product(to, velocity, from);
            let turning = ring.turning_weights();
            add(
                "correlation of the hidden way with the turning weights",
                "",
                connectivity::correlation(product.view(), turning.t()),
            );
            add("velocity modulation of hidden units", "", median(unseen.iter().map(|x| x.abs())));
        }
        let mut statistics = Statistics::new(student.units());
        if let Some(walk) = self.test.first() {
            let velocity = walk.velocity.to_vec();
            statistics.add(student.run(&walk.rates.row(0).to_vec(), &velocity).view());
        }
        let dead = statistics.dead(ALIVE).into_iter().filter(|&unit| unit < n).count();
        add("recorded units that fell silent", "", dead as f64);
        findings
    }

    async fn save(&self) -> Result<Vec<u8>> {
        let trainer = match &self.trainer {
            Some(trainer) => Some(trainer.save().await?),
            None => None,
        };
        let trajectories = self.data.trajectories();
        super::pack(&Saved { trajectories, record: self.record.clone(), trainer })
    }

    async fn load(params: &Params, bytes: &[u8], bench: &mut Bench) -> Result<Self> {
        let saved: Saved = super::unpack(bytes)?;
        super::sound(saved.trajectories <= params.trajectories)?;
        super::sound(
            saved
                .record
                .weights
                .as_ref()
                .is_none_or(|weights| weights.shape() == params.shape() && weights.check().is_ok()),
        )?;
        let mut identify = Self::open(params, bench).await?;
        while identify.data.trajectories() < saved.trajectories {
            identify.observe(params)?;
        }
        identify.record = saved.record;
        if let Some(state) = saved.trainer {
            state.check()?;
            super::sound(
                identify.recording.is_some()
                    && state.weights().shape() == params.shape()
                    && state.training() == params.training(),
            )?;
            identify.trainer = Some(Trainer::load(&identify.device, state)?);
        }
        Ok(identify)
    }
}
