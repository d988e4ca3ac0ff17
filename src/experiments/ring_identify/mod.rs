//! Can the compass's wiring be read from its activity? Networks are trained to predict the
//! recorded rates, and their weights are laid beside the ring's.
//!
//! | file | what it holds |
//! |---|---|
//! | [`arm`] | the three students that are compared |
//! | [`evidence`] | what they learn from and are judged by; the truth, where it is known |
//! | [`exam`] | the examination of a trained student, in pieces |
//! | [`student`] | a student laid open |
//! | [`findings`] | the quantities, and what to expect of them |
//! | [`figures`] | a file for each figure |
//!
//! A run goes through four phases: the ring is recorded, walks for testing are recorded, the
//! students are trained (taking turns, an update each, so that they can be watched side by side),
//! and each is examined on the walks for testing.

pub mod arm;
pub mod evidence;
pub mod exam;
pub mod figures;
pub mod findings;
pub mod student;

use self::arm::{Arm, Arms};
use self::evidence::{Evidence, Truth, Walk};
use self::exam::{Exam, Glimpse};
use self::student::{Student, network};
use super::compass::{DataSet, Kernel, Recorder, fits, settings};
use super::recording;
use super::source::{self, Source};
use crate::files::npz::Npz;
use crate::lab::{Bench, Event, Experiment, Figure, Finding, Material, Next, Of, Preset, csv};
use crate::learning::{
    device::{self, Device, Model, Wish},
    recording::Recording,
    train::{Trainer, TrainerState, Training},
    weights::{Init, Shape, Weights},
};
use crate::{Error, Result, choices, params};
use ndarray::{Array1, Array2, Array3};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
        "The students" {
            /// Which units receive the velocity: only the hidden ones (separated), all of a network
            /// without hidden units (plain), or all of a network with them (everywhere: the
            /// control). All three are trained side by side.
            arm: Arms = Arms::All, in Arms::ALL;
            /// Number of hidden units; the plain network has none.
            hidden: usize = 100, in 1..=256;
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
            updates: usize = 2000, in 10..=20_000;
            /// Trajectories seen in each update.
            batch: usize = 20, in 1..=100;
            /// Steps predicted in each update.
            window: usize = 49, in 2..=200, "steps";
            /// Greatest learning rate of Adam. Far too large a one ends in a training that is lost.
            rate: f64 = 0.001, in 0.00001..=1000.0, live;
            /// Updates in which the learning rate rises to its greatest.
            warm_up: usize = 50, in 0..=1000;
            /// What is left of the learning rate at the end, falling along a cosine.
            end: f64 = 0.02, in 0.0..=1.0;
            /// Longest gradient that is followed in full; 0 for no limit.
            clip: f64 = 0.05, in 0.0..=100.0;
            /// Stops early when the mean squared error of the last 25 updates is at most this; 0 to
            /// go on to the end.
            goal: f64 = 0.0, in 0.0..=1.0;
            /// Where it runs: on the graphics processor if there is one, or as you say.
            device: Where = Where::Auto, in Where::ALL;
        }
        "The recording" {
            /// A recording of your own in place of the ring’s: rates of neurons and the velocity
            /// that drives them. It does not leave this page.
            recording: Material = Material::None, in Of(recording::KIND);
            /// Number of trajectories recorded for training.
            trajectories: usize = 100, in 1..=400;
            /// Number of further trajectories, on which the trained students are examined.
            tests: usize = 20, in 1..=100;
            /// Length of each trajectory in steps of 25 ms.
            length: usize = 1000, in 50..=10_000, "steps";
        }
        "The ring" {
            /// Number of compass neurons, all of them recorded.
            neurons: usize = 100, in 20..=200;
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
    fn shape(&self, arm: Arm, neurons: usize) -> Shape {
        arm.shape(neurons, self.hidden, self.leak)
    }

    /// Trajectories to record for training and for testing: none of a ring if a recording was
    /// brought.
    fn walks(&self) -> (usize, usize) {
        if self.recording.is_opened() { (0, 0) } else { (self.trajectories, self.tests) }
    }

    /// What the run does in its step number `step`.
    fn phase(&self, step: u64) -> Phase {
        let arms = self.arm.chosen().len() as u64;
        let (training, tests) = self.walks();
        let lengths =
            [training as u64, tests as u64, arms * self.updates as u64, arms * self.pieces()];
        let mut left = step;
        for (phase, length) in lengths.into_iter().enumerate() {
            if left < length {
                return match phase {
                    0 => Phase::Record,
                    1 => Phase::Test,
                    2 => Phase::Train((left % arms) as usize),
                    _ => Phase::Examine((left / self.pieces()) as usize),
                };
            }
            left -= length;
        }
        Phase::Over
    }

    /// How many steps of each phase have been done for an arm, before step number `step`.
    fn done(&self, arm: usize, step: u64) -> Done {
        let arms = self.arm.chosen().len() as u64;
        let mut left = step;
        let mut take = |length: u64| {
            let part = left.min(length);
            left -= part;
            part
        };
        let (training, tests) = self.walks();
        let (recorded, tested) = (take(training as u64), take(tests as u64));
        let updates = take(arms * self.updates as u64);
        let pieces = take(arms * self.pieces());
        Done {
            recorded: recorded as usize,
            tested: tested as usize,
            updates: updates / arms + u64::from((arm as u64) < updates % arms),
            pieces: (pieces.saturating_sub(arm as u64 * self.pieces())).min(self.pieces()) as usize,
        }
    }

    /// Steps of an examination. Where a recording was brought, its length is not known to the
    /// link: as many steps as the longest takes, over which the pieces it has are spread.
    fn pieces(&self) -> u64 {
        if self.recording.is_opened() {
            return Exam::length(source::TESTS, source::LONGEST_TEST) as u64;
        }
        Exam::length(self.tests, self.length) as u64
    }

    /// Pieces of an examination on this evidence that are due after so many of its steps.
    fn due(&self, steps: usize, evidence: &Evidence) -> usize {
        let all = Exam::length(evidence.tests.len(), evidence.steps());
        steps * all / (self.pieces() as usize).max(1)
    }

    fn training(&self) -> Training {
        Training {
            rate: self.rate,
            warm_up: self.warm_up as u64,
            end: self.end,
            clip: self.clip,
            decay: 0.0,
            batch: self.batch,
            window: self.window,
            updates: self.updates as u64,
            goal: self.goal,
            patience: 0,
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

/// What is done in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Record a trajectory for training.
    Record,
    /// Record one for testing.
    Test,
    /// Train the arm of this place.
    Train(usize),
    /// Examine it.
    Examine(usize),
    /// Nothing.
    Over,
}

/// What has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Done {
    recorded: usize,
    tested: usize,
    updates: u64,
    pieces: usize,
}

/// The recording, the students in training, and what they came to.
pub struct Identify {
    recorder: Recorder,
    /// The visitor's recording, if there is one.
    source: Option<Source>,
    device: Device,
    data: DataSet,
    shelved: Option<DataSet>,
    evidence: Evidence,
    pupils: Vec<Pupil>,
}

/// A student in training.
struct Pupil {
    arm: Arm,
    trainer: Option<Trainer>,
    record: Progress,
    glimpse: Glimpse,
}

/// What a training came to so far; part of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// (update, mean squared error before it).
    errors: Vec<(u64, f32)>,
    /// The weights as last looked at.
    weights: Option<Weights>,
    /// Its examination.
    exam: Option<Exam>,
}

