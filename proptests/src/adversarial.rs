//! Short texts that look for trouble in a tokenizer.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a generator for tests: small numbers, and a place outside a text fails the test"
)]

use crate::texts::Random;

/// A short text that looks for trouble: whitespace of all kinds, contractions, marks, long repeats, added tokens, slices
/// of real text and characters from anywhere.
pub fn adversarial(random: &mut Random, real: &str, added: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(15) {
        trouble(&mut text, random, real, added);
        if random.below(3) == 0 {
            text.push(' ');
        }
    }
    text
}

/// Characters whose class, case or composition changed with a Unicode version, and others that stand at an edge.
const EDGES: [u32; 20] = [
    0x2e43, 0x218a, 0x1ad5, 0x17f, 0x113c2, 0x1611e, 0x16d67, 0xdf, 0x1c5, 0x2581, 0x600, 0x200d, 0x301,
    0xfffd, 0xad, 0x1f1e6, 0x3000, 0x200c, 0x20d0, 0xb2,
];

fn trouble(text: &mut String, random: &mut Random, real: &str, added: &[String]) {
    let scalar = |random: &mut Random, limit: usize| {
        char::from_u32(u32::try_from(random.below(limit)).unwrap_or(0)).unwrap_or('x')
    };
    match random.below(19) {
        0..=4 => {
            let mut start = random.below(real.len());
            let mut end = (start + random.below(200)).min(real.len());
            while !real.is_char_boundary(start) {
                start -= 1;
            }
            while !real.is_char_boundary(end) {
                end += 1;
            }
            text.push_str(&real[start..end]);
        }
        5 => (0..random.below(12)).for_each(|_| text.push(scalar(random, 0x11_0000))),
        6 => (0..random.below(12)).for_each(|_| text.push(scalar(random, 0x3000))),
        7 => {
            let blanks = [
                ' ', ' ', '\t', '\n', '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{85}', '\u{a0}', '\u{2003}',
                '\u{2028}', '\u{3000}', '\u{200b}', '\u{feff}',
            ];
            (0..random.below(10)).for_each(|_| text.push(random.pick(&blanks)));
        }
        8 => {
            let endings = [
                "'s", "'S", "'t", "'re", "'RE", "'vE", "'m", "'ll", "'LL", "'d", "'ſ", "'", "''", "'l",
                "'sſ", "'Ll",
            ];
            for _ in 0..random.below(4) {
                text.push_str(random.pick::<&str>(&endings));
                if random.below(2) == 0 {
                    text.push(char::from(b'a' + (random.below(26) as u8)));
                }
            }
        }
        9 => {
            for _ in 0..random.below(8) {
                text.push(char::from(b'a' + (random.below(26) as u8)));
                text.extend(char::from_u32(0x300 + random.below(0x70) as u32));
            }
        }
        10 => (0..random.below(80))
            .for_each(|_| text.push(char::from(random.pick(b"ABCXYZabcxyz0123456789+/")))),
        11 => (0..random.below(40))
            .for_each(|_| text.extend(char::from_u32(0x4e00 + random.below(0x5200) as u32))),
        12 => {
            let repeated = random.pick(&[' ', 'a', '\n', '0', '-', '=', '中', '😀', '\t']);
            (0..random.below(150)).for_each(|_| text.push(repeated));
        }
        13 if !added.is_empty() => text.push_str(&added[random.below(added.len())]),
        14 => (0..random.below(14)).for_each(|_| text.push(char::from(random.below(128) as u8))),
        15 => {
            for _ in 0..random.below(10) {
                text.push_str(&random.below(100_000).to_string());
                text.push_str(random.pick::<&str>(&[" ", ",", ".", "", "e", "\n"]));
            }
        }
        16 => {
            let odd = [
                "👨\u{200d}👩\u{200d}👧",
                "🇩🇪",
                "👍🏽",
                "❤\u{fe0f}",
                "é",
                "ß",
                "Ω",
                "한국",
                "か",
                "ー",
                "。",
                "，",
                "ﬁ",
                "½",
                "²",
                "ǅ",
                "İ",
                "\u{345}",
            ];
            (0..random.below(10)).for_each(|_| text.push_str(random.pick::<&str>(&odd)));
        }
        17 => {
            (0..random.below(20)).for_each(|_| text.push(char::from(random.pick(b" \n\t.,;/'-_(){}=aAbB1"))));
        }
        _ => {
            for _ in 0..random.below(6) {
                text.push(char::from(random.pick(b"aZ_1 .!\n")));
                text.extend(char::from_u32(random.pick(&EDGES)));
            }
        }
    }
}
