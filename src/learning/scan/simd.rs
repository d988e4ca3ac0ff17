//! Vectors of numbers: what the kernels are written over.
//!
//! A kernel does the same with every lane and never adds lanes together, and no operation here
//! fuses a product with a sum. So the numbers that come out depend neither on how many lanes a
//! machine has nor on which machine it is: WebAssembly (4 lanes), x86-64 (4, 8 or 16) and the
//! portable form give the same bits.
//!
//! ```
//! use attractor_lab::learning::scan::Lanes;
//!
//! assert!([4, 8, 16].contains(&Lanes::best().count()));
//! ```

#![allow(unsafe_code, reason = "vector instructions; the kernels check the lengths they are given")]
#![allow(clippy::inline_always, reason = "instructions must reach the function that enables them")]

use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// How many lanes the vectors of this machine have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// WebAssembly, and every machine there is.
    Four,
    /// x86-64 with AVX.
    #[cfg(target_arch = "x86_64")]
    Eight,
    /// x86-64 with AVX-512.
    #[cfg(target_arch = "x86_64")]
    Sixteen,
}

impl Lanes {
    /// The widest vectors this machine has.
    #[must_use]
    pub fn best() -> Self {
        *Self::available().last().unwrap_or(&Self::Four)
    }

    /// All vectors this machine has, narrow ones first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let eight = std::arch::is_x86_feature_detected!("avx");
            let sixteen = eight && std::arch::is_x86_feature_detected!("avx512f");
            let all = [(true, Self::Four), (eight, Self::Eight), (sixteen, Self::Sixteen)];
            all.into_iter().filter_map(|(has, lanes)| has.then_some(lanes)).collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![Self::Four]
    }

    /// The number.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Four => 4,
            #[cfg(target_arch = "x86_64")]
            Self::Eight => 8,
            #[cfg(target_arch = "x86_64")]
            Self::Sixteen => 16,
        }
    }
}

/// A number that kernels compute with: `f32`, and `f64` to check the equations with.
pub(crate) trait Scalar:
    Copy
    + Default
    + PartialOrd
    + AddAssign
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + 'static
{
    const ONE: Self;
    fn from_f64(value: f64) -> Self;
    /// The 4 × 4 numbers at `from`, in rows `from_row` apart, become columns at `to`, in rows
    /// `to_row` apart.
    ///
    /// # Safety
    /// Both must hold four rows of four numbers.
    unsafe fn transpose4(from: *const Self, from_row: usize, to: *mut Self, to_row: usize);
}

/// A vector of numbers. What it cannot do, kernels do without.
pub(crate) trait Vector: Copy {
    type Scalar: Scalar;
    /// Numbers in a vector.
    const LANES: usize;
    /// Rows of a block of a matrix product, a multiple of four: as many as the registers allow.
    const ROWS: usize;
    /// Vectors side by side in such a block.
    const COLUMNS: usize;

    fn splat(value: Self::Scalar) -> Self;
    /// # Safety
    /// `from` must hold `LANES` numbers.
    unsafe fn load(from: *const Self::Scalar) -> Self;
    /// # Safety
    /// `to` must hold `LANES` numbers.
    unsafe fn store(self, to: *mut Self::Scalar);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// The greater; `other` where one is no number.
    fn max(self, other: Self) -> Self;
    /// The lesser; `other` where one is no number.
    fn min(self, other: Self) -> Self;
    /// `self` where `condition > 0`, else zero.
    fn where_positive(self, condition: Self) -> Self;
    /// `self` with the sign of `other`, for a `self` that is not negative.
    fn with_sign_of(self, other: Self) -> Self;
    /// eˣ − 1, for |x| ≤ 80.
    fn expm1(self) -> Self;

    fn number(value: f64) -> Self {
        Self::splat(Self::Scalar::from_f64(value))
    }
    fn zero() -> Self {
        Self::splat(Self::Scalar::default())
    }
    fn one() -> Self {
        Self::splat(Self::Scalar::ONE)
    }
}