/// The whole state but for the recording, which follows from the recipe.
#[derive(Serialize, Deserialize)]
struct Saved {
    pupils: Vec<(Progress, Option<TrainerState>)>,
}

/// Updates of a student between two looks at its weights and errors.
const LOOK_EVERY: u64 = 10;
/// Number of the first trajectory for testing: far from those for training.
const FIRST_TEST: usize = 1_000_000;

impl Pupil {
    fn new(arm: Arm) -> Self {
        Self { arm, trainer: None, record: Progress::default(), glimpse: Glimpse::default() }
    }

    async fn learn(
        &mut self,
        params: &Params,
        evidence: &Evidence,
        device: &Device,
        bench: &Bench,
    ) -> Result<()> {
        let Some(recording) = &evidence.training else {
            return Err(Error::Conflict { why: "there is no recording to learn from".into() });
        };
        if self.trainer.is_none() {
            let init = Init { scale: params.start, bias: params.bias };
            let stream = |of: &str| bench.rng(&format!("student/{}/{of}", self.arm.key()));
            let shape = params.shape(self.arm, recording.neurons());
            let weights = Weights::draw(shape, init, &stream("start"))?;
            let (training, every) = (params.training(), LOOK_EVERY as usize);
            let windows = stream("windows");
            let trainer = Trainer::new(device, &weights, training, every, &windows)?;
            self.trainer = Some(trainer.with_crew(bench.crew()));
        }
        let Some(trainer) = &mut self.trainer else { return Ok(()) };
        trainer.set_rate(params.rate)?;
        trainer.update(recording).await?;
        let done = trainer.done();
        let over = done == params.updates as u64;
        if done.is_multiple_of(LOOK_EVERY) || over {
            self.record.errors.extend(trainer.take_errors());
            let weights = trainer.weights().await?;
            self.glimpse.look(&network(&weights), evidence);
            self.record.weights = Some(weights);
        }
        if over {
            self.trainer = None;
        }
        Ok(())
    }

