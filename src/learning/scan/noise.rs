//! Noise that is computed where it is needed: a normal number is a function of its place.
//!
//! For unit *i*, step *s*, trial *b* and run *k* (the number of the update), Philox 4×32-10 (see
//! [`rng`](crate::rng)) turns the counter \[⌊i/4⌋, s, b, k\] into four words, and these into the
//! normal numbers of the units 4⌊i/4⌋ … +3, two and two (Box & Muller, *Ann. Math. Stat.* 29:610,
//! 1958):
//!
//! > u = (⌊word / 2⁹⌋ + ½) / 2²³,  √(−2 ln u₁) · (cos 2πu₂, sin 2πu₂)
//!
//! so that any processor computes the same in any order. Only sums, products, quotients and roots
//! are taken, of sixteen trials side by side, which compilers turn into vectors; the same bits come
//! out on every CPU.
//!
//! ```
//! use attractor_lab::learning::scan::Noise;
//! use attractor_lab::rng::Rng;
//!
//! let noise = Noise::new(&Rng::stream(7, "noise"), 3);
//! let (mut all, mut part) = (vec![0.0; 6 * 16], vec![0.0; 6 * 4]);
//! noise.fill(9, 0, 16, &mut all); // step 9, trials 0 to 15, six units
//! noise.fill(9, 8, 4, &mut part); // the same of trials 8 to 11
//! assert_eq!(all[5 * 16 + 8..][..4], part[5 * 4..]);
//! ```

use crate::rng::{Rng, philox_many};

/// A field of standard normal numbers over units, steps and trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    key: [u32; 2],
    run: u32,
}

/// Trials computed side by side.
const SIDE: usize = 16;
/// The last term of the series of the logarithm, 1/(2k + 1).
const LAST: f32 = 1.0 / 11.0;

impl Noise {
    /// The field of run `run` in the stream `rng`.
    #[must_use]
    pub fn new(rng: &Rng, run: u32) -> Self {
        Self { key: rng.key(), run }
    }

    /// The key and the number of the run: the rest of the counter is the place.
    #[must_use]
    pub fn key_and_run(&self) -> ([u32; 2], u32) {
        (self.key, self.run)
    }

    /// Fills `values` `[unit][lane]`, `width` lanes wide, with the numbers of step `step` and of
    /// the trials from `first` on.
    ///
    /// # Panics
    /// When `width` is 0.
    pub fn fill(&self, step: u32, first: u32, width: usize, values: &mut [f32]) {
        for (block, rows) in values.chunks_mut(4 * width).enumerate() {
            for lane in (0..width).step_by(SIDE) {
                let numbers = self.block(block as u32, step, first + lane as u32);
                let taken = SIDE.min(width - lane);
                for (row, numbers) in rows.chunks_mut(width).zip(&numbers) {
                    row[lane..lane + taken].copy_from_slice(&numbers[..taken]);
                }
            }
        }
    }

    /// The numbers of four units and sixteen trials.
    fn block(&self, block: u32, step: u32, first: u32) -> [[f32; SIDE]; 4] {
        let trials = std::array::from_fn(|lane| first.wrapping_add(lane as u32));
        let words = philox_many([[block; SIDE], [step; SIDE], trials, [self.run; SIDE]], self.key);
        let [a, b] = pair(&words[0], &words[1]);
        let [c, d] = pair(&words[2], &words[3]);
        [a, b, c, d]
    }
}

/// Two normal numbers of each two words.
fn pair(first: &[u32; SIDE], second: &[u32; SIDE]) -> [[f32; SIDE]; 2] {
    let (mut cosines, mut sines) = ([0.0; SIDE], [0.0; SIDE]);
    for lane in 0..SIDE {
        let radius = (-2.0 * ln(unit(first[lane]))).sqrt();
        let (cos, sin) = circle(unit(second[lane]));
        cosines[lane] = radius * cos;
        sines[lane] = radius * sin;
    }
    [cosines, sines]
}

/// A word as a number in (0, 1): the middle of one of 2²³ equal parts, which a float has exactly.
fn unit(word: u32) -> f32 {
    ((word >> 9) as f32 + 0.5) * (1.0 / 8_388_608.0)
}

