//! The thread of a session. An ssh2 session is one mutex: a blocked read blocks everything else on it, so it has one
//! thread of its own, which takes commands in the order in which they come.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::connect::{Connected, connect, cut};
use super::exchange::{Ending, Streams, exchange};
use super::options::SshOptions;
use crate::shell::command::{Command, Output};
use crate::shell::marker::Marker;
use crate::shell::{HostKey, ShellError};

/// How much longer than the connect timeout a connection may take: the name's resolution cannot be given one.
const RESOLUTION_GRACE: Duration = Duration::from_secs(2);

/// A command on its way to the thread.
pub(super) struct Job {
    command: Command,
    /// Whether it was sent to the server, or may have been.
    started: Arc<AtomicBool>,
    reply: oneshot::Sender<Result<Output, ShellError>>,
}

/// A session's end in the asynchronous world. Dropping it ends the thread, whatever the thread waits for.
pub(super) struct Session {
    jobs: mpsc::Sender<Job>,
    socket: TcpStream,
    pub host_key: HostKey,
    /// Whether it is known.
    pub vouched: bool,
    ended: Arc<AtomicBool>,
}

impl Drop for Session {
    fn drop(&mut self) {
        cut(&self.socket);
    }
}

/// Why a command has no result.
pub(super) enum Unanswered {
    /// The session ended before the command was sent, so it may be sent over another.
    NotSent {
        /// Why it ended.
        cause: String,
    },
    /// The caller's result.
    Failed(ShellError),
}

impl Session {
    /// Opens a session in a thread of its own.
    pub(super) async fn open(options: SshOptions) -> Result<Session, ShellError> {
        let limit = options.connect_timeout + RESOLUTION_GRACE;
        let (address, place) = (options.address(), options.place());
        let unreachable = |cause: String| ShellError::Unreachable {
            address: address.clone(),
            cause,
        };
        let (opened, opening) = oneshot::channel();
        std::thread::Builder::new()
            .name(format!("ssh {place}"))
            .spawn(move || serve(&options, opened))
            .map_err(|error| unreachable(format!("no thread for the session: {error}")))?;
        match tokio::time::timeout(limit, opening).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(unreachable("the session's thread ended unexpectedly".to_owned())),
            Err(_) => Err(unreachable(format!("no session within {limit:?}"))),
        }
    }

    /// Whether the session has ended.
    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Runs a command.
    pub(super) async fn run(&self, command: Command, place: &str) -> Result<Output, Unanswered> {
        let (reply, answer) = oneshot::channel();
        let started = Arc::new(AtomicBool::new(false));
        let text = command.text().to_owned();
        let job = Job {
            command,
            started: Arc::clone(&started),
            reply,
        };
        if self.jobs.send(job).is_err() {
            return Err(Unanswered::NotSent {
                cause: "the session had ended".to_owned(),
            });
        }
        match answer.await {
            Ok(Ok(output)) => Ok(output),
            // It went unsent into a session that had broken unnoticed, as an idle one does when its machine restarts.
            Ok(Err(ShellError::Disconnected { cause, .. })) if !started.load(Ordering::Acquire) => {
                Err(Unanswered::NotSent { cause })
            }
            Ok(Err(error)) => Err(Unanswered::Failed(error)),
            // It was in the queue of a session that another command broke.
            Err(_) if !started.load(Ordering::Acquire) => Err(Unanswered::NotSent {
                cause: "the session ended before its turn".to_owned(),
            }),
            Err(_) => Err(Unanswered::Failed(ShellError::Disconnected {
                place: place.to_owned(),
                command: text,
                cause: "the session's thread ended unexpectedly".to_owned(),
            })),
        }
    }
}

/// The thread: opens the session and serves commands until the session breaks or is dropped.
fn serve(options: &SshOptions, opened: oneshot::Sender<Result<Session, ShellError>>) {
    let connected = match connect(options) {
        Ok(connected) => connected,
        Err(error) => {
            // Whoever asked may have gone meanwhile.
            let _ = opened.send(Err(error));
            return;
        }
    };
    let socket = match connected.socket.try_clone() {
        Ok(socket) => socket,
        Err(error) => {
            let _ = opened.send(Err(ShellError::Unreachable {
                address: options.address(),
                cause: error.to_string(),
            }));
            return;
        }
    };
    let (jobs, queue) = mpsc::channel();
    let ended = Arc::new(AtomicBool::new(false));
    let session = Session {
        jobs,
        socket,
        host_key: connected.host_key.clone(),
        vouched: connected.vouched,
        ended: Arc::clone(&ended),
    };
    if opened.send(Ok(session)).is_err() {
        return;
    }
    let place = options.place();
    while let Ok(job) = queue.recv() {
        if job.reply.is_closed() {
            continue;
        }
        let (result, usable) = run(&connected, &place, &job);
        if !usable {
            ended.store(true, Ordering::Release);
        }
        let _ = job.reply.send(result);
        if !usable {
            return;
        }
    }
}

/// Runs one command. Answers what came of it, and whether the session can be used further.
fn run(connected: &Connected, place: &str, job: &Job) -> (Result<Output, ShellError>, bool) {
    let marker = Marker::random();
    let began = Instant::now();
    let mut streams = Streams::of(&job.command);
    let ending = exchange(
        connected,
        &marker.wrap(job.command.text()),
        &job.command,
        &mut streams,
        || job.started.store(true, Ordering::Release),
        || job.reply.is_closed(),
    );
    let (place, command) = (place.to_owned(), job.command.text().to_owned());
    let (mut stdout, stderr) = (streams.stdout.bytes, streams.stderr.bytes);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let broken = |cause: String| ShellError::Disconnected {
        place: place.clone(),
        command: command.clone(),
        cause,
    };
    match ending {
        Ending::Closed { exit_status, signal } => match (marker.take(&mut stdout), signal) {
            (None, signal) => {
                let fault = marker.fault(&stdout, &stderr);
                let (stdout, stderr) = (text(&stdout), text(&stderr));
                let error = match fault {
                    Some(fault) => ShellError::MarkDisturbed {
                        place,
                        command,
                        fault: Box::new(fault),
                        stdout,
                        stderr,
                    },
                    None => ShellError::NoExitStatus {
                        place,
                        command,
                        signal,
                        stdout,
                        stderr,
                    },
                };
                (Err(error), true)
            }
            (Some(shell), Some(signal)) => (
                Err(ShellError::SignalAndStatus {
                    place,
                    command,
                    shell,
                    signal,
                }),
                true,
            ),
            (Some(exit_code), None) if exit_code == exit_status => (
                Ok(Output {
                    stdout,
                    stderr,
                    exit_code,
                    duration: began.elapsed(),
                    place,
                }),
                true,
            ),
            (Some(shell), None) => (
                Err(ShellError::ExitStatusesDiffer {
                    place,
                    command,
                    shell,
                    channel: exit_status,
                }),
                true,
            ),
        },
        Ending::TimedOut => {
            let (after, stdout, stderr) = (job.command.time_limit(), text(&stdout), text(&stderr));
            (
                Err(ShellError::TimedOut {
                    place,
                    command,
                    after,
                    stdout,
                    stderr,
                }),
                false,
            )
        }
        Ending::TooMuchOutput(limit) => (Err(ShellError::TooMuchOutput { place, command, limit }), false),
        Ending::Abandoned => (Err(broken("the command was abandoned".to_owned())), false),
        Ending::Broken(cause) => (Err(broken(cause)), false),
    }
}
