//! Finds the message in the body of an error, of which every service and proxy has its own form.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::redaction::redacted_beginning;
use crate::redaction::redact;

/// How many characters of a message are kept. Nova's with a traceback have some thousands.
const LONGEST: usize = 4000;

static TITLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?is)<title>(.*?)</title>").expect("the pattern is a constant and tested"));

/// What the body of an error says, secrets masked, on one line; nothing for an empty body.
///
/// Cinder, Nova and Keystone wrap the message in a member named after the fault (`{"badRequest": {"message": …}}`,
/// `{"error": …}`), Neutron in `NeutronError`, the API working group's form is `{"errors": [{"detail": …}]}`, Glance and
/// proxies answer HTML.
pub(crate) fn answer_message(body: &[u8]) -> Option<String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let message = message_of(&json)
            .or_else(|| json.as_object()?.values().find_map(message_of))
            .or_else(|| {
                let first = json.get("errors")?.get(0)?;
                first.get("detail").or_else(|| first.get("title")).and_then(text_of)
            })
            .map(|message| cut(redact(&message).into_owned()));
        return Some(message.unwrap_or_else(|| redacted_beginning(body)));
    }
    let text = String::from_utf8_lossy(body);
    let title = TITLE
        .captures(&text)
        .map(|captures| captures[1].split_whitespace().collect::<Vec<_>>().join(" "));
    Some(
        title
            .filter(|title| !title.is_empty())
            .map(|title| cut(redact(&title).into_owned()))
            .unwrap_or_else(|| redacted_beginning(body)),
    )
}

/// Whether a body has the form of an OpenStack service's error: one object in an object, with a message. Proxies answer with
/// HTML, plain text, or flat JSON of their own.
pub(crate) fn is_service_error(body: &[u8]) -> bool {
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    body.len() == 1 && body.values().any(|error| message_of(error).is_some())
}

fn cut(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}

fn message_of(value: &Value) -> Option<String> {
    value.get("message").and_then(text_of)
}

fn text_of(value: &Value) -> Option<String> {
    let text = value.as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_speaks_otherwise_than_a_service() {
        for body in [
            r#"{"badRequest": {"code": 400, "message": "no"}}"#,
            r#"{"NeutronError": {"type": "IpAddressGenerationFailure", "message": "no", "detail": ""}}"#,
        ] {
            assert!(is_service_error(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            "<html>400</html>",
            "Bad Request",
            r#"{"message": "no"}"#,
            r#"{"a": {}, "b": {"message": "no"}}"#,
        ] {
            assert!(!is_service_error(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn every_service_is_understood() {
        for (body, message) in [
            (
                r#"{"badRequest": {"code": 400, "message": "No service found with host=a@b"}}"#,
                "No service found with host=a@b",
            ),
            (
                r#"{"error": {"code": 401, "title": "Unauthorized", "message": "Who?"}}"#,
                "Who?",
            ),
            (
                r#"{"NeutronError": {"type": "PortInUse", "message": "in use", "detail": ""}}"#,
                "in use",
            ),
            (r#"{"message": "plain"}"#, "plain"),
            (
                r#"{"errors": [{"status": 406, "title": "Not Acceptable", "detail": "Version 9.9 is not supported"}]}"#,
                "Version 9.9 is not supported",
            ),
            (
                "<html><head><title>502 Bad\n Gateway</title></head></html>",
                "502 Bad Gateway",
            ),
            ("Authentication required", "Authentication required"),
            (r#"{"strange": 1}"#, r#"{"strange": 1}"#),
        ] {
            assert_eq!(answer_message(body.as_bytes()).as_deref(), Some(message));
        }
        assert_eq!(answer_message(b" \n"), None);
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let long = "é".repeat(1_000_000);
        for body in [
            format!(r#"{{"error": {{"message": "{long}"}}}}"#),
            format!("<title>{long}</title>"),
            long,
        ] {
            let message = answer_message(body.as_bytes()).unwrap();
            assert!(message.chars().count() <= LONGEST + 1 && message.ends_with('…'));
        }
    }
}
