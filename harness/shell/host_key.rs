//! The key by which an SSH server is known again.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// The key by which an SSH server is known again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostKey {
    /// The key's type as SSH names it, for example `ecdsa-sha2-nistp256`.
    pub key_type: String,
    /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and the unpadded base64 of the public key's SHA-256.
    pub fingerprint: String,
}

impl HostKey {
    /// Reads a public key as SSH sends it: its type stands at its beginning with its length before it (RFC 4253,
    /// section 6.6).
    pub(super) fn of_blob(blob: &[u8]) -> HostKey {
        let name = blob.split_first_chunk::<4>().and_then(|(length, rest)| {
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            str::from_utf8(rest.get(..length)?).ok()
        });
        HostKey {
            key_type: name.unwrap_or("unknown").to_owned(),
            fingerprint: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob))),
        }
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.key_type, self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_what_ssh_keygen_prints() {
        // `ssh-keygen -lf` prints this fingerprint for this public key.
        let blob = base64::engine::general_purpose::STANDARD.decode(PUBLIC_KEY).unwrap();
        assert_eq!(HostKey::of_blob(&blob).to_string(), FINGERPRINT);
    }

    #[test]
    fn a_broken_blob_has_no_type() {
        for blob in [&b""[..], b"\0\0", b"\0\0\0\x09short", b"\xff\xff\xff\xffssh"] {
            assert_eq!(HostKey::of_blob(blob).key_type, "unknown");
        }
    }

    const PUBLIC_KEY: &str = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBF1cwIGOQ2B+FZOE9F/o7U1KSYuEP0ZonvYCES6a78mJCjkWzhPN7FDaf/cBUHvj7jLsdxE9q2w9yfxrMLLmfnc=";
    const FINGERPRINT: &str = "ecdsa-sha2-nistp256 SHA256:0nYvYDlzdsMePRRTQVQbMMbuhc/UpZPQnOtSeD2usZQ";
}
