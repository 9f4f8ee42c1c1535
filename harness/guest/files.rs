//! Files in a guest.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::error::GuestError;
use super::handle::{Guest, shown};
use super::noise::noise;
use super::problem::Problem;
use crate::counted::counted;
use crate::shell::quote;

/// How much longer than expected a content may be, in bytes: enough to show what is wrong with it.
const SLACK: usize = 64 * 1024;

impl Guest {
    /// Writes a file, syncs it to the guest's disk, and reads it back. A relative path starts in the user's home.
    ///
    /// # Errors
    /// The guest cannot be asked, cannot write (its disk is full, lost or read-only, the directory is missing), or holds
    /// another content afterwards ([`GuestError::WrittenOtherwise`]).
    pub async fn write_file(&self, path: &str, content: &[u8]) -> Result<(), GuestError> {
        self.write_synced(path, content).await?;
        self.read_back(path, content).await?;
        let expected = hexadecimal(&Sha256::digest(content));
        let seen = self.sha256(path).await?;
        if seen == expected {
            return Ok(());
        }
        Err(GuestError::Contradiction {
            place: self.place(),
            path: path.to_owned(),
            read: format!("{}, as written, with sha256 {expected}", counted(content.len(), "byte")),
            digest: seen,
        })
    }

    /// Reads back what was written just before: a guest that says that it has written, and has not, is no fault of any
    /// storage or replication.
    ///
    /// # Errors
    /// The guest cannot be asked, or holds something else ([`GuestError::WrittenOtherwise`]).
    pub async fn read_back(&self, path: &str, content: &[u8]) -> Result<(), GuestError> {
        let seen = match self.read_file(path, content.len()).await {
            Ok(seen) if seen == content => return Ok(()),
            Ok(seen) if self.is_noise(path, content).await? => return Err(self.noise(path, content, &seen)),
            Ok(seen) => differs(content, &seen),
            Err(error) if error.problem() == Some(Problem::NoSuchFile) => "there is no such file".to_owned(),
            Err(error) => return Err(error),
        };
        Err(GuestError::WrittenOtherwise {
            place: self.place(),
            path: path.to_owned(),
            bytes: content.len(),
            seen,
        })
    }

    /// Whether the guest's own digest of a file is that of what was written, or no digest at all: then what else was read
    /// does not come from the file.
    async fn is_noise(&self, path: &str, content: &[u8]) -> Result<bool, GuestError> {
        match self.sha256(path).await {
            Ok(digest) => Ok(digest == hexadecimal(&Sha256::digest(content))),
            Err(GuestError::Garbage { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The error of a file that was read otherwise than its digest says.
    pub(crate) fn noise(&self, path: &str, content: &[u8], seen: &[u8]) -> GuestError {
        let (place, path) = (self.place(), path.to_owned());
        match noise(content, seen) {
            Some(how) => GuestError::Noise {
                place,
                path,
                how,
                seen: shown(seen),
            },
            None => GuestError::Contradiction {
                place,
                path,
                read: differs(content, seen),
                digest: format!(
                    "{}, the digest of what was written",
                    hexadecimal(&Sha256::digest(content))
                ),
            },
        }
    }

    /// Reads a file that should be so many bytes long. Much more than that is an error, so a guest which writes without end
    /// ends the command.
    ///
    /// # Errors
    /// The guest cannot be asked, or cannot read it: it is missing, or its disk is lost.
    pub async fn read_file(&self, path: &str, bytes: usize) -> Result<Vec<u8>, GuestError> {
        let command = self
            .command(&format!("cat {}", word(path)))
            .at_most(bytes.saturating_add(SLACK));
        let output = self.succeed(&format!("read {path}"), command).await?;
        Ok(output.stdout)
    }

    /// Reads a file from its disk, past what the kernel has in memory (`O_DIRECT`). `None` if the guest's `dd` or file
    /// system cannot.
    ///
    /// # Errors
    /// The guest cannot be asked, the file is missing, or its disk is lost.
    pub async fn read_directly(&self, path: &str, bytes: usize) -> Result<Option<Vec<u8>>, GuestError> {
        let doing = format!("read {path} past its caches");
        // Whole blocks, as `O_DIRECT` asks for; the last read may be shorter.
        let command = self
            .command(&format!("dd if={} iflag=direct bs=65536", word(path)))
            .at_most(bytes.saturating_add(SLACK));
        let output = self.run(&doing, command.clone()).await?;
        if output.success() {
            return Ok(Some(output.stdout));
        }
        match self.refused(&doing, &command, &output) {
            error @ GuestError::Failed {
                problem: Problem::NoSuchFile | Problem::DiskLost,
                ..
            } => Err(error),
            _ => Ok(None),
        }
    }

    /// Whether there is a file, asked without a message that could be in another language.
    ///
    /// # Errors
    /// The guest cannot be asked.
    pub async fn has_file(&self, path: &str) -> Result<bool, GuestError> {
        let doing = format!("look for {path}");
        let command = self.command(&format!("test -e {}", word(path)));
        let output = self.run(&doing, command.clone()).await?;
        match output.exit_code {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(self.refused(&doing, &command, &output)),
        }
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

    /// The SHA-256 of what a command prints, as the guest computes it.
    pub(super) async fn digest_of(&self, doing: &str, text: &str) -> Result<String, GuestError> {
        let command = self.command(&format!("{text} | sha256sum"));
        let output = self.succeed(doing, command.clone()).await?;
        digest(&output.stdout).ok_or_else(|| self.garbage(doing, &command, &output))
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

/// How what was read back differs from what was written, in words.
fn differs(written: &[u8], seen: &[u8]) -> String {
    let same = written.iter().zip(seen).take_while(|(one, other)| one == other).count();
    match (same, seen.len()) {
        (_, 0) => "an empty file".to_owned(),
        (same, length) if same == length => format!("only the first {}", counted(length, "byte")),
        (same, length) if same == written.len() => format!("the same, and {} after it", counted(length - same, "byte")),
        (same, length) => format!("{}, of which the first {same} are the same", counted(length, "byte")),
    }
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub(super) fn sha256_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
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
