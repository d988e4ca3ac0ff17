//! How the fixed points of the coupled units come and go as the gain grows: a bifurcation diagram.

use super::figures::kind;
use super::{Params, go_on, visited};
use crate::Result;
use crate::analysis::fixed_points::{FixedPoint, Search};
use crate::lab::{Axis, Figure, Mark, Panel};
use crate::rng::Rng;
use serde::{Deserialize, Serialize};

/// Number of gains, evenly from 0 to the greatest.
const GAINS: usize = 81;
const GREATEST: f64 = 4.0;
/// Most units: of more there are so many points that the picture would be full.
const MOST_UNITS: usize = 3;

/// The points at every gain, for one coupling and input.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sweep {
    /// The coupling and the input.
    of: [f64; 2],
    search: Option<Search>,
    /// At each gain so far, of each point: where it is, and its number of unstable modes.
    branches: Vec<Vec<(f64, usize)>>,
}

impl Sweep {
    /// Goes on to further gains; from the beginning if the coupling or the input was changed.
    pub(super) fn go_on(&mut self, params: &Params, rng: &Rng, share: &mut usize) -> Result<()> {
        if params.network.is_opened() || params.units > MOST_UNITS {
            return Ok(());
        }
        let of = [params.coupling, params.input];
        if self.of.map(f64::to_bits) != of.map(f64::to_bits) {
            *self = Self { of, ..Self::default() };
        }
        while *share > 0 && self.branches.len() < GAINS {
            let here = Params { gain: gain(self.branches.len()), ..params.clone() };
            let network = here.coupled();
            let mut search = self.search.take().unwrap_or_else(|| {
                Search::new(here.settings(), visited(&here, &network, rng), rng)
            });
            go_on(&mut search, &network.field(&here.constant(here.units)), share)?;
            if search.is_over() {
                let points = search.points().iter();
                self.branches.push(points.map(|point| (place(point), point.unstable())).collect());
            } else {
                self.search = Some(search);
            }
        }
        Ok(())
    }

    pub(super) fn is_sound(&self, n: usize) -> bool {
        self.search.as_ref().is_none_or(|search| search.check(n).is_ok())
            && self.branches.len() <= GAINS
            && self.branches.iter().flatten().all(|(x, unstable)| x.is_finite() && *unstable <= n)
    }

    /// The diagram, once there is something on it.
    pub(super) fn figure(&self, params: &Params) -> Option<Figure> {
        let most = self.branches.iter().flatten().map(|point| point.1).max()?;
        let terms = ["x₁", "x₂/2", "x₃/4"];
        let label = terms[..params.units.min(terms.len())].join(" + ");
        let mut panel = Panel::new(
            "",
            Axis::new("gain", (0.0, GREATEST)),
            Axis::around(label, self.branches.iter().flatten().map(|point| point.0)),
        );
        for unstable in 0..=most {
            let points = self.branches.iter().enumerate().flat_map(|(k, points)| {
                let these = points.iter().filter(move |point| point.1 == unstable);
                these.map(move |point| (gain(k), point.0))
            });
            panel = panel.with(Mark::dots(kind(unstable), points.collect()));
        }
        let summary = format!(
            "Every fixed point at every gain, the units weighted so that their points do not hide each \
             other: {} at a gain of 0, {} at {GREATEST}. The line is the gain now.",
            self.branches.first().map_or(0, Vec::len),
            if self.branches.len() == GAINS {
                self.branches.last().map_or(0, Vec::len).to_string()
            } else {
                "not yet known how many".into()
            },
        );
        let panel = panel.with(Mark::vertical("now", params.gain));
        Some(Figure::new("bifurcation", "Points are born", summary).with(panel))
    }
}

fn gain(k: usize) -> f64 {
    GREATEST * k as f64 / (GAINS - 1) as f64
}

/// x₁ + x₂/2 + x₃/4 + …
fn place(point: &FixedPoint) -> f64 {
    point.state.iter().rev().fold(0.0, |sum, x| 0.5 * sum + x)
}
