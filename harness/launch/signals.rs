//! Signals that stop a run.

use std::io::{Write, stderr};
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use crate::event::{EventKind, Recorder, STOPPING};
use crate::wait::Interrupter;

/// What is left to do for a run that ends at once, given its journal.
pub(super) type LastWords = Box<dyn FnOnce(&Path) + Send>;

/// The exit code of a process that was stopped twice: nothing was proven.
const STOPPED: i32 = 3;

/// Ctrl-C once stops and cleans up; twice stops now. A terminal that is closed and a `kill` stop and clean up too: a
/// backend must not stay failed over because somebody's connection broke. Where no listener tells a person so (`is_told`), this
/// does. `recover` is the command that does the rest; none
/// if the cloud ends with the process.
pub(super) async fn stop_on_signals(
    interrupter: Interrupter,
    recorder: &Recorder,
    is_told: bool,
    journal: &Path,
    recover: Option<String>,
    last_words: LastWords,
) {
    let Ok(signal) = stopped().await else { return };
    recorder.record(EventKind::StopRequested {
        signal: signal.to_owned(),
    });
    if !is_told {
        let _ = writeln!(stderr(), "{STOPPING}");
    }
    interrupter.interrupt();
    // Only Ctrl-C insists: a closed terminal sends its signal more than once.
    if tokio::signal::ctrl_c().await.is_ok() {
        let _ = match recover {
            Some(command) => writeln!(
                stderr(),
                "stopped; created resources still exist, and the backend may be failed over. To remove them and fail \
                 back: {command}\n{} lists all of them",
                journal.display()
            ),
            None => writeln!(stderr(), "stopped; the created resources end with the embedded cloud"),
        };
        last_words(journal);
        std::process::exit(STOPPED);
    }
}

/// Returns at the first SIGINT, SIGTERM or SIGHUP, with its name.
async fn stopped() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.map(|()| "SIGINT"),
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = hang_up.recv() => Ok("SIGHUP"),
    }
}
