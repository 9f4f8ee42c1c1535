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

/// Whether this is what a log has in a secret's place.
pub(super) fn is_masked(value: &Value) -> bool {
    value.as_str() == Some(MASK)
}
