//! The student learns what it should: its gradient against independent numbers, its training
//! against itself, saved and gone on with.

use attractor_lab::Error;
use attractor_lab::crew::Crew;
use attractor_lab::learning::device::{Device, Wish, disagreement, open};
use attractor_lab::learning::golden;
use attractor_lab::learning::recording::{Recording, Window};
use attractor_lab::learning::student::{error_and_gradient, run};
use attractor_lab::learning::train::{Trainer, TrainerState, Training};
use attractor_lab::learning::weights::{Init, Shape, Weights};
use attractor_lab::learning::{self, imitation};
use attractor_lab::rng::Rng;
use ndarray::{Array1, Array2, Array3, Axis, s};
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

#[test]
fn the_student_computes_the_golden_numbers() {
    let report = wait(golden::check(&Device::cpu())).expect("the CPU answers");
    // The plain form, with its rates, and the fast kernels.
    assert_eq!(report.compared, 2 * (1 + 6 + 6 + 6 + 3 + 3 + 2) + 12);
    assert!(report.max_error < golden::TOLERANCE, "{report:?}");
}

/// The equations once more, in double precision and in plain loops.
fn plain_error(weights: &[Array2<f64>; 4], shape: Shape, window: &Window) -> f64 {
    let [recurrent, bias, input, input_bias] = weights;
    let (steps, trajectories, observed) = window.target.dim();
    let mut error = 0.0;
    for b in 0..trajectories {
        let mut state = Array1::<f64>::zeros(shape.units);
        state.slice_mut(s![..observed]).assign(&window.start.row(b).mapv(f64::from));
        for t in 0..steps {
            let mut z = state.dot(recurrent) + bias.row(0);
            let velocity = f64::from(window.velocity[[t, b]]);
            let mut driven = z.slice_mut(s![shape.units - shape.driven..]);
            driven += &(&input.row(0) * velocity + input_bias.row(0));
            // At a corner, differences are not derivatives.
            assert!(z.iter().all(|z| z.abs() > 1e-5), "choose another seed");
            let rates = z.mapv(|z| libm::tanh(z).max(0.0));
            let target = window.target.slice(s![t, b, ..]);
            let off = |(r, &x): (&f64, &f32)| (r - f64::from(x)).powi(2);
            error += rates.iter().zip(target).map(off).sum::<f64>();
            state = state * (1.0 - shape.leak) + rates * shape.leak;
        }
    }
    error / (steps * trajectories * observed) as f64
}

#[test]
fn the_gradient_is_that_of_the_equations_in_every_parameter_and_every_arm() {
    for shape in [
        Shape::separated(4, 3, 0.2),
        Shape::plain(5, 0.7),
        Shape::driven_everywhere(3, 4, 0.3),
        Shape { units: 7, observed: 5, driven: 4, leak: 1.0 },
    ] {
        let rng = Rng::stream(11, "gradient test");
        let init = Init { scale: 1.0, bias: 0.1 };
        let weights = Weights::draw(shape, init, &rng).expect("a student");
        let mut draw = rng.lane(9);
        let mut number = move || (2.0 * draw.uniform() - 0.7) as f32;
        let window = Window {
            start: Array2::from_shape_simple_fn((3, shape.observed), &mut number),
            velocity: Array2::from_shape_simple_fn((6, 3), &mut number),
            target: Array3::from_shape_simple_fn((6, 3, shape.observed), &mut number),
        };
        let (error, gradient) =
            wait(error_and_gradient(&Device::cpu(), &weights, &window)).expect("the CPU answers");

        let parts = |of: &Weights| {
            let row = |part: Array1<f64>| part.insert_axis(Axis(0));
            [of.recurrent(), row(of.bias()), row(of.input()), row(of.input_bias())]
        };
        let mut moved = parts(&weights);
        assert!((error - plain_error(&moved, shape, &window)).abs() < 1e-6);
        for (part, slopes) in parts(&gradient).into_iter().enumerate() {
            for (at, slope) in slopes.indexed_iter() {
                let here = moved[part][at];
                let mut aside = |step: f64| {
                    moved[part][at] = here + step;
                    let error = plain_error(&moved, shape, &window);
                    moved[part][at] = here;
                    error
                };
                let expected = (aside(1e-6) - aside(-1e-6)) / 2e-6;
                assert!(
                    (slope - expected).abs() < 1e-6,
                    "{shape:?}, part {part}, {at:?}: {slope} instead of {expected}"
                );
            }
        }
    }
}

