//! What may be turned, and the settings with a name.

use super::Scores;
use super::exam::Exam;
use super::inside;
use crate::lab::{Bench, Domain, Kind, Preset};
use crate::learning::apprentice::Stride;
use crate::learning::beginning::{self, Beginning, Design};
use crate::learning::practice::{Disturbance, Practice, Prices};
use crate::models::activation::{Activation, Form};
use crate::models::rate_network::RateNetwork;
use crate::tasks::{self, Named};
use crate::{Error, Result, choices, params};

/// Every task, as a menu.
pub struct Menu;

impl Domain<Named> for Menu {
    fn kind(&self) -> Kind {
        Kind::Choice { options: tasks::CATALOGUE.iter().map(|task| task.id()).collect() }
    }
}

choices! {
    /// What a unit does with its current.
    pub enum Unit {
        /// tanh z.
        Tanh = "tanh",
        /// max(z, 0).
        Relu = "relu",
        /// 1 / (1 + e^(−7.5 z)).
        Sigmoid = "sigmoid",
        /// ln(1 + e^(5z)) / 5.
        Softplus = "softplus",
        /// max(tanh z, 0).
        RectifiedTanh = "rectified-tanh",
    }
}

choices! {
    /// Where the leak sits.
    pub enum Leak {
        /// The state is a smoothed rate.
        Rate = "rate",
        /// The state is a current.
        Current = "current",
    }
}

choices! {
    /// How the weights begin.
    pub enum Start {
        /// As in the original.
        Uneven = "uneven",
        /// All around zero.
        Centred = "centred",
    }
}

choices! {
    /// Where the units' noise enters.
    pub enum Place {
        /// It is added to the rate.
        Outside = "outside",
        /// It is added to the current.
        Inside = "inside",
    }
}

choices! {
    /// Which weights are to be orthogonal.
    pub enum Among {
        /// Those of inputs and outputs.
        Both = "inputs-and-outputs",
        /// Those of inputs.
        Inputs = "inputs",
    }
}

params! {
    /// What may be turned.
    pub struct Params {
        "The task" {
            /// What the network learns. A note below the run says what it is about.
            task: Named = Named::of(&tasks::flip_flop::THREE), in Menu;
        }
        "The network" {
            /// Number of units.
            units: usize = 50, in 4..=256;
            /// What a unit makes of its current.
            unit: Unit = Unit::Tanh, in Unit::ALL;
            /// Where the leak sits: on the smoothed rate, or on the current.
            leak: Leak = Leak::Rate, in Leak::ALL;
            /// Time constant of the units; inputs and targets are told in steps.
            tau: f64 = 10.0, in 1.0..=100.0, "steps";
            /// Dale’s law: each unit either excites or inhibits all others, and goes on to do so.
            dale: bool = false, in [false, true];
            /// Part of the units that excites, where Dale’s law holds.
            excitatory: f64 = 0.8, in 0.5..=0.95;
            /// Part of the connections between units that exist.
            density: f64 = 1.0, in 0.05..=1.0;
            /// How the weights begin: nearly the same from each input and to each output, as in the
            /// original, or all around zero.
            start: Start = Start::Uneven, in Start::ALL;
            /// Spectral radius of the first recurrent weights.
            radius: f64 = 1.2, in 0.0..=3.0;
            /// Whether weights of inputs and outputs must not be negative; under Dale’s law they
            /// never may.
            positive: bool = false, in [false, true];
            /// Whether the units have biases that are trained, between −1 and 1.
            biases: bool = false, in [false, true];
            /// Whether the state in which a trial begins is trained.
            first_state: bool = false, in [false, true];
        }
        "Noise" {
            /// Noise on the inputs: its standard deviation after the leak has smoothed it.
            input_noise: f64 = 0.03, in 0.0..=1.0;
            /// Noise on the units: its standard deviation after the leak has smoothed it.
            noise: f64 = 0.03, in 0.0..=1.0;
            /// Whether the units’ noise is added to their rate, or to their current.
            enters: Place = Place::Outside, in Place::ALL;
        }
        "Training" {
            /// Number of updates, each on a new batch of trials.
            updates: usize = 600, in 10..=20_000;
            /// Trials in each update.
            batch: usize = 256, in 1..=1024;
            /// Learning rate of Adam. Far too large a one ends in a training that is lost.
            rate: f64 = 0.02, in 0.00001..=10.0, live;
            /// Price on input and output weights that resemble each other.
            orthogonality: f64 = 0.3, in 0.0..=10.0;
            /// Which weights that price is for.
            among: Among = Among::Both, in Among::ALL;
            /// Price on the mean square of the activity.
            activity: f64 = 0.1, in 0.0..=10.0;
            /// Weight decay: added to the gradient, times the weights.
            decay: f64 = 0.000_005, in 0.0..=0.1;
            /// Longest gradient that is followed in full; 0 for no limit.
            clip: f64 = 0.0, in 0.0..=1000.0;
            /// Stops early when the loss without noise is at most this; 0 to go on to the end.
            stop_loss: f64 = 0.0, in 0.0..=10.0;
            /// Stops early when R² without noise is at least this; 0 to go on to the end.
            stop_r2: f64 = 0.0, in 0.0..=1.0;
            /// Stops early when the answers without noise are right to at least this part; 0 to go
            /// on to the end. For tasks that have right answers.
            stop_accuracy: f64 = 0.0, in 0.0..=1.0;
        }
        "Inside" {
            /// Whether the network’s fixed points are sought while it learns, and thoroughly when it
            /// has learned; for up to 128 units.
            inside: bool = true, in [false, true];
        }
    }
}

