//! Eigenvalues and eigenvectors of a square matrix that need not be symmetric.
//!
//! ```text
//! A = Z T Zᵀ   Z orthogonal, T triangular but for blocks of two: the real Schur form
//! A r = λ r    l A = λ l    l · r = 1
//! ```
//!
//! Householder's reflections make A a Hessenberg matrix, Francis's double shifts make that T, and
//! the vectors follow by substitution: Golub & Van Loan, *Matrix Computations*, §7.4–7.6; the shift
//! that frees a stuck iteration is LAPACK's. Only additions, products, quotients and square roots,
//! always in the same order, so every machine gets the same bits: libraries that choose their
//! instructions by the processor do not promise that.
//!
//! ```
//! use attractor_lab::math::eigen;
//! use ndarray::{Array2, array};
//!
//! let turn = array![[0.0, -2.0], [2.0, 0.0]];
//! let pair = eigen::values(turn.view())?;
//! assert_eq!((pair[0].re, pair[0].im, pair[1].im), (0.0, 2.0, -2.0));
//!
//! let sines = Array2::from_shape_fn((4, 4), |(i, j)| {
//!     if i == j { 0.0 } else { 0.9 * libm::sin((1 + 3 * i + 5 * j) as f64) }
//! });
//! assert!((eigen::spectral_radius(sines.view())? - 0.942_445_220_243).abs() < 1e-12);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::{Error, Result};
use ndarray::ArrayView2;
use num_complex::Complex64;

/// Steps after which an eigenvalue that has not settled is given up; most take two or three.
const PATIENCE: usize = 200;

/// An eigenvalue with its vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// λ.
    pub value: Complex64,
    /// r, of length 1, its largest component real and positive.
    pub right: Vec<Complex64>,
    /// l, with l · r = 1 (no conjugate taken); of length 1 where that cannot be, because λ has
    /// fewer vectors than its multiplicity.
    pub left: Vec<Complex64>,
}

/// The eigenvalues, by descending real part, of a pair the one above the real axis first.
///
/// # Errors
/// [`Error::NoSpectrum`] when the matrix is not finite, or for one on which the iteration does not
/// settle.
///
/// # Panics
/// When the matrix is not square.
pub fn values(matrix: ArrayView2<f64>) -> Result<Vec<Complex64>> {
    let schur = Schur::of(matrix, false)?;
    let mut values = schur.values();
    for value in &mut values {
        *value *= schur.scale;
    }
    values.sort_by(|a, b| leading(*a, *b));
    Ok(values)
}

/// The largest |λ|; 0 of an empty matrix.
///
/// # Errors
/// As [`values`].
///
/// # Panics
/// When the matrix is not square.
pub fn spectral_radius(matrix: ArrayView2<f64>) -> Result<f64> {
    let sizes = values(matrix)?.into_iter().map(size);
    Ok(sizes.fold(0.0, f64::max))
}

/// The first `count` modes, in the order of [`values`].
///
/// # Errors
/// As [`values`].
///
/// # Panics
/// When the matrix is not square.
pub fn modes(matrix: ArrayView2<f64>, count: usize) -> Result<Vec<Mode>> {
    let schur = Schur::of(matrix, true)?;
    let scale = schur.scale;
    let triangle = Triangle::of(&schur);
    let mut order: Vec<usize> = (0..schur.n).collect();
    order.sort_by(|&a, &b| leading(triangle.value(a), triangle.value(b)));
    order.truncate(count);
    Ok(order
        .into_iter()
        .map(|k| {
            let (right, left) = triangle.vectors(k);
            Mode { value: triangle.value(k) * scale, right, left }
        })
        .collect())
}

/// |z|.
#[must_use]
pub fn size(z: Complex64) -> f64 {
    libm::hypot(z.re, z.im)
}

fn leading(a: Complex64, b: Complex64) -> std::cmp::Ordering {
    b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im))
}

/// The real Schur form of A / `scale`.
struct Schur {
    n: usize,
    /// A power of two, so that no bit is lost.
    scale: f64,
    /// T, row by row.
    t: Vec<f64>,
    /// Z, row by row, if it was asked for.
    z: Option<Vec<f64>>,
}

