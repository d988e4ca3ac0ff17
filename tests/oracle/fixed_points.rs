//! Fixed points, their eigenvalues and the slowest points of a line against `fixed_points.py`.

use attractor_lab::{
    analysis::fixed_points::{Census, Search, Settings, line},
    models::{
        activation::{Activation, Form},
        rate_network::RateNetwork,
    },
    rng::Rng,
};
use ndarray::{Array1, Array2};
use serde::Deserialize;
use std::sync::LazyLock;

type Rows = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
    line: LineCase,
}

#[derive(Deserialize)]
struct Case {
    network: Network,
    points: Rows,
    eigenvalues: Vec<Vec<[f64; 2]>>,
}

#[derive(Deserialize)]
struct LineCase {
    network: Network,
    ends: [Vec<f64>; 2],
    stations: Rows,
}

#[derive(Deserialize)]
#[allow(non_snake_case, reason = "the names of the fields in files")]
struct Network {
    W_rec: Rows,
    W_inp: Rows,
    bias_rec: Vec<f64>,
    input: Vec<f64>,
    equation: String,
    activation: String,
}

static ORACLE: LazyLock<Oracle> = LazyLock::new(|| {
    serde_json::from_str(include_str!("fixed_points.json")).expect("the oracle's own file")
});

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn network(of: &Network) -> RateNetwork {
    let n = of.bias_rec.len();
    RateNetwork {
        recurrent: matrix(&of.W_rec),
        input: matrix(&of.W_inp),
        output: Array2::zeros((0, n)),
        bias: Array1::from(of.bias_rec.clone()),
        start: Array1::zeros(n),
        form: if of.equation == "s" { Form::Rate } else { Form::Current },
        activation: match &of.activation[..] {
            "tanh" => Activation::Tanh,
            "sigmoid" => Activation::Sigmoid { slope: 4.0 },
            "softplus" => Activation::Softplus { sharpness: 5.0 },
            other => panic!("{other}"),
        },
        step: 1.0,
        tau: 10.0,
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[test]
fn the_search_finds_the_points_that_hybrid_powell_finds_and_no_other() {
    for case in &ORACLE.cases {
        let network = network(&case.network);
        let field = network.field(&case.network.input);
        let n = network.units();
        let settings = Settings { spread: 1.5, ..Settings::default() };
        let mut search = Search::new(settings, Array2::zeros((0, n)), &Rng::stream(3, "oracle"));
        search.finish(&field).unwrap();
        let found = search.points();
        assert_eq!(found.len(), case.points.len(), "{n} units: {:?}", Census::of(found, &field));
        for (theirs, eigenvalues) in case.points.iter().zip(&case.eigenvalues) {
            let nearest = found
                .iter()
                .min_by(|a, b| distance(&a.state, theirs).total_cmp(&distance(&b.state, theirs)))
                .unwrap();
            let gap = distance(&nearest.state, theirs);
            assert!(gap < 1e-9, "{n} units: {gap}");
            // Near a fold two eigenvalues are sensitive to the last digits of the point.
            for (ours, [re, im]) in nearest.eigenvalues.iter().zip(eigenvalues) {
                assert!((ours.re - re).abs() + (ours.im - im).abs() < 1e-7, "{ours}, {re} {im}");
            }
        }
        if network.activation.is_bounded() {
            assert_eq!(Census::of(found, &field).index_sum, Some(1));
        }
    }
}

#[test]
fn the_line_runs_where_constrained_minimisation_finds_it() {
    let LineCase { network: of, ends, stations } = &ORACLE.line;
    let network = network(of);
    let traced = line::trace(&network.field(&of.input), ends, stations.len()).unwrap();
    for (station, theirs) in traced.iter().zip(stations) {
        // SLSQP stops at a gain of 10⁻¹⁶ in q, that is at about 10⁻⁸ / √(curvature) of the point.
        let gap = distance(&station.point.state, theirs);
        assert!(gap < 1e-6, "{gap}");
    }
}
