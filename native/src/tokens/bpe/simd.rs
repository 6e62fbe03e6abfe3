//! The two inner steps by the instructions that the processor has: classes of 64 bytes, and one look-up.
//!
//! `unsafe` stands here, and where `run.rs`, `look_up.rs` and `merge.rs` call what needs instructions, and nowhere else
//! in the counter. Every block reads inside a slice whose length was checked by the caller, or inside one line of the
//! memo.

use super::super::split::{Masks, WINDOW, masks_portable};

/// One line of a memo: four slots, 64 bytes, aligned.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(in crate::tokens) struct Line(pub(in crate::tokens) [u128; 4]);

/// All bits of a slot but its count.
pub(in crate::tokens) const KEY_BITS: u128 = !(0xf << 120);

/// Asks the cache for what will be read soon.
#[inline(always)]
pub(in crate::tokens) fn fetch<T>(wanted: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this kind has the instruction, it reads nothing, and the address is a reference's.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
            std::ptr::from_ref(wanted).cast(),
        );
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _nothing_to_ask_with = wanted;
}

/// One set of instructions.
pub(in crate::tokens) trait Arch: Copy {
    /// Classes of the bytes of a window.
    ///
    /// # Safety
    /// The processor must have the instructions.
    unsafe fn masks(bytes: &[u8; WINDOW]) -> Masks;

    /// The count of the slot that has this key, 0 if none has.
    ///
    /// # Safety
    /// The processor must have the instructions.
    unsafe fn find(line: &Line, key: u128) -> u32;
}

/// No special instructions.
#[derive(Clone, Copy)]
pub(in crate::tokens) struct Portable;

impl Arch for Portable {
    #[inline(always)]
    unsafe fn masks(bytes: &[u8; WINDOW]) -> Masks {
        masks_portable(bytes)
    }

    #[inline(always)]
    unsafe fn find(line: &Line, key: u128) -> u32 {
        find_portable(line, key)
    }
}

/// The look-up without special instructions.
#[inline(always)]
pub(in crate::tokens) fn find_portable(line: &Line, key: u128) -> u32 {
    let mut found = 0;
    for slot in line.0 {
        // Without a branch: which slot it is can't be predicted.
        let same = (slot ^ key) & KEY_BITS == 0;
        found |= if same { (slot >> 120) as u32 & 0xf } else { 0 };
    }
    found
}

