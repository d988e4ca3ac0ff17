//! A compass: a ring of neurons whose bump of activity marks a heading and is moved by turning.
//!
//! ```text
//! Δ    = ((m − j + n/2) mod n) − n/2                 signed distance on the ring, in neurons
//! W_mj = c cos(kΔ) + h                               holds the bump
//! V_mj = −a c k Δ sin(k|Δ|)                          moves it
//!
//! u' = u + s ξ/‖ξ‖₂,  ξ ~ N(0, I)                    noise of fixed length
//! r  = [tanh(W u' + v V u' + b + visual input)]₊     v: angular velocity, rad/s
//! u  = (1 − α) u' + α r
//! ```
//!
//! The derivative mechanism is Zhang's (*J. Neurosci.* 16:2112, 1996); constants and the kernel
//! `V` are those of Liu's `nsi` (2022), in which `Δ` stands where the true derivative of `W` has
//! the sign of `Δ`: see [`VelocityKernel`]. Positive velocity moves the bump towards lower
//! indices, so the preferred heading falls along the ring: see [`Anchor`].
//!
//! ```
//! use attractor_lab::{models::ring::{Input, Ring, Settings, State}, rng::Rng};
//!
//! let ring = Ring::new(Settings { noise: 0.0, ..Settings::default() })?;
//! let mut state = State::cosine(100, 50.0);
//! ring.step(&mut state, &Input::default(), &mut Rng::stream(7, "noise"));
//! assert!((state.rates()[50] - 0.921_790_572_8).abs() < 1e-10);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::{Error, Result, math::circulant, rng::Rng};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// Length of one step, in seconds.
pub const STEP: f64 = 0.025;

/// Which antisymmetric kernel turns the bump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VelocityKernel {
    /// `−c k Δ sin(k|Δ|)`: two lobes with a flat centre, as published in the code.
    #[default]
    Original,
    /// `−c k sign(Δ) sin(k|Δ|)`: the derivative of the symmetric kernel.
    Derivative,
}

impl VelocityKernel {
    /// The gain `a` with which the bump turns as fast as the fly.
    #[must_use]
    pub fn unit_gain(self) -> f64 {
        match self {
            Self::Original => 0.0197,
            Self::Derivative => 0.399,
        }
    }
}

/// What can be turned. Weights and wavenumber are those of a ring of 100 neurons; a ring of
/// another size is built so that the bump has the same shape, noise and speed in radians.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Number of neurons `n`, 8 to 10 000.
    pub neurons: usize,
    /// Fraction `α` of the activity replaced in each step (step over time constant), in (0, 1].
    /// The bump's speed is proportional to it.
    pub leak: f64,
    /// Depth `c` of the tuned part of the weights.
    pub tuned: f64,
    /// Wavenumber `k` of the weights, radians per neuron. It is not 2π/100, so the kernel has a
    /// small kink opposite its peak.
    pub wavenumber: f64,
    /// Uniform part `h` of the weights.
    pub uniform: f64,
    /// Velocity gain `a`.
    pub gain: f64,
    /// Bias `b` of every neuron.
    pub bias: f64,
    /// Length `s` of the noise vector added in each step; `s/10` is its rms on each neuron.
    pub noise: f64,
    /// Which kernel turns the bump.
    pub kernel: VelocityKernel,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            neurons: 100,
            leak: 1.0,
            tuned: 0.1,
            wavenumber: 0.06,
            uniform: -0.03,
            gain: 0.02,
            bias: 0.0,
            noise: 0.1,
            kernel: VelocityKernel::Original,
        }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let bad = |key: &str, value: String, allowed: &str| {
            Err(Error::BadValue { key: key.into(), value, allowed: allowed.into() })
        };
        if !(8..=10_000).contains(&self.neurons) {
            return bad("neurons", self.neurons.to_string(), "8 to 10000");
        }
        if !(self.leak > 0.0 && self.leak <= 1.0) {
            return bad("leak", self.leak.to_string(), "above 0 and at most 1");
        }
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return bad("noise", self.noise.to_string(), "0 or a positive number");
        }
        for (key, value) in [
            ("tuned", self.tuned),
            ("wavenumber", self.wavenumber),
            ("uniform", self.uniform),
            ("gain", self.gain),
            ("bias", self.bias),
        ] {
            if !value.is_finite() {
                return bad(key, value.to_string(), "a finite number");
            }
        }
        Ok(())
    }

    /// How many neurons of the reference ring one neuron of this ring stands for: `100/n`.
    fn stride(&self) -> f64 {
        100.0 / self.neurons as f64
    }

    /// The signed distance from neuron 0 to neuron `i` the shorter way, in neurons.
    fn offset(&self, i: usize) -> f64 {
        let n = self.neurons;
        ((i + n / 2) % n) as f64 - (n / 2) as f64
    }

    /// The symmetric weight onto the neuron `i` places up the ring.
    fn weight(&self, i: usize) -> f64 {
        let Self { tuned: c, wavenumber: k, uniform: h, .. } = *self;
        let per = self.stride();
        per * (c * libm::cos(k * per * self.offset(i)) + h)
    }

    /// The weight that turning adds, per rad/s. Distances count in neurons of the reference ring,
    /// so that a step displaces the bump by the same angle whatever the number of neurons.
    fn turning_weight(&self, i: usize) -> f64 {
        let Self { tuned: c, wavenumber: k, gain: a, .. } = *self;
        let per = self.stride();
        let distance = per * self.offset(i);
        let moment = match self.kernel {
            VelocityKernel::Original => distance,
            VelocityKernel::Derivative if distance == 0.0 => 0.0,
            VelocityKernel::Derivative => distance.signum(),
        };
        -a * per * c * k * moment * libm::sin(k * distance.abs())
    }
}