impl Schur {
    fn of(matrix: ArrayView2<f64>, vectors: bool) -> Result<Self> {
        let n = matrix.nrows();
        assert_eq!(n, matrix.ncols(), "only a square matrix has eigenvalues");
        if let Some(odd) = matrix.iter().find(|value| !value.is_finite()) {
            let why = format!("a matrix holds {odd}, and every number of it must be finite");
            return Err(Error::NoSpectrum { why });
        }
        let greatest = matrix.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let scale = libm::ldexp(1.0, libm::frexp(greatest).1.clamp(-1000, 1000));
        let z = vectors.then(|| {
            let mut z = vec![0.0; n * n];
            z.iter_mut().step_by(n + 1).for_each(|one| *one = 1.0);
            z
        });
        let t = matrix.iter().map(|value| value / scale).collect();
        let mut schur = Self { n, scale, t, z };
        schur.reduce();
        schur.iterate()?;
        Ok(schur)
    }

    /// Zeros below the first subdiagonal.
    fn reduce(&mut self) {
        let n = self.n;
        for k in 0..n.saturating_sub(2) {
            let mut v: Vec<f64> = (k + 1..n).map(|i| self.t[i * n + k]).collect();
            let beta = reflection(&mut v);
            from_left(&mut self.t, n, (k + 1, k..n), &v, beta);
            from_right(&mut self.t, n, (0..n, k + 1), &v, beta);
            if let Some(z) = &mut self.z {
                from_right(z, n, (0..n, k + 1), &v, beta);
            }
            (k + 2..n).for_each(|i| self.t[i * n + k] = 0.0);
        }
    }

    /// Zeros on the subdiagonal, but for one in each block of two.
    fn iterate(&mut self) -> Result<()> {
        let (n, mut end, mut tries) = (self.n, self.n, 0);
        while end > 0 {
            // Where many eigenvalues are equal, rounding alone keeps the rest of a block above
            // one unit in the last place: what does not settle is allowed more, but little.
            let slack = f64::from(1_u32 << (tries / 10).min(5));
            let mut first = end - 1;
            while first > 0 && !self.deflates(first, slack) {
                first -= 1;
            }
            match end - first {
                1 => end -= 1,
                2 => {
                    self.split(first);
                    end -= 2;
                }
                _ if tries == PATIENCE => {
                    let why = format!("the iteration on a matrix of {n} rows does not settle");
                    return Err(Error::NoSpectrum { why });
                }
                _ => {
                    tries += 1;
                    self.sweep(first, end, tries % 10 == 0);
                    continue;
                }
            }
            tries = 0;
        }
        Ok(())
    }

    /// Whether the subdiagonal entry of row `k` is nothing beside its neighbours, but for `slack`
    /// units in the last place; then it is made 0.
    fn deflates(&mut self, k: usize, slack: f64) -> bool {
        let n = self.n;
        let around = self.t[k * n + k].abs() + self.t[(k - 1) * n + k - 1].abs();
        // Beside two zeros it is compared with the matrix, whose greatest entry is about 1.
        let around = if around > 0.0 { around } else { 1.0 };
        let small = self.t[k * n + k - 1].abs() <= slack * f64::EPSILON * around;
        if small {
            self.t[k * n + k - 1] = 0.0;
        }
        small
    }

    /// A Francis step on the rows `first..end`, at least three.
    fn sweep(&mut self, first: usize, end: usize, stuck: bool) {
        let n = self.n;
        let t = |i: usize, j: usize| self.t[i * n + j];
        let m = end - 1;
        let (trace, determinant) = if stuck {
            let apart = t(m, m - 1).abs() + t(m - 1, m - 2).abs();
            let near = t(m, m) + 0.75 * apart;
            (2.0 * near, near * near + 0.4375 * apart * apart)
        } else {
            let [a, b, c, d] = [t(m - 1, m - 1), t(m - 1, m), t(m, m - 1), t(m, m)];
            (a + d, a * d - b * c)
        };
        // The first column of T² − trace T + determinant.
        let [a, b, c, d] =
            [t(first, first), t(first, first + 1), t(first + 1, first), t(first + 1, first + 1)];
        let mut v = [
            a * (a - trace) + b * c + determinant,
            c * (a + d - trace),
            c * t(first + 2, first + 1),
        ];
        // Where no vectors are wanted, what lies outside of the block does not count.
        let (top, right) = if self.z.is_some() { (0, n) } else { (first, end) };
        for k in first..end - 1 {
            let rows = (end - k).min(3);
            if k > first {
                (0..rows).for_each(|i| v[i] = self.t[(k + i) * n + k - 1]);
            }
            let v = &mut v[..rows];
            let beta = reflection(v);
            let left = if k > first { k - 1 } else { k };
            from_left(&mut self.t, n, (k, left..right), v, beta);
            from_right(&mut self.t, n, (top..(k + 4).min(end), k), v, beta);
            if let Some(z) = &mut self.z {
                from_right(z, n, (0..n, k), v, beta);
            }
            if k > first {
                (1..rows).for_each(|i| self.t[(k + i) * n + k - 1] = 0.0);
            }
        }
    }