#[cfg(target_arch = "x86_64")]
pub(in crate::tokens) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_castsi256_pd,
        _mm256_cmpeq_epi8, _mm256_cmpeq_epi64, _mm256_cmpgt_epi8, _mm256_load_si256, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
        _mm256_sub_epi8, _mm256_xor_si256, _mm512_broadcast_i32x4, _mm512_cmpeq_epi8_mask,
        _mm512_cmplt_epu8_mask, _mm512_load_si512, _mm512_loadu_si512, _mm512_movepi8_mask, _mm512_or_si512,
        _mm512_set1_epi8, _mm512_sub_epi8, _mm512_ternarylogic_epi64, _mm512_testn_epi64_mask,
    };

    use super::{Arch, KEY_BITS, Line, Masks, WINDOW};

    /// AVX-512 with byte instructions: a class is one comparison into a mask register.
    #[derive(Clone, Copy)]
    pub(in crate::tokens) struct Avx512;

    /// AVX2: two halves.
    #[derive(Clone, Copy)]
    pub(in crate::tokens) struct Avx2;

    /// Slots that match, as bits 0, 2, 4, 6, to the count of the first.
    #[inline(always)]
    fn count_at(line: &Line, lanes: u32) -> u32 {
        let both = lanes & lanes >> 1 & 0x55;
        if both == 0 {
            return 0;
        }
        let slot = (both.trailing_zeros() / 2) as usize;
        // The count's byte is the last of its slot: a plain load, which the line's arrival has already paid for.
        line.0.get(slot).map_or(0, |slot| (slot >> 120) as u32 & 0xf)
    }

    impl Arch for Avx512 {
        #[inline(always)]
        unsafe fn masks(bytes: &[u8; WINDOW]) -> Masks {
            // SAFETY: the load reads the 64 bytes of the array and asks for no alignment; the instructions are there
            // by this function's own condition.
            unsafe {
                let text = _mm512_loadu_si512(bytes.as_ptr().cast());
                let splat = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
                let within = |text: __m512i, first: u8, count: u8| {
                    _mm512_cmplt_epu8_mask(_mm512_sub_epi8(text, splat(first)), splat(count))
                };
                let equal = |byte: u8| _mm512_cmpeq_epi8_mask(text, splat(byte));
                let control_space = within(text, 9, 5);
                Masks {
                    letter: within(_mm512_or_si512(text, splat(0x20)), b'a', 26),
                    upper: within(text, b'A', 26),
                    digit: within(text, b'0', 10),
                    space: equal(b' '),
                    control_space,
                    newline: equal(b'\n') | equal(b'\r'),
                    control: (_mm512_cmplt_epu8_mask(text, splat(32)) & !control_space) | equal(127),
                    apostrophe: equal(b'\''),
                    slash: equal(b'/'),
                    high: _mm512_movepi8_mask(text),
                }
            }
        }

        #[inline(always)]
        unsafe fn find(line: &Line, key: u128) -> u32 {
            // SAFETY: the load reads the line's 64 bytes, which are aligned to 64; `u128` and `__m128i` are 16 bytes
            // of any bits; the instructions are there by this function's own condition.
            let lanes = unsafe {
                let slots = _mm512_load_si512(std::ptr::from_ref(line).cast());
                let key = _mm512_broadcast_i32x4(std::mem::transmute::<u128, __m128i>(key));
                let bits = _mm512_broadcast_i32x4(std::mem::transmute::<u128, __m128i>(KEY_BITS));
                // (slots ^ key) & bits
                let differ = _mm512_ternarylogic_epi64::<0x28>(slots, key, bits);
                _mm512_testn_epi64_mask(differ, differ)
            };
            count_at(line, u32::from(lanes))
        }
    }

    impl Arch for Avx2 {
        #[inline(always)]
        unsafe fn masks(bytes: &[u8; WINDOW]) -> Masks {
            // SAFETY: the loads read the two halves of the array and ask for no alignment; the instructions are there
            // by this function's own condition.
            unsafe {
                let low = _mm256_loadu_si256(bytes.as_ptr().cast());
                let high = _mm256_loadu_si256(bytes.as_ptr().wrapping_add(32).cast());
                let splat = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
                let bits = |low: __m256i, high: __m256i| {
                    let bits = |half| u64::from(_mm256_movemask_epi8(half).cast_unsigned());
                    bits(low) | bits(high) << 32
                };
                // Signed comparison only: shift the range to the bottom of the signed bytes.
                let within = |low: __m256i, high: __m256i, first: u8, count: u8| {
                    let half = |text| {
                        let shifted = _mm256_sub_epi8(text, splat(first.wrapping_add(128)));
                        _mm256_cmpgt_epi8(splat(count.wrapping_add(128)), shifted)
                    };
                    bits(half(low), half(high))
                };
                let equal = |byte: u8| {
                    bits(
                        _mm256_cmpeq_epi8(low, splat(byte)),
                        _mm256_cmpeq_epi8(high, splat(byte)),
                    )
                };
                let fold = |text| _mm256_or_si256(text, splat(0x20));
                let control_space = within(low, high, 9, 5);
                Masks {
                    letter: within(fold(low), fold(high), b'a', 26),
                    upper: within(low, high, b'A', 26),
                    digit: within(low, high, b'0', 10),
                    space: equal(b' '),
                    control_space,
                    newline: equal(b'\n') | equal(b'\r'),
                    control: (within(low, high, 0, 32) & !control_space) | equal(127),
                    apostrophe: equal(b'\''),
                    slash: equal(b'/'),
                    high: bits(low, high),
                }
            }
        }

        #[inline(always)]
        unsafe fn find(line: &Line, key: u128) -> u32 {
            // SAFETY: the loads read the halves of the line, which is aligned to 64; `u128` and `__m128i` are 16 bytes
            // of any bits; the instructions are there by this function's own condition.
            let lanes = unsafe {
                let start = std::ptr::from_ref(line).cast::<__m256i>();
                let key = _mm256_broadcastsi128_si256(std::mem::transmute::<u128, __m128i>(key));
                let bits = _mm256_broadcastsi128_si256(std::mem::transmute::<u128, __m128i>(KEY_BITS));
                let equal = |half| {
                    let differ = _mm256_and_si256(_mm256_xor_si256(half, key), bits);
                    let zero = _mm256_cmpeq_epi64(differ, _mm256_setzero_si256());
                    _mm256_movemask_pd(_mm256_castsi256_pd(zero)).cast_unsigned()
                };
                equal(_mm256_load_si256(start)) | equal(_mm256_load_si256(start.wrapping_add(1))) << 4
            };
            count_at(line, lanes)
        }
    }
}
