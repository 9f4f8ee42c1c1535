//! What looks like a secret, whoever's it is.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::fingerprint::{fingerprint, is_mask};

/// A pattern, of which the group `keep` stays before the mask.
struct Pattern {
    regex: Regex,
}

/// What a named value may look like: quoted as JSON and Python do, quoted within a quoted text, or a word. It may be cut off.
const VALUE: &str = r#"(?:[ub]?"(?:[^"\\]|\\.)*(?:"|\\?$)|[ub]?'(?:[^'\\]|\\.)*(?:'|\\?$)|\\"(?:[^"\\]|\\[^"])*(?:\\"|$)|[^\s"',;&<>(){}\[\]]+)"#;

/// What a name consists of: more than `\w`, whose table takes milliseconds to compile, wherever it stands.
const NAME: &str = r"(?-i:[0-9A-Za-z_.\-\x{80}-\x{10FFFF}]*)";

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let named = format!(
        r#"(?is)(?<keep>{NAME}(?:passw(?:or)?d|passphrase|admin_?pass|secret|token|keyring|private_?key|auth_?key|dhchap){NAME}\\?["']?\s*(?:[:=]|=>)\s*)"#
    );
    let patterns = [
        // Private keys, whole or cut off.
        r"(?s)(?<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?:\*\*\*|.*?-----END [A-Z ]*PRIVATE KEY-----|.*)".to_owned(),
        // Headers that carry tokens.
        r#"(?i)(?<keep>\b(?:x-(?:auth|subject|service)-token|authorization|(?:set-)?cookie)\b["']?\s*[:=]\s*["']?(?:(?:bearer|basic)\s+)?)[^\s"',]+"#.to_owned(),
        // Members of dicts and objects, settings, query parameters.
        format!("{named}{VALUE}"),
        // Options of commands: `--password x`; iscsiadm takes a name and its value apart.
        format!(r"(?i)(?<keep>--?{NAME}(?:password|secret|token){NAME}\s+)[^\s-]\S*"),
        r"(?i)(?<keep>\bauth\.password\S*\s+(?:-v|--value)[ =])\S+".to_owned(),
        // Keys of cephx: 28 bytes that begin with a type of 1.
        r"(?<keep>)\bAQ[A-Za-z0-9+/]{36,38}={0,2}".to_owned(),
        // Keystone's tokens: Fernet, and signed by JWS.
        r"(?<keep>)\bgAAAAA[A-Za-z0-9_-]{20,}={0,2}".to_owned(),
        r"(?<keep>)\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?".to_owned(),
        // Who logs in by a URL.
        r#"(?<keep>\b[a-z][a-z0-9+.-]*://)[^/\s"'<>@]+@"#.to_owned(),
    ];
    let pattern = |text: String| Pattern {
        regex: Regex::new(&text).expect("the pattern is a constant and tested"),
    };
    patterns.map(pattern).into()
});

/// The text without what looks like a secret: values of members, settings and options whose names say so, private keys,
/// keys of cephx, tokens, and who logs in by a URL.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted = Cow::Borrowed(text);
    for Pattern { regex } in PATTERNS.iter() {
        if let Cow::Owned(shorter) = regex.replace_all(&redacted, mask) {
            redacted = Cow::Owned(shorter);
        }
    }
    redacted
}

fn mask(captures: &Captures<'_>) -> String {
    let (whole, keep) = (&captures[0], &captures["keep"]);
    let value = &whole[keep.len()..];
    // What is masked already stays as it is.
    if is_mask(value) {
        return whole.to_owned();
    }
    // A mask in the place of a quoted text is one, so JSON stays JSON.
    let quote = if value.starts_with("\\\"") {
        "\\\""
    } else if value.trim_start_matches(['u', 'b']).starts_with('"') {
        "\""
    } else if value.trim_start_matches(['u', 'b']).starts_with('\'') {
        "'"
    } else {
        ""
    };
    let at = if value.ends_with('@') { "@" } else { "" };
    let secret = value
        .trim_start_matches(['u', 'b'])
        .trim_matches(['"', '\'', '\\', '@']);
    format!("{keep}{quote}{}{quote}{at}", fingerprint(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    static FINGERPRINT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\[secret [0-9a-f]{6}\]").expect("the pattern is a constant"));

    #[test]
    fn secrets_of_machines_are_masked() {
        for (text, expected) in [
            (
                r#"{"auth_password": "hu\"nter", "port": 1}"#,
                r#"{"auth_password": "***", "port": 1}"#,
            ),
            (
                "{'auth_password': u'hunter', 'keyring': None}",
                "{'auth_password': u'***', 'keyring': None}",
            ),
            (
                r#"{"info": "{\"auth_password\": \"hunter\", \"a\": 1}"}"#,
                r#"{"info": "{\"auth_password\": \"***\", \"a\": 1}"}"#,
            ),
            (
                "rbd_secret_uuid = 1234-abcd\nuser = x",
                "rbd_secret_uuid = ***\nuser = x",
            ),
            ("adminPass: hunter, id: 1", "adminPass: ***, id: 1"),
            ("X-Auth-Token: gAAAA-1 Accept: */*", "X-Auth-Token: *** Accept: */*"),
            ("Authorization: Basic dXNlcjpodW50ZXI=", "Authorization: Basic ***"),
            (
                "mysqldump --password hunter -u root",
                "mysqldump --password *** -u root",
            ),
            (
                "iscsiadm -m node --op update -n node.session.auth.password -v hunter",
                "iscsiadm -m node --op update -n node.session.auth.password -v ***",
            ),
            (
                "[client.cinder]\n\tkey = AQBwfG9mAAAAABAAkKq0Yp7n2yM4t1x8Xo5JpA==\n",
                "[client.cinder]\n\tkey = ***\n",
            ),
            ("at http://me:hunter@box/v3", "at http://***@box/v3"),
            (
                "key:\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nend",
                "key:\n-----BEGIN OPENSSH PRIVATE KEY-----***\nend",
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIGH", "-----BEGIN PRIVATE KEY-----***"),
            ("GET /v3?auth_token=abc&limit=1", "GET /v3?auth_token=***&limit=1"),
            ("{\"password\": \"cut off", "{\"password\": \"***\""),
        ] {
            let redacted = redact(text);
            let expected = expected.replace("u'***'", "'***'");
            assert_eq!(FINGERPRINT.replace_all(&redacted, "***"), expected, "{text}");
            assert_eq!(redact(&redacted), redacted, "masked twice");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "API and log agree on 14 fields (masked in the log: secret_type, secret_uuid)",
            "root leads to site-a: auth_username cinder, cluster_name ceph, hosts 192.0.2.11",
            "-    \"secret_uuid\": \"[secret]\",\n+    \"keyring\": null,",
            "box@ceph is failed-over on site-b with 1 volume",
            "GET http://127.0.0.1:8776/v3/p/volumes/detail?all_tenants=1&marker=a",
            "the token was refused, and again after a new login",
            "sha256 587225da7d41e4c1d5b9e35e58b8a5a6f5e1c1e0b2a7f3c4d5e6f708192a3b4c",
            "rbd --keyring /etc/ceph/keyring --id cinder info volumes/volume-1",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
