//! Random numbers that are the same everywhere: Philox 4×32-10, a counter-based generator.
//!
//! A draw is a pure function of (seed, stream name, index), so every random number of a run
//! follows from the recipe, adding a draw to one part of an experiment never shifts another, a
//! stream can be saved as one number, and a graphics processor can compute the same values in any
//! order. Salmon, Moraes, Dror & Shaw, “Parallel random numbers: as easy as 1, 2, 3”, SC 2011.
//!
//! ```
//! use attractor_lab::rng::{Rng, philox};
//!
//! // A known answer from the authors' test vectors (Random123, kat_vectors).
//! assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
//!
//! let mut noise = Rng::stream(7, "noise");
//! let mut again = Rng::stream(7, "noise");
//! assert_eq!(noise.normal().to_bits(), again.normal().to_bits());
//! assert_ne!(noise.normal().to_bits(), Rng::stream(7, "weights").normal().to_bits());
//! ```

use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Ten rounds of Philox 4×32: `counter` under `key` becomes four random words.
#[must_use]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let left = u64::from(counter[0]) * 0xD251_1F53;
        let right = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (right >> 32) as u32 ^ counter[1] ^ key[0],
            right as u32,
            (left >> 32) as u32 ^ counter[3] ^ key[1],
            left as u32,
        ];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// [`philox`] of many counters under one key, word by word: compilers make vectors of it.
#[inline]
#[must_use]
pub fn philox_many<const N: usize>(
    mut counters: [[u32; N]; 4],
    mut key: [u32; 2],
) -> [[u32; N]; 4] {
    for _ in 0..10 {
        let [a, b, c, d] = counters;
        for lane in 0..N {
            let left = u64::from(a[lane]) * 0xD251_1F53;
            let right = u64::from(c[lane]) * 0xCD9E_8D57;
            counters[0][lane] = (right >> 32) as u32 ^ b[lane] ^ key[0];
            counters[1][lane] = right as u32;
            counters[2][lane] = (left >> 32) as u32 ^ d[lane] ^ key[1];
            counters[3][lane] = left as u32;
        }
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counters
}

/// One named stream of random numbers; its whole state is a key and a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng {
    key: [u32; 2],
    /// Which of the streams of this name: a trial, a layer; 0 where there is only one.
    lane: u64,
    /// Number of 64-bit draws taken so far.
    position: u64,
}

impl Rng {
    /// The stream called `name` under `seed`.
    #[must_use]
    pub fn stream(seed: u64, name: &str) -> Self {
        // FNV-1a tells the names apart; Philox itself mixes name and seed into the key.
        let name = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        let [a, b, ..] = philox(
            [seed as u32, (seed >> 32) as u32, name as u32, (name >> 32) as u32],
            [0x4154_5452, 0x4C41_4221],
        );
        Self { key: [a, b], lane: 0, position: 0 }
    }

    /// The key under which [`philox`] makes this stream, for numbers that are found by their place.
    #[must_use]
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// The `lane`-th of the streams with this name and seed, from its beginning: one for each
    /// trial, so that trials can be made in any order and any number.
    #[must_use]
    pub fn lane(&self, lane: u64) -> Self {
        Self { key: self.key, lane, position: 0 }
    }

    /// 64 uniformly random bits.
    pub fn bits(&mut self) -> u64 {
        let half = (self.position % 2) as usize;
        let bits = self.block()[half];
        self.position += 1;
        bits
    }

    /// The next two draws; they mostly lie in one block, which is then made once.
    #[inline]
    fn pair(&mut self) -> [u64; 2] {
        if self.position % 2 == 1 {
            return [self.bits(), self.bits()];
        }
        let pair = self.block();
        self.position += 2;
        pair
    }

