//! How good a compass is the ring? Its bump, its gain, and what noise and the lattice do to it.
//!
//! The measurements of the ring's specification, one small simulation a step: the bump at rest
//! and how it drifts without noise, the gain over velocities, the velocity below which the bump
//! sticks to the lattice, diffusion at rest, and the tracking of a wandering fly.

use super::compass::{Kernel, Recorder, settings};
use crate::analysis::{bump::Shape, diffusion::diffusion, gain, heading};
use crate::lab::{Axis, Bench, Experiment, Figure, Finding, Mark, Next, Panel, Preset};
use crate::models::ring::{Ring, STEP, Settings, State};
use crate::rng::Rng;
use crate::{Result, params};
use ndarray::{Array1, Array2, Slice};
use serde::{Deserialize, Serialize};

params! {
    /// What may be turned.
    pub struct Params {
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
        "The measurement" {
            /// Number of noisy trials of 25 s for diffusion, and as many for tracking.
            trials: usize = 40, in 2..=200;
        }
    }
}

/// What has been measured so far.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measure {
    /// The bump at rest, noise-free, once it is known.
    rest: Option<State>,
    /// Turn of the bump in 25 s without noise and velocity, rad.
    drift: Option<f64>,
    /// (velocity, gain).
    gains: Vec<(f64, f64)>,
    /// (velocity, turn of the bump in 25 s in rad, whether it stuck).
    slow: Vec<(f64, f64, bool)>,
    /// Decoded headings at rest under noise, `[trial][step]`, rad.
    paths: Vec<Vec<f64>>,
    /// Decoded minus true heading of a wandering fly, `[trial][step]`, rad.
    errors: Vec<Vec<f64>>,
}