/// A ring of `neurons` that turns with its velocity: the teacher, drawn for any size.
fn ring(neurons: usize, trajectories: usize, times: usize) -> Recording {
    // Offsets are counted in hundredths of a turn, as for a hundred neurons.
    let scale = 100.0 / neurons as f64;
    let offset = |post: usize, pre: usize| {
        let steps = (post + neurons + neurons / 2 - pre) % neurons;
        (steps as f64 - (neurons / 2) as f64) * scale
    };
    let still = Array2::from_shape_fn((neurons, neurons), |(post, pre)| {
        scale * (0.1 * libm::cos(0.06 * offset(post, pre)) - 0.03)
    });
    let turning = Array2::from_shape_fn((neurons, neurons), |(post, pre)| {
        let d = offset(post, pre);
        scale * -0.02 * 0.1 * 0.06 * d * libm::sin(0.06 * d.abs())
    });
    let mut rates = Array3::zeros((trajectories, times, neurons));
    let mut velocity = Array2::zeros((trajectories, times));
    let mut initial = vec![0.0; neurons];
    Rng::stream(0, "initial").fill_normal(&mut initial);
    for trajectory in 0..trajectories {
        let mut noise = Rng::stream(1, "noise").lane(trajectory as u64);
        let mut turns = Rng::stream(1, "velocity").lane(trajectory as u64);
        let mut state = Array1::from(initial.clone()) / (neurons as f64).sqrt();
        let mut v = 0.0;
        for time in 0..500 + times {
            v = 0.8 * v + 1.2 * turns.normal();
            let applied = if time < 500 { 0.0 } else { v };
            let mut kick = vec![0.0; neurons];
            noise.fill_normal(&mut kick);
            let kick = Array1::from(kick);
            let length = kick.dot(&kick).sqrt();
            state = state + kick * (0.1 / length);
            state = (still.dot(&state) + turning.dot(&state) * applied)
                .mapv(|z| libm::tanh(z).max(0.0));
            if let Some(time) = time.checked_sub(500) {
                rates.slice_mut(s![trajectory, time, ..]).assign(&state);
                velocity[[trajectory, time]] = v;
            }
        }
    }
    Recording::new(rates.view(), velocity.view()).expect("a recording")
}

/// A small student of `ring(20, ..)` in training.
fn trainer(training: Training, every: usize) -> Trainer {
    let init = Init { scale: 0.1, bias: 0.1 };
    let weights = Weights::draw(Shape::separated(20, 20, 0.2), init, &Rng::stream(7, "student"))
        .expect("a student");
    Trainer::new(&Device::cpu(), &weights, training, every, &Rng::stream(7, "windows"))
        .expect("a training")
}

const SMALL: Training = Training {
    rate: 3e-3,
    warm_up: 20,
    end: 0.02,
    clip: 0.05,
    decay: 0.0,
    batch: 6,
    window: 30,
    updates: 150,
    goal: 0.0,
    patience: 0,
};

#[test]
fn a_small_student_learns_and_its_error_falls_fivefold() {
    let recording = ring(20, 8, 100);
    let mut trainer = trainer(SMALL, 25);
    while trainer.done() < SMALL.updates {
        wait(trainer.update(&recording)).expect("an update");
    }
    let errors = trainer.take_errors();
    assert!(errors.iter().map(|&(update, _)| update).eq(0..150));
    let mean = |errors: &[(u64, f32)]| {
        errors.iter().map(|&(_, error)| error).sum::<f32>() / errors.len() as f32
    };
    let (first, last) = (mean(&errors[..10]), mean(&errors[140..]));
    assert!(last < first / 5.0, "{first} → {last}");

    // What was learned is also there in the free run: it starts as the training did.
    let weights = wait(trainer.weights()).expect("the CPU answers");
    let window = recording.window(0, &[0, 3], 30);
    let (start, velocity) = (window.start.mapv(f64::from), window.velocity.t().mapv(f64::from));
    let rates = wait(run(&Device::cpu(), &weights, start.view(), velocity.view()))
        .expect("the CPU answers");
    let (error, _) = wait(error_and_gradient(&Device::cpu(), &weights, &window)).expect("answers");
    let target = window.target.mapv(f64::from).permuted_axes([1, 0, 2]);
    let off = &rates.slice(s![.., .., ..20]) - &target;
    assert!((off.mapv(|off| off * off).mean().expect("numbers") - error).abs() < 1e-7);
}

