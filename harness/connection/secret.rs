//! Which fields are secrets.

use serde_json::{Map, Value};

use crate::redaction::{is_secret_name, with_fingerprints};

/// What a log has in a secret's place (oslo.utils' `strutils.mask_dict_password`).
pub(super) const MASK: &str = "***";

/// A field's value as people may see it: with a fingerprint for each secret. That there is none, or that a log masks it, is no
/// secret.
pub(super) fn shown(field: &str, value: &Value) -> Value {
    let whole = Value::Object(Map::from_iter([(field.to_owned(), value.clone())]));
    with_fingerprints(&whole)[field].clone()
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
        .for_each(|(field, value)| collect(value, is_secret_name(field), &mut found));
    found
}

fn collect<'v>(value: &'v Value, secret: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if secret && !is_masked(value) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, secret, found)),
        Value::Object(map) => map
            .iter()
            .for_each(|(field, value)| collect(value, secret || is_secret_name(field), found)),
        _ => {}
    }
}

/// Whether this is what a log has in a secret's place.
pub(super) fn is_masked(value: &Value) -> bool {
    value.as_str() == Some(MASK)
}
