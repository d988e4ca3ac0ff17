#![allow(clippy::unwrap_used, reason = "a test may panic")]
//! Laws of runs on a recording that a visitor brings.

use attractor_lab::{
    Error,
    experiments::{catalogue, opening::Opening},
    files::npz::Npz,
    lab::{Entry, Event, Recipe, Run, Shelf, Surroundings},
    models::ring::{Protocol, Ring, Settings, Streams},
};
use ndarray::{Array2, Array3, Axis};
use std::{
    pin::pin,
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

/// Six walks of a ring of twenty neurons, its rates in Hz, as NumPy's arrays.
fn file() -> Vec<u8> {
    let ring = Ring::new(Settings { neurons: 20, ..Settings::default() }).unwrap();
    let protocol = Protocol { steps: 120, ..Protocol::default() };
    let (mut rates, mut velocity) = (Array3::zeros((6, 120, 20)), Array2::zeros((6, 120)));
    for walk in 0..6 {
        let trajectory = ring.record(&protocol, &Streams::seeded(7), walk as u64);
        rates.index_axis_mut(Axis(0), walk).assign(&(trajectory.rates * 80.0));
        velocity.row_mut(walk).assign(&trajectory.velocity);
    }
    let npz = Npz::default().with("rates", &rates).unwrap();
    npz.with("velocity", &velocity).unwrap().pack().unwrap()
}

/// Opens the file; what lies on the shelf now, and the link that works on it.
fn opened() -> (Surroundings, Recipe) {
    let opening = Opening::read(vec![("mine.npz".into(), file())]).unwrap();
    let taken = opening.take(&opening.guess().unwrap()).unwrap();
    let around = Surroundings { shelf: Shelf::default(), ..Surroundings::without_gpu("a test") };
    assert_eq!(around.shelf.open(taken.bytes), taken.material);
    let link = format!(
        "ring-identify?seed=7&hidden=10&batch=2&window=5&updates=15&device=cpu&recording={}",
        taken.material
    );
    (around, Recipe::read(&link, &catalogue()).unwrap())
}

fn begin(recipe: &Recipe, around: &Surroundings) -> Run {
    finish(Run::begin(recipe, &catalogue(), around.clone())).unwrap()
}

fn go(run: &mut Run, steps: u64) -> Vec<Event> {
    finish(run.advance(f64::INFINITY, steps, || 0.0)).unwrap().events
}

fn fingerprint(run: &Run) -> String {
    finish(run.recipe()).unwrap().fingerprint.unwrap().to_string()
}

#[test]
fn half_a_run_saved_restored_and_finished_is_the_whole_run_bit_for_bit() {
    let (around, recipe) = opened();
    let mut whole = begin(&recipe, &around);
    go(&mut whole, u64::MAX);
    assert!(whole.steps() > 45, "three students of 15 updates, and their examinations");
    for half in [1, 20, 50] {
        let mut run = begin(&recipe, &around);
        go(&mut run, half);
        let saved = finish(run.save()).unwrap();
        let mut run = finish(Run::restore(&saved, &catalogue(), around.clone())).unwrap();
        go(&mut run, u64::MAX);
        assert_eq!(fingerprint(&run), fingerprint(&whole), "after {half} steps");
    }
    let names: Vec<_> = whole.files().iter().map(|file| file.name.as_str()).collect();
    assert!(names.contains(&"recording.npz") && names.contains(&"identification.npz"), "{names:?}");
}

#[test]
fn a_link_proves_its_result_and_says_what_it_needs() {
    let (around, recipe) = opened();
    let mut run = begin(&recipe, &around);
    go(&mut run, u64::MAX);
    let shared = Recipe::read(&finish(run.recipe()).unwrap().link(), &catalogue()).unwrap();
    let events = go(&mut begin(&shared, &around), u64::MAX);
    assert!(events.iter().any(|event| matches!(event, Event::Verdict { same: true, .. })));

    let elsewhere = Surroundings::without_gpu("a test");
    let Err(why) = finish(Run::begin(&shared, &catalogue(), elsewhere)) else {
        panic!("it runs without its recording")
    };
    assert!(matches!(why, Error::NotOpen { .. }), "{why}");
    let needs = Entry::find(&catalogue(), "ring-identify").unwrap().needs(&shared.values);
    assert!(why.to_string().contains(&needs[0].fingerprint.to_string()), "{why}");
}

#[test]
fn knobs_that_are_put_aside_change_nothing() {
    let (around, recipe) = opened();
    let catalogue = catalogue();
    let entry = Entry::find(&catalogue, "ring-identify").unwrap();
    let mut run = begin(&recipe, &around);
    go(&mut run, u64::MAX);
    let mut other = recipe.clone();
    let idle = entry.idle(&recipe.values).unwrap();
    assert!(idle.contains(&"neurons") && idle.contains(&"noise"), "{idle:?}");
    for key in idle {
        let preset = |values: &attractor_lab::lab::Values| values[key] != recipe.values[key];
        let changed = entry.presets.iter().find(|named| preset(&named.values));
        if let Some(changed) = changed {
            other.values.insert(key.into(), changed.values[key].clone());
        }
    }
    assert_ne!(other, recipe);
    let mut again = begin(&other, &around);
    go(&mut again, u64::MAX);
    assert_eq!(fingerprint(&again), fingerprint(&run));
}

#[test]
fn a_batch_or_a_window_that_the_recording_cannot_fill_is_refused() {
    let (around, recipe) = opened();
    for (key, value) in [("batch", 90), ("window", 150)] {
        let mut other = recipe.clone();
        other.values.insert(key.into(), value.into());
        let Err(why) = finish(Run::begin(&other, &catalogue(), around.clone())) else {
            panic!("{key} = {value} is taken")
        };
        assert!(why.to_string().starts_with(&format!("{key} cannot be “{value}”")), "{why}");
    }
}
