//! What a machine can do at most: the kernel of the [scan](super) alone, on numbers that never
//! leave the nearest cache. A benchmark says what share of it is reached.
//!
//! ```
//! use attractor_lab::learning::scan::{Lanes, peak};
//!
//! // 4 rows × 8 numbers, a hundred products and sums for each, ten times.
//! assert_eq!(peak(Lanes::Four, 10), 64_000.0);
//! ```

#![allow(unsafe_code, reason = "the kernel's; the arrays are made here")]
#![allow(clippy::inline_always, reason = "instructions must reach the function that enables them")]

use super::Lanes;
use super::cpu::blocks;
use super::simd::{F32x4, Vector};
#[cfg(target_arch = "x86_64")]
use super::simd::{F32x8, F32x16};
use std::hint::black_box;

/// As long as the sums of a network of a hundred units.
const TERMS: usize = 100;
/// Room for the largest block there is.
const ROOM: usize = 32;

/// Numbers where no vector straddles two lines of the cache.
#[repr(C, align(64))]
struct Near([f32; TERMS * ROOM]);

/// Runs the kernel `times` times with these lanes, and returns how many operations that took: a
/// product and a sum each counts as one.
///
/// # Panics
/// When this machine has no such lanes.
#[must_use]
pub fn peak(lanes: Lanes, times: usize) -> f64 {
    assert!(Lanes::available().contains(&lanes), "there are no {lanes:?} lanes here");
    match lanes {
        Lanes::Four => run::<F32x4>(times),
        // SAFETY: the lanes are among the available ones.
        #[cfg(target_arch = "x86_64")]
        Lanes::Eight => unsafe { run_8(times) },
        // SAFETY: the lanes are among the available ones.
        #[cfg(target_arch = "x86_64")]
        Lanes::Sixteen => unsafe { run_16(times) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn run_8(times: usize) -> f64 {
    run::<F32x8>(times)
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn run_16(times: usize) -> f64 {
    run::<F32x16>(times)
}

#[inline(always)]
fn run<V: Vector<Scalar = f32>>(times: usize) -> f64 {
    let (rows, width) = (V::ROWS, V::COLUMNS * V::LANES);
    assert!(rows <= ROOM && width <= ROOM);
    let panel = Near([1e-3; TERMS * ROOM]);
    let from = Near([1e-3; TERMS * ROOM]);
    let mut to = Near([0.0; TERMS * ROOM]);
    for _ in 0..times {
        let (panel, from) = (black_box(&panel.0).as_ptr(), black_box(&from.0).as_ptr());
        // SAFETY: there is room for so many terms of the largest block.
        unsafe {
            blocks::<V>(V::COLUMNS, TERMS, panel, from, width, to.0.as_mut_ptr(), width);
        }
        black_box(&mut to);
    }
    2.0 * (times * TERMS * rows * width) as f64
}
