//! Commands in this machine's own shell.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};

use super::command::{Command, Output};
use super::dialogue::{Next, SharedDialogue, held};
use super::error::ShellError;
use super::marker::Marker;
use super::passphrase;
use super::quoting::quote;
use super::stream::Stream;

/// Where the commands run, in words.
pub(super) const PLACE: &str = "this machine";
/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;
/// How often a dialogue that has nothing to say is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// Whose shell it is.
#[derive(Clone, Copy)]
pub(super) enum Here<'a> {
    /// This machine's own.
    Own,
    /// The one to which these words of this machine's shell lead, if a command line follows them.
    Behind(&'a str),
}

impl Here<'_> {
    fn place(self) -> String {
        match self {
            Here::Own => PLACE.to_owned(),
            Here::Behind(words) => words.to_owned(),
        }
    }

    fn line(self, line: String) -> String {
        match self {
            Here::Own => line,
            Here::Behind(words) => format!("{words} {}", quote(&line)),
        }
    }
}

/// Runs a command in `/bin/sh`.
pub(super) async fn run(command: Command) -> Result<Output, ShellError> {
    run_at(command, Here::Own).await
}

/// Runs a command in a shell.
pub(super) async fn run_at(command: Command, here: Here<'_>) -> Result<Output, ShellError> {
    let marker = Marker::random();
    let started = Instant::now();
    let mut child = tokio::process::Command::new("/bin/sh")
        .arg("-c")
        .arg(here.line(marker.wrap(command.text())))
        .env_remove(passphrase::VARIABLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| not_started(&command, here, &error.to_string()))?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let (stdout, stderr) = command.bounds();
    let mut streams = Streams {
        stdout: Stream::new(stdout),
        stderr: Stream::new(stderr),
    };
    let exchange = exchange(&mut child, &command, &mut streams);
    let Ok(exchanged) = tokio::time::timeout(command.time_limit(), exchange).await else {
        return Err(ShellError::TimedOut {
            place: here.place(),
            command: command.text().to_owned(),
            after: command.time_limit(),
            stdout: String::from_utf8_lossy(&streams.stdout.bytes).into_owned(),
            stderr: String::from_utf8_lossy(&streams.stderr.bytes).into_owned(),
        });
    };
    let status = match exchanged.map_err(|error| not_started(&command, here, &error.to_string()))? {
        Ending::Exited(status) => status,
        Ending::TooMuchOutput(limit) => {
            let (place, command) = (here.place(), command.text().to_owned());
            return Err(ShellError::TooMuchOutput { place, command, limit });
        }
    };
    group.0 = None;
    let (stdout, stderr) = (streams.stdout.bytes, streams.stderr.bytes);
    judge(&command, here, &marker, stdout, stderr, status, started.elapsed())
}

/// Compares what the shell reported with how its process ended.
fn judge(
    command: &Command,
    here: Here<'_>,
    marker: &Marker,
    mut stdout: Vec<u8>,
    stderr: Vec<u8>,
    status: std::process::ExitStatus,
    duration: Duration,
) -> Result<Output, ShellError> {
    let (place, text) = (here.place(), command.text().to_owned());
    let Some(exit_code) = marker.take(&mut stdout) else {
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        if let Some(fault) = marker.fault(&stdout, &stderr) {
            return Err(ShellError::MarkDisturbed {
                place,
                command: text,
                fault: Box::new(fault),
                stdout: String::from_utf8_lossy(&stdout).into_owned(),
                stderr: String::from_utf8_lossy(&stderr).into_owned(),
            });
        }
        return Err(ShellError::NoExitStatus {
            place,
            command: text,
            signal: signal.map(|number| number.to_string()),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        });
    };
    match status.code() {
        Some(code) if code == exit_code => Ok(Output {
            stdout,
            stderr,
            exit_code,
            duration,
            place,
        }),
        code => {
            let channel = code.unwrap_or(-1);
            Err(ShellError::ExitStatusesDiffer {
                place,
                command: text,
                shell: exit_code,
                channel,
            })
        }
    }
}

fn not_started(command: &Command, here: Here<'_>, cause: &str) -> ShellError {
    ShellError::NotStarted {
        place: here.place(),
        command: command.text().to_owned(),
        cause: cause.to_owned(),
    }
}

struct Streams {
    stdout: Stream,
    stderr: Stream,
}

enum Ending {
    Exited(std::process::ExitStatus),
    /// It wrote more than it may: so many bytes.
    TooMuchOutput(usize),
}

/// Feeds and drains the command. Both outputs are drained at once: a command that fills one pipe while the other is
/// waited for would never end.
async fn exchange(child: &mut Child, command: &Command, streams: &mut Streams) -> std::io::Result<Ending> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (written, first, second) = tokio::join!(
        write(stdin, command),
        drain(stdout, &mut streams.stdout, command.talks_with()),
        drain(stderr, &mut streams.stderr, None)
    );
    written?;
    for (fits, stream) in [(first?, &streams.stdout), (second?, &streams.stderr)] {
        if !fits {
            return Ok(Ending::TooMuchOutput(stream.most()));
        }
    }
    Ok(Ending::Exited(child.wait().await?))
}

/// Writes the standard input and ends it. A command need not read it all.
async fn write(stdin: Option<ChildStdin>, command: &Command) -> std::io::Result<()> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    let written = match command.talks_with() {
        None => stdin.write_all(command.input()).await,
        Some(dialogue) => say(&mut stdin, dialogue).await,
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

async fn say(stdin: &mut ChildStdin, dialogue: &SharedDialogue) -> std::io::Result<()> {
    loop {
        let next = held(dialogue).next();
        match next {
            Next::Bytes(bytes) => {
                stdin.write_all(&bytes).await?;
                stdin.flush().await?;
            }
            Next::Later => tokio::time::sleep(ASK_AGAIN).await,
            Next::End => return Ok(()),
        }
    }
}

/// Reads a stream to its end. Answers false once it is longer than it may be; then the rest is left, and whoever writes it
/// ends of a broken pipe.
async fn drain(
    stream: Option<impl AsyncRead + Unpin>,
    into: &mut Stream,
    dialogue: Option<&SharedDialogue>,
) -> std::io::Result<bool> {
    let Some(mut stream) = stream else { return Ok(true) };
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = stream.read(&mut chunk).await?;
        if length == 0 {
            return Ok(true);
        }
        if !into.take(&chunk[..length]) {
            return Ok(false);
        }
        if let Some(dialogue) = dialogue {
            held(dialogue).heard(&chunk[..length]);
        }
    }
}

/// The process group of a command that runs. What the shell started is ended with it, when the command is given up.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // If it ended by itself in this moment, there is nobody left to be ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
