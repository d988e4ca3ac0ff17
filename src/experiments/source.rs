//! A visitor's recording, made ready for identification: rates in the range of the student's, the
//! neurons in the order of the ring, and a part held back for testing.
//!
//! > student's rate = rate / s,  student's velocity = velocity / c,  neuron k = neuron order\[k\]
//!
//! All three can be undone, are said on the page and written into the files. *s* is 1 for rates
//! that lie in \[0, 1) already; else it puts 99 of 100 rates below 0.9, so that a few bursts of a
//! noisy recording do not press all others down. *c* gives the velocity a root mean square of
//! 2 rad/s, that of the simulated fly, whatever unit it was recorded in.
//!
//! Nobody says where on the ring a recorded neuron sits, so that is found first
//! ([`crate::analysis::ring_order`]): from the recorded heading or, without one, from activity
//! alone; then the heading is read from the bump. As in the simulated ring, the bump moves towards
//! lower indices when the velocity is positive.

use super::recording::Recording;
use crate::analysis::{
    heading,
    ring_order::{self, Places},
};
use crate::files::npz::Npz;
use crate::lab::{Axis, Colours, Figure, Image, Mark, Panel};
use crate::learning;
use crate::math::circle;
use crate::models::ring::{Anchor, Trajectory};
use crate::{Error, Result};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis as Along, s};
use std::f64::consts::TAU;

/// Root mean square of the simulated fly's velocity, rad/s.
const USUAL_VELOCITY: f64 = 2.0;
/// Trajectories held back for testing, at most.
pub const TESTS: usize = 4;
/// Steps of a trajectory held back, at most: they are run again at every look.
pub const LONGEST_TEST: usize = 1000;
/// Pieces to learn from that a batch can be drawn from with some choice.
const PIECES: usize = 20;

/// What an identification works on.
#[derive(Clone, Debug)]
pub struct Source {
    /// `[trajectory, step, neuron]`, in the student's range, neurons in ring order.
    rates: Array3<f64>,
    /// `[trajectory, step]`, root mean square 2.
    velocity: Array2<f64>,
    /// `[trajectory, step]`, radians in [0, 2π).
    heading: Array2<f64>,
    anchor: Anchor,
    held: Held,
    /// *s*.
    rate_unit: f64,
    /// *c*.
    velocity_unit: f64,
    order: Vec<usize>,
    places: Places,
    found_by: FoundBy,
    /// How well the bump's turns follow the velocity: a correlation, positive.
    follows: f64,
    /// Seconds.
    step: Option<f64>,
}

/// How the neurons' places on the ring were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// By the heading that was recorded with the rates.
    Heading,
    /// By activity alone; the heading is then what the bump says.
    Activity,
}

/// What is held back for testing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The last trajectories.
    Trajectories(usize),
    /// The last steps of each.
    Steps(usize),
}

