//! Trials as they are shown, wanted and answered.

use crate::lab::{Axis, Figure, Mark, Panel};
use crate::tasks::{Task, Trials};
use ndarray::{Array3, Axis as Along};

/// Trials shown.
const SHOWN: usize = 4;
/// Between two strips, in the greatest number shown.
const APART: f64 = 2.4;

/// Some of the trials: a strip for each channel. Where each output has an input of its own, the two
/// share a strip.
#[must_use]
pub fn trials(
    task: &dyn Task,
    trials: &Trials,
    run: impl FnOnce(&Array3<f32>) -> Array3<f32>,
) -> Figure {
    let count = trials.conditions.len();
    let places: Vec<usize> = (0..SHOWN.min(count))
        .map(|place| (2 * place + 1) * count / (2 * SHOWN.min(count)))
        .collect();
    let inputs = trials.inputs.select(Along(1), &places);
    let targets = trials.targets.select(Along(1), &places);
    let outputs = run(&inputs);
    let largest = inputs.iter().chain(&targets).fold(0.5_f32, |most, x| most.max(x.abs()));
    let apart = APART * f64::from(largest);
    let paired = inputs.dim().2 == outputs.dim().2;
    let above = if paired { 0 } else { inputs.dim().2 };
    let strips = above + outputs.dim().2;
    let level = |strip: usize| (strips - 1 - strip) as f64 * apart;
    let steps = task.steps();
    let x = || Axis::new("step", (0.0, steps as f64));
    let bottom = (-0.6 * apart, (strips as f64 - 0.4) * apart);

    let mut figure = Figure::new(
        "trials",
        "Trials",
        format!(
            "New trials without noise, channels from top to bottom: {}. Shaded, what is shown; \
             dashed, what is wanted, only on steps that count; solid, what the network says.",
            listed(task, paired)
        ),
    )
    .columns(2);
    for (place, &trial) in places.iter().enumerate() {
        let words = task.condition(trials.conditions[trial]);
        let title = if words.is_empty() { format!("trial {}", place + 1) } else { words };
        let mut panel = Panel::new(title, x(), Axis::new("", bottom).bare());
        for channel in 0..inputs.dim().2 {
            let base = level(channel);
            let points = (0..steps).map(|step| {
                let value = f64::from(inputs[[step, place, channel]]);
                (step as f64, base + value.min(0.0), base + value.max(0.0))
            });
            panel = panel.with(Mark::band("shown", points.collect()));
        }
        for output in 0..outputs.dim().2 {
            let base = level(above + output);
            let at = |of: &Array3<f32>, step: usize| {
                // An untrained network may say anything; it stays in its strip.
                let value = f64::from(of[[step, place, output]]);
                (step as f64, base + value.clamp(-0.55 * apart, 0.55 * apart))
            };
            for range in task.counted() {
                let points = range.clone().map(|step| at(&targets, step)).collect();
                panel = panel.with(Mark::dashed("wanted", points));
            }
            let points = (0..steps).map(|step| at(&outputs, step)).collect();
            panel = panel.with(Mark::line("said", points));
        }
        figure = figure.with(panel);
    }
    figure
}

fn listed(task: &dyn Task, paired: bool) -> String {
    let mut names: Vec<&str> = if paired { Vec::new() } else { task.inputs().to_vec() };
    names.extend(task.outputs());
    names.join(", ")
}
