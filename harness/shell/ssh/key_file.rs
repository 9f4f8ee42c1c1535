//! What can be known of a private key without using it.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::bounded_file;

/// A private key.
#[derive(Clone, Debug)]
pub(crate) struct KeyFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text; none of a key that only the agent has.
    pub text: String,
    /// Whether it has a passphrase.
    pub is_locked: bool,
    /// Its public half, as the protocol has it; none where only its passphrase opens that, and no `.pub` is there.
    pub public: Option<Vec<u8>>,
}

/// Why a file is no private key that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// It cannot be read.
    Unreadable(String),
    /// It is the public half.
    Public,
    /// It is something else.
    Other,
    /// It is a key of this type, which libssh2 cannot use: a key of a security token, or an outdated one.
    Type(String),
}

impl KeyFile {
    /// Reads one.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn read(path: &Path) -> Result<KeyFile, NoKey> {
        let bytes = bounded_file::read(path).map_err(|error| NoKey::Unreadable(error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !text.contains("PRIVATE KEY-----") {
            let is_public = ["ssh-", "ecdsa-", "sk-"].iter().any(|start| text.starts_with(start));
            return Err(if is_public { NoKey::Public } else { NoKey::Other });
        }
        let (is_locked, public) = match openssh(&text) {
            Some((cipher, public)) => (cipher != b"none", Some(public)),
            None => (text.contains("ENCRYPTED"), None),
        };
        let public = public.or_else(|| beside(path));
        let key = KeyFile {
            path: path.to_owned(),
            text,
            is_locked,
            public,
        };
        match key.kind() {
            Some(kind) if !key.public.as_deref().is_some_and(is_usable) => Err(NoKey::Type(kind)),
            _ => Ok(key),
        }
    }

    /// The public half of a key that only the agent has, in the file or beside it.
    pub(super) fn public_half(path: &Path) -> Option<KeyFile> {
        let public = public_in(path)
            .or_else(|| beside(path))
            .filter(|public| is_usable(public))?;
        Some(KeyFile {
            path: path.to_owned(),
            text: String::new(),
            is_locked: true,
            public: Some(public),
        })
    }

    /// Its type, such as `ssh-ed25519`.
    pub(crate) fn kind(&self) -> Option<String> {
        let (kind, _) = field(self.public.as_deref()?)?;
        String::from_utf8(kind.to_vec()).ok()
    }
}

impl NoKey {
    /// For people, without the file's name.
    pub(crate) fn words(&self) -> String {
        match self {
            NoKey::Unreadable(cause) => cause.clone(),
            NoKey::Public => "it is a public key".to_owned(),
            NoKey::Other => "it contains no private key".to_owned(),
            NoKey::Type(kind) => format!("it is a key of type {kind}; RSA, ECDSA and Ed25519 can be used"),
        }
    }
}

/// Whether libssh2 can log in with a key of which this is the public half.
pub(super) fn is_usable(public: &[u8]) -> bool {
    match field(public) {
        Some((b"ssh-rsa" | b"ssh-ed25519", _)) => true,
        Some((kind, _)) => kind.starts_with(b"ecdsa-sha2-") && !kind.contains(&b'@'),
        None => false,
    }
}

/// The cipher and the public half in OpenSSH's own form (its PROTOCOL.key).
fn openssh(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (_, body) = text.split_once("-----BEGIN OPENSSH PRIVATE KEY-----")?;
    let body = body.split("-----").next()?;
    let body: String = body.split_whitespace().collect();
    // A key that is cut still says what it is.
    let whole = &body[..body.len() / 4 * 4];
    let bytes = STANDARD.decode(whole).ok()?;
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let (cipher, rest) = field(rest)?;
    let public = || {
        let (_, rest) = field(rest)?;
        let (_, rest) = field(rest)?;
        let (public, _) = field(rest.get(4..)?)?;
        Some(public.to_vec())
    };
    Some((cipher.to_vec(), public().unwrap_or_default()))
}

/// A text of the protocol: its length, and itself; and what follows.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some((rest.get(..length)?, rest.get(length..)?))
}

/// The public half in the file beside it.
fn beside(path: &Path) -> Option<Vec<u8>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    public_in(Path::new(&name))
}

/// The public key in a file.
fn public_in(path: &Path) -> Option<Vec<u8>> {
    let bytes = bounded_file::read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    STANDARD.decode(text.split_whitespace().nth(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that `ssh-keygen` makes on this machine.
    fn made(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
        let path = folder.join(name);
        let done = std::process::Command::new("ssh-keygen")
            .args(["-q", "-f"])
            .arg(&path)
            .args(arguments)
            .status();
        assert!(done.expect("ssh-keygen").success(), "{arguments:?}");
        path
    }

    #[test]
    fn keys_say_what_they_are_without_their_passphrase() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, kind, arguments, is_locked) in [
            ("a", "ssh-ed25519", &["-t", "ed25519", "-N", ""][..], false),
            ("b", "ssh-ed25519", &["-t", "ed25519", "-N", "secret"], true),
            ("c", "ssh-rsa", &["-t", "rsa", "-b", "2048", "-N", ""], false),
            (
                "d",
                "ssh-rsa",
                &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret"],
                true,
            ),
            (
                "e",
                "ssh-rsa",
                &["-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "secret"],
                true,
            ),
            (
                "f",
                "ecdsa-sha2-nistp384",
                &["-t", "ecdsa", "-b", "384", "-N", "secret"],
                true,
            ),
        ] {
            let key = KeyFile::read(&made(folder.path(), name, arguments)).expect("a key");
            assert_eq!(
                (key.kind().as_deref(), key.is_locked),
                (Some(kind), is_locked),
                "{arguments:?}"
            );
            assert_eq!(key.public, beside(&key.path), "{arguments:?}");
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        let read = |text: &str| {
            std::fs::write(&file, text).expect("written");
            KeyFile::read(&file).map(|key| key.is_locked)
        };
        assert_eq!(read("ssh-ed25519 AAAA me"), Err(NoKey::Public));
        assert_eq!(read("hello"), Err(NoKey::Other));
        assert!(matches!(
            KeyFile::read(&folder.path().join("none")),
            Err(NoKey::Unreadable(_))
        ));
        assert!(matches!(KeyFile::read(folder.path()), Err(NoKey::Unreadable(_))));
        let token = STANDARD.encode(
            [
                b"openssh-key-v1\0".as_slice(),
                b"\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01",
                b"\0\0\0\x1e\0\0\0\x1ask-ssh-ed25519@openssh.com",
            ]
            .concat(),
        );
        let token = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{token}\n-----END OPENSSH PRIVATE KEY-----\n");
        assert_eq!(read(&token), Err(NoKey::Type("sk-ssh-ed25519@openssh.com".to_owned())));
        // What is cut or nonsense is for libssh2 to judge.
        for odd in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
            "-----BEGIN OPENSSH PRIVATE KEY-----\n!!!\n",
        ] {
            assert_eq!(read(odd), Ok(false), "{odd}");
        }
    }
}
