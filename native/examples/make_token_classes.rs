//! Prints `native/src/tokens/classes_table.rs`: the character classes as the oracle's regex engine has them.
//!
//! `cargo run --release --example make_token_classes > native/src/tokens/classes_table.rs`

#![expect(clippy::print_stdout, reason = "what it is for")]
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a tool for one run")]

use tokenizers::utils::SysRegex;

/// Class numbers of `classes.rs`, each with the expression that the oracle's patterns use.
const CLASSES: [(u8, &str); 9] = [
    (1, r"[\p{Lu}\p{Lt}]"),
    (2, r"\p{Ll}"),
    (3, r"[\p{Lm}\p{Lo}]"),
    (4, r"\p{M}"),
    (5, r"\p{N}"),
    (6, r"[\p{P}\p{S}]"),
    (7, r" "),
    (8, r"[^\S\r\n ]"),
    (9, r"[\r\n]"),
];

fn main() {
    let scalars: String = ('\0'..=char::MAX).collect();
    let mut classes = vec![0u8; 0x11_0000];
    for (class, expression) in CLASSES {
        let regex = SysRegex::new(expression).expect("one of ours");
        for (start, end) in regex.find_iter(&scalars) {
            for scalar in scalars[start..end].chars() {
                let entry = &mut classes[scalar as usize];
                assert_eq!(*entry, 0, "{scalar:?} has two classes");
                *entry = class;
            }
        }
    }
    println!(
        "//! Made by `native/examples/make_token_classes.rs`; a test compares it with the oracle's engine.\n"
    );
    println!(
        "/// Where a run of one class starts, with the class in the low four bits; the first starts at 0."
    );
    println!("#[rustfmt::skip]\npub(super) const RUNS: &[u32] = &[");
    let mut line = String::new();
    let mut last = u8::MAX;
    for (scalar, class) in classes.iter().enumerate() {
        if *class == last {
            continue;
        }
        last = *class;
        let number = scalar << 4 | usize::from(*class);
        let item = match (number >> 16, number & 0xffff) {
            (0, low) => format!("{low:#x},"),
            (high, low) => format!("{high:#x}_{low:04x},"),
        };
        if line.len() + item.len() > 112 {
            println!("{line}");
            line.clear();
        }
        line.push_str(&item);
    }
    println!("{line}\n];");
}
