//! How many fixed points there are, as training goes on.

use super::super::inside::Count;
use crate::lab::{Axis, Figure, Mark, Panel};

/// Names of the kinds, by the number of directions that grow.
const KINDS: [&str; 4] = ["attractors", "one way out", "two ways out", "three or more"];

/// The number of points of each kind after so many updates, if any search is done.
#[must_use]
pub fn points(counts: &[Count]) -> Option<Figure> {
    let last = counts.last()?;
    let of = |count: &Count, kind: usize| match kind {
        3 => count.by_unstable.iter().skip(3).sum::<usize>() as f64,
        kind => count.by_unstable.get(kind).copied().unwrap_or(0) as f64,
    };
    let end = counts.iter().map(|count| count.update as f64).fold(10.0, f64::max);
    let most =
        counts.iter().flat_map(|count| (0..4).map(|kind| of(count, kind))).fold(1.0, f64::max);
    let (x, y) = (Axis::new("update", (0.0, end)), Axis::new("fixed points", (0.0, 1.1 * most)));
    let panel = KINDS.iter().enumerate().fold(Panel::new("", x, y), |panel, (kind, name)| {
        let mut points: Vec<_> =
            counts.iter().map(|count| (count.update as f64, of(count, kind))).collect();
        // The last search looks at the best network, which may be an earlier one.
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        panel.with(Mark::line(*name, points))
    });
    let sum = match last.index_sum {
        Some(sum) => format!("; their indices add up to {sum}, and with bounded rates must to 1"),
        None => String::new(),
    };
    let summary = format!(
        "Points where the network rests while it has to hold what it knows, by the number of \
         directions in which they repel: attractors are its memories, the others lie between them. \
         The last search found {} points, {} of them attractors{sum}.",
        last.by_unstable.iter().sum::<usize>(),
        of(last, 0)
    );
    Some(Figure::new("points", "Memories being born", summary).with(panel))
}
