//! Principal components: the directions in which points vary most.
//!
//! ```text
//! C = Σ (x − x̄)(x − x̄)ᵀ / n = V Λ Vᵀ   scores = Vᵀ (x − x̄)
//! ```
//!
//! Pearson, *Phil. Mag.* 2:559, 1901; the eigenvectors by Jacobi's rotations (Golub & Van Loan,
//! *Matrix Computations*, §8.5), which make orthogonal vectors of equal eigenvalues too.
//!
//! ```
//! use attractor_lab::math::pca::Pca;
//! use ndarray::array;
//!
//! let points = array![[0.0, 1.0], [3.0, 5.0], [6.0, 9.0]];
//! let pca = Pca::of(points.view(), 2);
//! let direction = pca.components.row(0);
//! assert!((direction[0] - 0.6).abs() < 1e-15 && (direction[1] - 0.8).abs() < 1e-15);
//! assert!((pca.explained[0] - 1.0).abs() < 1e-15);
//! assert!((pca.scores(points.row(2))[0] - 5.0).abs() < 1e-14);
//! ```

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// Most rounds of rotations; seven are mostly enough for full precision.
const ROUNDS: usize = 40;

/// The principal components of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    /// x̄, `[dimension]`.
    pub mean: Array1<f64>,
    /// The first rows of Vᵀ, `[component, dimension]`; of each the largest entry is positive.
    pub components: Array2<f64>,
    /// The part of the variance along each, `[component]`; 0 of points that do not vary.
    pub explained: Array1<f64>,
}

impl Pca {
    /// The first `count` components, or as many as there are dimensions, of `points`
    /// `[point, dimension]`.
    #[must_use]
    pub fn of(points: ArrayView2<f64>, count: usize) -> Self {
        let dimensions = points.ncols();
        let mean = points.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(dimensions));
        let mut covariance = Array2::zeros((dimensions, dimensions));
        let mut apart = vec![0.0; dimensions];
        for point in points.rows() {
            apart.iter_mut().zip(point.iter().zip(&mean)).for_each(|(a, (x, m))| *a = x - m);
            for (mut row, &a) in covariance.rows_mut().into_iter().zip(&apart) {
                row.iter_mut().zip(&apart).for_each(|(c, b)| *c += a * b);
            }
        }
        covariance /= points.nrows().max(1) as f64;
        let (values, vectors) = symmetric(covariance);
        let total: f64 = values.sum();
        let mut order: Vec<usize> = (0..dimensions).collect();
        order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
        order.truncate(count);
        let share = |i: &usize| if total > 0.0 { values[*i].max(0.0) / total } else { 0.0 };
        let explained = order.iter().map(share).collect();
        let mut components = vectors.select(Axis(0), &order);
        for mut row in components.rows_mut() {
            let greatest = row.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            // The first of those that are greatest but for rounding decides the sign.
            if row.iter().find(|x| x.abs() > greatest * (1.0 - 1e-9)).is_some_and(|x| *x < 0.0) {
                row.mapv_inplace(|x| -x);
            }
        }
        Self { mean, components, explained }
    }

    /// Where a point lies along each component.
    #[must_use]
    pub fn scores(&self, point: ArrayView1<f64>) -> Vec<f64> {
        let apart = |v: ArrayView1<f64>| {
            v.iter().zip(point.iter().zip(&self.mean)).map(|(v, (x, m))| v * (x - m)).sum()
        };
        self.components.rows().into_iter().map(apart).collect()
    }

    /// How far a direction goes along each component.
    #[must_use]
    pub fn along(&self, direction: ArrayView1<f64>) -> Vec<f64> {
        let product =
            |v: ArrayView1<f64>| v.iter().zip(&direction).map(|(v, x)| v * x).sum::<f64>();
        self.components.rows().into_iter().map(product).collect()
    }
}

/// Eigenvalues of a symmetric matrix, and its eigenvectors as rows.
fn symmetric(mut a: Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let n = a.nrows();
    let mut vectors = Array2::eye(n);
    let greatest = a.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    for _ in 0..ROUNDS {
        let mut done = true;
        for i in 0..n {
            for j in i + 1..n {
                let between = a[[i, j]];
                if between.abs() <= 1e-17 * greatest {
                    continue;
                }
                done = false;
                // tan 2φ = 2 aᵢⱼ / (aⱼⱼ − aᵢᵢ), the smaller of the two angles.
                let ratio = (a[[j, j]] - a[[i, i]]) / (2.0 * between);
                let sign = if ratio < 0.0 { -1.0 } else { 1.0 };
                let tan = sign / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
                let cos = 1.0 / (tan * tan + 1.0).sqrt();
                let sin = tan * cos;
                for k in 0..n {
                    let (x, y) = (a[[k, i]], a[[k, j]]);
                    (a[[k, i]], a[[k, j]]) = (cos * x - sin * y, sin * x + cos * y);
                }
                for matrix in [&mut a, &mut vectors] {
                    for k in 0..n {
                        let (x, y) = (matrix[[i, k]], matrix[[j, k]]);
                        (matrix[[i, k]], matrix[[j, k]]) = (cos * x - sin * y, sin * x + cos * y);
                    }
                }
                (a[[i, j]], a[[j, i]]) = (0.0, 0.0);
            }
        }
        if done {
            break;
        }
    }
    (a.diag().to_owned(), vectors)
}

#[cfg(test)]
mod tests {
    use super::{Pca, symmetric};
    use crate::rng::Rng;
    use ndarray::{Array2, array};

    #[test]
    fn a_symmetric_matrix_is_its_eigenvectors_and_values() {
        for n in [1, 2, 7, 40] {
            let mut rng = Rng::stream(n as u64, "pca");
            let half = Array2::from_shape_simple_fn((n, n), || rng.normal());
            let matrix = &half + &half.t();
            let (values, vectors) = symmetric(matrix.clone());
            let back = vectors.t().dot(&Array2::from_diag(&values)).dot(&vectors);
            assert!((back - matrix).iter().all(|gap| gap.abs() < 1e-13 * n as f64), "{n}");
            let unit = vectors.dot(&vectors.t()) - Array2::<f64>::eye(n);
            assert!(unit.iter().all(|gap| gap.abs() < 1e-14 * n as f64), "{n}");
        }
    }

    #[test]
    fn points_are_their_scores_along_all_components() {
        let mut rng = Rng::stream(1, "pca");
        let points = Array2::from_shape_simple_fn((30, 4), || rng.normal());
        let pca = Pca::of(points.view(), 4);
        assert!((pca.explained.sum() - 1.0).abs() < 1e-14);
        for point in points.rows() {
            let scores = ndarray::Array1::from(pca.scores(point));
            let back = pca.components.t().dot(&scores) + &pca.mean;
            assert!((back - point).iter().all(|gap| gap.abs() < 1e-14));
        }
    }

    #[test]
    fn one_point_and_no_point_have_components_without_variance() {
        for points in [array![[1.0, 2.0, 3.0]], Array2::zeros((0, 3))] {
            let pca = Pca::of(points.view(), 2);
            assert_eq!(pca.components.dim(), (2, 3));
            assert_eq!(pca.explained.to_vec(), [0.0, 0.0]);
        }
    }
}