    /// Goes on with the examination until `due` pieces of it are done.
    fn examine(&mut self, due: usize, evidence: &Evidence) {
        let Some(weights) = &self.record.weights else { return };
        let student = network(weights);
        let new = || Exam::new(student.units(), evidence.steps());
        let exam = self.record.exam.get_or_insert_with(new);
        while exam.done() < due {
            exam.go_on(&student, evidence);
        }
    }

    /// The student as it can be looked at now, if training has begun.
    fn student(&self, evidence: &Evidence) -> Option<Student<'_>> {
        let weights = self.record.weights.as_ref()?;
        let network = network(weights);
        let exam = self.record.exam.as_ref();
        let all = Exam::length(evidence.tests.len(), evidence.steps());
        let exam = exam.filter(|exam| exam.done() == all);
        let heading = exam.filter(|exam| !exam.example.is_empty());
        Some(Student {
            arm: self.arm,
            observed: weights.shape().observed,
            errors: &self.record.errors,
            tuning: match heading {
                Some(exam) => Some(exam.tuning.clone()),
                None => self.glimpse.tuning(network.units()),
            },
            exam,
            network,
        })
    }
}

impl Identify {
    async fn open(params: &Params, bench: &mut Bench) -> Result<Self> {
        let wanted = settings(params.neurons, params.noise, params.gain, params.kernel);
        let recorder = Recorder::new(wanted, params.length, bench)?;
        // The race is run by the first of the students.
        let shape = params.shape(params.arm.chosen()[0], params.neurons);
        let init = Init { scale: params.start, bias: params.bias };
        let weights = Weights::draw(shape, init, &bench.rng("device race"))?;
        let model = Model { weights: &weights, training: params.training(), crew: bench.crew() };
        let (device, because) =
            device::open(params.wish(), bench.gpu_obstacle(), Some(model)).await;
        bench.report(Event::Device { text: because });
        let source = if params.recording.is_opened() {
            let bytes = bench.material(params.recording, recording::KIND)?;
            Some(Source::new(&recording::Recording::open(&bytes)?)?)
        } else {
            None
        };
        let evidence = match &source {
            Some(source) => brought(source, params)?,
            None => Evidence::of(Truth::of(recorder.ring())),
        };
        for fact in source.iter().flat_map(Source::facts) {
            bench.report(Event::Note { text: fact });
        }
        Ok(Self {
            source,
            shelved: recorder.shelved(params.trajectories, bench),
            recorder,
            device,
            data: DataSet::default(),
            evidence,
            pupils: params.arm.chosen().iter().map(|&arm| Pupil::new(arm)).collect(),
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
        if self.data.trajectories() == params.trajectories && self.evidence.training.is_none() {
            let (b, t, n) = (params.trajectories, params.length, params.neurons);
            let odd = |_| Error::BadFile {
                what: "the recording".into(),
                why: "its shape is not that of the recipe".into(),
            };
            // The students take the numbers over, so that they are not kept twice.
            let rates = std::mem::take(&mut self.data.rates);
            let velocity = std::mem::take(&mut self.data.velocity);
            self.evidence.training = Some(Recording::single(
                Array3::from_shape_vec((b, t, n), rates).map_err(odd)?,
                Array2::from_shape_vec((b, t), velocity).map_err(odd)?,
            )?);
        }
        Ok(())
    }

    /// Records one more trajectory for testing.
    fn observe_test(&mut self) {
        let index = FIRST_TEST + self.evidence.tests.len();
        self.evidence.add_test(Walk::from(self.recorder.record(index)));
    }

    fn students(&self) -> Vec<Student<'_>> {
        self.pupils.iter().filter_map(|pupil| pupil.student(&self.evidence)).collect()
    }

    /// One sentence about what is happening.
    fn status(&self, params: &Params, step: u64) -> String {
        let name = |place: usize| self.pupils[place].arm.name();
        match params.phase(step) {
            Phase::Record => format!(
                "{} of {} trajectories recorded.",
                self.data.trajectories(),
                params.trajectories
            ),
            Phase::Test => format!(
                "{} of {} trajectories recorded for testing.",
                self.evidence.tests.len(),
                params.tests
            ),
            Phase::Train(_) => {
                let done = params.done(0, step).updates;
                let latest = |pupil: &Pupil| {
                    let (_, error) = pupil.record.errors.last()?;
                    Some(format!("{} {error:.2e}", pupil.arm.name()))
                };
                let errors: Vec<_> = self.pupils.iter().filter_map(latest).collect();
                let of = params.updates;
                if errors.is_empty() {
                    return format!("Update {done} of {of}.");
                }
                format!("Update {done} of {of}; mean squared error: {}.", errors.join(", "))
            }
            Phase::Examine(place) => {
                let done = params.done(place, step).pieces as u64;
                let percent = 100 * done / params.pieces().max(1);
                format!("Examining the {} student on new walks: {percent} %.", name(place))
            }
            Phase::Over => "Trained, examined and compared.".into(),
        }
    }

    fn figures(&self, students: &[Student], over: bool) -> Vec<Figure> {
        let evidence = &self.evidence;
        let always = [
            figures::error(students, evidence),
            Some(figures::wiring(students, evidence)),
            figures::tuning(students, evidence),
            Some(figures::profile(students, evidence)),
        ];
        let mut all: Vec<Figure> = always.into_iter().flatten().collect();
        if over {
            let last = [
                figures::network(students),
                figures::way(students, evidence),
                figures::shifters(students, evidence),
                figures::compass(students, evidence),
            ];
            all.extend(last.into_iter().flatten());
        }
        all
    }

    /// The arrays of all students and of what they were compared with.
    fn arrays(&self, students: &[Student]) -> Result<Vec<u8>> {
        let mut file = match &self.source {
            Some(source) => source.write(Npz::default())?,
            None => Npz::default(),
        };
        if let Some(step) = self.evidence.step {
            file = file.with("dt", &Array1::from_elem(1, step))?;
        }
        if let Some(truth) = &self.evidence.truth {
            file = file
                .with("ring_weights", &truth.weights)?
                .with("ring_turning_weights", &truth.turning)?;
        }
        let shape = (self.evidence.tests.len(), self.evidence.steps(), self.evidence.neurons());
        let walks = || self.evidence.tests.iter();
        let odd = |_| Error::Write {
            what: "identification.npz".into(),
            why: "the test trajectories are of different lengths".into(),
        };
        let rates = walks().flat_map(|walk| walk.rates.iter().map(|rate| *rate as f32)).collect();
        let velocity = walks().flat_map(|walk| walk.velocity.iter().copied()).collect();
        let heading: Vec<f64> = walks()
            .filter_map(|walk| walk.bearing.as_ref())
            .flat_map(|bearing| bearing.heading.iter().copied())
            .collect();
        file = file.with("test_rates", &Array3::from_shape_vec(shape, rates).map_err(odd)?)?.with(
            "test_velocity",
            &Array2::from_shape_vec((shape.0, shape.1), velocity).map_err(odd)?,
        )?;
        if !heading.is_empty() {
            let heading = Array2::from_shape_vec((shape.0, shape.1), heading).map_err(odd)?;
            file = file.with("test_heading", &heading)?;
        }
        for student in students {
            let name = |what: &str| format!("{}_{what}", student.arm.key());
            let errors: Array1<f32> = student.errors.iter().map(|error| error.1).collect();
            file = file
                .with(&name("recurrent"), &student.network.recurrent)?
                .with(&name("bias"), &student.network.bias)?
                .with(&name("input"), &student.network.input)?
                .with(&name("input_bias"), &student.network.input_bias)?
                .with(&name("errors"), &errors)?;
            if student.hidden() > 0 {
                let order: Array1<u32> = student.sorted().iter().map(|at| *at as u32).collect();
                file = file
                    .with(&name("hidden_order"), &order)?
                    .with(&name("product"), &student.product())?
                    .with(&name("weighted_product"), &student.weighted_product())?
                    .with(&name("shifts"), &student.shifts())?;
            }
            if let Some(exam) = student.exam {
                let bins = exam.tuning.bins();
                let units = student.network.units();
                let mut maps = Array3::zeros((units, bins.velocities, bins.headings));
                for (unit, mut map) in maps.outer_iter_mut().enumerate() {
                    map.assign(&exam.tuning.map(unit));
                }
                let drift: Array1<f64> =
                    exam.drift.iter().map(|error| error.root().unwrap_or(0.0)).collect();
                file = file
                    .with(&name("tuning"), &maps)?
                    .with(&name("modulation"), &exam.tuning.modulation())?
                    .with(&name("heading_error"), &drift)?;
            }
        }
        file.pack()
    }

    fn offer_files(
        &self,
        of: Material,
        students: &[Student],
        table: &Figure,
        bench: &mut Bench,
    ) -> Result<()> {
        for pupil in &self.pupils {
            let Some(weights) = &pupil.record.weights else { continue };
            let made_by = concat!("Attractor Lab ", env!("CARGO_PKG_VERSION"));
            let about = BTreeMap::from([
                ("made_by".to_owned(), made_by.to_owned()),
                ("link".to_owned(), bench.link().to_owned()),
                ("student".to_owned(), pupil.arm.name().to_owned()),
            ]);
            let bytes = weights.to_safetensors(&about);
            let name = format!("student-{}.safetensors", pupil.arm.key());
            bench.offer(&name, "application/octet-stream", bytes);
        }
        let arrays = self.arrays(students)?;
        bench.offer("identification.npz", "application/zip", arrays);
        if self.source.is_some() {
            let own = recording::Recording::open(&bench.material(of, recording::KIND)?)?;
            bench.offer("recording.npz", "application/zip", own.npz()?);
        }
        bench.offer("findings.csv", "text/csv", csv(table).into_bytes());
        Ok(())
    }
}

impl Experiment for Identify {
    const ID: &'static str = "ring-identify";
    const QUESTION: &'static str = "Can the compass’s wiring be read from its activity?";
    const ABOUT: &'static str = include_str!("about.html");
    const UNIT: &'static str = "step";
    const TRAINS: bool = true;
    const REPORT_EVERY: u64 = 30;
    const NEXT: &'static [Next] = &[
        Next { label: "Watch this ring", experiment: "ring" },
        Next { label: "Record it", experiment: "ring-record" },
    ];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        let lab = Params::default;
        vec![
            Preset {
                name: "Three students compared",
                about: "A hundred recorded and a hundred hidden units, 2000 updates: about a \
                        minute.",
                params: lab(),
            },
            Preset {
                name: "A small one",
                about: "Forty recorded and forty hidden units, all three students: ten seconds.",
                params: Params {
                    neurons: 40,
                    hidden: 40,
                    batch: 8,
                    trajectories: 20,
                    tests: 10,
                    updates: 400,
                    rate: 4e-3,
                    warm_up: 20,
                    ..lab()
                },
            },
            Preset {
                name: "The separated one alone",
                about: "The student whose hidden units alone receive the velocity.",
                params: Params { arm: Arms::Separated, ..lab() },
            },
            Preset {
                name: "Twenty hidden units",
                about: "How many shifters does it take? Fewer make a worse compass.",
                params: Params { arm: Arms::Separated, hidden: 20, ..lab() },
            },
            Preset {
                name: "As fast as the ring",
                about: "Students without inertia, like the ring itself: the contrast between the \
                        weights fades, that between the units’ answers stays.",
                params: Params { leak: 1.0, rate: 3e-4, updates: 2500, bias: 0.0, ..lab() },
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
            tests: 2,
            length: 120,
            batch: 2,
            window: 5,
            updates: 15,
            device: Where::Cpu,
            ..Params::default()
        }
    }

