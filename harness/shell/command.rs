//! A command for a shell, and what came of it.

use std::fmt;
use std::time::Duration;

use super::error::ShellError;
use super::stream::Bound;

/// How long a command may take when nothing else was said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// How much a command may write to one of its outputs, whatever is kept of it, in bytes.
pub(super) const OUTPUT_LIMIT: usize = 64 * 1024 * 1024;

/// A command line for a POSIX shell.
#[derive(Clone)]
pub struct Command {
    text: String,
    stdin: Vec<u8>,
    timeout: Duration,
    stdout: Bound,
    stderr: Bound,
}

impl Command {
    /// A command line with nothing on its standard input and a timeout of one minute.
    pub fn new(text: impl Into<String>) -> Command {
        Command {
            text: text.into(),
            stdin: Vec::new(),
            timeout: DEFAULT_TIMEOUT,
            stdout: Bound::All { most: OUTPUT_LIMIT },
            stderr: Bound::All { most: OUTPUT_LIMIT },
        }
    }

    /// Gives the command these bytes on its standard input, and then its end.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Command {
        self.stdin = bytes.into();
        self
    }

    /// Lets the command take so long, from being sent to its exit status.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Command {
        self.timeout = timeout;
        self
    }

    /// Lets the command write so many bytes to its standard output; more is [`ShellError::TooMuchOutput`].
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Command {
        self.stdout = Bound::All { most: bytes };
        self
    }

    /// Keeps only the end of the standard output: at least so many bytes of it, and at most twice as many.
    #[must_use]
    pub fn only_the_end(mut self, bytes: usize) -> Command {
        self.stdout = Bound::Last { kept: bytes };
        self
    }

    /// Keeps only so many bytes of the beginning of the standard error.
    #[must_use]
    pub fn errors_at_most(mut self, bytes: usize) -> Command {
        self.stderr = Bound::First { kept: bytes };
        self
    }

    /// What is kept of the standard output and of the standard error.
    pub(super) fn bounds(&self) -> (Bound, Bound) {
        (self.stdout, self.stderr)
    }

    /// Puts other words before the command line, for example `cephadm shell --`; an empty prefix changes nothing. As in
    /// any shell, they are before the first command of a pipeline only.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Command {
        let prefix = prefix.trim();
        if !prefix.is_empty() {
            self.text = format!("{prefix} {}", self.text);
        }
        self
    }

    /// The command line, with its prefix.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How long the command may take.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.timeout
    }

    /// What the command gets on its standard input.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        &self.stdin
    }
}

impl fmt::Debug for Command {
    /// Without what is on the standard input, which may be a secret or long.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Command {
            text, stdin, timeout, ..
        } = self;
        let stdin = format_args!("{} bytes", stdin.len());
        formatter
            .debug_struct("Command")
            .field("text", text)
            .field("stdin", &stdin)
            .field("timeout", timeout)
            .finish()
    }
}

/// A command that ran to its end, for who looks at what commands print. The output may hold secrets: it is not to be kept
/// or shown as it is, and this has no `Debug`.
pub struct CommandRecord<'a> {
    /// What kind of machine it ran on: `site` or `guest`.
    pub place: &'a str,
    /// The command line, without what only says where and as whom it is to be run.
    pub command: &'a str,
    /// What came of it.
    pub output: &'a Output,
}

/// Observes every command that ran to its end. It is called from the task that ran it and must not block.
pub trait CommandObserver: Send + Sync {
    /// A command has ended.
    fn ran(&self, record: &CommandRecord<'_>);
}

/// What came of a command that ran to its end, whether it succeeded or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
    /// The exit status, as the shell that ran it reported in `$?`: 0 to 255.
    pub exit_code: i32,
    /// The time from sending the command until its exit status was there.
    pub duration: Duration,
    /// Where it ran, for example `root@192.0.2.11:22`.
    pub place: String,
}

impl Output {
    /// Whether the exit status is 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.exit_code == 0
    }

    /// This output if the exit status is 0.
    ///
    /// # Errors
    /// [`ShellError::CommandFailed`] if it is not.
    pub fn check(self, command: &Command) -> Result<Output, ShellError> {
        if self.success() {
            return Ok(self);
        }
        Err(ShellError::CommandFailed {
            place: self.place.clone(),
            command: command.text().to_owned(),
            exit_code: self.exit_code,
            stderr: self.stderr_text(),
        })
    }

    /// The standard output as text; bytes that are not UTF-8 become `U+FFFD`.
    #[must_use]
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The standard error as text; bytes that are not UTF-8 become `U+FFFD`.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}