impl Source {
    /// Makes `recording` ready.
    ///
    /// # Errors
    /// [`Error::Conflict`] when too little of it would be left to learn from.
    ///
    /// # Panics
    /// Never: the rates are in standard order.
    pub fn new(recording: &Recording) -> Result<Self> {
        let (trajectories, steps, neurons) = recording.rates().dim();
        let held = match (trajectories / 5, steps / 5) {
            (0, fifth) if fifth < 50 => {
                return Err(Error::Conflict {
                    why: format!(
                        "{trajectories} trajectories of {steps} steps leave too little for \
                         testing: it takes five trajectories, or 250 steps"
                    ),
                });
            }
            (0, fifth) => Held::Steps(fifth),
            (fifth, _) => Held::Trajectories(fifth.min(TESTS)),
        };
        let rate_unit = rate_unit(recording.rates());
        let square = |&v: &f32| f64::from(v) * f64::from(v);
        let squares: f64 = recording.velocity().iter().map(square).sum();
        let count = (trajectories * steps) as f64;
        let velocity_unit = libm::sqrt(squares / count) / USUAL_VELOCITY;
        let rates = recording.rates().mapv(|rate| f64::from(rate) / rate_unit);
        let velocity = recording.velocity().mapv(|v| f64::from(v) / velocity_unit);
        let given = recording.heading().map(|heading| heading.mapv(f64::from));

        let flat = rates.view().into_shape_with_order((trajectories * steps, neurons));
        let flat = flat.expect("an array in standard order can be flattened");
        let (places, found_by) = match &given {
            Some(heading) => {
                let heading: Array1<f64> = heading.iter().copied().collect();
                (ring_order::by_heading(flat, heading.view()), FoundBy::Heading)
            }
            None => (ring_order::by_activity(flat), FoundBy::Activity),
        };
        let (gain, follows) = turning(&rates, &velocity, &places);
        let mut order = places.order();
        // Preferred headings fall along the ring; without headings the velocity says which way.
        if found_by == FoundBy::Heading || gain > 0.0 {
            order.reverse();
        }
        let rates = rates.select(Along(2), &order);
        let phases = phases(rates.view());
        let (heading, offset) = match given {
            Some(heading) => {
                // Where bump and heading stand to each other, over all of the recording.
                let (offset, _) =
                    circle::mean(heading.iter().zip(&phases).map(|(theta, phi)| theta + phi));
                (heading.mapv(|theta| theta.rem_euclid(TAU)), offset)
            }
            None => (phases.mapv(|phi| (-phi).rem_euclid(TAU)), 0.0),
        };
        let anchor = Anchor { phase: 0.0, heading: offset };
        let step = recording.step().map(|ms| ms / 1000.0);
        Ok(Self {
            rates,
            velocity,
            heading,
            anchor,
            held,
            rate_unit,
            velocity_unit,
            order,
            places,
            found_by,
            follows: follows.abs(),
            step,
        })
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.rates.len_of(Along(2))
    }

    /// Time between two steps in seconds, if it is known.
    #[must_use]
    pub fn step(&self) -> Option<f64> {
        self.step
    }

    /// How the neurons' places were found.
    #[must_use]
    pub fn found_by(&self) -> FoundBy {
        self.found_by
    }

    /// Neuron *k* of this source is neuron `order()[k]` of the visitor's file.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// What the student learns from, in pieces of more than `window` steps: a few long trajectories
    /// are cut, so that the trajectories of a batch differ.
    ///
    /// # Errors
    /// [`Error::BadValue`] when no piece would be longer than `window`.
    pub fn training(&self, window: usize) -> Result<learning::recording::Recording> {
        let (trajectories, steps) = match self.held {
            Held::Trajectories(held) => (self.velocity.nrows() - held, self.velocity.ncols()),
            Held::Steps(held) => (self.velocity.nrows(), self.velocity.ncols() - held),
        };
        if steps <= window {
            return Err(Error::BadValue {
                key: "window".into(),
                value: window.to_string(),
                allowed: format!("less than the {steps} steps to learn from"),
            });
        }
        let cuts = PIECES.div_ceil(trajectories).min(steps / (2 * (window + 1))).max(1);
        let length = steps / cuts;
        let piece = |k: usize| (k / cuts, k % cuts * length..(k % cuts + 1) * length);
        let mut rates = Array3::zeros((trajectories * cuts, length, self.neurons()));
        let mut velocity = Array2::zeros((trajectories * cuts, length));
        for k in 0..trajectories * cuts {
            let (trajectory, steps) = piece(k);
            rates.slice_mut(s![k, .., ..]).assign(&self.rates.slice(s![
                trajectory,
                steps.clone(),
                ..
            ]));
            velocity.row_mut(k).assign(&self.velocity.slice(s![trajectory, steps]));
        }
        learning::recording::Recording::new(rates.view(), velocity.view())
    }

    /// What the student never sees, as if a ring had been recorded.
    #[must_use]
    pub fn tests(&self) -> Vec<Trajectory> {
        let (trajectories, steps) = self.velocity.dim();
        let (first, from) = match self.held {
            Held::Trajectories(held) => (trajectories - held, 0),
            Held::Steps(held) => (trajectories.saturating_sub(TESTS), steps - held),
        };
        let part = from..steps.min(from + LONGEST_TEST);
        (first..trajectories)
            .map(|k| Trajectory {
                rates: self.rates.slice(s![k, part.clone(), ..]).to_owned(),
                heading: self.heading.slice(s![k, part.clone()]).to_owned(),
                velocity: self.velocity.slice(s![k, part.clone()]).to_owned(),
                anchor: self.anchor,
            })
            .collect()
    }

