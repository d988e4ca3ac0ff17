//! A question, and the procedure that answers it.

use super::material::{Material, Need};
use super::params::{Kind, Knob, Params, Values, shorten};
use super::recipe::find_knob;
use super::{Bench, Frame, Recipe};
use crate::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use std::pin::Pin;

/// A question, and the procedure that answers it as a state that is stepped.
///
/// Everything the procedure will need later is in the state, and nothing else is: so a run can be
/// stepped, paused, saved, and resumed bit for bit. Live knobs are read from `params` at every
/// step; randomness comes from streams that were taken from the bench at the beginning and are
/// part of the state.
pub trait Experiment: Sized + 'static {
    /// Name in links: lower-case, hyphens, never reused.
    const ID: &'static str;
    /// Heading on the page: a question.
    const QUESTION: &'static str;
    /// What the visitor should know, as an HTML fragment; equations in MathML, papers cited.
    const ABOUT: &'static str;
    /// What one step is: “25 ms step”, “update”.
    const UNIT: &'static str;
    /// Steps per second at speed 1×; nothing where it goes as fast as it can.
    const PACE: Option<f64> = None;
    /// The page's live view that shows the frames.
    const STAGE: Option<&'static str> = None;
    /// Whether it trains a network, so that the GPU build may be wanted.
    const TRAINS: bool = false;
    /// Steps between two reports.
    const REPORT_EVERY: u64;
    /// What a visitor may want to do next; knobs of the same name are carried over.
    const NEXT: &'static [Next] = &[];
    /// What may be turned.
    type Params: Params;

    /// Named settings, the first of them the default; at least one.
    #[must_use]
    fn presets() -> Vec<Preset<Self::Params>>;

    /// The same procedure, small enough for a test to finish in a second.
    #[must_use]
    fn quick() -> Self::Params;

    /// The knobs that change nothing while the others stand as they do; the page puts them aside.
    #[must_use]
    fn idle(params: &Self::Params) -> Vec<&'static str> {
        let _ = params;
        Vec::new()
    }

    /// Refuses knobs that are each within their limits but not together.
    ///
    /// # Errors
    /// [`Error::Conflict`] or [`Error::BadValue`].
    fn check(params: &Self::Params) -> Result<()> {
        let _ = params;
        Ok(())
    }

    /// Steps from beginning to end; nothing for a run without an end.
    #[must_use]
    fn length(params: &Self::Params) -> Option<u64>;

    /// The state before the first step.
    ///
    /// # Errors
    /// Whatever keeps it from starting.
    fn begin(params: &Self::Params, bench: &mut Bench) -> impl Future<Output = Result<Self>>;

    /// Does one step.
    ///
    /// # Errors
    /// Whatever stops the run. Nothing follows an error.
    fn step(
        &mut self,
        params: &Self::Params,
        bench: &mut Bench,
    ) -> impl Future<Output = Result<()>>;

    /// Says all there is to say now: figures, and at the end (`over`) the files too.
    ///
    /// # Errors
    /// Whatever could not be read or written.
    fn report(
        &self,
        params: &Self::Params,
        bench: &mut Bench,
        over: bool,
    ) -> impl Future<Output = Result<()>>;

    /// Animation data since the last frame.
    fn frame(&mut self, params: &Self::Params) -> Option<Frame> {
        let _ = params;
        None
    }

    /// The numbers this run comes to, in a fixed order: what a link can promise.
    #[must_use]
    fn findings(&self, params: &Self::Params) -> Vec<Finding>;

    /// The whole state, bit for bit.
    ///
    /// # Errors
    /// When the device that holds it does not answer.
    fn save(&self) -> impl Future<Output = Result<Vec<u8>>>;

    /// The state that [`save`](Self::save) wrote, checked against `params`.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the bytes are not such a state.
    fn load(
        params: &Self::Params,
        bytes: &[u8],
        bench: &mut Bench,
    ) -> impl Future<Output = Result<Self>>;
}

/// Knob settings with a name.
#[derive(Clone, Debug)]
pub struct Preset<P> {
    /// The name.
    pub name: &'static str,
    /// What it is good for, in a sentence.
    pub about: &'static str,
    /// The settings.
    pub params: P,
}

