//! An experiment under way.

use super::experiment::{Working, turned};
use super::{
    Bench, Entry, Event, Figure, File, Fingerprint, Meter, Recipe, Steer, Surroundings, Values,
};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// First bytes of a checkpoint.
const MAGIC: &[u8; 8] = b"ATLAB\0\0\x01";
/// Time between two progress events, in ms.
const PROGRESS_EVERY: f64 = 150.0;
/// Largest relative difference of a finding that counts as the same on another device.
const TOLERANCE: f64 = 0.02;

/// An experiment under way: it advances only when asked, so to pause it is not to ask, and to
/// cancel it is to drop it.
///
/// `run(1000)` and `run(500)`, saved, restored, `run(500)` come to the same bits on the CPU.
pub struct Run {
    recipe: Recipe,
    entry: Entry,
    work: Box<dyn Working>,
    bench: Bench,
    /// The values now: those of the recipe, as steered.
    values: Values,
    /// Turns of the recipe that are still to come.
    replay: VecDeque<Steer>,
    /// Where it stops next.
    end: Option<u64>,
    ended: bool,
    meter: Meter,
    next_progress: f64,
    figures: Vec<Figure>,
    files: Vec<File>,
}

/// What one call of [`Run::advance`] came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// What there is to say, in order.
    pub events: Vec<Event>,
    /// Whether the run has come to its end, or to where its link says it was shared.
    pub over: bool,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    link: String,
    step: u64,
    ended: bool,
    state: Vec<u8>,
}

impl Run {
    /// Begins the run that `recipe` describes.
    ///
    /// # Errors
    /// When the experiment is unknown, a knob is outside its limits, or it cannot begin.
    pub async fn begin(recipe: &Recipe, entries: &[Entry], around: Surroundings) -> Result<Self> {
        let entry = Entry::find(entries, &recipe.experiment)?.clone();
        let values = entry.complete(&recipe.values)?;
        let length = entry.length(&values)?;
        let mut bench = Bench::new(recipe.seed, recipe.link(), around);
        let work = entry.begin(&values, &mut bench).await?;
        let mut run = Self {
            values,
            replay: recipe.steering.iter().cloned().collect(),
            end: earliest(recipe.steps, length),
            ended: false,
            meter: Meter::default(),
            next_progress: f64::NEG_INFINITY,
            figures: Vec::new(),
            files: Vec::new(),
            recipe: recipe.clone(),
            entry,
            work,
            bench,
        };
        run.work.report(&mut run.bench, false).await?;
        Ok(run)
    }

    /// Takes up the run that [`Run::save`] wrote.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the bytes are damaged or of another kind.
    pub async fn restore(bytes: &[u8], entries: &[Entry], around: Surroundings) -> Result<Self> {
        let checkpoint = open(bytes)?;
        let recipe = Recipe::parse(&checkpoint.link, entries)?;
        let entry = Entry::find(entries, &recipe.experiment)?.clone();
        let (past, to_come): (Vec<_>, Vec<_>) =
            recipe.steering.iter().cloned().partition(|turn| turn.step <= checkpoint.step);
        let mut values = recipe.values.clone();
        for turn in past {
            values.insert(turn.key, turn.value);
        }
        let length = entry.length(&values)?;
        let mut bench = Bench::new(recipe.seed, recipe.link(), around);
        bench.step = checkpoint.step;
        let work = entry.load(&values, &checkpoint.state, &mut bench).await?;
        let mut run = Self {
            values,
            replay: to_come.into(),
            end: if checkpoint.ended { length } else { earliest(recipe.steps, length) },
            ended: checkpoint.ended,
            meter: Meter::default(),
            next_progress: f64::NEG_INFINITY,
            figures: Vec::new(),
            files: Vec::new(),
            recipe,
            entry,
            work,
            bench,
        };
        let finished = run.ended && run.end == Some(run.bench.step);
        run.work.report(&mut run.bench, finished).await?;
        Ok(run)
    }

