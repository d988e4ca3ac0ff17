//! What does a network become that learns a task? A recurrent network is trained by gradient
//! descent through time, watched while it learns, and examined as a subject would be.
//!
//! | file | what it holds |
//! |---|---|
//! | [`knobs`] | what may be turned, and the settings with a name |
//! | [`scores`] | how well the task is done |
//! | [`exam`] | the examination of the trained network, in pieces |
//! | [`inside`] | its fixed points, sought again and again |
//! | [`findings`] | the numbers a run comes to |
//! | [`figures`] | a file for each figure |
//!
//! A run goes through three phases: training, an update a step, with a look at the network every ten
//! of them; then the examination of the network at its best, and a thorough search for its fixed
//! points, a piece a step.

pub mod exam;
pub mod figures;
pub mod findings;
pub mod inside;
pub mod knobs;
pub mod scores;

use self::exam::Exam;
use self::inside::Inside;
pub use self::knobs::Params;
use self::scores::Scores;
use crate::lab::{Bench, Event, Experiment, Figure, Finding, Frame, Next, Preset};
use crate::learning::apprentice::{Apprentice, Loss, State};
use crate::learning::practice::{Practice, Run, orthogonality};
use crate::learning::tensors;
use crate::models::rate_network::RateNetwork;
use crate::tasks::{Task, Trials};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Updates between two looks at the network.
const LOOK_EVERY: u64 = 10;
/// Trials that a network is looked at with, or all conditions once if they are more.
const LOOKED_AT: usize = 256;

/// A network in training, and what became of it.
pub struct Train {
    apprentice: Apprentice,
    /// The network as it began.
    first: RateNetwork,
    /// What it is looked at with: the same trials all the time, and never trained on.
    trials: Trials,
    record: Record,
}

/// What a training came to so far; part of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Record {
    /// The loss before each update, on its own batch and with noise.
    losses: Vec<Loss>,
    looks: Vec<Look>,
    /// The parameters at the last look.
    looked: Vec<f32>,
    /// After how many updates the training ended early.
    ended: Option<u64>,
    exam: Exam,
    inside: Inside,
}

/// The network without noise, at some moment of its training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Updates made.
    pub update: u64,
    /// Its loss.
    pub loss: Loss,
    /// How well it does.
    pub scores: Scores,
}

/// The whole state but for what follows from the recipe.
#[derive(Serialize, Deserialize)]
struct Saved {
    apprentice: State,
    record: Record,
}

/// How many trials of a task are enough: all conditions as often as fits into `count`, at least once.
fn enough(task: &dyn Task, count: usize) -> usize {
    task.conditions() * (count / task.conditions()).max(1)
}

impl Train {
    fn new(params: &Params, bench: &mut Bench) -> Result<Self> {
        let task = params.task.task();
        let (practice, first) = params.practice(bench)?;
        let parameters = practice.design.flatten(&first);
        let rng = bench.rng("trials/look");
        let trials = Trials::draw(task, &rng, 0, enough(task, LOOKED_AT));
        let apprentice = Apprentice::new(practice, parameters)?.with_crew(bench.crew());
        bench.report(Event::Note { text: task.story().into() });
        Ok(Self { apprentice, first, trials, record: Record::default() })
    }

    fn practice(&self) -> &Practice {
        self.apprentice.practice()
    }

    /// Runs the network without noise, and keeps it if it is the best so far.
    fn look(&mut self) -> Scores {
        let practice = self.apprentice.practice();
        let parameters = self.apprentice.parameters();
        let run = Run::of(practice.design, parameters, &self.trials.inputs, None);
        let norm = orthogonality(practice, parameters);
        let loss = Loss::of(practice.prices, run.error(&self.trials), norm, run.activity);
        let scores = Scores::of(practice.task.task(), &self.trials, run.outputs.view());
        self.record.looked = parameters.to_vec();
        self.record.looks.push(Look { update: self.apprentice.done(), loss, scores });
        self.apprentice.judge(loss.total());
        scores
    }

    async fn learn(&mut self, params: &Params, bench: &Bench) -> Result<()> {
        if self.record.ended.is_some() {
            return Ok(());
        }
        if self.record.looks.is_empty() {
            self.look();
        }
        let loss = self.apprentice.update(params.stride()).await?;
        self.record.losses.push(loss);
        let done = self.apprentice.done();
        let over = done == params.updates as u64;
        if done.is_multiple_of(LOOK_EVERY) || over {
            let scores = self.look();
            let loss = self.record.looks.last().map_or(f64::MAX, |look| look.loss.total());
            if !over && params.enough(loss, scores) {
                self.record.ended = Some(done);
            }
        }
        if params.inside {
            let (design, rest) = (self.practice().design, params.task.task().rest());
            let now = (done, self.apprentice.parameters());
            self.record.inside.go_on(design, now, &self.trials, &rest, bench)?;
        }
        Ok(())
    }

