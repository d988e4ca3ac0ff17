//! Attractor Lab does the exercise, as one of those that `benches/main.mjs` lets race: reads what
//! is wanted from its standard input, one line each, see `exercise.py`. The argument is the number
//! of threads.

#![allow(clippy::disallowed_methods, reason = "here there is a clock, and it is what is wanted")]

use attractor_lab::crew::Crew;
use attractor_lab::jobs;
use attractor_lab::learning::exercise::{Exercise, Size};
use attractor_lab::learning::scan::{Lanes, peak};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let threads = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(1_usize).max(1);
    let crew = Crew::threads(threads - 1, jobs::trades());
    let mut exercise = None;
    answer(&json!({ "name": "Attractor Lab" }))?;
    for line in io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let number = |key: &str| asked[key].as_u64().unwrap_or(0) as usize;
        if asked["units"].is_u64() {
            let size =
                Size { units: number("units"), steps: number("steps"), trials: number("trials") };
            let begun = exercise.insert(wait(Exercise::new(size, &crew))?);
            let (first, error) = timed(|| wait(begun.update()));
            let mut errors = vec![error?];
            for _ in 0..3 {
                errors.push(wait(begun.update())?);
            }
            answer(&json!({ "errors": errors, "first": first }))?;
        } else if asked["peak"].is_boolean() {
            answer(&json!({ "peak": most() }))?;
        } else if let Some(exercise) = &mut exercise {
            let before = processor_seconds();
            let mut wall = Vec::new();
            for _ in 0..number("updates") {
                let (seconds, error) = timed(|| wait(exercise.update()));
                error?;
                wall.push(seconds);
            }
            let cpu = processor_seconds().zip(before).map(|(now, before)| now - before);
            answer(&json!({ "wall": wall, "cpu": cpu }))?;
        }
    }
    Ok(())
}

fn answer(message: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}")?;
    out.flush()
}

/// Waits for what other threads are doing.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return it;
        }
        thread::park();
    }
}

/// How many seconds `work` takes, and what it returns.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let made = work();
    (began.elapsed().as_secs_f64(), made)
}

/// The most operations a second that the engine's kernel makes out of the nearest cache.
fn most() -> f64 {
    let speed = |_| {
        let (seconds, operations) = timed(|| peak(Lanes::best(), 5_000));
        operations / seconds
    };
    (0..20).map(speed).fold(0.0, f64::max)
}

/// How long processors have worked for this program, all its threads together, where the system
/// says so.
fn processor_seconds() -> Option<f64> {
    let of_thread = |thread: io::Result<std::fs::DirEntry>| -> Option<f64> {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    let all = std::fs::read_dir("/proc/self/task").ok()?;
    all.map(of_thread).sum::<Option<f64>>().map(|nanoseconds| nanoseconds / 1e9)
}
