//! Wiring compared with wiring: matrices are `[from, to]`, their scale does not matter.
//!
//! ```text
//! profile        p(d) = mean of A_ij over j − i = d (mod n)
//! circulant part 1 − ‖A − circ(p)‖² / ‖A − mean‖²
//! shift product  M = W_ri diag(w) W_ir
//! both ways      W_rr + W_ri W_ir
//! ```
//!
//! The second-order effect of velocity on the response units, through the hidden ones, is
//! `Σ_j φ″(z_j) w_j W_ij W_jk`: it carries the sign of the input weight `w_j`. Without `w` the
//! product averages left and right shifters, which cancel.
//!
//! ```
//! use attractor_lab::analysis::connectivity::weighted_product;
//! use ndarray::array;
//!
//! let product = weighted_product(
//!     array![[1.0, 2.0]].view(),
//!     array![0.5, -1.0].view(),
//!     array![[3.0], [4.0]].view(),
//! );
//! assert_eq!(product, array![[-6.5]]);
//! ```

use crate::{
    math::{
        circle,
        stats::{self, Line},
    },
    models::ring::Compass,
};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// Pearson's correlation over all entries.
///
/// # Panics
/// When the shapes differ.
#[must_use]
pub fn correlation(a: ArrayView2<f64>, b: ArrayView2<f64>) -> f64 {
    line(a, b).correlation
}

/// The straight line through the entries of `found` over those of `truth`: its slope says in what
/// part of the true size the weights were found, its correlation how much they look alike.
///
/// # Panics
/// When the shapes differ.
#[must_use]
pub fn line(found: ArrayView2<f64>, truth: ArrayView2<f64>) -> Line {
    assert_eq!(found.dim(), truth.dim(), "only matrices of one shape can be compared");
    Line::through(truth.iter().copied().zip(found.iter().copied()))
}

/// Mean of each wrapped diagonal of a square matrix: entry `d` averages `A_ij` over
/// `j − i = d (mod n)`.
///
/// # Panics
/// When the matrix is not square.
#[must_use]
pub fn profile(a: ArrayView2<f64>) -> Array1<f64> {
    let n = a.nrows();
    assert!(a.is_square(), "only a square matrix has wrapped diagonals");
    (0..n).map(|d| stats::mean((0..n).map(|i| a[[i, (i + d) % n]]))).collect()
}

/// Pearson's correlation of two profiles, `[n]`.
///
/// # Panics
/// When the lengths differ.
#[must_use]
pub fn profile_correlation(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    correlation(a.insert_axis(Axis(0)), b.insert_axis(Axis(0)))
}

/// The part of a matrix's variance that its profile explains: 1 if circulant, about 1/n by
/// chance, 0 if constant.
///
/// # Panics
/// When the matrix is not square.
#[must_use]
pub fn circulant_fraction(a: ArrayView2<f64>) -> f64 {
    let (n, p) = (a.nrows(), profile(a));
    let mean = stats::mean(a.iter().copied());
    let (mut rest, mut all) = (0.0, 0.0);
    for ((i, j), x) in a.indexed_iter() {
        let beyond = x - p[(n + j - i) % n];
        rest += beyond * beyond;
        all += (x - mean) * (x - mean);
    }
    if all > 0.0 { 1.0 - rest / all } else { 0.0 }
}

/// `W_ri W_ir`: from response units through hidden units and back, `[response, response]`.
///
/// # Panics
/// When the matrices do not meet at the same hidden units.
#[must_use]
pub fn product(to_hidden: ArrayView2<f64>, from_hidden: ArrayView2<f64>) -> Array2<f64> {
    weighted_product(to_hidden, Array1::ones(to_hidden.ncols()).view(), from_hidden)
}

/// `W_ri diag(w) W_ir`, with the velocity weight of every hidden unit.
///
/// # Panics
/// When the arrays do not meet at the same hidden units.
#[must_use]
pub fn weighted_product(
    to_hidden: ArrayView2<f64>,
    input: ArrayView1<f64>,
    from_hidden: ArrayView2<f64>,
) -> Array2<f64> {
    let hidden = input.len();
    assert!(
        to_hidden.ncols() == hidden && from_hidden.nrows() == hidden,
        "both matrices need {hidden} hidden units"
    );
    // Row by row in a fixed order: ndarray's own product has other last bits on other machines.
    let mut product = Array2::zeros((to_hidden.nrows(), from_hidden.ncols()));
    for (weights, mut row) in to_hidden.rows().into_iter().zip(product.rows_mut()) {
        for ((weight, w), onward) in weights.iter().zip(input).zip(from_hidden.rows()) {
            row.scaled_add(weight * w, &onward);
        }
    }
    product
}

/// `W_rr + W_ri W_ir`, `[response, response]`: the direct way between the first `observed` units of
/// a network and the way through one hidden unit, as if that answered in proportion.
///
/// # Panics
/// When the matrix is not square or smaller than that.
#[must_use]
pub fn direct_and_indirect(weights: ArrayView2<f64>, observed: usize) -> Array2<f64> {
    assert!(weights.is_square() && weights.nrows() >= observed, "{observed} units must be there");
    let (response, hidden) = weights.split_at(Axis(0), observed);
    let ((direct, to), (from, _)) =
        (response.split_at(Axis(1), observed), hidden.split_at(Axis(1), observed));
    product(to, from) + direct
}

/// The direction on the ring of response units that each hidden unit listens to, `[hidden]`, in
/// [0, 2π).
#[must_use]
pub fn listening(to_hidden: ArrayView2<f64>) -> Array1<f64> {
    let compass = Compass::new(to_hidden.nrows());
    to_hidden.columns().into_iter().map(|column| compass.bump(column).phase).collect()
}

