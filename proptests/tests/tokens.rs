//! Our token counts against the pinned crate's: no text may differ.
//!
//! `RUNBENCH_TOKENIZERS=DIR` reads full files (`DIR/qwen2/tokenizer.json`, …) instead of the reduced ones, and
//! `RUNBENCH_TOKEN_MEGABYTES=100` counts so many megabytes a family instead of 2; both together are the long run:
//!
//! `RUNBENCH_TOKENIZERS=… RUNBENCH_TOKEN_MEGABYTES=100 cargo test --release -p runbench-proptests --test tokens`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests: what can't be read fails the test"
)]

use std::path::Path;

use runbench::tokens::{CountTokens, Method, StreamCounter, TokenModel};
use runbench_proptests::adversarial::adversarial;
use runbench_proptests::texts::{Random, Set, Texts};

const KINDS: [&str; 7] = [
    "qwen2",
    "o200k-harmony",
    "deepseek3-style",
    "gpt2",
    "mistral-v0.1",
    "bert-base-uncased",
    "t5-small",
];

fn file(kind: &str) -> Vec<u8> {
    let path = match std::env::var("RUNBENCH_TOKENIZERS") {
        Ok(folder) => Path::new(&folder).join(kind).join("tokenizer.json"),
        Err(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tokenizers/{kind}.json")),
    };
    std::fs::read(path).unwrap()
}

fn model(kind: &str) -> TokenModel {
    TokenModel::parse(kind, file(kind)).unwrap()
}

/// Some of everything that the generator makes.
fn real() -> String {
    let texts = Texts::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    Set::ALL.iter().map(|set| texts.text(*set, 60_000, 1)).collect()
}

fn added(kind: &str) -> Vec<String> {
    let file: serde_json::Value = serde_json::from_slice(&file(kind)).unwrap();
    let tokens = file["added_tokens"].as_array().unwrap();
    tokens
        .iter()
        .map(|token| token["content"].as_str().unwrap().to_owned())
        .collect()
}

/// The shortest text left by taking characters away that is still counted differently.
fn shrink(text: &str, differs: &mut dyn FnMut(&str) -> bool) -> String {
    let mut scalars: Vec<char> = text.chars().collect();
    let mut step = scalars.len() / 2;
    while step > 0 {
        let mut at = 0;
        while at + step <= scalars.len() {
            let mut fewer = scalars.clone();
            fewer.drain(at..at + step);
            if differs(&fewer.iter().collect::<String>()) {
                scalars = fewer;
            } else {
                at += step;
            }
        }
        step /= 2;
    }
    scalars.into_iter().collect()
}

/// Fails with the smallest such text if ours and the oracle's counts differ.
fn check(kind: &str, ours: &mut dyn CountTokens, oracle: &mut dyn CountTokens, text: &str, special: bool) {
    let expected = oracle.count(text, special);
    if expected.is_none() || ours.count(text, special) == expected {
        return;
    }
    let small = shrink(text, &mut |text| {
        let expected = oracle.count(text, special);
        expected.is_some() && ours.count(text, special) != expected
    });
    let (count, expected) = (ours.count(&small, special), oracle.count(&small, special));
    panic!(
        "{kind}: {small:?} is {count:?} tokens, and {expected:?} by the oracle (special tokens: {special})"
    );
}

fn check_mixed(kind: &str) {
    let megabytes = std::env::var("RUNBENCH_TOKEN_MEGABYTES").map_or(2, |text| text.parse().unwrap());
    let (model, real, added) = (model(kind), real(), added(kind));
    assert!(
        matches!(model.method(), Method::Fast(_)),
        "{kind}: {:?}",
        model.method()
    );
    let (mut ours, mut oracle) = (model.worker(), model.oracle_worker());
    let random = &mut Random::new(megabytes as u64);
    let mut bytes = 0;
    while bytes < megabytes * 1_000_000 {
        let text = adversarial(random, &real, &added);
        check(kind, &mut *ours, &mut *oracle, &text, random.below(4) == 0);
        bytes += text.len();
    }
}

#[test]
fn qwen2_counts_as_the_oracle() {
    check_mixed("qwen2");
}

#[test]
fn o200k_counts_as_the_oracle() {
    check_mixed("o200k-harmony");
}

#[test]
fn deepseek_counts_as_the_oracle() {
    check_mixed("deepseek3-style");
}

#[test]
fn gpt2_counts_as_the_oracle() {
    check_mixed("gpt2");
}

#[test]
fn mistral_counts_as_the_oracle() {
    check_mixed("mistral-v0.1");
}

#[test]
fn bert_counts_as_the_oracle() {
    check_mixed("bert-base-uncased");
}

#[test]
fn t5_counts_as_the_oracle() {
    check_mixed("t5-small");
}

/// All scalar values in the long run; else those below U+3400 and a sample of the rest.
#[test]
fn every_character_counts_as_the_oracle_alone_and_in_context() {
    let all = std::env::var("RUNBENCH_TOKEN_MEGABYTES").is_ok();
    for kind in KINDS {
        let model = model(kind);
        let (mut ours, mut oracle) = (model.worker(), model.oracle_worker());
        for scalar in ('\0'..=char::MAX)
            .filter(|scalar| all || *scalar < '\u{3400}' || (*scalar as u32).is_multiple_of(41))
        {
            check(kind, &mut *ours, &mut *oracle, &scalar.to_string(), false);
            let text = format!(
                "a {scalar}b'{scalar}\n{scalar} x {scalar}{scalar}1{scalar}.{scalar} A{scalar}\u{301} 中{scalar} "
            );
            check(kind, &mut *ours, &mut *oracle, &text, false);
        }
    }
}

/// Texts in which other counters were found to differ.
#[test]
fn known_traps_count_as_the_oracle() {
    let traps = [
        "",
        " ",
        "ß'ſ'LLe",
        "x'ſ",
        " \u{1ad5}",
        "a\u{1ad5}b",
        "\u{113c2}\u{113c2}",
        "\u{1611e}\u{1611e}",
        "\u{16d67}\u{16d67}",
        "\u{2e43}\u{218a}",
        "x\u{2e43}y",
        "don't DON'T don'T'll",
        "a\r\n \r\n\tb",
        ";\n/*\n//\n/x",
        "...\n\n   \n  x",
        "12345 6 78",
        "，中文 12中 ABC中AB",
        "e\u{301}e\u{301}\u{301}",
        "\u{1100}\u{1161}\u{11a8}",
        "▁a▁▁b ▁",
        "<0x0A>",
        "؀ a",
        "\r\n\u{301}",
        "İstanbul ΣΑΣ",
    ];
    for kind in KINDS {
        let model = model(kind);
        let (mut ours, mut oracle) = (model.worker(), model.oracle_worker());
        for trap in traps {
            for special in [false, true] {
                check(kind, &mut *ours, &mut *oracle, trap, special);
            }
            check(kind, &mut *ours, &mut *oracle, &trap.repeat(70), false);
        }
    }
}

#[test]
fn flags_of_added_tokens_count_as_the_oracle() {
    for kind in KINDS {
        let mut file: serde_json::Value = serde_json::from_slice(&file(kind)).unwrap();
        let tokens = file["added_tokens"].as_array_mut().unwrap();
        // Normalized ones stand behind normalizers that are known to leave them alone.
        let normalized = matches!(
            kind,
            "gpt2" | "qwen2" | "deepseek3-style" | "o200k-harmony" | "mistral-v0.1"
        );
        for (id, (content, flag)) in [
            ("[L]", "lstrip"),
            ("[R]", "rstrip"),
            ("word", "single_word"),
            ("[LL]", "lstrip"),
            ("né", "normalized"),
            ("[R][L]", "special"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut token = serde_json::json!({"id": 500_000 + id, "content": content, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false, "special": false});
            token[flag] = serde_json::Value::Bool(flag != "normalized" || normalized);
            tokens.push(token);
        }
        let model = TokenModel::parse(kind, file.to_string().into_bytes()).unwrap();
        assert!(
            matches!(model.method(), Method::Fast(_)),
            "{kind}: {:?}",
            model.method()
        );
        let (mut ours, mut oracle) = (model.worker(), model.oracle_worker());
        let parts = [
            "[L]",
            "[R]",
            "word",
            "[LL]",
            "né",
            "ne\u{301}",
            "[R][L]",
            " ",
            "  ",
            "\n",
            "\u{3000}",
            "x",
            "_",
            "é",
            "words",
            ".",
        ];
        let random = &mut Random::new(3);
        for _ in 0..4000 {
            let text: String = (0..random.below(12))
                .map(|_| random.pick::<&str>(&parts))
                .collect();
            check(kind, &mut *ours, &mut *oracle, &text, false);
        }
    }
}

#[test]
fn a_stream_counts_as_its_text_however_it_is_cut() {
    let real = real();
    for kind in KINDS {
        let (model, added) = (model(kind), added(kind));
        let (mut worker, random) = (model.worker(), &mut Random::new(5));
        let mut stream = StreamCounter::new(&model);
        let mut held = 0;
        for _ in 0..12 {
            let text: String = (0..60).map(|_| adversarial(random, &real, &added)).collect();
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let mut len = (1 + random.below(900)).min(rest.len());
                while !rest.is_char_boundary(len) {
                    len += 1;
                }
                stream.push(&rest[..len]);
                rest = &rest[len..];
                held += usize::from(stream.pending_bytes() < 10_000);
            }
            assert_eq!(stream.finish(true), worker.count(&text, true), "{kind}");
        }
        assert!(held > 100, "{kind}: everything is kept to the end");
    }
}

#[test]
fn parts_of_a_text_add_up_to_it() {
    let real = real();
    for kind in KINDS {
        let (model, added) = (model(kind), added(kind));
        let (mut worker, random) = (model.worker(), &mut Random::new(9));
        for _ in 0..12 {
            let text: String = (0..60).map(|_| adversarial(random, &real, &added)).collect();
            let parts = model.parts(&text, 1 + random.below(3000));
            assert_eq!(parts.concat(), text);
            assert!(parts.len() > 1, "{kind}");
            let sum: u64 = parts.iter().map(|part| worker.count(part, false).unwrap()).sum();
            assert_eq!(Some(sum), worker.count(&text, false), "{kind}");
        }
    }
}

/// A merge is taken away: the comparison must see it.
#[test]
fn a_changed_rule_is_noticed() {
    let real = real();
    for kind in [
        "qwen2",
        "o200k-harmony",
        "deepseek3-style",
        "gpt2",
        "mistral-v0.1",
    ] {
        let mut file: serde_json::Value = serde_json::from_slice(&file(kind)).unwrap();
        let merges = file["model"]["merges"].as_array_mut().unwrap();
        let made = |merge: &serde_json::Value| match merge {
            serde_json::Value::String(text) => text.replace(' ', ""),
            parts => format!("{}{}", parts[0].as_str().unwrap(), parts[1].as_str().unwrap()),
        };
        // The 50th merge, frequent enough for 60 kB of text to have it, and the others that make the same.
        let lost = made(&merges[50]);
        merges.retain(|merge| made(merge) != lost);
        let changed = TokenModel::parse(kind, file.to_string().into_bytes()).unwrap();
        let model = model(kind);
        let (mut ours, mut oracle) = (changed.worker(), model.oracle_worker());
        assert_ne!(
            ours.count(&real, false),
            oracle.count(&real, false),
            "{kind}: {lost} is missing"
        );
    }
}

#[test]
fn an_unknown_splitting_rule_is_the_oracles() {
    let text = String::from_utf8(file("qwen2"))
        .unwrap()
        .replace(r"\\p{N}|", r"\\p{N}{1,2}|");
    let model = TokenModel::parse("changed", text.into_bytes()).unwrap();
    assert!(matches!(model.method(), Method::Oracle(reason) if reason.contains("pre-tokenizer")));
    assert_eq!(
        model.worker().count("1234", false),
        model.oracle_worker().count("1234", false)
    );
}
