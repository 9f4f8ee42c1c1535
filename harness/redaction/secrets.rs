//! Secrets that the run knows.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::{BitOr, Range};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;

use super::fingerprint::fingerprint;
use super::{decode, forms, patterns};

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
    /// Made anew when a secret was learnt since.
    search: OnceLock<Search>,
}

/// Every form of every secret, and whose form each is.
struct Search {
    forms: AhoCorasick,
    whose: Vec<String>,
}

/// Layers of escapes that are undone: a URL in an attribute of a page that is quoted in JSON has three.
const LAYERS: usize = 3;

impl Secrets {
    /// Remembers a secret. Of one with several lines, such as a private key, each line is one.
    pub fn learn(&self, secret: &str) {
        for line in secret.lines().map(str::trim) {
            if line.len() < SHORTEST || line.starts_with("-----") {
                continue;
            }
            let is_known = |known: &Known| known.secrets.contains(line);
            if is_known(&self.known.read().unwrap_or_else(PoisonError::into_inner)) {
                continue;
            }
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.secrets.insert(line.to_owned());
            known.search = OnceLock::new();
        }
    }

    /// A text as people may see it: without these secrets in any form, without what looks like one, and without control
    /// characters other than line breaks and tabs, which would move the cursor of who looks at it. A fingerprint stands in the
    /// place of each.
    #[must_use]
    pub fn hidden_in<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut hidden = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .hidden_in(text);
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

impl Known {
    fn hidden_in<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.secrets.is_empty() {
            return Cow::Borrowed(text);
        }
        let search = self.search.get_or_init(|| Search::of(&self.secrets));
        let mut found = search.found_in(text);
        let mut layer = decode::decode(text);
        for _ in 0..LAYERS {
            let Some(decoded) = layer else { break };
            let in_layer = search.found_in(&decoded.text).into_iter();
            found.extend(in_layer.map(|(part, secret)| (decoded.origin(&part), secret)));
            layer = decoded.again();
        }
        if let Some(unwrapped) = decode::unwrapped(text) {
            let in_words = search.found_in(&unwrapped.text).into_iter();
            found.extend(in_words.map(|(part, secret)| (unwrapped.origin(&part), secret)));
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|(part, _)| (part.start, std::cmp::Reverse(part.end)));
        let mut hidden = String::with_capacity(text.len());
        let mut end = 0;
        for (part, secret) in found {
            if part.start >= end {
                hidden.push_str(&text[end..part.start]);
                hidden.push_str(&fingerprint(secret));
            }
            // What overlaps, such as a secret within another one, is hidden to its end under the first one's name.
            end = end.max(part.end);
        }
        hidden.push_str(&text[end..]);
        Cow::Owned(hidden)
    }
}

impl Search {
    fn of(secrets: &BTreeSet<String>) -> Search {
        let (forms, whose): (Vec<String>, Vec<String>) = secrets
            .iter()
            .flat_map(|secret| forms::of(secret).into_iter().map(move |form| (form, secret.clone())))
            .unzip();
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&forms);
        // It fails only for more patterns than fit into memory.
        let forms = built.expect("some thousands of short texts");
        Search { forms, whose }
    }

    /// Where each form stands in a text, and whose it is.
    fn found_in(&self, text: &str) -> Vec<(Range<usize>, &str)> {
        let found = self.forms.find_iter(text);
        found
            .map(|found| (found.range(), self.whose[found.pattern()].as_str()))
            .collect()
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
            "correct &quot;horse&quot;",
            "correct&#32;&#x22;horse\\u0022",
            "correct%2520%2522horse%2522",
            "correct+%22horse%22",
            "correct \"\n    horse\"",
        ] {
            let hidden = secrets.hidden_in(text);
            assert!(
                hidden.contains(&fingerprint("correct \"horse\""))
                    && !hidden.contains("orse")
                    && !hidden.contains("aG9yc2"),
                "{hidden}"
            );
        }
        assert_eq!(secrets.hidden_in("box@ceph"), "box@ceph");
    }

    #[test]
    fn two_secrets_stay_two_and_one_within_another_is_gone_too() {
        let secrets = Secrets::default();
        secrets.learn("hunter2hunter2");
        secrets.learn("hunter3hunter3");
        secrets.learn("my hunter3hunter3 too");
        assert_eq!(
            secrets.hidden_in("a hunter2hunter2, hunter3hunter3 & my hunter3hunter3 too."),
            format!(
                "a {}, {} & {}.",
                fingerprint("hunter2hunter2"),
                fingerprint("hunter3hunter3"),
                fingerprint("my hunter3hunter3 too")
            )
        );
    }

    /// `../lies/leak.py` of the review: as error pages, Go's and Python's JSON, Python's repr and URLs quote a password.
    #[test]
    fn a_password_quoted_back_is_hidden_in_whatever_way() {
        let password = "Tr0ub&dor<3>\"x\"é";
        let secrets = Secrets::default();
        secrets.learn(password);
        for text in [
            "Tr0ub&amp;dor&lt;3&gt;&quot;x&quot;é",
            "Tr0ub&amp;dor&lt;3&gt;&#34;x&#34;&eacute;",
            r"Tr0ub\u0026dor\u003c3\u003e\u0022x\u0022\u00e9",
            r#"Tr0ub&dor<3>"x"\xe9"#,
            r#"Tr0ub&dor<3>"x"\xc3\xa9"#,
            "%54%72%30%75%62%26%64%6F%72%3C%33%3E%22%78%22%C3%A9",
            "Tr0ub%26dor%3c3%3e%22x%22%e9",
            "&quot;Tr0ub\\u0026amp;dor\\u0026lt;3\\u0026gt;\\u0026quot;x\\u0026quot;\\u00e9",
        ] {
            let hidden = secrets.hidden_in(text);
            assert!(
                hidden.contains("[secret ") && !hidden.contains("Tr0ub") && !hidden.contains("dor"),
                "{text}: {hidden}"
            );
        }
    }

    #[test]
    fn every_line_of_a_key_is_one() {
        let secrets = Secrets::default();
        secrets.learn("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nBG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n");
        assert_eq!(
            secrets.hidden_in("Load key: b3BlbnNzaC1rZXktdjEAAAAA?"),
            format!("Load key: {}?", fingerprint("b3BlbnNzaC1rZXktdjEAAAAA"))
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
            json!({"a": [{"b": format!("x {}", fingerprint("hunter2hunter2")), "c": 1}], "d": "\u{fffd}[2J\nx", "id": "hunter2hunter2"})
        );
        assert!(!secrets.hide_in(&mut value, &["id"]));
    }
}