/// Most numbers that the course of one batch may have.
const MOST: usize = 1 << 28;

impl Params {
    /// The network but for its numbers.
    #[must_use]
    pub fn design(&self) -> Design {
        let task = self.task.task();
        Design {
            units: self.units,
            inputs: task.inputs().len(),
            outputs: task.outputs().len(),
            tau: self.tau,
            form: match self.leak {
                Leak::Rate => Form::Rate,
                Leak::Current => Form::Current,
            },
            activation: match self.unit {
                Unit::Tanh => Activation::Tanh,
                Unit::Relu => Activation::Relu,
                Unit::Sigmoid => Activation::Sigmoid { slope: 7.5 },
                Unit::Softplus => Activation::Softplus { sharpness: 5.0 },
                Unit::RectifiedTanh => Activation::RectifiedTanh,
            },
        }
    }

    /// How the network begins.
    #[must_use]
    pub fn beginning(&self) -> Beginning {
        Beginning {
            kind: match self.start {
                Start::Uneven => beginning::Kind::Uneven,
                Start::Centred => beginning::Kind::Centred,
            },
            radius: self.radius,
            excitatory: self.dale.then_some(self.excitatory),
            positive: self.positive,
            density: self.density,
            bias: self.biases,
            start: self.first_state,
        }
    }

    /// The lesson, and the network at its beginning.
    ///
    /// # Errors
    /// When the network cannot be drawn.
    pub fn practice(&self, bench: &Bench) -> Result<(Practice, RateNetwork)> {
        let design = self.design();
        let (network, ties) = self.beginning().draw(design, &bench.rng("network"))?;
        let practice = Practice {
            task: self.task,
            design,
            batch: self.batch,
            disturbance: Disturbance {
                inputs: self.input_noise,
                units: self.noise,
                inside: self.enters == Place::Inside,
                streams: ["noise/units", "noise/inputs"].map(|of| bench.rng(of)),
            },
            prices: Prices {
                orthogonality: self.orthogonality,
                outputs_too: self.among == Among::Both,
                activity: self.activity,
            },
            ties,
            trials: bench.rng("trials/train"),
        };
        Ok((practice, network))
    }

    /// Pieces of work after the training.
    #[must_use]
    pub fn pieces(&self) -> u64 {
        let search = if self.inside { inside::PIECES } else { 0 };
        Exam::pieces(self.task.task()) + search
    }

    /// How far an update goes.
    #[must_use]
    pub fn stride(&self) -> Stride {
        Stride { rate: self.rate, clip: self.clip, decay: self.decay }
    }

    /// Whether a network of this loss and these scores has learned what it should.
    #[must_use]
    pub fn enough(&self, loss: f64, scores: Scores) -> bool {
        let reached =
            |goal: f64, value: Option<f64>| goal > 0.0 && value.is_some_and(|it| it >= goal);
        loss <= self.stop_loss
            || reached(self.stop_r2, scores.r_squared)
            || reached(self.stop_accuracy, scores.accuracy(self.task.task()))
    }

