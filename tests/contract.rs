#![allow(clippy::unwrap_used, reason = "a test may panic")]
//! Laws that every experiment obeys, old and new alike.

use attractor_lab::{
    bundle,
    crew::Crew,
    experiments::catalogue,
    jobs,
    lab::{Entry, Event, Kind, Recipe, Run, Surroundings, Values},
    plot,
};
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

/// The small version of an experiment, with an end.
fn quick(entry: &Entry, seed: u64) -> Recipe {
    let recipe = entry.quick(seed);
    Recipe { steps: entry.endless.then_some(150), ..recipe }
}

fn begin(recipe: &Recipe) -> Run {
    finish(Run::begin(recipe, &catalogue(), alone())).unwrap()
}

fn alone() -> Surroundings {
    Surroundings::without_gpu("this is a test")
}

/// Steps `run` to its end, `stride` steps at a time; the clock stands still.
fn events(run: &mut Run, stride: u64) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let slice = finish(run.advance(1.0, stride, || 0.0)).unwrap();
        events.extend(slice.events);
        if slice.over {
            return events;
        }
    }
}

/// What of the events does not depend on how often they were asked for.
fn lasting(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().filter(|event| !matches!(event, Event::Progress { .. })).collect()
}

fn fingerprint(run: &Run) -> String {
    finish(run.recipe()).unwrap().fingerprint.unwrap().to_string()
}

#[test]
fn the_same_recipe_gives_the_same_events_however_it_is_sliced() {
    for entry in catalogue() {
        let recipe = quick(&entry, 7);
        let whole = lasting(events(&mut begin(&recipe), u64::MAX));
        assert_eq!(whole, lasting(events(&mut begin(&recipe), 1)), "{}", entry.id);
        let other = lasting(events(&mut begin(&quick(&entry, 8)), u64::MAX));
        assert_ne!(whole, other, "{} ignores its seed", entry.id);
    }
}

#[test]
fn helping_threads_change_no_bit() {
    for entry in catalogue() {
        let recipe = quick(&entry, 7);
        let mut alone = begin(&recipe);
        events(&mut alone, u64::MAX);
        for hands in [1, 3] {
            let crew = Crew::threads(hands, jobs::trades());
            let around = Surroundings { crew, ..self::alone() };
            let mut helped = finish(Run::begin(&recipe, &catalogue(), around)).unwrap();
            events(&mut helped, u64::MAX);
            assert_eq!(fingerprint(&helped), fingerprint(&alone), "{} with {hands}", entry.id);
        }
    }
}

#[test]
fn half_a_run_saved_restored_and_finished_is_the_whole_run_bit_for_bit() {
    for entry in catalogue() {
        let mut recipe = quick(&entry, 7);
        let mut whole = begin(&recipe);
        events(&mut whole, u64::MAX);
        let half = whole.steps() / 2;
        recipe.steps = Some(half.max(1));
        let mut run = begin(&recipe);
        finish(run.advance(f64::INFINITY, half.max(1), || 0.0)).unwrap();
        let saved = finish(run.save()).unwrap();
        let mut run = finish(Run::restore(&saved, &catalogue(), alone())).unwrap();
        finish(run.advance(f64::INFINITY, whole.steps() - half.max(1), || 0.0)).unwrap();
        assert_eq!(run.steps(), whole.steps(), "{}", entry.id);
        assert_eq!(fingerprint(&run), fingerprint(&whole), "{}", entry.id);
    }
}

#[test]
fn a_finished_runs_link_proves_its_result() {
    for entry in catalogue() {
        let mut run = begin(&quick(&entry, 7));
        events(&mut run, u64::MAX);
        let link = finish(run.recipe()).unwrap().link();
        let again = Recipe::read(&link, &catalogue()).unwrap();
        let verdicts = events(&mut begin(&again), u64::MAX);
        assert!(
            verdicts.iter().any(|event| matches!(event, Event::Verdict { same: true, text } if text.contains("bit for bit"))),
            "{}: {verdicts:?}",
            entry.id
        );
        let mut forged = again.clone();
        forged.seed += 1;
        let verdicts = events(&mut begin(&forged), u64::MAX);
        assert!(
            !verdicts.iter().any(
                |event| matches!(event, Event::Verdict { text, .. } if text.contains("bit for bit"))
            ),
            "{}: another seed passes for the same result",
            entry.id
        );
    }
}

