//! What people may see of a journal and of evidence, wherever they come from.

use serde_json::Value;

use crate::redaction::{Secrets, with_fingerprints};

/// A text without what looks like a secret.
pub(super) fn text(text: &str) -> String {
    Secrets::default().hidden_in(text).into_owned()
}

/// JSON without the members whose names say that they are secret, and without what looks like a secret in a text of it.
pub(super) fn value(value: Value) -> Value {
    let mut shown = with_fingerprints(&value);
    Secrets::default().hide_in(&mut shown, &[]);
    shown
}

/// The lines of a journal, in which nothing changes but those with a secret: what a recorder of ours wrote has none.
pub(super) fn lines(bytes: &[u8]) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(line).collect();
    lines.join(&b'\n')
}

fn line(bytes: &[u8]) -> Vec<u8> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(read) => {
            let shown = value(read.clone());
            // What was read is all that stands there only if it is as long: of two members of one name, one is not read.
            if shown == read && read.to_string().len() == bytes.len() {
                bytes.to_vec()
            } else {
                shown.to_string().into_bytes()
            }
        }
        // Torn, or of somebody's hand. A mask of what is no UTF-8 changes nothing that a reader of journals takes.
        Err(_) => text(&String::from_utf8_lossy(bytes)).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(journal: &str) -> String {
        String::from_utf8(lines(journal.as_bytes())).expect("UTF-8")
    }

    #[test]
    fn a_line_without_a_secret_stays_as_it_is() {
        let journal = "{\"b\":1,\"a\":\"x\"}\n\n{\"sequence\":2,\"fields\":{\"secret_uuid\":\"[secret 0a1b2c]\"}}\n{\"torn\":\"li";
        assert_eq!(shown(journal), journal);
    }

    #[test]
    fn secrets_of_each_kind_go_wherever_they_stand() {
        for line in [
            r#"{"auth_password":"MARKED-1234"}"#,
            r#"{"proof":{"kind":"x","text":"said: password = MARKED-1234"}}"#,
            r#"{"fields":{"keyring":["MARKED-1234",{"x":"MARKED-1234"}]}}"#,
            r#"{"body":"{\"adminPass\": \"MARKED-1234\"}"}"#,
            r#"{"url":"http://me:MARKED-1234@box/v3"}"#,
            r#"{"text":"X-Auth-Token: MARKED-1234","text":"the token is [secret 0a1b2c]"}"#,
            // A torn line, with the end of its text missing.
            r#"{"sequence":9,"text":"X-Auth-Token: MARKED-1234"#,
            "password: MARKED-1234",
        ] {
            let shown = shown(&format!("{{}}\n{line}\n"));
            assert!(shown.contains("[secret ") && !shown.contains("MARKED"), "{shown}");
        }
        let key = text("-----BEGIN OPENSSH PRIVATE KEY-----\nMARKED\nMARKED\n-----END OPENSSH PRIVATE KEY-----\nend");
        assert!(!key.contains("MARKED") && key.ends_with("end"), "{key}");
    }
}
