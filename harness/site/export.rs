//! The bytes of an image, read at the site.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::SiteError;
use super::handle::Site;
use crate::shell::{Command, Output, quote};

/// What the shell writes to standard error behind what fills a pipe, with its exit status.
const MARK: &str = "cinder-drill-export-ended-with";

/// How much of an image is read in a second at least. The lab reads 365 to 680 MiB, over a slow way to the site 330.
const SLOWEST: u64 = 64 << 20;

/// Refuses what `grep -F` would take for something else.
pub(super) fn findable(token: &str) -> Result<(), String> {
    match token.is_empty() || token.starts_with('-') || token.contains(['\n', '\0']) {
        true => Err(format!("{token:?} cannot be looked for with grep -F")),
        false => Ok(()),
    }
}

/// What came of a pipe.
pub(super) struct Piped {
    command: Command,
    output: Output,
    /// The exit status of what filled it; 127 if what read it is not there.
    pub(super) exit_code: i32,
    /// What both wrote to standard error.
    pub(super) said: String,
}

impl Piped {
    /// The output of what read the pipe, if all went into it that was to.
    #[expect(clippy::result_large_err, reason = "the error of all that a site is asked")]
    pub(super) fn whole(self, site: &Site, doing: &str) -> Result<(Command, Output), SiteError> {
        match self.exit_code {
            0 => Ok((self.command, self.output)),
            exit_code => Err(site.refused(doing, &self.command, exit_code, &self.said)),
        }
    }
}

impl Site {
    /// Whether a text stands anywhere in an image. The image is read whole, at the site.
    ///
    /// # Errors
    /// The site cannot be asked, has no such image, or the image could not be read to its end; or the text is empty or
    /// begins with a dash or has a newline or a NUL character in it, with which `grep` would look for something else.
    pub async fn contains(&self, image: &str, token: &str) -> Result<bool, SiteError> {
        let doing = format!("look for a marker in image {}", self.image(image));
        findable(token).map_err(|cause| SiteError::Unsupported {
            site: self.name().to_owned(),
            doing: doing.clone(),
            cause,
        })?;
        let exported = self.export(&doing, image, &count_of(token)).await?;
        self.count(&doing, exported)
    }

    /// Whether a pipe into [`count_of`] found anything.
    #[expect(clippy::result_large_err, reason = "the error of all that a site is asked")]
    pub(super) fn count(&self, doing: &str, (command, output): (Command, Output)) -> Result<bool, SiteError> {
        let count = output.stdout_text().trim().parse::<u64>();
        match (count, output.exit_code) {
            (Ok(0), 1) => Ok(false),
            (Ok(1..), 0) => Ok(true),
            (_, exit_code) => {
                let cause = format!("grep should print a count, and ended with exit status {exit_code}");
                Err(self.garbage(doing, &command, &output, &cause))
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

    /// Exports an image into a filter, and makes sure that the whole image went into it. It may take longer the larger the image is.
    async fn export(&self, doing: &str, image: &str, filter: &str) -> Result<(Command, Output), SiteError> {
        let size = self.image_info(image).await?.size;
        let export = self.rbd(&format!("export --no-progress {} -", self.word(image)));
        let longer = Duration::from_secs(size / SLOWEST);
        self.piped(doing, &export, filter, longer).await?.whole(self, doing)
    }

    /// Runs a command into a filter.
    ///
    /// The exit status of a pipeline is that of its last command, so one which failed would pass for one without
    /// the marker, and `pipefail` is bash's and not POSIX's. So the shell writes the command's exit status to standard error,
    /// which is not part of the pipe.
    pub(super) async fn piped(
        &self,
        doing: &str,
        source: &str,
        filter: &str,
        longer: Duration,
    ) -> Result<Piped, SiteError> {
        let text = format!("{{ {source}; printf '\\n%s %d\\n' {MARK} $? >&2; }} | {filter}");
        let command = self.longer_command(&text, longer);
        let output = self.run(doing, command.clone()).await?;
        let stderr = output.stderr_text();
        let status = stderr
            .lines()
            .find_map(|line| line.strip_prefix(MARK)?.trim().parse::<i32>().ok());
        let said: Vec<&str> = stderr
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(MARK))
            .collect();
        let said = said.join("\n");
        let exit_code = match status {
            // A filter that is not there breaks the pipe under the command: it is the cause and not the consequence.
            _ if output.exit_code == 127 => 127,
            Some(exit_code) => exit_code,
            None => {
                return Err(self.garbage(
                    doing,
                    &command,
                    &output,
                    "the exit status of what fills the pipe never came",
                ));
            }
        };
        Ok(Piped {
            command,
            output,
            exit_code,
            said,
        })
    }
}

/// The filter that counts the lines with a text. With `-z` a "line" ends with a NUL, of which an image is full, so no line is as long
/// as the image.
pub(super) fn count_of(token: &str) -> String {
    format!("grep -zcF {}", quote(token))
}