#[test]
fn a_run_that_was_steered_too_often_for_a_link_is_restored_and_opened_from_its_file() {
    let recipe = Recipe { steps: Some(2000), ..quick(&catalogue()[0], 7) };
    let mut run = begin(&recipe);
    for turn in 0..1500 {
        run.steer("turning", &f64::from(turn % 7).into()).unwrap();
        finish(run.advance(1.0, 1, || 0.0)).unwrap();
    }
    let recipe = finish(run.recipe()).unwrap();
    assert!(Recipe::read(&recipe.to_string(), &catalogue()).is_err(), "it is too long for a link");
    let file = serde_json::to_string_pretty(&recipe).unwrap();
    assert_eq!(Recipe::read(&file, &catalogue()).unwrap(), recipe);
    let saved = finish(run.save()).unwrap();
    let restored = finish(Run::restore(&saved, &catalogue(), alone())).unwrap();
    assert_eq!(fingerprint(&restored), fingerprint(&run));
}

#[test]
fn a_damaged_checkpoint_is_refused_with_a_sentence() {
    for entry in catalogue() {
        let mut run = begin(&quick(&entry, 7));
        finish(run.advance(f64::INFINITY, 1, || 0.0)).unwrap();
        let saved = finish(run.save()).unwrap();
        let open = |bytes: &[u8]| finish(Run::restore(bytes, &catalogue(), alone())).err();
        assert!(open(&saved).is_none(), "{}", entry.id);
        let stride = (saved.len() / 40).max(1);
        for at in (0..saved.len()).step_by(stride) {
            let mut torn = saved.clone();
            torn[at] ^= 0x10;
            let why =
                open(&torn).unwrap_or_else(|| panic!("{}: byte {at} does not count", entry.id));
            assert!(why.to_string().starts_with("the checkpoint cannot be opened"), "{why}");
            assert!(open(&saved[..at]).is_some(), "{}: {at} bytes pass for a run", entry.id);
        }
    }
}

/// A checksum can be right and the state wrong: then the state is refused, and nothing panics.
#[test]
fn a_state_that_does_not_fit_its_recipe_is_refused() {
    for entry in catalogue() {
        let mut run = begin(&quick(&entry, 7));
        finish(run.advance(f64::INFINITY, 1, || 0.0)).unwrap();
        let saved = finish(run.save()).unwrap();
        let body = &saved[..saved.len() - 4];
        let stride = (body.len() / 60).max(1);
        for at in (8..body.len()).step_by(stride) {
            let mut forged = body.to_vec();
            forged[at] = forged[at].wrapping_add(97);
            forged.extend(crc32fast::hash(&forged).to_le_bytes());
            let opened = finish(Run::restore(&forged, &catalogue(), alone()));
            if let Ok(mut run) = opened {
                // It may be a sound state with another number in it: then it runs, or says why not.
                let _ = finish(run.advance(f64::INFINITY, 1, || 0.0));
            }
        }
    }
}

#[test]
fn a_link_survives_the_round_trip() {
    for entry in catalogue() {
        let recipe = quick(&entry, 7);
        assert_eq!(Recipe::read(&recipe.link(), &catalogue()).unwrap(), recipe, "{}", entry.id);
    }
}

#[test]
fn every_preset_is_within_the_limits_and_the_first_is_the_default() {
    for entry in catalogue() {
        assert!(!entry.presets.is_empty(), "{} has no preset", entry.id);
        for preset in &entry.presets {
            let checked = entry.complete(&preset.values).unwrap();
            assert_eq!(checked, preset.values, "{}: {}", entry.id, preset.name);
        }
        assert_eq!(
            entry.complete(&Values::new()).unwrap(),
            entry.presets[0].values,
            "{}",
            entry.id
        );
    }
}

