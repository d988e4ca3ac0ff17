//! The compass ring and its analyses against `ring.py`.

use attractor_lab::{
    analysis::{
        bump::Shape,
        connectivity as wiring,
        diffusion::diffusion,
        prediction::Prediction,
        tuning::{Bins, Tuning, blurred},
    },
    models::ring::{Input, Ring, Settings, State, VelocityKernel},
    rng::Rng,
};
use ndarray::{Array1, Array2};
use serde::Deserialize;
use std::sync::LazyLock;

type Rows = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Oracle {
    rings: Vec<RingCase>,
    shapes: Vec<ShapeCase>,
    tuning: TuningCase,
    connectivity: WiringCase,
    diffusion: DiffusionCase,
    prediction: PredictionCase,
}

#[derive(Deserialize)]
struct RingCase {
    n: usize,
    kernel: VelocityKernel,
    gain: f64,
    leak: f64,
    bias: f64,
    start: f64,
    velocity: Vec<f64>,
    visual: Vec<f64>,
    silenced: Vec<usize>,
    rates: Rows,
    phase: f64,
    strength: f64,
}

#[derive(Deserialize)]
struct ShapeCase {
    rates: Vec<f64>,
    peak: f64,
    active: usize,
    width: f64,
    sum: f64,
    length: f64,
}

#[derive(Deserialize)]
struct TuningCase {
    rows: usize,
    columns: usize,
    fastest: f64,
    velocity: Vec<f64>,
    heading: Vec<f64>,
    rates: Rows,
    visits: Rows,
    maps: Vec<Rows>,
    modulation: Vec<f64>,
    preferred: Vec<f64>,
    blurred: Rows,
}

#[derive(Deserialize)]
struct WiringCase {
    a: Rows,
    b: Rows,
    to_hidden: Rows,
    from_hidden: Rows,
    input: Vec<f64>,
    correlation: f64,
    profile: Vec<f64>,
    circulant_fraction: f64,
    product: Rows,
    weighted_product: Rows,
    shifts: Vec<f64>,
    shifts_by_sign: [(f64, f64); 2],
}

#[derive(Deserialize)]
struct DiffusionCase {
    paths: Rows,
    lag: usize,
    coefficient: f64,
}

#[derive(Deserialize)]
struct PredictionCase {
    observed: Rows,
    predicted: Rows,
    variance: f64,
    r_squared: f64,
}

static ORACLE: LazyLock<Oracle> =
    LazyLock::new(|| serde_json::from_str(include_str!("ring.json")).expect("ring.json"));

fn matrix(rows: &Rows) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).expect("rows of one length")
}

/// Every number agrees to `tolerance`.
#[track_caller]
fn agree<'a>(
    ours: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>,
    theirs: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>,
    tolerance: f64,
) {
    let (ours, theirs) = (ours.into_iter(), theirs.into_iter());
    assert_eq!(ours.len(), theirs.len());
    for (i, (ours, theirs)) in ours.zip(theirs).enumerate() {
        assert!((ours - theirs).abs() < tolerance, "number {i}: {ours}, the oracle says {theirs}");
    }
}

/// Three hundred steps under changing velocity, for both kernels, several sizes and leaks, with
/// and without visual input and silenced neurons. Sums run in another order there, and a turning
/// bump keeps the difference.
#[test]
fn the_ring_moves_as_numpy_moves_it() {
    for case in &ORACLE.rings {
        let ring = Ring::new(Settings {
            neurons: case.n,
            kernel: case.kernel,
            gain: case.gain,
            leak: case.leak,
            bias: case.bias,
            noise: 0.0,
            ..Settings::default()
        });
        let (ring, mut never) = (ring.unwrap(), Rng::stream(0, "never drawn"));
        let silenced: Vec<bool> = (0..case.n).map(|i| case.silenced.contains(&i)).collect();
        let mut state = State::cosine(case.n, case.start);
        let mut rates = Vec::new();
        for (t, &velocity) in case.velocity.iter().enumerate() {
            let input = Input { velocity, visual: &case.visual, silenced: &silenced };
            ring.step(&mut state, &input, &mut never);
            if (t + 1) % 50 == 0 {
                rates.extend_from_slice(state.rates());
            }
        }
        agree(&rates, &case.rates.concat(), 1e-10);
        let bump = ring.bump(state.rates());
        agree(&[bump.phase, bump.strength], &[case.phase, case.strength], 1e-10);
    }
}

#[test]
fn bumps_have_the_shape_numpy_sees() {
    for case in &ORACLE.shapes {
        let shape = Shape::of(&case.rates);
        assert_eq!(shape.active, case.active);
        agree(&[shape.peak, shape.sum, shape.length], &[case.peak, case.sum, case.length], 1e-12);
        // NumPy looks for the crossings on a grid of 1/20 000 of a neuron or finer.
        agree(&[shape.width], &[case.width], 2e-5);
    }
}

#[test]
fn tuning_maps_are_numpys_histograms() {
    let case = &ORACLE.tuning;
    let bins = Bins { velocities: case.rows, headings: case.columns, fastest: case.fastest };
    let mut tuning = Tuning::new(3, bins);
    let (velocity, heading) =
        (Array1::from(case.velocity.clone()), Array1::from(case.heading.clone()));
    tuning.add(matrix(&case.rates).view(), velocity.view(), heading.view());
    agree(&tuning.visits(), &case.visits.concat(), 0.5);
    for (unit, map) in case.maps.iter().enumerate() {
        agree(&tuning.map(unit), &map.concat(), 1e-12);
    }
    agree(&tuning.modulation(), &case.modulation, 1e-12);
    agree(&tuning.preferred(), &case.preferred, 1e-12);
    agree(&blurred(tuning.map(0).view()), &case.blurred.concat(), 1e-12);
}

#[test]
fn wiring_is_compared_as_numpy_compares_it() {
    let case = &ORACLE.connectivity;
    let (a, b) = (matrix(&case.a), matrix(&case.b));
    let (to, from) = (matrix(&case.to_hidden), matrix(&case.from_hidden));
    let input = Array1::from(case.input.clone());
    agree(
        &[wiring::correlation(a.view(), b.view()), wiring::circulant_fraction(a.view())],
        &[case.correlation, case.circulant_fraction],
        1e-12,
    );
    agree(&wiring::profile(a.view()), &case.profile, 1e-12);
    agree(&wiring::product(to.view(), from.view()), &case.product.concat(), 1e-12);
    let weighted = wiring::weighted_product(to.view(), input.view(), from.view());
    agree(&weighted, &case.weighted_product.concat(), 1e-12);
    let shifts = wiring::shifts(to.view(), from.view());
    agree(&shifts, &case.shifts, 1e-12);
    for (ours, theirs) in
        wiring::shifts_by_sign(shifts.view(), input.view()).iter().zip(&case.shifts_by_sign)
    {
        agree(&[ours.0, ours.1], &[theirs.0, theirs.1], 1e-12);
    }
}

#[test]
fn diffusion_is_numpys_mean_square_displacement() {
    let case = &ORACLE.diffusion;
    let found = diffusion(matrix(&case.paths).view(), case.lag);
    agree(&[found.coefficient], &[case.coefficient], 1e-12);
}

#[test]
fn a_prediction_explains_what_numpy_says_it_explains() {
    let case = &ORACLE.prediction;
    let mut prediction = Prediction::default();
    prediction.add(matrix(&case.predicted).view(), matrix(&case.observed).view());
    agree(&[prediction.r_squared(case.variance)], &[case.r_squared], 1e-12);
}
