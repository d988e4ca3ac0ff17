//! A network practises a task as it should: loss and gradient against independent numbers and
//! against the equations in plain loops, noise of the promised size, constraints that hold.

#![allow(clippy::float_cmp, reason = "what is compared exactly is exact")]

use attractor_lab::learning::apprentice::{Apprentice, Stride};
use attractor_lab::learning::beginning::{Beginning, Design, Tie};
use attractor_lab::learning::practice::{Disturbance, Practice, Prices, Run, loss_and_gradient};
use attractor_lab::learning::scan::Noise;
use attractor_lab::models::activation::{Activation, Form};
use attractor_lab::rng::Rng;
use attractor_lab::tasks::{Named, Score, Task, Trial, Trials, find};
use ndarray::Array3;
use std::ops::Range;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Waits for what on a CPU is ready at once.
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return it;
        }
    }
}

/// Six steps of sines, the same in every language.
struct Sines;

static SINES: Sines = Sines;

impl Task for Sines {
    fn id(&self) -> &'static str {
        "sines"
    }
    fn name(&self) -> &'static str {
        "Sines"
    }
    fn story(&self) -> &'static str {
        "Nobody has to do this but a test."
    }
    fn inputs(&self) -> &'static [&'static str] {
        &["first", "second"]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["first", "second"]
    }
    fn steps(&self) -> usize {
        6
    }
    fn counted(&self) -> &'static [Range<usize>] {
        &[1..3, 4..6]
    }
    fn conditions(&self) -> usize {
        1 << 20
    }
    fn condition(&self, _: usize) -> String {
        String::new()
    }
    fn score(&self) -> Score {
        Score::Course
    }
    fn present(&self, b: usize, _: &mut Rng, trial: &mut Trial) {
        for t in 0..6 {
            for k in 0..2 {
                let [time, channel, row] = [t, k, b].map(|x| x as f64);
                let input = libm::sin(0.7 * time + 1.3 * channel + 0.9 * row);
                let target = libm::cos(0.5 * time + 0.8 * channel + 1.1 * row);
                trial.inputs.set(k, t, input as f32);
                trial.targets.set(k, t, target as f32);
            }
        }
    }
}

fn quiet(seed: u64) -> Disturbance {
    let streams = ["units", "inputs"].map(|of| Rng::stream(seed, of));
    Disturbance { inputs: 0.0, units: 0.0, inside: false, streams }
}

/// Every parameter free but those that are no weights.
fn free(design: &Design) -> Vec<Tie> {
    let Design { units, inputs, outputs, .. } = *design;
    let mut ties = vec![Tie::Free; design.parameters()];
    for output in 0..outputs {
        let row = (units + output) * (units + inputs + 1);
        ties[row + units..=row + units + inputs].fill(Tie::Fixed);
    }
    ties
}

fn golden(activation: Activation) -> (Practice, Vec<f64>) {
    let design =
        Design { units: 4, inputs: 2, outputs: 2, tau: 10.0, form: Form::Rate, activation };
    let x = |i: usize| i as f64;
    let mut parameters = Vec::new();
    for i in 0..4 {
        for j in 0..4 {
            let weight = 0.9 * libm::sin(1.0 + 3.0 * x(i) + 5.0 * x(j));
            parameters.push(if i == j { 0.0 } else { weight });
        }
        for k in 0..2 {
            parameters.push(0.5 + 0.4 * libm::cos(1.0 + 2.0 * x(i) + 3.0 * x(k)));
        }
        parameters.push(0.05 * (x(i) - 1.5));
    }
    for o in 0..2 {
        for i in 0..4 {
            parameters.push(0.5 + 0.4 * libm::sin(2.0 + 3.0 * x(o) + 2.0 * x(i)));
        }
        parameters.extend([0.0; 3]);
    }
    parameters.extend([0.0; 4]);
    let practice = Practice {
        task: Named::of(&SINES),
        design,
        batch: 3,
        disturbance: quiet(7),
        prices: Prices { orthogonality: 0.3, outputs_too: true, activity: 0.1 },
        ties: free(&design),
        trials: Rng::stream(7, "trials"),
    };
    (practice, parameters)
}

