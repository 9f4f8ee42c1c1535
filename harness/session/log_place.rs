//! The cinder-volume logs that a run reads, and places in them.

use std::time::Duration;

use super::log_source::LogPlace;
use crate::failure::Failure;
use crate::shell::{Command, Output, Shell, ShellError, quote};
use crate::targets::{LogSource, MOST_VOLUME_LOGS};

/// A cinder-volume log that can be read.
#[derive(Clone)]
pub struct VolumeLogPlace {
    /// What holds it.
    pub source: LogSource,
    /// What stands before every command there.
    pub prefix: String,
    /// A shell on the machine that has it.
    pub shell: Shell,
}

impl VolumeLogPlace {
    /// For people.
    pub(crate) fn words(&self) -> String {
        format!("{} on {}", self.source, self.shell.place())
    }

    /// Runs a command of the log's source.
    ///
    /// # Errors
    /// It did not come to its end.
    pub(crate) async fn run(&self, script: &str, patience: Duration) -> Result<Output, ShellError> {
        let command = match self.prefix.trim() {
            "" => script.to_owned(),
            prefix => format!("{prefix} sh -c {}", quote(script)),
        };
        self.shell.run(Command::new(command).timeout(patience)).await
    }

    /// What a command of the log's source prints.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) async fn read(&self, script: &str, patience: Duration) -> Result<String, Failure> {
        let output = self.run(script, patience).await;
        let output = output.map_err(|error| Failure::from(error).during("the cinder-volume log"))?;
        let printed = output.stdout_text();
        let unread = super::log_source::unread(&printed);
        // `grep` answers 1 when nothing matches, which is a state to wait through and no error. What is said of a file on the
        // standard error is one; others say there what they please.
        let is_file = matches!(self.source, LogSource::Path(_));
        if unread.is_none() && output.exit_code <= 1 && (output.stderr.is_empty() || !is_file) {
            return Ok(printed);
        }
        let failure = Failure::cloud(format!("cannot read the cinder-volume log: {}", self.source))
            .detail("on", self.shell.place())
            .detail("exit code", unread.unwrap_or(output.exit_code));
        let said = output.stderr_text();
        let failure = match said.trim_end() {
            "" => failure,
            said => failure.detail("stderr", said),
        };
        Err(failure.help("check the source, the shell and the prefix in the target's volume-log; `cinder-drill preflight` shows more"))
    }

    /// Where it ends now; none if that cannot be known.
    pub(crate) async fn here(&self, patience: Duration) -> Option<LogPlace> {
        let output = self.run(&self.source.here(), patience).await.ok()?;
        LogPlace::read(&output.stdout_text()).filter(|_| output.success())
    }
}

/// A place in each log: where it ended when a step began. Nothing for one that could not be read.
#[derive(Clone, Copy, Debug)]
pub struct Mark(pub(crate) [Option<LogPlace>; MOST_VOLUME_LOGS]);