impl Scalar for f64 {
    const ONE: Self = 1.0;
    fn from_f64(value: f64) -> Self {
        value
    }
    unsafe fn transpose4(from: *const Self, from_row: usize, to: *mut Self, to_row: usize) {
        // SAFETY: the caller's promise.
        unsafe { transpose4_plain(from, from_row, to, to_row) }
    }
}

/// One number at a time, in double precision: to check the equations, not for speed.
impl Vector for f64 {
    type Scalar = Self;
    const LANES: usize = 1;
    const ROWS: usize = 4;
    const COLUMNS: usize = 2;

    fn splat(value: Self) -> Self {
        value
    }
    unsafe fn load(from: *const Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { *from }
    }
    unsafe fn store(self, to: *mut Self) {
        // SAFETY: the caller's promise.
        unsafe { *to = self }
    }
    fn add(self, other: Self) -> Self {
        self + other
    }
    fn sub(self, other: Self) -> Self {
        self - other
    }
    fn mul(self, other: Self) -> Self {
        self * other
    }
    fn div(self, other: Self) -> Self {
        self / other
    }
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
    fn where_positive(self, condition: Self) -> Self {
        if condition > 0.0 { self } else { 0.0 }
    }
    fn with_sign_of(self, other: Self) -> Self {
        libm::copysign(self, other)
    }
    fn expm1(self) -> Self {
        libm::expm1(self)
    }
}

/// Adding this to a number below 2²² rounds it to a whole one, which then stands in the last bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts, the first of which times a whole number is exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// (eʳ − 1 − r) / r² for |r| ≤ ½ ln 2, highest power first: S. Moshier's Cephes, `expf`.
const EXP: [f32; 6] =
    [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];

/// eˣ − 1 in single precision: x = n ln 2 + r, and eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1).
macro_rules! expm1 {
    ($x:ident, $power:expr) => {{
        let shifted = $x.mul(Self::splat(std::f32::consts::LOG2_E)).add(Self::splat(ROUND));
        let n = shifted.sub(Self::splat(ROUND));
        let r = $x.sub(n.mul(Self::splat(LN_2[0]))).sub(n.mul(Self::splat(LN_2[1])));
        let mut polynomial = Self::splat(EXP[0]);
        for coefficient in &EXP[1..] {
            polynomial = polynomial.mul(r).add(Self::splat(*coefficient));
        }
        let part = polynomial.mul(r).mul(r).add(r);
        let power: Self = $power(shifted);
        power.mul(part).add(power.sub(Self::splat(1.0)))
    }};
}

/// # Safety
/// Both must hold four rows of four numbers.
unsafe fn transpose4_plain<T: Copy>(from: *const T, from_row: usize, to: *mut T, to_row: usize) {
    for row in 0..4 {
        for column in 0..4 {
            // SAFETY: the caller's promise.
            unsafe { *to.add(column * to_row + row) = *from.add(row * from_row + column) };
        }
    }
}

#[cfg(target_family = "wasm")]
mod wasm {
    use super::{EXP, LN_2, ROUND, Scalar, Vector};
    #[allow(clippy::wildcard_imports, reason = "their names say where they come from")]
    use core::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub(crate) struct F32x4(v128);

