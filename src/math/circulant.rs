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
    for (j, &x) in x.iter().enumerate() {
        let column = &doubled[n - j..2 * n - j];
        for (y, &weight) in y.iter_mut().zip(column) {
            *y += weight * x;
        }
    }
}
