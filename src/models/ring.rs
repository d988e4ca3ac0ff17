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
use ndarray::{Array1, Array2, aview1};
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
    compass: Compass,
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
            compass: Compass::new(n),
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
        self.compass.bump(rates)
    }

    /// Runs `steps` steps at constant velocity (rad/s), in the dark.
    pub fn run(&self, state: &mut State, steps: usize, velocity: f64, noise: &mut Rng) {
        for _ in 0..steps {
            self.step(state, &Input { velocity, ..Input::default() }, noise);
        }
    }

    /// Like [`Ring::run`], and gives the rates after each step, `[step, neuron]`.
    #[must_use]
    pub fn watch(
        &self,
        state: &mut State,
        steps: usize,
        velocity: f64,
        noise: &mut Rng,
    ) -> Array2<f64> {
        let mut rates = Array2::zeros((steps, self.neurons()));
        for mut row in rates.rows_mut() {
            self.run(state, 1, velocity, noise);
            row.assign(&aview1(state.rates()));
        }
        rates
    }

    /// Records trajectory number `index`: a random start shared by all trajectories, a warm-up at
    /// rest, then a random walk of the heading. Every trajectory is a function of the streams and
    /// its number alone, so they can be recorded in slices, in any order, and again.
    #[must_use]
    pub fn record(&self, protocol: &Protocol, streams: &Streams, index: u64) -> Trajectory {
        let n = self.neurons();
        let mut state = self.start(streams);
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
            row.assign(&aview1(state.rates()));
            trajectory.heading[t] = walk.heading;
            trajectory.velocity[t] = velocity;
        }
        trajectory
    }

    /// A random start from which the bump forms even without noise. From one in 25 it does not:
    /// the mean outweighs the first harmonic, no neuron fires after a step or two, and silence is
    /// a fixed point.
    fn start(&self, streams: &Streams) -> State {
        let quiet = Self { settings: Settings { noise: 0.0, ..self.settings }, ..self.clone() };
        let start = |lane| State::random(self.neurons(), &mut streams.start.lane(lane));
        let wakes = |state: &State| {
            let mut state = state.clone();
            quiet.run(&mut state, 5, 0.0, &mut streams.start.lane(0));
            state.rates.iter().any(|r| *r > 0.0)
        };
        // Under some settings nothing wakes the ring, so do not look for ever.
        (0..16).map(start).find(wakes).unwrap_or_else(|| start(0))
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

    /// Independent normal potentials of variance 1/n. From one in 25 of these a ring without
    /// noise falls silent for ever.
    #[must_use]
    pub fn random(neurons: usize, rng: &mut Rng) -> Self {
        let mut potentials = vec![0.0; neurons];
        rng.fill_normal(&mut potentials);
        let scale = 1.0 / (neurons as f64).sqrt();
        for u in &mut potentials {
            *u *= scale;
        }
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

/// Reads the population vector `Σ rᵢ exp(2πi·i/n)` of `n` neurons.
///
/// ```
/// use attractor_lab::models::ring::Compass;
///
/// let bump = Compass::new(8).bump(&[0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
/// assert!((bump.phase - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Compass {
    /// Cosine and sine of every neuron's angle on the ring.
    directions: Vec<[f64; 2]>,
}

impl Compass {
    /// The compass of `neurons` neurons.
    #[must_use]
    pub fn new(neurons: usize) -> Self {
        let direction = |i| {
            let (sin, cos) = libm::sincos(angle(i, neurons));
            [cos, sin]
        };
        Self { directions: (0..neurons).map(direction).collect() }
    }

    /// Where the bump is, and how sharp.
    ///
    /// # Panics
    /// When there is not one rate for each neuron.
    #[must_use]
    pub fn bump<'a>(
        &self,
        rates: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>,
    ) -> Bump {
        let rates = rates.into_iter();
        let n = self.directions.len();
        assert_eq!(rates.len(), n, "a compass of {n} neurons needs {n} rates");
        let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
        for (r, [cos, sin]) in rates.zip(&self.directions) {
            x += r * cos;
            y += r * sin;
            sum += r;
        }
        let strength = if sum > 0.0 { (x * x + y * y).sqrt() / sum } else { 0.0 };
        Bump { phase: libm::atan2(y, x).rem_euclid(TAU), strength }
    }
}

/// What a [`Compass`] reads.
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

#[cfg(test)]
mod tests {
    use super::{Input, Protocol, Ring, Settings, State, Streams, VelocityKernel, Walk};
    use crate::{math::circle, rng::Rng};
    use std::f64::consts::TAU;

    fn quiet() -> Settings {
        Settings { noise: 0.0, ..Settings::default() }
    }

    fn nothing() -> Rng {
        Rng::stream(0, "never drawn")
    }

    fn near(name: &str, value: f64, golden: f64, tolerance: f64) {
        assert!((value - golden).abs() <= tolerance, "{name}: {value}, golden {golden}");
    }

