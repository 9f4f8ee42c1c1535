//! Setting up the mirroring of a site's pools. Whoever asks for it shows the command line before it runs.

use secrecy::{ExposeSecret, SecretString};

use super::error::SiteError;
use super::handle::Site;
use crate::shell::Command;

/// What an error shows in place of what a command printed that prints secrets.
const HIDDEN: &str = "(not shown: it may hold a secret)";

impl Site {
    /// The same site, asked with other options behind `rbd` and `ceph`.
    #[must_use]
    pub fn with_arguments(&self, arguments: &str) -> Site {
        let mut site = self.clone();
        site.set_arguments(arguments);
        site
    }

    /// Runs a command line, once, and answers with what it printed.
    ///
    /// # Errors
    /// The site cannot be asked, or the command failed.
    pub async fn perform(&self, doing: &str, line: &str) -> Result<String, SiteError> {
        let command = self.command(line);
        let output = self.run(doing, command.clone()).await?;
        if output.success() {
            Ok(output.stdout_text())
        } else {
            Err(self.refused(doing, &command, output.exit_code, &output.stderr_text()))
        }
    }

    /// Runs a command line, once, that prints a secret as its last line, as `rbd mirror pool peer bootstrap create` does.
    /// What it printed is in no error.
    ///
    /// # Errors
    /// As [`Site::perform`]; or there is no last line: Ceph prints an empty token and succeeds when the user that it makes
    /// tokens with has other capabilities than it expects.
    pub async fn perform_for_secret(&self, doing: &str, line: &str) -> Result<SecretString, SiteError> {
        let command = self.command(line);
        let mut output = self.run(doing, command.clone()).await?;
        if !output.success() {
            return Err(self.refused(doing, &command, output.exit_code, &output.stderr_text()));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let Some(secret) = last.map(|line| SecretString::from(line.to_owned())) else {
            output.stdout = HIDDEN.as_bytes().to_vec();
            let cause = "it printed no secret, although it succeeded";
            return Err(self.garbage(doing, &command, &output, cause));
        };
        Ok(secret)
    }

    /// Runs a command line, once, with a secret on its standard input, where neither a process list nor a disk shows it.
    ///
    /// # Errors
    /// As [`Site::perform`].
    pub async fn perform_with_secret(&self, doing: &str, line: &str, secret: &SecretString) -> Result<(), SiteError> {
        let command: Command = self.command(line).stdin(format!("{}\n", secret.expose_secret()));
        let output = self.run(doing, command.clone()).await?;
        if output.success() {
            Ok(())
        } else {
            // Ceph logs a token at debug level only; what it says of a failure is not trusted with it all the same.
            let stderr = output.stderr_text().replace(secret.expose_secret(), HIDDEN);
            Err(self.refused(doing, &command, output.exit_code, &stderr))
        }
    }
}