    /// Makes the block of rows `k` and `k + 1` triangular if its eigenvalues are real.
    fn split(&mut self, k: usize) {
        let n = self.n;
        let [a, b, c, d] = self.block(k);
        let half = 0.5 * (a - d);
        let square = half * half + b * c;
        if c == 0.0 || square < 0.0 {
            return;
        }
        // (along, c) is the vector of the eigenvalue farther from d.
        let along = half + if half < 0.0 { -square.sqrt() } else { square.sqrt() };
        let length = (along * along + c * c).sqrt();
        let (cos, sin) = (along / length, c / length);
        for j in 0..n {
            let (up, down) = (self.t[k * n + j], self.t[(k + 1) * n + j]);
            self.t[k * n + j] = cos * up + sin * down;
            self.t[(k + 1) * n + j] = cos * down - sin * up;
        }
        for matrix in [Some(&mut self.t), self.z.as_mut()].into_iter().flatten() {
            for row in matrix.chunks_exact_mut(n) {
                (row[k], row[k + 1]) =
                    (cos * row[k] + sin * row[k + 1], cos * row[k + 1] - sin * row[k]);
            }
        }
        self.t[(k + 1) * n + k] = 0.0;
    }

    fn block(&self, k: usize) -> [f64; 4] {
        let (n, t) = (self.n, &self.t);
        [t[k * n + k], t[k * n + k + 1], t[(k + 1) * n + k], t[(k + 1) * n + k + 1]]
    }

    /// Whether the rows `k` and `k + 1` are a block of two.
    fn paired(&self, k: usize) -> bool {
        k + 1 < self.n && self.t[(k + 1) * self.n + k] != 0.0
    }

    /// The eigenvalues of T as they stand on its diagonal.
    fn values(&self) -> Vec<Complex64> {
        let mut values = Vec::with_capacity(self.n);
        while values.len() < self.n {
            let k = values.len();
            if self.paired(k) {
                let [a, b, c, d] = self.block(k);
                let half = 0.5 * (a - d);
                let height = (-(half * half + b * c)).max(0.0).sqrt();
                let middle = 0.5 * (a + d);
                values.extend([Complex64::new(middle, height), Complex64::new(middle, -height)]);
            } else {
                values.push(Complex64::new(self.t[k * self.n + k], 0.0));
            }
        }
        values
    }
}

/// Makes of x the vector v, and returns the β, of the reflection I − β v vᵀ that takes x to the
/// first axis.
fn reflection(x: &mut [f64]) -> f64 {
    let rest: f64 = x[1..].iter().map(|x| x * x).sum();
    if rest == 0.0 {
        return 0.0;
    }
    let length = (x[0] * x[0] + rest).sqrt();
    x[0] += if x[0] < 0.0 { -length } else { length };
    2.0 / (x[0] * x[0] + rest)
}

/// The reflection of the rows from `at.0` on, in the columns `at.1`.
fn from_left(m: &mut [f64], n: usize, at: (usize, std::ops::Range<usize>), v: &[f64], beta: f64) {
    if beta == 0.0 {
        return;
    }
    let (row, columns) = at;
    let mut sums = vec![0.0; columns.len()];
    for (m, v) in m.chunks_exact(n).skip(row).zip(v) {
        sums.iter_mut().zip(&m[columns.clone()]).for_each(|(sum, m)| *sum += v * m);
    }
    for (m, v) in m.chunks_exact_mut(n).skip(row).zip(v) {
        let times = beta * v;
        m[columns.clone()].iter_mut().zip(&sums).for_each(|(m, sum)| *m -= times * sum);
    }
}

