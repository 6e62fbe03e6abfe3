//! What both counters count in every drain: a fixed set of texts, and a sample of the run's own.

/// Of how many requests one is checked, in a run that is large enough.
const EVERY: usize = 1000;

/// As many requests are checked at least, or all if there are fewer.
const AT_LEAST: usize = 1000;

/// Texts on which counters are known to differ when they differ at all: contractions and case folding, marks and
/// compositions that are newer than some Unicode tables, punctuation that only some tables know, runs of digits and
/// blanks, scripts without blanks, emoji of several characters, base64, and the literal text of special tokens.
pub(crate) const TEXTS: [&str; 42] = [
    "",
    " ",
    "a",
    "\n",
    "The server answered 1,024 requests in 3.5 s; nobody had asked for more.",
    "We're sure they'll say it's what I'd've done, DON'T YOU'RE 'Twas 'S 'LL o'clock",
    "\u{df}'\u{17f}'LLe",
    "it'\u{17f} IT'\u{17f} x'\u{17f}y '\u{17f}",
    "a \u{1ad5}b \u{1ad5}",
    "\u{113c2} \u{1611e} \u{16d67}",
    "\u{11382}\u{113c9} \u{1611e}\u{1611e} \u{16d63}\u{16d67}",
    "\u{2e43}\u{218a} \u{2e43} \u{218a}",
    "e\u{301}a\u{30a}\u{323} \u{e9}\u{1e69} \u{212b} \u{fb01} \u{1d400}",
    "\u{1112}\u{1161}\u{11ab}\u{d55c} \u{ac01}",
    "0 12 345 6789 01234 567890 \u{663}\u{664}\u{665} \u{2167}\u{b2}\u{bd} 3.14159e-10 0xDEADBEEF",
    "  two  blanks   three    four\t\ttabs \t mixed \t",
    "line\n\nline\r\n\r\nline \n \n  indented\n\tend  \n",
    "\u{a0}\u{2003}x\u{3000}y\u{85}z\u{200b}\u{feff}w\u{2028}v",
    "fn main() {\n    let x = vec![1, 2, 3];\n    println!(\"{:?}\", &x[1..]);\n}\n",
    "def f(a, *b, **c):\n    return {k: v for k, v in c.items() if v != a} // 2  # \u{fc}\n",
    "https://example.org/a/b?c=d&e=%20f#g user@example.org C:\\x\\y ../../z",
    "{\"role\":\"user\",\"content\":\"\\u00e9\\n\",\"n\":-1.5e+3,\"ok\":[true,null]}",
    "\u{6211}\u{4eec}\u{5728}\u{6d4b}\u{91cf}\u{670d}\u{52a1}\u{5668}\u{7684}\u{901f}\u{5ea6}\u{ff0c}2024\u{5e74}\u{3002}ABC\u{4e2d}\u{6587}",
    "\u{3053}\u{308c}\u{306f}\u{30c6}\u{30b9}\u{30c8}\u{3067}\u{3059}\u{3002}\u{ff76}\u{ff9e}\u{30fc}",
    "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, \u{41c}\u{418}\u{420}! \u{3b3}\u{3b5}\u{3b9}\u{3ac} \u{3a3}\u{3c2}\u{3c3}",
    "\u{645}\u{631}\u{62d}\u{628}\u{627} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f44d}\u{1f3fd}\u{1f1e9}\u{1f1ea}\u{2764}\u{fe0f} \u{1f600}\u{1f600}\u{1f600}",
    "SGVsbG8sIHRoaXMgaXMgYmFzZTY0LCBub3QgYSB3b3JkLg==+/+/Zm9vYmFyYmF6cXV4cXV1eA==",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "!!!???...---===###***///\\\\\\|||~~~```'''\"\"\"<<<>>>[[[]]]{{{}}}((()))",
    "-- /* x */ ./\n/ //\n\n.\r\n/*\n*/ !\n?\n",
    "\u{0}\u{1}\u{7}\u{1b}[31mred\u{1b}[0m\u{7f}\u{e000}\u{fffd}\u{10ffff}",
    "<|endoftext|> text <|im_start|>user\n<|im_end|> <s> </s> [CLS] [SEP] [UNK] <unk> <pad> <extra_id_0>",
    " <s>a</s> b<|endoftext|>c  <|endoftext|>  d [MASK] e[MASK]f",
    "\u{2581}a\u{2581}\u{2581}b \u{2581} c\u{120}d\u{10a}",
    "camelCaseWord snake_case_word SCREAMING_CASE kebab-case-word iPhone15Pro McDonald XMLHttpRequest",
    "\u{1c5}a \u{1c4}A \u{2b0}\u{2b1} \u{aa}\u{ba} \u{130}I\u{131}i \u{1e9e}\u{df}",
    "The following is a very-long-hyphenated-word-that-goes-on, supercalifragilisticexpialidocious\u{2014}dash\u{2026}",
    "a\u{3000}\u{200c}\u{301}b \u{3000}\u{200c}\u{301}",
    "\u{b2}\u{20d0}\u{200c}\u{4e2d} \u{d55c}\u{ad6d} \u{c5b4}",
    "I \u{2009}am\u{2009} here \u{301}\u{301}mark \u{20e3}1\u{fe0f}\u{20e3}",
    "Stra\u{df}e \u{c5}ngstr\u{f6}m na\u{ef}ve fa\u{e7}ade \u{17b}\u{f3}\u{142}w \u{111}\u{1eb9}p I\u{307}stanbul",
];

