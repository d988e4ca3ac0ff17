//! The normal equations of a damped step, `(JᵀJ + µI) s = −JᵀF`, by Cholesky's factors.
//!
//! Nothing is allocated after the beginning. Every inner loop adds rows to a row, four at a time, so
//! compilers make vectors of it; each element is summed in the same order whatever their width.

/// Rows that are added at once.
const ROWS: usize = 4;

/// `JᵀJ` and `JᵀF` at a state, and room for their factors.
#[derive(Clone, Debug)]
pub(super) struct Normal {
    n: usize,
    /// J, row by row, with rows of zeros up to a multiple of [`ROWS`].
    jacobian: Vec<f64>,
    /// F.
    flow: Vec<f64>,
    /// `JᵀJ`, row by row, on and above the diagonal.
    gram: Vec<f64>,
    /// `JᵀF`.
    gradient: Vec<f64>,
    /// U with `UᵀU = JᵀJ + µI`.
    factor: Vec<f64>,
}

impl Normal {
    /// Room for states of `n` units.
    pub(super) fn new(n: usize) -> Self {
        Self {
            n,
            jacobian: vec![0.0; n.next_multiple_of(ROWS) * n],
            flow: vec![0.0; n],
            gram: vec![0.0; n * n],
            gradient: vec![0.0; n],
            factor: vec![0.0; n * n],
        }
    }

    /// Takes the F and the J that `linearise` writes, and returns q = |F|².
    pub(super) fn form(&mut self, linearise: impl FnOnce(&mut [f64], &mut [f64])) -> f64 {
        let n = self.n;
        linearise(&mut self.flow, &mut self.jacobian[..n * n]);
        self.gram.fill(0.0);
        for rows in self.jacobian.chunks_exact(ROWS * n) {
            for i in 0..n {
                let times = [rows[i], rows[n + i], rows[2 * n + i], rows[3 * n + i]];
                add_rows(&mut self.gram[i * n + i..(i + 1) * n], rows, n, i, times);
            }
        }
        self.gradient.fill(0.0);
        for (row, flow) in self.jacobian.chunks_exact(n).zip(&self.flow) {
            self.gradient.iter_mut().zip(row).for_each(|(g, j)| *g += flow * j);
        }
        self.flow.iter().map(|f| f * f).sum()
    }

    /// `JᵀF`: half the gradient of q.
    pub(super) fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// Factors `JᵀJ + µI`; false where rounding has left it without positive factors.
    pub(super) fn factor(&mut self, damping: f64) -> bool {
        let n = self.n;
        for i in 0..n {
            let (above, below) = self.factor.split_at_mut(i * n);
            let row = &mut below[i..n];
            row.copy_from_slice(&self.gram[i * n + i..(i + 1) * n]);
            row[0] += damping;
            let mut blocks = above.chunks_exact(ROWS * n);
            for rows in &mut blocks {
                let times = [-rows[i], -rows[n + i], -rows[2 * n + i], -rows[3 * n + i]];
                add_rows(row, rows, n, i, times);
            }
            for above in blocks.remainder().chunks_exact(n) {
                let times = above[i];
                row.iter_mut().zip(&above[i..]).for_each(|(x, u)| *x -= times * u);
            }
            if !(row[0] > 0.0 && row[0].is_finite()) {
                return false;
            }
            let root = row[0].sqrt();
            for x in row {
                *x /= root;
            }
        }
        true
    }

    /// Solves `(JᵀJ + µI) s = s`, in place.
    pub(super) fn solve(&self, s: &mut [f64]) {
        let n = self.n;
        for (i, row) in self.factor.chunks_exact(n).enumerate() {
            let y = s[i] / row[i];
            s[i] = y;
            s[i + 1..].iter_mut().zip(&row[i + 1..]).for_each(|(s, u)| *s -= y * u);
        }
        for (i, row) in self.factor.chunks_exact(n).enumerate().rev() {
            let sum: f64 = row[i + 1..].iter().zip(&s[i + 1..]).map(|(u, s)| u * s).sum();
            s[i] = (s[i] - sum) / row[i];
        }
    }
}

/// Adds `times` the four `rows` of length `n`, from column `from` on, to `target`.
fn add_rows(target: &mut [f64], rows: &[f64], n: usize, from: usize, times: [f64; ROWS]) {
    let count = target.len();
    let row = |k: usize| &rows[k * n + from..][..count];
    let [a, b, c, d] = [row(0), row(1), row(2), row(3)];
    let [ta, tb, tc, td] = times;
    for j in 0..count {
        target[j] += ta * a[j] + tb * b[j] + (tc * c[j] + td * d[j]);
    }
}

#[cfg(test)]
mod tests {
    use super::Normal;
    use crate::rng::Rng;
    use ndarray::{Array1, Array2};

    #[test]
    fn a_step_solves_the_damped_normal_equations() {
        for n in [1, 2, 3, 4, 5, 8, 13, 50] {
            let mut rng = Rng::stream(n as u64, "normal");
            let jacobian = Array2::from_shape_simple_fn((n, n), || rng.normal());
            let flow = Array1::from_shape_simple_fn(n, || rng.normal());
            let mut normal = Normal::new(n);
            let q = normal.form(|f, j| {
                f.copy_from_slice(flow.as_slice().unwrap());
                j.copy_from_slice(jacobian.as_slice().unwrap());
            });
            assert!((q - flow.dot(&flow)).abs() < 1e-12);
            assert!(normal.factor(0.3));
            let mut step: Vec<f64> = normal.gradient().iter().map(|g| -g).collect();
            normal.solve(&mut step);
            let step = Array1::from(step);
            let left = jacobian.t().dot(&jacobian.dot(&step)) + 0.3 * &step;
            let gap = left + jacobian.t().dot(&flow);
            assert!(gap.iter().all(|gap| gap.abs() < 1e-12 * (n * n) as f64), "{n}: {gap}");
        }
    }

    #[test]
    fn a_singular_jacobian_has_factors_only_with_damping() {
        let mut normal = Normal::new(2);
        normal.form(|_, j| j.copy_from_slice(&[1.0, 0.0, 2.0, 0.0]));
        assert!(!normal.factor(0.0));
        assert!(normal.factor(1e-3));
    }
}