    #[test]
    fn the_weights_have_their_golden_values() {
        let ring = Ring::new(Settings::default()).unwrap();
        let (w, v) = (ring.weights(), ring.turning_weights());
        for (pre, golden) in
            [(0, 0.07), (1, 0.069_820_053_99), (25, -0.022_926_279_83), (50, -0.128_999_249_66)]
        {
            near("W", w[[0, pre]], golden, 1e-11);
        }
        for (at, golden) in [
            ([1, 0], -7.195_680_778e-6),
            ([34, 0], -3.639_068_896e-3),
            ([0, 34], 3.639_068_896e-3),
            ([50, 0], 8.467_200_484e-4),
            ([0, 50], 8.467_200_484e-4),
            ([51, 0], 1.177_352_310e-3),
        ] {
            near("V", v[at], golden, 1e-11);
        }
        near("row sum of W", w.row(7).sum(), -2.5297, 5e-5);
    }

    #[test]
    fn one_step_has_its_golden_rates() {
        let mut state = State::cosine(100, 50.0);
        Ring::new(quiet()).unwrap().run(&mut state, 1, 0.0, &mut nothing());
        near("r50", state.rates()[50], 0.921_790_572_8, 1e-10);
        near("r60", state.rates()[60], 0.819_229_219_8, 1e-10);
        assert_eq!(state.rates()[70].to_bits(), 0);
        assert_eq!(state.rates().iter().filter(|r| **r > 0.0).count(), 39);
    }

    /// The golden run starts exactly on a neuron, where no bump can rest: its 500 steps magnify
    /// the last bits to a hundredth of a neuron, and another order of summation ends elsewhere.
    /// All ends lie on one curve, though. So start beside the neuron, let 200 steps lead to the
    /// golden r70, and all the other golden values have to be there, too.
    #[test]
    fn the_bump_reaches_the_golden_curve_and_turning_follows_it() {
        let ring = Ring::new(quiet()).unwrap();
        let end = |centre: f64| {
            let mut state = State::cosine(100, centre);
            ring.run(&mut state, 200, 0.0, &mut nothing());
            state
        };
        let (mut low, mut high) = (50.0 - 1e-6, 50.0 + 1e-6);
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if end(middle).rates()[70] < 0.017_633_03 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let state = end(low);
        let r = state.rates();
        // r70 is known to half of its eighth decimal, and moves as fast as any other.
        for (i, golden) in
            [(50, 0.904_366_64), (60, 0.797_280_89), (65, 0.550_288_32), (69, 0.144_703_86)]
        {
            near("rate", r[i], golden, 2e-8);
        }
        assert_eq!(r[71].to_bits(), 0);
        near("sum", r.iter().sum(), 27.45535, 5e-6);
        near("length", r.iter().map(|r| r * r).sum::<f64>().sqrt(), 4.615_228_7, 1e-7);

        let index = |state: &State| ring.bump(state.rates()).phase / TAU * 100.0;
        near("phase at rest", index(&state), 50.0071, 5e-5);
        for (velocity, golden) in [(2.0, 69.0108), (-5.0, 54.0998)] {
            let mut state = state.clone();
            ring.run(&mut state, 100, velocity, &mut nothing());
            near("phase after turning", index(&state), golden, 5e-5);
        }
    }

    #[test]
    fn noise_has_its_length_in_every_step_and_each_neuron_its_share_on_any_ring() {
        for (neurons, length) in [(100, 0.1), (400, 0.2), (25, 0.05)] {
            // Without weights, and hardly any leak, only the noise is left.
            let ring = Ring::new(Settings {
                neurons,
                leak: 1e-9,
                tuned: 0.0,
                uniform: 0.0,
                ..Settings::default()
            });
            let (ring, mut noise) = (ring.unwrap(), Rng::stream(7, "noise"));
            for _ in 0..10 {
                let mut state = State::new(vec![0.0; neurons]);
                ring.run(&mut state, 1, 0.0, &mut noise);
                let square: f64 = state.potentials().iter().map(|u| u * u).sum();
                near("length", square.sqrt(), length, 1e-8);
            }
        }
    }

    #[test]
    fn the_silenced_neither_fire_nor_transmit() {
        let ring = Ring::new(Settings::default()).unwrap();
        let silenced: Vec<bool> = (0..100).map(|i| (45..55).contains(&i)).collect();
        let input = Input { silenced: &silenced, ..Input::default() };
        let mut with = State::cosine(100, 50.0);
        let mut without = with.clone();
        without.potentials[45..55].fill(0.0);
        for state in [&mut with, &mut without] {
            ring.step(state, &input, &mut Rng::stream(7, "noise"));
        }
        assert!(with.rates()[45..55].iter().all(|r| *r <= 0.0) && with.rates()[44] > 0.0);
        assert_eq!(with.rates(), without.rates());
    }

    #[test]
    fn a_landmark_pulls_the_bump_to_itself() {
        let ring = Ring::new(Settings::default()).unwrap();
        let (mut state, mut noise) = (State::cosine(100, 50.0), Rng::stream(7, "noise"));
        let cue: Vec<f64> = State::cosine(100, 80.0).potentials().iter().map(|u| 0.2 * u).collect();
        for _ in 0..200 {
            ring.step(&mut state, &Input { visual: &cue, ..Input::default() }, &mut noise);
        }
        near("phase", ring.bump(state.rates()).phase / TAU * 100.0, 80.0, 1.0);
    }

