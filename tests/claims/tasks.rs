//! Networks trained on tasks: what was measured of the original, in bands that hold for any seed.

use attractor_lab::{
    crew::Crew,
    experiments::catalogue,
    jobs,
    lab::{Finding, Recipe, Run, Surroundings},
};
use std::{
    collections::BTreeMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Drives a future that waits for nothing but other threads.
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
        std::thread::yield_now();
    }
}

/// Runs a link to its end; what it came to, by name, and its history: rows of updates made, total
/// loss without noise, R² and skill.
fn run(link: &str) -> (BTreeMap<&'static str, f64>, Vec<[f64; 4]>) {
    let recipe = Recipe::read(link, &catalogue()).expect("a link");
    let crew = Crew::threads(1, jobs::trades());
    let around = Surroundings { crew, ..Surroundings::without_gpu("this is a test") };
    let mut run = finish(Run::begin(&recipe, &catalogue(), around)).expect("a run");
    let slice = finish(run.advance(f64::INFINITY, u64::MAX, || 0.0)).expect("an end");
    assert!(slice.over);
    let numbers =
        run.findings().into_iter().map(|Finding { name, value, .. }| (name, value)).collect();
    let file = run.files().iter().find(|file| file.name == "history.csv").expect("a history");
    let text = String::from_utf8(file.bytes.clone()).expect("text");
    let row = |line: &str| {
        let cells: Vec<Option<f64>> = line.split(',').map(|cell| cell.parse().ok()).collect();
        let loss = [4, 5, 6].map(|at| cells[at]);
        let [error, orthogonality, activity] = loss;
        Some([cells[0]?, error? + orthogonality? + activity?, cells[7]?, cells[8]?])
    };
    (numbers, text.lines().skip(1).filter_map(row).collect())
}

/// After how many updates a number was first reached.
fn first(history: &[[f64; 4]], column: usize, least: f64) -> f64 {
    history.iter().find(|row| row[column] >= least).map_or(f64::INFINITY, |row| row[0])
}

#[test]
fn three_bits_are_right_within_a_hundred_updates_and_have_eight_memories() {
    let (numbers, history) = run("task-train?seed=23&updates=150");
    let (right, exact) = (first(&history, 3, 0.99), first(&history, 2, 0.8));
    assert!(right <= 100.0, "99 % of bits after {right} updates");
    assert!(exact <= 150.0, "R² = 0.8 after {exact} updates");
    let names = ["attractors", "with one way out", "with two ways out", "with three ways out"];
    let counts = names.map(|name| numbers[name] as u32);
    assert_eq!(counts, [8, 12, 6, 1], "{numbers:?}");
    assert_eq!(numbers["sum of their indices"] as i32, 1, "{numbers:?}");
}

#[test]
fn a_network_attends_to_what_counts_and_ignores_the_other() {
    let (numbers, _) =
        run("task-train?seed=23&task=cddm-60&unit=relu&dale=true&input_noise=0.05&noise=0.05\
         &updates=500&batch=338&among=inputs&activity=0.5&decay=0.000001&inside=false");
    let of = |name: &str| numbers[name];
    assert!(of("least loss without noise") <= 0.055, "{numbers:?}");
    assert!(of("mean squared error") <= 0.045, "{numbers:?}");
    assert!(of("choices that are right") >= 0.97, "{numbers:?}");
    for (slope, bias) in
        [("slope by motion", "bias by motion"), ("slope by colour", "bias by colour")]
    {
        assert!(of(slope) >= 20.0 && of(bias).abs() <= 0.05, "{numbers:?}");
    }
    assert!(of("pull of the colour when motion counts") <= 0.06, "{numbers:?}");
    assert!(of("pull of the motion when colour counts") <= 0.06, "{numbers:?}");
}