    /// What was made of the recording, in sentences for its owner.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let (trajectories, steps) = self.velocity.dim();
        let held = match self.held {
            Held::Trajectories(1) => "The last trajectory is held back for testing.".into(),
            Held::Trajectories(held) => {
                format!("The last {held} of {trajectories} trajectories are held back for testing.")
            }
            Held::Steps(held) => {
                format!("The last {held} of {steps} steps are held back for testing.")
            }
        };
        #[expect(clippy::float_cmp, reason = "it is 1 exactly or was computed")]
        let rates = if self.rate_unit == 1.0 {
            "The rates lie between 0 and 1 already and are taken as they are.".into()
        } else {
            format!("Rates are divided by {:.4}: 99 of 100 are then below 0.9.", self.rate_unit)
        };
        let velocity = format!(
            "Velocities are divided by {:.4}: their root mean square is then 2.",
            self.velocity_unit
        );
        let order = match self.found_by {
            FoundBy::Heading => format!(
                "The neurons are put in the order of the headings they prefer; one bump explains \
                 {:.0} % of their tuning.",
                100.0 * self.places.explained
            ),
            FoundBy::Activity => format!(
                "No heading was given: the neurons are put in the order of their first two \
                 principal components, which hold {:.0} % of the variance, and the heading is read \
                 from the bump.",
                100.0 * self.places.explained
            ),
        };
        let follows = format!("The bump's turns and the velocity correlate {:.2}.", self.follows);
        vec![held, rates, velocity, order, follows]
    }

    /// Adds to `npz` what it takes to go back from the student's numbers to the recording's.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, npz: Npz) -> Result<Npz> {
        let order: Array1<u32> = self.order.iter().map(|&k| k as u32).collect();
        let angles: Array1<f64> = self.order.iter().map(|&k| self.places.angles[k]).collect();
        npz.with("neuron_order", &order)?
            .with("neuron_angles", &angles)?
            .with("rate_unit", &ndarray::arr0(self.rate_unit))?
            .with("velocity_unit", &ndarray::arr0(self.velocity_unit))
    }

    /// A picture of the beginning of the first trajectory, neurons in ring order.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let steps = self.velocity.ncols().min(400);
        let unit = self.step.unwrap_or(1.0);
        let end = steps as f64 * unit;
        let label = if self.step.is_some() { "time (s)" } else { "step" };
        let time = || Axis::new(label, (0.0, end));
        let n = self.neurons();
        let image = Image {
            name: "rate (student’s range)".into(),
            rows: n,
            columns: steps,
            values: self.rates.slice(s![0, ..steps, ..]).t().iter().copied().collect(),
            x: (0.0, end),
            y: (0.0, n as f64),
            range: (0.0, 1.0),
            colours: Colours::Sequential,
            bar: true,
        };
        let velocity: Vec<_> = self
            .velocity
            .slice(s![0, ..steps])
            .iter()
            .enumerate()
            .map(|(t, &v)| ((t + 1) as f64 * unit, v))
            .collect();
        let span = Axis::around("velocity (rms = 2)", velocity.iter().map(|point| point.1));
        Figure::new(
            "recording",
            "Your recording",
            "The beginning of the first trajectory: rates of the neurons in ring order, and the \
             velocity. On a ring, one bump goes up and down as the velocity says.",
        )
        .with(Panel::new("", time(), Axis::new("neuron", (0.0, n as f64))).with(image))
        .with(
            Panel::new("", time(), span)
                .with(Mark::horizontal("", 0.0))
                .with(Mark::line("velocity", velocity)),
        )
    }
}

