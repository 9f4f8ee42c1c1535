//! Marked secrets, and how they are looked for: by code that shares nothing with the one that hides them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A secret that is like no other text.
#[derive(Clone, Debug)]
pub struct Mark {
    pub name: &'static str,
    pub text: String,
}

/// Secrets with the characters that JSON, Python, YAML and URLs write in another way.
pub fn all() -> Vec<Mark> {
    [
        ("password", "pw MARKED-Pässwörd\"\\&+/='#%1"),
        ("wrong password", "pw MARKED-Overruled&2"),
        ("url password", "MARKEDurlword3"),
        ("token", "gAAAAABmMARKED-token_4xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("chap password", "MARKED chap 'secret\" 5"),
        ("nested chap password", "MARKED discovery 6"),
        ("keyring", "AQBMARKEDkeyring7AABAAkKq0Yp7n2yM4t1x8Xo=="),
        ("other keyring", "AQBMARKEDother8AAAABAAkKq0Yp7n2yM4t1x8Xo=="),
        ("passphrase", "pass MARKED phrase'\"12"),
        ("exception", "MARKED of an exception 9"),
        (
            "somebody's token",
            "gAAAAABmMARKED-of-somebody-else-10xxxxxxxxxxxxxxxxxxxx",
        ),
        ("private key", "b3BlbnNzaC1rZXktdjEAAAAAMARKED11AAAAB4AAAAqMEMB"),
    ]
    .map(|(name, text)| Mark {
        name,
        text: text.to_owned(),
    })
    .into()
}

/// The marks that are in some bytes, with the form in which they are.
pub fn found(marks: &[Mark], bytes: &[u8]) -> Vec<String> {
    let contains = |form: &str| bytes.windows(form.len()).any(|window| window == form.as_bytes());
    marks
        .iter()
        .flat_map(|mark| {
            forms(&mark.text)
                .into_iter()
                .map(move |(form, text)| (mark.name, form, text))
        })
        .filter(|(_, _, text)| contains(text))
        .map(|(name, form, _)| format!("the {name} {form}"))
        .collect()
}

/// A secret as it may be written. A part of it is as bad as the whole: where it begins with what tells it from others.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(secret).expect("a text");
    let json = json
        .trim_start_matches('"')
        .strip_suffix('"')
        .expect("quotes")
        .to_owned();
    let mut forms = vec![
        ("as it is", secret.to_owned()),
        (
            "in a string of a string",
            json.replace('\\', "\\\\").replace('"', "\\\""),
        ),
        ("in JSON", json),
        ("in Python", secret.replace('\\', "\\\\").replace('\'', "\\'")),
        ("in a URL", percent(secret)),
        ("in a form", percent(secret).replace("%20", "+")),
        (
            "in hexadecimal",
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ),
    ];
    // Some of it, from its middle: what a cut or a quotation mark in a wrong place leaves.
    if let Some(start) = secret.find("MARKED") {
        forms.push(("in part", secret[start..].chars().take(12).collect()));
    }
    for skipped in 0..3 {
        let bytes = &secret.as_bytes()[skipped..];
        // Whole groups of three bytes, which are written alike wherever they stand.
        let bytes = &bytes[..bytes.len() / 3 * 3];
        forms.push(("in base64", STANDARD.encode(bytes)));
        forms.push(("in base64 of URLs", URL_SAFE.encode(bytes)));
    }
    forms
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
