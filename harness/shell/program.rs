//! Commands in a shell to which a program on this machine leads, such as the user's own `ssh` with what libssh2 cannot do. Each command
//! is a process of its own, and is held to the same mark at its end as any other.

use std::time::Duration;

use tokio::sync::OnceCell;

use super::command::{Command, Output};
use super::error::ShellError;
use super::local::{self, Here};

/// A program, and the words before the command line.
pub(super) struct Program {
    words: String,
    connect_timeout: Duration,
    answered: OnceCell<()>,
}

impl Program {
    pub(super) fn new(words: &str, connect_timeout: Duration) -> Program {
        Program {
            words: words.trim().to_owned(),
            connect_timeout,
            answered: OnceCell::new(),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.words
    }

    /// Requires that it leads to a shell.
    pub(super) async fn open(&self) -> Result<(), ShellError> {
        let open = async || {
            let asked = self.send(Command::new("true").timeout(self.connect_timeout)).await;
            let unreachable = |cause: String| ShellError::NoShell {
                words: self.words.clone(),
                command: None,
                cause,
            };
            match asked {
                Ok(_) => Ok(()),
                Err(ShellError::NoExitStatus { stderr, .. }) => Err(unreachable(match stderr.trim() {
                    "" => "it ended without having run `true`, and said nothing".to_owned(),
                    said => said.to_owned(),
                })),
                Err(ShellError::TimedOut { after, .. }) => Err(unreachable(format!("no shell within {after:?}"))),
                Err(error) => Err(error),
            }
        };
        self.answered.get_or_try_init(open).await.copied()
    }

    /// Runs a command there. It is sent once.
    pub(super) async fn run(&self, command: Command) -> Result<Output, ShellError> {
        self.open().await?;
        match self.send(command).await {
            // A program that did not come through, or was cut off: whether the command ran is not known.
            Err(ShellError::NoExitStatus {
                command,
                stdout,
                stderr,
                ..
            }) if stdout.is_empty() && !stderr.trim().is_empty() => Err(ShellError::NoShell {
                words: self.words.clone(),
                command: Some(command),
                cause: stderr.trim().to_owned(),
            }),
            other => other,
        }
    }

    async fn send(&self, command: Command) -> Result<Output, ShellError> {
        local::run_at(command, Here::Behind(&self.words)).await
    }
}