    fn idle(params: &Params) -> Vec<&'static str> {
        let mut idle = Vec::new();
        if params.arm == Arms::Plain {
            idle.push("hidden");
        }
        if params.recording.is_opened() {
            idle.extend(["trajectories", "tests", "length", "neurons", "noise", "gain", "kernel"]);
        }
        idle
    }

    fn check(params: &Params) -> Result<()> {
        if params.recording.is_opened() {
            return Ok(());
        }
        fits(params.trajectories + params.tests, params.length, params.neurons)?;
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
        let arms = params.arm.chosen().len() as u64;
        let (training, tests) = params.walks();
        Some((training + tests) as u64 + arms * (params.updates as u64 + params.pieces()))
    }

    async fn begin(params: &Params, bench: &mut Bench) -> Result<Self> {
        Self::open(params, bench).await
    }

    async fn step(&mut self, params: &Params, bench: &mut Bench) -> Result<()> {
        match params.phase(bench.step()) {
            Phase::Record => self.observe(params)?,
            Phase::Test => self.observe_test(),
            Phase::Train(place) => {
                let pupil = &mut self.pupils[place];
                pupil.learn(params, &self.evidence, &self.device, bench).await?;
            }
            Phase::Examine(place) => {
                let steps = params.done(place, bench.step() + 1).pieces;
                let due = params.due(steps, &self.evidence);
                self.pupils[place].examine(due, &self.evidence);
            }
            Phase::Over => {}
        }
        Ok(())
    }

    async fn report(&self, params: &Params, bench: &mut Bench, over: bool) -> Result<()> {
        bench.say(self.status(params, bench.step()));
        if let Some(source) = self.source.as_ref().filter(|_| over || bench.step() == 0) {
            bench.show(source.figure());
        }
        let students = self.students();
        if students.is_empty() {
            return Ok(());
        }
        // Nothing changes to the eye while the students are examined.
        let still = matches!(params.phase(bench.step()), Phase::Examine(_)) && !over;
        if still {
            return Ok(());
        }
        for figure in self.figures(&students, over) {
            bench.show(figure);
        }
        let measured: Vec<_> =
            students.iter().map(|it| findings::measure(it, &self.evidence)).collect();
        for (student, values) in students.iter().zip(&measured) {
            for Finding { name, unit, value } in findings::findings(student.arm, values) {
                bench.measure(name, unit, value);
            }
        }
        if over {
            let table = figures::table(&students, &measured);
            bench.show(table.clone());
            self.offer_files(params.recording, &students, &table, bench)?;
        }
        Ok(())
    }

    fn findings(&self, _: &Params) -> Vec<Finding> {
        self.students()
            .iter()
            .flat_map(|student| {
                let values = findings::measure(student, &self.evidence);
                findings::findings(student.arm, &values).collect::<Vec<_>>()
            })
            .collect()
    }

    async fn save(&self) -> Result<Vec<u8>> {
        let mut pupils = Vec::new();
        for pupil in &self.pupils {
            let trainer = match &pupil.trainer {
                Some(trainer) => Some(trainer.save().await?),
                None => None,
            };
            pupils.push((pupil.record.clone(), trainer));
        }
        super::pack(&Saved { pupils })
    }

    async fn load(params: &Params, bytes: &[u8], bench: &mut Bench) -> Result<Self> {
        let saved: Saved = super::unpack(bytes)?;
        super::sound(saved.pupils.len() == params.arm.chosen().len())?;
        let mut identify = Self::open(params, bench).await?;
        let (steps, neurons) = match &identify.source {
            Some(source) => (identify.evidence.steps(), source.neurons()),
            None => (params.length, params.neurons),
        };
        // What was recorded first, because what follows is judged by it.
        let recorded = params.done(0, bench.step());
        // From the shelf the first step brings all trajectories at once.
        while identify.data.trajectories() < recorded.recorded {
            identify.observe(params)?;
        }
        while identify.evidence.tests.len() < recorded.tested {
            identify.observe_test();
        }
        let places = identify.pupils.iter_mut().zip(saved.pupils).enumerate();
        for (place, (pupil, (record, trainer))) in places {
            let mut done = params.done(place, bench.step());
            done.pieces = params.due(done.pieces, &identify.evidence);
            let shape = params.shape(pupil.arm, neurons);
            super::sound(record.fits(params, shape, steps, done))?;
            pupil.record = record;
            let training = (1..params.updates as u64).contains(&done.updates);
            super::sound(trainer.is_some() == training)?;
            if let Some(state) = trainer {
                state.check()?;
                // A turned learning rate reaches each student at its next update.
                let training = Training { rate: params.rate, ..state.training() };
                super::sound(
                    state.weights().shape() == shape
                        && training == params.training()
                        && state.done() == done.updates,
                )?;
                let trainer = Trainer::load(&identify.device, state)?;
                pupil.trainer = Some(trainer.with_crew(bench.crew()));
            }
        }
        Ok(identify)
    }
}

