//! The cinder-volume logs that a run reads, and places in them.

use std::time::Duration;

use super::log_source::{LogPlace, Reading};
use super::rotation::LogFiles;
use crate::failure::Failure;
use crate::shell::{Command, Output, Shell, ShellError, behind};
use crate::targets::{LogSource, MOST_VOLUME_LOGS};

/// How often a log is read again because it was rotated meanwhile.
const TRIES: u32 = 3;
/// How long a rotation may take between two of its steps.
const MOMENT: Duration = Duration::from_millis(200);

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

    async fn run(&self, script: &str, patience: Duration) -> Result<Output, ShellError> {
        let command = Command::new(behind(&self.prefix, script)).timeout(patience);
        self.shell.run(command).await
    }

    /// What was written since a place, or the log's end if none is known; and what was said of it.
    ///
    /// # Errors
    /// The commands did not come to their end.
    pub(crate) async fn print(
        &self,
        since: Option<LogPlace>,
        reading: Reading<'_>,
        patience: Duration,
    ) -> Result<Output, ShellError> {
        let LogSource::Path(path) = &self.source else {
            let script = self.source.script(&LogFiles::default(), since, &reading);
            return self.run(&script, patience).await;
        };
        let mut files = self.files(path, patience).await?;
        let mut tries = 1..=TRIES;
        loop {
            let mut output = self.run(&self.source.script(&files, since, &reading), patience).await?;
            let (text, after) = LogFiles::split(path, &output.stdout_text());
            output.stdout = text.into_bytes();
            // A rotation between the two commands moved what was to be read.
            match after.filter(|after| !after.are_the_same_as(&files)) {
                Some(_) if tries.next().is_some() => files = self.files(path, patience).await?,
                _ => return Ok(output),
            }
        }
    }

    /// The files of a log that is one. A rotation may have renamed it, and not made a new one yet.
    async fn files(&self, path: &str, patience: Duration) -> Result<LogFiles, ShellError> {
        let mut tries = 1..=TRIES;
        loop {
            let listed = self.run(&LogFiles::list(path), patience).await?;
            let files = LogFiles::read(path, &listed.stdout_text());
            if !files.are_being_rotated() || tries.next().is_none() {
                return Ok(files);
            }
            tokio::time::sleep(MOMENT).await;
        }
    }

    /// What [`VolumeLogPlace::print`] finds.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) async fn read(
        &self,
        since: Option<LogPlace>,
        reading: Reading<'_>,
        patience: Duration,
    ) -> Result<String, Failure> {
        let output = self.print(since, reading, patience).await;
        let output = output.map_err(|error| Failure::from(error).during("the cinder-volume log"))?;
        let printed = output.stdout_text();
        let unread = super::log_source::unread(&printed);
        // What is said of a file on the standard error is a failure; others say there what they please.
        let is_file = matches!(self.source, LogSource::Path(_));
        if unread.is_none() && output.success() && (output.stderr.is_empty() || !is_file) {
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