/// What the equations give: the error, mean x², P, the gradient, and the states and outputs of the
/// first trial at the last step.
struct Plain {
    error: f64,
    activity: f64,
    norm: f64,
    gradient: Vec<f64>,
    state: Vec<f64>,
    output: Vec<f64>,
}

/// f and f′ from z.
fn unit(activation: Activation, z: f64) -> (f64, f64) {
    match activation {
        Activation::Tanh => (libm::tanh(z), 1.0 - libm::tanh(z) * libm::tanh(z)),
        Activation::Relu => (z.max(0.0), f64::from(u8::from(z > 0.0))),
        Activation::Sigmoid { slope: k } => {
            let a = 1.0 / (1.0 + libm::exp(-k * z));
            (a, k * a * (1.0 - a))
        }
        Activation::Softplus { sharpness: b } => {
            (libm::log1p(libm::exp(b * z)) / b, 1.0 / (1.0 + libm::exp(-b * z)))
        }
        other => panic!("{other:?} is not tested here"),
    }
}

/// The loss and, by going back through time, its gradient, in double precision and plain loops, of
/// what is `shown` and `wanted` at a step, in a trial, on a channel.
#[allow(clippy::too_many_lines, reason = "the equations from beginning to end")]
fn plain(
    practice: &Practice,
    parameters: &[f64],
    update: u64,
    shown: &dyn Fn(usize, usize, usize) -> f64,
    wanted: &dyn Fn(usize, usize, usize) -> f64,
) -> Plain {
    let Practice { design, batch, disturbance, prices, .. } = practice;
    let Design { units: n, inputs, outputs, tau, form, activation } = *design;
    let columns = n + inputs + 1;
    let alpha = 1.0 / tau;
    let kick = (2.0 / alpha).sqrt();
    let task = practice.task.task();
    let steps = task.steps();
    let counts = |t: usize| task.counted().iter().any(|range| range.contains(&t));
    let counted = (0..steps).filter(|&t| counts(t)).count();
    let w = |i: usize, j: usize| parameters[i * columns + j];
    let start = &parameters[(n + outputs) * columns..];
    let field = |of: usize| Noise::new(&disturbance.streams[of], update as u32);
    // Noise of a step for all trials, `[channel][trial]`.
    let noise = |of: usize, step: usize, count: usize| {
        let mut values = vec![0.0; count * batch];
        field(of).fill(step as u32 + 1, 0, *batch, &mut values);
        values
    };
    let mut gradient = vec![0.0; parameters.len()];
    let (mut error, mut activity) = (0.0, 0.0);
    let (mut last_state, mut last_output) = (Vec::new(), Vec::new());
    for b in 0..*batch {
        let mut states = vec![start.to_vec()];
        let mut driven = Vec::new();
        let mut drives = Vec::new();
        for t in 0..steps - 1 {
            let (eps, eta) = (noise(1, t, inputs), noise(0, t, n));
            let u: Vec<f64> = (0..inputs)
                .map(|k| {
                    let kicked = kick * disturbance.inputs * f64::from(eps[k * batch + b]);
                    shown(t, b, k) + kicked
                })
                .collect();
            let x = states[t].clone();
            let q: Vec<f64> = match form {
                Form::Rate => x.clone(),
                Form::Current => x.iter().map(|&x| unit(activation, x).0).collect(),
            };
            let mut next = vec![0.0; n];
            let mut z = vec![0.0; n];
            for i in 0..n {
                z[i] = w(i, n + inputs);
                z[i] += (0..n).map(|j| w(i, j) * q[j]).sum::<f64>();
                z[i] += (0..inputs).map(|k| w(i, n + k) * u[k]).sum::<f64>();
                let kicked = kick * disturbance.units * f64::from(eta[i * batch + b]);
                let (inside, outside) =
                    if disturbance.inside { (kicked, 0.0) } else { (0.0, kicked) };
                z[i] += inside;
                next[i] = match form {
                    Form::Rate => {
                        (1.0 - alpha) * x[i] + alpha * (unit(activation, z[i]).0 + outside)
                    }
                    Form::Current => (1.0 - alpha) * x[i] + alpha * (z[i] + outside),
                };
            }
            states.push(next);
            driven.push(u);
            drives.push(z);
        }
        let passed = |x: &[f64]| -> Vec<f64> {
            match form {
                Form::Rate => x.to_vec(),
                Form::Current => x.iter().map(|&x| unit(activation, x).0).collect(),
            }
        };
        let c = 2.0 * prices.activity / (n * steps * batch) as f64;
        // ∂L/∂q from the outputs and from the price of activity.
        let mut lambda = vec![0.0; n];
        for t in (0..steps).rev() {
            let q = passed(&states[t]);
            activity += q.iter().map(|q| q * q).sum::<f64>() / (n * steps * batch) as f64;
            let mut by_q: Vec<f64> = q.iter().map(|q| c * q).collect();
            for o in 0..outputs {
                let row = (n + o) * columns;
                let y: f64 = (0..n).map(|i| parameters[row + i] * q[i]).sum();
                if b == 0 && t == steps - 1 {
                    last_output.push(y);
                }
                if !counts(t) {
                    continue;
                }
                let off = y - wanted(t, b, o);
                let count = (outputs * counted * batch) as f64;
                error += off * off / count;
                for i in 0..n {
                    gradient[row + i] += 2.0 * off / count * q[i];
                    by_q[i] += 2.0 * off / count * parameters[row + i];
                }
            }
            // δ of the step from t to t + 1, already in `lambda`'s step.
            if t < steps - 1 {
                let delta: Vec<f64> = (0..n)
                    .map(|i| match form {
                        Form::Rate => alpha * unit(activation, drives[t][i]).1 * lambda[i],
                        Form::Current => alpha * lambda[i],
                    })
                    .collect();
                for i in 0..n {
                    for j in 0..n {
                        gradient[i * columns + j] += delta[i] * q[j];
                        by_q[j] += w(i, j) * delta[i];
                    }
                    for k in 0..inputs {
                        gradient[i * columns + n + k] += delta[i] * driven[t][k];
                    }
                    gradient[i * columns + n + inputs] += delta[i];
                }
            }
            for i in 0..n {
                let slope = match form {
                    Form::Rate => 1.0,
                    Form::Current => unit(activation, states[t][i]).1,
                };
                lambda[i] = (1.0 - alpha) * lambda[i] + slope * by_q[i];
            }
        }
        for i in 0..n {
            gradient[(n + outputs) * columns + i] += lambda[i];
        }
        if b == 0 {
            last_state.clone_from(&states[steps - 1]);
        }
    }
    let norm = add_overlap(practice, parameters, &mut gradient);
    for (slope, tie) in gradient.iter_mut().zip(&practice.ties) {
        if *tie == Tie::Fixed {
            *slope = 0.0;
        }
    }
    Plain { error, activity, norm, gradient, state: last_state, output: last_output }
}