    /// Works until `until` says so, `steps` are done, or the end has come.
    ///
    /// `now` tells the time in ms; only rate and time left depend on it, never a result.
    ///
    /// # Errors
    /// Whatever stopped the experiment. Nothing follows an error.
    pub async fn advance(&mut self, ms: f64, steps: u64, now: impl Fn() -> f64) -> Result<Slice> {
        let start = now();
        self.meter.mark(start, self.bench.step);
        if self.stands_at_end() && self.ended {
            // Asked to go on from where it was shared: go on to its own end.
            self.end = self.entry.length(&self.values)?;
            self.ended = self.stands_at_end();
        }
        let mut over = self.stands_at_end();
        if over && !self.ended {
            self.finish().await?;
        }
        let mut done = 0;
        while !over && done < steps && (done == 0 || now() - start < ms) {
            self.step().await?;
            done += 1;
            over = self.stands_at_end();
            if over {
                self.finish().await?;
            }
        }
        for text in self.bench.crew().take_news() {
            self.bench.report(Event::Warning { text });
        }
        self.progress(now(), over || steps == 1);
        let events: Vec<_> = self.bench.outbox.drain(..).collect();
        self.keep(&events);
        Ok(Slice { events, over })
    }

    /// Tells the run that it will not be asked for a while, so that the pause does not count as
    /// slowness.
    pub fn rest(&mut self) {
        self.meter.rest();
    }

    /// Turns a live knob; it counts from the next step on and is written into the link.
    ///
    /// # Errors
    /// When there is no such knob, it is not a live one, or the value is outside its limits.
    pub fn steer(&mut self, key: &str, value: &Value) -> Result<()> {
        let value = turned(&self.entry, key, value)?;
        self.turn(key, &value)?;
        let step = self.bench.step;
        if !self.replay.is_empty() || self.recipe.fingerprint.is_some() {
            self.bench.report(Event::Note {
                text: format!("You took over at step {step}: from here on this is your own run."),
            });
        }
        // The visitor takes over: what the link still had in store does not happen.
        self.replay.clear();
        self.recipe
            .steering
            .retain(|turn| turn.step < step || (turn.step == step && turn.key != key));
        self.recipe.steering.push(Steer { step, key: key.into(), value });
        self.recipe.steps = None;
        self.recipe.fingerprint = None;
        self.end = self.entry.length(&self.values)?;
        self.ended = false;
        Ok(())
    }

    /// What is to be seen since the last frame.
    pub fn frame(&mut self) -> Option<Event> {
        let mut frame = self.work.frame()?;
        frame.step = self.bench.step;
        Some(Event::Frame(frame))
    }

    /// The whole run, bit for bit, with a checksum.
    ///
    /// # Errors
    /// When the device that holds it does not answer.
    ///
    /// # Panics
    /// Never: plain bytes always serialise.
    pub async fn save(&self) -> Result<Vec<u8>> {
        let checkpoint = Checkpoint {
            link: self.recipe.to_string(),
            step: self.bench.step,
            ended: self.ended,
            state: self.work.save().await?,
        };
        let mut bytes = MAGIC.to_vec();
        bytes = postcard::to_extend(&checkpoint, bytes).expect("a Vec takes whatever it is given");
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// The recipe that reproduces this run up to now, with what it came to.
    ///
    /// # Errors
    /// When the device that holds the state does not answer.
    pub async fn recipe(&self) -> Result<Recipe> {
        let mut recipe = self.recipe.clone();
        let length = self.entry.length(&recipe.values)?;
        if self.bench.step == 0 {
            (recipe.steps, recipe.fingerprint) = (None, None);
            return Ok(recipe);
        }
        recipe.steering.retain(|turn| turn.step <= self.bench.step);
        recipe.steps = Some(self.bench.step).filter(|steps| length != Some(*steps));
        recipe.fingerprint = Some(self.fingerprint().await?);
        Ok(recipe)
    }

    /// Steps done.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.bench.step
    }

    /// The experiment.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The numbers the run comes to now.
    #[must_use]
    pub fn findings(&self) -> Vec<super::Finding> {
        self.work.findings()
    }

    /// The newest of each figure.
    #[must_use]
    pub fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// The newest of each file.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Reports everything as it stands now, as if the run ended here.
    ///
    /// # Errors
    /// Whatever could not be read or written.
    pub async fn report(&mut self) -> Result<()> {
        let already = self.bench.outbox.len();
        self.work.report(&mut self.bench, true).await?;
        let events: Vec<_> = self.bench.outbox.drain(already..).collect();
        self.keep(&events);
        Ok(())
    }

