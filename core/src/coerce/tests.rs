//! What pydantic 2.14.3 makes of these values, as it gave it.

use super::*;
use crate::parse::{BigInt, parse_json, parse_yaml};

/// The kinds of the faults that a YAML document gives, with their pointers.
fn faults<T>(document: &str, reader: impl FnOnce(Field<'_>) -> Option<T>) -> Vec<(FaultKind, String)> {
    let root = parse_yaml(document.as_bytes()).unwrap();
    let list = Faults::read(&root, reader).err().unwrap_or_default();
    list.into_iter()
        .map(|fault| (fault.kind, fault.pointer))
        .collect()
}

/// What a value of a JSON document becomes, or the kind of its fault.
fn read<T>(document: &str, reader: impl FnOnce(Field<'_>) -> Option<T>) -> Result<T, FaultKind> {
    let root = parse_json(document.as_bytes()).unwrap();
    Faults::read(&root, reader).map_err(|faults| faults[0].kind)
}

#[track_caller]
fn check_faults<T>(
    document: &str,
    reader: impl FnOnce(Field<'_>) -> Option<T>,
    expected: &[(FaultKind, &str)],
) {
    let found = faults(document, reader);
    let found: Vec<_> = found
        .iter()
        .map(|(kind, pointer)| (*kind, pointer.as_str()))
        .collect();
    assert_eq!(found, expected, "{document}");
}

#[test]
fn takes_integers() {
    for (document, expected) in [
        ("7", 7),
        ("100.0", 100),
        ("-0.0", 0),
        ("true", 1),
        ("false", 0),
        (r#""100""#, 100),
        (r#"" 100 ""#, 100),
        (r#""0005""#, 5),
        (r#""1_6""#, 16),
        (r#""-1.00""#, -1),
        (r#""+3""#, 3),
        (r#""\u00a01\n""#, 1),
        (r#""0__1""#, 1),
        (r#""0-1""#, -1),
        (r#""000""#, 0),
    ] {
        assert_eq!(read(document, int), Ok(BigInt::from(expected)), "{document}");
    }
    assert_eq!(
        read("9223372036854774784.0", int),
        Ok(BigInt::from(9_223_372_036_854_774_784_i64))
    );
    assert_eq!(
        read(&format!("\"{}\"", "9".repeat(4300)), int),
        Ok(BigInt::from(10).pow(4300) - 1)
    );
}

#[test]
fn refuses_what_is_no_integer() {
    for (document, kind) in [
        ("1.5", FaultKind::IntFromFloat),
        ("NaN", FaultKind::Unworded),
        ("-Infinity", FaultKind::Unworded),
        ("1e20", FaultKind::Unworded),
        ("9223372036854775808.0", FaultKind::Unworded),
        ("null", FaultKind::IntType),
        ("[]", FaultKind::IntType),
        (r#""1e2""#, FaultKind::IntParsing),
        (r#""5.""#, FaultKind::IntParsing),
        (r#""0x10""#, FaultKind::IntParsing),
        (r#""""#, FaultKind::IntParsing),
        (r#""1__6""#, FaultKind::IntParsing),
        (r#""_1""#, FaultKind::IntParsing),
        (r#""+-1""#, FaultKind::IntParsing),
        (r#""\u0661""#, FaultKind::IntParsing),
        (r#""\ud800""#, FaultKind::Unworded),
    ] {
        assert_eq!(read(document, int), Err(kind), "{document}");
    }
    let nines = "9".repeat(4301);
    assert_eq!(read(&format!("\"{nines}\""), int), Err(FaultKind::Unworded));
    assert_eq!(read(&format!("\"+{nines}\""), int), Err(FaultKind::IntParsing));
}

#[test]
fn takes_python_integers_where_the_schema_says_so() {
    assert_eq!(read(r#""\u0661\u0662""#, int_by_python), Ok(BigInt::from(12)));
    assert_eq!(read(r#""3.0""#, int_by_python), Ok(BigInt::from(3)));
    assert_eq!(read(r#""x""#, int_by_python), Err(FaultKind::IntParsing));
    assert_eq!(read(r#""\u0661.5""#, float_by_python), Ok(1.5));
    assert_eq!(read(r#""""#, float_by_python), Err(FaultKind::FloatParsing));
}

#[test]
fn takes_floats() {
    for (document, expected) in [
        ("1", 1.0),
        ("true", 1.0),
        ("1e999", f64::INFINITY),
        (r#""1e400""#, f64::INFINITY),
        (r#"" 1.5 ""#, 1.5),
        (r#""1_0""#, 10.0),
        (r#""-Infinity""#, f64::NEG_INFINITY),
        (r#"".5""#, 0.5),
        (r#""1_.5""#, 1.5),
        (r#""in_f""#, f64::INFINITY),
    ] {
        assert_eq!(
            read(document, float).map(f64::to_bits),
            Ok(expected.to_bits()),
            "{document}"
        );
    }
    assert!(read("NaN", float).unwrap().is_nan());
    assert!(read(r#""nan""#, float).unwrap().is_nan());
}

#[test]
fn refuses_what_is_no_float() {
    let beyond = format!("1{}", "0".repeat(400));
    for (document, kind) in [
        (beyond.as_str(), FaultKind::FloatType),
        ("null", FaultKind::FloatType),
        ("{}", FaultKind::FloatType),
        (r#""""#, FaultKind::FloatParsing),
        (r#""word""#, FaultKind::FloatParsing),
        (r#""0x1""#, FaultKind::FloatParsing),
        (r#"" 1_0""#, FaultKind::FloatParsing),
        (r#""1__0""#, FaultKind::FloatParsing),
        (r#""\u0661""#, FaultKind::FloatParsing),
        (r#""\ud800""#, FaultKind::Unworded),
    ] {
        assert_eq!(read(document, float), Err(kind), "{document}");
    }
}

#[test]
fn takes_booleans() {
    for document in [
        "true",
        "1",
        "1.0",
        r#""TRUE""#,
        r#""t""#,
        r#""Yes""#,
        r#""y""#,
        r#""on""#,
        r#""1""#,
    ] {
        assert_eq!(read(document, boolean), Ok(true), "{document}");
    }
    for document in [
        "false", "0", "-0.0", r#""f""#, r#""NO""#, r#""n""#, r#""off""#, r#""0""#,
    ] {
        assert_eq!(read(document, boolean), Ok(false), "{document}");
    }
    for (document, kind) in [
        ("2", FaultKind::BoolParsing),
        ("2.0", FaultKind::BoolParsing),
        (r#"" true""#, FaultKind::BoolParsing),
        (r#""1.0""#, FaultKind::BoolParsing),
        ("0.5", FaultKind::BoolType),
        ("NaN", FaultKind::BoolType),
        ("9223372036854775808", FaultKind::BoolType),
        ("null", FaultKind::BoolType),
        ("[]", FaultKind::BoolType),
    ] {
        assert_eq!(read(document, boolean), Err(kind), "{document}");
    }
}

#[test]
fn takes_text_and_bytes_for_text() {
    assert_eq!(read(r#""a""#, string), Ok("a".to_owned()));
    assert_eq!(read(r#""\ud800""#, string), Ok("\u{fffd}".to_owned()));
    assert_eq!(read("1", string), Err(FaultKind::StringType));
    assert_eq!(read("null", string), Err(FaultKind::StringType));
    check_faults("!!binary aGVsbG8=", string, &[]);
    check_faults("!!binary /w==", string, &[(FaultKind::Unworded, "")]);
    check_faults("2026-10-01", string, &[(FaultKind::StringType, "")]);
    check_faults("!!binary MTI=", int, &[]);
}

#[test]
fn reports_all_fields_in_order() {
    #[derive(Debug, Default)]
    struct Point {
        concurrency: BigInt,
        region: Option<String>,
        dataset: String,
        chunks: bool,
    }
    let point = |field: Field<'_>| {
        field.object(|object| Point {
            concurrency: object.required("concurrency", int),
            region: object.optional("region", string),
            dataset: object.default("dataset", "none".to_owned(), string),
            chunks: object.default("chunks", true, boolean),
        })
    };
    check_faults("{}", point, &[(FaultKind::Missing, "/concurrency")]);
    check_faults(
        "concurrency: null",
        point,
        &[(FaultKind::IntType, "/concurrency")],
    );
    check_faults("concurrency: 1\nregion: null\nother: 5", point, &[]);
    check_faults(
        "{5: x, chunks: 7, dataset: null, region: 3, null: x}",
        point,
        &[
            (FaultKind::Missing, "/concurrency"),
            (FaultKind::StringType, "/region"),
            (FaultKind::StringType, "/dataset"),
            (FaultKind::BoolParsing, "/chunks"),
            (FaultKind::Unworded, ""),
            (FaultKind::Unworded, ""),
        ],
    );
    check_faults("[]", point, &[(FaultKind::ModelType, "")]);
    check_faults("{region: 3, \"\\ud800\": 1}", point, &[(FaultKind::Unworded, "")]);

    let root = parse_yaml(b"concurrency: '8'").unwrap();
    let good = Faults::read(&root, point).unwrap();
    assert_eq!((good.concurrency, good.region), (BigInt::from(8), None));
    assert_eq!((good.dataset.as_str(), good.chunks), ("none", true));
}

#[test]
fn refuses_unknown_keys_of_closed_objects() {
    let source = |field: Field<'_>| field.closed_object(|object| object.optional("value_w", float));
    check_faults("{value_w: 1}", source, &[]);
    check_faults(
        "{other: 1, value_w: x, 5: 1}",
        source,
        &[
            (FaultKind::FloatParsing, "/value_w"),
            (FaultKind::ExtraForbidden, "/other"),
            (FaultKind::Unworded, ""),
        ],
    );
}

#[test]
fn reads_lists_and_maps_item_by_item() {
    check_faults("[a, b]", list(string), &[]);
    check_faults("!!set {a, b}", list(string), &[]);
    check_faults(
        "[a, 5, null]",
        list(string),
        &[(FaultKind::StringType, "/1"), (FaultKind::StringType, "/2")],
    );
    check_faults("{}", list(string), &[(FaultKind::ListType, "")]);
    check_faults("!!pairs [a: 1]", list(string), &[(FaultKind::StringType, "/0")]);
    check_faults("[]", list_of_at_least(1, int), &[(FaultKind::TooShort, "")]);
    check_faults("[x]", list_of_at_least(2, int), &[(FaultKind::IntParsing, "/0")]);
    check_faults("{a: 1, \"\\ud800\": 2, !!binary aGk=: 3}", entries(float), &[]);
    check_faults(
        "{a: x, b/c: null, 5: x}",
        entries(float),
        &[
            (FaultKind::FloatParsing, "/a"),
            (FaultKind::FloatType, "/b~1c"),
            (FaultKind::StringType, ""),
            (FaultKind::FloatParsing, "/"),
        ],
    );
    check_faults("[]", entries(float), &[(FaultKind::DictType, "")]);
    check_faults(
        "[[x], 5]",
        list(list(int)),
        &[(FaultKind::IntParsing, "/0/0"), (FaultKind::ListType, "/1")],
    );
}

#[test]
fn tests_bounds_after_coercion() {
    check_faults("'0'", at_least(0, int), &[]);
    check_faults("-1", at_least(0, int), &[(FaultKind::GreaterThanEqual, "")]);
    check_faults("0", above(0, int), &[(FaultKind::GreaterThan, "")]);
    check_faults(
        ".nan",
        at_least(0, at_most(86_400, float)),
        &[(FaultKind::LessThanEqual, "")],
    );
    check_faults(
        "-.inf",
        at_least(0, at_most(86_400, float)),
        &[(FaultKind::GreaterThanEqual, "")],
    );
    check_faults("x", at_least(0, int), &[(FaultKind::IntParsing, "")]);
    check_faults("''", text_of_at_least(1), &[(FaultKind::StringTooShort, "")]);
    check_faults("' '", text_of_at_least(1), &[]);
    check_faults("ééé", text_of_at_least(4), &[(FaultKind::StringTooShort, "")]);
    check_faults("\"\\ud800\"", text_of_at_least(1), &[(FaultKind::Unworded, "")]);
}

#[test]
fn knows_enum_values() {
    let words = [("air", 1), ("liquid", 2)];
    check_faults("air", one_of(&words), &[]);
    for document in ["Air", "5", "~", "[]", "!!binary YWly"] {
        check_faults(document, one_of(&words), &[(FaultKind::LiteralError, "")]);
    }
    check_faults("\"\\ud800\"", one_of(&words), &[(FaultKind::Unworded, "")]);
    let unknown = FaultKind::Named("unknown");
    assert_eq!(read(r#"" LIQUID\u001f""#, enumeration(&words, unknown)), Ok(2));
    assert_eq!(read(r#""gas""#, enumeration(&words, unknown)), Err(unknown));
    assert_eq!(read(r#""\ud800""#, enumeration(&words, unknown)), Err(unknown));
    assert_eq!(read("5", enumeration(&words, unknown)), Err(FaultKind::Enum));
}

#[test]
fn reports_every_alternative_that_failed() {
    let text_or_number = || either(|field| string(field).map(Ok), |field| float(field).map(Err));
    check_faults("5", text_or_number(), &[]);
    check_faults("x", text_or_number(), &[]);
    check_faults(
        "[]",
        text_or_number(),
        &[(FaultKind::StringType, ""), (FaultKind::FloatType, "")],
    );
    assert_eq!(read("5", text_or_number()), Ok(Err(5.0)));
    assert_eq!(read(r#""5""#, text_or_number()), Ok(Ok("5".to_owned())));
}

#[test]
fn places_faults_at_the_value() {
    let source = "a: 1\nb:\n  - c: x\n";
    let root = parse_yaml(source.as_bytes()).unwrap();
    let inner = |field: Field<'_>| field.object(|object| object.required("c", int));
    let reader = |field: Field<'_>| field.object(|object| object.required("b", list(inner)));
    let faults = Faults::read(&root, reader).unwrap_err();
    let [fault] = faults.as_slice() else {
        panic!("not one fault")
    };
    assert_eq!(fault.pointer, "/b/0/c");
    assert_eq!(source.get(fault.span.start..fault.span.end), Some("x"));
}

#[test]
fn a_misspelt_key_or_word_is_named_at_its_place() {
    let object = |field: Field<'_>| {
        field.object(|object| {
            object.required("max_points", int);
            object.required("concurrency", int);
            object.required("dataset", string);
            object.optional("min_points", int);
        })
    };
    let document = br#"{"concurency": 5, "min_points": 1}"#;
    let root = parse_json(document).unwrap();
    let faults = Faults::read(&root, object).unwrap_err();
    let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`max_points` is missing",
            "`concurrency` is missing; is `concurency` meant to be it?",
            "`dataset` is missing",
        ]
    );
    assert_eq!(
        &document[faults[1].span.start..faults[1].span.end],
        br#""concurency""#
    );
    let root = parse_json(br#""Standardised""#).unwrap();
    let words = enumeration(&[("standardized", ())], FaultKind::Enum);
    let faults = Faults::read(&root, words).unwrap_err();
    assert!(faults[0].message.contains("did you mean `standardized`"));
}
