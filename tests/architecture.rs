#![allow(clippy::unwrap_used, reason = "a test may panic")]
//! The shape of the house: who may use whom, and what stays in which room.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each module of `src/`, and the modules it may name. A line here is an architecture decision;
/// add one only with a decision record.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("rng", &[]),
    ("crew", &["error"]),
    ("files", &["error"]),
    ("math", &["error", "rng"]),
    ("models", &["error", "rng", "math", "files"]),
    ("tasks", &["error", "rng", "math"]),
    ("learning", &["error", "rng", "crew", "math", "models", "tasks"]),
    ("analysis", &["error", "rng", "math", "models"]),
    ("jobs", &["crew", "learning", "analysis"]),
    ("lab", &["error", "rng", "crew"]),
    ("plot", &["error", "lab"]),
    (
        "experiments",
        &[
            "error", "rng", "crew", "files", "math", "models", "tasks", "learning", "analysis",
            "lab",
        ],
    ),
    ("bundle", &["error", "files", "lab", "plot"]),
    ("web", &["error", "crew", "jobs", "lab", "experiments", "plot", "bundle", "learning"]),
    ("book", &[]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with this extension, and its text.
fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(folder)];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == extension) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    assert!(!found.is_empty(), "no {extension} files in {folder}");
    found
}

fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a source file: no comments, no tests, which may look anywhere.
fn code(source: &str) -> String {
    let production = source.split("#[cfg(test)]").next().unwrap();
    let lines = production.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms a piece of code names: through `crate::`, and items of the crate's root by name.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` in a macro names the same rooms.
        let rest = &code[at + "crate::".len()..];
        let group = if rest.starts_with('{') { &rest[1..closing(rest)] } else { first_path(rest) };
        let mut depth = 0;
        let mut word = String::new();
        for letter in group.chars().chain([',']) {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    let head = word.trim().split("::").next().unwrap().trim().to_owned();
                    if MAY_USE.iter().any(|(room, _)| *room == head) {
                        found.insert(head);
                    }
                    word.clear();
                    continue;
                }
                _ => {}
            }
            word.push(letter);
        }
    }
    found
}

/// Where the brace that `text` opens with is closed.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn first_path(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// What is wrong with the house, in sentences.
fn faults(sources: &[(PathBuf, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, source) in sources {
        let (room, code) = (room(path), code(source));
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("`{room}` has no row in MAY_USE"));
            continue;
        };
        for used in named(&code).into_iter().filter(|used| *used != room) {
            if !allowed.contains(&used.as_str()) {
                faults.push(format!("{}: `{room}` may not use `{used}`", path.display()));
            }
        }
        for (foreign, home) in [
            ("wasm_bindgen", "web"),
            ("js_sys", "web"),
            ("web_sys", "web"),
            ("getrandom", "web"),
            ("burn", "learning"),
        ] {
            let mentions =
                code.contains(&format!("{foreign}::")) || code.contains(&format!("use {foreign}"));
            if mentions && room != home {
                faults.push(format!("{}: only `{home}` knows {foreign}", path.display()));
            }
        }
    }
    faults
}

#[test]
fn every_room_uses_only_what_it_may() {
    assert_eq!(faults(&files("src", "rs")), Vec::<String>::new());
}

#[test]
fn a_broken_layer_is_noticed() {
    let broken = |file: &str, code: &str| faults(&[(root().join("src").join(file), code.into())]);
    assert_eq!(broken("math/mod.rs", "use crate::{Error, lab::{Run, Event}, rng};").len(), 1);
    assert_eq!(broken("lab/run.rs", "fn f() { crate::models::ring::angle(0, 1); }").len(), 1);
    assert_eq!(broken("models/ring.rs", "use burn::tensor::Tensor;").len(), 1);
    assert_eq!(broken("plot/mod.rs", "use wasm_bindgen::JsValue;").len(), 1);
    assert_eq!(broken("cellar/mod.rs", "").len(), 1);
    assert_eq!(
        broken("models/ring.rs", "// crate::lab is above\nuse crate::{math, rng::Rng};").len(),
        0
    );
}

/// Randomness follows from the recipe and formulas live in Rust: the page shows what it is given.
#[test]
fn the_page_draws_no_random_numbers_and_knows_no_formula() {
    for (path, source) in files("www", "js") {
        for word in [
            "Math.random",
            "Math.tanh",
            "Math.exp",
            "Math.log",
            "crypto.getRandom",
            "innerHTML",
            "eval(",
        ] {
            assert!(!source.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn the_page_asks_nobody_else() {
    let page = fs::read_to_string(root().join("index.html")).unwrap();
    assert!(page.contains("default-src 'none'"), "the page states its policy");
    for attribute in ["src=\"http", "src=\"//", "rel=\"stylesheet\" href=\"http", "@import"] {
        assert!(!page.contains(attribute), "index.html: {attribute}");
    }
}