/// A visitor's recording as evidence, if a batch can be drawn from it.
fn brought(source: &Source, params: &Params) -> Result<Evidence> {
    let evidence = Evidence::brought(source, params.window)?;
    let pieces = evidence.training.as_ref().map_or(0, Recording::trajectories);
    if params.batch > pieces {
        return Err(Error::BadValue {
            key: "batch".into(),
            value: params.batch.to_string(),
            allowed: format!("at most the {pieces} pieces that this recording comes in"),
        });
    }
    Ok(evidence)
}

impl Progress {
    /// Whether this, as it may come out of a damaged checkpoint, is what so much training and
    /// examination of an arm may have come to.
    fn fits(&self, params: &Params, shape: Shape, steps: usize, done: Done) -> bool {
        let looked = done.updates >= LOOK_EVERY || done.updates == params.updates as u64;
        let weights = match &self.weights {
            Some(weights) => looked && weights.shape() == shape && weights.check().is_ok(),
            None => !looked,
        };
        let exam = match &self.exam {
            Some(exam) => exam.fits(shape.units, steps, done.pieces),
            None => done.pieces == 0,
        };
        let errors = self.errors.len() as u64 <= done.updates
            && self.errors.iter().all(|error| error.0 < done.updates && error.1.is_finite());
        weights && exam && errors
    }
}

#[cfg(test)]
mod tests {
    use super::{Arms, Experiment, Identify, Params, Phase};

    /// Counts, step by step, what `phase` says is done, and compares with `done`.
    #[test]
    fn what_was_done_is_what_the_phases_say() {
        for arm in Arms::ALL {
            let params = Params { arm, updates: 7, ..Identify::quick() };
            let arms = arm.chosen().len();
            let (mut recorded, mut tested) = (0, 0);
            let (mut updates, mut pieces) = (vec![0; arms], vec![0; arms]);
            let length = Identify::length(&params).unwrap_or(0);
            for step in 0..=length {
                for place in 0..arms {
                    let done = params.done(place, step);
                    assert_eq!((done.recorded, done.tested), (recorded, tested));
                    assert_eq!((done.updates, done.pieces), (updates[place], pieces[place]));
                }
                match params.phase(step) {
                    Phase::Record => recorded += 1,
                    Phase::Test => tested += 1,
                    Phase::Train(place) => updates[place] += 1,
                    Phase::Examine(place) => pieces[place] += 1,
                    Phase::Over => assert_eq!(step, length),
                }
            }
            assert_eq!(updates, vec![7; arms]);
        }
    }
}
