//! Can a ring of neurons know which way the fly faces? The live compass.
//!
//! The ring of [`models::ring`](crate::models::ring), turned by a fly that wanders, or by the
//! visitor. The fly's true heading is the integral of the velocity; the ring never sees it.

use super::compass::{Kernel, settings};
use crate::files::npz::Npz;
use crate::lab::{
    Axis, Bench, Colours, Experiment, Figure, Finding, Frame, Image, Mark, Next, Panel, Preset,
    Series,
};
use crate::models::ring::{Anchor, Bump, Input, Ring, STEP, State, Walk};
use crate::rng::Rng;
use crate::{Error, Result, choices, params};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::f64::consts::{PI, TAU};

choices! {
    /// What moves the fly when nobody pushes it.
    pub enum Drive {
        /// It wanders: its velocity is a random process with a memory of five steps.
        Wander = "wander",
        /// It sits still.
        Rest = "rest",
        /// It turns steadily.
        Sweep = "sweep",
    }
}

params! {
    /// What may be turned.
    pub struct Params {
        "The fly" {
            /// What moves the fly when nobody pushes it: it wanders, rests, or turns steadily.
            drive: Drive = Drive::Wander, in Drive::ALL, live;
            /// Turning added to that: what dragging the ring or the arrow keys set.
            turning: f64 = 0.0, in -10.0..=10.0, "rad/s", live;
        }
        "The world" {
            /// Heading at which a landmark appears.
            cue: f64 = 180.0, in 0.0..=360.0, "°", live;
            /// How strongly the landmark drives the ring; 0 is darkness.
            cue_strength: f64 = 0.0, in 0.0..=1.0, live;
        }
        "The ring" {
            /// Number of compass neurons.
            neurons: usize = 100, in 20..=400;
            /// Random kicks to the neurons: the length of the noise vector added in each step.
            noise: f64 = 0.1, in 0.0..=2.0, live;
            /// How strongly turning pushes the bump; 1 is the published value, 2 % too fast.
            gain: f64 = 1.0, in 0.0..=3.0, live;
            /// Which weights turn the bump: the published ones, or the true derivative of the
            /// symmetric weights.
            kernel: Kernel = Kernel::Original, in Kernel::ALL, live;
        }
        "Silencing" {
            /// First neuron of the group that is silenced.
            silenced_from: usize = 0, in 0..=399, live;
            /// Number of neurons silenced.
            silenced_count: usize = 0, in 0..=200, live;
        }
    }
}

/// The ring, the fly, and what happened lately.
#[derive(Serialize, Deserialize)]
pub struct Compass {
    state: State,
    heading: f64,
    anchor: Anchor,
    walk: Walk,
    noise: Rng,
    turns: Rng,
    /// The last [`HISTORY`] steps.
    history: VecDeque<Moment>,
    /// The ring for the present knobs; rebuilt when one of them is turned.
    #[serde(skip)]
    ring: Option<Ring>,
    /// Moments that no frame has shown yet.
    #[serde(skip)]
    unseen: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Moment {
    time: f64,
    heading: f64,
    decoded: f64,
    strength: f64,
    velocity: f64,
    rates: Vec<f64>,
}

/// Steps before the first, in which the bump forms.
const WARM_UP: usize = 500;
/// Steps that are remembered for figures and files: 25 s.
const HISTORY: usize = 1000;
/// Most steps that one frame shows.
const FRAME: usize = 64;
/// Turning of a steady sweep, rad/s: once round in 6.3 s.
const SWEEP: f64 = 1.0;
/// Input at the landmark's heading when its strength is 1, in units of the neurons' input.
const LANDMARK: f64 = 0.8;

impl Compass {
    /// One step of the fly and of the ring.
    fn turn(&mut self, params: &Params, step: u64) -> Result<()> {
        let wanted = settings(params.neurons, params.noise, params.gain, params.kernel);
        let ring = match self.ring.take() {
            Some(ring) if *ring.settings() == wanted => ring,
            _ => Ring::new(wanted)?,
        };
        // The fly's restlessness goes on while it is held, as in the recordings.
        self.walk.stir(&mut self.turns);
        let velocity = params.turning
            + match params.drive {
                Drive::Wander => self.walk.velocity,
                Drive::Rest => 0.0,
                Drive::Sweep => SWEEP,
            };
        self.heading = (self.heading + STEP * velocity).rem_euclid(TAU);
        let visual = self.landmark(params);
        let silenced = silenced(params);
        let input = Input { velocity, visual: &visual, silenced: &silenced };
        ring.step(&mut self.state, &input, &mut self.noise);
        let Bump { phase, strength } = ring.bump(self.state.rates());
        self.ring = Some(ring);
        if !(phase.is_finite() && strength.is_finite()) {
            return Err(Error::Diverged { what: "the ring".into(), step });
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Moment {
            time: (step + 1) as f64 * STEP,
            heading: self.heading,
            decoded: self.anchor.decode(phase),
            strength,
            velocity,
            rates: self.state.rates().to_vec(),
        });
        self.unseen += 1;
        Ok(())
    }