/// *s*: what rates are divided by.
fn rate_unit(rates: ArrayView3<f32>) -> f64 {
    if rates.iter().all(|&rate| rate < 1.0) {
        return 1.0;
    }
    // A prime stride, so that no neuron is left out.
    let stride = rates.len().div_ceil(200_003) | 1;
    let mut some: Vec<f32> = rates.iter().step_by(stride).copied().collect();
    some.sort_by(f32::total_cmp);
    let high = f64::from(some[(some.len() - 1) * 99 / 100]);
    // A recording of mostly silence: its greatest rate will do.
    let greatest = || rates.iter().fold(0.0_f64, |most, &rate| most.max(f64::from(rate)));
    if high > 0.0 { high / 0.9 } else { greatest() }
}

/// The phase of the bump in each step, `[trajectory, step]`, neurons being in ring order.
fn phases(rates: ArrayView3<f64>) -> Array2<f64> {
    let (trajectories, steps, _) = rates.dim();
    let mut phases = Array2::zeros((trajectories, steps));
    for (mut row, rates) in phases.rows_mut().into_iter().zip(rates.outer_iter()) {
        row.assign(&heading::phases(rates));
    }
    phases
}

/// [`ring_order::turning`] over all trajectories: their means.
fn turning(rates: &Array3<f64>, velocity: &Array2<f64>, places: &Places) -> (f64, f64) {
    let one = |rates: ArrayView2<f64>, velocity| {
        let phases: Array1<f64> = rates.rows().into_iter().map(|row| places.phase(row)).collect();
        ring_order::turning(phases.view(), velocity)
    };
    let count = velocity.nrows() as f64;
    rates
        .outer_iter()
        .zip(velocity.rows())
        .map(|(rates, velocity)| one(rates, velocity))
        .fold((0.0, 0.0), |(gain, follows), (g, c)| (gain + g / count, follows + c / count))
}

#[cfg(test)]
mod tests {
    use super::{FoundBy, Source};
    use crate::experiments::recording::{Mapping, Recording};
    use crate::files::{arrays, npz::Npz};
    use crate::math::circle;
    use crate::models::ring::{Protocol, Ring, Settings, Streams, Trajectory};
    use ndarray::{Array2, Array3, Axis, s};

    const NEURONS: usize = 30;

    /// Neuron *i* of the file is neuron `shuffled(i)` of the ring.
    fn shuffled(i: usize) -> usize {
        (7 * i) % NEURONS
    }

    /// A recording of the simulated ring, its neurons shuffled, its rates in Hz.
    fn recording(trajectories: usize, steps: usize, heading: bool) -> (Recording, Vec<Trajectory>) {
        let ring = Ring::new(Settings { neurons: NEURONS, ..Settings::default() }).unwrap();
        let protocol = Protocol { steps, ..Protocol::default() };
        let streams = Streams::seeded(7);
        let walks: Vec<_> =
            (0..trajectories).map(|k| ring.record(&protocol, &streams, k as u64)).collect();
        let rates = Array3::from_shape_fn((trajectories, steps, NEURONS), |(k, t, i)| {
            (80.0 * walks[k].rates[[t, shuffled(i)]]) as f32
        });
        let plane = |of: &dyn Fn(usize, usize) -> f64| {
            Array2::from_shape_fn((trajectories, steps), |(k, t)| of(k, t) as f32)
        };
        let velocity = plane(&|k, t| walks[k].velocity[t].to_degrees());
        let mut npz = Npz::default().with("rates", &rates).unwrap();
        npz = npz.with("velocity", &velocity).unwrap();
        if heading {
            npz = npz.with("heading", &plane(&|k, t| walks[k].heading[t])).unwrap();
        }
        let found = arrays::open(vec![("a.npz".into(), npz.pack().unwrap())]).unwrap();
        let mapping = Mapping::guess(&found.arrays).unwrap();
        (Recording::take(&found.arrays, &mapping).unwrap(), walks)
    }

    /// How far the places found for the neurons are from those they have, up to a turn: neurons.
    fn misplaced(source: &Source) -> f64 {
        let found: Vec<f64> = source.order().iter().map(|&i| shuffled(i) as f64).collect();
        let offset = found[0];
        let error = |(k, place): (usize, &f64)| {
            let away = (place - offset - k as f64).rem_euclid(NEURONS as f64);
            away.min(NEURONS as f64 - away)
        };
        found.iter().enumerate().map(error).fold(0.0, f64::max)
    }