/// The reflection of the columns from `at.1` on, in the rows `at.0`.
fn from_right(m: &mut [f64], n: usize, at: (std::ops::Range<usize>, usize), v: &[f64], beta: f64) {
    if beta == 0.0 {
        return;
    }
    let (rows, column) = at;
    for row in m.chunks_exact_mut(n).take(rows.end).skip(rows.start) {
        let part = &mut row[column..column + v.len()];
        let sum: f64 = part.iter().zip(v).map(|(m, v)| m * v).sum();
        let times = beta * sum;
        part.iter_mut().zip(v).for_each(|(m, v)| *m -= times * v);
    }
}

/// The complex Schur form: its blocks of two made triangular.
struct Triangle {
    n: usize,
    t: Vec<Complex64>,
    z: Vec<Complex64>,
}

impl Triangle {
    fn of(schur: &Schur) -> Self {
        let n = schur.n;
        let complex = |values: &[f64]| values.iter().map(|&x| Complex64::new(x, 0.0)).collect();
        let z = schur.z.as_deref().unwrap_or_default();
        let mut triangle = Self { n, t: complex(&schur.t), z: complex(z) };
        let values = schur.values();
        for k in (0..n).filter(|&k| schur.paired(k)) {
            triangle.turn(k, values[k]);
            triangle.t[(k + 1) * n + k] = Complex64::ZERO;
        }
        for (k, value) in values.into_iter().enumerate() {
            triangle.t[k * n + k] = value;
        }
        triangle
    }

    /// Takes the vector of the eigenvalue `value` in the block of rows `k` and `k + 1` to the axis.
    fn turn(&mut self, k: usize, value: Complex64) {
        let n = self.n;
        let (c, d) = (self.t[(k + 1) * n + k].re, self.t[(k + 1) * n + k + 1]);
        let along = value - d;
        let length = (along.norm_sqr() + c * c).sqrt();
        let (u, w) = (along / length, c / length);
        for j in 0..n {
            let (up, down) = (self.t[k * n + j], self.t[(k + 1) * n + j]);
            self.t[k * n + j] = u.conj() * up + down * w;
            self.t[(k + 1) * n + j] = u * down - up * w;
        }
        for row in self.t.chunks_exact_mut(n).chain(self.z.chunks_exact_mut(n)) {
            (row[k], row[k + 1]) =
                (row[k] * u + row[k + 1] * w, row[k + 1] * u.conj() - row[k] * w);
        }
    }

    fn value(&self, k: usize) -> Complex64 {
        self.t[k * self.n + k]
    }

    /// Right and left vector of the `k`-th eigenvalue on the diagonal.
    fn vectors(&self, k: usize) -> (Vec<Complex64>, Vec<Complex64>) {
        let (n, t, value) = (self.n, &self.t, self.value(k));
        let divide = |sum: Complex64, i: usize| {
            let apart = value - t[i * n + i];
            // Equal eigenvalues: as if they differed in the last place.
            let tiny = f64::EPSILON;
            sum / if size(apart) < tiny { Complex64::new(tiny, 0.0) } else { apart }
        };
        let mut right = vec![Complex64::ZERO; n];
        right[k] = Complex64::ONE;
        for i in (0..k).rev() {
            let sum: Complex64 = (i + 1..=k).map(|j| t[i * n + j] * right[j]).sum();
            right[i] = divide(sum, i);
        }
        let mut left = vec![Complex64::ZERO; n];
        left[k] = Complex64::ONE;
        for j in k + 1..n {
            let sum: Complex64 = (k..j).map(|i| left[i] * t[i * n + j]).sum();
            left[j] = divide(sum, j);
        }
        let rows = || self.z.chunks_exact(n);
        let mut right: Vec<_> =
            rows().map(|row| row.iter().zip(&right).map(|(z, y)| z * y).sum()).collect();
        let mut left: Vec<_> =
            rows().map(|row| row.iter().zip(&left).map(|(z, y)| z.conj() * y).sum()).collect();
        normalise(&mut right);
        normalise(&mut left);
        let product: Complex64 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
        // Vectors of a defective eigenvalue are orthogonal but for rounding.
        if size(product) > 1e-7 {
            for l in &mut left {
                *l /= product;
            }
        }
        (right, left)
    }
}