/// Steps in 25 s.
const LONG: usize = 1000;
/// Steps in which a bump takes its shape and its place between two neurons.
const SETTLE: usize = 1000;
/// Velocities at which the gain is measured, rad/s.
const VELOCITIES: [f64; 9] = [0.05, 0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
/// The one of them that is quoted: 2 rad/s.
const TYPICAL: usize = 4;
/// Slow velocities, for the sticking, rad/s.
const SLOW: [f64; 10] = [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06];
/// Window of the diffusion estimate: 5 s.
const LAG: usize = 200;

impl Measure {
    fn quiet(params: &Params) -> Result<Ring> {
        Ring::new(Settings { noise: 0.0, ..Self::settings(params) })
    }

    fn settings(params: &Params) -> Settings {
        settings(params.neurons, params.noise, params.gain, params.kernel)
    }

    /// Noise-free rates at a steady velocity, from the bump at rest, `[step, neuron]`.
    fn turned(&self, params: &Params, velocity: f64, steps: usize) -> Result<Array2<f64>> {
        let ring = Self::quiet(params)?;
        let mut state = self.rest.clone().unwrap_or_else(|| bump(params.neurons));
        Ok(ring.watch(&mut state, steps, velocity, &mut Rng::stream(0, "unused: no noise")))
    }

    fn measure(&mut self, params: &Params, bench: &Bench) -> Result<()> {
        if self.rest.is_none() {
            let mut state = bump(params.neurons);
            let mut none = Rng::stream(0, "unused: no noise");
            Self::quiet(params)?.run(&mut state, SETTLE, 0.0, &mut none);
            self.rest = Some(state);
        } else if self.drift.is_none() {
            let path = heading::path(self.turned(params, 0.0, LONG)?.view());
            self.drift = Some(path[LONG - 1]);
        } else if let Some(&velocity) = VELOCITIES.get(self.gains.len()) {
            // Whole turns of the ring where they take less than 100 s: the bump moves unevenly
            // between neurons, and evenly over all of them.
            let rates = self.turned(params, velocity, LONG + 100)?;
            let path = heading::path(rates.slice_axis(ndarray::Axis(0), Slice::from(100..)));
            self.gains.push((velocity, gain::gain(path.view(), velocity)));
        } else if let Some(&velocity) = SLOW.get(self.slow.len()) {
            let path = heading::path(self.turned(params, velocity, LONG)?.view());
            let stuck = gain::pinned(path.view(), params.neurons);
            self.slow.push((velocity, path[LONG - 1], stuck));
        } else if self.paths.len() < params.trials {
            let ring = Ring::new(Self::settings(params))?;
            let mut state = self.rest.clone().unwrap_or_else(|| bump(params.neurons));
            let mut noise = bench.rng("measure/noise").lane(self.paths.len() as u64);
            let rates = ring.watch(&mut state, LONG, 0.0, &mut noise);
            self.paths.push(heading::path(rates.view()).to_vec());
        } else {
            let recorder = Recorder::new(Self::settings(params), LONG, bench)?;
            let walk = recorder.record(self.errors.len());
            let errors = heading::errors(walk.rates.view(), walk.heading.view(), walk.anchor);
            self.errors.push(errors.to_vec());
        }
        Ok(())
    }

    fn shape(&self) -> Option<Shape> {
        self.rest.as_ref().map(|state| Shape::of(state.rates()))
    }

    /// Diffusion coefficient and its standard error, rad²/s.
    fn spread(&self) -> Option<(f64, f64)> {
        let paths = self.paths.len();
        if paths == 0 {
            return None;
        }
        let flat: Vec<f64> = self.paths.concat();
        let found = diffusion(Array2::from_shape_vec((paths, LONG), flat).ok()?.view(), LAG);
        Some((found.coefficient, found.error))
    }

    /// Root mean square of the tracking error at each step, rad.
    fn tracking(&self) -> Array1<f64> {
        let trials = self.errors.len().max(1) as f64;
        (0..if self.errors.is_empty() { 0 } else { LONG })
            .map(|t| (self.errors.iter().map(|e| e[t] * e[t]).sum::<f64>() / trials).sqrt())
            .collect()
    }

    /// The greatest of the slow velocities at which the bump stuck, rad/s.
    fn sticking(&self) -> f64 {
        self.slow.iter().filter(|slow| slow.2).map(|slow| slow.0).fold(0.0, f64::max)
    }

    fn bump_figure(&self, params: &Params) -> Option<Figure> {
        let (state, shape) = (self.rest.as_ref()?, self.shape()?);
        let n = params.neurons as f64;
        let points = state.rates().iter().enumerate().map(|(i, &r)| (i as f64, r)).collect();
        let drift = self.drift.map_or_else(String::new, |drift| {
            format!(" Without noise it moves by {:.1e} rad in 25 s.", drift.abs())
        });
        let summary = format!(
            "The bump at rest: {} of {} neurons fire, the greatest rate is {:.3}, and it is {:.0}° \
             wide at half height.{drift}",
            shape.active,
            params.neurons,
            shape.peak,
            shape.width.to_degrees()
        );
        let panel = Panel::new("", Axis::new("neuron", (0.0, n)), Axis::new("rate", (0.0, 1.0)))
            .with(Mark::line("rate", points))
            .with(Mark::horizontal("half height", shape.peak / 2.0));
        Some(Figure::new("bump", "The bump at rest", summary).with(panel))
    }

    fn gain_figure(&self) -> Option<Figure> {
        let &(_, typical) = self.gains.get(TYPICAL)?;
        let gains = self.gains.iter().map(|gain| gain.1);
        let y = Axis::around("gain (bump / fly)", gains.chain([1.0]));
        let panel = Panel::new("", Axis::log("turning (rad/s)", (0.04, 12.0)), y)
            .with(Mark::horizontal("as fast as the fly", 1.0))
            .with(Mark::line("measured", self.gains.clone()))
            .with(Mark::dots("measured", self.gains.clone()));
        let summary = format!(
            "How fast the bump turns for a fly that turns steadily: {typical:.3} times as fast at \
             2 rad/s."
        );
        Some(Figure::new("gain", "Gain", summary).with(panel))
    }

    fn sticking_figure(&self) -> Option<Figure> {
        let last = self.slow.last()?.0;
        let degrees = |turn: f64| turn.to_degrees();
        let turns: Vec<_> = self.slow.iter().map(|slow| (slow.0, degrees(slow.1))).collect();
        let ideal = vec![(0.0, 0.0), (last, degrees(last * LONG as f64 * STEP))];
        let y = Axis::around("turn in 25 s (°)", turns.iter().chain(&ideal).map(|p| p.1));
        let panel = Panel::new("", Axis::new("turning (rad/s)", (0.0, last * 1.05)), y)
            .with(Mark::dashed("the fly", ideal))
            .with(Mark::line("the bump", turns.clone()))
            .with(Mark::dots("the bump", turns));
        let summary = match self.sticking() {
            0.0 => "The bump follows even the slowest of these turns.".into(),
            least => format!(
                "Without noise the bump sticks to the lattice of neurons: at {least} rad/s and \
                 below it does not follow the fly."
            ),
        };
        Some(Figure::new("sticking", "Very slow turns", summary).with(panel))
    }

    fn diffusion_figure(&self) -> Option<Figure> {
        let (spread, error) = self.spread()?;
        let time = |t: usize| (t + 1) as f64 * STEP;
        let theory = (0..LONG).step_by(10).map(|t| {
            let deviation = (2.0 * spread * time(t)).sqrt().to_degrees();
            (time(t), -deviation, deviation)
        });
        let values = self.paths.iter().flatten().map(|x| x.to_degrees());
        let y = Axis::around("heading lost (°)", values);
        let mut panel = Panel::new("", Axis::new("time (s)", (0.0, LONG as f64 * STEP)), y)
            .with(Mark::band("± √(2Dt)", theory.collect()));
        for path in self.paths.iter().take(20) {
            let points = path.iter().enumerate().step_by(5);
            let points = points.map(|(t, x)| (time(t), x.to_degrees())).collect();
            panel = panel.with(Mark::line("a trial", points));
        }
        let summary = format!(
            "Noise lets a resting bump diffuse: D = ({:.2} ± {:.2}) × 10⁻⁴ rad²/s, from {} trials \
             of 25 s.",
            spread * 1e4,
            error * 1e4,
            self.paths.len()
        );
        Some(Figure::new("diffusion", "Diffusion at rest", summary).with(panel))
    }

    fn tracking_figure(&self) -> Option<Figure> {
        let rms = self.tracking();
        let after = |seconds: f64| rms.get((seconds / STEP) as usize - 1).map(|x| x.to_degrees());
        let (five, all) = (after(5.0)?, after(25.0)?);
        let points: Vec<_> =
            rms.iter().enumerate().map(|(t, x)| ((t + 1) as f64 * STEP, x.to_degrees())).collect();
        let y = Axis::around("error (°, rms)", points.iter().map(|p| p.1).chain([0.0]));
        let panel = Panel::new("", Axis::new("time (s)", (0.0, LONG as f64 * STEP)), y)
            .with(Mark::line("over trials", points));
        let summary = format!(
            "How far the bump is from the heading of a wandering fly: {five:.1}° after 5 s, \
             {all:.1}° after 25 s (root mean square over {} trials).",
            self.errors.len()
        );
        Some(Figure::new("tracking", "Tracking in the dark", summary).with(panel))
    }
}

/// Where every measurement starts: half a cosine in the middle of the ring, but not exactly on a
/// neuron, where the bump would stand on a ridge and rounding alone decide where it slides.
fn bump(neurons: usize) -> State {
    State::cosine(neurons, (neurons / 2) as f64 + 0.3)
}

impl Experiment for Measure {
    const ID: &'static str = "ring-measure";
    const QUESTION: &'static str = "How good a compass is the ring?";
    const ABOUT: &'static str = include_str!("ring_measure.html");
    const UNIT: &'static str = "simulation";
    const REPORT_EVERY: u64 = 4;
    const NEXT: &'static [Next] = &[
        Next { label: "Watch this ring", experiment: "ring" },
        Next { label: "Record it", experiment: "ring-record" },
    ];
    type Params = Params;

    fn presets() -> Vec<Preset<Params>> {
        let default = Params::default;
        vec![
            Preset { name: "The published ring", about: "100 neurons.", params: default() },
            Preset {
                name: "Calibrated",
                about: "A gain of 0.985: the bump turns as fast as the fly.",
                params: Params { gain: 0.985, ..default() },
            },
            Preset {
                name: "The true derivative",
                about: "Weights that turn the bump without distorting it.",
                params: Params { kernel: Kernel::Derivative, ..default() },
            },
            Preset {
                name: "Forty neurons",
                about: "A coarser lattice holds the bump more tightly.",
                params: Params { neurons: 40, ..default() },
            },
        ]
    }

    fn quick() -> Params {
        Params { neurons: 20, trials: 2, ..Params::default() }
    }

    fn length(params: &Params) -> Option<u64> {
        Some((2 + VELOCITIES.len() + SLOW.len() + 2 * params.trials) as u64)
    }

    async fn begin(_: &Params, _: &mut Bench) -> Result<Self> {
        Ok(Self {
            rest: None,
            drift: None,
            gains: Vec::new(),
            slow: Vec::new(),
            paths: Vec::new(),
            errors: Vec::new(),
        })
    }

    async fn step(&mut self, params: &Params, bench: &mut Bench) -> Result<()> {
        self.measure(params, bench)
    }

    async fn report(&self, params: &Params, bench: &mut Bench, _: bool) -> Result<()> {
        let figures = [
            self.bump_figure(params),
            self.gain_figure(),
            self.sticking_figure(),
            self.diffusion_figure(),
            self.tracking_figure(),
        ];
        let latest = figures.iter().flatten().next_back();
        bench.say(latest.map_or("Ready to measure.", |figure| &figure.summary));
        figures.into_iter().flatten().for_each(|figure| bench.show(figure));
        Ok(())
    }

    fn findings(&self, _: &Params) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut add = |name, unit, value| findings.push(Finding { name, unit, value });
        if let Some(shape) = self.shape() {
            add("greatest rate", "", shape.peak);
            add("active neurons", "", shape.active as f64);
            add("width at half height", "°", shape.width.to_degrees());
        }
        if let Some(&(_, gain)) = self.gains.get(TYPICAL) {
            add("gain at 2 rad/s", "", gain);
        }
        if self.slow.len() == SLOW.len() {
            add("greatest velocity that sticks", "rad/s", self.sticking());
        }
        if let Some((spread, _)) = self.spread() {
            add("diffusion coefficient", "rad²/s", spread);
        }
        if let Some(last) = self.tracking().last() {
            add("tracking error after 25 s", "°", last.to_degrees());
        }
        findings
    }

    async fn save(&self) -> Result<Vec<u8>> {
        super::pack(self)
    }

    async fn load(params: &Params, bytes: &[u8], _: &mut Bench) -> Result<Self> {
        let measure: Self = super::unpack(bytes)?;
        let long = |traces: &[Vec<f64>]| {
            traces.len() <= params.trials && traces.iter().all(|trace| trace.len() == LONG)
        };
        let sound = measure.rest.as_ref().is_none_or(|rest| rest.neurons() == Some(params.neurons))
            && measure.gains.len() <= VELOCITIES.len()
            && measure.slow.len() <= SLOW.len()
            && long(&measure.paths)
            && long(&measure.errors);
        super::sound(sound).map(|()| measure)
    }
}
