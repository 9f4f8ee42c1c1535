//! Takes secrets out of what errors and records show of requests and answers.

use std::sync::LazyLock;

use regex::Regex;
use reqwest::Url;

use crate::redaction::{fingerprint, is_secret_name, redact};

/// How many characters of a body an error shows.
const BEGINNING: usize = 240;

/// A string that serde met where it expected something else, which it quotes.
static QUOTED_STRING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?s)string ".*", expected"#).expect("the pattern is a constant and tested"));

/// The words of a JSON error without the value that it quotes, which may be a secret.
pub(crate) fn redact_json_error(error: &serde_json::Error) -> String {
    redact(&QUOTED_STRING.replace_all(&error.to_string(), "a string, expected")).into_owned()
}

/// The first characters of a body, on one line, secrets masked.
pub(crate) fn redacted_beginning(body: &[u8]) -> String {
    // Masking needs more text than is shown: a secret may begin before the cut and end after it.
    let text = String::from_utf8_lossy(&body[..body.len().min(BEGINNING * 8)]);
    let masked = redact(&text);
    let mut line = masked.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(BEGINNING) {
        line.truncate(cut);
        line.push('…');
    }
    if line.is_empty() { "(empty)".to_owned() } else { line }
}

/// A URL without user name, password, fragment and secret query values.
pub(crate) fn redact_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for URLs that cannot have them, and then there is nothing to take out.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if url.query_pairs().any(|(name, _)| is_secret_name(&name)) {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if is_secret_name(&name) {
                    fingerprint(&value).into()
                } else {
                    value
                };
                (name.into_owned(), value.into_owned())
            })
            .collect();
        shown.query_pairs_mut().clear().extend_pairs(pairs);
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        let body = r#"{"server": {"id": "1", "adminPass": "hunt\"er2", "connection_info": {"auth_password":"p", "keyring" : "k"}}}"#;
        let shown = redacted_beginning(body.as_bytes());
        assert_eq!(
            shown,
            format!(
                r#"{{"server": {{"id": "1", "adminPass": "{}", "connection_info": {{"auth_password":"{}", "keyring" : "{}"}}}}}}"#,
                fingerprint("hunt\\\"er2"),
                fingerprint("p"),
                fingerprint("k")
            )
        );
    }

    #[test]
    fn secrets_in_escaped_json_are_masked() {
        let shown = redact(r#"{"connection_info": "{\"auth_password\": \"hunter2\", \"volume\": \"v\"}"}"#);
        assert!(
            !shown.contains("hunter2") && shown.contains(r#"\"volume\": \"v\""#),
            "{shown}"
        );
    }

    #[test]
    fn json_errors_do_not_quote_values() {
        let error = serde_json::from_str::<u64>(r#""hunter2, \", expected""#).unwrap_err();
        assert_eq!(
            redact_json_error(&error),
            "invalid type: a string, expected u64 at line 1 column 23"
        );
    }

    #[test]
    fn urls_lose_their_secrets() {
        let url = Url::parse("https://me:word@cloud.example/v3/volumes?limit=5&auth_token=abc#part").unwrap();
        assert_eq!(
            redact_url(&url),
            "https://cloud.example/v3/volumes?limit=5&auth_token=%5Bsecret+XX%5D"
                .replace("XX", &fingerprint("abc")[8..14])
        );
        let plain = Url::parse("http://cloud.example/v3/volumes?metadata=%7B%7D").unwrap();
        assert_eq!(redact_url(&plain), plain.as_str());
    }

    proptest! {
        #[test]
        fn a_cut_body_never_shows_its_secret(before in "[ -!#-~]{0,400}", secret in "[a-z]{12,40}", cut in 0_usize..40) {
            let body = format!(r#"{{"note": "{}", "password": "{secret}"}}"#, before.replace('\\', ""));
            let body = &body[..body.len() - cut.min(secret.len())];
            let shown = redacted_beginning(body.as_bytes());
            prop_assert!(!shown.contains(&secret[..8]), "{}", shown);
        }
    }
}
