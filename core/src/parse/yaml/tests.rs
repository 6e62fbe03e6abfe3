//! What PyYAML 6.0.3's `safe_load` makes of these documents, as it gave it; `refused` is its own error, `crash` an
//! exception of another kind.

use super::super::short::short;
use super::super::{Map, Node, ParseErrorKind, Span, Value};
use super::{YAML_MAX_DEPTH, parse_yaml, parse_yaml_in_stages};

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (document, expected) in cases {
        let found = match parse_yaml(document.as_bytes()) {
            Ok(node) => short(&node),
            Err(error) if error.kind == ParseErrorKind::Unbuildable => "crash".to_owned(),
            Err(_) => "refused".to_owned(),
        };
        assert_eq!(found, *expected, "{document:?}");
        let in_stages = parse_yaml_in_stages(document.as_bytes());
        let (short, long) = (
            format!("{:?}", parse_yaml(document.as_bytes())),
            format!("{in_stages:?}"),
        );
        assert_eq!(short, long, "{document:?}");
    }
}

#[track_caller]
fn refuses(document: impl AsRef<[u8]>, kind: ParseErrorKind) {
    assert_eq!(
        parse_yaml(document.as_ref()).map_err(|error| error.kind),
        Err(kind)
    );
}

fn map(node: &Node) -> &Map {
    let Value::Map(map) = &node.value else {
        panic!("no mapping")
    };
    map
}