    /// Does a piece of what follows the training.
    fn examine(&mut self, params: &Params, piece: u64, bench: &Bench) -> Result<()> {
        let (design, task) = (self.practice().design, params.task.task());
        let best = self.best().to_vec();
        let Some(piece) = piece.checked_sub(Exam::pieces(task)) else {
            let mut disturbance = self.practice().disturbance.clone();
            disturbance.streams = ["exam/noise/units", "exam/noise/inputs"].map(|of| bench.rng(of));
            let subject = exam::Subject { design, parameters: &best, disturbance };
            self.record.exam.go_on(task, &subject, piece, &bench.rng("trials/exam"));
            return Ok(());
        };
        let update = self.apprentice.best().map_or(0, |best| best.update);
        let (inside, rest) = (&mut self.record.inside, task.rest());
        inside.finish(design, (update, &best), &self.trials, &rest, piece, bench)
    }

    /// The network as it was last looked at.
    fn looked(&self) -> Option<RateNetwork> {
        let design = self.practice().design;
        (!self.record.looked.is_empty()).then(|| design.network(&self.record.looked))
    }

    /// The parameters of the network at its best.
    fn best(&self) -> &[f32] {
        self.apprentice.best().map_or(self.apprentice.parameters(), |best| &best.parameters)
    }

    /// One sentence about what is happening.
    fn status(&self, params: &Params, step: u64) -> String {
        let updates = params.updates as u64;
        let pieces = params.pieces();
        if step >= updates + pieces {
            return "Trained and examined.".into();
        }
        if step > updates {
            return format!("Examining the network: piece {} of {pieces}.", step - updates);
        }
        if let Some(ended) = self.record.ended {
            return format!("The training ended after {ended} updates: the goal is reached.");
        }
        let mut text = format!("Update {} of {updates}", self.apprentice.done());
        if let Some(look) = self.record.looks.last() {
            let _ = write!(text, "; loss without noise {:.3}", look.loss.total());
            if let Some((name, value)) = look.scores.skill(params.task.task()) {
                let _ = write!(text, ", {name} {value:.3}");
            }
        }
        text + "."
    }

    fn figures(&self, params: &Params, over: bool) -> Result<Vec<Figure>> {
        let Some(network) = self.looked() else { return Ok(Vec::new()) };
        let task = params.task.task();
        let best = self.practice().design.network(self.best());
        let shown = if over { &best } else { &network };
        let parameters = if over { self.best() } else { &self.record.looked };
        let excited = params.beginning().excited(params.units);
        let record = &self.record;
        let mut all = vec![
            figures::loss(&record.losses, &record.looks),
            figures::trials(task, &self.trials, |inputs| {
                Run::of(self.practice().design, parameters, inputs, None).outputs
            }),
            figures::score(task, &record.looks),
            figures::weights(&self.first, shown, excited),
        ];
        all.extend(figures::points(&record.inside.counts));
        if over || params.units <= SPECTRUM_LIVE {
            all.push(figures::spectrum(&self.first, shown)?);
        }
        if over {
            if let (Some(cddm), Some(choices)) = (task.decision(), &record.exam.choices) {
                all.push(figures::psychometric(cddm, choices));
                all.push(figures::curves(cddm, choices));
            }
            all.push(figures::table(&self.findings(params)));
        }
        Ok(all)
    }

    fn offer_files(&self, params: &Params, bench: &mut Bench) -> Result<()> {
        let design = self.practice().design;
        let network = design.network(self.best());
        bench.offer("network.json", "application/json", network.json().into_bytes());
        bench.offer("network.npz", "application/zip", network.npz()?);
        let about = BTreeMap::from([
            ("made_by".into(), concat!("Attractor Lab ", env!("CARGO_PKG_VERSION")).to_owned()),
            ("link".into(), bench.link().to_owned()),
            ("task".into(), params.task.task().id().to_owned()),
        ]);
        let bytes = tensors::network(&network, &about);
        bench.offer("network.safetensors", "application/octet-stream", bytes);
        bench.offer("history.csv", "text/csv", self.record.history().into_bytes());
        Ok(())
    }
}

/// Most units whose eigenvalues are shown while they learn.
const SPECTRUM_LIVE: usize = 100;

impl Record {
    /// All losses as a table: those of each update with noise, and of the looks without.
    fn history(&self) -> String {
        let mut text = String::from(
            "updates,error,orthogonality,activity,error without noise,\
             orthogonality without noise,activity without noise,R²,skill\r\n",
        );
        let mut looks = self.looks.iter().peekable();
        let last = self.looks.last().map_or(0, |look| look.update);
        for update in 0..=(self.losses.len() as u64).max(last) {
            let look = looks.next_if(|look| look.update == update);
            let numbers = |loss: Option<&Loss>| match loss {
                Some(Loss { error, orthogonality, activity }) => {
                    format!("{error},{orthogonality},{activity}")
                }
                None => ",,".into(),
            };
            let (trained, seen) =
                (numbers(self.losses.get(update as usize)), numbers(look.map(|look| &look.loss)));
            let number = |of: fn(&Scores) -> Option<f64>| {
                let value = look.and_then(|look| of(&look.scores));
                value.map(|value| value.to_string()).unwrap_or_default()
            };
            let (r_squared, skill) =
                (number(|scores| scores.r_squared), number(|scores| scores.special));
            let _ = write!(text, "{update},{trained},{seen},{r_squared},{skill}\r\n");
        }
        text
    }