    /// What the landmark gives each neuron; empty in darkness.
    fn landmark(&self, params: &Params) -> Vec<f64> {
        if params.cue_strength == 0.0 {
            return Vec::new();
        }
        let n = params.neurons;
        let cue = params.cue.to_radians();
        (0..n)
            .map(|i| {
                let away = self.anchor.preferred(i, n) - cue;
                params.cue_strength * LANDMARK * libm::cos(away).max(0.0)
            })
            .collect()
    }

    fn last(&self) -> Option<&Moment> {
        self.history.back()
    }

    fn times(&self) -> (f64, f64) {
        let edge = |moment: Option<&Moment>| moment.map_or(0.0, |moment| moment.time);
        (edge(self.history.front()), edge(self.last()).max(edge(self.history.front()) + STEP))
    }

    fn heading_figure(&self) -> Figure {
        let trace = |value: fn(&Moment) -> f64| -> Vec<(f64, f64)> {
            self.history.iter().map(|moment| (moment.time, value(moment).to_degrees())).collect()
        };
        let error = self.history.iter().map(|m| (m.time, wrap(m.decoded - m.heading).to_degrees()));
        let error: Vec<_> = error.collect();
        let time = || Axis::new("time (s)", self.times());
        let summary = self.last().map_or_else(String::new, |now| {
            format!(
                "After {:.1} s the fly faces {:.0}° and the ring says {:.0}°: {:+.1}° off.",
                now.time,
                now.heading.to_degrees(),
                now.decoded.to_degrees(),
                wrap(now.decoded - now.heading).to_degrees(),
            )
        });
        Figure::new("heading", "True heading and the ring's", summary)
            .with(
                Panel::new("", time(), Axis::new("heading (°)", (0.0, 360.0)))
                    .with(Mark::dots("true", trace(|m| m.heading)))
                    .with(Mark::dots("read from the bump", trace(|m| m.decoded))),
            )
            .with(
                Panel::new("", time(), Axis::around("error (°)", error.iter().map(|p| p.1)))
                    .with(Mark::line("read from the bump", error)),
            )
    }

    fn raster_figure(&self, neurons: usize) -> Figure {
        // Two steps a column are enough for the eye, and half the data to move.
        let columns: Vec<_> = self.history.iter().step_by(2).collect();
        let mut values = Vec::with_capacity(neurons * columns.len());
        for i in 0..neurons {
            values.extend(columns.iter().map(|moment| moment.rates[i]));
        }
        let image = Image {
            name: "rate (fraction of the greatest)".into(),
            rows: neurons,
            columns: columns.len(),
            values,
            x: self.times(),
            y: (0.0, neurons as f64),
            range: (0.0, 1.0),
            colours: Colours::Sequential,
            bar: true,
        };
        let (x, y) =
            (Axis::new("time (s)", self.times()), Axis::new("neuron", (0.0, neurons as f64)));
        Figure::new(
            "raster",
            "Every neuron of the ring",
            "Each row is a neuron, each column a moment; the bright band is the bump.",
        )
        .with(Panel::new("", x, y).with(image))
    }