/// ‖offdiag B̂ᵀB̂‖; adds its slope, times its price.
fn add_overlap(practice: &Practice, parameters: &[f64], gradient: &mut [f64]) -> f64 {
    let Design { units: n, inputs, outputs, .. } = practice.design;
    let columns = n + inputs + 1;
    // Where each vector lies.
    let mut places: Vec<Vec<usize>> =
        (0..inputs).map(|k| (0..n).map(|i| i * columns + n + k).collect()).collect();
    if practice.prices.outputs_too {
        places.extend((0..outputs).map(|o| ((n + o) * columns..).take(n).collect()));
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let vectors: Vec<Vec<f64>> =
        places.iter().map(|place| place.iter().map(|&at| parameters[at]).collect()).collect();
    let lengths: Vec<f64> = vectors.iter().map(|v| dot(v, v).sqrt()).collect();
    let cosine = |k: usize, l: usize| dot(&vectors[k], &vectors[l]) / (lengths[k] * lengths[l]);
    let pairs = || (0..places.len()).flat_map(|k| (0..places.len()).map(move |l| (k, l)));
    let apart = || pairs().filter(|(k, l)| k != l);
    let norm = apart().map(|(k, l)| cosine(k, l).powi(2)).sum::<f64>().sqrt();
    // ∂cos/∂a = (b̂ − cos · â) / |a|, and each pair is in the sum twice.
    for (k, l) in apart() {
        for (i, &at) in places[k].iter().enumerate() {
            let [a, b] = [k, l].map(|k| vectors[k][i] / lengths[k]);
            let slope = (b - cosine(k, l) * a) / lengths[k];
            gradient[at] += practice.prices.orthogonality * 2.0 * cosine(k, l) * slope / norm;
        }
    }
    norm
}

/// Numbers that PyTorch's autograd confirmed, for tanh and relu: the loss and its parts, a state and
/// an output at the end, and of W, Wᵢ, Wₒ and b the norm, one entry and the sum of the gradient.
struct Golden {
    losses: [f64; 4],
    state: [f64; 4],
    output: [f64; 2],
    gradients: [[f64; 3]; 4],
}

const TANH: Golden = Golden {
    losses: [0.707_970_034_534, 2.394_382_891_365, 0.009_610_605_622, 1.427_245_962_506],
    state: [0.083_260_807_373, 0.073_879_539_304, 0.152_789_941_487, 0.228_587_305_657],
    output: [0.350_562_587_514, 0.190_490_616_979],
    gradients: [
        [0.035_801_784_474, 0.008_434_092_638, 0.140_728_439_531],
        [0.346_865_821_608, 0.086_286_572_111, 0.682_545_887_144],
        [0.402_458_482_662, 0.124_322_622_114, 0.900_730_390_355],
        [0.206_143_956_569, 0.088_632_988_303, 0.409_821_371_663],
    ],
};
const RELU: Golden = Golden {
    losses: [0.792_554_553_811, 2.394_382_891_365, 0.013_720_474_429, 1.512_241_468_663],
    state: [0.113_525_488_129, 0.161_225_587_728, 0.187_491_991_651, 0.290_363_833_341],
    output: [0.462_742_727_192, 0.289_890_902_451],
    gradients: [
        [0.044_078_457_835, 0.010_199_188_776, 0.161_697_365_908],
        [0.402_186_031_304, 0.122_968_257_326, 0.964_005_491_156],
        [0.460_391_939_026, 0.171_013_604_563, 1.104_409_708_954],
        [0.296_956_887_098, 0.102_482_721_046, 0.583_001_283_052],
    ],
};

/// Compares losses and gradients with the golden ones; within a relative tolerance.
fn compare(golden: &Golden, losses: [f64; 3], gradient: &[f64], tolerance: f64) {
    let close = |found: f64, expected: f64| {
        let off = (found - expected).abs() / expected.abs();
        assert!(off < tolerance, "{found} instead of {expected}: {off:e}");
    };
    let [error, activity, norm] = losses;
    let total = error + 0.3 * norm + 0.1 * activity;
    for (found, expected) in [error, norm, activity, total].into_iter().zip(golden.losses) {
        close(found, expected);
    }
    let row = |i: usize, columns: Range<usize>| &gradient[i * 7..][columns];
    let rows = |first: usize, count: usize, columns: Range<usize>| -> Vec<f64> {
        (first..first + count).flat_map(|i| row(i, columns.clone()).to_vec()).collect()
    };
    let parts = [
        (rows(0, 4, 0..4), 1),
        (rows(0, 4, 4..6), 1),
        (rows(4, 2, 0..4), 1),
        (rows(0, 4, 6..7), 1),
    ];
    for ((part, at), [norm, entry, sum]) in parts.into_iter().zip(golden.gradients) {
        close(part.iter().map(|g| g * g).sum::<f64>().sqrt(), norm);
        close(part[at], entry);
        close(part.iter().sum(), sum);
    }
}

#[test]
fn the_fast_kernels_find_the_golden_numbers() {
    for (activation, golden_numbers) in [(Activation::Tanh, TANH), (Activation::Relu, RELU)] {
        let (practice, parameters) = golden(activation);
        let single: Vec<f32> = parameters.iter().map(|&w| w as f32).collect();
        let (losses, gradient) = loss_and_gradient(&practice, &single, 0).expect("a lesson");
        let gradient: Vec<f64> = gradient.into_iter().map(f64::from).collect();
        compare(&golden_numbers, losses, &gradient, 1e-5);
    }
}

#[test]
fn the_equations_in_double_precision_are_the_golden_ones() {
    for (activation, golden_numbers) in [(Activation::Tanh, TANH), (Activation::Relu, RELU)] {
        let (practice, parameters) = golden(activation);
        let [input, target] = [libm::sin, libm::cos].map(|of| {
            move |[a, b, c]: [f64; 3], t: usize, trial: usize, k: usize| {
                of(a * t as f64 + b * k as f64 + c * trial as f64)
            }
        });
        let found = plain(
            &practice,
            &parameters,
            0,
            &|t, b, k| input([0.7, 1.3, 0.9], t, b, k),
            &|t, b, k| target([0.5, 0.8, 1.1], t, b, k),
        );
        compare(&golden_numbers, [found.error, found.activity, found.norm], &found.gradient, 1e-10);
        for (found, expected) in found.state.iter().zip(golden_numbers.state) {
            assert!((found - expected).abs() < 1e-12);
        }
        for (found, expected) in found.output.iter().zip(golden_numbers.output) {
            assert!((found - expected).abs() < 1e-12);
        }
    }
}

/// A practice of everything that can be turned on.
fn busy(form: Form, activation: Activation, inside: bool) -> (Practice, Vec<f32>) {
    let design = Design { units: 13, inputs: 2, outputs: 2, tau: 4.0, form, activation };
    let dale = activation == Activation::Relu;
    let beginning = Beginning {
        excitatory: dale.then_some(0.7),
        density: 0.8,
        bias: true,
        start: true,
        ..Beginning::default()
    };
    let (network, ties) = beginning.draw(design, &Rng::stream(3, "network")).expect("a network");
    let mut parameters = design.flatten(&network);
    // Biases and a first state that are not zero.
    let mut rng = Rng::stream(3, "biases");
    for (value, tie) in parameters.iter_mut().zip(&ties) {
        if *value == 0.0 && *tie != Tie::Fixed {
            *value = (0.3 * rng.normal()) as f32;
        }
    }
    let practice = Practice {
        task: Named::of(&SINES),
        design,
        batch: 37,
        disturbance: Disturbance { inputs: 0.1, units: 0.2, inside, ..quiet(5) },
        prices: Prices { orthogonality: 0.3, outputs_too: !inside, activity: 0.2 },
        ties,
        trials: Rng::stream(7, "trials"),
    };
    (practice, parameters)
}

#[test]
fn loss_and_gradient_are_those_of_the_equations_with_noise_in_either_place() {
    for form in [Form::Rate, Form::Current] {
        for activation in [
            Activation::Tanh,
            Activation::Relu,
            Activation::Sigmoid { slope: 7.5 },
            Activation::Softplus { sharpness: 5.0 },
        ] {
            for inside in [false, true] {
                let (practice, parameters) = busy(form, activation, inside);
                let (losses, gradient) =
                    loss_and_gradient(&practice, &parameters, 4).expect("a lesson");
                let double: Vec<f64> = parameters.iter().map(|&w| f64::from(w)).collect();
                let trials = Trials::draw(&SINES, &practice.trials, 4 * 37, 37);
                let expected = plain(
                    &practice,
                    &double,
                    4,
                    &|t, b, k| f64::from(trials.inputs[[t, b, k]]),
                    &|t, b, k| f64::from(trials.targets[[t, b, k]]),
                );
                let pairs = [expected.error, expected.activity, expected.norm];
                for (found, expected) in losses.into_iter().zip(pairs) {
                    assert!((found / expected - 1.0).abs() < 1e-5, "{found}, not {expected}");
                }
                let largest = expected.gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
                for (at, (found, expected)) in gradient.iter().zip(&expected.gradient).enumerate() {
                    let off = (f64::from(*found) - expected).abs() / largest;
                    // A unit at a corner may fall to either side: none does with these numbers.
                    assert!(off < 2e-5, "{form:?} {activation:?} {inside} at {at}: {off:e}");
                }
            }
        }
    }
}

/// Nothing but noise reaches the outputs, each of which shows one unit.
#[test]
fn noise_moves_a_lone_unit_by_its_size_whatever_the_time_constant() {
    for (form, tau) in [(Form::Rate, 10.0), (Form::Rate, 4.0), (Form::Current, 10.0)] {
        let (inputs, outputs, units) = (1, 8, 8);
        let activation = Activation::Tanh;
        let design = Design { units, inputs, outputs, tau, form, activation };
        let mut parameters = vec![0.0; design.parameters()];
        for unit in 0..8 {
            parameters[(8 + unit) * 10 + unit] = 1.0;
        }
        // Small enough for tanh to be a straight line.
        let size = if form == Form::Rate { 1.0 } else { 1e-3 };
        let noise = Disturbance { units: size, ..quiet(7) };
        let silence = Array3::zeros((400, 256, 1));
        let run = Run::of(design, &parameters, &silence, Some((&noise, 3)));
        let late = run.outputs.slice(ndarray::s![100.., .., ..]);
        let square = late.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / late.len() as f64;
        let found = square.sqrt() / size;
        // √(2 / (2 − α)); the error is √(τ / 614 400), a third of a percent.
        let expected = (2.0 / (2.0 - 1.0 / tau)).sqrt();
        assert!((found - expected).abs() < 0.01, "{form:?}, {tau}: {found}, not {expected}");
    }
}

#[test]
fn noise_on_the_inputs_passes_through_their_weights() {
    let (form, activation, tau) = (Form::Rate, Activation::Relu, 10.0);
    let design = Design { units: 1, inputs: 2, outputs: 1, tau, form, activation };
    // One unit, far above threshold: w = (0.6, 0.8), bias 50.
    let parameters = [0.0, 0.6, 0.8, 50.0, 1.0, 0.0, 0.0, 0.0, 50.0];
    let noise = Disturbance { inputs: 1.0, ..quiet(7) };
    let silence = Array3::zeros((400, 512, 2));
    let run = Run::of(design, &parameters, &silence, Some((&noise, 0)));
    let late = run.outputs.slice(ndarray::s![100.., .., ..]);
    let square =
        late.iter().map(|&x| (f64::from(x) - 50.0).powi(2)).sum::<f64>() / late.len() as f64;
    assert!((square.sqrt() - 1.0264).abs() < 0.02, "{}", square.sqrt());
}

fn dale() -> (Practice, Vec<f32>) {
    let task = find("dmts").expect("a task");
    let (form, activation) = (Form::Rate, Activation::Relu);
    let design = Design { units: 20, inputs: 2, outputs: 2, tau: 10.0, form, activation };
    let beginning =
        Beginning { excitatory: Some(0.8), density: 0.9, bias: true, ..Beginning::default() };
    let (network, ties) = beginning.draw(design, &Rng::stream(3, "network")).expect("a network");
    let practice = Practice {
        task: Named::of(task),
        design,
        batch: 16,
        disturbance: Disturbance { inputs: 0.03, units: 0.03, ..quiet(5) },
        prices: Prices { orthogonality: 0.3, outputs_too: true, activity: 0.1 },
        ties,
        trials: Rng::stream(7, "trials"),
    };
    (practice, design.flatten(&network))
}

const STRIDE: Stride = Stride { rate: 0.05, clip: 0.0, decay: 5e-6 };

#[test]
fn dales_law_holds_after_every_update() {
    let (practice, parameters) = dale();
    let missing: Vec<usize> =
        (0..20 * 23).filter(|&at| at % 23 < 20 && parameters[at] == 0.0).collect();
    // The diagonal, and two of each unit's connections, of which one may be on it.
    assert!((40..=60).contains(&missing.len()), "{}", missing.len());
    let mut apprentice = Apprentice::new(practice, parameters.clone()).expect("a lesson");
    let mut changed = false;
    for update in 0..60 {
        wait(apprentice.update(STRIDE)).expect("an update");
        let now = apprentice.parameters();
        let network = apprentice.practice().design.network(now);
        for ((to, from), &weight) in network.recurrent.indexed_iter() {
            let allowed = if from < 16 { weight >= 0.0 } else { weight <= 0.0 };
            assert!(allowed, "update {update}: {weight} from unit {from} to {to}");
            assert!(to != from || weight == 0.0, "update {update}: unit {to} excites itself");
        }
        assert!(network.input.iter().chain(&network.output).all(|&w| w >= 0.0));
        assert!(network.bias.iter().all(|b| b.abs() <= 1.0));
        assert!(missing.iter().all(|&at| now[at] == 0.0), "a connection grew");
        changed |= now != parameters;
    }
    assert!(changed);
}

#[test]
fn input_and_output_weights_that_share_no_unit_have_a_price_of_nothing_and_a_finite_slope() {
    let (practice, mut parameters) = dale();
    let columns = 23;
    // Units 0 to 4 for the first input, 5 to 9 for the second, and so on for the outputs.
    for unit in 0..20 {
        for k in 0..2 {
            parameters[unit * columns + 20 + k] = f32::from(u8::from(unit / 5 == k));
            parameters[(20 + k) * columns + unit] = f32::from(u8::from(unit / 5 == 2 + k));
        }
    }
    let ([.., norm], gradient) = loss_and_gradient(&practice, &parameters, 0).expect("a lesson");
    assert_eq!(norm, 0.0);
    assert!(gradient.iter().all(|slope| slope.is_finite()));
    // A vector of no length at all.
    for unit in 0..20 {
        parameters[unit * columns + 20] = 0.0;
    }
    let (losses, gradient) = loss_and_gradient(&practice, &parameters, 0).expect("a lesson");
    assert!(losses.iter().all(|loss| loss.is_finite()));
    assert!(gradient.iter().all(|slope| slope.is_finite()));
}

#[test]
fn an_apprenticeship_goes_on_from_its_checkpoint_with_the_same_bits() {
    let (practice, parameters) = dale();
    let mut whole = Apprentice::new(practice.clone(), parameters).expect("a lesson");
    let mut losses = Vec::new();
    for update in 0..12 {
        let loss = wait(whole.update(STRIDE)).expect("an update");
        losses.push(loss);
        whole.judge(f64::from(update % 5));
        if update == 5 {
            let saved = whole.save();
            whole = Apprentice::load(practice.clone(), saved).expect("our own state");
        }
    }
    let (practice, parameters) = dale();
    let mut straight = Apprentice::new(practice, parameters).expect("a lesson");
    for (update, loss) in losses.into_iter().enumerate() {
        assert_eq!(wait(straight.update(STRIDE)).expect("an update"), loss);
        straight.judge((update % 5) as f64);
    }
    assert_eq!(whole.save(), straight.save());
    assert_eq!(whole.best().map(|best| best.update), Some(1));
}

#[test]
fn a_state_of_another_network_is_refused() {
    let (practice, parameters) = dale();
    let state = Apprentice::new(practice, parameters).expect("a lesson").save();
    let (other, _) = golden(Activation::Tanh);
    assert!(Apprentice::load(other, state).is_err());
}