/// The ring: its two kernels, ready to run. Building one is cheap, so a live knob rebuilds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    settings: Settings,
    /// Both kernels written twice: length 2n.
    symmetric: Vec<f64>,
    turning: Vec<f64>,
    /// Cosine and sine of every neuron's angle on the ring.
    compass: Vec<[f64; 2]>,
}

impl Ring {
    /// Builds the ring.
    ///
    /// # Errors
    /// [`Error::BadValue`] when a setting is not finite or outside its limits.
    pub fn new(settings: Settings) -> Result<Self> {
        settings.check()?;
        let n = settings.neurons;
        let kernel = |weight: &dyn Fn(usize) -> f64| {
            circulant::doubled(&(0..n).map(weight).collect::<Vec<_>>())
        };
        Ok(Self {
            settings,
            symmetric: kernel(&|i| settings.weight(i)),
            turning: kernel(&|i| settings.turning_weight(i)),
            compass: (0..n)
                .map(|i| {
                    let (sin, cos) = libm::sincos(angle(i, n));
                    [cos, sin]
                })
                .collect(),
        })
    }

    /// What it was built from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.settings.neurons
    }

    /// The symmetric weights `W`, `[post, pre]`.
    #[must_use]
    pub fn weights(&self) -> Array2<f64> {
        self.dense(&self.symmetric)
    }

    /// The velocity-multiplied weights `V = a Wx`, `[post, pre]`, per rad/s.
    #[must_use]
    pub fn turning_weights(&self) -> Array2<f64> {
        self.dense(&self.turning)
    }

    /// One step of [`STEP`] seconds. Without noise, nothing is drawn from `noise`.
    ///
    /// # Panics
    /// When the state, the visual input or the silenced set has another number of neurons.
    pub fn step(&self, state: &mut State, input: &Input, noise: &mut Rng) {
        let Settings { neurons: n, leak: alpha, bias: b, noise: s, .. } = self.settings;
        let State { potentials: u, rates: r, kernel } = state;
        assert!(u.len() == n && r.len() == n, "a ring of {n} neurons cannot step {}", u.len());
        let fits = |length| length == 0 || length == n;
        assert!(fits(input.visual.len()), "visual input needs a value for each of {n} neurons");
        assert!(
            fits(input.silenced.len()),
            "the silenced set needs a flag for each of {n} neurons"
        );

        if s > 0.0 {
            // The rates are about to be replaced, so their place holds ξ for a moment.
            noise.fill_normal(r);
            let length = r.iter().map(|xi| xi * xi).sum::<f64>().sqrt();
            let scale = s / (length * self.settings.stride().sqrt());
            for (u, xi) in u.iter_mut().zip(&*r) {
                *u += scale * xi;
            }
        }
        for (u, _) in u.iter_mut().zip(input.silenced).filter(|(_, silenced)| **silenced) {
            *u = 0.0;
        }

        kernel.clear();
        kernel
            .extend(self.symmetric.iter().zip(&self.turning).map(|(w, v)| w + input.velocity * v));
        r.fill(b);
        for (z, visual) in r.iter_mut().zip(input.visual) {
            *z += visual;
        }
        circulant::add_product(kernel, u, r);
        for r in &mut *r {
            *r = if *r > 0.0 { libm::tanh(*r) } else { 0.0 };
        }

        for (r, _) in r.iter_mut().zip(input.silenced).filter(|(_, silenced)| **silenced) {
            *r = 0.0;
        }
        for (u, r) in u.iter_mut().zip(&*r) {
            *u = (1.0 - alpha) * *u + alpha * r;
        }
    }

    /// Where the bump is, and how sharp: the population vector of `rates`, `[neuron]`.
    ///
    /// # Panics
    /// When there is not one rate for each neuron.
    #[must_use]
    pub fn bump(&self, rates: &[f64]) -> Bump {
        assert_eq!(rates.len(), self.neurons(), "the population vector needs every neuron's rate");
        let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
        for (r, [cos, sin]) in rates.iter().zip(&self.compass) {
            x += r * cos;
            y += r * sin;
            sum += r;
        }
        let strength = if sum > 0.0 { (x * x + y * y).sqrt() / sum } else { 0.0 };
        Bump { phase: libm::atan2(y, x).rem_euclid(TAU), strength }
    }

    /// The state `steps` steps later, at constant velocity and without visual input.
    pub fn run(&self, state: &mut State, steps: usize, velocity: f64, noise: &mut Rng) {
        for _ in 0..steps {
            self.step(state, &Input { velocity, ..Input::default() }, noise);
        }
    }

    /// Records trajectory number `index`: a random start shared by all trajectories, a warm-up at
    /// rest, then a random walk of the heading. Every trajectory is a function of the streams and
    /// its number alone, so they can be recorded in slices, in any order, and again.
    #[must_use]
    pub fn record(&self, protocol: &Protocol, streams: &Streams, index: u64) -> Trajectory {
        let n = self.neurons();
        let mut state = State::random(n, &mut streams.start.lane(0));
        let mut noise = streams.noise.lane(index);
        let mut turns = streams.turns.lane(index);
        let mut walk = protocol.walk.clone();
        for _ in 0..protocol.warm_up {
            walk.stir(&mut turns);
            self.step(&mut state, &Input::default(), &mut noise);
        }
        let mut trajectory = Trajectory {
            rates: Array2::zeros((protocol.steps, n)),
            heading: Array1::zeros(protocol.steps),
            velocity: Array1::zeros(protocol.steps),
            anchor: Anchor { phase: self.bump(state.rates()).phase, heading: walk.heading },
        };
        for (t, mut row) in trajectory.rates.rows_mut().into_iter().enumerate() {
            let velocity = walk.turn(&mut turns);
            self.step(&mut state, &Input { velocity, ..Input::default() }, &mut noise);
            row.iter_mut().zip(state.rates()).for_each(|(to, &from)| *to = from);
            trajectory.heading[t] = walk.heading;
            trajectory.velocity[t] = velocity;
        }
        trajectory
    }

    fn dense(&self, doubled: &[f64]) -> Array2<f64> {
        let n = self.neurons();
        Array2::from_shape_fn((n, n), |(post, pre)| doubled[n + post - pre])
    }
}

