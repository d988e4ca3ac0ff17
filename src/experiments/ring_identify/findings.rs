//! What the students come to in numbers, and what the original work lets one expect.

use super::arm::Arm;
use super::evidence::Evidence;
use super::exam::MeanSquare;
use super::student::Student;
use crate::analysis::connectivity as wiring;
use crate::analysis::modulation::{Modulation, agreement};
use crate::lab::Finding;
use crate::math::stats::{mean, root_mean_square};
use ndarray::{ArrayView1, ArrayView2, Axis};

/// Least rate that counts as alive.
const ALIVE: f64 = 0.05;
/// Updates whose mean error is the error at the end.
const LATEST: usize = 25;

/// Something measured of every student.
pub struct Quantity {
    /// Its name.
    pub name: &'static str,
    /// Its name with each arm's before it, in the order of [`Arm::ALL`].
    named: [&'static str; 3],
    /// Its unit; empty for pure numbers.
    pub unit: &'static str,
    /// What to expect, in words.
    pub expected: &'static str,
}

macro_rules! quantities {
    ($( $(#[doc = $doc:literal])* $id:ident = $name:literal, $unit:literal, $expected:literal; )+) => {
        /// Names a [`Quantity`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Id { $( $(#[doc = $doc])* $id, )+ }

        /// All of them, in the order of [`Id`].
        pub const QUANTITIES: &[Quantity] = &[ $( Quantity {
            name: $name,
            named: [
                concat!("separated: ", $name),
                concat!("not separated: ", $name),
                concat!("control: ", $name),
            ],
            unit: $unit,
            expected: $expected,
        }, )+ ];
    };
}

quantities! {
    /// Mean of the last training errors.
    Error = "mean squared error", "",
        "ten times less with hidden units than without";
    /// R² over windows.
    Windows = "variance explained, 49 steps", "",
        "nearly all with hidden units, nine tenths without";
    /// R² over free runs.
    Whole = "variance explained, whole walk", "",
        "less: a lost heading is never found again";
    /// Heading error after a window.
    HeadingSoon = "heading error after 49 steps", "°",
        "a few degrees";
    /// Heading error after a walk.
    HeadingLate = "heading error at the end of a walk", "°",
        "well above the ring’s own";
    /// cW.
    Weights = "correlation with the ring’s weights", "",
        "high with hidden units, low without";
    /// Slope of weights on weights.
    Slope = "size of the weights, the ring’s = 1", "",
        "about one half: the scale is not recovered";
    /// cProf.
    Profiles = "correlation of the profiles", "",
        "high in all three: averaging hides the difference";
    /// Circulant part.
    Circulant = "part that depends on distance alone", "",
        "nearly all with hidden units, a quarter without";
    /// Direct and indirect way.
    BothWays = "correlation, direct and indirect way", "",
        "somewhat above the direct way alone (exploratory)";
    /// cProd.
    Plain = "hidden way, plain: correlation", "",
        "low, of either sign: shifters cancel but for a surplus of one kind";
    /// cProdW.
    Weighted = "hidden way, weighted: correlation", "",
        "high: it carries the sign of the velocity weights";
    /// cProdW of profiles.
    WeightedProfile = "hidden way, weighted: profiles", "",
        "high";
    /// |VMI| of recorded units.
    Seen = "|VMI| of recorded units, median", "",
        "nearly the ring’s with hidden units, a mixture without";
    /// |VMI| of recorded units, 90 %.
    SeenHigh = "|VMI| of recorded units, 90 % below", "",
        "low with hidden units; without, many are shifters";
    /// |VMI| of hidden units.
    Unseen = "|VMI| of hidden units, median", "",
        "far above 0.3";
    /// Shifters among hidden units.
    Shifters = "shifters among hidden units", "",
        "nearly all, though nobody put them in";
    /// Sign agreement.
    Agreement = "shifters that follow their velocity weight", "",
        "nearly all";
    /// Shift of w > 0.
    ShiftUp = "shift, positive velocity weight", "°",
        "about a quarter turn; silent units are left out";
    /// Resultant length of w > 0.
    ShiftUpLength = "agreement of these shifts, R", "",
        "near 1: one population";
    /// Shift of w < 0.
    ShiftDown = "shift, negative velocity weight", "°",
        "as far the other way";
    /// Resultant length of w < 0.
    ShiftDownLength = "agreement of those shifts, R", "",
        "near 1: another population";
    /// Rms of w on recorded units.
    SeenInput = "velocity weights of recorded units, rms", "",
        "driven to nothing where there are hidden units";
    /// Rms of w on hidden units.
    UnseenInput = "velocity weights of hidden units, rms", "",
        "large";
    /// Dead recorded units.
    DeadSeen = "recorded units that fell silent", "",
        "none with a positive first bias, a few without";
    /// Dead hidden units.
    DeadUnseen = "hidden units that fell silent", "",
        "few; white lines in the matrices";
}

/// What a student comes to: of each quantity its value, if the student has it and it is known yet.
#[must_use]
pub fn measure(student: &Student, evidence: &Evidence) -> Vec<Option<f64>> {
    let mut values = vec![None; QUANTITIES.len()];
    let mut set = |id: Id, value: f64| values[id as usize] = Some(value);
    let errors = student.errors.iter().rev().take(LATEST).map(|error| f64::from(error.1));
    set(Id::Error, mean(errors));
    let rms = |weights: ArrayView1<f64>| root_mean_square(weights.iter().copied());
    if !student.observed_input().is_empty() {
        set(Id::SeenInput, rms(student.observed_input()));
    }
    let direct = student.direct();
    set(Id::Circulant, wiring::circulant_fraction(direct));
    if let Some(truth) = &evidence.truth {
        let line = wiring::line(direct, truth.weights.view());
        set(Id::Weights, line.correlation);
        set(Id::Slope, line.slope);
        set(Id::Profiles, profiles(direct, truth.weights.view()));
        if student.hidden() > 0 {
            let both =
                wiring::direct_and_indirect(student.network.recurrent.view(), student.observed);
            set(Id::BothWays, wiring::correlation(both.view(), truth.weights.view()));
            let turning = truth.turning.view();
            set(Id::Plain, wiring::correlation(student.product().view(), turning));
            let weighted = student.weighted_product();
            set(Id::Weighted, wiring::correlation(weighted.view(), turning));
            set(Id::WeightedProfile, profiles(weighted.view(), turning));
        }
    }
    if student.hidden() > 0 {
        set(Id::UnseenInput, rms(student.hidden_input()));
        // What a unit that never fires projects to is left over from the start.
        let dead = student.exam.map_or_else(Vec::new, |exam| exam.activity.dead(ALIVE));
        let alive: Vec<usize> = (0..student.hidden())
            .filter(|unit| !dead.contains(&(student.observed + unit)))
            .collect();
        let shifts = student.shifts().select(Axis(0), &alive);
        let input = student.hidden_input().select(Axis(0), &alive);
        let [up, down] = wiring::shifts_by_sign(shifts.view(), input.view());
        set(Id::ShiftUp, up.0.to_degrees());
        set(Id::ShiftUpLength, up.1);
        set(Id::ShiftDown, down.0.to_degrees());
        set(Id::ShiftDownLength, down.1);
    }
    if let Some(exam) = student.exam {
        let variance = evidence.variance();
        if variance > 0.0 {
            set(Id::Windows, exam.windows.r_squared(variance));
            set(Id::Whole, exam.whole.r_squared(variance));
        }
        if let Some(error) = exam.after_window.root() {
            set(Id::HeadingSoon, error.to_degrees());
        }
        if let Some(error) = exam.drift.last().and_then(MeanSquare::root) {
            set(Id::HeadingLate, error.to_degrees());
        }
        let modulation = exam.tuning.modulation().to_vec();
        let (seen, unseen) = modulation.split_at(student.observed);
        set(Id::Seen, Modulation::of(seen).median);
        set(Id::SeenHigh, Modulation::of(seen).high);
        let dead = exam.activity.dead(ALIVE);
        let dead_seen = dead.iter().filter(|unit| **unit < student.observed).count();
        set(Id::DeadSeen, dead_seen as f64);
        if student.hidden() > 0 {
            set(Id::Unseen, Modulation::of(unseen).median);
            set(Id::Shifters, Modulation::of(unseen).shifters);
            set(Id::Agreement, agreement(unseen, &student.hidden_input().to_vec()));
            set(Id::DeadUnseen, (dead.len() - dead_seen) as f64);
        }
    }
    values
}

fn profiles(found: ArrayView2<f64>, truth: ArrayView2<f64>) -> f64 {
    let (found, truth) = (wiring::profile(found), wiring::profile(truth));
    wiring::profile_correlation(found.view(), truth.view())
}

/// What a link promises of each student: the rest of the table would make it long.
const PROMISED: [Id; 8] = [
    Id::Error,
    Id::Windows,
    Id::HeadingSoon,
    Id::Weights,
    Id::Weighted,
    Id::Seen,
    Id::ShiftUp,
    Id::ShiftDown,
];

/// Of the values of [`measure`] those that a run's link promises.
pub fn findings(arm: Arm, values: &[Option<f64>]) -> impl Iterator<Item = Finding> {
    PROMISED.into_iter().filter_map(move |id| {
        let quantity = &QUANTITIES[id as usize];
        let name = quantity.named[arm as usize];
        values[id as usize].map(|value| Finding { name, unit: quantity.unit, value })
    })
}