/// An experiment that follows naturally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// What the button says.
    pub label: &'static str,
    /// [`Experiment::ID`] of the other.
    pub experiment: &'static str,
}

/// A number a run comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub name: &'static str,
    /// Its unit; empty for pure numbers.
    pub unit: &'static str,
    /// Its value.
    pub value: f64,
}

type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// An experiment's state with its type forgotten.
pub(super) trait Working {
    fn step<'a>(&'a mut self, bench: &'a mut Bench) -> Work<'a, ()>;
    fn report<'a>(&'a self, bench: &'a mut Bench, over: bool) -> Work<'a, ()>;
    fn save(&self) -> Work<'_, Vec<u8>>;
    fn frame(&mut self) -> Option<Frame>;
    fn findings(&self) -> Vec<Finding>;
    fn steer(&mut self, values: &Values) -> Result<()>;
}

struct Typed<E: Experiment> {
    params: E::Params,
    state: E,
}

impl<E: Experiment> Working for Typed<E> {
    fn step<'a>(&'a mut self, bench: &'a mut Bench) -> Work<'a, ()> {
        Box::pin(self.state.step(&self.params, bench))
    }
    fn report<'a>(&'a self, bench: &'a mut Bench, over: bool) -> Work<'a, ()> {
        Box::pin(self.state.report(&self.params, bench, over))
    }
    fn save(&self) -> Work<'_, Vec<u8>> {
        Box::pin(self.state.save())
    }
    fn frame(&mut self) -> Option<Frame> {
        self.state.frame(&self.params)
    }
    fn findings(&self) -> Vec<Finding> {
        self.state.findings(&self.params)
    }
    fn steer(&mut self, values: &Values) -> Result<()> {
        let params = E::Params::from_values(values)?;
        E::check(&params)?;
        self.params = params;
        Ok(())
    }
}

type Begin = for<'a> fn(&'a Values, &'a mut Bench) -> Work<'a, Box<dyn Working>>;
type Load = for<'a> fn(&'a Values, &'a [u8], &'a mut Bench) -> Work<'a, Box<dyn Working>>;

/// An [`Experiment`] as the catalogue lists it, its type forgotten.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// [`Experiment::ID`].
    pub id: &'static str,
    /// [`Experiment::QUESTION`].
    pub question: &'static str,
    /// [`Experiment::ABOUT`].
    pub about: &'static str,
    /// Its controls, in order.
    pub knobs: Vec<Knob>,
    /// Its named settings: every knob's value.
    pub presets: Vec<Named>,
    /// [`Experiment::NEXT`].
    pub next: &'static [Next],
    /// [`Experiment::PACE`].
    pub pace: Option<f64>,
    /// [`Experiment::STAGE`].
    pub stage: Option<&'static str>,
    /// [`Experiment::UNIT`].
    pub unit: &'static str,
    /// Whether it has no end of its own with the default settings.
    pub endless: bool,
    /// [`Experiment::TRAINS`].
    pub trains: bool,
    #[serde(skip)]
    pub(super) report_every: u64,
    #[serde(skip)]
    begin: Begin,
    #[serde(skip)]
    load: Load,
    #[serde(skip)]
    complete: fn(&Values) -> Result<Values>,
    #[serde(skip)]
    length: fn(&Values) -> Result<Option<u64>>,
    #[serde(skip)]
    idle: fn(&Values) -> Result<Vec<&'static str>>,
    #[serde(skip)]
    quick: fn() -> Values,
}

/// A preset as the catalogue lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// What it is good for.
    pub about: &'static str,
    /// Every knob's value.
    pub values: Values,
}

