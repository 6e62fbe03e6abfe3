//! What Python 3.11's `json.loads` makes of these documents, as it gave it.

use super::super::short::short;
use super::*;

#[track_caller]
fn check(document: &str, expected: &str) {
    check_streamed(document.as_bytes());
    let node = parse_json(document.as_bytes());
    assert_eq!(node.as_ref().map(short).as_deref(), Ok(expected), "{document}");
}

fn streamed(document: &[u8], step: usize, keep: &Keep) -> Result<Node, ParseError> {
    match read_json_by(step, &mut &*document, keep, usize::MAX) {
        Ok(kept) => Ok(kept.root),
        Err(Unkept::Parse(error, _)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

/// However the bytes come in, and whatever is kept, it is the same document, or the same error at the same place.
#[track_caller]
fn check_streamed(document: &[u8]) {
    // A NaN is not equal to itself.
    let whole = format!("{:?}", parse_json(document));
    for step in [1, 2, 3, 7, 1 << 20] {
        let read = format!("{:?}", streamed(document, step, &Keep::All));
        assert_eq!(read, whole, "{step}: {}", String::from_utf8_lossy(document));
        let shape = streamed(document, step, &Keep::Shape).map(|node| node.span);
        assert_eq!(
            shape,
            parse_json(document).map(|node| node.span),
            "{}",
            String::from_utf8_lossy(document)
        );
    }
}

fn refuses(document: impl AsRef<[u8]>, kind: ParseErrorKind) {
    let document = document.as_ref();
    check_streamed(document);
    let found = parse_json(document).map_err(|error| error.kind);
    assert_eq!(found, Err(kind), "{}", String::from_utf8_lossy(document));
}

#[test]
fn reads_what_python_reads() {
    for (document, expected) in [
        (" [1, -0, 1e2, -1.5E-3] ", "[1, 0, 100.0, -0.0015]"),
        ("[NaN, Infinity, -Infinity, 1e999]", "[NaN, inf, -inf, inf]"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        (r#"{"a": 1, "b": [], "c": {}}"#, "{'a': 1, 'b': [], 'c': {}}"),
        (r#""\u00e9\/\b\f\n\r\t\\\"""#, "'é/\u{8}\u{c}\\n\r\t\\\"'"),
        (r#""\ud83d\ude00""#, "'😀'"),
        (
            r#"["\ud800", "\ude00\ud83d"]"#,
            "[~'\u{fffd}', ~'\u{fffd}\u{fffd}']",
        ),
        (r#""\ud83d\ud83d\ude00""#, "~'\u{fffd}😀'"),
        ("\t\r\n null \n", "null"),
    ] {
        check(document, expected);
    }
}

#[test]
fn refuses_what_python_refuses() {
    for document in [
        "",
        " ",
        "\u{feff}{}",
        "[1,]",
        "{\"a\":1,}",
        "{,}",
        "[,]",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "'a'",
        "// x\n1",
        "01",
        "-01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "1e+",
        "0x10",
        "--1",
        "nan",
        "infinity",
        "-NaN",
        "True",
        "nul",
        "1 2",
        "]",
        "[",
        "{",
        "[1}",
        "{\"a\":1]",
        "{\"a\":}",
        "{\"a\"}",
        "\"a",
        "\"a\\\"",
        "\"\\x41\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\\ud83d\\u12\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\0\"",
        "\u{a0}1",
        "\u{b}1",
    ] {
        refuses(document, ParseErrorKind::Syntax);
    }
    refuses(b"\"\xff\"", ParseErrorKind::NotUtf8);
    refuses(b"\"\xed\xa0\x80\"", ParseErrorKind::NotUtf8);
}

#[test]
fn limits_integers_to_4300_digits() {
    assert!(parse_json(format!("-{}", "9".repeat(4300)).as_bytes()).is_ok());
    refuses("9".repeat(4301), ParseErrorKind::Unbuildable);
    check(&format!("{}.0", "9".repeat(4301)), "inf");
}

#[test]
fn limits_depth() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse_json(nested(JSON_MAX_DEPTH).as_bytes()).is_ok());
    refuses(nested(JSON_MAX_DEPTH + 1), ParseErrorKind::TooDeep);
    refuses("[".repeat(1_000_000), ParseErrorKind::TooDeep);
    refuses("{\"a\":".repeat(1_000_000), ParseErrorKind::TooDeep);
}

#[test]
fn keeps_the_last_of_duplicate_keys_at_the_first_place() {
    check(r#"{"a":1,"b":2,"a":3}"#, "{'a': 3, 'b': 2}");
    check(
        r#"{"\ud800":1,"\ud801":2,"\ud800":3}"#,
        "{~'\u{fffd}': 3, ~'\u{fffd}': 2}",
    );
    let node = parse_json(br#"{"a":1,"b":2,"a":3,"a":4}"#).unwrap();
    let Value::Map(map) = &node.value else {
        panic!("no object")
    };
    assert_eq!(
        map.duplicates(),
        [Span { start: 13, end: 16 }, Span { start: 19, end: 22 }]
    );
    assert_eq!(map.entries()[0].key.span, Span { start: 1, end: 4 });
    assert_eq!(map.entries()[0].value.span, Span { start: 23, end: 24 });
}

#[test]
fn takes_many_duplicate_keys_in_its_stride() {
    let pairs: Vec<String> = (0..200_000)
        .map(|index| format!("\"k{}\":{index}", index % 100_000))
        .collect();
    let node = parse_json(format!("{{{}}}", pairs.join(",")).as_bytes()).unwrap();
    let Value::Map(map) = &node.value else {
        panic!("no object")
    };
    assert_eq!((map.entries().len(), map.duplicates().len()), (100_000, 100_000));
}

#[test]
fn locates_every_value() {
    let source = r#" {"é": [10, "x"]} "#;
    let node = parse_json(source.as_bytes()).unwrap();
    let shown = |span: Span| source.get(span.start..span.end).unwrap();
    let Value::Map(map) = &node.value else {
        panic!("no object")
    };
    let entry = &map.entries()[0];
    let Value::List(items) = &entry.value.value else {
        panic!("no list")
    };
    assert_eq!(shown(node.span), r#"{"é": [10, "x"]}"#);
    assert_eq!(shown(entry.key.span), r#""é""#);
    assert_eq!(shown(entry.value.span), r#"[10, "x"]"#);
    assert_eq!((shown(items[0].span), shown(items[1].span)), ("10", r#""x""#));
}

/// What one of our own readers finds below a document's root.
fn kept(document: &str, keep: &Keep) -> String {
    short(&streamed(document.as_bytes(), 5, keep).unwrap())
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let document = r#"{"a": {"b": [1, {"c": 2}], "d": "x"}, "e": [[3], 4], "a2": 5, "\ud800": {"f": 6}}"#;
    assert_eq!(kept(document, &Keep::Shape), "{}");
    assert_eq!(
        kept(document, &Keep::fields(&[("a", Keep::Shape), ("a2", Keep::All)])),
        "{'a': {}, 'a2': 5, ~'\u{fffd}': {}}"
    );
    assert_eq!(
        kept(document, &Keep::Each(&Keep::Each(&Keep::Shape))),
        "{'a': {'b': [], 'd': 'x'}, 'e': [[], 4], 'a2': 5, ~'\u{fffd}': {'f': 6}}"
    );
    let items = Keep::Fields {
        fields: &[("e", Keep::All)],
        rest: Some(&Keep::Shape),
        items: Some(&Keep::Shape),
    };
    assert_eq!(kept("[1, [2]]", &items), "[1, []]");
    assert_eq!(
        kept(r#"{"e": 1, "e": [2], "x": [3]}"#, &items),
        "{'e': [2], 'x': []}"
    );
}

#[test]
fn a_long_document_costs_what_is_kept_of_it() {
    let head: &[u8] = br#"{"rows": ["#;
    let row: &[u8] = br#"{"id": "a \u00e9 row", "values": [1, 2.5, -3e7, null, NaN]}, "#;
    let rows = row.repeat(1 << 16);
    let mut document = head
        .chain(rows.as_slice())
        .chain(rows.as_slice())
        .chain(&br#"0], "score": 7}"#[..]);
    let keep = Keep::fields(&[("score", Keep::Shape)]);
    let kept = read_json(&mut document, &keep, 600_000).unwrap();
    assert_eq!(short(&kept.root), "{'score': 7}");
    assert!(kept.length > 4 << 20);
    assert_eq!(
        (kept.nonfinite.len(), kept.nonfinite_count),
        (MOST_NONFINITE, 2 << 16)
    );
    assert!(kept.cost < 300_000, "{}", kept.cost);
    let all = read_json(&mut (&b"["[..]).chain(rows.as_slice()), &Keep::All, 600_000);
    assert!(matches!(all, Err(Unkept::TooMuch)));
    // One endless text, kept or as a number.
    let endless = || br#"{"score": ""#.chain(std::io::repeat(b'1'));
    assert!(matches!(
        read_json(&mut endless(), &keep, 600_000),
        Err(Unkept::TooMuch)
    ));
    let digits = || (&b"["[..]).chain(std::io::repeat(b'1'));
    assert!(matches!(
        read_json(&mut digits(), &keep, 600_000),
        Err(Unkept::TooMuch)
    ));
}

#[test]
fn an_error_in_a_long_document_has_its_text() {
    let document = format!("{{\"a\": 1,\n\"b\": \"{}", "x".repeat(3 << 20));
    let Err(Unkept::Parse(error, pieces)) = read_json(&mut document.as_bytes(), &Keep::Shape, 1000) else {
        panic!("it is not closed")
    };
    assert_eq!(error, parse_json(document.as_bytes()).unwrap_err());
    let piece = pieces.iter().rfind(|piece| piece.start <= error.at).unwrap();
    assert!(piece.bytes[error.at - piece.start..].starts_with(b"\"xxx"));
    // What isn't UTF-8 counts before an error that stands before it.
    let mut bytes = b"[1 2".to_vec();
    bytes.extend(b" ".repeat(1 << 20));
    bytes.push(0xff);
    check_streamed(&bytes);
}
