//! Readers of submitted files: no input may make them panic, and every value has a place in the file.

use proptest::prelude::*;
use runbench_core::coerce::{Faults, boolean, entries, float, int, list, string};
use runbench_core::parse::{
    JSON_MAX_DEPTH, Keep, LineIndex, Node, ParseError, Span, Unkept, Value, YAML_MAX_DEPTH, parse_json,
    parse_yaml, read_json_by,
};

/// Bytes that mean something to either format, so that random input gets past the first character.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        ":",
        "- ",
        "? ",
        "\n",
        "\n  ",
        " ",
        "\t",
        "\"",
        "'",
        "\\",
        "\"a\"",
        "a",
        "é",
        "\u{85}",
        "\u{2028}",
        "1",
        "-1.5",
        "1e999",
        "NaN",
        "null",
        "true",
        "\"\\ud800\"",
        "&a ",
        "*a",
        "!!int ",
        "!!set ",
        "!",
        "<<: ",
        "|\n",
        ">-\n",
        "#",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "2026-02-30",
        "0x",
        "\0",
        "\u{feff}",
        "\u{1f600}",
        "\"k\": ",
    ]);
    let text = prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![4 => text, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

/// Visits a node and all below it, with the node around each.
fn visit<'a>(root: &'a Node, check: &mut dyn FnMut(&'a Node, &'a Node)) {
    let mut open = vec![(root, root)];
    while let Some((around, node)) = open.pop() {
        check(around, node);
        match &node.value {
            Value::List(items) | Value::Set(items) => open.extend(items.iter().map(|item| (node, item))),
            Value::Map(map) => {
                open.extend(
                    map.entries()
                        .iter()
                        .flat_map(|entry| [(node, &entry.key), (node, &entry.value)]),
                );
            }
            _ => {}
        }
    }
}

fn is_inside(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end
}

fn check_places(source: &[u8], parsed: Result<&Node, &ParseError>) {
    let whole = Span {
        start: 0,
        end: source.len(),
    };
    let lines = LineIndex::new(source);
    match parsed {
        Ok(root) => visit(root, &mut |_, node| {
            assert!(is_inside(node.span, whole), "{:?} outside of the file", node.span);
            assert!(lines.locate(node.span.start).line >= 1);
        }),
        Err(error) => assert!(error.at <= source.len(), "{error} at {}", error.at),
    }
}

proptest! {
    #[test]
    fn json_is_read_without_panic(source in document()) {
        let parsed = parse_json(&source);
        check_places(&source, parsed.as_ref());
        if let Ok(root) = &parsed {
            visit(root, &mut |around, node| assert!(is_inside(node.span, around.span)));
        }
    }

    #[test]
    fn json_in_pieces_is_the_same_json(source in document(), window in 1..20_usize) {
        let whole = parse_json(&source);
        let read = match read_json_by(window, &mut source.as_slice(), &Keep::All, usize::MAX) {
            Ok(kept) => Ok(kept.root),
            Err(Unkept::Parse(error, _)) => Err(error),
            Err(other) => panic!("{other:?}"),
        };
        // A NaN is not equal to itself.
        prop_assert_eq!(format!("{read:?}"), format!("{whole:?}"));
        let shape = match read_json_by(window, &mut source.as_slice(), &Keep::Shape, usize::MAX) {
            Ok(kept) => Ok(kept.root.span),
            Err(Unkept::Parse(error, _)) => Err(error),
            Err(other) => panic!("{other:?}"),
        };
        prop_assert_eq!(shape, whole.map(|root| root.span));
    }

    #[test]
    fn yaml_is_read_without_panic(source in document()) {
        let parsed = parse_yaml(&source);
        check_places(&source, parsed.as_ref());
    }

    #[test]
    fn json_as_others_write_it_is_read_back(text in any::<String>(), number in any::<i64>(), float in any::<f64>(), flag in any::<bool>()) {
        prop_assume!(float.is_finite());
        let written = serde_json::json!({ "text": text, "list": [number, float, flag, null_value()], "empty": {} }).to_string();
        let root = parse_json(written.as_bytes()).unwrap();
        let Value::Map(map) = &root.value else { panic!("no object") };
        prop_assert_eq!(&map.get("text").unwrap().value, &Value::Str(text));
        let Value::List(items) = &map.get("list").unwrap().value else { panic!("no list") };
        prop_assert_eq!(&items[0].value, &Value::Int(number.into()));
        let Value::Float(read) = items[1].value else { panic!("no float") };
        prop_assert_eq!(read.to_bits(), float.to_bits());
        prop_assert_eq!(&items[2].value, &Value::Bool(flag));
        prop_assert_eq!(&items[3].value, &Value::Null);
    }

    #[test]
    fn faults_have_a_place_and_a_value_has_none(source in document()) {
        let Ok(root) = parse_yaml(&source) else { return Ok(()) };
        let whole = Span { start: 0, end: source.len() };
        let faults = [
            Faults::read(&root, int).err(),
            Faults::read(&root, float).err(),
            Faults::read(&root, boolean).err(),
            Faults::read(&root, string).err(),
            Faults::read(&root, list(int)).err(),
            Faults::read(&root, entries(list(float))).err(),
        ];
        for list in faults.into_iter().flatten() {
            prop_assert!(!list.is_empty());
            prop_assert!(list.iter().all(|fault| is_inside(fault.span, whole)));
        }
    }
}

fn null_value() -> serde_json::Value {
    serde_json::Value::Null
}

/// The browser's stack is 1 MiB.
#[test]
fn deepest_files_fit_a_small_stack() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let work = move || {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let json = parse_json(nested(open, close, JSON_MAX_DEPTH).as_bytes()).unwrap();
            let yaml = parse_yaml(nested(open, close, YAML_MAX_DEPTH).as_bytes()).unwrap();
            assert_eq!((json.clone(), yaml.clone()), (json, yaml));
        }
        let indented = |level: usize| [" ".repeat(level), "a:\n".to_owned()].concat();
        let block: String = (0..YAML_MAX_DEPTH).map(indented).collect();
        assert!(parse_yaml(block.as_bytes()).is_ok());
    };
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}