#[test]
fn a_saved_training_goes_on_with_the_same_bits() {
    let recording = ring(20, 8, 60);
    let train = |trainer: &mut Trainer, updates| {
        for _ in 0..updates {
            wait(trainer.update(&recording)).expect("an update");
        }
    };
    let mut straight = trainer(SMALL, 7);
    train(&mut straight, 50);

    let mut first = trainer(SMALL, 7);
    train(&mut first, 26);
    let state = wait(first.save()).expect("the CPU answers");
    let file = postcard::to_allocvec(&state).expect("bytes");
    let state: TrainerState = postcard::from_bytes(&file).expect("our own bytes");
    let mut second = Trainer::load(&Device::cpu(), state).expect("our own state");
    train(&mut second, 24);
    // To save does not disturb.
    train(&mut first, 24);

    let end = wait(straight.save()).expect("the CPU answers");
    for other in [&mut first, &mut second] {
        assert_eq!(wait(other.save()).expect("the CPU answers"), end);
        assert_eq!(other.take_errors().len(), 50);
    }
    train(&mut second, 1);
    assert_ne!(wait(second.save()).expect("the CPU answers").weights(), end.weights());
}

#[test]
fn a_damaged_state_is_refused_with_a_sentence() {
    let mut trainer = trainer(Training { batch: 2, window: 5, ..SMALL }, 10);
    wait(trainer.update(&ring(20, 2, 6))).expect("an update");
    let state = wait(trainer.save()).expect("the CPU answers");
    let damage = |path: &str, value: serde_json::Value| {
        let mut json = serde_json::to_value(&state).expect("numbers");
        // As a graphics processor leaves it.
        json["pending"] = serde_json::json!([0.5]);
        *json.pointer_mut(path).expect("a field") = value;
        let state: TrainerState = serde_json::from_value(json).expect("a state");
        Trainer::load(&Device::cpu(), state).err().map(|error| error.to_string())
    };
    assert_eq!(damage("/done", 1.into()), None);
    for (path, value, complaint) in [
        ("/mean", serde_json::json!([0.0]), "Adam remembers 1 parameters, the student has 1680"),
        ("/square/3", (-1.0).into(), "Adam remembers a negative square"),
        ("/every", 0.into(), "1 errors wait to be read, every 0 updates, after 1 of them"),
        ("/done", 0.into(), "1 errors wait to be read, every 10 updates, after 0 of them"),
        ("/weights/values", serde_json::json!([]), "it holds 0 parameters instead of 1680"),
        ("/weights/shape/units", 0.into(), "the number of units cannot be “0”"),
        ("/weights/shape/units", u32::MAX.into(), "the number of units cannot be “4294967295”"),
        ("/training/batch", 0.into(), "the batch cannot be “0”"),
    ] {
        let refusal = damage(path, value).expect(complaint);
        assert!(refusal.contains("cannot be opened") && refusal.contains(complaint), "{refusal}");
    }
}

#[test]
fn a_recording_that_does_not_fit_is_refused_and_the_training_not_touched() {
    let mut trainer = trainer(SMALL, 10);
    let before = wait(trainer.save()).expect("the CPU answers");
    for (recording, complaint) in [
        (ring(21, 8, 60), "21 neurons were recorded, but the student has 20 to compare"),
        (ring(20, 5, 60), "a batch of 6 needs more than the 5 recorded trajectories"),
        (ring(20, 6, 30), "a window of 30 steps needs more than the 30 recorded ones"),
    ] {
        let refusal = wait(trainer.update(&recording)).expect_err("too small");
        assert_eq!(refusal, Error::Conflict { why: complaint.into() });
    }
    assert_eq!(wait(trainer.save()).expect("the CPU answers"), before);
    // Exactly enough is enough.
    wait(trainer.update(&ring(20, 6, 31))).expect("one window, all trajectories");
}

#[test]
fn a_training_that_is_lost_says_when_and_why_and_stands_where_it_stood() {
    let recording = ring(20, 8, 60);
    for rate in [1e3, 1e38] {
        let mut trainer = trainer(Training { rate, warm_up: 0, ..SMALL }, 5);
        let (mut before, mut lost) = (None, None);
        for _ in 0..5 {
            before = Some(wait(trainer.save()).expect("the CPU answers"));
            lost = wait(trainer.update(&recording)).err();
            if lost.is_some() {
                break;
            }
        }
        let fits = matches!(
            lost,
            Some(Error::Diverged { step: 1..=5, .. } | Error::Vanished { step: 1..=5, .. })
        );
        assert!(fits, "a rate of {rate}: {lost:?}");
        assert_eq!(wait(trainer.save()).ok(), before);
    }
}