/// How far each hidden unit hands the bump on, `[hidden]`, in [−π, π): the direction it projects
/// to less the direction it listens to, on the ring of response units.
///
/// ```text
/// arg Σ_k W_jk exp(2πi·k/n) − arg Σ_i W_ij exp(2πi·i/n)
/// ```
///
/// # Panics
/// When the matrices are not `[response, hidden]` and `[hidden, response]`.
#[must_use]
pub fn shifts(to_hidden: ArrayView2<f64>, from_hidden: ArrayView2<f64>) -> Array1<f64> {
    let (n, hidden) = to_hidden.dim();
    assert_eq!(from_hidden.dim(), (hidden, n), "the way back needs the shape of the way there");
    let compass = Compass::new(n);
    let shift = |j| {
        let (to, from) = (compass.bump(from_hidden.row(j)), compass.bump(to_hidden.column(j)));
        circle::wrap(to.phase - from.phase)
    };
    (0..hidden).map(shift).collect()
}

/// Mean direction of the shifts, in [−π, π), and resultant length, of the hidden units whose
/// input weight is positive, then of those whose weight is negative.
///
/// # Panics
/// When the lengths differ.
#[must_use]
pub fn shifts_by_sign(shifts: ArrayView1<f64>, input: ArrayView1<f64>) -> [(f64, f64); 2] {
    assert_eq!(shifts.len(), input.len(), "every hidden unit has a shift and an input weight");
    [1.0, -1.0].map(|sign| {
        let group = shifts.iter().zip(input).filter(|(_, w)| sign * **w > 0.0);
        let (mean, length) = circle::mean(group.map(|(shift, _)| *shift));
        (circle::wrap(mean), length)
    })
}

/// The matrix with the units after the first `observed` put in the given order, rows and columns
/// alike; `order` counts from the first of them.
///
/// # Panics
/// When the matrix is not square with as many further units as the order names.
#[must_use]
pub fn reordered(a: ArrayView2<f64>, observed: usize, order: &[usize]) -> Array2<f64> {
    let units = observed + order.len();
    assert_eq!(a.dim(), (units, units), "the order must name every unit after the observed");
    let place = |i: usize| if i < observed { i } else { observed + order[i - observed] };
    Array2::from_shape_fn((units, units), |(i, j)| a[[place(i), place(j)]])
}

#[cfg(test)]
mod tests {
    use super::{
        circulant_fraction, correlation, direct_and_indirect, line, listening, profile, reordered,
        shifts, shifts_by_sign,
    };
    use crate::models::ring::{Ring, Settings};
    use ndarray::{Array2, array};

    #[test]
    fn the_teachers_wiring_is_circulant_and_its_profile_is_its_kernel() {
        let w = Ring::new(Settings::default()).unwrap().weights();
        assert!((circulant_fraction(w.view()) - 1.0).abs() < 1e-12);
        let p = profile(w.view());
        assert!((p[0] - 0.07).abs() < 1e-12 && (p[25] - w[[0, 25]]).abs() < 1e-12);
        assert!((correlation(w.view(), w.mapv(|x| 3.0 - 2.0 * x).view()) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_profile_follows_the_way_from_row_to_column() {
        let mut a = Array2::zeros((5, 5));
        for i in 0..5 {
            a[[i, (i + 2) % 5]] = 1.0;
        }
        assert_eq!(profile(a.view()), array![0.0, 0.0, 1.0, 0.0, 0.0]);
        assert!((circulant_fraction(a.view()) - 1.0).abs() < 1e-12);
        a[[0, 0]] = 1.0;
        assert!(circulant_fraction(a.view()) < 0.9);
        assert!(circulant_fraction(Array2::ones((4, 4)).view()).abs() < 1e-12);
    }

    #[test]
    fn a_unit_that_listens_to_one_neuron_and_drives_the_next_shifts_by_one() {
        let to_hidden = array![[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
        let from_hidden = array![[0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]];
        let shifts = shifts(to_hidden.view(), from_hidden.view());
        let quarter = std::f64::consts::FRAC_PI_2;
        assert!((shifts[0] - quarter).abs() < 1e-12 && (shifts[1] + quarter).abs() < 1e-12);
        let [left, right] = shifts_by_sign(shifts.view(), array![0.3, -0.2].view());
        assert!((left.0 - quarter).abs() < 1e-12 && (right.0 + quarter).abs() < 1e-12);
        assert!((left.1 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn weights_of_half_the_size_have_slope_one_half() {
        let truth = array![[0.1, -0.2], [0.4, 0.3]];
        let found = line(truth.mapv(|w| 0.5 * w - 1.0).view(), truth.view());
        assert!((found.slope - 0.5).abs() < 1e-12 && (found.correlation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_way_through_hidden_units_adds_to_the_direct_one() {
        let weights = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
        let both = array![[1.0 + 3.0 * 7.0, 2.0 + 3.0 * 8.0], [4.0 + 6.0 * 7.0, 5.0 + 6.0 * 8.0]];
        assert_eq!(direct_and_indirect(weights.view(), 2), both);
        assert_eq!(direct_and_indirect(weights.view(), 3), weights);
    }

    #[test]
    fn a_unit_listens_to_where_its_weights_come_from() {
        let to_hidden = array![[1.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.0, 0.5]];
        let listening = listening(to_hidden.view());
        assert!(listening[0].abs() < 1e-12, "{listening}");
        assert!((listening[1] - std::f64::consts::PI).abs() < 1e-12, "{listening}");
    }

    #[test]
    fn only_hidden_units_change_places() {
        let a = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
        let sorted = array![[1.0, 3.0, 2.0], [7.0, 9.0, 8.0], [4.0, 6.0, 5.0]];
        assert_eq!(reordered(a.view(), 1, &[1, 0]), sorted);
    }
}
