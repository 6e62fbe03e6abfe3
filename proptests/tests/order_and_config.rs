//! Properties of sample orders and of config files.

use proptest::collection::vec;
use proptest::prelude::*;
use runbench_core::order::{Order, PythonRandom, SampleOrder};
use runbench_core::plan::{ConfigFormat, ConfigValue, read_config};

fn formats() -> impl Strategy<Value = ConfigFormat> {
    prop_oneof![Just(ConfigFormat::Yaml), Just(ConfigFormat::Ron)]
}

/// Text that is nearly a config file.
fn nearly_config() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z_]{1,8}: ",
        "[a-z0-9.]{1,6}",
        Just("\n".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("\"".to_owned()),
        Just(",".to_owned()),
        Just("#".to_owned()),
        Just("&a *a ".to_owned()),
        Just("- ".to_owned()),
        "\\PC{1,3}",
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Shuffles the slow way: the whole list, each pass, as CPython would.
fn slow_passes(seed: u64, n: u64, n_passes: usize) -> Vec<u64> {
    let mut random = PythonRandom::new(seed);
    let mut list: Vec<u64> = (0..n).collect();
    let mut all = Vec::new();
    for _ in 0..n_passes {
        random.shuffle(&mut list);
        all.extend(&list);
    }
    all
}

proptest! {
    #[test]
    fn passes_are_shuffles_of_the_same_list(seed in any::<u64>(), n in 1_u64..60, skip in vec(0_u64..90, 1..40)) {
        let expected = slow_passes(seed, n, 40);
        let mut order = SampleOrder::new(Order::Shuffled { seed }, n).unwrap();
        let mut ticket = 0;
        for step in skip {
            let Some(wanted) = usize::try_from(ticket).ok().and_then(|place| expected.get(place)) else { break };
            prop_assert_eq!(order.sample(ticket), *wanted, "ticket {}", ticket);
            ticket += step;
        }
    }

    #[test]
    fn every_sample_is_in_the_dataset(seed in any::<u64>(), n in 1_u64..1000, tickets in vec(0_u64..5_000, 1..30)) {
        for order in [Order::Shuffled { seed }, Order::WithReplacement { seed }, Order::Sequential, Order::Single(seed % n)] {
            let mut order = SampleOrder::new(order, n).unwrap();
            prop_assert!(tickets.iter().all(|ticket| order.sample(*ticket) < n));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300), format in formats()) {
        if let Err(error) = read_config(&bytes, format) {
            prop_assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
        }
    }

    #[test]
    fn nearly_config_files_are_read_or_refused(text in nearly_config(), format in formats()) {
        if let Ok(entries) = read_config(text.as_bytes(), format) {
            let n_lines = text.lines().count().max(1);
            prop_assert!(entries.iter().all(|entry| entry.line >= 1 && entry.line <= n_lines + 1));
        }
    }

    /// What is written as flow YAML comes back.
    #[test]
    fn simple_entries_come_back(
        entries in proptest::collection::btree_map("[a-z]{3,8}_[a-z]{2,5}", "[a-zA-Z0-9 :#{}'\"\\\\/-]{0,20}", 0..8)
    ) {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let (mut yaml, mut ron) = (String::new(), String::new());
        for (key, value) in &entries {
            yaml.extend([key, ": ", &quoted(value), "\n"]);
            ron.extend([key, ": ", &quoted(value), ",\n"]);
        }
        for (text, format) in [(yaml, ConfigFormat::Yaml), (format!("(\n{ron})"), ConfigFormat::Ron)] {
            let read = read_config(text.as_bytes(), format).unwrap();
            let read: Vec<(String, ConfigValue)> = read.into_iter().map(|entry| (entry.key, entry.value)).collect();
            let expected: Vec<(String, ConfigValue)> = entries
                .iter()
                .map(|(key, value)| (key.replace('_', "-"), ConfigValue::Text(value.clone())))
                .collect();
            prop_assert_eq!(read, expected, "{}", text);
        }
    }
}