#[test]
fn a_training_stops_at_its_goal_or_when_it_does_not_improve_and_keeps_the_best() {
    let recording = ring(20, 8, 100);
    let unseen = ring(20, 12, 100).only(8..12);
    let train = |training: Training| {
        let mut trainer = trainer(training, 1).held_out(unseen.clone(), 10);
        while trainer.done() < training.updates {
            wait(trainer.update(&recording)).expect("an update");
        }
        assert_eq!(trainer.done(), training.updates);
        trainer
    };
    let whole = train(SMALL);
    assert_eq!(whole.ended_early(), None);
    let seen: Vec<u64> = whole.validation().iter().map(|look| look.0).collect();
    assert_eq!(seen, (1..=15).map(|k| 10 * k).collect::<Vec<_>>());
    let least = whole.validation().iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("looks");
    let best = whole.best().expect("a best student");
    assert_eq!((best.update, best.error), *least);

    let mut errors = train(Training { goal: 0.05, ..SMALL });
    let ended = errors.ended_early().expect("an early end");
    let errors = errors.take_errors();
    assert_eq!(errors.len() as u64, ended);
    let recent = &errors[errors.len() - 25..];
    assert!(recent.iter().map(|error| error.1).sum::<f32>() / 25.0 <= 0.05);

    // So large a rate that nothing gets better.
    let restless = train(Training { rate: 0.5, end: 1.0, clip: 0.0, patience: 40, ..SMALL });
    let best = restless.best().expect("a best student").update;
    assert_eq!(restless.ended_early(), Some(best + 40));
}

#[test]
fn any_number_of_threads_comes_to_the_same_bits() {
    let recording = ring(20, 20, 60);
    let train = |hands: usize| {
        let crew = Crew::threads(hands, learning::trades());
        let training = Training { batch: 19, ..SMALL };
        let mut trainer = trainer(training, 1).with_crew(&crew);
        for _ in 0..20 {
            wait(trainer.update(&recording)).expect("an update");
        }
        // Nineteen trials are three shards: the fourth thread finds nothing to do.
        assert_eq!(trainer.threads(), (hands + 1).min(3));
        wait(trainer.save()).expect("the CPU answers")
    };
    let alone = train(0);
    for hands in [1, 2, 3] {
        assert_eq!(train(hands), alone, "{hands} hands");
    }
}

#[test]
fn the_fast_lesson_has_the_gradient_of_the_plain_form() {
    for (shape, trials, steps) in [
        (Shape::separated(5, 3, 0.2), 3, 7),
        (Shape::plain(31, 0.7), 1, 1),
        (Shape::driven_everywhere(33, 37, 0.2), 16, 49),
    ] {
        let rng = Rng::stream(9, "student");
        let weights =
            Weights::draw(shape, Init { scale: 1.0, bias: 0.1 }, &rng).expect("a student");
        let mut rng = rng.lane(2);
        let mut number = move || rng.uniform() as f32;
        let window = Window {
            start: Array2::from_shape_simple_fn((trials, shape.observed), &mut number),
            velocity: Array2::from_shape_simple_fn((steps, trials), || 4.0 * number() - 2.0),
            target: Array3::from_shape_simple_fn((steps, trials, shape.observed), || 0.5),
        };
        let (plain_error, plain) =
            wait(error_and_gradient(&Device::cpu(), &weights, &window)).expect("the CPU answers");
        let (error, fast) = imitation::error_and_gradient(&weights, &window).expect("one shard");
        assert!((error - plain_error).abs() < 1e-6, "{shape:?}: {error}, {plain_error}");
        let parts = |w: &Weights| {
            w.recurrent()
                .iter()
                .chain(&w.bias())
                .chain(&w.input())
                .chain(&w.input_bias())
                .copied()
                .collect::<Vec<_>>()
        };
        let (plain, fast) = (parts(&plain), parts(&fast));
        let largest = plain.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        for (plain, fast) in plain.iter().zip(fast) {
            assert!((plain - fast).abs() < 1e-5 * largest, "{shape:?}: {fast} instead of {plain}");
        }
    }
}

#[test]
fn without_a_graphics_processor_the_cpu_runs_and_says_why() {
    let (device, why) = wait(open(Wish::WebGpu, "this browser offers no WebGPU.", None));
    assert!(!device.is_gpu());
    assert!(why.ends_with("because this browser offers no WebGPU."), "{why}");
    let (_, why) = wait(open(Wish::Cpu, "", None));
    assert_eq!(why, "Running on the CPU, as asked.");
}

#[test]
fn a_device_agrees_with_itself() {
    assert!(wait(disagreement(&Device::cpu(), &Device::cpu())).expect("answers") < 1e-12);
}
