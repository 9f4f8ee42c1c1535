//! Files in a guest.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::error::GuestError;
use super::handle::Guest;
use crate::shell::quote;

impl Guest {
    /// Writes a file, syncs it to the guest's disk, and has the guest compute its digest. A relative path starts in the
    /// user's home.
    ///
    /// # Errors
    /// The guest cannot be asked, cannot write (its disk is full, lost or read-only, the directory is missing), or holds
    /// another content afterwards.
    pub async fn write_file(&self, path: &str, content: &[u8]) -> Result<(), GuestError> {
        let doing = format!("write {path}");
        let file = word(path);
        // `sync` with the file tells of a lost disk (fsync); without, it cannot fail, and writes the directory too.
        let command = self
            .command(&format!("cat > {file} && sync {file} && sync"))
            .stdin(content);
        self.succeed(&doing, command).await?;
        let expected = hexadecimal(&Sha256::digest(content));
        let seen = self.sha256(path).await?;
        if seen == expected {
            return Ok(());
        }
        Err(GuestError::WrittenOtherwise {
            place: self.place(),
            path: path.to_owned(),
            expected,
            seen,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The guest cannot be asked, or cannot read it: it is missing, or its disk is lost.
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>, GuestError> {
        let output = self
            .succeed(&format!("read {path}"), self.command(&format!("cat {}", word(path))))
            .await?;
        Ok(output.stdout)
    }

    /// The SHA-256 of a file in lower-case hexadecimal, as the guest computes it.
    ///
    /// # Errors
    /// As [`Guest::read_file`]; or the guest's `sha256sum` prints no digest.
    pub async fn sha256(&self, path: &str) -> Result<String, GuestError> {
        let doing = format!("compute the digest of {path}");
        let command = self.command(&format!("sha256sum {}", word(path)));
        let output = self.succeed(&doing, command.clone()).await?;
        digest(&output.stdout).ok_or_else(|| self.garbage(&doing, &command, &output))
    }

    /// Writes everything that the guest has in its caches to its disks. A lost disk goes unnoticed: sync(2) returns nothing.
    ///
    /// # Errors
    /// The guest cannot be asked.
    pub async fn sync(&self) -> Result<(), GuestError> {
        self.succeed("sync", self.command("sync")).await.map(drop)
    }
}

/// A path as a word of a command line, which is never taken for an option.
pub(super) fn word(path: &str) -> Cow<'_, str> {
    if path.starts_with('-') {
        Cow::Owned(quote(&format!("./{path}")).into_owned())
    } else {
        quote(path)
    }
}

/// The digest at the beginning of what `sha256sum` printed. GNU's puts a backslash before it when the path has special
/// characters.
fn digest(stdout: &[u8]) -> Option<String> {
    let text = stdout.strip_prefix(b"\\").unwrap_or(stdout);
    let (digest, rest) = text.split_at_checked(64)?;
    let digest = str::from_utf8(digest).ok()?;
    let whole = digest.bytes().all(|byte| byte.is_ascii_hexdigit()) && rest.first().is_none_or(u8::is_ascii_whitespace);
    whole.then(|| digest.to_ascii_lowercase())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sha256sum_prints() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for printed in [
            format!("{hash}  f\n"),
            format!("\\{hash}  a\\nb\n"),
            format!("{hash}  -\n"),
            hash.to_uppercase(),
        ] {
            assert_eq!(digest(printed.as_bytes()).as_deref(), Some(hash), "{printed}");
        }
        for garbage in ["", "e3b0", &format!("{hash}0  f"), &hash.replace('e', "g")] {
            assert_eq!(digest(garbage.as_bytes()), None, "{garbage}");
        }
    }

    #[test]
    fn a_path_is_never_an_option() {
        assert_eq!(word("failover-dr"), "failover-dr");
        assert_eq!(word("-rf"), "./-rf");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word(""), "''");
    }
}
