//! A machine's shell over SSH, for as long as it is needed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OnceCell, Semaphore};

use super::entry::SshEntry;
use super::options::SshOptions;
use super::session::{Session, Unanswered};
use super::unlock::unlock;
use crate::shell::command::{Command, Output};
use crate::shell::{HostKey, ShellError};

/// How often a command that could not be sent is tried over a new session.
const ATTEMPTS: u32 = 3;

/// A machine's shell over SSH.
pub(in crate::shell) struct SshShell {
    host_key: HostKey,
    vouched: bool,
    place: String,
    sessions: Arc<Sessions>,
}

/// A machine's shell over SSH, from its first command on.
pub(in crate::shell) struct LateShell {
    how: How,
    shell: OnceCell<SshShell>,
}

/// How it is reached.
enum How {
    Known(SshOptions),
    /// As OpenSSH says when it is asked.
    Entry(SshEntry, OnceCell<SshOptions>),
}

impl LateShell {
    pub(in crate::shell) fn new(options: SshOptions) -> Self {
        let (how, shell) = (How::Known(options), OnceCell::new());
        LateShell { how, shell }
    }

    pub(in crate::shell) fn of_entry(entry: SshEntry) -> Self {
        let (how, shell) = (How::Entry(entry, OnceCell::new()), OnceCell::new());
        LateShell { how, shell }
    }

    async fn options(&self) -> Result<&SshOptions, ShellError> {
        match &self.how {
            How::Known(options) => Ok(options),
            How::Entry(entry, options) => options.get_or_try_init(|| entry.resolve()).await,
        }
    }

    /// The shell, which is opened if it is not.
    pub(in crate::shell) async fn open(&self) -> Result<&SshShell, ShellError> {
        let connect = async || {
            let options = self.options().await?.clone();
            unlock(options.keys.clone()).await;
            SshShell::connect(options).await
        };
        self.shell.get_or_try_init(connect).await
    }

    /// The shell, if it is open.
    pub(in crate::shell) fn opened(&self) -> Option<&SshShell> {
        self.shell.get()
    }

    /// How another shell of the machine is opened, with one session, which no command of this one waits for.
    pub(in crate::shell) async fn apart(&self) -> Result<SshOptions, ShellError> {
        let expected_host_key = self.opened().map(|shell| shell.host_key().clone());
        let options = self.options().await?.clone();
        Ok(SshOptions {
            expected_host_key: expected_host_key.or(options.expected_host_key),
            sessions: 1,
            ..options
        })
    }

    /// `user@host:port`, as far as that is known.
    pub(in crate::shell) fn place(&self) -> String {
        match &self.how {
            How::Known(options) => options.place(),
            How::Entry(entry, options) => options.get().map_or_else(|| entry.name.clone(), SshOptions::place),
        }
    }
}

/// The sessions of a shell. Each runs one command at a time, and whoever finds all of them busy waits for the first that is
/// free. Another one is opened meanwhile if there may be more, and nobody waits for that one alone: a server that lets no more
/// in costs no command its time.
struct Sessions {
    options: SshOptions,
    /// One permit a session.
    free: Semaphore,
    state: Mutex<State>,
}

struct State {
    /// The sessions that run no command. There may be fewer than free permits: one that has ended is opened anew.
    idle: Vec<Session>,
    /// How many permits there are.
    count: usize,
    /// Whether another session is being opened.
    growing: bool,
    /// How many there may be.
    most: usize,
}

impl SshShell {
    /// Opens a session. Later ones must show its host key.
    pub(in crate::shell) async fn connect(mut options: SshOptions) -> Result<SshShell, ShellError> {
        let session = Session::open(options.clone()).await?;
        let (host_key, vouched) = (session.host_key.clone(), session.vouched);
        options.expected_host_key = Some(host_key.clone());
        let state = State {
            idle: vec![session],
            count: 1,
            growing: false,
            most: options.sessions,
        };
        Ok(SshShell {
            place: options.place(),
            host_key,
            vouched,
            sessions: Arc::new(Sessions {
                options,
                free: Semaphore::new(1),
                state: Mutex::new(state),
            }),
        })
    }

    pub(in crate::shell) fn host_key(&self) -> &HostKey {
        &self.host_key
    }

    /// Whether the host key is known.
    pub(in crate::shell) fn is_vouched_for(&self) -> bool {
        self.vouched
    }

    /// Runs a command. It is sent at most once: over a new session only if the old one had ended before.
    pub(in crate::shell) async fn run(&self, command: Command) -> Result<Output, ShellError> {
        let sessions = &self.sessions;
        if sessions.free.available_permits() == 0 {
            sessions.grow();
        }
        // It is never closed.
        let _permit = sessions.free.acquire().await;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            // Whoever stops waiting for the command drops its session, which ends both.
            let session = sessions.take().await?;
            match session.run(command.clone(), &self.place).await {
                Ok(output) => {
                    sessions.give_back(session);
                    return Ok(output);
                }
                Err(Unanswered::Failed(error)) => {
                    sessions.give_back(session);
                    return Err(error);
                }
                Err(Unanswered::NotSent { cause }) => last = cause,
            }
        }
        Err(ShellError::NotStarted {
            place: self.place.clone(),
            command: command.text().to_owned(),
            cause: format!("{ATTEMPTS} sessions ended before it could be sent; the last one: {last}"),
        })
    }
}

impl Sessions {
    /// A session that runs no command: one that is open, or a new one. Only the holder of a permit takes one.
    async fn take(&self) -> Result<Session, ShellError> {
        let idle = {
            let mut state = self.state();
            state.idle.retain(|session| !session.ended());
            state.idle.pop()
        };
        match idle {
            Some(session) => Ok(session),
            None => Session::open(self.options.clone()).await,
        }
    }

    fn give_back(&self, session: Session) {
        if !session.ended() {
            self.state().idle.push(session);
        }
    }

    /// Opens another session beside those that are busy, if there may be more.
    fn grow(self: &Arc<Self>) {
        {
            let mut state = self.state();
            if state.growing || state.count >= state.most {
                return;
            }
            state.growing = true;
        }
        let sessions = Arc::downgrade(self);
        let options = self.options.clone();
        tokio::spawn(async move {
            let opened = Session::open(options).await;
            let Some(sessions) = sessions.upgrade() else { return };
            let mut state = sessions.state();
            state.growing = false;
            match opened {
                Ok(session) => {
                    state.idle.push(session);
                    state.count += 1;
                    sessions.free.add_permits(1);
                }
                // A server may let in only so many.
                Err(_) => state.most = state.count,
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
