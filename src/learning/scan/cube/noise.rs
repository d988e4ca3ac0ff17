//! The normal numbers of [`Noise`](crate::learning::scan::Noise) inside a kernel, by the same
//! steps: logarithm, sine and cosine are polynomials, because those of a shading language may be
//! wrong in the fourth digit.

use cubecl::prelude::*;
use cubecl::{self, cube};

/// The number of this unit, step and trial in a run.
#[cube]
pub(super) fn normal(
    unit: usize,
    step: usize,
    trial: usize,
    run: u32,
    key_low: u32,
    key_high: u32,
) -> f32 {
    let mut a = unit as u32 / 4u32;
    let mut b = step as u32;
    let mut c = trial as u32;
    let mut d = run;
    let mut low = key_low;
    let mut high = key_high;
    #[unroll]
    for _ in 0..10 {
        let left = a * 0xD251_1F53u32;
        let left_high = a.mul_hi(0xD251_1F53u32);
        let right = c * 0xCD9E_8D57u32;
        let right_high = c.mul_hi(0xCD9E_8D57u32);
        a = right_high ^ b ^ low;
        c = left_high ^ d ^ high;
        b = right;
        d = left;
        low += 0x9E37_79B9u32;
        high += 0xBB67_AE85u32;
    }
    // Words 0 and 1 make the numbers of units 0 and 1 of the block, 2 and 3 those of 2 and 3.
    let later = unit % 4 >= 2;
    let first = unit_interval(select(later, c, a));
    let second = unit_interval(select(later, d, b));
    f32::sqrt(-2.0f32 * ln(first)) * circle(second, unit % 2 == 1)
}

/// A word as a number in (0, 1).
#[cube]
fn unit_interval(word: u32) -> f32 {
    (f32::cast_from(word >> 9u32) + 0.5f32) * (1.0f32 / 8_388_608.0f32)
}

/// ln u for u in (0, 1).
#[cube]
fn ln(u: f32) -> f32 {
    let shifted = u32::reinterpret(u) + (0x3F80_0000u32 - 0x3F35_04F3u32);
    let exponent = i32::cast_from(shifted >> 23u32) - 127i32;
    let m = f32::reinterpret((shifted & 0x007F_FFFFu32) + 0x3F35_04F3u32);
    let s = (m - 1.0f32) / (m + 1.0f32);
    let z = s * s;
    let mut series = (1.0f32 / 11.0f32) * z + 1.0f32 / 9.0f32;
    series = series * z + 1.0f32 / 7.0f32;
    series = series * z + 0.2f32;
    series = series * z + 1.0f32 / 3.0f32;
    let whole = f32::cast_from(exponent);
    whole * 0.693_359_4f32 + (whole * -2.121_944_4e-4f32 + 2.0f32 * s + 2.0f32 * s * z * series)
}

/// cos 2πx, or sin 2πx, for x in (0, 1).
#[cube]
fn circle(x: f32, sine: bool) -> f32 {
    let quarter = u32::cast_from(x * 4.0f32 + 0.5f32);
    let angle = (x - f32::cast_from(quarter) * 0.25f32) * 6.283_185_5f32;
    let z = angle * angle;
    let mut s = -1.951_529_6e-4f32 * z + 8.332_161e-3f32;
    s = (s * z - 1.666_665_5e-1f32) * z * angle + angle;
    let mut c = 2.443_315_7e-5f32 * z - 1.388_731_6e-3f32;
    c = (c * z + 4.166_664_6e-2f32) * z * z - 0.5f32 * z + 1.0f32;
    let odd = quarter % 2u32 == 1u32;
    let size = select(odd, select(sine, c, s), select(sine, s, c));
    // The signs of cosine and sine in the quarters 0 to 4.
    let which = select(sine, quarter, quarter + 1u32) % 4u32;
    select(which >= 2u32, -size, size)
}
