//! A machine's shell over SSH, for as long as it is needed.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::options::SshOptions;
use super::session::{Session, Unanswered};
use crate::shell::command::{Command, Output};
use crate::shell::{HostKey, ShellError};

/// How often a command that could not be sent is tried over a new session.
const ATTEMPTS: u32 = 3;

/// A machine's shell over SSH.
pub(in crate::shell) struct SshShell {
    options: SshOptions,
    host_key: HostKey,
    vouched: bool,
    place: String,
    session: Mutex<Arc<Session>>,
}

impl SshShell {
    /// Opens a session. Later ones must show its host key.
    pub(in crate::shell) async fn connect(mut options: SshOptions) -> Result<SshShell, ShellError> {
        let session = Session::open(options.clone()).await?;
        let (host_key, vouched) = (session.host_key.clone(), session.vouched);
        options.expected_host_key = Some(host_key.clone());
        Ok(SshShell {
            place: options.place(),
            options,
            host_key,
            vouched,
            session: Mutex::new(Arc::new(session)),
        })
    }

    /// Another session with the machine.
    pub(in crate::shell) async fn apart(&self) -> Result<SshShell, ShellError> {
        SshShell::connect(self.options.clone()).await
    }

    pub(in crate::shell) fn host_key(&self) -> &HostKey {
        &self.host_key
    }

    /// Whether somebody vouches for the host key.
    pub(in crate::shell) fn is_vouched_for(&self) -> bool {
        self.vouched
    }

    pub(in crate::shell) fn place(&self) -> &str {
        &self.place
    }

    /// Runs a command. It is sent at most once: over a new session only if the old one had ended before.
    pub(in crate::shell) async fn run(&self, command: Command) -> Result<Output, ShellError> {
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let session = self.session().await?;
            match session.run(command.clone(), &self.place).await {
                Ok(output) => return Ok(output),
                Err(Unanswered::Failed(error)) => return Err(error),
                Err(Unanswered::NotSent { cause }) => last = cause,
            }
        }
        Err(ShellError::NotStarted {
            place: self.place.clone(),
            command: command.text().to_owned(),
            cause: format!("{ATTEMPTS} sessions ended before it could be sent; the last one: {last}"),
        })
    }

    /// The session, opened anew if it has ended.
    async fn session(&self) -> Result<Arc<Session>, ShellError> {
        let mut session = self.session.lock().await;
        if session.ended() {
            *session = Arc::new(Session::open(self.options.clone()).await?);
        }
        Ok(Arc::clone(&session))
    }
}