    #[test]
    fn a_saved_ring_goes_on_with_the_same_bits() {
        let ring = Ring::new(Settings { leak: 0.3, ..Settings::default() }).unwrap();
        let (mut state, mut noise) = (State::cosine(100, 50.0), Rng::stream(7, "noise"));
        ring.run(&mut state, 50, 1.0, &mut noise);
        let saved = serde_json::to_string(&(&state, &noise, ring.settings())).unwrap();
        ring.run(&mut state, 50, 1.0, &mut noise);

        let (mut again, mut noise, settings) =
            serde_json::from_str::<(State, Rng, Settings)>(&saved).unwrap();
        assert_eq!(again.neurons(), Some(100));
        Ring::new(settings).unwrap().run(&mut again, 50, 1.0, &mut noise);
        assert_eq!(state.rates(), again.rates());
        assert_eq!(state.potentials(), again.potentials());
    }

    #[test]
    fn a_damaged_state_has_no_number_of_neurons() {
        let mut state = State::cosine(100, 50.0);
        state.rates.pop();
        assert_eq!(state.neurons(), None);
        assert_eq!(State::new(vec![f64::NAN; 8]).neurons(), None);
    }

    #[test]
    fn trajectories_can_be_recorded_in_any_order_from_one_start() {
        let ring = Ring::new(Settings::default()).unwrap();
        let (streams, protocol) =
            (Streams::seeded(7), Protocol { steps: 3, ..Protocol::default() });
        let second = ring.record(&protocol, &streams, 1);
        let first = ring.record(&protocol, &streams, 0);
        assert_eq!(ring.record(&protocol, &streams, 1), second);
        assert_ne!(first.velocity, second.velocity);
        // The bumps formed at one place, and have since diffused by a few degrees.
        assert!(circle::wrap(first.anchor.phase - second.anchor.phase).abs() < 0.3);
        // Each row: turned first, then stepped and written down.
        let heading = first.anchor.heading + 0.025 * first.velocity[0];
        near("heading", first.heading[0], heading, 1e-12);
    }

    #[test]
    fn a_recording_without_noise_is_never_silent() {
        let ring = Ring::new(quiet()).unwrap();
        let protocol = Protocol { steps: 1, warm_up: 5, walk: Walk::default() };
        for seed in 0..100 {
            let rates = ring.record(&protocol, &Streams::seeded(seed), 0).rates;
            assert!(rates.sum() > 0.0, "seed {seed}");
        }
    }

    #[test]
    fn the_fly_turns_with_a_deviation_of_two_radians_a_second_that_fades_by_a_fifth() {
        let (mut walk, mut turns) = (Walk::default(), Rng::stream(7, "turns"));
        let v: Vec<f64> = (0..40_000).map(|_| walk.turn(&mut turns)).collect();
        let covariance = |lag: usize| {
            v.iter().zip(&v[lag..]).map(|(a, b)| a * b).sum::<f64>() / (v.len() - lag) as f64
        };
        // An AR(1) of momentum 0.8 has one independent square in 4.6: three standard errors.
        near("variance", covariance(0), 4.0, 0.2);
        near("momentum", covariance(1) / covariance(0), 0.8, 0.01);
    }

    #[test]
    fn what_no_ring_can_be_is_refused_with_its_value_and_limits() {
        for (settings, sentence) in [
            (Settings { neurons: 7, ..quiet() }, "neurons cannot be “7”: it must be 8 to 10000"),
            (
                Settings { leak: 0.0, ..quiet() },
                "leak cannot be “0”: it must be above 0 and at most 1",
            ),
            (
                Settings { gain: f64::NAN, ..quiet() },
                "gain cannot be “NaN”: it must be a finite number",
            ),
            (
                Settings { noise: -0.1, ..quiet() },
                "noise cannot be “-0.1”: it must be 0 or a positive number",
            ),
        ] {
            assert_eq!(Ring::new(settings).unwrap_err().to_string(), sentence);
        }
    }

    /// Rings of 40 to 200 neurons, even and odd, hold the same bump and turn it as fast.
    #[test]
    fn the_number_of_neurons_changes_neither_shape_nor_speed() {
        for kernel in [VelocityKernel::Original, VelocityKernel::Derivative] {
            for n in [40, 60, 61, 200] {
                let settings = Settings { neurons: n, kernel, gain: kernel.unit_gain(), ..quiet() };
                let ring = Ring::new(settings).unwrap();
                let mut state = State::cosine(n, 0.503 * n as f64);
                ring.run(&mut state, 500, 0.0, &mut nothing());
                let peak = state.rates().iter().copied().fold(0.0, f64::max);
                near("peak", peak, 0.904, 0.003);
                let before = ring.bump(state.rates());
                ring.run(&mut state, 40, 2.0, &mut nothing());
                let turned = circle::wrap(before.phase - ring.bump(state.rates()).phase);
                // 40 steps are a second, and a bump moves unevenly between few neurons.
                near("turn", turned, 2.0, 0.03);
            }
        }
    }
}