    pub(super) fn idle(&self) -> Vec<&'static str> {
        let mut idle = Vec::new();
        if self.dale {
            idle.extend(["start", "positive"]);
        } else {
            idle.push("excitatory");
        }
        if self.noise == 0.0 || self.leak == Leak::Current {
            idle.push("enters");
        }
        if self.orthogonality == 0.0 {
            idle.push("among");
        }
        let none = Scores::default().accuracy_name(self.task.task()).is_none();
        if none {
            idle.push("stop_accuracy");
        }
        idle
    }

    pub(super) fn check(&self) -> Result<()> {
        let task = self.task.task();
        let trials = self.batch.max(Exam::trials(task));
        let numbers = trials * task.steps() * (task.inputs().len() + 2 * task.outputs().len());
        if numbers > MOST {
            return Err(Error::Conflict {
                why: format!(
                    "{trials} trials of {} steps are too many at once: choose a smaller batch",
                    task.steps()
                ),
            });
        }
        if self.inside && self.units > inside::MOST_UNITS {
            return Err(Error::Conflict {
                why: format!(
                    "fixed points are sought in networks of up to {} units, not of {}: make it \
                     smaller, or switch “inside” off",
                    inside::MOST_UNITS,
                    self.units
                ),
            });
        }
        let excited = (self.excitatory * self.units as f64) as usize;
        if self.dale && (excited == 0 || excited == self.units) {
            return Err(Error::BadValue {
                key: "excitatory".into(),
                value: self.excitatory.to_string(),
                allowed: format!("a part that leaves some of {} units to either kind", self.units),
            });
        }
        Ok(())
    }
}

/// The settings with a name, the first of them the default.
pub(super) fn presets() -> Vec<Preset<Params>> {
    let of = |task: &'static dyn tasks::Task| Params { task: Named::of(task), ..Params::default() };
    let decision = Params {
        unit: Unit::Relu,
        dale: true,
        input_noise: 0.05,
        noise: 0.05,
        updates: 500,
        batch: 338,
        among: Among::Inputs,
        activity: 0.5,
        decay: 0.000_001,
        ..of(&tasks::cddm::SHORT)
    };
    vec![
        Preset {
            name: "Eight memories",
            about: "Three bits, each set by the last pulse on its channel: right after some sixty \
                    updates, sharp after six hundred.",
            params: Params::default(),
        },
        Preset {
            name: "Which context?",
            about: "Report the motion or the colour, as the cue says, with excitatory and \
                    inhibitory units: two hundred updates for nearly all choices.",
            params: decision.clone(),
        },
        Preset {
            name: "Same or different?",
            about: "Compare a picture with one that is gone. Nothing seems to happen for a hundred \
                    updates.",
            params: Params {
                unit: Unit::Relu,
                dale: true,
                radius: 1.1,
                rate: 0.05,
                updates: 1000,
                ..of(&tasks::dmts::DMTS)
            },
        },
        Preset {
            name: "A line that hides",
            about: "Hold a number in mind, silently, and give it back turned: some minutes.",
            params: Params {
                input_noise: 0.015,
                noise: 0.015,
                rate: 0.005,
                updates: 800,
                batch: 352,
                ..of(&tasks::memory_anti_number::MEMORY_ANTI_NUMBER)
            },
        },
        Preset {
            name: "A ring",
            about: "Hold a direction in mind and point the other way: a long plateau, then a ring.",
            params: Params {
                rate: 0.005,
                updates: 1500,
                batch: 396,
                ..of(&tasks::memory_anti_angle::MEMORY_ANTI_ANGLE)
            },
        },
        Preset {
            name: "Which context? As published",
            about: "The decision in 750 steps and a hundred units: many minutes.",
            params: Params {
                units: 100,
                input_noise: 0.03,
                noise: 0.03,
                updates: 300,
                batch: 242,
                among: Among::Both,
                activity: 0.3,
                decay: 0.000_005,
                task: Named::of(&tasks::cddm::LONG),
                ..decision
            },
        },
        Preset {
            name: "Eight memories? As published",
            about: "Bits begin unset, so the network must hold that too: count what it holds.",
            params: Params { updates: 1000, ..of(&tasks::flip_flop::ORIGINAL_THREE) },
        },
    ]
}

/// Small enough for a test.
pub(super) fn quick() -> Params {
    Params {
        task: Named::of(&tasks::cddm::SHORT),
        units: 10,
        unit: Unit::Relu,
        dale: true,
        batch: 20,
        updates: 25,
        ..Params::default()
    }
}
