//! Our token counts against the pinned crate's: no text may differ.
//!
//! `RUNBENCH_TOKENIZERS=DIR` reads full files (`DIR/qwen2/tokenizer.json`, …) instead of the reduced ones, and
//! `RUNBENCH_TOKEN_MEGABYTES=100` counts so many megabytes a family instead of 2. The long run is
//! `examples/token_parity.rs`, which can be stopped and taken up again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests: what can't be read fails the test"
)]

use runbench::tokens::{CountTokens, Method, StreamCounter, TokenModel};
use runbench_proptests::adversarial::adversarial;
use runbench_proptests::texts::Random;
use runbench_proptests::token_parity::{
    KINDS, added_tokens, compare_characters, compare_mixed, difference, file, model, sample_of_all_sets,
};

/// Fails with the smallest such text if ours and the oracle's counts differ.
fn check(kind: &str, ours: &mut dyn CountTokens, oracle: &mut dyn CountTokens, text: &str, special: bool) {
    if let Some(difference) = difference(ours, oracle, text, special) {
        panic!("{kind}: {difference}");
    }
}

fn check_mixed(kind: &str) {
    let megabytes: u64 = std::env::var("RUNBENCH_TOKEN_MEGABYTES").map_or(2, |text| text.parse().unwrap());
    let (model, real, added) = (model(kind), sample_of_all_sets(), added_tokens(kind));
    assert!(
        matches!(model.method(), Method::Fast(_)),
        "{kind}: {:?}",
        model.method()
    );
    let (mut ours, mut oracle) = (model.worker(), model.oracle_worker());
    let found = compare_mixed(
        &mut *ours,
        &mut *oracle,
        &real,
        &added,
        megabytes * 1_000_000,
        megabytes,
    );
    assert!(found.differences.is_empty(), "{kind}: {:?}", found.differences);
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

/// All scalar values where megabytes are asked for; else those below U+3400 and a sample of the rest.
#[test]
fn every_character_counts_as_the_oracle_alone_and_in_context() {
    let all = std::env::var("RUNBENCH_TOKEN_MEGABYTES").is_ok();
    for kind in KINDS {
        let model = model(kind);
        let scalars = ('\0'..=char::MAX)
            .filter(|scalar| all || *scalar < '\u{3400}' || (*scalar as u32).is_multiple_of(41));
        let found = compare_characters(&mut *model.worker(), &mut *model.oracle_worker(), scalars);
        assert!(found.differences.is_empty(), "{kind}: {:?}", found.differences);
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
        "\u{3000}\u{200c}\u{301}",
        "²\u{20d0}\u{200c}中",
        "a\u{3000}\u{200c}\u{301}b",
        "한국 어\u{301} 를",
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
    let real = sample_of_all_sets();
    for kind in KINDS {
        let (model, added) = (model(kind), added_tokens(kind));
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
    let real = sample_of_all_sets();
    for kind in KINDS {
        let (model, added) = (model(kind), added_tokens(kind));
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

/// Takes one rule out of a family's file: the 50th merge, and the others that make the same token; a token; or its
/// score. Each is frequent enough for 420 kB of text to have it. Says which.
fn without_one_rule(kind: &str, file: &mut serde_json::Value) -> String {
    let model = &mut file["model"];
    match kind {
        "bert-base-uncased" => {
            let lost = "##ing";
            assert!(model["vocab"].as_object_mut().unwrap().remove(lost).is_some());
            lost.to_owned()
        }
        "t5-small" => {
            let tokens = model["vocab"].as_array_mut().unwrap();
            let token = tokens.iter_mut().find(|token| token[0] == "▁the").unwrap();
            token[1] = (-99.0).into();
            "▁the".to_owned()
        }
        _ => {
            let merges = model["merges"].as_array_mut().unwrap();
            let made = |merge: &serde_json::Value| match merge {
                serde_json::Value::String(text) => text.replace(' ', ""),
                parts => format!("{}{}", parts[0].as_str().unwrap(), parts[1].as_str().unwrap()),
            };
            let lost = made(&merges[50]);
            merges.retain(|merge| made(merge) != lost);
            lost
        }
    }
}

/// One entry of the tables is wrong: the comparison must see it.
#[test]
fn a_changed_rule_is_noticed() {
    let real = sample_of_all_sets();
    for kind in KINDS {
        let mut file: serde_json::Value = serde_json::from_slice(&file(kind)).unwrap();
        let lost = without_one_rule(kind, &mut file);
        let changed = TokenModel::parse(kind, file.to_string().into_bytes()).unwrap();
        assert!(
            matches!(changed.method(), Method::Fast(_)),
            "{kind}: {:?}",
            changed.method()
        );
        let (model, added) = (model(kind), added_tokens(kind));
        let (mut ours, mut oracle) = (changed.worker(), model.oracle_worker());
        let found = compare_mixed(&mut *ours, &mut *oracle, &real, &added, 300_000, 1);
        assert!(!found.differences.is_empty(), "{kind}: {lost} is missing");
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

/// Vocabularies that the tables are not made for.
#[test]
fn odd_vocabularies_are_the_oracles() {
    let check = |kind: &str, change: &dyn Fn(&mut serde_json::Value), reason: &str| {
        let mut file: serde_json::Value = serde_json::from_slice(&file(kind)).unwrap();
        change(&mut file["model"]);
        let model = TokenModel::parse(kind, file.to_string().into_bytes()).unwrap();
        assert!(
            matches!(model.method(), Method::Oracle(why) if why.contains(reason)),
            "{kind}: {:?}",
            model.method()
        );
    };
    let without_mark = |model: &mut serde_json::Value| {
        model["merges"] = serde_json::json!([]);
        let vocab = model["vocab"].as_object_mut().unwrap();
        let id = vocab.remove("▁").unwrap();
        vocab.insert("no▁mark".to_owned(), id);
    };
    check("mistral-v0.1", &without_mark, "U+2581 has no token");
    let with_a_huge_id = |model: &mut serde_json::Value| {
        model["vocab"]["Ġt"] = 4_000_000_000u64.into();
    };
    check("gpt2", &with_a_huge_id, "more tokens or merges");
}
