//! The normal numbers of [`Noise`](crate::learning::scan::Noise) inside a kernel, by the same
//! steps: logarithm, sine and cosine are polynomials, because those of a shading language may be
//! wrong in the fourth digit.

use super::{Field, Four, FourWords, Truths};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// The numbers of this unit and step in four trials, of which `trial` is the first.
#[cube]
pub(super) fn normal(unit: usize, step: usize, trial: usize, field: &Field) -> Four {
    let mut a = FourWords::new(unit as u32 / 4u32);
    let mut b = FourWords::new(step as u32);
    let first = trial as u32 + field.first;
    let mut c = FourWords::new(first);
    #[unroll]
    for i in 0..4usize {
        c.insert(i, first + i as u32);
    }
    let mut d = FourWords::new(field.run);
    let mut low = field.key_low;
    let mut high = field.key_high;
    // Rolled up: ten copies in each of many places take a software driver seconds to compile.
    for _ in 0..10 {
        let by_a = FourWords::new(0xD251_1F53u32);
        let by_c = FourWords::new(0xCD9E_8D57u32);
        let left = a * by_a;
        let left_high = a.mul_hi(by_a);
        let right = c * by_c;
        let right_high = c.mul_hi(by_c);
        a = right_high ^ b ^ FourWords::new(low);
        c = left_high ^ d ^ FourWords::new(high);
        b = right;
        d = left;
        low += 0x9E37_79B9u32;
        high += 0xBB67_AE85u32;
    }
    // Words 0 and 1 make the numbers of units 0 and 1 of the block, 2 and 3 those of 2 and 3.
    let place = FourWords::new(unit as u32 % 4u32);
    let later = place.greater_equal(&FourWords::new(2u32));
    let sine = (place & FourWords::new(1u32)).equal(&FourWords::new(1u32));
    let first = unit_interval(select_many(later, c, a));
    let second = unit_interval(select_many(later, d, b));
    let length = (Four::new(-2.0f32) * ln(first)).sqrt();
    Four::new(field.size) * length * circle(second, sine)
}

/// Words as numbers in (0, 1).
#[cube]
fn unit_interval(words: FourWords) -> Four {
    let whole = Four::cast_from(words >> FourWords::new(9u32));
    (whole + Four::new(0.5f32)) * Four::new(1.0f32 / 8_388_608.0f32)
}

/// ln u for u in (0, 1).
#[cube]
fn ln(u: Four) -> Four {
    let shifted = FourWords::reinterpret(u) + FourWords::new(0x3F80_0000u32 - 0x3F35_04F3u32);
    let m = Four::reinterpret(
        (shifted & FourWords::new(0x007F_FFFFu32)) + FourWords::new(0x3F35_04F3u32),
    );
    let one = Four::new(1.0f32);
    let s = (m - one) / (m + one);
    let z = s * s;
    let mut series = Four::new(1.0f32 / 11.0f32) * z + Four::new(1.0f32 / 9.0f32);
    series = series * z + Four::new(1.0f32 / 7.0f32);
    series = series * z + Four::new(0.2f32);
    series = series * z + Four::new(1.0f32 / 3.0f32);
    // The exponent is below 256: a float holds it and its offset.
    let whole = Four::cast_from(shifted >> FourWords::new(23u32)) - Four::new(127.0f32);
    let twice = Four::new(2.0f32) * s;
    whole * Four::new(0.693_359_4f32)
        + (whole * Four::new(-2.121_944_4e-4f32) + twice + twice * z * series)
}

/// cos 2πx, or sin 2πx, for x in (0, 1).
#[cube]
fn circle(x: Four, sine: Truths) -> Four {
    let quarter = FourWords::cast_from(x * Four::new(4.0f32) + Four::new(0.5f32));
    let angle = (x - Four::cast_from(quarter) * Four::new(0.25f32)) * Four::new(6.283_185_5f32);
    let z = angle * angle;
    let mut s = Four::new(-1.951_529_6e-4f32) * z + Four::new(8.332_161e-3f32);
    s = (s * z - Four::new(1.666_665_5e-1f32)) * z * angle + angle;
    let mut c = Four::new(2.443_315_7e-5f32) * z - Four::new(1.388_731_6e-3f32);
    c = (c * z + Four::new(4.166_664_6e-2f32)) * z * z - Four::new(0.5f32) * z + Four::new(1.0f32);
    // The cosine is the sine of a quarter more. The signs are those of the quarters.
    let one = FourWords::new(1u32);
    let which = select_many(sine, quarter, quarter + one);
    let size = select_many((which & one).equal(&one), c, s);
    let two = FourWords::new(2u32);
    select_many((which & two).equal(&two), Four::new(0.0f32) - size, size)
}