    #[test]
    fn a_shuffled_ring_is_put_in_order_by_heading_and_by_activity() {
        for (heading, by) in [(true, FoundBy::Heading), (false, FoundBy::Activity)] {
            let (recording, _) = recording(6, 400, heading);
            let source = Source::new(&recording).unwrap();
            assert_eq!(source.found_by(), by);
            assert!(misplaced(&source) <= 1.0, "{by:?}: {} neurons", misplaced(&source));
            assert!(source.follows > 0.9, "{by:?}: {}", source.follows);
            assert!(source.facts().len() == 5);
        }
    }

    #[test]
    fn the_bump_is_read_as_the_heading_that_was_given() {
        let (recording, _) = recording(6, 400, true);
        let source = Source::new(&recording).unwrap();
        for test in source.tests() {
            let errors = crate::analysis::heading::errors(
                test.rates.view(),
                test.heading.view(),
                test.anchor,
            );
            let rms = errors.mapv(|e| e * e).mean().unwrap().sqrt();
            assert!(rms < 0.25, "{rms} rad");
        }
    }

    #[test]
    fn without_a_heading_it_is_the_turn_that_the_velocity_says() {
        let (recording, walks) = recording(6, 400, false);
        let source = Source::new(&recording).unwrap();
        let test = &source.tests()[0];
        let turned = |heading: &ndarray::Array1<f64>| circle::unwrap(heading.iter().copied())[399];
        let (read, truth) = (turned(&test.heading), turned(&walks[5].heading));
        assert!((read - truth).abs() < 0.1 * truth.abs() + 0.3, "{read} and {truth}");
    }

    #[test]
    fn numbers_can_be_taken_back_to_those_of_the_file() {
        let (recording, _) = recording(5, 300, true);
        let source = Source::new(&recording).unwrap();
        let below = source.rates.iter().filter(|rate| **rate < 0.9).count();
        let share = below as f64 / source.rates.len() as f64;
        assert!((share - 0.99).abs() < 0.002, "{share}");
        let rms = source.velocity.mapv(|v| v * v).mean().unwrap().sqrt();
        assert!((rms - 2.0).abs() < 1e-9);
        let back = source.rates.index_axis(Axis(2), 3).mapv(|rate| rate * source.rate_unit);
        let there = recording.rates();
        let there = there.index_axis(Axis(2), source.order()[3]).mapv(f64::from);
        assert!((back - there).iter().all(|gap| gap.abs() < 1e-9));
    }

    #[test]
    fn rates_of_the_students_range_are_left_alone() {
        let (recording, _) = recording(5, 300, true);
        let small = recording.rates().mapv(|rate| rate / 80.0);
        assert_eq!(super::rate_unit(small.view()), 1.0);
        let mut silent = Array3::<f32>::zeros((1, 300, 8));
        silent[[0, 7, 3]] = 40.0;
        assert_eq!(super::rate_unit(silent.view()), 40.0);
    }

    #[test]
    fn what_is_tested_is_never_learnt() {
        let (many, _) = recording(6, 300, true);
        let source = Source::new(&many).unwrap();
        let training = source.training(49).unwrap();
        // Five trajectories cut in three, and the sixth for testing.
        assert_eq!((training.trajectories(), training.times()), (15, 100));
        assert_eq!(source.tests().len(), 1);
        assert_eq!(source.tests()[0].rates, source.rates.slice(s![5, .., ..]));

        let (one, _) = recording(1, 2000, true);
        let source = Source::new(&one).unwrap();
        let training = source.training(49).unwrap();
        assert_eq!((training.trajectories(), training.times()), (16, 100));
        assert_eq!(source.tests()[0].rates, source.rates.slice(s![0, 1600.., ..]));
        assert!(source.training(1600).is_err());

        let (short, _) = recording(1, 200, true);
        assert!(Source::new(&short).unwrap_err().to_string().contains("250 steps"));
    }

    #[test]
    fn the_picture_can_be_drawn() {
        let (recording, _) = recording(5, 300, true);
        Source::new(&recording).unwrap().figure().check().unwrap();
    }
}
