//! JSON without the values of members whose names say that they are secret.

use serde_json::Value;

use super::fingerprint::{fingerprint, is_mask};
use super::names::is_secret_name;

/// The value with each secret text below it replaced: whatever is below a member of such a name is secret, but what is null,
/// true or false, or masked already, is none. `shown` says what stands in a secret's place, from its name and its text.
#[must_use]
pub fn without_secret_members(value: &Value, shown: &impl Fn(&str, &str) -> String) -> Value {
    masked("", value, false, shown)
}

/// The same with fingerprints.
#[must_use]
pub fn with_fingerprints(value: &Value) -> Value {
    without_secret_members(value, &|_, secret| fingerprint(secret))
}

fn masked(name: &str, value: &Value, secret: bool, shown: &impl Fn(&str, &str) -> String) -> Value {
    let secret = secret || is_secret_name(name);
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(inner, value)| {
                // The member that is secret names what it is; what is below has other names.
                let named = if secret && !is_secret_name(inner) {
                    name
                } else {
                    inner.as_str()
                };
                (inner.clone(), masked(named, value, secret, shown))
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| masked(name, item, secret, shown)).collect(),
        Value::String(text) if secret && !is_mask(text) => Value::from(shown(name, text)),
        Value::Number(number) if secret => Value::from(shown(name, &number.to_string())),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_in_json_are_masked_at_any_depth() {
        let value = json!({
            "connection_info": { "auth_password": "hunter2", "keyring": ["hunter2"], "secret": { "id": 7, "x": "hunter2" }, "name": "v" },
            "token": null, "key": "***", "adminPass": true,
        });
        let shown = with_fingerprints(&value);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
        let mark = fingerprint("hunter2");
        assert_eq!(
            shown,
            json!({
                "connection_info": { "auth_password": mark, "keyring": [mark], "secret": { "id": fingerprint("7"), "x": mark }, "name": "v" },
                "token": null, "key": "***", "adminPass": true,
            })
        );
    }
}
