//! Circulant matrices: every row is the row above, moved on by one.
//!
//! ```text
//! A_mj = k[(m − j) mod n]
//! ```
//!
//! Such a matrix is its kernel `k`, and its product with a vector is a circular convolution.
//! Davis, *Circulant Matrices*, 1979.
//!
//! ```
//! use attractor_lab::math::circulant;
//!
//! let kernel = circulant::doubled(&[0.0, 1.0, 0.0]);
//! let mut moved = [0.0; 3];
//! circulant::add_product(&kernel, &[5.0, 6.0, 7.0], &mut moved);
//! assert_eq!(moved, [7.0, 5.0, 6.0]);
//! ```

/// The kernel written twice, so that every column of the matrix is a contiguous slice of it.
#[must_use]
pub fn doubled(kernel: &[f64]) -> Vec<f64> {
    kernel.repeat(2)
}

/// `y += A x` for the circulant matrix `A` of a [`doubled`] kernel.
///
/// The sum runs over the columns in their order, for all rows at once: it vectorises without
/// reassociation, so the result has the same bits on every machine.
///
/// # Panics
/// When the lengths are not 2n, n and n.
pub fn add_product(doubled: &[f64], x: &[f64], y: &mut [f64]) {
    let n = x.len();
    assert!(
        doubled.len() == 2 * n && y.len() == n,
        "a circulant product needs lengths 2n, n and n"
    );
    // Four columns at a time, so that y is read and written a quarter as often.
    let (fours, rest) = x.as_chunks();
    for (j, &[x0, x1, x2, x3]) in (0..).step_by(4).zip(fours) {
        for (y, [w3, w2, w1, w0]) in y.iter_mut().zip(doubled[n - j - 3..].array_windows()) {
            *y = *y + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3;
        }
    }
    for (j, &x) in (n - rest.len()..).zip(rest) {
        for (y, w) in y.iter_mut().zip(&doubled[n - j..]) {
            *y += w * x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{add_product, doubled};

    #[test]
    fn the_product_is_that_of_the_dense_matrix_whatever_the_remainder() {
        for n in 1..14 {
            let kernel: Vec<f64> = (0..n).map(|i| libm::sin(1.3 * f64::from(i))).collect();
            let x: Vec<f64> = (0..n).map(|i| libm::cos(0.7 * f64::from(i))).collect();
            let n = x.len();
            let mut y = vec![0.5; n];
            add_product(&doubled(&kernel), &x, &mut y);
            for (m, y) in y.into_iter().enumerate() {
                // Column by column in their order: the same bits, not only the same number.
                let sum = (0..n).fold(0.5, |sum, j| sum + kernel[(n + m - j) % n] * x[j]);
                assert_eq!(y.to_bits(), sum.to_bits(), "row {m} of {n}");
            }
        }
    }
}