    impl Scalar for f32 {
        const ONE: Self = 1.0;
        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as f32
        }
        #[inline(always)]
        unsafe fn transpose4(from: *const Self, from_row: usize, to: *mut Self, to_row: usize) {
            // SAFETY: the caller's promise.
            unsafe {
                let row = |k: usize| v128_load(from.add(k * from_row).cast());
                let (a, b, c, d) = (row(0), row(1), row(2), row(3));
                let (ab_low, ab_high) =
                    (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
                let (cd_low, cd_high) =
                    (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
                let put = |k: usize, value| v128_store(to.add(k * to_row).cast(), value);
                put(0, i64x2_shuffle::<0, 2>(ab_low, cd_low));
                put(1, i64x2_shuffle::<1, 3>(ab_low, cd_low));
                put(2, i64x2_shuffle::<0, 2>(ab_high, cd_high));
                put(3, i64x2_shuffle::<1, 3>(ab_high, cd_high));
            }
        }
    }

    impl Vector for F32x4 {
        type Scalar = f32;
        const LANES: usize = 4;
        const ROWS: usize = 4;
        const COLUMNS: usize = 2;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { v128_load(from.cast()) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { v128_store(to.cast(), self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            Self(f32x4_div(self.0, other.0))
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // The one of the two operations of this name that x86-64 has as an instruction.
            Self(f32x4_pmax(other.0, self.0))
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(f32x4_pmin(other.0, self.0))
        }
        #[inline(always)]
        fn where_positive(self, condition: Self) -> Self {
            Self(v128_and(self.0, f32x4_gt(condition.0, f32x4_splat(0.0))))
        }
        #[inline(always)]
        fn with_sign_of(self, other: Self) -> Self {
            Self(v128_or(self.0, v128_and(other.0, f32x4_splat(-0.0))))
        }
        #[inline(always)]
        fn expm1(self) -> Self {
            let x = self;
            expm1!(x, |shifted: Self| Self(i32x4_add(
                i32x4_shl(shifted.0, 23),
                i32x4_splat(127 << 23)
            )))
        }
    }
}
#[cfg(target_family = "wasm")]
pub(crate) use wasm::F32x4;

#[cfg(not(any(target_family = "wasm", target_arch = "x86_64")))]
mod portable {
    use super::{EXP, LN_2, ROUND, Scalar, Vector, transpose4_plain};

    #[derive(Clone, Copy)]
    pub(crate) struct F32x4([f32; 4]);

    impl Scalar for f32 {
        const ONE: Self = 1.0;
        fn from_f64(value: f64) -> Self {
            value as f32
        }
        unsafe fn transpose4(from: *const Self, from_row: usize, to: *mut Self, to_row: usize) {
            // SAFETY: the caller's promise.
            unsafe { transpose4_plain(from, from_row, to, to_row) }
        }
    }

    impl F32x4 {
        #[inline(always)]
        fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
            Self(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
        }
    }

    impl Vector for F32x4 {
        type Scalar = f32;
        const LANES: usize = 4;
        const ROWS: usize = 8;
        const COLUMNS: usize = 2;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            Self([value; 4])
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            self.zip(other, |a, b| a + b)
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            self.zip(other, |a, b| a - b)
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            self.zip(other, |a, b| a * b)
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            self.zip(other, |a, b| a / b)
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            self.zip(other, |a, b| if a > b { a } else { b })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            self.zip(other, |a, b| if a < b { a } else { b })
        }
        #[inline(always)]
        fn where_positive(self, condition: Self) -> Self {
            self.zip(condition, |a, c| if c > 0.0 { a } else { 0.0 })
        }
        #[inline(always)]
        fn with_sign_of(self, other: Self) -> Self {
            self.zip(other, libm::copysignf)
        }
        #[inline(always)]
        fn expm1(self) -> Self {
            let x = self;
            expm1!(x, |shifted: Self| Self(
                shifted.0.map(|s| f32::from_bits((s.to_bits() << 23).wrapping_add(127 << 23)))
            ))
        }
    }
}
#[cfg(not(any(target_family = "wasm", target_arch = "x86_64")))]
pub(crate) use portable::F32x4;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{EXP, LN_2, ROUND, Scalar, Vector};
    #[allow(clippy::wildcard_imports, reason = "their names say where they come from")]
    use core::arch::x86_64::*;

    impl Scalar for f32 {
        const ONE: Self = 1.0;
        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as f32
        }
        #[inline(always)]
        unsafe fn transpose4(from: *const Self, from_row: usize, to: *mut Self, to_row: usize) {
            // SAFETY: the caller's promise; every x86-64 has these instructions.
            unsafe {
                let row = |k: usize| _mm_loadu_ps(from.add(k * from_row));
                let (mut a, mut b, mut c, mut d) = (row(0), row(1), row(2), row(3));
                _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
                for (k, value) in [a, b, c, d].into_iter().enumerate() {
                    _mm_storeu_ps(to.add(k * to_row), value);
                }
            }
        }
    }

