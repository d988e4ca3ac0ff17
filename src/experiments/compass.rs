//! What the experiments with the compass ring have in common: the knobs' choices, the ring they
//! stand for, and the recording of it.

use crate::lab::Bench;
use crate::models::ring::{Protocol, Ring, Settings, Streams, Trajectory, VelocityKernel};
use crate::{Error, Result, choices};
use serde::{Deserialize, Serialize};

choices! {
    /// Which weights turn the bump.
    pub enum Kernel {
        /// As published: two lobes with a flat centre.
        Original = "original",
        /// The derivative of the symmetric weights.
        Derivative = "derivative",
    }
}

/// The ring with this many neurons, noise, gain and kernel.
///
/// `gain` counts in the published gain of the kernel (0.02 for the original one), so that 1 turns
/// the bump about as fast as the fly whichever kernel is chosen.
#[must_use]
pub fn settings(neurons: usize, noise: f64, gain: f64, kernel: Kernel) -> Settings {
    let (kernel, published) = match kernel {
        Kernel::Original => (VelocityKernel::Original, 0.02),
        Kernel::Derivative => (VelocityKernel::Derivative, VelocityKernel::Derivative.unit_gain()),
    };
    Settings { neurons, noise, gain: gain * published, kernel, ..Settings::default() }
}

/// Most numbers that a recording may hold: 400 MB in single precision.
const LARGEST: usize = 100_000_000;

/// A ring about to be recorded: trajectory by trajectory, in any order.
pub struct Recorder {
    ring: Ring,
    protocol: Protocol,
    streams: Streams,
    name: String,
}

impl Recorder {
    /// A recorder of `steps` steps a trajectory of this ring, its chance from the seed of `bench`.
    ///
    /// # Errors
    /// [`Error::BadValue`] when the settings are no ring's.
    pub fn new(settings: Settings, steps: usize, bench: &Bench) -> Result<Self> {
        let protocol = Protocol { steps, ..Protocol::default() };
        let name = format!("recording of {settings:?}, {protocol:?}, seed {}", bench.seed());
        let streams = Streams::seeded(bench.seed());
        Ok(Self { ring: Ring::new(settings)?, protocol, streams, name })
    }

    /// The ring.
    #[must_use]
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Records trajectory number `index`.
    #[must_use]
    pub fn record(&self, index: usize) -> Trajectory {
        self.ring.record(&self.protocol, &self.streams, index as u64)
    }

    /// Leaves `data` on the shelf for the next experiment.
    pub fn shelve(&self, data: &DataSet, bench: &Bench) {
        if let Ok(bytes) = postcard::to_allocvec(data) {
            bench.shelf().put(&self.name, bytes);
        }
    }

    /// What this very recorder recorded before, if it is on the shelf and has enough
    /// trajectories: each is a function of its number alone, so a longer recording begins with a
    /// shorter one.
    #[must_use]
    pub fn shelved(&self, trajectories: usize, bench: &Bench) -> Option<DataSet> {
        let bytes = bench.shelf().get(&self.name)?;
        let mut data: DataSet = postcard::from_bytes(&bytes).ok()?;
        data.keep(trajectories).then_some(data)
    }
}

/// What an experimenter takes home: single precision, trajectory after trajectory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    /// Rates, `[trajectory, step, neuron]`, 0 to 1.
    pub rates: Vec<f32>,
    /// True heading, `[trajectory, step]`, radians.
    pub heading: Vec<f32>,
    /// Angular velocity, `[trajectory, step]`, rad/s.
    pub velocity: Vec<f32>,
    /// Phase of the bump and heading just before the first step of each trajectory, radians.
    pub anchors: Vec<[f32; 2]>,
}

impl DataSet {
    /// Adds a trajectory.
    pub fn add(&mut self, trajectory: &Trajectory) {
        self.rates.extend(trajectory.rates.iter().map(|&rate| rate as f32));
        self.heading.extend(trajectory.heading.iter().map(|&heading| heading as f32));
        self.velocity.extend(trajectory.velocity.iter().map(|&velocity| velocity as f32));
        let anchor = trajectory.anchor;
        self.anchors.push([anchor.phase as f32, anchor.heading as f32]);
    }

    /// Number of trajectories.
    #[must_use]
    pub fn trajectories(&self) -> usize {
        self.anchors.len()
    }

    /// Keeps the first `trajectories`; whether there were as many.
    fn keep(&mut self, trajectories: usize) -> bool {
        let all = self.trajectories();
        if all < trajectories {
            return false;
        }
        self.anchors.truncate(trajectories);
        for values in [&mut self.rates, &mut self.heading, &mut self.velocity] {
            values.truncate(values.len() / all * trajectories);
        }
        true
    }
}

/// Refuses a recording that would not fit in memory.
///
/// # Errors
/// [`Error::Conflict`].
pub fn fits(trajectories: usize, steps: usize, neurons: usize) -> Result<()> {
    let numbers = trajectories * steps * neurons;
    if numbers <= LARGEST {
        return Ok(());
    }
    Err(Error::Conflict {
        why: format!(
            "{trajectories} trajectories × {steps} steps × {neurons} neurons are {numbers} numbers, \
             and a recording may hold {LARGEST}"
        ),
    })
}
