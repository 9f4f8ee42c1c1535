//! The forms in which a secret appears in texts.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret as it is, and as JSON, Python, URLs, URLs' queries, base64 and hexadecimal numbers have it.
pub(super) fn of(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let python = secret.replace('\\', "\\\\").replace('\'', "\\'");
    // A JSON text is often a string of another one.
    let twice = json.replace('\\', "\\\\").replace('"', "\\\"");
    let mut forms = vec![secret.to_owned(), json, python, twice];
    for keep in [&b"-._~"[..], b"-._~!$&'()*+,;=:@", b"-._*"] {
        let upper = percent_encoded(secret, keep);
        forms.push(upper.to_lowercase().replace(&secret.to_lowercase(), secret));
        forms.push(upper.replace("%20", "+"));
        forms.push(upper);
    }
    for alignment in 0..3 {
        forms.extend(base64_forms(secret.as_bytes(), alignment));
    }
    forms.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

fn percent_encoded(text: &str, keep: &[u8]) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || keep.contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// The characters of base64 that depend on nothing but these bytes, when so many bytes (modulo 3) stand before them.
fn base64_forms(bytes: &[u8], before: usize) -> [String; 2] {
    let padded = [&vec![0; before], bytes].concat();
    let (start, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(|text| text[start..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_known_wherever_the_secret_stands() {
        for before in ["", "a", "ab", "abc", "user:"] {
            for behind in ["", "x", "xy", "xyz"] {
                let text = STANDARD_NO_PAD.encode(format!("{before}correct horse>?{behind}"));
                let forms = of("correct horse>?");
                assert!(
                    forms.iter().any(|form| text.contains(form.as_str())),
                    "{text} {forms:?}"
                );
            }
        }
    }

    #[test]
    fn forms_of_a_secret_with_special_characters() {
        let forms = of("a\"b\\c d&é'");
        for form in [
            r#"a\"b\\c d&é'"#,
            r#"a"b\\c d&é\'"#,
            "a%22b%5Cc%20d%26%C3%A9%27",
            "a%22b%5Cc+d%26%C3%A9%27",
        ] {
            assert!(forms.iter().any(|found| found == form), "{form} is not in {forms:?}");
        }
    }
}
