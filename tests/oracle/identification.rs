//! The examination of a student and the numbers of the comparison against `identification.py`.

use attractor_lab::{
    analysis::{
        connectivity as wiring,
        modulation::{Modulation, agreement},
    },
    experiments::ring_identify::{
        evidence::{Bearing, Evidence, Walk},
        exam::{Exam, MeanSquare},
    },
    models::{leaky::Leaky, ring::Anchor},
};
use ndarray::{Array2, s};
use serde::Deserialize;
use std::sync::LazyLock;

type Rows = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Oracle {
    exam: ExamCase,
    comparison: ComparisonCase,
}

#[derive(Deserialize)]
struct Network {
    recurrent: Rows,
    bias: Vec<f64>,
    input: Vec<f64>,
    input_bias: Vec<f64>,
    leak: f64,
}

#[derive(Deserialize)]
struct ExamCase {
    network: Network,
    rates: Vec<Rows>,
    velocity: Rows,
    heading: Rows,
    anchor: [f64; 2],
    variance: f64,
    windows: f64,
    whole: f64,
    hold: f64,
    after_window: f64,
    drift: Vec<f64>,
    dead: Vec<usize>,
}

#[derive(Deserialize)]
struct ComparisonCase {
    weights: Rows,
    truth: Rows,
    both: Rows,
    slope: f64,
    listening: Vec<f64>,
    correlation: f64,
    indices: Vec<f64>,
    input: Vec<f64>,
    median: f64,
    high: f64,
    shifters: f64,
    agreement: f64,
}

static ORACLE: LazyLock<Oracle> = LazyLock::new(|| {
    serde_json::from_str(include_str!("identification.json")).expect("our own file")
});

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    let shape = (rows.len(), rows[0].len());
    Array2::from_shape_vec(shape, rows.concat()).expect("rows of one length")
}

#[track_caller]
fn agree<'a>(ours: impl IntoIterator<Item = &'a f64>, theirs: &[f64], tolerance: f64) {
    let ours: Vec<f64> = ours.into_iter().copied().collect();
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() < tolerance, "{ours} here, {theirs} in NumPy");
    }
}

#[test]
fn a_student_examined_piece_by_piece_gets_numpys_marks() {
    let case = &ORACLE.exam;
    let network = Leaky {
        recurrent: matrix(&case.network.recurrent),
        bias: case.network.bias.clone().into(),
        input: case.network.input.clone().into(),
        input_bias: case.network.input_bias.clone().into(),
        leak: case.network.leak,
    };
    let [phase, heading] = case.anchor;
    let mut evidence = Evidence::default();
    for ((rates, velocity), headings) in case.rates.iter().zip(&case.velocity).zip(&case.heading) {
        let anchor = Anchor { phase, heading };
        evidence.add_test(Walk {
            rates: matrix(rates),
            velocity: velocity.clone().into(),
            bearing: Some(Bearing { heading: headings.clone().into(), anchor }),
        });
    }
    agree(
        &[evidence.variance(), evidence.baselines.hold.error()],
        &[case.variance, case.hold],
        1e-12,
    );
    let mut exam = Exam::new(network.units(), evidence.steps());
    for _ in 0..Exam::length(evidence.tests.len(), evidence.steps()) {
        exam.go_on(&network, &evidence);
    }
    agree(
        &[exam.windows.error(), exam.whole.error(), exam.after_window.root().unwrap_or(0.0)],
        &[case.windows, case.whole, case.after_window],
        1e-10,
    );
    let drift: Vec<f64> = exam.drift.iter().filter_map(MeanSquare::root).collect();
    // Where the rates nearly cancel, their direction is known less well than they are.
    agree(&drift, &case.drift, 1e-8);
    assert_eq!(exam.activity.dead(0.05), case.dead);
}

#[test]
fn the_numbers_of_the_comparison_are_numpys() {
    let case = &ORACLE.comparison;
    let (weights, truth) = (matrix(&case.weights), matrix(&case.truth));
    let n = truth.nrows();
    let both = wiring::direct_and_indirect(weights.view(), n);
    agree(&both, &case.both.concat(), 1e-12);
    agree(&[wiring::correlation(both.view(), truth.view())], &[case.correlation], 1e-12);
    let direct = weights.slice(s![..n, ..n]);
    agree(&[wiring::line(direct, truth.view()).slope], &[case.slope], 1e-12);
    let to_hidden = weights.slice(s![..n, n..]);
    agree(&wiring::listening(to_hidden), &case.listening, 1e-12);
    let Modulation { median, high, shifters } = Modulation::of(&case.indices);
    agree(
        &[median, high, shifters, agreement(&case.indices, &case.input)],
        &[case.median, case.high, case.shifters, case.agreement],
        1e-12,
    );
}