    /// Whether this, as it may come out of a damaged checkpoint, is what so many steps may have
    /// come to.
    fn fits(&self, params: &Params, step: u64) -> bool {
        let updates = params.updates as u64;
        let ended = self.ended.unwrap_or(updates);
        let taken = step.min(ended);
        let looks = if taken == 0 { 0 } else { 1 + taken.div_euclid(LOOK_EVERY) };
        let extra = u64::from(taken == updates && !taken.is_multiple_of(LOOK_EVERY));
        let begun = taken > 0;
        let parameters = if begun { params.design().parameters() } else { 0 };
        let ordered = self.looks.iter().enumerate().all(|(place, look)| {
            look.update == (place as u64 * LOOK_EVERY).min(updates) && look.loss.total().is_finite()
        });
        ended <= updates
            && self.ended.is_none_or(|ended| ended <= step && ended.is_multiple_of(LOOK_EVERY))
            && self.losses.len() as u64 == taken
            && self.losses.iter().all(|loss| loss.total().is_finite())
            && self.looks.len() as u64 == looks + extra
            && ordered
            && self.looked.len() == parameters
            && self.looked.iter().all(|value| value.is_finite())
            && {
                let pieces = step.saturating_sub(updates);
                let exam = Exam::pieces(params.task.task());
                self.exam.fits(params.task.task(), pieces.min(exam))
                    && self.inside.fits(&params.design(), updates, pieces.saturating_sub(exam))
                    && (params.inside || self.inside.is_empty())
            }
    }
}

impl Experiment for Train {
    const ID: &'static str = "task-train";
    const QUESTION: &'static str = "How does a network learn to remember and to decide?";
    const ABOUT: &'static str = include_str!("about.html");
    const UNIT: &'static str = "update";
    const STAGE: Option<&'static str> = Some("space");
    const REPORT_EVERY: u64 = 20;
    const NEXT: &'static [Next] = &[
        Next { label: "Where can a network rest?", experiment: "fixed-points" },
        Next { label: "Read a circuit from its activity", experiment: "ring-identify" },
    ];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        knobs::presets()
    }

    fn quick() -> Params {
        knobs::quick()
    }

    fn idle(params: &Params) -> Vec<&'static str> {
        params.idle()
    }

    fn check(params: &Params) -> Result<()> {
        params.check()
    }

    fn length(params: &Params) -> Option<u64> {
        Some(params.updates as u64 + params.pieces())
    }

    async fn begin(params: &Params, bench: &mut Bench) -> Result<Self> {
        Self::new(params, bench)
    }

    async fn step(&mut self, params: &Params, bench: &mut Bench) -> Result<()> {
        match bench.step().checked_sub(params.updates as u64) {
            None => self.learn(params, bench).await,
            Some(piece) => self.examine(params, piece, bench),
        }
    }

    async fn report(&self, params: &Params, bench: &mut Bench, over: bool) -> Result<()> {
        bench.say(self.status(params, bench.step()));
        // Nothing changes to the eye while the network is examined.
        if bench.step() > params.updates as u64 + Self::REPORT_EVERY && !over {
            return Ok(());
        }
        for figure in self.figures(params, over)? {
            bench.show(figure);
        }
        for Finding { name, unit, value } in self.findings(params) {
            bench.measure(name, unit, value);
        }
        if over {
            self.offer_files(params, bench)?;
        }
        Ok(())
    }

    fn frame(&mut self, params: &Params) -> Option<Frame> {
        let rest = params.task.task().rest();
        self.record.inside.frame(self.apprentice.practice().design, &self.trials, &rest)
    }

    fn findings(&self, params: &Params) -> Vec<Finding> {
        let Record { looks, exam, inside, .. } = &self.record;
        let best = self.apprentice.best();
        findings::findings(params.task.task(), looks, best, exam, inside.counts.last())
    }

    async fn save(&self) -> Result<Vec<u8>> {
        let (apprentice, record) = (self.apprentice.save(), self.record.clone());
        super::pack(&Saved { apprentice, record })
    }

    async fn load(params: &Params, bytes: &[u8], bench: &mut Bench) -> Result<Self> {
        let Saved { apprentice, record }: Saved = super::unpack(bytes)?;
        super::sound(record.fits(params, bench.step()))?;
        super::sound(apprentice.done() == record.losses.len() as u64)?;
        let mut train = Self::new(params, bench)?;
        let practice = train.practice().clone();
        train.apprentice = Apprentice::load(practice, apprentice)
            .map_err(|_| Error::BadFile {
                what: "the checkpoint".into(),
                why: "its state does not fit its recipe".into(),
            })?
            .with_crew(bench.crew());
        // A network that was looked at has a best, and one that was not has none.
        super::sound(train.apprentice.best().is_some() != record.looks.is_empty())?;
        train.record = record;
        train.record.inside.refresh();
        Ok(train)
    }
}
