//! CPython's `random.Random`, as far as the reference uses it (loadgen section 5): the same seeds give the same
//! sequences.

use super::mt19937::Mt19937;

/// A seeded source of numbers.
#[derive(Clone, Debug)]
pub struct PythonRandom {
    generator: Mt19937,
}

impl PythonRandom {
    /// `random.Random(seed)`.
    pub fn new(seed: u64) -> Self {
        let low = u32::try_from(seed & 0xFFFF_FFFF).unwrap_or(0);
        let high = u32::try_from(seed >> 32).unwrap_or(0);
        let words = [low, high];
        // No leading zero words; 0 itself is one word.
        Self::by_words(if high == 0 { &words[..1] } else { &words })
    }

    /// The generator of an integer of any size: its 32-bit words, least significant first, without leading zeros.
    pub fn by_words(words: &[u32]) -> Self {
        Self {
            generator: Mt19937::by_array(words),
        }
    }

    /// `getrandbits(bits)`, for up to 64 bits; more count as 64.
    pub fn bits(&mut self, bits: u32) -> u64 {
        let bits = bits.min(64);
        if bits <= 32 {
            let word = self.generator.next_u32();
            return u64::from(word.checked_shr(32_u32.saturating_sub(bits)).unwrap_or(0));
        }
        let low = u64::from(self.generator.next_u32());
        let high = u64::from(self.generator.next_u32() >> 64_u32.saturating_sub(bits));
        low | (high << 32)
    }

    /// `_randbelow(limit)`: a number from 0 up to, not with, `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            return 0;
        }
        let bits = u64::BITS.saturating_sub(limit.leading_zeros());
        loop {
            let number = self.bits(bits);
            if number < limit {
                return number;
            }
        }
    }

    /// `random()`: a fraction in [0, 1) with 53 bits.
    pub fn fraction(&mut self) -> f64 {
        let high = f64::from(self.generator.next_u32() >> 5);
        let low = f64::from(self.generator.next_u32() >> 6);
        (high * 67_108_864.0 + low) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `expovariate(rate)`: -ln(1 - U) / rate.
    ///
    /// The logarithm is libm's, which may differ from a platform's own in the last bit.
    pub fn exponential(&mut self, rate: f64) -> f64 {
        -libm::log(1.0 - self.fraction()) / rate
    }

    /// `shuffle(items)`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            self.shuffle_step(items, i);
        }
    }

    /// One step of [`Self::shuffle`], which takes them from the last place down to place 1.
    pub(super) fn shuffle_step<T>(&mut self, items: &mut [T], i: usize) {
        let limit = u64::try_from(i).unwrap_or(u64::MAX).saturating_add(1);
        let j = usize::try_from(self.below(limit)).unwrap_or(0);
        if i < items.len() && j < items.len() {
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PythonRandom;

    fn shuffled(seed: u64, n: u32) -> Vec<u32> {
        let mut items: Vec<u32> = (0..n).collect();
        PythonRandom::new(seed).shuffle(&mut items);
        items
    }

    /// Loadgen section 5.
    #[test]
    fn shuffles_as_cpython_does() {
        assert_eq!(shuffled(42, 1000)[..8], [776, 507, 895, 922, 33, 483, 85, 750]);
        assert_eq!(shuffled(42, 10), [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]);
        assert_eq!(
            shuffled(16_159_082_839_903_944_936, 10),
            [3, 2, 6, 9, 1, 7, 5, 8, 0, 4]
        );
    }

    /// `random.Random(seed).getrandbits(k)` and `.random()` of CPython 3.
    #[test]
    fn draws_bits_and_fractions_as_cpython_does() {
        let mut random = PythonRandom::new(0);
        assert_eq!(random.bits(32), 3_626_764_237);
        assert_eq!(
            PythonRandom::new(0).fraction().to_bits(),
            0.844_421_851_525_048_1_f64.to_bits()
        );
        assert_eq!(PythonRandom::new(1 << 32).bits(64), BITS_64_OF_2_32);
        assert_eq!(PythonRandom::new(u64::from(u32::MAX)).bits(32), BITS_32_OF_MAX);
    }

    const BITS_64_OF_2_32: u64 = 6_480_552_028_864_852_439;
    const BITS_32_OF_MAX: u64 = 2_728_839_433;

    #[test]
    fn numbers_below_a_limit_stay_below_it() {
        let mut random = PythonRandom::new(7);
        for limit in [1, 2, 3, 1000, 1 << 33, u64::MAX] {
            assert!((0..100).all(|_| random.below(limit) < limit), "{limit}");
        }
        assert_eq!(random.below(0), 0);
    }
}
