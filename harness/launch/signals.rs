//! Signals that stop a run.

use std::io::{Write, stderr};
use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::event::{EventKind, Recorder, STOPPING};
use crate::wait::{Interrupter, StoppedBy};

/// What is left to do for a run that ends at once, given its journal.
pub(super) type LastWords = Box<dyn FnOnce(&Path) + Send>;

/// The exit code of a process that was stopped twice: nothing was proven.
const STOPPED: i32 = 3;

/// What a run is to do at a Ctrl-C, and when it has taken as long as it may.
#[derive(Default)]
pub(super) struct Stops {
    /// Whether signals stop it; and what is done before the process ends at once.
    pub last_words: Option<LastWords>,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

impl Stops {
    /// Whether there is anything to listen for.
    pub fn any(&self) -> bool {
        self.last_words.is_some() || self.timeout.is_some()
    }
}

/// Ctrl-C once stops and cleans up; twice stops now. A run that has taken as long as it may is stopped as by the first. A terminal that is closed and a `kill` stop and clean up too: a
/// backend must not stay failed over because somebody's connection broke. Where no listener tells a person so (`is_told`), this
/// does. `recover` is the command that does the rest; none
/// if the cloud ends with the process.
pub(super) async fn stop_on_signals(
    interrupter: Interrupter,
    recorder: &Recorder,
    is_told: bool,
    journal: &Path,
    recover: Option<String>,
    stops: Stops,
) {
    // Whoever does not listen for signals leaves what they do as it is; and who cannot hear any still knows the time.
    let listens = stops.last_words.is_some();
    let signals = async {
        let heard = if listens { stopped().await.ok() } else { None };
        match heard {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    };
    let mut signals = std::pin::pin!(signals);
    let signal = tokio::select! {
        signal = &mut signals => signal,
        limit = over(stops.timeout) => {
            let by = StoppedBy::Timeout(limit);
            recorder.record(EventKind::Noticed { text: by.to_string() });
            interrupter.stop(by);
            signals.await
        }
    };
    let Some(last_words) = stops.last_words else { return };
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

/// Returns when the time is over, if it ever is.
async fn over(timeout: Option<Duration>) -> Duration {
    match timeout {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
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
