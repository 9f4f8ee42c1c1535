//! Which fields are secrets.

use serde_json::{Map, Value};

/// What stands in a secret's place.
const REPLACEMENT: &str = "[secret]";
/// What a log has in a secret's place (oslo.utils' `strutils.mask_dict_password`).
pub(super) const MASK: &str = "***";

/// Whether a field's value is a secret. Cinder's own masking looks for `secret` and `password` only, so that its log shows
/// keyrings.
pub(crate) fn is_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["password", "passwd", "secret", "keyring", "token", "dhchap"]
        .iter()
        .any(|word| field.contains(word))
        || field == "key"
        || field.ends_with("_key")
}

/// A field's value as people may see it. That there is none, or that a log masks it, is no secret.
pub(super) fn shown(field: &str, value: &Value) -> Value {
    if is_secret(field) && !value.is_null() && !is_masked(value) {
        return Value::from(REPLACEMENT);
    }
    match value {
        Value::Object(map) => Value::Object(without_secrets(map)),
        Value::Array(items) => items.iter().map(|item| shown("", item)).collect(),
        _ => value.clone(),
    }
}

pub(super) fn without_secrets(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter()
        .map(|(field, value)| (field.clone(), shown(field, value)))
        .collect()
}

/// The texts that are secrets, however deep they lie.
pub(super) fn secrets(map: &Map<String, Value>) -> Vec<&str> {
    let mut found = Vec::new();
    map.iter()
        .for_each(|(field, value)| collect(value, is_secret(field), &mut found));
    found
}

fn collect<'v>(value: &'v Value, secret: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if secret && !is_masked(value) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, secret, found)),
        Value::Object(map) => map
            .iter()
            .for_each(|(field, value)| collect(value, secret || is_secret(field), found)),
        _ => {}
    }
}

/// Whether this is what a log has in a secret's place.
pub(super) fn is_masked(value: &Value) -> bool {
    value.as_str() == Some(MASK)
}