    macro_rules! vector {
        (
            $name:ident, $register:ty, $lanes:literal, $rows:literal x $columns:literal,
            $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident,
            $div:ident, $max:ident, $min:ident,
            $where_positive:expr, $with_sign_of:expr, $power:expr
        ) => {
            /// Numbers in one register; its functions are for machines that have it.
            #[derive(Clone, Copy)]
            pub(crate) struct $name($register);

            // SAFETY of all that follows: see `Lanes::best`; the kernels of a width run only
            // where it is among the available ones.
            impl Vector for $name {
                type Scalar = f32;
                const LANES: usize = $lanes;
                const ROWS: usize = $rows;
                const COLUMNS: usize = $columns;

                #[inline(always)]
                fn splat(value: f32) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $splat(value) })
                }
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: as above, and the caller's promise.
                    Self(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: as above, and the caller's promise.
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $add(self.0, other.0) })
                }
                #[inline(always)]
                fn sub(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $sub(self.0, other.0) })
                }
                #[inline(always)]
                fn mul(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $mul(self.0, other.0) })
                }
                #[inline(always)]
                fn div(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $div(self.0, other.0) })
                }
                #[inline(always)]
                fn max(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $max(self.0, other.0) })
                }
                #[inline(always)]
                fn min(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $min(self.0, other.0) })
                }
                #[inline(always)]
                fn where_positive(self, condition: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $where_positive(self.0, condition.0) })
                }
                #[inline(always)]
                fn with_sign_of(self, other: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $with_sign_of(self.0, other.0) })
                }
                #[inline(always)]
                fn expm1(self) -> Self {
                    let x = self;
                    // SAFETY: as above.
                    expm1!(x, |shifted: Self| Self(unsafe { $power(shifted.0) }))
                }
            }
        };
    }

    vector!(
        F32x4, __m128, 4, 4 x 2,
        _mm_set1_ps, _mm_loadu_ps, _mm_storeu_ps, _mm_add_ps, _mm_sub_ps, _mm_mul_ps,
        _mm_div_ps, _mm_max_ps, _mm_min_ps,
        |a, c| _mm_and_ps(a, _mm_cmpgt_ps(c, _mm_setzero_ps())),
        |a, s| _mm_or_ps(a, _mm_and_ps(s, _mm_set1_ps(-0.0))),
        |s| _mm_castsi128_ps(_mm_add_epi32(
            _mm_slli_epi32::<23>(_mm_castps_si128(s)),
            _mm_set1_epi32(127 << 23),
        ))
    );

    vector!(
        F32x8, __m256, 8, 4 x 2,
        _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_add_ps, _mm256_sub_ps,
        _mm256_mul_ps, _mm256_div_ps, _mm256_max_ps, _mm256_min_ps,
        |a, c| _mm256_and_ps(a, _mm256_cmp_ps::<_CMP_GT_OQ>(c, _mm256_setzero_ps())),
        |a, s| _mm256_or_ps(a, _mm256_and_ps(s, _mm256_set1_ps(-0.0))),
        |s| {
            // AVX has no whole numbers of this width: two halves.
            let half = |h| _mm_add_epi32(_mm_slli_epi32::<23>(h), _mm_set1_epi32(127 << 23));
            let s = _mm256_castps_si256(s);
            let low = half(_mm256_castsi256_si128(s));
            let high = half(_mm256_extractf128_si256::<1>(s));
            _mm256_castsi256_ps(_mm256_set_m128i(high, low))
        }
    );

    vector!(
        F32x16, __m512, 16, 12 x 1,
        _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_add_ps, _mm512_sub_ps,
        _mm512_mul_ps, _mm512_div_ps, _mm512_max_ps, _mm512_min_ps,
        |a, c| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(c, _mm512_setzero_ps()), a),
        |a, s| _mm512_castsi512_ps(_mm512_or_epi32(
            _mm512_castps_si512(a),
            _mm512_and_epi32(_mm512_castps_si512(s), _mm512_set1_epi32(i32::MIN)),
        )),
        |s| _mm512_castsi512_ps(_mm512_add_epi32(
            _mm512_slli_epi32::<23>(_mm512_castps_si512(s)),
            _mm512_set1_epi32(127 << 23),
        ))
    );
}
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{F32x4, F32x8, F32x16};