/// Chooses which of these requests are checked: one of each thousand that follow one another by id, or one of fewer so
/// that there are at least a thousand. Sorted; the same for the same requests and seed.
pub(super) fn sample(mut ids: Vec<u64>, seed: u64) -> Vec<u64> {
    ids.sort_unstable();
    let every = (ids.len() / AT_LEAST).clamp(1, EVERY);
    let mut state = seed;
    ids.chunks(every)
        .filter_map(|chunk| {
            let length = u64::try_from(chunk.len()).ok()?;
            let place = usize::try_from(next(&mut state) % length).ok()?;
            chunk.get(place).copied()
        })
        .collect()
}

/// The seed that a run's id gives.
pub(super) fn seed(run_id: [u8; 16]) -> u64 {
    run_id.chunks(8).fold(0, |seed, part| {
        part.iter()
            .fold(seed, |seed, byte| (seed << 8) ^ (seed >> 56) ^ u64::from(*byte))
    })
}

/// The next number of the splitmix64 generator.
pub(super) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{sample, seed};

    fn check(n: u64, at_least: usize, at_most: usize) {
        let ids: Vec<u64> = (0..n).map(|id| id * 3).collect();
        let chosen = sample(ids.clone(), 7);
        assert!(
            (at_least..=at_most).contains(&chosen.len()),
            "{} of {n}",
            chosen.len()
        );
        let known: BTreeSet<u64> = ids.iter().copied().collect();
        assert!(chosen.is_sorted_by(|a, b| a < b) && chosen.iter().all(|id| known.contains(id)));
        assert_eq!(chosen, sample(ids.into_iter().rev().collect(), 7));
    }

    #[test]
    fn takes_one_of_a_thousand_but_a_thousand_at_least() {
        check(0, 0, 0);
        check(1, 1, 1);
        check(1000, 1000, 1000);
        check(1999, 1999, 1999);
        check(2000, 1000, 1000);
        check(2_000_001, 2000, 2001);
    }

    #[test]
    fn another_run_has_another_sample() {
        let ids: Vec<u64> = (0..10_000).collect();
        let (mut a, mut b) = ([0; 16], [0; 16]);
        (a[3], b[12]) = (1, 1);
        assert_ne!(seed(a), seed(b));
        assert_ne!(sample(ids.clone(), seed(a)), sample(ids, seed(b)));
    }
}
