#![allow(clippy::unwrap_used, reason = "a test may panic")]
//! Links: old ones still mean what they meant, bad ones get a sentence.

use attractor_lab::{experiments::catalogue, lab::Recipe};
use proptest::prelude::*;

fn refusal(link: &str) -> String {
    Recipe::read(link, &catalogue()).expect_err("this link is bad").to_string()
}

/// Links that were handed out with version 1. They are never edited: a laboratory that reads them
/// differently has broken somebody's slide.
#[test]
fn links_of_version_1_still_read_as_they_did() {
    let read = |link| Recipe::read(link, &catalogue()).unwrap();
    let short = read("ring");
    assert_eq!((short.experiment.as_str(), short.seed, short.steps), ("ring", 0, None));
    assert_eq!(short.values["neurons"], 100);
    let long = read(
        "#ring?v=1&seed=7&drive=rest&turning=-2.5&cue=90&cue_strength=0.5&neurons=60&noise=0.2\
         &gain=0.5&kernel=derivative&silenced_from=3&silenced_count=4&steps=120\
         &steer=10.turning.1.5~20.drive.sweep",
    );
    assert_eq!(long.seed, 7);
    assert_eq!(long.values["turning"], -2.5);
    assert_eq!(long.values["kernel"], "derivative");
    assert_eq!(long.steps, Some(120));
    assert_eq!(long.steering[1].value, "sweep");
    assert_eq!(long.steering[1].step, 20);
}

#[test]
fn a_bad_link_gets_one_sentence_that_names_field_value_and_range() {
    for (link, sentence) in [
        ("rnig?seed=7", "there is no experiment called “rnig”; there are ring"),
        ("ring?neurns=7", "“ring” has no knob called “neurns”; it has drive, turning"),
        (
            "ring?noise=0.1&noise=0.2",
            "the link cannot be read: “noise” is set twice, and a knob has one value",
        ),
        (
            "ring?neurons=1000000000",
            "neurons cannot be “1000000000”: it must be a whole number from 20 to 400",
        ),
        ("ring?noise=NaN", "noise cannot be “NaN”: it must be a number from 0 to 2"),
        ("ring?noise=1e308", "noise cannot be “1e308”: it must be a number from 0 to 2"),
        ("ring?turning=-11", "turning cannot be “-11”: it must be a number from -10 to 10 rad/s"),
        ("ring?drive=fly", "drive cannot be “fly”: it must be one of wander, rest, sweep"),
        (
            "ring?seed=-1",
            "seed cannot be “-1”: it must be a whole number from 0 to 18446744073709551615",
        ),
        (
            "ring?v=999",
            "v cannot be “999”: it must be 1, the version of the numbers this laboratory computes",
        ),
        ("ring?noise", "the link cannot be read: “noise” has no “=” between a knob and its value"),
        (
            "ring?steer=5.neurons.30",
            "neurons cannot be turned while the run goes on: it takes a new run",
        ),
        (
            "ring?steer=9.noise.1~5.noise.0",
            "steer cannot be “5.noise.0”: it must be a list of step.knob.value joined by ~, in order",
        ),
        (
            "ring?fp=zz",
            "fp cannot be “zz”: it must be sixteen hexadecimal digits and the findings, as the laboratory wrote them",
        ),
        ("z1.!!!!", "the link cannot be read: the packed part is not base 64"),
        (
            "z1.AAAA",
            "the link cannot be read: the packed part is damaged or unfolds to more than 65536 characters",
        ),
        ("z2.AAAA", "the link cannot be read: it was packed by a newer laboratory"),
        ("__proto__?constructor=1", "there is no experiment called “__proto__”"),
    ] {
        let said = refusal(link);
        assert!(said.starts_with(sentence), "{link}: {said}");
        assert!(!said.contains('\n'), "one sentence: {said}");
    }
    let long = format!("ring?{}", "a".repeat(100_000));
    assert_eq!(
        refusal(&long),
        "the link cannot be read: it is 100005 characters long, and the longest link is 8192"
    );
}

#[test]
fn a_strangers_text_is_shortened_before_it_is_repeated() {
    let said = refusal(&format!("ring?{}=1", "x".repeat(5_000)));
    assert!(said.chars().count() < 400, "{said}");
}

#[test]
fn a_deflate_bomb_is_refused_before_it_unfolds() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b'a'; 4_000_000], 9);
    let link = format!("z1.{}", URL_SAFE_NO_PAD.encode(bomb));
    assert!(link.len() <= 8_192, "the bomb fits into a link");
    assert!(refusal(&link).contains("unfolds to more than 65536 characters"));
}

#[test]
fn a_link_that_would_be_long_is_packed_and_unpacks_to_the_same_recipe() {
    let turns: Vec<_> =
        (0..300).map(|i| format!("{}.turning.{}", i * 3, f64::from(i % 7) * 0.25)).collect();
    let link = format!("ring?seed=7&steer={}", turns.join("~"));
    let recipe = Recipe::read(&link, &catalogue()).unwrap();
    let packed = recipe.link();
    assert!(packed.starts_with("z1.") && packed.len() < 2_000, "{} characters", packed.len());
    assert_eq!(Recipe::read(&packed, &catalogue()).unwrap(), recipe);
}

#[test]
fn a_recipe_file_has_the_same_limits_as_a_link() {
    let good = serde_json::to_string(&Recipe::read("ring?seed=7", &catalogue()).unwrap()).unwrap();
    assert!(Recipe::read(&good, &catalogue()).is_ok());
    let bad = good.replace("\"neurons\":100", "\"neurons\":1000000000");
    assert_eq!(
        refusal(&bad),
        "neurons cannot be “1000000000”: it must be a whole number from 20 to 400"
    );
    assert!(refusal("{").starts_with("the recipe cannot be opened"));
    // A value that tries to be more than a value is one text, and not one of the knob's.
    let smuggled = good.replace("\"wander\"", "\"rest&seed=9\"");
    assert!(Recipe::read(&smuggled, &catalogue()).is_err());
}

proptest! {
    #[test]
    fn reading_never_panics(link in "\\PC{0,200}") {
        let _ = Recipe::read(&link, &catalogue());
        let _ = Recipe::read(&format!("ring?{link}"), &catalogue());
        let _ = Recipe::read(&format!("z1.{link}"), &catalogue());
        let _ = Recipe::read(&format!("{{{link}"), &catalogue());
    }

    #[test]
    fn what_is_written_reads_back(
        seed in any::<u64>(),
        noise in 0.0..=2.0_f64,
        turning in -10.0..=10.0_f64,
        neurons in 20_u64..=400,
    ) {
        let link = format!("ring?seed={seed}&noise={noise}&turning={turning}&neurons={neurons}");
        let recipe = Recipe::read(&link, &catalogue()).unwrap();
        prop_assert_eq!(recipe.values["noise"].as_f64(), Some(noise));
        prop_assert_eq!(Recipe::read(&recipe.link(), &catalogue()).unwrap(), recipe);
    }
}
