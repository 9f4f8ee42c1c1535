//! A shell in which commands run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::command::{Command, Output};
use super::error::ShellError;
use super::host_key::HostKey;
use super::local;
use super::program::Program;
use super::ssh::{LateShell, SshEntry, SshOptions, SshShell};

/// A POSIX shell in which commands run, one at a time. Clones share the connection.
///
/// Every command is sent at most once. A session that ended is opened anew for the next command, under the host key that
/// was seen first.
#[derive(Clone)]
pub struct Shell(Kind);

#[derive(Clone)]
enum Kind {
    Local,
    Ssh(Arc<LateShell>),
    Program(Arc<Program>),
}

impl Shell {
    /// Opens a session over SSH.
    ///
    /// # Errors
    /// The address cannot be reached, what answers is not the expected SSH server, the key cannot be used, or the server
    /// does not let the user in.
    pub async fn connect_ssh(options: SshOptions) -> Result<Shell, ShellError> {
        let shell = Shell::ssh_when_needed(options);
        shell.open().await?;
        Ok(shell)
    }

    /// A machine's shell whose first session is opened with the first command: the machine may be dead now.
    #[must_use]
    pub fn ssh_when_needed(options: SshOptions) -> Shell {
        Shell(Kind::Ssh(Arc::new(LateShell::new(options))))
    }

    /// The shell of a machine with an entry in `~/.ssh/config`, opened with the first command.
    #[must_use]
    pub fn of_entry(entry: SshEntry) -> Shell {
        Shell(Kind::Ssh(Arc::new(LateShell::of_entry(entry))))
    }

    /// The shell to which a program on this machine leads, such as the user's own `ssh`: it takes a command line as its last
    /// argument.
    #[must_use]
    pub fn by_program(words: &str, connect_timeout: Duration) -> Shell {
        Shell(Kind::Program(Arc::new(Program::new(words, connect_timeout))))
    }

    /// Opens the first session, if that has not happened.
    ///
    /// # Errors
    /// As [`Shell::connect_ssh`].
    pub async fn open(&self) -> Result<(), ShellError> {
        match &self.0 {
            Kind::Local => Ok(()),
            Kind::Ssh(shell) => shell.open().await.map(drop),
            Kind::Program(program) => program.open().await,
        }
    }

    /// Another session with the same machine, under the same host key: what runs there keeps nobody waiting here.
    ///
    /// # Errors
    /// As [`Shell::connect_ssh`].
    pub async fn apart(&self) -> Result<Shell, ShellError> {
        match &self.0 {
            Kind::Local | Kind::Program(_) => Ok(self.clone()),
            Kind::Ssh(shell) => Shell::connect_ssh(shell.apart().await?).await,
        }
    }

    /// The shell `/bin/sh` of this machine.
    #[must_use]
    pub fn local() -> Shell {
        Shell(Kind::Local)
    }

    /// Runs a command to its end. That it ended with another exit status than 0 is no error here: see [`Output::check`].
    ///
    /// When the returned future is dropped, the command's session is ended, so the command is not waited for.
    ///
    /// # Errors
    /// The command could not be started, did not end in time, wrote more than 64 MiB, or its exit status is not known.
    pub async fn run(&self, command: Command) -> Result<Output, ShellError> {
        if command.text().contains('\0') {
            return Err(ShellError::NotStarted {
                place: self.place(),
                command: command.text().replace('\0', "\u{2400}"),
                cause: "it contains a NUL character, which no shell can be given".to_owned(),
            });
        }
        match &self.0 {
            Kind::Local => {
                #[cfg(test)]
                if let Some(output) = super::in_process::run(&command) {
                    return Ok(output);
                }
                local::run(command).await
            }
            Kind::Ssh(shell) => shell.open().await?.run(command).await,
            Kind::Program(program) => program.run(command).await,
        }
    }

    /// Whether a secret may be sent to it: it is this machine, or its host key is known. Whom a program reaches is not known here.
    #[must_use]
    pub fn may_have_secrets(&self) -> bool {
        match &self.0 {
            Kind::Local => true,
            Kind::Program(_) => false,
            Kind::Ssh(shell) => shell.opened().is_some_and(SshShell::is_vouched_for),
        }
    }

    /// The key that the SSH server showed; `None` for this machine's own shell, and before the first session is open.
    #[must_use]
    pub fn host_key(&self) -> Option<HostKey> {
        match &self.0 {
            Kind::Local | Kind::Program(_) => None,
            Kind::Ssh(shell) => shell.opened().map(|shell| shell.host_key().clone()),
        }
    }

    /// Where the commands run: `user@host:port`, the words of a program, or `this machine`.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.0 {
            Kind::Local => local::PLACE.to_owned(),
            Kind::Ssh(shell) => shell.place(),
            Kind::Program(program) => program.place().to_owned(),
        }
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Shell({})", self.place())
    }
}
