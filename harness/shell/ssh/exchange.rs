//! One command over an open session: standard input out, both outputs in, and the exit status.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssh2::{BlockDirections, Channel, ErrorCode, Session};

use super::connect::{Connected, cut, milliseconds_until};
use crate::shell::command::Command;
use crate::shell::stream::Stream;

/// How much is read or written at once, in bytes.
const CHUNK: usize = 64 * 1024;
/// How long the socket is waited for before the deadline and the caller's patience are looked at again.
const SLICE: Duration = Duration::from_millis(25);
/// How long the exit status and the channel's close may take after the output's end. Servers send them together.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);
/// libssh2's `LIBSSH2_ERROR_EAGAIN`.
const AGAIN: i32 = -37;

/// What came of a command. The session is good for another only after [`Ending::Closed`].
pub(super) enum Ending {
    /// The server closed the channel in order.
    Closed {
        /// The channel's exit status: 0 also if none came.
        exit_status: i32,
        /// The signal that the server reported.
        signal: Option<String>,
    },
    /// The time ran out.
    TimedOut,
    /// The answer is not waited for any more.
    Abandoned,
    /// It wrote more than it may: so many bytes.
    TooMuchOutput(usize),
    /// The connection broke.
    Broken(String),
}

/// What a command wrote so far.
pub(super) struct Streams {
    pub stdout: Stream,
    pub stderr: Stream,
}

impl Streams {
    /// Those of a command that has written nothing yet.
    pub(super) fn of(command: &Command) -> Streams {
        let (stdout, stderr) = command.bounds();
        Streams {
            stdout: Stream::new(stdout),
            stderr: Stream::new(stderr),
        }
    }
}

/// Runs a command line on the session. `started` is called just before it is sent.
pub(super) fn exchange(
    connected: &Connected,
    line: &str,
    command: &Command,
    streams: &mut Streams,
    started: impl FnOnce(),
    abandoned: impl Fn() -> bool,
) -> Ending {
    let deadline = Instant::now() + command.time_limit();
    let session = &connected.session;
    session.set_timeout(milliseconds_until(deadline));
    let late = || Instant::now() >= deadline;
    let failed = |error: ssh2::Error| {
        if late() {
            Ending::TimedOut
        } else {
            Ending::Broken(error.message().to_owned())
        }
    };
    let mut channel = match session.channel_session() {
        Ok(channel) => channel,
        Err(error) => return failed(error),
    };
    session.set_timeout(milliseconds_until(deadline));
    started();
    if let Err(error) = channel.exec(line) {
        // The channel is dropped next, and must not wait for a farewell.
        cut(&connected.socket);
        return failed(error);
    }
    session.set_blocking(false);
    let mut transfer = Transfer {
        connected,
        deadline,
        abandoned,
        sent: Sent::default(),
    };
    let ending = transfer.run(&mut channel, command.input(), streams);
    session.set_blocking(true);
    if !matches!(ending, Ending::Closed { .. }) {
        cut(&connected.socket);
    }
    ending
}

/// How much of the standard input was sent.
#[derive(Default)]
struct Sent {
    bytes: usize,
    end: bool,
}

struct Transfer<'a, Abandoned> {
    connected: &'a Connected,
    deadline: Instant,
    abandoned: Abandoned,
    sent: Sent,
}

impl<Abandoned: Fn() -> bool> Transfer<'_, Abandoned> {
    fn run(&mut self, channel: &mut Channel, input: &[u8], streams: &mut Streams) -> Ending {
        let mut chunk = vec![0; CHUNK];
        loop {
            let mut moved = match self.feed(channel, input) {
                Ok(moved) => moved,
                Err(cause) => return Ending::Broken(cause),
            };
            for stderr in [false, true] {
                let into = if stderr {
                    &mut streams.stderr
                } else {
                    &mut streams.stdout
                };
                let read = if stderr {
                    channel.stderr().read(&mut chunk)
                } else {
                    channel.read(&mut chunk)
                };
                match read {
                    Ok(0) => {}
                    Ok(length) => {
                        if !into.take(&chunk[..length]) {
                            return Ending::TooMuchOutput(into.most());
                        }
                        moved = true;
                    }
                    Err(error) if again(&error) => {}
                    Err(error) => return Ending::Broken(error.to_string()),
                }
            }
            if moved {
                continue;
            }
            if channel.eof() {
                return self.close(channel);
            }
            if let Some(ending) = self.wait(self.deadline, Ending::TimedOut) {
                return ending;
            }
        }
    }

    /// Writes some of the standard input, and its end after it. Answers whether anything moved.
    fn feed(&mut self, channel: &mut Channel, input: &[u8]) -> Result<bool, String> {
        if self.sent.end {
            return Ok(false);
        }
        let rest = &input[self.sent.bytes..];
        if !rest.is_empty() {
            return match channel.write(&rest[..rest.len().min(CHUNK)]) {
                Ok(length) => {
                    self.sent.bytes += length;
                    Ok(length > 0)
                }
                Err(error) if again(&error) => Ok(false),
                // The command ended without reading all of its input, which is its right.
                Err(_) if channel.eof() => {
                    self.sent.end = true;
                    Ok(true)
                }
                Err(error) => Err(error.to_string()),
            };
        }
        match channel.send_eof() {
            Ok(()) => {
                self.sent.end = true;
                Ok(true)
            }
            Err(error) if error.code() == ErrorCode::Session(AGAIN) => Ok(false),
            Err(_) if channel.eof() => {
                self.sent.end = true;
                Ok(true)
            }
            Err(error) => Err(error.message().to_owned()),
        }
    }

    /// Waits for the exit status, which may come after the output's end, and for the channel's close.
    fn close(&self, channel: &mut Channel) -> Ending {
        let limit = self.deadline.min(Instant::now() + CLOSE_LIMIT);
        loop {
            match channel.wait_close() {
                Ok(()) => break,
                Err(error) if error.code() == ErrorCode::Session(AGAIN) => {
                    let unclosed = Ending::Broken("the server never closed the command's channel".to_owned());
                    if let Some(ending) = self.wait(limit, unclosed) {
                        return ending;
                    }
                }
                Err(error) => return Ending::Broken(error.message().to_owned()),
            }
        }
        let signal = channel.exit_signal().ok().and_then(|signal| signal.exit_signal);
        match channel.exit_status() {
            Ok(exit_status) => Ending::Closed { exit_status, signal },
            Err(error) => Ending::Broken(error.message().to_owned()),
        }
    }

    /// Waits until the socket has something to do. Answers how it ends if there is nothing more to wait for.
    fn wait(&self, limit: Instant, out_of_time: Ending) -> Option<Ending> {
        if (self.abandoned)() {
            return Some(Ending::Abandoned);
        }
        let left = limit.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Some(out_of_time);
        }
        let wanted = wanted(&self.connected.session);
        let timeout = Timespec::try_from(left.min(SLICE)).ok();
        match poll(
            &mut [PollFd::from_borrowed_fd(self.connected.socket.as_fd(), wanted)],
            timeout.as_ref(),
        ) {
            Ok(_) | Err(rustix::io::Errno::INTR) => None,
            Err(error) => Some(Ending::Broken(error.to_string())),
        }
    }
}

fn wanted(session: &Session) -> PollFlags {
    match session.block_directions() {
        BlockDirections::Outbound => PollFlags::OUT,
        BlockDirections::Both => PollFlags::IN | PollFlags::OUT,
        BlockDirections::None | BlockDirections::Inbound => PollFlags::IN,
    }
}

fn again(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