/// ln u for u in (0, 1): u = 2ᵉ m with m between √½ and √2, and ln m = 2 artanh((m − 1)/(m + 1)).
fn ln(u: f32) -> f32 {
    // Adding what is missing to √½ carries into the exponent where m would be too large.
    const HALF_ROOT: u32 = 0x3F35_04F3;
    let shifted = u.to_bits().wrapping_add(0x3F80_0000 - HALF_ROOT);
    let exponent = (shifted >> 23).cast_signed() - 127;
    let m = f32::from_bits((shifted & 0x007F_FFFF) + HALF_ROOT);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let series = (((LAST * z + 1.0 / 9.0) * z + 1.0 / 7.0) * z + 0.2) * z + 1.0 / 3.0;
    // ln 2 in two parts, the first of which times a whole number is exact.
    let whole = exponent as f32;
    whole * 0.693_359_4 + (whole * -2.121_944_4e-4 + 2.0 * s + 2.0 * s * z * series)
}

/// cos 2πx and sin 2πx for x in (0, 1): polynomials on an eighth of the circle to both sides of
/// the nearest quarter (S. Moshier's Cephes, `sinf`).
fn circle(x: f32) -> (f32, f32) {
    let quarter = (x * 4.0 + 0.5) as i32;
    let angle = (x - quarter as f32 * 0.25) * std::f32::consts::TAU;
    let z = angle * angle;
    let sin = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * angle + angle;
    let cos = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let (c, s) = if quarter & 1 == 0 { (cos, sin) } else { (sin, cos) };
    // The signs of cosine and sine in the quarters 0 to 4.
    let negative_cos = (quarter + 1) & 2 != 0;
    let negative_sin = quarter & 2 != 0;
    (if negative_cos { -c } else { c }, if negative_sin { -s } else { s })
}

#[cfg(test)]
mod tests {
    use super::{Noise, SIDE, circle, ln, unit};
    use crate::rng::{Rng, philox};

    #[test]
    fn the_numbers_are_box_and_mullers_in_double_precision_but_for_rounding() {
        let rng = Rng::stream(7, "noise");
        let noise = Noise::new(&rng, 11);
        let mut values = vec![0.0; 7 * SIDE];
        noise.fill(5, 32, SIDE, &mut values);
        let u = |word: u32| (f64::from(word >> 9) + 0.5) / f64::from(1 << 23);
        for (place, &found) in values.iter().enumerate() {
            let (unit, trial) = (place / SIDE, 32 + (place % SIDE) as u32);
            let words = philox([unit as u32 / 4, 5, trial, 11], rng.key());
            let [first, second] = if unit % 4 < 2 { [0, 1] } else { [2, 3] };
            let radius = (-2.0 * libm::log(u(words[first]))).sqrt();
            let (sin, cos) = libm::sincos(std::f64::consts::TAU * u(words[second]));
            let expected = radius * if unit % 2 == 0 { cos } else { sin };
            assert!((f64::from(found) - expected).abs() < 1e-6, "{place}: {found}, {expected}");
        }
    }

    #[test]
    fn every_word_becomes_a_number_inside_the_unit_interval() {
        for word in [0, 1, u32::MAX / 2, u32::MAX - 1, u32::MAX] {
            let u = unit(word);
            assert!(u > 0.0 && u < 1.0 && ln(u).is_finite(), "{word}: {u}");
        }
    }

    #[test]
    fn logarithm_and_circle_are_exact_to_single_precision() {
        for k in 1..4096 {
            let x = k as f32 / 4096.0;
            let expected = libm::log(f64::from(x));
            assert!(
                (f64::from(ln(x)) - expected).abs() <= 1.5e-7 * expected.abs().max(0.1),
                "ln {x}"
            );
            let (sin, cos) = libm::sincos(std::f64::consts::TAU * f64::from(x));
            let found = circle(x);
            assert!((f64::from(found.0) - cos).abs() < 1.5e-7, "cos {x}");
            assert!((f64::from(found.1) - sin).abs() < 1.5e-7, "sin {x}");
        }
    }

    #[test]
    fn the_numbers_are_normal_and_do_not_know_each_other() {
        let noise = Noise::new(&Rng::stream(7, "noise"), 0);
        let (units, steps) = (40, 200);
        let mut all = Vec::new();
        for step in 0..steps {
            let mut values = vec![0.0; units * SIDE];
            noise.fill(step, 0, SIDE, &mut values);
            all.extend(values.into_iter().map(f64::from));
        }
        let n = all.len() as f64;
        let moment = |power| all.iter().map(|x| x.powi(power)).sum::<f64>() / n;
        // Five standard errors: √(1/n), √(2/n), √(96/n) with n = 128 000.
        assert!(moment(1).abs() < 0.014, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.02, "{}", moment(2));
        assert!((moment(4) - 3.0).abs() < 0.14, "{}", moment(4));
        for distance in [1, SIDE, 2 * SIDE, units * SIDE] {
            let with = all.iter().zip(&all[distance..]).map(|(a, b)| a * b).sum::<f64>() / n;
            assert!(with.abs() < 0.014, "{distance} apart: {with}");
        }
    }
}