    fn stands_at_end(&self) -> bool {
        self.end.is_some_and(|end| self.bench.step >= end)
    }

    async fn step(&mut self) -> Result<()> {
        while let Some(turn) = self.replay.pop_front_if(|turn| turn.step <= self.bench.step) {
            self.turn(&turn.key, &turn.value)?;
        }
        self.work.step(&mut self.bench).await?;
        self.bench.step += 1;
        if self.bench.step.is_multiple_of(self.entry.report_every) && !self.stands_at_end() {
            self.work.report(&mut self.bench, false).await?;
        }
        Ok(())
    }

    fn turn(&mut self, key: &str, value: &Value) -> Result<()> {
        let mut values = self.values.clone();
        values.insert(key.into(), value.clone());
        self.work.steer(&values)?;
        self.values = values;
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        self.ended = true;
        self.work.report(&mut self.bench, true).await?;
        let Some(promised) = &self.recipe.fingerprint else { return Ok(()) };
        let (same, text) = compare(promised, &self.fingerprint().await?, &self.work.findings());
        self.bench.report(Event::Verdict { same, text });
        Ok(())
    }

    async fn fingerprint(&self) -> Result<Fingerprint> {
        let digest = Sha256::digest(self.work.save().await?);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        let findings = self.work.findings().iter().map(|finding| finding.value).collect();
        Ok(Fingerprint { state: u64::from_be_bytes(first), findings })
    }

    fn progress(&mut self, now: f64, at_once: bool) {
        self.meter.mark(now, self.bench.step);
        if !at_once && (self.next_progress - PROGRESS_EVERY..self.next_progress).contains(&now) {
            return;
        }
        self.next_progress = now + PROGRESS_EVERY;
        self.bench.report(Event::Progress {
            done: self.bench.step,
            total: self.end,
            rate: self.meter.rate(),
            left: self.end.and_then(|end| self.meter.left(end)),
        });
    }

    fn keep(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Figure(figure) => {
                    replace(&mut self.figures, figure, |kept| kept.id == figure.id);
                }
                Event::File(file) => replace(&mut self.files, file, |kept| kept.name == file.name),
                _ => {}
            }
        }
    }
}

fn replace<T: Clone>(things: &mut Vec<T>, new: &T, same: impl Fn(&T) -> bool) {
    match things.iter_mut().find(|kept| same(kept)) {
        Some(old) => old.clone_from(new),
        None => things.push(new.clone()),
    }
}

fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}

fn open(bytes: &[u8]) -> Result<Checkpoint> {
    let bad = |why: &str| Error::BadFile { what: "the checkpoint".into(), why: why.into() };
    let (body, sum) =
        bytes.split_last_chunk::<4>().ok_or_else(|| bad("it is shorter than a checksum"))?;
    let content =
        body.strip_prefix(MAGIC).ok_or_else(|| bad("this laboratory did not write it"))?;
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
        return Err(bad("it is damaged: its checksum does not fit"));
    }
    postcard::from_bytes(content).map_err(|_| bad("its contents are not a run"))
}

/// Whether `found` is what was `promised`, and the sentence that says so.
fn compare(
    promised: &Fingerprint,
    found: &Fingerprint,
    findings: &[super::Finding],
) -> (bool, String) {
    if promised.state == found.state {
        return (true, "The same result as the sender's, bit for bit.".into());
    }
    let worst = promised
        .findings
        .iter()
        .zip(&found.findings)
        .zip(findings)
        .map(|((a, b), finding)| {
            let size = a.abs().max(b.abs());
            (if size > 0.0 { (a - b).abs() / size } else { 0.0 }, a, b, finding)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match worst {
        Some((gap, ..)) if gap <= TOLERANCE => (
            true,
            format!(
                "The same result as the sender's within {:.2} % (another kind of device computes \
                 with other rounding).",
                gap * 100.0
            ),
        ),
        Some((gap, a, b, finding)) => (
            false,
            format!(
                "Not the sender's result: {} is {b:.4} {} here and was {a:.4} there ({:.1} % apart).",
                finding.name,
                finding.unit,
                gap * 100.0
            ),
        ),
        None => (false, "Not the sender's result: the states differ.".into()),
    }
}
