//! Secrets that the run knows.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::BitOr;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use super::{MASK, forms, patterns};

/// Shorter texts are not looked for: a password `ceph` would mask the backend's name everywhere. They are still masked
/// where a name says that they are secret.
const SHORTEST: usize = 8;

/// The secrets of a run: its password, its tokens, its private keys, and what connection info holds. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    secrets: BTreeSet<String>,
    /// Every form of every secret.
    forms: Vec<String>,
}

impl Secrets {
    /// Remembers a secret. Of one with several lines, such as a private key, each line is one.
    pub fn learn(&self, secret: &str) {
        for line in secret.lines().map(str::trim) {
            let marker = line.starts_with("-----");
            if line.len() < SHORTEST
                || marker
                || self
                    .known
                    .read()
                    .unwrap_or_else(PoisonError::into_inner)
                    .secrets
                    .contains(line)
            {
                continue;
            }
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.forms.extend(forms::of(line));
            known.secrets.insert(line.to_owned());
        }
    }

    /// A text as people may see it: without these secrets in any form, without what looks like one, and without control
    /// characters other than line breaks and tabs, which would move the cursor of who looks at it.
    #[must_use]
    pub fn hidden_in<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut hidden = Cow::Borrowed(text);
        for form in &self.known.read().unwrap_or_else(PoisonError::into_inner).forms {
            if hidden.contains(form.as_str()) {
                hidden = Cow::Owned(hidden.replace(form.as_str(), MASK));
            }
        }
        if let Cow::Owned(shorter) = patterns::redact(&hidden) {
            hidden = Cow::Owned(shorter);
        }
        let moves = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
        if hidden.contains(moves) {
            hidden = Cow::Owned(hidden.replace("\r\n", "\n").replace(moves, "\u{fffd}"));
        }
        hidden
    }

    /// Hides the secrets in every text of a value but the members of these names. Answers whether anything changed.
    pub fn hide_in(&self, value: &mut Value, but: &[&str]) -> bool {
        match value {
            Value::String(text) => match self.hidden_in(text) {
                Cow::Borrowed(_) => false,
                Cow::Owned(hidden) => {
                    *text = hidden;
                    true
                }
            },
            Value::Array(values) => values
                .iter_mut()
                .map(|value| self.hide_in(value, but))
                .fold(false, BitOr::bitor),
            Value::Object(members) => members
                .iter_mut()
                .filter(|(name, _)| !but.contains(&name.as_str()))
                .map(|(_, value)| self.hide_in(value, but))
                .fold(false, BitOr::bitor),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).secrets.len();
        write!(formatter, "Secrets({known} known)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_learnt_is_hidden_in_every_form() {
        let secrets = Secrets::default();
        secrets.learn("correct \"horse\"");
        secrets.learn("ceph");
        for text in [
            "of correct \"horse\"!",
            "correct%20%22horse%22",
            r#"{"x": "correct \"horse\""}"#,
            "Y29ycmVjdCAiaG9yc2Ui",
        ] {
            let hidden = secrets.hidden_in(text);
            assert!(
                hidden.contains("***") && !hidden.contains("orse") && !hidden.contains("aG9yc2"),
                "{hidden}"
            );
        }
        assert_eq!(secrets.hidden_in("box@ceph"), "box@ceph");
    }

    #[test]
    fn every_line_of_a_key_is_one() {
        let secrets = Secrets::default();
        secrets.learn("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nBG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n");
        assert_eq!(
            secrets.hidden_in("Load key: b3BlbnNzaC1rZXktdjEAAAAA?"),
            "Load key: ***?"
        );
    }

    #[test]
    fn values_are_hidden_deep_inside() {
        let secrets = Secrets::default();
        secrets.learn("hunter2hunter2");
        let mut value =
            json!({"a": [{"b": "x hunter2hunter2", "c": 1}], "d": "\u{1b}[2J\r\nx", "id": "hunter2hunter2"});
        assert!(secrets.hide_in(&mut value, &["id"]));
        assert_eq!(
            value,
            json!({"a": [{"b": "x ***", "c": 1}], "d": "\u{fffd}[2J\nx", "id": "hunter2hunter2"})
        );
        assert!(!secrets.hide_in(&mut value, &["id"]));
    }
}