#[test]
fn every_knob_says_what_it_is_and_refuses_what_is_outside() {
    for entry in catalogue() {
        for knob in &entry.knobs {
            let reserved = ["v", "seed", "steps", "steer", "fp"].contains(&knob.key);
            assert!(!reserved, "{}.{} means something else in a link", entry.id, knob.key);
            assert!(knob.help.len() > 10 && knob.help.ends_with('.'), "{}.{}", entry.id, knob.key);
            for text in ["NaN", "inf", "-1e300", "1e300", "1000000000", "perhaps", "", "<b>"] {
                let Err(why) = knob.read(text) else { continue };
                assert!(why.to_string().contains(knob.key), "{why}");
            }
            if let Kind::Count { max, .. } = knob.kind {
                assert!(knob.read(&(max + 1).to_string()).is_err(), "{}.{}", entry.id, knob.key);
            }
        }
    }
}

#[test]
fn every_experiment_explains_itself_and_leads_on_to_one_that_exists() {
    for entry in catalogue() {
        assert!(entry.question.ends_with('?'), "{} is not a question", entry.id);
        assert!(entry.about.contains("<math"), "{} shows no equation", entry.id);
        assert!(entry.about.len() > 800, "{} explains too little", entry.id);
        for next in entry.next {
            assert!(Entry::find(&catalogue(), next.experiment).is_ok(), "{}", next.experiment);
        }
    }
}

#[test]
fn every_experiment_shows_figures_that_can_be_drawn_and_files_that_can_be_kept() {
    for entry in catalogue() {
        let mut run = begin(&quick(&entry, 7));
        events(&mut run, u64::MAX);
        assert!(!run.findings().is_empty(), "{} finds nothing", entry.id);
        assert!(!run.figures().is_empty(), "{} draws nothing", entry.id);
        for figure in run.figures() {
            figure.check().unwrap();
            assert!(!figure.summary.is_empty(), "{}: {} says nothing", entry.id, figure.id);
            for panel in &figure.panels {
                let bare = panel.x.label.is_empty() && panel.title.is_empty();
                assert!(!bare, "{}: a panel of {} is without a name", entry.id, figure.id);
            }
            assert!(plot::svg(figure, plot::Theme::Light).contains("</svg>"));
        }
        let files = finish(bundle::files(&mut run, "test")).unwrap();
        assert!(files.iter().any(|(name, _)| name == "manifest.json"), "{}", entry.id);
        let again = {
            let mut run = begin(&quick(&entry, 7));
            events(&mut run, 3);
            finish(bundle::pack(&mut run, "test")).unwrap()
        };
        assert_eq!(finish(bundle::pack(&mut run, "test")).unwrap(), again, "{}", entry.id);
    }
}

#[test]
fn a_steered_run_replays_bit_for_bit_from_its_link_and_from_its_file() {
    for entry in catalogue() {
        let Some(knob) = entry.knobs.iter().find(|knob| knob.live) else { continue };
        let mut recipe = quick(&entry, 7);
        recipe.steps = None;
        let mut run = begin(&recipe);
        for (steps, share) in [(20, 0.25), (30, 0.75), (25, 0.5)] {
            let value = match &knob.kind {
                Kind::Count { min, max } => (min + ((max - min) as f64 * share) as u64).into(),
                Kind::Number { min, max } => {
                    // Below the default, if there is something: above, a training may be lost.
                    let default = knob.default.as_f64().unwrap();
                    let most = if default > *min { default } else { *max };
                    (min + (most - min) * share).into()
                }
                Kind::Choice { options } => options[(options.len() as f64 * share) as usize].into(),
                Kind::Switch => (share > 0.5).into(),
                Kind::Material { .. } => panic!("material is not changed under a run"),
            };
            run.steer(knob.key, &value).unwrap();
            finish(run.advance(f64::INFINITY, steps, || 0.0)).unwrap();
        }
        let shared = finish(run.recipe()).unwrap();
        assert_eq!(shared.steering.len(), 3, "{}", entry.id);
        let file = serde_json::to_string(&shared).unwrap();
        for text in [shared.link(), shared.to_string(), file] {
            let mut again = begin(&Recipe::read(&text, &catalogue()).unwrap());
            events(&mut again, 7);
            assert_eq!(fingerprint(&again), fingerprint(&run), "{}", entry.id);
        }
    }
}
