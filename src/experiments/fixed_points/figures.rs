//! What is shown of the fixed points, and the files they are kept in.

use super::{FixedPoints, Params};
use crate::Result;
use crate::analysis::fixed_points::{Census, FixedPoint, Search};
use crate::files::npz::Npz;
use crate::lab::{Axis, Figure, Mark, Panel, Row, Table};
use crate::models::activation::Form;
use crate::models::rate_network::RateNetwork;
use ndarray::{Array1, Array2, ArrayView1, arr0};
use serde_json::{Value, json};
use std::f64::consts::TAU;

/// Most points that the table lists; the files have all.
const LISTED: usize = 60;
/// Most trails drawn behind the points.
const TRAILS: usize = 40;

/// What a network is, in a sentence.
pub(super) fn about(network: &RateNetwork) -> String {
    let equation = match network.form {
        Form::Rate => "its state is a rate",
        Form::Current => "its state is a current",
    };
    format!(
        "Your network has {} units, {} inputs and {} outputs; {equation}, and it moves {:.3} of the \
         way in each step.",
        network.units(),
        network.channels(),
        network.outputs(),
        network.leak()
    )
}

/// What is happening, in a sentence or two.
pub(super) fn status(search: &Search, census: &Census) -> String {
    let (done, all) = search.progress();
    let found = counted(census);
    if search.is_full() {
        return format!(
            "{found} so far, and no end: where a network rests on a whole line, every point of it \
             is a fixed point. The search is given up."
        );
    }
    if done == 0 {
        return "The search is about to begin.".into();
    }
    if !search.is_over() {
        return format!("{done} of {all} ways downhill have ended. {found} so far.");
    }
    let lost = all - (search.arrived() * all as f64) as usize;
    let lost = if lost == 0 {
        String::new()
    } else {
        format!(" {lost} of {all} ways ended in places that are not fixed.")
    };
    format!("{found}. {}{lost}", census.verdict())
}

/// “8 attractors, 12 points with 1 unstable mode, …”
fn counted(census: &Census) -> String {
    let kinds = census.by_unstable.iter().enumerate().filter(|(_, count)| **count > 0);
    let words: Vec<_> = kinds
        .map(|(unstable, &count)| match (unstable, count) {
            (0, 1) => "1 attractor".into(),
            (0, _) => format!("{count} attractors"),
            (_, 1) => format!("1 point with {}", kind(unstable)),
            _ => format!("{count} points with {}", kind(unstable)),
        })
        .collect();
    if words.is_empty() { "No fixed point".into() } else { words.join(", ") }
}

/// What a point is called by its unstable modes; the same in all figures, so that colours agree.
pub(super) fn kind(unstable: usize) -> String {
    match unstable {
        0 => "attractors".into(),
        1 => "1 unstable mode".into(),
        _ => format!("{unstable} unstable modes"),
    }
}

impl FixedPoints {
    pub(super) fn figures(&self, params: &Params, census: &Census) -> Vec<Figure> {
        let mut figures = vec![self.projection(census), self.spectrum(census), self.table(census)];
        if !params.network.is_opened() {
            figures.extend(self.work.sweep.figure(params));
            figures.push(single_unit(params));
        }
        figures
    }

