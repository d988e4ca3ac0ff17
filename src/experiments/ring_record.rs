//! What does an experimenter get to see? A recording of the ring, for reading its wiring.
//!
//! Trajectories of a wandering fly, each after a rest in which the bump forms from the same
//! start, so that headings and bumps are aligned across trajectories.

use super::compass::{DataSet, Kernel, Recorder, fits, settings};
use crate::analysis::{
    heading,
    statistics::Statistics,
    tuning::{Bins, Tuning, blurred, scaled},
};
use crate::files::npz::Npz;
use crate::lab::{
    Axis, Bench, Colours, Experiment, Figure, Finding, Image, Mark, Next, Panel, Preset, Ticks,
};
use crate::models::ring::{STEP, Trajectory};
use crate::{Error, Result, params};
use ndarray::{Array1, ArrayView1, ArrayView2, ArrayView3, s};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::f64::consts::TAU;

params! {
    /// What may be turned.
    pub struct Params {
        "The recording" {
            /// Number of trajectories: walks of the fly, each recorded from the same start.
            trajectories: usize = 100, in 1..=400;
            /// Length of each trajectory in steps of 25 ms.
            steps: usize = 1000, in 50..=10_000, "steps";
        }
        "The ring" {
            /// Number of compass neurons.
            neurons: usize = 100, in 20..=400;
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

/// The recording so far.
pub struct Record {
    recorder: Recorder,
    data: DataSet,
    tuning: Tuning,
    statistics: Statistics,
    /// The first trajectory, for showing.
    first: Option<Trajectory>,
    /// Every trajectory's bits, each hashed onto the ones before.
    digest: [u8; 32],
}

/// What a checkpoint keeps: the trajectories follow from their numbers, and the digest proves it.
#[derive(Serialize, Deserialize)]
struct Saved {
    trajectories: usize,
    digest: [u8; 32],
}

/// Neurons whose tuning is shown.
const SHOWN: usize = 30;
/// Bins of the tuning maps.
const BINS: Bins = Bins { velocities: 20, headings: 31, fastest: 5.0 };

impl Record {
    fn new(params: &Params, bench: &Bench) -> Result<Self> {
        let wanted = settings(params.neurons, params.noise, params.gain, params.kernel);
        Ok(Self {
            recorder: Recorder::new(wanted, params.steps, bench)?,
            data: DataSet::default(),
            tuning: Tuning::new(params.neurons, BINS),
            statistics: Statistics::new(params.neurons),
            first: None,
            digest: [0; 32],
        })
    }

    fn record(&mut self) -> Result<()> {
        let index = self.data.trajectories();
        let trajectory = self.recorder.record(index);
        if trajectory.rates.iter().any(|rate| !rate.is_finite()) {
            return Err(Error::Diverged { what: "the ring".into(), step: index as u64 });
        }
        self.tuning.add(
            trajectory.rates.view(),
            trajectory.velocity.view(),
            trajectory.heading.view(),
        );
        self.statistics.add(trajectory.rates.view());
        self.data.add(&trajectory);
        let mut hash = Sha256::new_with_prefix(self.digest);
        for value in trajectory.rates.iter().chain(&trajectory.heading).chain(&trajectory.velocity)
        {
            hash.update(value.to_le_bytes());
        }
        self.digest = hash.finalize().into();
        self.first.get_or_insert(trajectory);
        Ok(())
    }

    fn tracking(&self) -> Option<(Figure, f64)> {
        let first = self.first.as_ref()?;
        let errors = heading::errors(first.rates.view(), first.heading.view(), first.anchor);
        let rms = errors.mapv(|error| error * error).mean().unwrap_or(0.0).sqrt().to_degrees();
        let (steps, neurons) = first.rates.dim();
        let end = steps as f64 * STEP;
        let stride = steps.div_ceil(500);
        let shown = first.rates.slice(s![..;stride, ..]);
        let image = Image {
            name: "rate (fraction of the greatest)".into(),
            rows: neurons,
            columns: shown.nrows(),
            values: shown.t().iter().copied().collect(),
            x: (0.0, end),
            y: (0.0, neurons as f64),
            range: (0.0, 1.0),
            colours: Colours::Sequential,
            bar: true,
        };
        let time = || Axis::new("time (s)", (0.0, end));
        let dots = |values: ArrayView1<f64>| -> Vec<_> {
            let at = |(t, x): (usize, &f64)| ((t + 1) as f64 * STEP, x.to_degrees());
            values.iter().enumerate().map(at).collect()
        };
        let decoded: Array1<f64> =
            first.heading.iter().zip(&errors).map(|(h, e)| (h + e).rem_euclid(TAU)).collect();
        let figure = Figure::new(
            "trajectory",
            "The first trajectory",
            format!(
                "The bump follows the fly's heading to within {rms:.1}° (root mean square) over \
                 {end:.0} s."
            ),
        )
        .with(Panel::new("", time(), Axis::new("neuron", (0.0, neurons as f64))).with(image))
        .with(
            Panel::new("", time(), Axis::new("heading (°)", (0.0, 360.0)))
                .with(Mark::dots("true", dots(first.heading.view())))
                .with(Mark::dots("read from the bump", dots(decoded.view()))),
        );
        Some((figure, rms))
    }

    fn tuning_figure(&self, neurons: usize) -> Figure {
        let mut figure = Figure::new(
            "tuning",
            "What each neuron answers to",
            "One panel a neuron: rate by heading (across) and angular velocity (upwards), from \
             least (dark) to greatest (bright). Upright bars answer to heading alone; the bars \
             march from panel to panel as preferred headings go round.",
        )
        .columns(10);
        for unit in 0..neurons.min(SHOWN) {
            figure = figure.with(tuning_panel(&self.tuning, unit, &format!("{unit}")));
        }
        figure
    }

    fn file(&self, params: &Params) -> Result<Vec<u8>> {
        let (b, t, n) = (self.data.trajectories(), params.steps, params.neurons);
        let bad = |_| Error::Write { what: "recording.npz".into(), why: "its shape is off".into() };
        let matrix = |values| ArrayView2::from_shape((b, t), values).map_err(bad);
        let flat: Vec<f32> = self.data.anchors.as_flattened().to_vec();
        Npz::default()
            .with("rates", &ArrayView3::from_shape((b, t, n), &self.data.rates).map_err(bad)?)?
            .with("heading", &matrix(&self.data.heading)?)?
            .with("velocity", &matrix(&self.data.velocity)?)?
            .with("anchors", &ArrayView2::from_shape((b, 2), &flat).map_err(bad)?)?
            .with("dt", &ArrayView1::from(&[STEP]))?
            .with("weights", &self.recorder.ring().weights())?
            .with("turning_weights", &self.recorder.ring().turning_weights())?
            .pack()
    }
}

/// A unit's tuning map as a small bare panel.
pub(super) fn tuning_panel(tuning: &Tuning, unit: usize, title: &str) -> Panel {
    let map = blurred(scaled(tuning.map(unit).view()).view());
    let bins = tuning.bins();
    let (slow, fast) = (-bins.fastest, bins.fastest);
    let bare = |label: &str, range| Axis { ticks: Ticks::Bare, ..Axis::new(label, range) };
    let image = Image {
        name: "rate (least to greatest)".into(),
        rows: bins.velocities,
        columns: bins.headings,
        values: map.iter().copied().collect(),
        x: (0.0, 360.0),
        y: (slow, fast),
        range: (0.0, 1.0),
        colours: Colours::Sequential,
        bar: false,
    };
    Panel::new(title, bare("heading (°)", (0.0, 360.0)), bare("velocity (rad/s)", (slow, fast)))
        .with(image)
}

impl Experiment for Record {
    const ID: &'static str = "ring-record";
    const QUESTION: &'static str = "What does an experimenter see of the compass?";
    const ABOUT: &'static str = include_str!("ring_record.html");
    const UNIT: &'static str = "trajectory";
    const REPORT_EVERY: u64 = 10;
    const NEXT: &'static [Next] = &[
        Next { label: "Read the wiring from it", experiment: "ring-identify" },
        Next { label: "Watch this ring", experiment: "ring" },
    ];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        vec![
            Preset {
                name: "The published recording",
                about: "100 walks of 25 s of a ring of 100 neurons: 40 MB of rates.",
                params: Params::default(),
            },
            Preset {
                name: "A short one",
                about: "20 walks: enough to read the wiring from.",
                params: Params { trajectories: 20, ..Params::default() },
            },
            Preset {
                name: "Forty neurons",
                about: "A small ring for a quick lesson.",
                params: Params { trajectories: 40, steps: 500, neurons: 40, ..Params::default() },
            },
        ]
    }

    fn quick() -> Params {
        Params { trajectories: 4, steps: 60, neurons: 20, ..Params::default() }
    }

    fn check(params: &Params) -> Result<()> {
        fits(params.trajectories, params.steps, params.neurons)
    }

    fn length(params: &Params) -> Option<u64> {
        Some(params.trajectories as u64)
    }

    async fn begin(params: &Params, bench: &mut Bench) -> Result<Self> {
        Self::new(params, bench)
    }

    async fn step(&mut self, _: &Params, _: &mut Bench) -> Result<()> {
        self.record()
    }

    async fn report(&self, params: &Params, bench: &mut Bench, over: bool) -> Result<()> {
        let Some((tracking, rms)) = self.tracking() else {
            bench.say("Ready to record.");
            return Ok(());
        };
        bench.say(format!(
            "{} of {} trajectories recorded; the bump follows the fly to within {rms:.1}°.",
            self.data.trajectories(),
            params.trajectories
        ));
        bench.measure("mean rate", "", self.statistics.mean());
        bench.measure("fraction of neurons active", "", self.statistics.active());
        bench.show(tracking);
        bench.show(self.tuning_figure(params.neurons));
        if over {
            bench.offer("recording.npz", "application/zip", self.file(params)?);
            self.recorder.shelve(&self.data, bench);
        }
        Ok(())
    }

    fn findings(&self, _: &Params) -> Vec<Finding> {
        let Some((_, rms)) = self.tracking() else { return Vec::new() };
        vec![
            Finding { name: "mean rate", unit: "", value: self.statistics.mean() },
            Finding { name: "fraction active", unit: "", value: self.statistics.active() },
            Finding { name: "variance", unit: "", value: self.statistics.variance() },
            Finding { name: "tracking error of the first trajectory", unit: "°", value: rms },
        ]
    }

    async fn save(&self) -> Result<Vec<u8>> {
        super::pack(&Saved { trajectories: self.data.trajectories(), digest: self.digest })
    }

    async fn load(params: &Params, bytes: &[u8], bench: &mut Bench) -> Result<Self> {
        let saved: Saved = super::unpack(bytes)?;
        super::sound(saved.trajectories <= params.trajectories)?;
        let mut record = Self::new(params, bench)?;
        for _ in 0..saved.trajectories {
            record.record()?;
        }
        super::sound(record.digest == saved.digest).map(|()| record)
    }
}
