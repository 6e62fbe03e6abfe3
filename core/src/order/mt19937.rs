//! The Mersenne Twister MT19937, seeded by a list of words (`init_by_array`).

const N: usize = 624;
const M: usize = 397;
const MATRIX_A: u32 = 0x9908_B0DF;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7FFF_FFFF;

/// A generator of 32-bit words; 2.5 KB.
#[derive(Clone, Debug)]
pub struct Mt19937 {
    state: [u32; N],
    index: usize,
}

impl Mt19937 {
    /// The generator that the words of `key` seed; an empty key counts as one word 0.
    pub fn by_array(key: &[u32]) -> Self {
        let key = if key.is_empty() { &[0][..] } else { key };
        let mut state = linear(19_650_218);
        let mut words = key.iter().zip(0_u32..).cycle();
        let mut i = 1;
        for _ in 0..key.len().max(N) {
            let (word, j) = words.next().map_or((0, 0), |(word, j)| (*word, j));
            let mixed = get(&state, i) ^ mix(get(&state, i.wrapping_sub(1))).wrapping_mul(1_664_525);
            set(&mut state, i, mixed.wrapping_add(word).wrapping_add(j));
            i = following(&mut state, i);
        }
        for _ in 1..N {
            let mixed = get(&state, i) ^ mix(get(&state, i.wrapping_sub(1))).wrapping_mul(1_566_083_941);
            set(&mut state, i, mixed.wrapping_sub(u32::try_from(i).unwrap_or(0)));
            i = following(&mut state, i);
        }
        set(&mut state, 0, UPPER);
        Self { state, index: N }
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = get(&self.state, self.index);
        self.index = self.index.saturating_add(1);
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    fn refill(&mut self) {
        for k in 0..N {
            let next = if k.wrapping_add(1) == N {
                0
            } else {
                k.wrapping_add(1)
            };
            let far = k.wrapping_add(M).checked_rem(N).unwrap_or(0);
            let y = (get(&self.state, k) & UPPER) | (get(&self.state, next) & LOWER);
            let twist = if y & 1 == 1 { MATRIX_A } else { 0 };
            let word = get(&self.state, far) ^ (y >> 1) ^ twist;
            set(&mut self.state, k, word);
        }
        self.index = 0;
    }
}

fn linear(seed: u32) -> [u32; N] {
    let mut state = [0; N];
    let mut word = seed;
    for (place, i) in state.iter_mut().zip(1_u32..) {
        *place = word;
        word = mix(word).wrapping_mul(1_812_433_253).wrapping_add(i);
    }
    state
}

fn mix(word: u32) -> u32 {
    word ^ (word >> 30)
}

/// The place after `i`; past the last one the state's last word goes to its front.
fn following(state: &mut [u32; N], i: usize) -> usize {
    let i = i.saturating_add(1);
    if i < N {
        return i;
    }
    let last = get(state, N.wrapping_sub(1));
    set(state, 0, last);
    1
}

fn get(state: &[u32; N], i: usize) -> u32 {
    state.get(i).copied().unwrap_or(0)
}

fn set(state: &mut [u32; N], i: usize, word: u32) {
    if let Some(place) = state.get_mut(i) {
        *place = word;
    }
}

#[cfg(test)]
mod tests {
    use super::Mt19937;

    /// The published output of the generator's authors for the key 0x123, 0x234, 0x345, 0x456.
    #[test]
    fn gives_the_published_words() {
        let mut generator = Mt19937::by_array(&[0x123, 0x234, 0x345, 0x456]);
        let words: Vec<u32> = (0..5).map(|_| generator.next_u32()).collect();
        assert_eq!(
            words,
            [
                1_067_595_299,
                955_945_823,
                477_289_528,
                4_107_218_783,
                4_228_976_476
            ]
        );
        let last = (5..1000).map(|_| generator.next_u32()).last();
        assert_eq!(last, Some(3_460_025_646));
    }

    #[test]
    fn an_empty_key_is_the_word_0() {
        assert_eq!(
            Mt19937::by_array(&[]).next_u32(),
            Mt19937::by_array(&[0]).next_u32()
        );
    }
}