    /// The two draws of the block in which the stream stands.
    #[inline]
    fn block(&self) -> [u64; 2] {
        let Self { key, lane, position } = *self;
        let block = position / 2;
        let counter = [block as u32, (block >> 32) as u32, lane as u32, (lane >> 32) as u32];
        let [a, b, c, d] = philox(counter, key);
        [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
    }

    /// Uniform on `[0, 1)`, on the grid of multiples of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Uniform on the whole numbers `0..below`, without bias (Lemire 2019).
    ///
    /// # Panics
    /// When `below` is zero: there is nothing to draw from.
    pub fn below(&mut self, below: u64) -> u64 {
        assert!(below > 0, "there is no whole number below zero to draw");
        let least = below.wrapping_neg() % below;
        loop {
            let wide = u128::from(self.bits()) * u128::from(below);
            if wide as u64 >= least {
                return (wide >> 64) as u64;
            }
        }
    }

    /// `true` with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A pair of independent standard normal numbers (Box & Muller 1958).
    pub fn normals(&mut self) -> [f64; 2] {
        let [first, second] = self.pair().map(unit);
        let radius = (-2.0 * libm::log(1.0 - first)).sqrt();
        let (sin, cos) = libm::sincos(TAU * second);
        [radius * cos, radius * sin]
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        self.normals()[0]
    }

    /// Fills `values` with independent standard normal numbers, two from each pair of draws.
    pub fn fill_normal(&mut self, values: &mut [f64]) {
        for pair in values.chunks_mut(2) {
            let normals = self.normals();
            pair.copy_from_slice(&normals[..pair.len()]);
        }
    }
}

/// `bits` as a number in `[0, 1)`.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{Rng, philox, philox_many};

    /// Random123's `kat_vectors`, lines `philox4x32 10`.
    #[test]
    fn philox_gives_the_authors_known_answers() {
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn many_counters_give_what_each_gives_alone() {
        let words = |word: u32| std::array::from_fn::<u32, 5, _>(|k| word * 1000 + k as u32);
        let many = philox_many([words(1), words(2), words(3), words(4)], [5, 6]);
        for k in 0..5 {
            let alone = philox([1, 2, 3, 4].map(|word| words(word)[k]), [5, 6]);
            assert_eq!(many.map(|word| word[k]), alone);
        }
    }

    #[test]
    fn normal_numbers_have_the_moments_of_a_normal_distribution() {
        let mut rng = Rng::stream(7, "moments");
        let mut draws = vec![0.0; 100_000];
        rng.fill_normal(&mut draws);
        let moment = |power| draws.iter().map(|x: &f64| x.powi(power)).sum::<f64>() / 1e5;
        // Five standard errors of each estimate: √(1/n), √(2/n), √(15/n), √(96/n).
        for (power, expected, error) in
            [(1, 0.0, 0.016), (2, 1.0, 0.023), (3, 0.0, 0.062), (4, 3.0, 0.155)]
        {
            assert!((moment(power) - expected).abs() < error, "moment {power}: {}", moment(power));
        }
    }

    #[test]
    fn pairs_are_the_single_draws_wherever_they_begin() {
        for before in 0..3 {
            let mut pairs = Rng::stream(7, "pairs");
            for _ in 0..before {
                pairs.bits();
            }
            let mut singles = pairs.clone();
            assert_eq!(pairs.pair(), [singles.bits(), singles.bits()]);
            assert_eq!(pairs, singles);
        }
    }

    #[test]
    fn whole_numbers_are_drawn_evenly() {
        let mut rng = Rng::stream(7, "even");
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7) as usize] += 1;
        }
        // Six standard deviations of a count: 6 √(10⁴ · 6/7).
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 556), "{counts:?}");
    }

    #[test]
    fn lanes_differ_and_a_clone_goes_on_where_the_original_stood() {
        let mut rng = Rng::stream(7, "lanes");
        assert_ne!(rng.lane(0).bits(), rng.lane(1).bits());
        rng.bits();
        let mut copy = rng.clone();
        assert_eq!(copy.bits(), rng.bits());
    }
}