/// The angle of neuron `i` of `n` on the ring, in radians.
#[must_use]
pub fn angle(i: usize, n: usize) -> f64 {
    TAU * i as f64 / n as f64
}

/// What changes from step to step: save it together with the noise stream to go on later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    potentials: Vec<f64>,
    rates: Vec<f64>,
    /// The kernel at the present velocity; rebuilt in each step, kept only to spare allocation.
    #[serde(skip)]
    kernel: Vec<f64>,
}

impl State {
    /// The state with potentials `u`, `[neuron]`, and no rates yet.
    #[must_use]
    pub fn new(potentials: Vec<f64>) -> Self {
        let n = potentials.len();
        Self { potentials, rates: vec![0.0; n], kernel: Vec::with_capacity(2 * n) }
    }

    /// Independent normal potentials of variance 1/n.
    #[must_use]
    pub fn random(neurons: usize, rng: &mut Rng) -> Self {
        let mut potentials = vec![0.0; neurons];
        rng.fill_normal(&mut potentials);
        let scale = 1.0 / (neurons as f64).sqrt();
        potentials.iter_mut().for_each(|u| *u *= scale);
        Self::new(potentials)
    }

    /// The positive half of a cosine about the neuron `centre`, which may be a fraction.
    #[must_use]
    pub fn cosine(neurons: usize, centre: f64) -> Self {
        let n = neurons as f64;
        Self::new((0..neurons).map(|i| libm::cos(TAU * (i as f64 - centre) / n).max(0.0)).collect())
    }

    /// Rates `r` after the last step, `[neuron]`, between 0 and 1.
    #[must_use]
    pub fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// Potentials `u`, `[neuron]`; equal to the rates when the leak is 1.
    #[must_use]
    pub fn potentials(&self) -> &[f64] {
        &self.potentials
    }

