//! Takes secrets out of evidence: what APIs, logs, consoles and guests say, whole, is not written by us.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::connection::is_secret;

/// What stands where a secret was.
const MASK: &str = "***";

/// Patterns of secrets in text, each with what it becomes.
static SECRETS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // A member of a JSON object or of a Python dict, whose text may be cut off by the end of the line.
        (
            r#"(?i)(\\?["'][^"']*(?:pass|secret|token|keyring|dhchap|_key)[^"']*["']\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)"#,
            "$1\"***\"",
        ),
        (
            r#"(?i)(\\?["'][^"']*(?:pass|secret|token|keyring|dhchap|_key)[^"']*["']\s*:\s*)'(?:[^'\\]|\\.)*(?:'|$)"#,
            "$1'***'",
        ),
        (
            r"(?i)\b((?:[a-z_-]*password|passwd|admin_?pass|[a-z_-]*secret|x-auth-token|x-subject-token|auth_token)\s*[=:]\s*)[^\s,;'\x22]+",
            "$1***",
        ),
        // A cephx key: a type, a time, a length and 16 bytes, in base64 (Ceph's `CryptoKey`).
        (r"AQ[A-Za-z0-9+/]{36}==", MASK),
        // A Fernet token.
        (r"gAAAA[A-Za-z0-9_-]{20,}=*", MASK),
        // The password in a URL.
        (r"(://[^/\s:@]+:)[^/\s@]+@", "$1***@"),
        // A private key.
        (
            r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
            MASK,
        ),
    ]
    .into_iter()
    .map(|(pattern, replacement)| {
        let pattern = Regex::new(pattern).expect("the patterns are constants and tested");
        (pattern, replacement)
    })
    .collect()
});

/// Text without what looks like a secret.
pub(super) fn text(text: &str) -> String {
    SECRETS.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        pattern.replace_all(&text, *replacement).into_owned()
    })
}

/// JSON without what looks like a secret, printed for people.
pub(super) fn json(value: &Value) -> String {
    // What is a text may hold one too, such as a message of an error.
    text(&format!("{:#}", masked("", value)))
}

fn masked(field: &str, value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), masked(name, value)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| masked(field, item)).collect(),
        _ if is_secret(field) || field.to_ascii_lowercase().contains("pass") => Value::from(MASK),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        for secret in [
            r#"{"adminPass": "hunter2"}"#,
            r#"{"auth_password": "hun\"hunter2"}"#,
            "Connection info returned from driver {'auth_password': 'hunter2', 'keyring': None}",
            "{'keyring': '[client.cinder]\\n\\tkey = hunter2\\n'}",
            "{'keyring': '[client.cinder] hunter2",
            "rbd_secret=hunter2",
            "X-Auth-Token: hunter2",
            "mysql+pymysql://cinder:hunter2@db/cinder",
            "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----",
            "key = AQBhunter2hunter2hunter2hunter2hunter2==",
            "token gAAAAABhunter2hunter2hunter2hunter2",
        ] {
            let shown = text(secret);
            assert!(!shown.contains("hunter2") && shown.contains(MASK), "{shown}");
        }
    }

    #[test]
    fn the_rest_stays() {
        for plain in [
            "volume-1 mirroring primary: true",
            "{'hosts': ['192.0.2.11'], 'cluster_name': 'ceph'}",
            "/dev/vda1 / ext4 rw,relatime 0 0",
        ] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn secrets_in_json_are_masked_at_any_depth() {
        let value = json!({
            "connection_info": { "auth_password": "hunter2", "keyring": ["hunter2"], "secret_uuid": "hunter2", "name": "v" },
            "note": "password=hunter2",
        });
        let shown = json(&value);
        assert!(!shown.contains("hunter2") && shown.contains("\"v\""), "{shown}");
        serde_json::from_str::<Value>(&shown).expect("still JSON");
    }
}
