//! What an experiment is given: randomness in, findings out.

use super::{Event, Figure, File, Material, Shelf, Surroundings};
use crate::{Error, Result, crew::Crew, rng::Rng};
use std::{collections::VecDeque, rc::Rc};

/// Where an experiment works: its randomness comes from here, its findings go here.
#[derive(Clone, Debug, Default)]
pub struct Bench {
    seed: u64,
    link: String,
    around: Surroundings,
    pub(super) step: u64,
    pub(super) outbox: VecDeque<Event>,
}

impl Bench {
    /// A bench for a run with this `seed`, made by `link`.
    #[must_use]
    pub fn new(seed: u64, link: String, around: Surroundings) -> Self {
        Self { seed, link, around, ..Self::default() }
    }

    /// The named random stream of this run.
    #[must_use]
    pub fn rng(&self, stream: &str) -> Rng {
        Rng::stream(self.seed, stream)
    }

    /// The seed of the recipe, for handing on to another recipe.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The link of this run as it was started, to be written into files.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.link
    }

    /// Steps done so far.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Why WebGPU cannot be used on this machine; empty when it may be tried.
    #[must_use]
    pub fn gpu_obstacle(&self) -> &str {
        &self.around.gpu_obstacle
    }

    /// What earlier runs of this session left.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.around.shelf
    }

    /// The other threads that may help; no result may depend on how many there are.
    #[must_use]
    pub fn crew(&self) -> &Crew {
        &self.around.crew
    }

    /// The bytes of the material that a knob names, `of` this kind.
    ///
    /// # Errors
    /// [`Error::NotOpen`] when the visitor has not opened it.
    pub fn material(&self, material: Material, of: &str) -> Result<Rc<[u8]>> {
        self.around
            .shelf
            .material(material)
            .ok_or_else(|| Error::NotOpen { of: of.into(), fingerprint: material.to_string() })
    }

    /// Reports `event`.
    pub fn report(&mut self, event: impl Into<Event>) {
        self.outbox.push_back(event.into());
    }

    /// Shows a figure in place of any earlier one with its id.
    pub fn show(&mut self, figure: Figure) {
        self.report(figure);
    }

    /// Offers a file for download.
    pub fn offer(&mut self, name: &str, mime: &'static str, bytes: Vec<u8>) {
        self.report(File { name: name.into(), mime, bytes });
    }

    /// Reports a number to keep an eye on.
    pub fn measure(&mut self, name: &'static str, unit: &'static str, value: f64) {
        self.report(Event::Metric { name, unit, step: self.step, value });
    }

    /// Says one plain sentence about what is happening.
    pub fn say(&mut self, text: impl Into<String>) {
        self.report(Event::Status { text: text.into() });
    }
}