impl Entry {
    /// The entry of `E`.
    #[must_use]
    pub fn of<E: Experiment>() -> Self {
        Self {
            id: E::ID,
            question: E::QUESTION,
            about: E::ABOUT,
            knobs: E::Params::knobs(),
            presets: E::presets()
                .into_iter()
                .map(|Preset { name, about, params }| Named {
                    name,
                    about,
                    values: params.values(),
                })
                .collect(),
            next: E::NEXT,
            pace: E::PACE,
            stage: E::STAGE,
            unit: E::UNIT,
            endless: E::length(&E::Params::default()).is_none(),
            trains: E::TRAINS,
            report_every: E::REPORT_EVERY,
            begin: |values, bench| {
                Box::pin(async {
                    let params = E::Params::from_values(values)?;
                    let state = E::begin(&params, bench).await?;
                    Ok(Box::new(Typed { params, state }) as Box<dyn Working>)
                })
            },
            load: |values, bytes, bench| {
                Box::pin(async {
                    let params = E::Params::from_values(values)?;
                    let state = E::load(&params, bytes, bench).await?;
                    Ok(Box::new(Typed { params, state }) as Box<dyn Working>)
                })
            },
            complete: |values| {
                let params = E::Params::from_values(values)?;
                E::check(&params)?;
                Ok(params.values())
            },
            length: |values| Ok(E::length(&E::Params::from_values(values)?)),
            idle: |values| Ok(E::idle(&E::Params::from_values(values)?)),
            quick: || E::quick().values(),
        }
    }

    /// The entry called `id`.
    ///
    /// # Errors
    /// [`Error::UnknownExperiment`].
    pub fn find<'a>(entries: &'a [Self], id: &str) -> Result<&'a Self> {
        entries.iter().find(|entry| entry.id == id).ok_or_else(|| Error::UnknownExperiment {
            id: shorten(id),
            known: entries.iter().map(|entry| entry.id).collect::<Vec<_>>().join(", "),
        })
    }

    /// The knob called `key`.
    ///
    /// # Errors
    /// [`Error::UnknownKnob`].
    pub fn knob(&self, key: &str) -> Result<&Knob> {
        find_knob(&self.knobs, self.id, key)
    }

    /// Every knob's value: those of `values`, and the defaults of the others, checked together.
    ///
    /// # Errors
    /// [`Error::BadValue`] or [`Error::Conflict`].
    pub fn complete(&self, values: &Values) -> Result<Values> {
        (self.complete)(values)
    }

    /// Steps from beginning to end; nothing for a run without an end.
    ///
    /// # Errors
    /// [`Error::BadValue`].
    pub fn length(&self, values: &Values) -> Result<Option<u64>> {
        (self.length)(values)
    }

    /// The knobs that change nothing while the others stand as they do.
    ///
    /// # Errors
    /// [`Error::BadValue`].
    pub fn idle(&self, values: &Values) -> Result<Vec<&'static str>> {
        (self.idle)(values)
    }

    /// The material that a run with these values needs.
    #[must_use]
    pub fn needs(&self, values: &Values) -> Vec<Need> {
        let need = |knob: &Knob| {
            let Kind::Material { of } = knob.kind else { return None };
            let fingerprint: Material = values.get(knob.key)?.as_str()?.parse().ok()?;
            fingerprint.is_opened().then_some(Need { knob: knob.key, of, fingerprint })
        };
        self.knobs.iter().filter_map(need).collect()
    }

    /// The recipe of the small version, for tests.
    #[must_use]
    pub fn quick(&self, seed: u64) -> Recipe {
        Recipe {
            experiment: self.id.into(),
            seed,
            values: (self.quick)(),
            steps: None,
            steering: Vec::new(),
            fingerprint: None,
        }
    }

    pub(super) fn begin<'a>(
        &self,
        values: &'a Values,
        bench: &'a mut Bench,
    ) -> Work<'a, Box<dyn Working>> {
        (self.begin)(values, bench)
    }

    pub(super) fn load<'a>(
        &self,
        values: &'a Values,
        bytes: &'a [u8],
        bench: &'a mut Bench,
    ) -> Work<'a, Box<dyn Working>> {
        (self.load)(values, bytes, bench)
    }
}

/// `knob`, if it may be turned while a run goes on.
pub(super) fn live(knob: &Knob) -> Result<&Knob> {
    if knob.live {
        return Ok(knob);
    }
    Err(Error::Conflict {
        why: format!("{} cannot be turned while the run goes on: it takes a new run", knob.key),
    })
}

/// The value of a live knob as the page sends it.
pub(super) fn turned(entry: &Entry, key: &str, value: &Value) -> Result<Value> {
    live(entry.knob(key)?)?.take(value)
}