    /// The number of neurons, or `None` if the state is damaged (it may come from a file).
    #[must_use]
    pub fn neurons(&self) -> Option<usize> {
        let n = self.potentials.len();
        let sound = self.rates.len() == n
            && self.potentials.iter().chain(&self.rates).all(|x| x.is_finite());
        sound.then_some(n)
    }
}

/// What reaches the ring in one step. An empty slice means none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Input<'a> {
    /// Angular velocity, rad/s.
    pub velocity: f64,
    /// Added inside the nonlinearity, `[neuron]`: a landmark in view.
    pub visual: &'a [f64],
    /// Neurons that neither fire nor transmit, `[neuron]`.
    pub silenced: &'a [bool],
}

/// The population vector `Σ rᵢ exp(2πi·i/n)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bump {
    /// Its angle on the ring, in [0, 2π).
    pub phase: f64,
    /// Its length over the sum of rates: 0 spread evenly or silent, 1 a single neuron.
    pub strength: f64,
}

/// A moment at which both the bump and the heading were known: what turns a phase into a heading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Phase of the bump, in radians.
    pub phase: f64,
    /// Heading at that time, in radians.
    pub heading: f64,
}

impl Anchor {
    /// The heading that a bump at `phase` stands for, in [0, 2π). It falls as the phase rises.
    #[must_use]
    pub fn decode(&self, phase: f64) -> f64 {
        (self.heading - (phase - self.phase)).rem_euclid(TAU)
    }

    /// The preferred heading of neuron `i` of `n`, in [0, 2π).
    #[must_use]
    pub fn preferred(&self, i: usize, n: usize) -> f64 {
        self.decode(angle(i, n))
    }
}

/// A fly that turns at random: velocity is an AR(1) process, heading its integral.
///
/// ```text
/// v ← 0.8 v + 1.2 N(0, 1)  rad/s        θ ← θ + v dt
/// ```
///
/// The stationary deviation is 2 rad/s. These are the statistics of Cueva, Wang, Chin & Wei
/// (ICLR 2020).
///
/// ```
/// use attractor_lab::{models::ring::Walk, rng::Rng};
///
/// let mut walk = Walk::default();
/// let velocity = walk.turn(&mut Rng::stream(7, "turns"));
/// assert_eq!(walk.heading, std::f64::consts::PI + 0.025 * velocity);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    /// Angular velocity, rad/s.
    pub velocity: f64,
    /// Heading, radians in [0, 2π).
    pub heading: f64,
    /// The part of the velocity that survives a step.
    pub momentum: f64,
    /// Standard deviation of the velocity gained in a step, rad/s.
    pub deviation: f64,
}

impl Default for Walk {
    fn default() -> Self {
        Self { velocity: 0.0, heading: PI, momentum: 0.8, deviation: 1.2 }
    }
}

impl Walk {
    /// Lets the velocity evolve for a step while the fly is held still.
    pub fn stir(&mut self, turns: &mut Rng) {
        self.velocity = self.momentum * self.velocity + self.deviation * turns.normal();
    }

    /// One step of turning; gives the velocity with which it was made.
    pub fn turn(&mut self, turns: &mut Rng) -> f64 {
        self.stir(turns);
        self.heading = (self.heading + STEP * self.velocity).rem_euclid(TAU);
        self.velocity
    }
}

/// How a trajectory is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// Steps recorded.
    pub steps: usize,
    /// Steps at rest before, in which the bump forms.
    pub warm_up: usize,
    /// The fly at the beginning.
    pub walk: Walk,
}

impl Default for Protocol {
    fn default() -> Self {
        Self { steps: 1000, warm_up: 500, walk: Walk::default() }
    }
}

/// The three kinds of chance in a recording, each a stream of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// The starting potentials, the same in every trajectory.
    pub start: Rng,
    /// The noise on the neurons; one lane for each trajectory.
    pub noise: Rng,
    /// The turns of the fly; one lane for each trajectory.
    pub turns: Rng,
}

impl Streams {
    /// The streams `ring/start`, `ring/noise` and `ring/turns` under `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let stream = |name| Rng::stream(seed, name);
        Self {
            start: stream("ring/start"),
            noise: stream("ring/noise"),
            turns: stream("ring/turns"),
        }
    }
}

/// One recorded trajectory. At each step the heading was turned first, then the ring stepped with
/// the same velocity, then all three were written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Rates, `[step, neuron]`.
    pub rates: Array2<f64>,
    /// True heading, `[step]`, radians in [0, 2π).
    pub heading: Array1<f64>,
    /// Angular velocity, `[step]`, rad/s.
    pub velocity: Array1<f64>,
    /// Bump and heading just before the first recorded step.
    pub anchor: Anchor,
}
