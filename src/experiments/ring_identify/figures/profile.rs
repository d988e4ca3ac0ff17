//! The mean weight by distance: as it is, and its shape.

use super::super::evidence::Evidence;
use super::super::student::Student;
use super::{by_distance, coloured, lettered, standardised};
use crate::lab::{Axis, Figure, Mark, Panel};

/// The profiles of all students and of the ring.
#[must_use]
pub fn profile(students: &[Student], evidence: &Evidence) -> Figure {
    let mut curves: Vec<_> =
        students.iter().map(|it| (it.arm.name(), by_distance(it.direct()))).collect();
    let truth = evidence.truth.as_ref().map(|truth| by_distance(truth.weights.view()));
    curves.extend(truth.map(|curve| (evidence.name(), curve)));
    let distance = || Axis::new("distance on the ring (°)", (-180.0, 180.0));
    let all = curves.iter().flat_map(|curve| &curve.1).map(|point| point.1);
    let mut size =
        Panel::new(lettered(0, "as it is"), distance(), Axis::around("mean weight", all))
            .with(Mark::horizontal("", 0.0));
    let shapes: Vec<_> = curves.iter().map(|curve| standardised(&curve.1)).collect();
    let all = shapes.iter().flatten().map(|point| point.1);
    let axis = Axis::around("mean weight (in its deviation)", all);
    let mut shape =
        Panel::new(lettered(1, "its shape"), distance(), axis).with(Mark::horizontal("", 0.0));
    (size, shape) = (coloured(size, evidence), coloured(shape, evidence));
    for ((name, curve), shaped) in curves.into_iter().zip(shapes) {
        let mark = if name == evidence.name() { Mark::dashed } else { Mark::line };
        size = size.with(mark(name, curve));
        shape = shape.with(mark(name, shaped));
    }
    Figure::new(
        "profile",
        "Weight by distance",
        "The mean weight between recorded units by their distance on the ring: as it is (a), and \
         about its mean in its standard deviation (b). The shape is recovered, somewhat too narrow \
         and with a second rise opposite, where no recorded neuron ever fires together; the scale \
         is not. Averaging hides that the single weights differ.",
    )
    .columns(2)
    .with(size)
    .with(shape)
}
