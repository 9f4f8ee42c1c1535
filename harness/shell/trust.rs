//! Which host keys of SSH servers are trusted.
//!
//! What a storage site or a log says is evidence, and a site may be sent a secret, so whoever answers at its address must show
//! a known key. A guest is made by the run itself: its first key is taken, and no other after it.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::HostKey;

/// Which host key a server must show when the first session with it opens. Later sessions must show the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Any: only for guests, whose keys are made when they boot.
    #[default]
    FirstUse,
    /// This one.
    Declared(HostKeyRule),
    /// One that a `known_hosts` of this user or machine has for the address.
    KnownHosts,
    /// One that a `known_hosts` has, or any if none has one for the address: the user said so.
    AcceptNew,
}

/// A configured key: its fingerprint as `ssh-keygen -l` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeyRule(String);

impl HostKeyRule {
    /// Reads `SHA256:…`, or a public key as in `ssh_host_ed25519_key.pub` or behind the names in a `known_hosts`: a type and
    /// base64. `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<HostKeyRule> {
        let text = text.trim();
        if let Some(digest) = text.strip_prefix("SHA256:") {
            let digest = digest.trim_end_matches('=');
            let good = digest.len() == 43
                && digest
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
            return good.then(|| HostKeyRule(format!("SHA256:{digest}")));
        }
        let mut words = text.split_whitespace();
        let (key_type, blob) = (words.next()?, words.next()?);
        let key = HostKey::of_blob(&STANDARD.decode(blob).ok()?);
        (key.key_type == key_type).then_some(HostKeyRule(key.fingerprint))
    }

    /// Whether it is this key.
    #[must_use]
    pub fn is(&self, key: &HostKey) -> bool {
        self.0 == key.fingerprint
    }
}

impl fmt::Display for HostKeyRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What `known_hosts` files say of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// They have it for the address.
    Same,
    /// They have another one of its type for the address, or revoke it.
    Another,
    /// They have none for the address.
    Not,
    /// One of them is there and cannot be read, so what it has is not known.
    Unreadable,
}

/// The `known_hosts` that OpenSSH reads: the user's and the machine's.
pub(super) fn known_hosts_files() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".ssh/known_hosts"));
    home.into_iter()
        .chain([PathBuf::from("/etc/ssh/ssh_known_hosts")])
        .collect()
}

/// What files say of the key that a server shows. Unreadable lines are skipped, as OpenSSH does.
pub(super) fn known(session: &ssh2::Session, files: &[PathBuf], host: &str, port: u16, blob: &[u8]) -> Known {
    let Ok(mut hosts) = session.known_hosts() else {
        return Known::Unreadable;
    };
    for file in files {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => continue,
            Err(_) => return Known::Unreadable,
        };
        let text = String::from_utf8_lossy(&bytes);
        for line in text.lines().map(str::trim) {
            if line.starts_with("@revoked") {
                let key = line.split_whitespace().nth(3).and_then(|key| STANDARD.decode(key).ok());
                if key.as_deref() == Some(blob) {
                    return Known::Another;
                }
            } else if !line.is_empty() && !line.starts_with(['#', '@']) {
                // A type of key that libssh2 does not know is none that it can be shown.
                let _ = hosts.read_str(line, ssh2::KnownHostFileKind::OpenSSH);
            }
        }
    }
    match hosts.check_port(host, port, blob) {
        ssh2::CheckResult::Match => Known::Same,
        ssh2::CheckResult::Mismatch => Known::Another,
        ssh2::CheckResult::NotFound => Known::Not,
        ssh2::CheckResult::Failure => Known::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC_KEY: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBF1cwIGOQ2B+FZOE9F/o7U1KSYuEP0ZonvYCES6a78mJCjkWzhPN7FDaf/cBUHvj7jLsdxE9q2w9yfxrMLLmfnc=";
    const FINGERPRINT: &str = "SHA256:0nYvYDlzdsMePRRTQVQbMMbuhc/UpZPQnOtSeD2usZQ";

    #[test]
    fn a_key_is_written_as_its_fingerprint_or_as_itself() {
        let rule = HostKeyRule::parse(FINGERPRINT).expect("a fingerprint");
        assert_eq!(HostKeyRule::parse(PUBLIC_KEY), Some(rule.clone()));
        assert_eq!(HostKeyRule::parse(&format!("{PUBLIC_KEY} root@site-a")), Some(rule));
        for wrong in [
            "",
            "SHA256:short",
            "MD5:aa:bb",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            "ssh-rsa AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY",
        ] {
            assert_eq!(HostKeyRule::parse(wrong), None, "{wrong}");
        }
    }

    fn blob(line: &str) -> Vec<u8> {
        STANDARD
            .decode(line.split_whitespace().nth(1).expect("a key"))
            .expect("base64")
    }

    #[test]
    fn known_hosts_are_read_as_openssh_reads_them() {
        let session = ssh2::Session::new().expect("a session");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("known_hosts");
        let other = PUBLIC_KEY.replace("mfnc=", "mfnd=");
        // `ssh-keygen -H` made the hashed one, of `site-a`.
        for (text, host, port, expected) in [
            (format!("site-a {PUBLIC_KEY}\n"), "site-a", 22, Known::Same),
            (
                format!("# x\n\n@cert-authority * {other}\nnonsense\nsite-b,site-a {PUBLIC_KEY} x\n"),
                "site-a",
                22,
                Known::Same,
            ),
            (format!("[site-a]:2222 {PUBLIC_KEY}\n"), "site-a", 2222, Known::Same),
            (format!("[site-a]:2222 {PUBLIC_KEY}\n"), "site-a", 22, Known::Not),
            (format!("site-a {other}\n"), "site-a", 22, Known::Another),
            (format!("site-b {PUBLIC_KEY}\n"), "site-a", 22, Known::Not),
            (
                format!("site-a {PUBLIC_KEY}\n@revoked * {PUBLIC_KEY}\n"),
                "site-a",
                22,
                Known::Another,
            ),
            (String::new(), "site-a", 22, Known::Not),
        ] {
            std::fs::write(&file, &text).expect("written");
            let files = [file.clone(), folder.path().join("none")];
            assert_eq!(
                known(&session, &files, host, port, &blob(PUBLIC_KEY)),
                expected,
                "{text}"
            );
        }
        // A comment that is no UTF-8 hides no line, and what cannot be read is not taken for empty.
        let text = format!("# \u{e9}\nsite-a {other}\n");
        let bytes: Vec<u8> = text
            .chars()
            .map(|character| u8::try_from(character).expect("Latin-1"))
            .collect();
        std::fs::write(&file, bytes).expect("written");
        let seen = |file: &Path| known(&session, &[file.to_owned()], "site-a", 22, &blob(PUBLIC_KEY));
        assert_eq!(seen(&file), Known::Another);
        assert_eq!(seen(folder.path()), Known::Unreadable);
    }
}
