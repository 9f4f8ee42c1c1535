//! The forms of a secret that no escape shows: base64 and hexadecimal numbers. Escapes are undone by
//! [`decode`](super::decode).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret as it is, with `+` for spaces as in queries, and in base64 and hexadecimal numbers, also of its JSON form, which
/// is what stands in a body that somebody encodes, and in base64 twice.
pub(super) fn of(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = &json[1..json.len() - 1];
    let once: Vec<String> = [secret, json].into_iter().flat_map(base64_forms).collect();
    let twice: Vec<String> = once.iter().flat_map(|form| base64_forms(form)).collect();
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        secret.to_owned(),
        secret.replace(' ', "+"),
        hexadecimal.to_uppercase(),
        hexadecimal,
    ];
    forms.extend(once);
    forms.extend(twice);
    forms.sort();
    forms.dedup();
    forms
}

/// The characters of base64 that depend on nothing but this text, wherever it stands in what is encoded.
fn base64_forms(text: &str) -> impl Iterator<Item = String> {
    (0..3).flat_map(move |before| {
        let padded = [&vec![0; before], text.as_bytes()].concat();
        let (start, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(|text| text[start..end].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_known_wherever_the_secret_stands() {
        for before in ["", "a", "ab", "abc", "user:"] {
            for behind in ["", "x", "xy", "xyz"] {
                let text = STANDARD_NO_PAD.encode(format!("{before}correct horse>?{behind}"));
                for text in [text.clone(), STANDARD_NO_PAD.encode(&text)] {
                    let forms = of("correct horse>?");
                    assert!(
                        forms.iter().any(|form| text.contains(form.as_str())),
                        "{text} {forms:?}"
                    );
                }
            }
        }
    }
}