/// Length 1, and the component of greatest size real and positive.
fn normalise(vector: &mut [Complex64]) {
    let greatest = vector.iter().map(|&z| size(z)).fold(0.0, f64::max);
    if greatest == 0.0 {
        return;
    }
    for z in &mut *vector {
        *z /= greatest;
    }
    let length = vector.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
    // The first of those that are greatest but for rounding, so that ±v is not a matter of chance.
    let first = vector.iter().find(|&&z| size(z) > 1.0 - 1e-9).copied().unwrap_or(Complex64::ONE);
    let turn = first.conj() / size(first) / length;
    for z in vector {
        *z *= turn;
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, modes, size, spectral_radius, values};
    use crate::rng::Rng;
    use ndarray::{Array2, array};
    use num_complex::Complex64;

    fn random(n: usize, seed: u64) -> Array2<f64> {
        let mut rng = Rng::stream(seed, "eigen");
        Array2::from_shape_simple_fn((n, n), || rng.normal())
    }

    /// ‖A r − λ r‖ and ‖l A − λ l‖, the greatest component.
    fn residuals(matrix: &Array2<f64>, mode: &Mode) -> (f64, f64) {
        let n = matrix.nrows();
        let (r, l) = (&mode.right, &mode.left);
        let worst =
            |gap: &dyn Fn(usize) -> Complex64| (0..n).map(|i| size(gap(i))).fold(0.0, f64::max);
        let right = worst(&|i| {
            (0..n).map(|j| r[j] * matrix[[i, j]]).sum::<Complex64>() - mode.value * r[i]
        });
        let left = worst(&|j| {
            (0..n).map(|i| l[i] * matrix[[i, j]]).sum::<Complex64>() - mode.value * l[j]
        });
        (right, left)
    }

    #[test]
    fn vectors_and_values_belong_together_and_are_dual() {
        for n in [1, 2, 3, 5, 20, 50] {
            let matrix = random(n, n as u64);
            let all = modes(matrix.view(), n).unwrap();
            let alone = values(matrix.view()).unwrap();
            for (k, mode) in all.iter().enumerate() {
                let (right, left) = residuals(&matrix, mode);
                let long = mode.left.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
                assert!(right < 1e-13 * n as f64, "{n}, {k}: {right}");
                assert!(left < 1e-13 * n as f64 * long, "{n}, {k}: {left}");
                assert!(size(mode.value - alone[k]) < 1e-11, "{n}, {k}");
                for (other, to) in all.iter().enumerate() {
                    let product: Complex64 =
                        mode.left.iter().zip(&to.right).map(|(l, r)| l * r).sum();
                    let expected = if k == other { 1.0 } else { 0.0 };
                    assert!(
                        size(product - expected) < 1e-11 * long,
                        "{n}, {k}, {other}: {product}"
                    );
                }
            }
            let trace: f64 = matrix.diag().sum();
            let sum: Complex64 = alone.iter().sum();
            assert!((sum - trace).re.abs() < 1e-12 * n as f64 && sum.im == 0.0, "{n}: {sum}");
        }
    }

    #[test]
    fn values_come_by_descending_real_part_and_in_exact_pairs() {
        let found = values(random(31, 3).view()).unwrap();
        assert!(found.windows(2).all(|pair| pair[0].re >= pair[1].re));
        for value in &found {
            assert!(found.contains(&value.conj()), "{value} has no partner");
        }
    }

    /// Every eigenvalue of a cycle has size 1, so that plain shifts go round and round.
    #[test]
    fn an_iteration_that_is_stuck_is_freed() {
        for n in [3, 4, 8, 17] {
            let cycle =
                Array2::from_shape_fn((n, n), |(i, j)| f64::from(u8::from((i + 1) % n == j)));
            for value in values(cycle.view()).unwrap() {
                assert!((size(value) - 1.0).abs() < 1e-13, "{n}: {value}");
            }
        }
    }

    /// ∂F/∂x = −I + D W, where silent units have a row of nothing but −1: as many eigenvalues −1.
    #[test]
    fn silent_units_are_no_obstacle() {
        let n = 50;
        let mut rng = Rng::stream(2, "eigen");
        for _ in 0..200 {
            let mut jacobian = Array2::<f64>::zeros((n, n));
            let mut silent = 0;
            for mut row in jacobian.rows_mut() {
                if rng.uniform() < 0.5 {
                    silent += 1;
                    continue;
                }
                for (j, entry) in row.iter_mut().enumerate() {
                    // Four fifths of the units excite, four times as weakly as the others inhibit.
                    let mean = if j < 40 { 0.14 } else { -0.56 };
                    if rng.uniform() < 0.4 {
                        *entry = mean + 0.02 * rng.normal();
                    }
                }
            }
            jacobian.diag_mut().iter_mut().for_each(|entry| *entry -= 1.0);
            let found = modes(jacobian.view(), n).unwrap();
            let trace: f64 = jacobian.diag().sum();
            let sum: Complex64 = found.iter().map(|mode| mode.value).sum();
            assert!((sum - trace).re.abs() < 1e-12, "{sum}, {trace}");
            // One that is not simple is known to the square root of the rounding error.
            let at_rest = found.iter().filter(|mode| size(mode.value + 1.0) < 1e-7).count();
            assert!(at_rest >= silent, "{at_rest} of {silent}");
            for mode in &found {
                assert!(residuals(&jacobian, mode).0 < 1e-12);
            }
        }
    }

    /// Matrices that have fewer vectors than rows, or the same eigenvalue many times.
    #[test]
    fn degenerate_matrices_have_eigenvalues_too() {
        for n in [3, 8, 20, 50] {
            let shift = Array2::from_shape_fn((n, n), |(i, j)| f64::from(u8::from(i == j + 1)));
            let basis = random(n, 9);
            let row = basis.row(0).insert_axis(ndarray::Axis(0)).to_owned();
            let one = row.t().dot(&row);
            let few = basis.slice(ndarray::s![.., ..2]).dot(&basis.slice(ndarray::s![..2, ..]));
            let blocks = Array2::from_shape_fn((n, n), |(i, j)| {
                if i / 2 == j / 2 { [[0.0, -1.0], [1.0, 0.0]][i % 2][j % 2] } else { 0.0 }
            });
            let mixed = &basis.dot(&shift) + &shift.dot(&basis);
            for matrix in [shift.clone(), shift.t().to_owned(), one, few, blocks, mixed] {
                for moved in [matrix.clone(), &matrix - &Array2::<f64>::eye(n)] {
                    let found = values(moved.view()).unwrap();
                    let sum: Complex64 = found.iter().sum();
                    let scale = moved.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
                    let gap = (sum.re - moved.diag().sum()).abs();
                    assert!(gap < 1e-12 * n as f64 * scale, "{n}: {gap}");
                }
            }
        }
    }

    #[test]
    fn equal_eigenvalues_have_independent_vectors_where_there_are_any() {
        let scaled = 2.0 * Array2::<f64>::eye(4);
        let all = modes(scaled.view(), 4).unwrap();
        for (k, mode) in all.iter().enumerate() {
            assert_eq!(mode.right[k], Complex64::ONE);
            assert_eq!(residuals(&scaled, mode), (0.0, 0.0));
        }
        let jordan = array![[3.0, 1.0], [0.0, 3.0]];
        for mode in modes(jordan.view(), 2).unwrap() {
            assert!(
                residuals(&jordan, &mode).0 < 1e-15 && mode.left.iter().all(|l| size(*l) <= 1.0)
            );
        }
    }

    #[test]
    fn sizes_far_from_one_are_no_matter() {
        let matrix = random(6, 1);
        let radius = spectral_radius(matrix.view()).unwrap();
        for scale in [1e-290, 1e290] {
            let scaled = spectral_radius((scale * &matrix).view()).unwrap();
            assert!((scaled / scale / radius - 1.0).abs() < 1e-13, "{scale}");
        }
        assert_eq!(spectral_radius(Array2::zeros((3, 3)).view()), Ok(0.0));
        assert_eq!(spectral_radius(Array2::zeros((0, 0)).view()), Ok(0.0));
    }

    #[test]
    fn what_is_not_finite_has_no_eigenvalues() {
        let why = values(array![[1.0, f64::NAN], [0.0, 1.0]].view()).unwrap_err().to_string();
        assert!(why.contains("NaN"), "{why}");
    }
}