    fn file(&self) -> Result<Vec<u8>> {
        let column = |value: fn(&Moment) -> f64| Array1::from_iter(self.history.iter().map(value));
        let neurons = self.state.rates().len();
        let rates =
            Array2::from_shape_fn((self.history.len(), neurons), |(t, i)| self.history[t].rates[i]);
        Npz::default()
            .with("rates", &rates)?
            .with("time", &column(|m| m.time))?
            .with("heading", &column(|m| m.heading))?
            .with("decoded", &column(|m| m.decoded))?
            .with("velocity", &column(|m| m.velocity))?
            .pack()
    }
}

impl Experiment for Compass {
    const ID: &'static str = "ring";
    const QUESTION: &'static str = "Can a ring of neurons know which way the fly faces?";
    const ABOUT: &'static str = include_str!("ring.html");
    const UNIT: &'static str = "step";
    const PACE: Option<f64> = Some(1.0 / STEP);
    const STAGE: Option<&'static str> = Some("ring");
    const REPORT_EVERY: u64 = 40;
    const NEXT: &'static [Next] = &[
        Next { label: "Measure this ring", experiment: "ring-measure" },
        Next { label: "Record it", experiment: "ring-record" },
        Next { label: "Read its wiring", experiment: "ring-identify" },
    ];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        let default = Params::default;
        vec![
            Preset {
                name: "A wandering fly",
                about: "The published ring in the dark.",
                params: default(),
            },
            Preset {
                name: "Hold still",
                about: "Nothing turns the fly: does the bump stay where it is?",
                params: Params { drive: Drive::Rest, ..default() },
            },
            Preset {
                name: "A noisy brain",
                about: "Eight times the noise: the bump diffuses and the heading is lost.",
                params: Params { drive: Drive::Rest, noise: 0.8, ..default() },
            },
            Preset {
                name: "Half the gain",
                about: "Turning pushes the bump half as far as it should.",
                params: Params { gain: 0.5, drive: Drive::Sweep, ..default() },
            },
            Preset {
                name: "Twenty neurons",
                about: "So few neurons that the bump sticks between them.",
                params: Params { neurons: 20, drive: Drive::Sweep, noise: 0.0, ..default() },
            },
        ]
    }

    fn quick() -> Params {
        Params { neurons: 20, ..Params::default() }
    }

    fn length(_: &Params) -> Option<u64> {
        None
    }

    async fn begin(params: &Params, bench: &mut Bench) -> Result<Self> {
        let ring = Ring::new(settings(params.neurons, params.noise, params.gain, params.kernel))?;
        // Somewhere on the ring; a random state would now and then be one that falls silent.
        let centre = bench.rng("ring/start").uniform() * params.neurons as f64;
        let mut state = State::cosine(params.neurons, centre);
        let mut noise = bench.rng("ring/noise");
        ring.run(&mut state, WARM_UP, 0.0, &mut noise);
        let anchor = Anchor { phase: ring.bump(state.rates()).phase, heading: PI };
        Ok(Self {
            state,
            heading: anchor.heading,
            anchor,
            walk: Walk::default(),
            noise,
            turns: bench.rng("ring/turns"),
            history: VecDeque::with_capacity(HISTORY),
            ring: Some(ring),
            unseen: 0,
        })
    }

    async fn step(&mut self, params: &Params, bench: &mut Bench) -> Result<()> {
        self.turn(params, bench.step())
    }

    async fn report(&self, params: &Params, bench: &mut Bench, over: bool) -> Result<()> {
        let Some(now) = self.last() else {
            bench.say("A bump of activity has formed on the ring. Start, and push it.");
            return Ok(());
        };
        let error = wrap(now.decoded - now.heading).to_degrees();
        let heading_figure = self.heading_figure();
        bench.say(heading_figure.summary.clone());
        bench.measure("heading error", "°", error);
        bench.measure("bump strength", "", now.strength);
        bench.show(heading_figure);
        bench.show(self.raster_figure(params.neurons));
        if over {
            bench.offer("ring.npz", "application/zip", self.file()?);
        }
        Ok(())
    }

    fn frame(&mut self, params: &Params) -> Option<Frame> {
        let rows = self.unseen.min(FRAME).min(self.history.len());
        if rows == 0 {
            return None;
        }
        self.unseen = 0;
        let recent = || self.history.range(self.history.len() - rows..);
        let column = |name, value: fn(&Moment) -> f64| Series {
            name,
            shape: vec![rows],
            values: recent().map(value).collect(),
        };
        let n = params.neurons;
        let flags = silenced(params);
        let channels = vec![
            column("time", |m| m.time),
            column("heading", |m| m.heading),
            column("decoded", |m| m.decoded),
            column("strength", |m| m.strength),
            column("velocity", |m| m.velocity),
            Series {
                name: "rates",
                shape: vec![rows, n],
                values: recent().flat_map(|m| m.rates.iter().copied()).collect(),
            },
            Series {
                name: "preferred",
                shape: vec![n],
                values: (0..n).map(|i| self.anchor.preferred(i, n)).collect(),
            },
            Series {
                name: "silenced",
                shape: vec![n],
                values: (0..n)
                    .map(|i| f64::from(u8::from(flags.get(i).copied().unwrap_or(false))))
                    .collect(),
            },
        ];
        Some(Frame { step: 0, channels })
    }

    fn findings(&self, _: &Params) -> Vec<Finding> {
        let Some(now) = self.last() else { return Vec::new() };
        vec![
            Finding { name: "true heading", unit: "°", value: now.heading.to_degrees() },
            Finding {
                name: "heading read from the bump",
                unit: "°",
                value: now.decoded.to_degrees(),
            },
            Finding { name: "bump strength", unit: "", value: now.strength },
        ]
    }

    async fn save(&self) -> Result<Vec<u8>> {
        super::pack(self)
    }

    async fn load(params: &Params, bytes: &[u8], _: &mut Bench) -> Result<Self> {
        let compass: Self = super::unpack(bytes)?;
        let n = params.neurons;
        let sound = compass.state.neurons() == Some(n)
            && compass.history.len() <= HISTORY
            && compass.history.iter().all(|moment| moment.rates.len() == n)
            && compass.heading.is_finite();
        super::sound(sound).map(|()| compass)
    }
}

/// Which neurons are silenced; empty when none is.
fn silenced(params: &Params) -> Vec<bool> {
    let Params { neurons: n, silenced_from: from, silenced_count: count, .. } = *params;
    if count == 0 {
        return Vec::new();
    }
    (0..n).map(|i| (i + n - from % n) % n < count).collect()
}

/// An angle's difference the shorter way round, in (−π, π].
fn wrap(angle: f64) -> f64 {
    PI - (PI - angle).rem_euclid(TAU)
}
