//! The bytes of an image, read at the site.

use std::collections::BTreeSet;

use super::error::SiteError;
use super::handle::Site;
use crate::shell::{Command, Output, quote};

/// What the shell writes to standard error behind an export, with its exit status.
const MARK: &str = "cinder-drill-export-ended-with";

impl Site {
    /// Whether a text stands anywhere in an image. The image is read whole, at the site.
    ///
    /// # Errors
    /// The site cannot be asked, has no such image, or the image could not be read to its end; or the text is empty or
    /// begins with a dash or has a newline or a NUL character in it, with which `grep` would look for something else.
    pub async fn contains(&self, image: &str, token: &str) -> Result<bool, SiteError> {
        let doing = format!("look for a marker in image {}", self.image(image));
        if token.is_empty() || token.starts_with('-') || token.contains(['\n', '\0']) {
            let cause = format!("{token:?} cannot be looked for with grep -F");
            return Err(SiteError::Unsupported {
                site: self.name().to_owned(),
                doing,
                cause,
            });
        }
        // With `-z` a "line" ends with a NUL, of which an image is full, so no line is as long as the image.
        let (command, output) = self
            .export(&doing, image, &format!("grep -zcF {}", quote(token)))
            .await?;
        let count = output.stdout_text().trim().parse::<u64>();
        match (count, output.exit_code) {
            (Ok(0), 1) => Ok(false),
            (Ok(1..), 0) => Ok(true),
            (_, exit_code) => {
                let cause = format!("grep should print a count, and ended with exit status {exit_code}");
                Err(self.garbage(&doing, &command, &output, &cause))
            }
        }
    }

    /// All that an extended regular expression matches in an image, each once. The image is read whole, at the site, and
    /// once, whatever the pattern looks for.
    ///
    /// # Errors
    /// As [`Site::contains`]; or the pattern is empty or has a newline or a NUL character in it.
    pub async fn find_in_image(&self, image: &str, pattern: &str) -> Result<BTreeSet<String>, SiteError> {
        let doing = format!("search image {} for what was written", self.image(image));
        if pattern.is_empty() || pattern.contains(['\n', '\0']) {
            let cause = format!("{pattern:?} cannot be looked for with grep -E");
            return Err(SiteError::Unsupported {
                site: self.name().to_owned(),
                doing,
                cause,
            });
        }
        // In the C locale every byte is a character, and `grep` is many times as fast.
        let filter = format!("LC_ALL=C grep -zaoE -e {}", quote(pattern));
        let (command, output) = self.export(&doing, image, &filter).await?;
        let matches = output.stdout.split(|byte| matches!(byte, 0 | b'\n'));
        let matches = matches.filter(|found| !found.is_empty());
        let found: BTreeSet<String> = matches
            .map(|found| String::from_utf8_lossy(found).into_owned())
            .collect();
        match (output.exit_code, found.is_empty()) {
            (0, false) | (1, true) => Ok(found),
            (exit_code, _) => {
                let cause = format!("grep should print what it finds, and ended with exit status {exit_code}");
                Err(self.garbage(&doing, &command, &output, &cause))
            }
        }
    }

    /// The SHA-256 of an image's content in lower-case hexadecimal. The image is read whole, at the site.
    ///
    /// # Errors
    /// The site cannot be asked, has no such image, or the image could not be read to its end.
    pub async fn image_digest(&self, image: &str) -> Result<String, SiteError> {
        let doing = format!("compute the digest of image {}", self.image(image));
        let (command, output) = self.export(&doing, image, "sha256sum").await?;
        let text = output.stdout_text();
        match text.split_whitespace().next() {
            Some(digest)
                if output.success() && digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                Ok(digest.to_ascii_lowercase())
            }
            _ => {
                let cause = format!(
                    "sha256sum should print a digest, and ended with exit status {}",
                    output.exit_code
                );
                Err(self.garbage(&doing, &command, &output, &cause))
            }
        }
    }

    /// Exports an image into a filter, and makes sure that the whole image went into it.
    ///
    /// The exit status of a pipeline is that of its last command, so an export which failed would pass for an image without
    /// the marker, and `pipefail` is bash's and not POSIX's. So the shell writes the export's exit status to standard error,
    /// which is not part of the pipe.
    async fn export(&self, doing: &str, image: &str, filter: &str) -> Result<(Command, Output), SiteError> {
        let export = self.rbd(&format!("export --no-progress {} -", self.word(image)));
        let command = self.command(&format!(
            "{{ {export}; printf '\\n%s %d\\n' {MARK} $? >&2; }} | {filter}"
        ));
        let output = self.run(doing, command.clone()).await?;
        let stderr = output.stderr_text();
        let status = stderr
            .lines()
            .find_map(|line| line.strip_prefix(MARK)?.trim().parse::<i32>().ok());
        let said: String = stderr
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(MARK))
            .collect::<Vec<_>>()
            .join("\n");
        match status {
            // A filter that is not there breaks the pipe under the export: it is the cause and not the consequence.
            _ if output.exit_code == 127 => Err(self.refused(doing, &command, 127, &said)),
            Some(0) => Ok((command, output)),
            Some(exit_code) => Err(self.refused(doing, &command, exit_code, &said)),
            None => Err(self.garbage(doing, &command, &output, "the export's exit status never came")),
        }
    }
}
