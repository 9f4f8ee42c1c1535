//! A guest, and how commands are run in it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::GuestError;
use super::problem::Problem;
use crate::counted::counted;
use crate::shell::{Command, CommandObserver, CommandRecord, HostKey, Output, Shell, quote};

/// How long a command in a guest may take when nothing else was said. A `sync` with much to write is slow.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// How much of a guest's standard error is kept, in bytes: a guest may write without end.
const ERRORS_KEPT: usize = 64 * 1024;
/// How much a guest may write to its standard output where nothing long is requested, in bytes.
const SHORT_ANSWER: usize = 256 * 1024;
/// How much of a long text is kept as evidence, in bytes.
const EVIDENCE: usize = 64 * 1024;

/// Written before every command: messages in the words that [`Problem`] knows.
const LOCALE: &str = "export LC_ALL=C; ";

/// How the guest's user comes to do what only root may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Privilege {
    /// The user is root.
    Direct,
    /// With `sudo -n`, which never asks for a password.
    Sudo,
}

/// A guest: the operating system in a server.
#[derive(Clone)]
pub struct Guest {
    shell: Shell,
    privilege: Privilege,
    timeout: Duration,
    observer: Option<Arc<dyn CommandObserver>>,
}

impl fmt::Debug for Guest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Guest")
            .field("shell", &self.shell)
            .field("privilege", &self.privilege)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Guest {
    /// The guest whose shell this is. Its commands may take two minutes each.
    #[must_use]
    pub fn new(shell: Shell, privilege: Privilege) -> Guest {
        Guest {
            shell,
            privilege,
            timeout: DEFAULT_TIMEOUT,
            observer: None,
        }
    }

    /// Tells an observer, if there is one, of every command.
    #[must_use]
    pub fn observed_by(mut self, observer: Option<Arc<dyn CommandObserver>>) -> Guest {
        self.observer = observer;
        self
    }

    /// Lets each command take so long.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Guest {
        self.timeout = timeout;
        self
    }

    /// The shell in which its commands run.
    pub(super) fn shell(&self) -> &Shell {
        &self.shell
    }

    /// The same guest over another session.
    pub(super) fn over(&self, shell: Shell) -> Guest {
        Guest { shell, ..self.clone() }
    }

    /// The host key of the guest's SSH server; `None` if the shell is this machine's own.
    #[must_use]
    pub fn host_key(&self) -> Option<HostKey> {
        self.shell.host_key()
    }

    /// The last lines of the kernel's messages, which show what happened to a disk.
    ///
    /// # Errors
    /// The guest cannot be asked, or does not let the user read them.
    pub async fn kernel_messages(&self, lines: u32) -> Result<String, GuestError> {
        let doing = "read the kernel's messages";
        let output = self
            .succeed(
                doing,
                self.command(&format!("dmesg | tail -n {lines}")).only_the_end(EVIDENCE),
            )
            .await?;
        // The exit status of a pipeline is that of `tail`, which does not mind that `dmesg` was refused.
        if output.stdout.is_empty() && !output.stderr.is_empty() {
            return Err(self.refused(doing, &self.command("dmesg"), &output));
        }
        Ok(end_of(&output.stdout))
    }

    /// The guest's mount table, as the kernel has it; of a long one the end.
    ///
    /// # Errors
    /// The guest cannot be asked.
    pub async fn mount_table_text(&self) -> Result<String, GuestError> {
        let doing = "read the mount table";
        let output = self
            .succeed(doing, self.command("cat /proc/mounts").only_the_end(EVIDENCE))
            .await?;
        Ok(end_of(&output.stdout))
    }

    /// A command line, run as root, whose messages are in the words that [`Problem`] knows.
    pub(super) fn command(&self, text: &str) -> Command {
        let text = format!("{LOCALE}{text}");
        let text = match self.privilege {
            Privilege::Direct => text,
            Privilege::Sudo => format!("sudo -n sh -c {}", quote(&text)),
        };
        Command::new(text)
            .timeout(self.timeout)
            .at_most(SHORT_ANSWER)
            .errors_at_most(ERRORS_KEPT)
    }

    /// Runs a command to its end, whatever its exit status.
    pub(super) async fn run(&self, doing: &str, command: Command) -> Result<Output, GuestError> {
        let text = command.text().to_owned();
        let output = self.shell.run(command).await.map_err(|source| GuestError::Unanswered {
            doing: doing.to_owned(),
            source: Box::new(source),
        })?;
        if let Some(observer) = &self.observer {
            observer.ran(&CommandRecord {
                place: "guest",
                command: &bare(&text),
                output: &output,
            });
        }
        Ok(output)
    }

    /// Runs a command that must succeed.
    pub(super) async fn succeed(&self, doing: &str, command: Command) -> Result<Output, GuestError> {
        let output = self.run(doing, command.clone()).await?;
        if output.success() {
            Ok(output)
        } else {
            Err(self.refused(doing, &command, &output))
        }
    }

    /// The error of a command that failed.
    pub(super) fn refused(&self, doing: &str, command: &Command, output: &Output) -> GuestError {
        let stderr = output.stderr_text();
        GuestError::Failed {
            place: self.shell.place(),
            doing: doing.to_owned(),
            problem: Problem::of(output.exit_code, &stderr, &bare(command.text())),
            command: command.text().to_owned(),
            exit_code: output.exit_code,
            stderr: shown(&output.stderr),
        }
    }

    /// The error of a command that succeeded with output that makes no sense.
    pub(super) fn garbage(&self, doing: &str, command: &Command, output: &Output) -> GuestError {
        GuestError::Garbage {
            place: self.shell.place(),
            doing: doing.to_owned(),
            command: command.text().to_owned(),
            output: shown(&output.stdout),
        }
    }

    /// Where the guest is, for errors.
    pub(super) fn place(&self) -> String {
        self.shell.place()
    }
}

/// The end of a long text from a guest.
fn end_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(EVIDENCE)..]).into_owned()
}

/// How much of a text from a guest an error shows, of its beginning and of its end each, in bytes.
const SHOWN: usize = 1000;

/// A text from a guest as errors show it: of a long one the beginning and the end.
pub(crate) fn shown(bytes: &[u8]) -> String {
    if bytes.len() <= 2 * SHOWN {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let left_out = bytes.len() - 2 * SHOWN;
    format!(
        "{}\n… {} left out …\n{}",
        String::from_utf8_lossy(&bytes[..SHOWN]),
        counted(left_out, "byte"),
        String::from_utf8_lossy(&bytes[bytes.len() - SHOWN..])
    )
}

/// A command line as it was before it got its locale and its privilege.
fn bare(text: &str) -> String {
    let inner = match text.strip_prefix("sudo -n sh -c ") {
        Some(quoted) => shlex::split(quoted).and_then(|words| words.into_iter().next()),
        None => None,
    };
    let text = inner.as_deref().unwrap_or(text);
    text.strip_prefix(LOCALE).unwrap_or(text).to_owned()
}