#[test]
fn resolves_booleans_and_null_as_yaml_1_1() {
    check(&[
        ("yes", "true"),
        ("Yes", "true"),
        ("yEs", "'yEs'"),
        ("no", "false"),
        ("on", "true"),
        ("OFF", "false"),
        ("true", "true"),
        ("True", "true"),
        ("tRue", "'tRue'"),
        ("y", "'y'"),
        ("n", "'n'"),
        ("null", "null"),
        ("Null", "null"),
        ("~", "null"),
        ("NULL", "null"),
        ("nULL", "'nULL'"),
        (r#""yes""#, "'yes'"),
    ]);
}

#[test]
fn resolves_integers_as_yaml_1_1() {
    check(&[
        ("0", "0"),
        ("-0", "0"),
        ("+5", "5"),
        ("010", "8"),
        ("-010", "-8"),
        ("08", "'08'"),
        ("0o17", "'0o17'"),
        ("0x10", "16"),
        ("0X10", "'0X10'"),
        ("0xG", "'0xG'"),
        ("0b101", "5"),
        ("0b12", "'0b12'"),
        ("1_6", "16"),
        ("1_000", "1000"),
        ("1__0", "10"),
        ("1_", "1"),
        ("_1", "'_1'"),
        ("0_", "0"),
        ("1:20", "80"),
        ("-1:20", "-80"),
        ("12:30:45", "45045"),
        ("1:60", "'1:60'"),
        ("01:20", "'01:20'"),
        ("0:1", "'0:1'"),
        ("12345678901234567890123", "12345678901234567890123"),
    ]);
}

#[test]
fn resolves_floats_as_yaml_1_1() {
    check(&[
        ("1.0", "1.0"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("-.5", "'-.5'"),
        ("+.5", "'+.5'"),
        ("0.1_2", "0.12"),
        ("1.0e+1", "10.0"),
        ("1.0E-1", "0.1"),
        ("1.0e1", "'1.0e1'"),
        ("1e1", "'1e1'"),
        ("1.5e3", "'1.5e3'"),
        ("1.e+3", "1000.0"),
        (".5e+1", "5.0"),
        ("1:20.5", "80.5"),
        ("1:2:3.5", "3723.5"),
        ("01:20.5", "80.5"),
        (".inf", "inf"),
        ("-.INF", "-inf"),
        ("+.Inf", "inf"),
        (".iNF", "'.iNF'"),
        (".nan", "NaN"),
        (".NaN", "NaN"),
        ("NaN", "'NaN'"),
        ("-.nan", "'-.nan'"),
        (".", "'.'"),
        ("..", "'..'"),
        ("1.5.5", "'1.5.5'"),
        ("1._5", "1.5"),
    ]);
}

#[test]
fn resolves_timestamps() {
    check(&[
        ("2026-10-01", "date"),
        ("2026-10-C1", "'2026-10-C1'"),
        ("2026-1-1", "'2026-1-1'"),
        ("2026-1-1 1:02:03", "datetime"),
        ("2026-10-01T12:30:45Z", "datetime"),
        ("2026-10-01 12:30:45.5 +1:30", "datetime"),
        ("2026-10-01 12:30", "'2026-10-01 12:30'"),
        ("2026-10-01x", "'2026-10-01x'"),
        ("2026-02-30", "crash"),
        ("2026-10-01 25:00:00", "crash"),
        ("2026-10-01 00:00:00 +24", "crash"),
        ("!!timestamp 2026-1-1", "date"),
        ("!!timestamp x", "crash"),
    ]);
}

#[test]
fn refuses_bare_merge_and_value_signs() {
    check(&[
        ("=", "refused"),
        ("<<", "refused"),
        ("a: =", "refused"),
        ("a: <<", "refused"),
        (r#""=""#, "'='"),
        (r#""<<""#, "'<<'"),
        ("{=: 1}", "{'=': 1}"),
        (r#"{"<<": 1}"#, "{'<<': 1}"),
    ]);
}

#[test]
fn applies_tags() {
    check(&[
        (r#"!!int "5""#, "5"),
        ("!!int 0o17", "15"),
        (r#"!!int "a""#, "crash"),
        (r#"!!int """#, "crash"),
        ("!!int 1.5", "crash"),
        ("!!float 5", "5.0"),
        ("!!float nan", "NaN"),
        ("!!float x", "crash"),
        ("!!bool yes", "true"),
        ("!!bool 5", "crash"),
        ("!!null x", "null"),
        ("!!str 5", "'5'"),
        ("!!str", "''"),
        ("!!int", "crash"),
        ("!!binary aGVsbG8=", "bytes [104, 101, 108, 108, 111]"),
        ("!!binary a", "refused"),
        ("!!set {a, b}", "set['a', 'b']"),
        ("!!set [a]", "refused"),
        ("!!omap [a: 1, b: 2]", "[tuple, tuple]"),
        ("!!omap {a: 1}", "refused"),
        ("!!pairs [a: 1, a: 2]", "[tuple, tuple]"),
        ("!!pairs [{}]", "refused"),
        ("!!map {a: 1}", "{'a': 1}"),
        ("!!map []", "refused"),
        ("!!seq {}", "refused"),
        ("!!str []", "refused"),
        ("! 12", "12"),
        (r#"! "12""#, "12"),
        ("!<tag:yaml.org,2002:int> 5", "5"),
        ("!<!> 5", "5"),
        ("!!python/object/apply:os.system [ls]", "refused"),
        ("!foo x", "refused"),
        ("!!foo x", "refused"),
        ("!!", "refused"),
        ("!!str,", "refused"),
        ("[!!str, a]", "refused"),
        ("!!str {=: x}", "'x'"),
        ("!!int {=: 5}", "5"),
        ("!!str {a: x}", "refused"),
        ("!!merge x", "refused"),
    ]);
}

#[test]
fn merges() {
    check(&[
        ("{<<: {a: 1}, a: 2}", "{'a': 2}"),
        ("{a: 2, <<: {a: 1}}", "{'a': 2}"),
        ("{<<: {a: 1}, <<: {a: 3, b: 4}}", "{'a': 3, 'b': 4}"),
        ("{<<: [{a: 1}, {a: 2, b: 3}]}", "{'a': 1, 'b': 3}"),
        ("{<<: []}", "{}"),
        ("{<<: 5}", "refused"),
        ("{<<: [5]}", "refused"),
        ("{<<: null}", "refused"),
        (
            "a: &a {p: 1}\nb: {<<: *a, q: 2}\nc: {<<: *a, p: 3}",
            "{'a': {'p': 1}, 'b': {'p': 1, 'q': 2}, 'c': {'p': 3}}",
        ),
        ("&a {<<: *a, p: 1}", "{'p': 1}"),
        ("{!!merge x: {a: 1}}", "{'a': 1}"),
    ]);
}

#[test]
fn follows_aliases() {
    check(&[
        ("a: &x 1\nb: *x", "{'a': 1, 'b': 1}"),
        ("a: &x [1]\nb: [*x, *x]", "{'a': [1], 'b': [[1], [1]]}"),
        ("*x", "refused"),
        ("a: &x 1\nb: &x 2", "refused"),
        ("&a", "null"),
        ("&a !!str 5", "'5'"),
        ("!!str &a 5", "'5'"),
        ("&a &b c", "refused"),
        ("{&k a: 1, b: *k}", "{'a': 1, 'b': 'a'}"),
        ("{a: &k b, *k : 1}", "{'a': 'b', 'b': 1}"),
        ("{*k: 1}", "refused"),
        ("a: &x, b", "refused"),
    ]);
}

#[test]
fn takes_any_scalar_for_a_key() {
    check(&[
        ("5: x", "{5: 'x'}"),
        ("null: x", "{null: 'x'}"),
        ("true: x", "{true: 'x'}"),
        ("? : x", "refused"),
        ("~: x", "{null: 'x'}"),
        ("1.5: x", "{1.5: 'x'}"),
        ("2026-10-01: x", "{date: 'x'}"),
        ("{!!binary aGk=: 1}", "{bytes [104, 105]: 1}"),
        ("[]: x", "refused"),
        ("{a: b}: c", "refused"),
        ("? [a]\n: b", "refused"),
        ("{[a]: b}", "refused"),
        ("{!!omap []: 1}", "refused"),
    ]);
}

#[test]
fn keeps_the_last_of_equal_keys() {
    check(&[
        ("{a: 1, b: 2, a: 3}", "{'a': 3, 'b': 2}"),
        ("{1: a, 1.0: b, true: c}", "{1: 'c'}"),
        ("{0: a, false: b, -0.0: c}", "{0: 'c'}"),
        ("{.nan: 1, .nan: 2}", "{NaN: 2}"),
        ("{.5: 1, 0.5: 2}", "{0.5: 2}"),
        (r#"{1: a, "1": b}"#, "{1: 'a', '1': 'b'}"),
        ("{2026-01-01: 1, 2026-01-01: 2}", "{date: 2}"),
        (
            "{2026-01-01 12:00:00Z: 1, 2026-01-01 13:00:00 +1: 2}",
            "{datetime: 2}",
        ),
        (
            r#"{"\ud800": 1, "\ud801": 2, "\ud800": 3}"#,
            "{~'\u{fffd}': 3, ~'\u{fffd}': 2}",
        ),
    ]);
}

#[test]
fn reads_the_only_document() {
    check(&[
        ("", "null"),
        ("# c", "null"),
        ("---", "null"),
        ("...", "refused"),
        ("--- a", "'a'"),
        ("---\n...", "null"),
        ("---\na\n...\n...", "'a'"),
        ("a\n...", "'a'"),
        ("a\n---", "refused"),
        ("---\na\n---\nb", "refused"),
        ("a\n...\nb", "refused"),
        ("\u{feff}a: 1", "{'a': 1}"),
        ("%YAML 1.1\n--- a", "'a'"),
        ("%YAML 1.2\n--- a", "'a'"),
        ("%YAML 2.0\n--- a", "refused"),
        ("%YAML 1.1\n%YAML 1.1\n--- a", "refused"),
        ("%YAML 1.1\na", "refused"),
        ("%FOO x\n--- a", "'a'"),
        ("%TAG ! tag:yaml.org,2002:\n--- !int \"5\"", "5"),
        ("%TAG !e! tag:yaml.org,2002:\n--- !e!int \"5\"", "5"),
        ("!e!int 5", "refused"),
        ("%a", "refused"),
        ("a: %b", "refused"),
        ("a\n%b", "'a %b'"),
    ]);
}

#[test]
fn reads_block_style() {
    check(&[
        ("a: 1\nb: 2", "{'a': 1, 'b': 2}"),
        ("a:\n- b\n- c", "{'a': ['b', 'c']}"),
        ("a:\n  - b\n c: d", "refused"),
        ("- - a\n  - b\n- c", "[['a', 'b'], 'c']"),
        ("- a\n b", "['a b']"),
        ("-", "[null]"),
        ("- \n-", "[null, null]"),
        ("a: - b", "refused"),
        ("- a: b\n  c: d", "[{'a': 'b', 'c': 'd'}]"),
        ("a:\n b", "{'a': 'b'}"),
        ("a\nb: c", "refused"),
        ("a\nb", "'a b'"),
        ("a: b: c", "refused"),
        ("a: b\n c: d", "refused"),
        (" a: 1\nb: 2", "refused"),
        ("a: 1\n b: 2", "refused"),
        ("a:b", "'a:b'"),
        ("a :b", "'a :b'"),
        ("a : b", "{'a': 'b'}"),
        ("a::b", "'a::b'"),
        ("a:: b", "{'a:': 'b'}"),
        (": a", "refused"),
        ("? a", "{'a': null}"),
        ("? a\n? b", "{'a': null, 'b': null}"),
        ("? a\n: b\n: c", "refused"),
        ("- ? a\n  : b", "[{'a': 'b'}]"),
        ("a: b #c", "{'a': 'b'}"),
        ("a: b#c", "{'a': 'b#c'}"),
        ("a: #c", "{'a': null}"),
        ("a: -1", "{'a': -1}"),
        ("- -1", "[-1]"),
        ("--- - a", "refused"),
        ("--- a: b", "refused"),
    ]);
}

#[test]
fn reads_flow_style() {
    check(&[
        ("[]", "[]"),
        ("{}", "{}"),
        ("[a,]", "['a']"),
        ("[,a]", "refused"),
        ("[a,,b]", "refused"),
        ("[a b]", "['a b']"),
        ("[a\nb]", "['a b']"),
        ("[a: b, c]", "[{'a': 'b'}, 'c']"),
        ("[? a : b]", "[{'a': 'b'}]"),
        ("[? a]", "[{'a': null}]"),
        ("[? ]", "[{null: null}]"),
        ("{a, b: c}", "{'a': null, 'b': 'c'}"),
        ("{a: }", "{'a': null}"),
        ("{? a}", "{'a': null}"),
        ("{a:b}", "{'a:b': null}"),
        (r#"{"a":b}"#, "{'a': 'b'}"),
        ("[a:b]", "['a:b']"),
        ("[a :b]", "['a :b']"),
        ("{a: b,}", "{'a': 'b'}"),
        ("{: a}", "refused"),
        ("[a", "refused"),
        ("]", "refused"),
        ("[}", "refused"),
        ("{]", "refused"),
        ("a: [1,\n2]", "{'a': [1, 2]}"),
        ("a: [\n1\n]\nb: c", "{'a': [1], 'b': 'c'}"),
        ("a:\n  [b,\nc]", "{'a': ['b', 'c']}"),
        ("- [a,\nb]", "[['a', 'b']]"),
        ("[- a]", "refused"),
        ("[-1]", "[-1]"),
        ("[a#b]", "['a#b']"),
        ("[a #b\n]", "['a']"),
        ("[a?b]", "refused"),
        ("{a?: b}", "refused"),
        ("[*a, b]", "refused"),
        ("[a]: b", "refused"),
        ("[a\n]: b", "refused"),
        ("a: [b]c", "refused"),
        (r#"["a" "b"]"#, "refused"),
    ]);
}

#[test]
fn reads_quotes() {
    check(&[
        ("'it''s'", "'it's'"),
        (r"'a\nb'", r"'a\nb'"),
        (r#""a\tb\x41\u00e9\U0001F600""#, "'a\tbAé😀'"),
        (
            r#""\0\a\b\e\v\f\r\N\_\L\P\/\ ""#,
            "'\u{0}\u{7}\u{8}\u{1b}\u{b}\u{c}\r\u{85}\u{a0}\u{2028}\u{2029}/ '",
        ),
        (r#""\q""#, "refused"),
        (r#""\x4""#, "refused"),
        (r#""\ud800""#, "~'\u{fffd}'"),
        (r#""\ud83d\ude00""#, "~'\u{fffd}\u{fffd}'"),
        (r#""\U00110000""#, "crash"),
        ("\"a\n b\"", "'a b'"),
        ("\"a\n\n b\"", r"'a\nb'"),
        ("\"a\\\n  b\"", "'ab'"),
        ("'a  \n  b'", "'a b'"),
        ("\"a\tb\"", "'a\tb'"),
        (r#""a"#, "refused"),
        ("'a", "refused"),
        ("\"a\n---\nb\"", "refused"),
        ("a: \"b\n --- c\"", "{'a': 'b --- c'}"),
        (r#""a" b"#, "refused"),
        (r#""a" "b""#, "refused"),
        ("\"a\"\n: b", "refused"),
        (r#""a": b"#, "{'a': 'b'}"),
        (r#"a: "b": c"#, "refused"),
    ]);
}

#[test]
fn reads_block_text() {
    check(&[
        ("a: |\n  x\n  y\n", r"{'a': 'x\ny\n'}"),
        ("a: >\n  x\n  y\n\n  z\n   w\n  v\n", r"{'a': 'x y\nz\n w\nv\n'}"),
        ("a: |-\n  x\n\n", "{'a': 'x'}"),
        ("a: |+\n  x\n\n", r"{'a': 'x\n\n'}"),
        ("a: >-\n  x\n  y\n", "{'a': 'x y'}"),
        ("a: |2\n   x", "{'a': ' x'}"),
        ("a: |1\n   x", "{'a': '  x'}"),
        ("a: |-1\n   x", "{'a': '  x'}"),
        ("a: |2+\n   x\n\n", r"{'a': ' x\n\n'}"),
        ("a: |0\n x", "refused"),
        ("a: |10\n x", "refused"),
        ("a: | # c\n x", "{'a': 'x'}"),
        ("a: |x\n", "refused"),
        ("a: |\nb: c", "{'a': '', 'b': 'c'}"),
        ("a: |\n\n\n  x\n y", "refused"),
        ("a: |\n x\n  y\n z", r"{'a': 'x\n y\nz'}"),
        ("a: |\n   \n  x", "refused"),
        ("a: |\n\tx", "refused"),
        ("a: >\n\tx", "refused"),
        ("- |\n x\n- >\n y", r"['x\n', 'y']"),
        ("--- |\n x", "'x'"),
        ("[|]", "refused"),
        ("a: |", "{'a': ''}"),
    ]);
}

#[test]
fn refuses_tabs_where_python_does() {
    check(&[
        ("\ta: b", "refused"),
        ("a:\tb", "refused"),
        ("a: \tb", "refused"),
        ("a\tb", "refused"),
        ("a: b\tc", "refused"),
        ("a: b\t", "refused"),
        ("a: b \t#c", "refused"),
        ("- \ta", "refused"),
        ("-\ta", "refused"),
        ("[a,\tb]", "refused"),
        ("[\ta]", "refused"),
        ("a: b\n\tc: d", "refused"),
        ("a:\n\tb", "refused"),
        ("\"a\"\t", "refused"),
        ("a: 'b\tc'", "{'a': 'b\tc'}"),
        ("a: |\n  b\tc", "{'a': 'b\tc'}"),
        ("#\tc", "null"),
        ("---\ta", "refused"),
        ("%YAML\t1.1\n--- a", "refused"),
    ]);
}

#[test]
fn ends_lines_where_python_does() {
    check(&[
        ("a: 1\r\nb: 2", "{'a': 1, 'b': 2}"),
        ("a: 1\rb: 2", "{'a': 1, 'b': 2}"),
        ("a: 1\u{85}b: 2", "{'a': 1, 'b': 2}"),
        ("a: 1\u{2028}b: 2", "{'a': 1, 'b': 2}"),
        ("a: 1\u{2029}b: 2", "{'a': 1, 'b': 2}"),
        ("\"a\u{85}b\"", "'a b'"),
        ("\"a\u{2028}b\"", "'a\u{2028}b'"),
        ("a\u{2028} b", "'a\u{2028}b'"),
        ("a: |\n  x\u{85}  y", r"{'a': 'x\ny'}"),
        ("a: >\n  x\u{2028}  y\n", "{'a': 'x\u{2028}y\\n'}"),
        ("# c\u{2028}a: 1", "{'a': 1}"),
        ("a: b\u{a0}c", "{'a': 'b\u{a0}c'}"),
        ("\u{a0}a", "'\u{a0}a'"),
    ]);
}

#[test]
fn refuses_control_characters() {
    check(&[
        ("a\u{0}", "refused"),
        ("a: \u{7}", "refused"),
        ("a: \u{1b}", "refused"),
        ("\"\u{7f}\"", "refused"),
        ("\"\u{84}\"", "refused"),
        ("\"\u{86}\"", "refused"),
        ("a: \u{fffe}", "refused"),
        ("a: \u{ffff}", "refused"),
        (r#""\0""#, "'\u{0}'"),
        ("a: \u{10ffff}", "{'a': '\u{10ffff}'}"),
        ("a: b\u{feff}c", "{'a': 'b\u{feff}c'}"),
        ("# \u{1}", "refused"),
    ]);
}

#[test]
fn limits_keys_to_1024_characters() {
    let flow = |length: usize| format!("[{}: 1]", "k".repeat(length));
    let block = |length: usize| format!("{}: 1", "é".repeat(length));
    assert!(parse_yaml(flow(1024).as_bytes()).is_ok());
    refuses(flow(1025), ParseErrorKind::Syntax);
    assert!(parse_yaml(block(1024).as_bytes()).is_ok());
    refuses(block(1025), ParseErrorKind::Syntax);
}

#[test]
fn limits_integers_to_4300_digits() {
    assert!(parse_yaml("9".repeat(4300).as_bytes()).is_ok());
    refuses("9".repeat(4301), ParseErrorKind::Unbuildable);
}

#[test]
fn limits_depth() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse_yaml(nested(YAML_MAX_DEPTH).as_bytes()).is_ok());
    refuses(nested(YAML_MAX_DEPTH + 1), ParseErrorKind::TooDeep);
    refuses("[".repeat(100_000), ParseErrorKind::TooDeep);
    refuses("- ".repeat(100_000), ParseErrorKind::TooDeep);
    refuses("? ".repeat(100_000), ParseErrorKind::TooDeep);
}

#[test]
fn limits_what_aliases_add() {
    let levels = |first: &str, next: fn(usize) -> String| {
        let lines: Vec<String> = (1..40)
            .map(|level| format!("a{level}: &a{level} {}", next(level - 1)))
            .collect();
        format!("a0: &a0 {first}\n{}\n", lines.join("\n"))
    };
    refuses(
        levels("[x, x]", |below| format!("[*a{below}, *a{below}]")),
        ParseErrorKind::TooLarge,
    );
    refuses(
        levels("{x: 1}", |below| format!("{{<<: [*a{below}, *a{below}]}}")),
        ParseErrorKind::TooLarge,
    );
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(1_000_000), "*a,".repeat(1000));
    refuses(text, ParseErrorKind::TooLarge);
}

#[test]
fn cuts_recursive_aliases() {
    check(&[
        ("&a [1, *a]", "[1, recursion]"),
        ("&a {k: [*a]}", "{'k': [recursion]}"),
    ]);
    refuses("&a !!str {=: *a}", ParseErrorKind::TooDeep);
}

#[test]
fn refuses_other_encodings() {
    refuses(b"a: \xff", ParseErrorKind::NotUtf8);
    refuses(b"\xff\xfea\0", ParseErrorKind::NotUtf8);
}

#[test]
fn locates_every_value() {
    let source = "é: [10, 'x']  # c\nb: &a !!int \"7\"\nc:\n  - *a\n  -\n";
    let node = parse_yaml(source.as_bytes()).unwrap();
    let shown = |span: Span| source.get(span.start..span.end).unwrap();
    let [first, second, third] = map(&node).entries() else {
        panic!("not three entries")
    };
    assert_eq!(
        (shown(first.key.span), shown(first.value.span)),
        ("é", "[10, 'x']")
    );
    assert_eq!((shown(second.key.span), shown(second.value.span)), ("b", "\"7\""));
    let Value::List(items) = &third.value.value else {
        panic!("no list")
    };
    assert_eq!(shown(third.value.span), "- *a\n  -");
    assert_eq!(
        items[0].span, second.value.span,
        "an alias has the place of what it names"
    );
    assert_eq!((shown(items[1].span), items[1].span.end), ("", source.len() - 1));
}

#[test]
fn tells_duplicates_from_merged_keys() {
    let source = "a: &a {x: 1, y: 1}\nb:\n  <<: *a\n  x: 2\n  z: 3\n  z: 4\n";
    let node = parse_yaml(source.as_bytes()).unwrap();
    let b = map(map(&node).get("b").unwrap());
    let shown: Vec<_> = b
        .entries()
        .iter()
        .map(|entry| (short(&entry.key), short(&entry.value)))
        .collect();
    let expected = [("'x'", "2"), ("'y'", "1"), ("'z'", "4")];
    assert_eq!(
        shown,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    let last = source.rfind('z').unwrap();
    assert_eq!(
        b.duplicates(),
        [Span {
            start: last,
            end: last + 1
        }]
    );
}
