use proptest::prelude::*;
use serde_json::{Value, json};

use super::{parse, parse_prefix};

#[test]
fn every_kind_of_literal() {
    for (text, value) in [
        ("None", json!(null)),
        ("True", json!(true)),
        (" False\n", json!(false)),
        ("0", json!(0)),
        ("-17", json!(-17)),
        ("+17", json!(17)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        (
            "18446744073709551616",
            serde_json::from_str("18446744073709551616").unwrap(),
        ),
        ("1.5", json!(1.5)),
        ("-2.5e-05", json!(-2.5e-5)),
        ("1e+16", json!(1e16)),
        ("1.", json!(1.0)),
        ("''", json!("")),
        (r"'it\'s'", json!("it's")),
        (r#""it's""#, json!("it's")),
        (r"'\\ \a\b\f\n\r\t\v'", json!("\\ \u{7}\u{8}\u{c}\n\r\t\u{b}")),
        (r"'\x41\u00e9\U0001f600\101\0'", json!("A\u{e9}\u{1f600}A\0")),
        (r"'\d'", json!(r"\d")),
        (r"'\ud800'", json!("\u{fffd}")),
        ("'one' \"two\"", json!("onetwo")),
        ("u'old'", json!("old")),
        ("b'plain'", json!("plain")),
        (r"b'\xc3\xa9'", json!("\u{e9}")),
        (r"b'\xff\x00a'", json!(r"\xff\x00a")),
        ("'caf\u{e9}'", json!("caf\u{e9}")),
        ("[]", json!([])),
        ("[1, 'a', None,]", json!([1, "a", null])),
        ("()", json!([])),
        ("(1,)", json!([1])),
        ("(1)", json!(1)),
        ("('a', 'b')", json!(["a", "b"])),
        ("{}", json!({})),
        ("{1, 2}", json!([1, 2])),
        ("{'a',}", json!(["a"])),
        ("set()", json!([])),
        ("frozenset({1})", json!([1])),
        (
            "{'a': {'b': [(1, 2)]}, \"c\": {},}",
            json!({"a": {"b": [[1, 2]]}, "c": {}}),
        ),
        (
            "{1: 'int', None: 'none', True: 'bool'}",
            json!({"1": "int", "null": "none", "true": "bool"}),
        ),
        ("{'a': 1, 'a': 2}", json!({"a": 2})),
    ] {
        assert_eq!(parse(text), Ok(value), "{text}");
    }
}

#[test]
fn what_is_no_literal() {
    for (text, offset) in [
        ("", 0),
        ("{", 1),
        ("{'a'", 4),
        ("{'a': 1", 7),
        ("{'a': 1 'b': 2}", 8),
        ("{'a' 1}", 5),
        ("{,}", 1),
        ("[1 2]", 3),
        ("[,]", 1),
        ("[1,,2]", 3),
        ("'a", 2),
        ("'a\n'", 3),
        ("'\\", 2),
        ("'\\x4'", 3),
        ("'\\U00110000'", 11),
        ("'a' b'b'", 8),
        ("b'\u{e9}'", 4),
        ("nan", 0),
        ("-inf", 0),
        ("1j", 0),
        ("007", 0),
        ("1-2", 1),
        ("1 2", 2),
        ("{[1]: 2}", 1),
        ("<Volume object at 0x7f>", 0),
        ("OrderedDict([])", 0),
        ("set(1)", 0),
        ("\u{1f600}", 0),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.offset, offset, "{text}: {error}");
    }
}

#[test]
fn deep_and_long_literals_are_refused() {
    assert!(parse(&format!("{}{}", "[".repeat(60), "]".repeat(60))).is_ok());
    for open in ["[", "(", "{1: ", "{", "set("] {
        assert!(parse(&open.repeat(1_000_000)).is_err(), "{open}");
    }
    // Reading a set must not take twice as long with each level.
    assert!(parse(&format!("{}1{}", "{".repeat(60), "}".repeat(60))).is_ok());
    let long = format!("[{}]", "'0123456789', ".repeat(100_000));
    assert!(parse(&long).unwrap_err().message.contains("too long"));
}

#[test]
fn a_literal_ends_at_its_bracket() {
    let text =
        "{'a': '}', 'b': [\"{\"]} _connection_create /usr/lib/python3/dist-packages/cinder/volume/manager.py:4867";
    let (value, length) = parse_prefix(text).unwrap();
    assert_eq!(value, json!({"a": "}", "b": ["{"]}));
    assert!(text[length..].starts_with(" _connection_create"));
}

/// Writes a value as Python's `repr` does.
fn repr(value: &Value) -> String {
    let join = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(items) => format!("[{}]", join(items.iter().map(repr).collect())),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{}: {}", repr_text(key), repr(value)));
            format!("{{{}}}", join(pairs.collect()))
        }
    }
}

fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut written = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ if character == quote => written.extend(['\\', quote]),
            ' '..='~' => written.push(character),
            _ if u32::from(character) < 0x100 => written.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ if u32::from(character) < 0x1_0000 => written.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => written.push_str(&format!("\\U{:08x}", u32::from(character))),
        }
    }
    written.push(quote);
    written
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn what_python_writes_is_read_back(value in values()) {
        prop_assert_eq!(parse(&repr(&value)), Ok(value));
    }

    #[test]
    fn floats_are_read_back(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        prop_assert_eq!(parse(&format!("{number:?}")), Ok(json!(number)));
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn text_of_the_grammars_characters_never_panics(text in "[\\[\\](){}'\"\\\\:, bux0-9eNUTrue.+-]{0,60}") {
        if let Ok((_, length)) = parse_prefix(&text) {
            prop_assert!(text.is_char_boundary(length));
        }
    }

    #[test]
    fn a_literal_cut_short_never_panics(value in values(), cut in any::<prop::sample::Index>()) {
        let text = repr(&value);
        let length = cut.index(text.len());
        if let Some(part) = text.get(..length) {
            let _ = parse(part);
        }
    }
}
