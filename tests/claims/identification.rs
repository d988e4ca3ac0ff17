//! System identification of the ring: what the specification measured, in bands that hold for any
//! seed, on a smaller ring and in shorter trainings; and a recording brought by a visitor.

use attractor_lab::{
    experiments::{
        catalogue,
        recording::{Mapping, Recording},
    },
    files::{arrays, npz::Npz},
    lab::{Event, Finding, Recipe, Run, Surroundings},
    models::ring::{Protocol, Ring, Settings, Streams},
};
use ndarray::{Array2, Array3};
use std::{
    collections::BTreeMap,
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

/// Drives a future that never needs to wait for anything.
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Runs a link to its end.
fn run(link: &str, around: Surroundings) -> (Run, Vec<Event>) {
    let recipe = Recipe::read(link, &catalogue()).expect("a link");
    let mut run = finish(Run::begin(&recipe, &catalogue(), around)).expect("a run");
    let slice = finish(run.advance(f64::INFINITY, u64::MAX, || 0.0)).expect("an end");
    assert!(slice.over);
    (run, slice.events)
}

/// What a run came to, by name.
fn numbers(run: &Run) -> BTreeMap<&'static str, f64> {
    run.findings().into_iter().map(|Finding { name, value, .. }| (name, value)).collect()
}

/// A table file, by the names of its rows.
fn table(run: &Run) -> BTreeMap<String, Vec<Option<f64>>> {
    let file = run.files().iter().find(|file| file.name == "findings.csv").expect("a table");
    let text = String::from_utf8(file.bytes.clone()).expect("text");
    let row = |line: &str| {
        // Names are not quoted unless they hold a comma; quoted ones are put right here.
        let line = match line.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some((name, rest)) => format!("{}{rest}", name.replace(',', ";")),
            None => line.to_owned(),
        };
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        (cells[0].clone(), cells[2..5].iter().map(|cell| cell.parse().ok()).collect())
    };
    text.lines().skip(1).map(row).collect()
}

/// Three students of a ring of 50 neurons, trained with the seed 5.
fn compared() -> &'static BTreeMap<String, Vec<Option<f64>>> {
    static COMPARED: LazyLock<BTreeMap<String, Vec<Option<f64>>>> = LazyLock::new(|| {
        let link = "ring-identify?seed=5&neurons=50&hidden=50&updates=800&rate=0.003&batch=10\
                    &trajectories=30&tests=6&length=500&warm_up=20&device=cpu";
        table(&run(link, Surroundings::without_gpu("this is a test")).0)
    });
    &COMPARED
}

/// A number of the separated student, of the one that is not, and of the control.
#[track_caller]
fn of(name: &str) -> [f64; 3] {
    let row = &compared()[name];
    [0, 1, 2].map(|arm| row[arm].unwrap_or(f64::NAN))
}

#[test]
fn students_with_hidden_units_learn_the_ring_ten_times_better() {
    let [separated, plain, control] = of("mean squared error");
    assert!(plain > 4.0 * separated && plain > 4.0 * control, "{separated} {plain} {control}");
}