    /// The points by kind, attractors first.
    fn kinds<'a>(
        &'a self,
        census: &'a Census,
    ) -> impl Iterator<Item = (String, impl Iterator<Item = &'a FixedPoint>)> {
        let points = self.work.search.points();
        (0..census.by_unstable.len()).map(move |unstable| {
            (kind(unstable), points.iter().filter(move |point| point.unstable() == unstable))
        })
    }

    fn projection(&self, census: &Census) -> Figure {
        let view = &self.work.view;
        let at = |state: &[f64]| {
            let [x, y, _] = view.place(ArrayView1::from(state));
            (x, y)
        };
        let trails: Vec<Vec<_>> = self
            .work
            .walkers
            .iter()
            .take(TRAILS)
            .map(|walker| walker.trail.iter().map(|state| at(state)).collect())
            .collect();
        let dots: Vec<(String, Vec<_>)> = self
            .kinds(census)
            .map(|(name, points)| (name, points.map(|point| at(&point.state)).collect()))
            .collect();
        let slow: Vec<_> = self.work.search.slow().iter().map(|point| at(&point.state)).collect();
        let all = || {
            let dots = dots.iter().flat_map(|(_, points)| points);
            trails.iter().flatten().chain(dots).chain(&slow)
        };
        let mut panel = Panel::new(
            "",
            Axis::around(view.name(0), all().map(|point| point.0)),
            Axis::around(view.name(1), all().map(|point| point.1)),
        );
        for (name, points) in dots {
            panel = panel.with(Mark::dots(name, points));
        }
        panel = panel.with(Mark::dots("slow points", slow));
        for trail in trails {
            panel = panel.with(Mark::line("states that flow by", trail));
        }
        let summary = format!(
            "{} of the network, seen from the front, and states that flow between them.",
            counted(census)
        );
        Figure::new("projection", "State space", summary).with(panel)
    }

    fn spectrum(&self, census: &Census) -> Figure {
        let alpha = self.network.leak();
        let values = || self.work.search.points().iter().flat_map(|point| &point.eigenvalues);
        let x = Axis::around("real part (1/τ)", values().map(|v| v.re).chain([-1.0, 0.5]));
        let most = values().map(|v| v.im.abs()).fold(0.5, f64::max);
        let y = Axis::around("imaginary part (1/τ)", [-most, most]);
        // The circle |1 + αλ| = 1, as far as it is on the panel.
        let radius = 1.0 / alpha;
        let circle = (-2000..=2000)
            .map(|k| TAU / 4000.0 * f64::from(k))
            .map(|angle| (radius * (libm::cos(angle) - 1.0), radius * libm::sin(angle)))
            .filter(|(re, im)| {
                (x.range.0..=x.range.1).contains(re) && (y.range.0..=y.range.1).contains(im)
            })
            .collect();
        let mut panel = Panel::new("", x, y);
        for (name, points) in self.kinds(census) {
            let dots = points.flat_map(|point| &point.eigenvalues).map(|v| (v.re, v.im)).collect();
            panel = panel.with(Mark::dots(name, dots));
        }
        panel = panel
            .with(Mark::vertical("neither grows nor shrinks", 0.0))
            .with(Mark::line("nor does it in Euler’s steps", circle));
        let summary = "The eigenvalues of all fixed points: modes to the right of the line grow, modes \
                       to the left of it shrink; those off the middle turn. Steps of dt hold what is \
                       inside of the circle.";
        Figure::new("spectrum", "How disturbances grow", summary).with(panel)
    }

    fn table(&self, census: &Census) -> Figure {
        let leak = self.network.leak();
        let labels = self.labels();
        let fixed = self.work.search.points().len();
        let rows = self.all().zip(labels).take(LISTED).enumerate().map(|(k, (point, label))| {
            let values = vec![Some(point.speed), point.slowest(1.0), point.period(1.0)];
            let remark = match point.unstable() {
                _ if k >= fixed => "slow point".into(),
                0 if point.marginal() > 0 => "neither attracts nor repels along a direction".into(),
                0 if !point.holds(leak) => "attractor, but Euler’s steps leave it".into(),
                0 => "attractor".into(),
                all if all == self.network.units() => "repels on all sides".into(),
                some => format!("saddle, {}", kind(some)),
            };
            Row::new(label, "", values, remark)
        });
        let head = ["outputs", "q", "slowest (τ)", "period (τ)", ""];
        let all = self.all().count();
        let part = if all > LISTED {
            format!(" The first {LISTED} of {all}; the files have all.")
        } else {
            String::new()
        };
        let summary = format!(
            "{} For each: the signs of its outputs, its squared speed q, its longest time constant, \
             and the period of its leading mode if it turns.{part}",
            status(&self.work.search, census)
        );
        Figure::table("points", "The points", summary, Table::new(head, rows.collect()))
    }

    /// The signs of the outputs at each point, or its number.
    fn labels(&self) -> Vec<String> {
        let (outputs, nothing) = self.outputs();
        let sign = |y: &f64| match y {
            y if y.abs() <= nothing => '0',
            y if *y > 0.0 => '+',
            _ => '−',
        };
        let label = |(k, outputs): (usize, &Vec<f64>)| {
            if outputs.is_empty() || outputs.len() > 8 {
                return format!("point {}", k + 1);
            }
            outputs.iter().map(sign).collect()
        };
        outputs.iter().enumerate().map(label).collect()
    }

    /// The points as arrays: fixed ones first, then slow ones.
    pub(super) fn npz(&self, params: &Params) -> Result<Vec<u8>> {
        let points: Vec<_> = self.all().collect();
        let (p, n) = (points.len(), self.network.units());
        let square = |value: &dyn Fn(&FixedPoint, usize) -> f64| {
            Array2::from_shape_fn((p, n), |(k, i)| value(points[k], i))
        };
        let column = |value: &dyn Fn(&FixedPoint) -> f64| -> Array1<f64> {
            points.iter().map(|point| value(point)).collect()
        };
        let fixed = self.work.search.points().len();
        Npz::default()
            .with("state", &square(&|point, i| point.state[i]))?
            .with("q", &column(&|point| point.speed))?
            .with("unstable_modes", &column(&|point| point.unstable() as f64).mapv(|k| k as u32))?
            .with("eigenvalues_real", &square(&|point, i| point.eigenvalues[i].re))?
            .with("eigenvalues_imaginary", &square(&|point, i| point.eigenvalues[i].im))?
            .with("fixed", &arr0(fixed as u32))?
            .with("searched", &arr0(self.work.search.progress().0 as u32))?
            .with("input", &Array1::from(self.constant(params)))?
            .pack()
    }

    /// The points as JSON: in a list for each input, of which there is one.
    pub(super) fn json(&self, params: &Params) -> Vec<u8> {
        let fixed = self.work.search.points().len();
        let census = self.census(params);
        let points: Vec<Value> = self
            .all()
            .enumerate()
            .map(|(k, point)| {
                let pairs: Vec<_> = point.eigenvalues.iter().map(|v| [v.re, v.im]).collect();
                json!({
                    "fixed": k < fixed,
                    "state": point.state,
                    "q": point.speed,
                    "unstable_modes": point.unstable(),
                    "eigenvalues": pairs,
                    "slowest_time_constant": point.slowest(self.network.tau),
                })
            })
            .collect();
        let file = json!({ "inputs": [{
            "input": self.constant(params),
            "index_sum": census.index_sum,
            "points": points,
        }] });
        format!("{file}\n").into_bytes()
    }
}

/// What every unit would do if it were alone: where the curve crosses 0 it rests.
fn single_unit(params: &Params) -> Figure {
    let curve = |input: f64| {
        (-150..=150)
            .map(|k| 0.01 * f64::from(k))
            .map(|x| (x, libm::tanh(params.gain * x + input) - x))
            .collect::<Vec<_>>()
    };
    let mut panel = Panel::new(
        "",
        Axis::new("state x", (-1.5, 1.5)),
        Axis::around(
            "speed dx/dt (1/τ)",
            [curve(0.0), curve(params.input)].concat().iter().map(|p| p.1),
        ),
    )
    .with(Mark::horizontal("rests", 0.0))
    .with(Mark::line("without input", curve(0.0)));
    if params.input != 0.0 {
        panel = panel.with(Mark::line("with the input", curve(params.input)));
    }
    let summary = "What a unit does when the others are silent: where the curve falls through 0 it \
                   attracts, where it rises through 0 it repels. Above a gain of 1 there are three \
                   crossings, so n units that are not coupled have 3ⁿ fixed points.";
    Figure::new("unit", "One unit alone", summary).with(panel)
}
