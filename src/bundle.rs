//! Everything a run came to, as files: figures, tables, data, and a manifest that says how to
//! make it again.

use crate::lab::{Run, csv};
use crate::{Result, files::zip, lab::NUMERICS, plot};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The files of `run` as (name, contents): every figure as SVG and CSV, every file, `README.txt`
/// and `manifest.json` with the link, the seed, the versions, the findings and the SHA-256 of
/// each file. `build` names the build of the program.
///
/// # Errors
/// When the device that holds the state does not answer.
pub async fn files(run: &mut Run, build: &str) -> Result<Vec<(String, Vec<u8>)>> {
    run.report().await?;
    let recipe = run.recipe().await?;
    let mut files = Vec::new();
    for figure in run.figures() {
        let svg = plot::svg(figure, plot::Theme::Light);
        files.push((format!("figures/{}.svg", figure.id), svg.into_bytes()));
        files.push((format!("figures/{}.csv", figure.id), csv(figure).into_bytes()));
    }
    for file in run.files() {
        files.push((file.name.clone(), file.bytes.clone()));
    }
    files.push(("README.txt".into(), readme(run, &recipe.link()).into_bytes()));
    let sums: serde_json::Map<_, _> =
        files.iter().map(|(name, bytes)| (name.clone(), json!(sha256(bytes)))).collect();
    let manifest = json!({
        "schema": 1,
        "link": recipe.link(),
        "recipe": recipe,
        "question": run.entry().question,
        "steps": run.steps(),
        "findings": run.findings(),
        "laboratory": env!("CARGO_PKG_VERSION"),
        "numerics": NUMERICS,
        "build": build,
        "sha256": sums,
    });
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
    files.push(("manifest.json".into(), text.into_bytes()));
    Ok(files)
}

/// [`files`] as one zip archive: the same run gives the same bytes.
///
/// # Errors
/// As [`files`].
pub async fn pack(run: &mut Run, build: &str) -> Result<Vec<u8>> {
    let files = files(run, build).await?;
    let entries: Vec<_> = files.iter().map(|(name, bytes)| (name.clone(), &bytes[..])).collect();
    zip::pack(&entries)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn readme(run: &Run, link: &str) -> String {
    format!(
        "{question}\n\n\
         Made by Attractor Lab {version}. To run it again, open the laboratory's page with\n\n    \
         #{link}\n\n\
         or without a browser: cargo run --release -- '{link}' --out DIR\n\n\
         manifest.json holds the recipe and the SHA-256 of every file. To load the data:\n\n\
         Python   import numpy; data = numpy.load('NAME.npz'); data.files\n\
         Python   from safetensors.numpy import load_file; load_file('NAME.safetensors')\n\
         MATLAB   readtable('figures/NAME.csv')\n",
        question = run.entry().question,
        version = env!("CARGO_PKG_VERSION"),
    )
}
